"""Every date that comes from outside has both bounds, from one module; a new field without them fails here."""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import typing
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

import approval
import bpjs_sync
import intake
import jejak
import ledger
import letters
import verification
from jejak.cli import find_commands
from jejak.platform.errors import Malformed
from jejak.timekeeping import dates
from jejak.timekeeping.dates import OUTSIDE, Bounds
from jejak.web.http_app import parse_command

PACKAGES: Final = (jejak, intake, verification, approval, letters, bpjs_sync, ledger)
ROOT: Final = Path(jejak.__file__).parents[3]
OURS: Final[Mapping[str, str]] = {
    "jejak.contracts.events": "stored by us; a stored event stays readable, with any date",
    "jejak.contracts.parts.LetterContent": "stored: the date that MembershipRecord or a list gave",
    "jejak.contracts.parts.Membership": "stored: the date that MembershipRecord or a list gave",
    "jejak.contracts.parts.Reservation": "stored: the time of the database",
    "jejak.contracts.parts.Source": "stored: the day of a list, or of an answer",
    "jejak.contracts.memberlists": "what verification answers to bpjs-sync from its own tables",
    "jejak.contracts.bpjs.http": "what BPJS is answered",
    "jejak.contracts.bpjs.settlements": "what BPJS is told of its answers",
    "jejak.contracts.bpjs.parts": "the attributes of our own messages",
    "jejak.contracts.bpjs.messages.Attributes": "the attributes of our own messages",
    "jejak.contracts.bpjs.messages.LetterRevoked": "a message to BPJS",
    "jejak.contracts.bpjs.messages.Membership": "messages to BPJS",
    "jejak.contracts.bpjs.messages.Participant": "a message to BPJS",
    "jejak.contracts.bpjs.messages.Procedure": "a message to BPJS",
    "jejak.contracts.bpjs.messages.ReplyRecorded": "a message to BPJS",
    "jejak.contracts.bpjs.messages.Submission": "messages to BPJS",
    "letters.printing.letter": "what a letter prints of its case",
    "letters.signatures.facts": "what a signature in a received PDF states, shown as such; nothing is decided by it",
}
"""Models, by the beginning of their name, whose values do not come from outside, and where they come from."""
PARSED: Final[Mapping[str, str]] = {
    "shared/src/jejak/messaging/envelope.py": "the time of an event on our own topic",
    "shared/src/jejak/uploads/parsing.py": "cells that a child process of ours has read",
    "services/bpjs-sync/src/bpjs_sync/pages/desk.py": "a time that our own answer holds",
    "services/bpjs-sync/src/bpjs_sync/pages/case_lines.py": "the name of a period of ours",
    "services/intake/src/intake/bulk.py": "the date of a cell, judged with the application it makes",
    "services/ledger/src/ledger/audit/registers/lines.py": "the date of a stored event",
    "services/ledger/src/ledger/desk/worklist.py": "a time that our own answer holds",
    "services/bpjs-sync/src/bpjs_sync/batches/files.py": "a day that the same module has written",
    "services/verification/src/verification/registers/lookup.py": "the date of birth of a stored row",
    "services/verification/src/verification/outside/list_jobs.py": "the day of an answer that it has stored",
}
"""Files that make a date of a text by themselves, and why the text is none from outside, or is judged elsewhere."""
MAKERS: Final = frozenset({"fromisoformat", "strptime", "fromtimestamp", "utcfromtimestamp", "fromisocalendar"})
SAMPLES: Final = ("2026-09-30", "2026-09-30T08:00:00+07:00")


