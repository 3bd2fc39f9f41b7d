"""Every task that a person does has its form, and the owning service takes every field of a form."""

from __future__ import annotations

import re
from typing import get_args, get_origin, get_type_hints

import pytest

import approval.api
import bpjs_sync.api
import intake.api
import letters.api
import verification.api
from jejak.cases.decision import Actor, LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts.task_bodies import Body
from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.platform.errors import Problem
from jejak.privacy.normalise import digits_pattern
from jejak.web.commands.task_routes import Command, Commands, TaskRequest
from jejak.web.requests.forms import Form
from jejak.web.tasks.fields import EVIDENCE_FIELD, HAPPENED_FIELD, NOTE_FIELD, Field, fields_of
from letters.signatures.bsre_client import BsreClient
from letters.signatures.remote_signing import RemoteSigning
from tests.procedure import sheet, submitted

COMMANDS: Commands = {
    **intake.api.COMMANDS,
    **verification.api.COMMANDS,
    **approval.api.COMMANDS,
    **letters.api.commands(None, RemoteSigning(BsreClient({}))),
    **bpjs_sync.api.COMMANDS,
}
HUMAN = sorted(TASKS.keys() - {SUBMIT})


def filled(field: Field) -> tuple[str, str]:
    """A field of a form as a browser sends it, with a fitting value."""
    values = {"tanggal": "2022-07-04", "angka": "3", "ya_tidak": "true", "centang": "true"}
    known = field.known[0][0] if field.known else None
    by_pattern = {digits_pattern(16): "1399010101900001", digits_pattern(13): "0001234567890"}
    text = known or by_pattern.get(field.pattern) or values.get(field.kind, "tertulis")
    if field.choices == "masalah":
        text = '{"document": "KK", "problem": "tidak_ada"}'
    if field.name.endswith(".born"):
        text = "1990-01-01"
    if field.name.endswith(".phone"):
        text = "0812345678"
    return field.name.replace("{kode}", "KK"), text


@pytest.mark.parametrize("verb", HUMAN)
def test_what_a_form_asks_for_is_what_the_service_takes(verb: str) -> None:
    """All fields together, as `jejak.web.requests.forms` reads them."""
    body = TASKS[verb].body
    fields = [
        field for field in (*fields_of(body), NOTE_FIELD, HAPPENED_FIELD) if field.kind not in ("berkas", "waktu")
    ]
    taken = body.model_validate(Form({}, [filled(field) for field in fields], ()).body())
    assert {re.split(r"[.\[]", field.name)[0] for field in fields} == taken.model_fields_set


@pytest.mark.parametrize("verb", HUMAN)
def test_every_field_that_a_service_takes_can_be_filled_in(verb: str) -> None:
    body = TASKS[verb].body
    own = body.model_fields.keys() - Body.model_fields.keys()
    assert own == {re.split(r"[.\[]", field.name)[0] for field in fields_of(body) if field.kind != "berkas"} - {"hasil"}


@pytest.mark.parametrize("verb", HUMAN)
def test_what_a_service_cannot_do_without_is_required_on_the_form(verb: str) -> None:
    body = TASKS[verb].body
    needed = {name for name, field in body.model_fields.items() if field.is_required()}
    assert needed <= {re.split(r"[.\[]", field.name)[0] for field in fields_of(body) if field.required}


def test_every_service_decides_exactly_its_own_tasks_with_the_bodies_of_the_table() -> None:
    assert COMMANDS.keys() == set(HUMAN)
    for verb, command in COMMANDS.items():
        given = command.decide if isinstance(command, Command) else command.act
        [body] = [get_args(hint)[0] for hint in get_type_hints(given).values() if get_origin(hint) is TaskRequest]
        assert issubclass(TASKS[verb].body, body), verb


def test_every_outcome_a_person_chooses_has_its_words() -> None:
    for kind in TASKS.values():
        if kind.buttons != "one" and kind.verb != SUBMIT:
            assert [end.kode for end in kind.ends if not (end.button or kind.button or end.by_system)] == []


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
    loaded, due = waiting(verb)
    refused = set()
    for hasil in due.task.targets:
        body = TASKS[verb].body.model_validate({"hasil": hasil})
        request = TaskRequest(Actor("13.99", "kadis-1", "kadis"), loaded, due, body, (), ())
        try:
            await COMMANDS[verb].decided(None, request)  # type: ignore[arg-type]  # none of these has side effects
        except Problem as problem:
            refused |= {hasil} if problem.code == "alasan_perlu" else set()
    assert refused == TASKS[verb].reasoned


RULE = """
pertanyaan = [{kode = "gawat", teks = "Gawat?"}]
aturan = [{nama = "Hanya yang gawat", untuk = ["gawat"], terdaftar_di = ["DTKS"]}]
"""


def waiting(verb: str) -> tuple[LoadedCase, DueTask]:
    """A case that waits for this task."""
    who, more = SHEETS[verb]
    draft = '[[langkah]]\nno = 1\nkegiatan = "Membuat surat"\ntugas = ["draft_letter"]\nsurat = "surat"\n'
    before = ["check_registry", verb] if verb == "check_rules" else [verb]
    tasks = ", ".join(f'"{earlier}"' for earlier in before)
    step = f'[[langkah]]\nno = 2\nkegiatan = "Langkah contoh"\ntugas = [{tasks}]\n{more}pelaksana = ["{who}"]\n'
    head = RULE if verb == "check_rules" else ""
    scenario = submitted(sheet(f'{draft}pelaksana = ["staf"]\n{step}', head)).then()
    scenario = scenario.then() if len(before) > 1 else scenario
    return scenario.loaded, scenario.due[0]


def test_evidence_goes_along_as_a_file_of_any_task() -> None:
    assert EVIDENCE_FIELD.kind == "berkas"
    assert EVIDENCE_FIELD.name not in {name for kind in TASKS.values() for name in kind.body.model_fields}
