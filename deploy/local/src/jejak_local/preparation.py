"""The commands that prepare an installation before its services start, as a person would type them.

Every command may be repeated: loaded data is left as it is.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from jejak.cli import main
from jejak_local.environment import SIGNING_FILE
from jejak_local.guard import GuardedProcess, LocalError, Spec

type Say = Callable[[str], None]

_REPOSITORY: Final = Path(__file__).resolve().parents[4]
SHEETS: Final = "lembar-daring"
_TABLES: Final = {".csv", ".xlsx"}


def offices_folder(environment: Mapping[str, str]) -> Path:
    """The folder of offices: JEJAK_OFFICES, else the repository's. Raises LocalError when there is none."""
    folder = Path(environment.get("JEJAK_OFFICES") or _REPOSITORY / "shared" / "offices")
    if not folder.is_dir():
        raise LocalError(f"there is no folder of offices at {folder}; name it in JEJAK_OFFICES")
    return folder


def sheet_folders(environment: Mapping[str, str], data: Path) -> str:
    """JEJAK_SHEET_FOLDERS: every office's online sheet is a file in a folder of this installation's data."""
    offices = sorted(kantor.parent.name for kantor in offices_folder(environment).glob("*/kantor.toml"))
    return json.dumps({kode: str(data / SHEETS / kode) for kode in offices})


def sample_official(environment: Mapping[str, str]) -> tuple[str, str]:
    """An office and its last named official, who works at the counter, for the first commands to try.

    It is the first office with registers, else the first.
    """
    kantors = sorted(offices_folder(environment).glob("*/kantor.toml"))
    kantor = next((path for path in kantors if (path.parent / "registers").is_dir()), kantors[0])
    officials = tomllib.loads(kantor.read_text(encoding="utf-8"))["pejabat"]
    return kantor.parent.name, str(officials[-1]["kode"])


def steps(offices: Path, key: Path | None, signing: str | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Each step: the message when it is done, and the arguments of `jejak`.

    `key` is the simulator's, to be added; `signing` a file for the keys by which the installation signs.
    """
    folders = sorted(kantor.parent for kantor in offices.glob("*/kantor.toml"))
    yield "database migrated", ("migrate",)
    yield f"offices loaded: {', '.join(folder.name for folder in folders)}", ("office", "load", *map(str, folders))
    for folder in folders:
        for table in sorted(file for file in folder.glob("registers/*") if file.suffix in _TABLES):
            register = table.stem.upper()
            which = ("--office", folder.name, "--register", register)
            yield f"register {register} of {folder.name} imported", ("register", "import", str(table), *which)
    if signing is not None:
        yield "signing key of messages to BPJS ready", ("bpjs", "signing", "make", signing)
    if key is not None:
        yield "key of the simulated BPJS added", ("bpjs", "key", "add", str(key), "--consumer", "simulator")


def prepare(environment: Mapping[str, str], key: Path | None, say: Say) -> None:
    """Runs every step (`carry_out`)."""
    carry_out(environment, list(steps(offices_folder(environment), key, environment.get(SIGNING_FILE))), say)


def carry_out(environment: Mapping[str, str], steps: Sequence[tuple[str, Sequence[str]]], say: Say) -> None:
    """Runs these steps in order, in one process. LocalError with the output of the command that fails."""
    log = Path(environment["JEJAK_DATA"]) / "preparation.log"
    log.unlink(missing_ok=True)
    commands = json.dumps([arguments for _, arguments in steps])
    process = GuardedProcess(Spec((__name__, commands), str(log), is_module=True), environment)
    if process.wait() != 0:
        raise LocalError(process.last_lines())
    for done, _ in steps:
        say(done)


def run_commands(commands: Sequence[Sequence[str]]) -> int:
    """Runs commands of `jejak` one after the other; stops at the first that fails and names it."""
    for arguments in commands:
        status = main(arguments)
        if status != 0:
            sys.stderr.write(f"`jejak {' '.join(arguments)}` failed with exit status {status}\n")
            return status
    return 0


if __name__ == "__main__":
    sys.exit(run_commands(json.loads(sys.argv[1])))