def models() -> Iterator[type[BaseModel]]:
    """Every model of the shared library and the services."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    names = {package.__name__ for package in PACKAGES}
    found = {model for model in _derived(BaseModel) if model.__module__.partition(".")[0] in names}
    return iter(sorted(found, key=_name))


def _derived(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for derived in model.__subclasses__():
        yield derived
        yield from _derived(derived)


def _name(model: type[BaseModel]) -> str:
    return f"{model.__module__}.{model.__qualname__}"


def dates_in(annotation: Any, bounds: Bounds | None = None) -> Iterator[Bounds | None]:
    """The bounds of every date that a value of this annotation holds itself, None where it has none."""
    if isinstance(annotation, typing.TypeAliasType):
        yield from dates_in(annotation.__value__, bounds)
        return
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        own = next((mark for mark in annotation.__metadata__ if isinstance(mark, Bounds)), bounds)
        yield from dates_in(typing.get_args(annotation)[0], own)
        return
    if isinstance(origin, typing.TypeAliasType):
        yield from dates_in(origin.__value__, bounds)
    if annotation is AwareDatetime or (isinstance(annotation, type) and issubclass(annotation, date)):
        yield bounds
    for part in typing.get_args(annotation):
        yield from dates_in(part, bounds)


def dated_fields() -> Iterator[tuple[str, Any, list[Bounds | None]]]:
    """Every field that holds dates: its name, its whole annotation, and their bounds."""
    for model in models():
        for field, about in model.model_fields.items():
            whole = Annotated[(about.annotation, *about.metadata)] if about.metadata else about.annotation
            if found := list(dates_in(whole)):
                yield f"{_name(model)}.{field}", whole, found


FIELDS: Final = [one for one in dated_fields() if not one[0].startswith(tuple(OURS))]


def test_the_fields_are_found() -> None:
    names = {name for name, _, _ in FIELDS}
    assert {
        "intake.submission.Application.diterima",
        "jejak.contracts.parts.Person.born",
        "jejak.contracts.task_bodies.Status.aktif_sejak",
        "jejak.contracts.bpjs.messages.Reply.since",
        "jejak.procedure.format.kantor_file.LiburFile.tanggal",
    } <= names
    assert all(any(name.startswith(ours) for name, _, _ in dated_fields()) for ours in OURS)


@pytest.mark.parametrize(("name", "bounds"), [(name, bounds) for name, _, bounds in FIELDS])
def test_every_date_from_outside_has_both_bounds(name: str, bounds: list[Bounds | None]) -> None:
    assert None not in bounds, f"{name}: annotate it with Bounds of jejak.timekeeping.dates, or say in OURS whose it is"


@pytest.mark.parametrize(("name", "annotation"), [(name, annotation) for name, annotation, _ in FIELDS])
@pytest.mark.parametrize("year", [1, 202, 9999])
def test_a_date_is_judged_where_it_comes_in_and_only_there(name: str, annotation: Any, year: int) -> None:
    adapter = TypeAdapter[Any](annotation)
    tried = [date(year, 6, 15), datetime.fromisoformat(f"{year:04}-06-15T08:00:00+07:00")]
    taken = [value for value in tried if _takes(adapter, value, None)]
    assert taken, name
    for value in taken:
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(value, context=OUTSIDE)
        wrong = dates.out_of_bounds(caught.value)
        assert wrong is not None
        assert str(wrong).endswith(("periksa tahunnya", "periksa tahunnya.", "masa depan.")), str(wrong)


def _takes(adapter: TypeAdapter[Any], value: date, context: object) -> bool:
    try:
        adapter.validate_python(value, context=context, strict=True)
    except ValidationError:
        return False
    return True


class _Inner(BaseModel):
    day: dates.BirthDate | None = None


class _Command(BaseModel):
    number: int
    inner: tuple[_Inner, ...] = ()


def test_every_command_is_judged_by_the_bounds_of_its_fields() -> None:
    with pytest.raises(Malformed, match="lebih dari 130 tahun") as caught:
        parse_command(_Command, b'{"number": "x", "inner": [{}, {"day": "0080-01-05"}]}')
    assert caught.value.code == "lahir_salah"
    assert "0080" not in str(caught.value)
    stored = _Command.model_validate_json('{"number": 1, "inner": [{"day": "0080-01-05"}]}')
    assert stored.inner[0].day == date(80, 1, 5)


def actions() -> Iterator[tuple[str, argparse.Action]]:
    """Every option and argument of every command."""
    for name, command in find_commands().items():
        parser = argparse.ArgumentParser(prog=f"jejak {name}")
        command.configure()(parser)
        yield from _actions(parser)


def _actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
        else:
            yield f"{parser.prog} {action.dest}", action


def _read(action: argparse.Action, text: str) -> object:
    """The value of an option, None for a text that it refuses."""
    if not callable(action.type):
        return text
    try:
        return action.type(text)
    except (ValueError, TypeError, argparse.ArgumentTypeError):
        return None


TYPED: Final = [
    (name, action)
    for name, action in actions()
    if not name.startswith("jejak load") and any(isinstance(_read(action, text), date) for text in SAMPLES)
]
"""Without `jejak load`, which plays made-up cases on a development installation."""


def test_the_options_are_found() -> None:
    assert {name for name, _ in TYPED} == {
        "jejak bpjs replay since",
        "jejak bpjs key add until",
        "jejak bpjs key end at",
        "jejak letter skip-lost restored_to",
        "jejak register import as_of",
        "jejak restore done restored_to",
        "jejak restore lost restored_to",
        "jejak sop walk received",
    }


@pytest.mark.parametrize(("name", "action"), TYPED)
def test_every_date_that_is_typed_has_both_bounds(name: str, action: argparse.Action) -> None:
    for text in SAMPLES:
        for year in ("0001", "0202", "9999"):
            assert _read(action, text.replace("2026", year)) is None, name


def test_every_year_that_is_typed_is_one_of_those_of_letters() -> None:
    years = {name: action.choices for name, action in actions() if action.dest == "year"}
    assert set(years) == {"jejak letter numbers year", "jejak letter skip-to year"}
    assert set(years.values()) == {dates.YEARS}


def test_no_date_is_made_of_a_text_but_by_the_module_of_bounds() -> None:
    makers: dict[str, list[int]] = {}
    for folder in (ROOT / "shared" / "src", *sorted((ROOT / "services").glob("*/src"))):
        for path in sorted(folder.rglob("*.py")):
            found = [
                node.lineno
                for node in ast.walk(ast.parse(path.read_bytes()))
                if isinstance(node, ast.Attribute) and node.attr in MAKERS and not _of_clock_time(node)
            ]
            if found:
                makers[str(path.relative_to(ROOT))] = found
    assert makers.keys() <= PARSED.keys() | {"shared/src/jejak/timekeeping/dates.py"}, makers


def _of_clock_time(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "time"
