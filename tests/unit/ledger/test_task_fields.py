"""Every task that a person does has its form, and every field of a form is one that the owning service takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

import approval.api
import bpjs_sync.api
import intake.api
import letters.api
import verification.api
from jejak.cases.decision import Actor, Opened
from jejak.cases.engine import DueTask
from jejak.contracts.codec import CaseKeys
from jejak.contracts.tasks import ANY_ROUTE, TASKS
from jejak.platform.errors import Problem
from jejak.web.acts import Asking, Body, Commands
from ledger.desk.work.task_fields import (
    BUTTONS,
    EVIDENCE,
    FIELDS,
    HAPPENED,
    NOTE,
    ONLY_THE_SYSTEM,
    SAID_BY_FIELDS,
    Field,
)
from tests.procedure import sheet, submitted

COMMANDS: Commands = {
    **intake.api.COMMANDS,
    **verification.api.COMMANDS,
    **approval.api.COMMANDS,
    **letters.api.commands(None),
    **bpjs_sync.api.COMMANDS,
}
PEOPLE = ("pemohon", "peserta")


def path(field: Field) -> list[str]:
    """The names that lead to what a field fills in, as the browser's layer reads them."""
    name = field.name.replace("{kode}", PEOPLE[0]) if field.each == "orang" else field.name
    return [re.sub(r"\[.*\]$", "", part) for part in name.split(".")]


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone or in a list; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := model_in(one))), None)


def listed(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or any(listed(one) for one in get_args(annotation))


@pytest.mark.parametrize("verb", sorted(TASKS.keys() - {"submit"}))
def test_every_verb_has_a_form_and_every_field_is_one_the_service_takes(verb: str) -> None:
    for field in (*FIELDS[verb], NOTE, HAPPENED):
        if field.kind == "berkas":
            continue
        model: type[BaseModel] | None = COMMANDS[verb].body
        names = path(field)
        for number, name in enumerate(names):
            if model is None:
                break  # a name of a mapping: of a letter, of a document
            assert name in model.model_fields, (verb, field.name)
            annotation = model.model_fields[name].annotation
            last = number == len(names) - 1
            assert not last or listed(annotation) == ("[" in field.name.split(".")[number]), (verb, field.name)
            model = model_in(annotation)


def asked(verb: str) -> set[str]:
    fields = FIELDS[verb]
    return {path(one)[0] for one in fields} | {name for name in PEOPLE if any(one.each == "orang" for one in fields)}


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_whatever_a_service_takes_can_be_filled_in(verb: str) -> None:
    own = COMMANDS[verb].body.model_fields.keys() - Body.model_fields.keys()
    assert own <= asked(verb)


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_what_a_service_cannot_do_without_is_required_on_the_form(verb: str) -> None:
    needed = {name for name, one in COMMANDS[verb].body.model_fields.items() if one.is_required()}
    assert needed == {path(one)[0] for one in FIELDS[verb] if one.required and path(one)[0] in needed}


def outcomes() -> Iterator[tuple[str, str]]:
    for verb in FIELDS.keys() - SAID_BY_FIELDS:
        for hasil in TASKS[verb].outcomes if TASKS[verb].outcomes != (ANY_ROUTE,) else ():
            if (verb, hasil) not in ONLY_THE_SYSTEM:
                yield verb, hasil


def test_every_outcome_a_person_chooses_has_its_words() -> None:
    assert {(verb, hasil) for verb, hasil in outcomes() if hasil not in BUTTONS and not TASKS[verb].button} == set()
    assert all(kind.reasoned <= set(kind.outcomes) for kind in TASKS.values())


SHEETS = {
    "dispose": ("kadis", ""),
    "review": ("kabid", ""),
    "approve": ("kabid", ""),
    "paraf": ("kabid", 'surat = "surat"\n'),
    "sign": ("kadis", 'surat = "surat"\n'),
    "verify_manually": ("kasi", ""),
    "check_rules": ("kasi", ""),
    "await_reply": ("bpjs", ""),
    "reconcile": ("kabid", ""),
}


@pytest.mark.parametrize("verb", sorted(SHEETS))
async def test_a_reason_is_asked_for_exactly_where_the_service_takes_nothing_without_one(verb: str) -> None:
    opened, due = waiting(verb)
    refused = set()
    for hasil in due.task.targets:
        body = COMMANDS[verb].body.model_validate({"hasil": hasil})
        asking = Asking(Actor("13.99", "kadis-1", "kadis"), opened, due, body, (), ())
        try:
            await COMMANDS[verb].decided(None, asking)  # type: ignore[arg-type]  # none of these asks the world
        except Problem as problem:
            refused |= {hasil} if problem.code == "alasan_perlu" else set()
    assert refused == TASKS[verb].reasoned


RULE = """
pertanyaan = [{kode = "gawat", teks = "Gawat?"}]
aturan = [{nama = "Hanya yang gawat", untuk = ["gawat"], terdaftar_di = ["DTKS"]}]
"""


def waiting(verb: str) -> tuple[Opened, DueTask]:
    """A case that waits for this task."""
    who, more = SHEETS[verb]
    draft = '[[langkah]]\nno = 1\nkegiatan = "Membuat surat"\ntugas = ["draft_letter"]\nsurat = "surat"\n'
    before = ["check_registry", verb] if verb == "check_rules" else [verb]
    tasks = ", ".join(f'"{one}"' for one in before)
    step = f'[[langkah]]\nno = 2\nkegiatan = "Langkah contoh"\ntugas = [{tasks}]\n{more}pelaksana = ["{who}"]\n'
    head = RULE if verb == "check_rules" else ""
    told = submitted(sheet(f'{draft}pelaksana = ["staf"]\n{step}', head)).then()
    told = told.then() if len(before) > 1 else told
    keys = CaseKeys(None, None)
    return Opened(told.case, told.sop, told.office, keys, told.now, told.history, told.due), told.due[0]


def test_evidence_goes_along_as_a_file_of_any_task() -> None:
    assert EVIDENCE.kind == "berkas"
    assert EVIDENCE.name not in {name for one in COMMANDS.values() for name in one.body.model_fields}
