"""What the sheet asks to record of a document is asked where the document is right, and judged sentence by sentence."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from intake.api import check_documents
from jejak.cases.decision import Actor, Decision, LoadedCase
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys, encode
from jejak.contracts.task_bodies import DocumentCheck
from jejak.platform import ids
from jejak.platform.errors import Malformed, Refused
from jejak.timekeeping.dates import OUTSIDE
from jejak.web.commands.task_routes import TaskRequest
from jejak.web.tasks.fields import Field
from jejak.web.tasks.form import forms
from tests.procedure import Scenario, person, sheet, submitted

SHEET = sheet(
    '[[langkah]]\nno = 1\nkegiatan = "Mengecek"\ntugas = ["check_documents", "record"]\npelaksana = ["staf"]\n',
    """
[[persyaratan]]
kode = "FASKES"
nama = "Surat fasilitas kesehatan"
catat = ["nomor", "tanggal", "penerbit"]

[[persyaratan]]
kode = "KTP"
nama = "Fotokopi KTP"
salah_satu = [{kode = "AKTE", nama = "Akte Kelahiran", usia_di_bawah = 17}]
catat = ["nomor"]

[[persyaratan]]
kode = "KK"
nama = "Kartu Keluarga"
""",
)
FASKES = {"nomor": "445/12/RSUD/2022", "tanggal": "2022-07-01", "penerbit": "RSUD Contoh"}
ALL = {"FASKES": FASKES, "KTP": {"nomor": "13990001"}}


def story(*shown: str, born: str = "1990-01-01") -> tuple[Scenario, tuple[str, ...]]:
    people = e.People(applicant=person(), participant=person(nik="1399010101100002", born=born))
    return submitted(SHEET, people=people), shown or ("FASKES", "KTP", "KK")


def checked(loaded: LoadedCase, shown: tuple[str, ...], facts: Any, **more: Any) -> Decision:
    body = DocumentCheck.model_validate({"ditunjukkan": shown, "dicatat": facts, **more}, context=OUTSIDE)
    return check_documents(TaskRequest(Actor("13.99", "staf-1", "staf"), loaded, loaded.due[0], body, (), ()))


def complete(facts: Any = ALL, *shown: str, **more: Any) -> e.DocumentsComplete:
    scenario, on_paper = story(*shown)
    decision = checked(scenario.loaded, on_paper, facts, **more)
    assert isinstance(decision.data, e.DocumentsComplete)
    return decision.data


def test_the_facts_of_the_right_documents_are_recorded_and_kept_by_the_case() -> None:
    scenario, shown = story()
    event = complete()
    assert event.facts == {
        "FASKES": e.DocumentFacts(nomor="445/12/RSUD/2022", tanggal=date(2022, 7, 1), penerbit="RSUD Contoh"),
        "KTP": e.DocumentFacts(nomor="13990001"),
    }
    assert scenario.then(data=event).case.facts == event.facts
    forgotten = event.model_copy(update={"facts": e.FORGOTTEN})
    assert scenario.then(data=forgotten).case.facts == {}
    assert shown == event.shown


@pytest.mark.parametrize(
    ("facts", "sentences"),
    [
        ({"KTP": ALL["KTP"]}, [f"{fact.capitalize()} Surat fasilitas kesehatan belum dicatat." for fact in FASKES]),
        (
            {"FASKES": FASKES | {"tanggal": None}},
            ["Tanggal Surat fasilitas kesehatan belum dicatat.", "Nomor Fotokopi KTP belum dicatat."],
        ),
    ],
)
def test_every_missing_fact_is_named_in_a_sentence(facts: Any, sentences: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        complete(facts)
    assert refused.value.detail == " ".join(sentences)


def test_nothing_is_asked_where_a_document_is_missing_or_another_stands_for_it() -> None:
    scenario, _ = story()
    wrong = [{"document": "FASKES", "problem": "tidak_benar"}]
    decision = checked(scenario.loaded, ("FASKES", "KTP", "KK"), {}, hasil="kurang", masalah=wrong)
    assert isinstance(decision.data, e.DocumentsMissing)
    scenario, shown = story("FASKES", "AKTE", "KK", born="2012-01-01")
    decision = checked(scenario.loaded, shown, {"FASKES": FASKES})
    assert isinstance(decision.data, e.DocumentsComplete)
    assert set(decision.data.facts or ()) == {"FASKES"}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({**ALL, "KK": {"nomor": "1"}}, "Nomor KK tidak dicatat pada berkas ini"),
        ({**ALL, "KTP": {"nomor": "1", "penerbit": "Dinas"}}, "Penerbit KTP tidak dicatat pada berkas ini"),
        ({**ALL, "FASKES": FASKES | {"penerbit": "漢"}}, "tidak dapat dicetak: 漢"),
        ({**ALL, "FASKES": FASKES | {"tanggal": "2022-07-05"}},
         r"Tanggal Surat fasilitas kesehatan sesudah hari pemeriksaannya \(04-07-2022\); periksa tahunnya."),
    ],
)  # fmt: skip
def test_a_fact_that_is_not_asked_or_cannot_be_is_named(facts: Any, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        complete(facts)


def test_the_day_of_the_check_is_when_it_happened() -> None:
    earlier = "2022-07-01T08:00:00+07:00"
    complete(waktu_kejadian=earlier)
    late = {**ALL, "FASKES": FASKES | {"tanggal": "2022-07-02"}}
    complete(late)
    with pytest.raises(Malformed, match="01-07-2022"):
        complete(late, waktu_kejadian=earlier)


def test_what_is_recorded_is_sealed_and_an_event_of_before_reads_as_it_did() -> None:
    keys = CaseKeys(b"w" * 32, b"a" * 32)
    sealed = encode(complete(), uuid.UUID(int=1), 1, keys, ids.random_bytes)
    for value in ("445/12", "RSUD", "2022-07-01", "13990001"):
        assert value.encode() not in sealed
    assert b'"facts"' not in sealed
    assert e.DocumentsComplete.model_validate({"shown": ["KTP"]}).facts is None


def asked(loaded: LoadedCase) -> dict[str, list[Field]]:
    """The fields of the form of the check, by document."""
    [check, *_] = submitted(SHEET).due
    [form] = forms(loaded, check, recording=False)
    return {group.legend or "": list(group.fields) for group in form.groups}


def test_the_form_asks_for_each_document_what_its_sheet_records() -> None:
    scenario, _ = story()
    by_document = asked(scenario.loaded)
    names = {legend: [field.name for field in fields if field.part] for legend, fields in by_document.items()}
    assert names["Surat fasilitas kesehatan"] == [f"dicatat.FASKES.{fact}" for fact in FASKES]
    assert names["Fotokopi KTP"] == ["dicatat.KTP.nomor"]
    assert names["Kartu Keluarga"] == []
    assert not any(field.required for fields in by_document.values() for field in fields)


def test_a_check_that_is_done_again_starts_from_what_was_recorded() -> None:
    scenario, _ = story()
    fields = [field for group in asked(scenario.then(data=complete()).loaded).values() for field in group if field.part]
    assert {field.name: field.value for field in fields} == {
        "dicatat.FASKES.nomor": "445/12/RSUD/2022",
        "dicatat.FASKES.tanggal": "2022-07-01",
        "dicatat.FASKES.penerbit": "RSUD Contoh",
        "dicatat.KTP.nomor": "13990001",
    }
