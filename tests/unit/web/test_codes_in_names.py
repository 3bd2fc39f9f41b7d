"""A code of a sheet may hold dots, and a register any characters: the fields about it still reach the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from intake.submission import files_of
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts.task_bodies import DocumentCheck, Draft, RegistryRecord
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed
from jejak.procedure.office.kantor import Kantor, NumberRule
from jejak.web.http_app import File
from jejak.web.requests.forms import Form, in_name
from jejak.web.tasks.fields import Field
from jejak.web.tasks.form import forms
from tests.procedure import office, sheet, submitted

HEAD: Final = """
[[persyaratan]]
kode = "A.1"
nama = "Surat keterangan"
catat = ["nomor"]
salah_satu = [{ kode = "A.2", nama = "Surat lain" }]

[[persyaratan]]
kode = "A"
nama = "KTP"

[[aturan]]
nama = "Terdaftar"
terdaftar_di_salah_satu = ["DTSEN v.2 [2026]", "DTKS"]

[[langkah]]
no = 1
kegiatan = "Memeriksa"
tugas = ["check_documents", "check_registry", "check_rules"]
bila = { tidak_terdaftar = "lanjut" }
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun"
tugas = [{ tugas = "draft_letter", surat = ["S.1", "surat"] }, { tugas = "sign", pelaksana = ["kadis"] }]
pelaksana = ["staf"]
"""
SOP: Final = sheet(HEAD, letters='{kode = "S.1", jenis = "keterangan", isi = "benar."},')


def due_of(verb: str, kantor: Kantor) -> tuple[LoadedCase, DueTask]:
    """A new case, and a task of the sheet as if it were due."""
    task = next(task for task in SOP.main if task.verb == verb)
    scenario = submitted(SOP, kantor)
    due = DueTask(
        *(task.slot, TASKS[verb].service, verb, task.langkah, "staf", scenario.now, None),
        *(False, "dinas", None, False, task),
    )
    return replace(scenario.loaded, due=(due,)), due


def asked(verb: str, kantor: Kantor | None = None) -> Iterator[Field]:
    """The fields of the first form of a task."""
    loaded, due = due_of(verb, kantor or office())
    return (field for group in forms(loaded, due, recording=False)[0].groups for field in group.fields)


def sent(*fields: tuple[str, str]) -> dict[str, Any]:
    """What the service gets of the fields that a browser posts."""
    return Form.of(FormData(list(fields))).body()


def test_what_is_entered_of_a_document_reaches_it_whatever_its_code() -> None:
    values = {"keterangan": "jelas", "dicatat": "445/1", "masalah": '{"document": "A.1", "problem": "tidak_ada"}'}
    named = [field.name for field in asked("check_documents")]

    body = DocumentCheck.model_validate(
        sent(*((name, text) for start, text in values.items() for name in named if name.startswith(start)))
    )

    assert body.keterangan == {"A.1": "jelas", "A": "jelas"}
    assert [*body.dicatat] == ["A.1"]
    assert len(body.masalah) == 2


def test_each_register_keeps_its_own_fields_and_its_name() -> None:
    fields = [
        (field.name, field.value if field.kind == "tersembunyi" else str(place))
        for place, field in enumerate(asked("check_registry"))
        if field.name.endswith((".daftar", ".desil"))
    ]

    body = RegistryRecord.model_validate(
        sent(*fields, *((name.replace(".daftar", ".terdaftar"), "true") for name, _ in fields if ".daftar" in name))
    )

    assert [row.daftar for row in body.daftar] == ["DTSEN v.2 [2026]", "DTKS"]
    assert len({row.desil for row in body.daftar}) == 2


def test_a_number_from_the_agenda_reaches_its_letter() -> None:
    by_agenda = office().model_copy(update={"nomor": {"*": NumberRule(None)}})
    numbers = [field.name for field in asked("draft_letter", by_agenda) if field.name.startswith("nomor.")]

    body = Draft.model_validate(sent(*((name, f"460/{place}") for place, name in enumerate(numbers))))

    assert body.nomor == {"S.1": "460/0", "surat": "460/1"}


@given(st.lists(st.text(min_size=1, max_size=20).filter(lambda code: code.strip()), min_size=1, unique=True))
def test_no_code_divides_the_name_it_stands_in(codes: list[str]) -> None:
    fields = [
        (name, str(place))
        for place, code in enumerate(codes)
        for name in (f"keterangan.{in_name(code)}", f"masalah[{in_name(code)}]", f"daftar[{in_name(code)}].nomor")
    ]

    body = Form({}, fields, ()).body()

    assert body["keterangan"] == {code: str(place) for place, code in enumerate(codes)}
    assert body["masalah"] == [str(place) for place in range(len(codes))]
    assert body["daftar"] == [{"nomor": str(place)} for place in range(len(codes))]


def file(name: str) -> File:
    return File(name, b"%PDF", "application/pdf", "0" * 64)


def test_a_familys_file_names_a_document_with_a_dot_and_whose_it_is() -> None:
    brought = [file("A"), file("A.1"), file("A%2E1"), file("A%2E1.2")]
    members = {"1": None, "2": None}

    assert [made.name for made in files_of("1", brought, members)] == ["A", "A", "A.1"]
    assert [made.name for made in files_of("2", brought, members)] == ["A", "A.1", "A.1"]
    with pytest.raises(Malformed, match="yang tidak diisi"):
        files_of("1", [file("A.9")], members)
