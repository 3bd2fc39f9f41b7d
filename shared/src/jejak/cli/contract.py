"""Write or check the contract that the BPJS integration team reads.

  jejak contract write             docs/bpjs: AsyncAPI, OpenAPI, JSON Schema and the page, generated from the models
  jejak contract check             whether the files are up to date, and what a change of the models breaks

A change that breaks readers or writers of a published version is refused; the error says what to do instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from jejak.cli import DONE, FAILED, CommandError
from jejak.cli._common import add_write_and_check, say
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
    add_write_and_check(parser, "folder", FOLDER, write, check)


def write(arguments: argparse.Namespace) -> int:
    """Generates every file, seals and signs incomplete examples. CommandError for a change that breaks a version."""
    return write_all(arguments.folder, PUBLISHED)


def check(arguments: argparse.Namespace) -> int:
    """Prints each fault in a line."""
    lines = list(wrong(arguments.folder, PUBLISHED))
    say(*lines)
    return FAILED if lines else DONE


def write_all(folder: Path, contracts: Sequence[Contract]) -> int:
    """`write`, for these versions."""
    editions: list[Edition] = []
    for contract in contracts:
        home, texts = _home(folder, contract), _read(folder, contract)
        if broken := list(breaks(texts, contract)):
            raise CommandError("\n  ".join(_sentences(contract, broken)))
        edition = _edition(contract, texts)
        complete = completed(edition)
        edition = Edition(contract, {**edition.examples, **complete})
        if wrong_examples := list(faults(edition)):
            raise CommandError("\n  ".join(["the examples do not fit the models:", *wrong_examples]))
        files = generated_files(edition)
        for path, text in (files | {path: text_of(value) for path, value in complete.items()}).items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(text, encoding="utf-8")
        for path in _left_over(texts, files):
            (home / path).unlink()
        editions.append(edition)
    (folder / PAGE).write_text(_page(folder, editions), encoding="utf-8")
    return DONE


def wrong(folder: Path, contracts: Sequence[Contract]) -> Iterator[str]:
    """`check`, for these versions. A version that breaks is not compared further: writing it anew is no remedy."""
    editions: list[Edition] = []
    for contract in contracts:
        home, texts = _home(folder, contract), _read(folder, contract)
        if broken := list(breaks(texts, contract)):
            yield from _sentences(contract, broken)
            continue
        edition = _edition(contract, texts)
        if wrong_examples := list(faults(edition)):
            yield from (f"{home}/{fault}" for fault in wrong_examples)
            continue
        files = generated_files(edition)
        stale = [path for path, text in files.items() if texts.get(path) != text]
        for path in (*stale, *_left_over(texts, files)):
            yield f"{home / path} is not what the models give; `make contract` writes it."
        editions.append(edition)
    written = folder / PAGE
    if len(editions) == len(contracts) and _text(written) != _page(folder, editions):
        yield f"{written} is not what the guide and the models give; `make contract` writes it."


def _sentences(contract: Contract, broken: Sequence[str]) -> Iterator[str]:
    version = contract.version
    yield f"This change breaks version {version} of the contract:"
    yield from (f"  {sentence}." for sentence in broken)
    yield (
        f"Leave version {version} as it is, and put a version {version + 1} beside it: a Contract of its own"
        f" in jejak.contracts.bpjs.messages, its examples in docs/bpjs/v{version + 1}, both served until"
        " the old one has no readers."
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


def _edition(contract: Contract, texts: Mapping[str, str]) -> Edition:
    try:
        examples = {path: json.loads(text) for path, text in texts.items() if _is_example(path)}
    except json.JSONDecodeError as error:
        raise CommandError(f"an example of version {contract.version} is not JSON: {error}") from None
    return Edition(contract, examples)


def _is_example(path: str) -> bool:
    """Whether it is written by hand."""
    return path.startswith("examples/") and path.endswith(".json")


def _left_over(texts: Mapping[str, str], files: Mapping[str, str]) -> list[str]:
    """Files that were generated once and are generated no longer."""
    return [path for path in texts if not _is_example(path) and path not in files]
