"""Write or check what installs Jejak, and make the secrets of an installation.

jejak deploy write                    .env.example, units, manifests, the compose file, from the tables in deploy
jejak deploy check                    whether the files are up to date
jejak deploy secrets SIZE FOLDER      a file for each secret of each process; what is there is kept

What cannot work, such as one copy of a topic where two must be in sync, is refused, and nothing is written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import add_write_and_check, say
from jejak_tools.deployment import compose, example, installation, kubernetes, secret_files, systemd
from jejak_tools.deployment.environment import EnvironmentTableError
from jejak_tools.deployment.faults import faults as all_faults
from jejak_tools.deployment.installation import Plan

ROOT: Final = Path()
OWNED: Final = ("deploy/systemd/one-host", "deploy/systemd/three-hosts", kubernetes.BASE, kubernetes.DATA)
"""Folders in which every file is written by this command."""


def configure(parser: argparse.ArgumentParser) -> None:
    """`write`, `check` and `secrets`."""
    actions = add_write_and_check(parser, "root", ROOT, write, check)
    making = actions.add_parser("secrets", help="make the files of secrets that a size gives to its processes")
    making.add_argument("size", help="one_host, three_hosts, kubernetes or compose")
    making.add_argument("folder", type=Path, help="where they are; what is there is kept")
    making.set_defaults(run=secrets)


def write(arguments: argparse.Namespace) -> int:
    """Generates every file. CommandError where the tables describe what cannot work."""
    texts = files(arguments.root)
    for path in left_over(arguments.root, texts):
        (arguments.root / path).unlink()
    for path, text in texts.items():
        file = arguments.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Prints each file that is not what the tables give."""
    lines = list(wrong(arguments.root))
    say(*lines)
    return FAILED if lines else DONE


def secrets(arguments: argparse.Namespace) -> int:
    """Makes the files that are missing, and prints their paths."""
    plan = plan_of(ROOT)
    if arguments.size not in plan.sizes:
        raise CommandError(f"there is no size {arguments.size}; there are {', '.join(plan.sizes)}.")
    made = secret_files.make(plan, plan.sizes[arguments.size], arguments.folder)
    say(*(map(str, made) if made else ["nothing is missing"]))
    return DONE


def files(root: Path) -> Mapping[str, str]:
    """Path below `root` → text."""
    plan = plan_of(root)
    return (
        {".env.example": example.text_of(plan.groups)}
        | systemd.files(plan)
        | kubernetes.files(plan, _alert_rules(root / "deploy" / "observability"))
        | compose.files(plan)
    )


def _alert_rules(folder: Path) -> str:
    """The rules of both files, those of the service levels last."""
    alerts, levels = ((folder / name).read_text(encoding="utf-8") for name in ("rules.yml", "slo.yml"))
    return alerts + levels.partition("groups:\n")[2]


def plan_of(root: Path) -> Plan:
    """Both tables. CommandError where they are malformed, or describe what cannot work."""
    try:
        plan = installation.read(root / "deploy")
    except FileNotFoundError as error:
        raise CommandError(f"{error.filename} is not there: this command works in a checkout of the sources.") from None
    except EnvironmentTableError as error:
        raise CommandError(str(error)) from None
    if faults := list(all_faults(plan)):
        raise CommandError("\n".join(("this cannot work:", *faults)))
    return plan


def wrong(root: Path) -> Iterator[str]:
    """One sentence for each file that is stale."""
    texts = files(root)
    for path, text in texts.items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield f"{path} is not what the tables in deploy give; `make contract` writes it."
    yield from (f"{path} is no longer written; delete it." for path in left_over(root, texts))


def left_over(root: Path, texts: Mapping[str, str]) -> list[str]:
    """Files below the folders that hold generated files only."""
    there = (path for folder in OWNED for path in (root / folder).rglob("*") if path.is_file())
    return sorted({path.relative_to(root).as_posix() for path in there} - texts.keys())
