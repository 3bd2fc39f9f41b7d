"""The documents a sheet asks for, judged one by one."""

import uuid
from dataclasses import replace
from datetime import date

import pytest

from intake import domain
from jejak.cases.case import Application, Case, Ending
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from tests.procedure import START, person, sheet

SHEET = sheet(
    '[[langkah]]\nno = 1\nkegiatan = "Mengecek"\ntugas = ["check_documents"]\npelaksana = ["staf"]\n',
    """
[[persyaratan]]
kode = "KTP"
nama = "Fotokopi KTP"
salah_satu = [{kode = "AKTE", nama = "Fotokopi Akte Kelahiran", usia_di_bawah = 17}]

[[persyaratan]]
kode = "SKTM"
nama = "Surat Keterangan Tidak Mampu"
periksa = ["diketahui Camat"]

[[persyaratan]]
kode = "SKD"
nama = "Surat Keterangan Dokter"
untuk = ["gawat"]

[[pertanyaan]]
kode = "gawat"
teks = "Apakah pemohon memerlukan penanganan segera?"
""",
)
RECEIVED = date(2022, 7, 4)
NOTHING_HELD = frozenset[str]()


def brought(*documents: str, born: str = "1990-01-01") -> Case:
    people = e.People(applicant=person(), participant=person(nik="1399010101100002", born=born))
    application = Application("contoh", (), "13.99", START, None)
    files = {
        name: (e.Attachment(document=name, sha256="0" * 64, media_type="image/png", size=1),) for name in documents
    }
    case = Case(id=uuid.UUID(int=1), office="13.99", sop=SHEET.sha256)
    return replace(case, application=application, people=people, documents=files)


def judged(case: Case, *problems: e.Problem) -> list[tuple[str, str, str | None]]:
    _, faults = domain.documents_judged(case, SHEET, NOTHING_HELD, RECEIVED, problems)
    return [(fault.document, fault.problem, fault.expected) for fault in faults]


def test_exactly_what_is_missing_and_what_is_wrong_is_named() -> None:
    wrong = e.Problem(document="SKTM", problem="tidak_benar", expected="diketahui Camat")
    assert judged(brought("SKTM"), wrong) == [
        ("KTP", "tidak_ada", None),
        ("SKTM", "tidak_benar", "diketahui Camat"),
    ]


def test_a_twelve_year_old_shows_the_birth_certificate_instead_of_a_ktp() -> None:
    assert judged(brought("AKTE", "SKTM", born="2010-07-04")) == []


def test_a_twenty_year_old_may_not() -> None:
    assert judged(brought("AKTE", "SKTM", born="2002-07-04")) == [
        ("AKTE", "tidak_benar", "hanya untuk peserta di bawah 17 tahun")
    ]


@pytest.mark.parametrize(("born", "fine"), [("2005-07-05", True), ("2005-07-04", False)])
def test_on_the_seventeenth_birthday_the_ktp_is_asked_for(born: str, fine: bool) -> None:
    assert (judged(brought("AKTE", "SKTM", born=born)) == []) is fine


def test_a_document_for_an_answer_is_asked_only_where_the_answer_holds() -> None:
    case = brought("KTP", "SKTM")
    _, faults = domain.documents_judged(case, SHEET, frozenset({"gawat"}), RECEIVED, ())
    assert [fault.document for fault in faults] == ["SKD"]


def test_what_was_seen_on_paper_counts_as_shown() -> None:
    shown, faults = domain.documents_judged(brought("KTP"), SHEET, NOTHING_HELD, RECEIVED, (), ["SKTM"])
    assert (shown, faults) == (("KTP", "SKTM"), ())


def test_complete_is_refused_while_something_is_missing_and_missing_while_nothing_is() -> None:
    missing = (e.Problem(document="KTP", problem="tidak_ada"),)
    with pytest.raises(Refused, match="KTP belum ada"):
        domain.documents_checked("lengkap", (), missing, e.Act(), {})
    with pytest.raises(Refused, match="Semua dokumen ada"):
        domain.documents_checked("kurang", ("KTP",), (), e.Act(), {})


def test_an_official_cannot_reject_a_document_that_the_case_does_not_ask_for() -> None:
    with pytest.raises(Malformed, match="SKD"):
        judged(brought("KTP", "SKTM"), e.Problem(document="SKD", problem="tidak_ada"))


def test_an_answer_without_a_question_and_an_impossible_nik_are_malformed() -> None:
    people = e.People(applicant=person())
    application = e.ApplicationSubmitted(people=people, service="contoh", answers=("entah",), entry_office="13.99")
    with pytest.raises(Malformed, match="entah"):
        domain.application_submitted(application, people, SHEET, START.date())
    strange = e.People(applicant=person(nik="1399019901900001"))
    fine = e.ApplicationSubmitted(people=strange, service="contoh", entry_office="13.99")
    with pytest.raises(Malformed, match="NIK pemohon tidak benar"):
        domain.application_submitted(fine, strange, SHEET, START.date())


def test_a_case_that_has_ended_cannot_be_withdrawn() -> None:
    with pytest.raises(Refused, match="sudah berakhir"):
        domain.application_withdrawn(replace(brought(), ending=Ending("selesai", START)), None)
