"""Write or check the contract that the BPJS integration team reads.

  jejak contract write             docs/bpjs: AsyncAPI, OpenAPI, JSON Schema and the page, made from the models
  jejak contract check             whether they are what the models give, and what a change of the models breaks

A version that was published is never changed so that it breaks somebody: `write` refuses, and says what to do.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.contracts import published
from jejak.contracts.bpjs.messages import V1, Contract
from jejak.contracts.published.edition import Edition, completed, faults
from jejak.contracts.published.files import breaks, generated_files, text_of
from jejak.contracts.published.page import page

PUBLISHED: Final = (V1,)
"""Every version that is published, side by side."""
FOLDER: Final = Path("docs/bpjs")
GUIDE: Final = "README.md"
PAGE: Final = "index.html"
_STYLE: Final = Path(published.__file__).with_name("page.css")
_TEXTS: Final = (".json", ".ndjson", ".yaml", ".html")


def configure(parser: argparse.ArgumentParser) -> None:
    """`write` and `check`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="write|check")
    for name, run, says in (("write", write, "make the files anew"), ("check", check, "look, and change nothing")):
        action = actions.add_parser(name, help=says)
        action.add_argument("folder", nargs="?", type=Path, default=FOLDER, help=f"default {FOLDER}")
        action.set_defaults(run=run)


def write(arguments: argparse.Namespace) -> int:
    """Makes every file anew, seals and signs what examples lack. CommandError where that would break somebody."""
    return write_all(arguments.folder, PUBLISHED)


def check(arguments: argparse.Namespace) -> int:
    """Names all that is wrong, a line each."""
    found = list(wrong(arguments.folder, PUBLISHED))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return FAILED if found else DONE


def write_all(folder: Path, contracts: Sequence[Contract]) -> int:
    """`write`, for these versions."""
    editions: list[Edition] = []
    for contract in contracts:
        home, found = _home(folder, contract), _read(folder, contract)
        if broken := list(breaks(found, contract)):
            raise CommandError("\n  ".join(_sentences(contract, broken)))
        edition = _edition(contract, found)
        complete = completed(edition)
        edition = Edition(contract, {**edition.examples, **complete})
        if wrong_examples := list(faults(edition)):
            raise CommandError("\n  ".join(["the examples are not what they say:", *wrong_examples]))
        files = generated_files(edition)
        for path, text in (files | {path: text_of(value) for path, value in complete.items()}).items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        for path in _left_over(found, files):
            (home / path).unlink()
        editions.append(edition)
    (folder / PAGE).write_text(_page(folder, editions), encoding="utf-8")
    return DONE


def wrong(folder: Path, contracts: Sequence[Contract]) -> Iterator[str]:
    """`check`, for these versions: breaks first, for they are not mended by writing."""
    editions: list[Edition] = []
    for contract in contracts:
        home, found = _home(folder, contract), _read(folder, contract)
        if broken := list(breaks(found, contract)):
            yield from _sentences(contract, broken)
            continue
        edition = _edition(contract, found)
        if wrong_examples := list(faults(edition)):
            yield from (f"{home}/{one}" for one in wrong_examples)
            continue
        files = generated_files(edition)
        stale = [path for path, text in files.items() if found.get(path) != text]
        for path in (*stale, *_left_over(found, files)):
            yield f"{home / path} is not what the models give; `make contract` writes it."
        editions.append(edition)
    written = folder / PAGE
    if len(editions) == len(contracts) and _text(written) != _page(folder, editions):
        yield f"{written} is not what the guide and the models give; `make contract` writes it."


def _sentences(contract: Contract, broken: Sequence[str]) -> Iterator[str]:
    version = contract.version
    yield f"This change breaks whoever relies on version {version} of the contract:"
    yield from (f"  {one}." for one in broken)
    yield (
        f"Leave version {version} as it is, and put a version {version + 1} beside it: a Contract of its own"
        f" in jejak.contracts.bpjs.messages, its examples in docs/bpjs/v{version + 1}, both served until"
        " nobody reads the old one."
    )


def _page(folder: Path, editions: Sequence[Edition]) -> str:
    guide = _text(folder / GUIDE)
    if guide is None:
        raise CommandError(f"{folder / GUIDE} is missing: the page begins with it.")
    return page(guide, _STYLE.read_text(encoding="utf-8"), editions)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _home(folder: Path, contract: Contract) -> Path:
    return folder / f"v{contract.version}"


def _read(folder: Path, contract: Contract) -> dict[str, str]:
    """Path within the version's folder → text."""
    home = _home(folder, contract)
    files = sorted(path for path in home.rglob("*") if path.suffix in _TEXTS and path.is_file())
    return {path.relative_to(home).as_posix(): path.read_text(encoding="utf-8") for path in files}


def _edition(contract: Contract, found: Mapping[str, str]) -> Edition:
    try:
        examples = {path: json.loads(text) for path, text in found.items() if _is_example(path)}
    except json.JSONDecodeError as error:
        raise CommandError(f"an example of version {contract.version} is not JSON: {error}") from None
    return Edition(contract, examples)


def _is_example(path: str) -> bool:
    """Whether it is written by hand."""
    return path.startswith("examples/") and path.endswith(".json")


def _left_over(found: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """Files that were made once and are made no more."""
    return [path for path in found if not _is_example(path) and path not in files]
