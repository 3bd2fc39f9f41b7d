"""All registers or any one of them, a rule that an answer meets, and what is asked from a date on."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from jejak.cases.case import Application, Case
from jejak.cases.engine import conditions_met
from jejak.contracts import events as e
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor
from jejak.procedure.walk import walk
from jejak.timekeeping.calendar import ZONES
from jejak.timekeeping.regions import local_day, zone_of
from tests.procedure import sheet
from tests.unit.sop.sheets import OFFICES, SMALL
from verification.domain import dtks_verified, eligibility_judged

RECEIVED = date(2026, 2, 3)
STEP = """
[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_registry", "check_rules"]
pelaksana = ["kasi"]
bila = {tidak_terdaftar = "lanjut"}
"""
QUESTION = '[[pertanyaan]]\nkode = "bayi"\nteks = "Bayi dari ibu peserta?"\n'


def case_of(sop: Sop, *listed: str, answers: tuple[str, ...] = (), received: datetime | None = None) -> Case:
    manual = e.Source(way="manual")
    listings = tuple(e.Listing(register_name=name, listed=name in listed, source=manual) for name in sop.daftar)
    application = Application(
        service="kis",
        answers=answers,
        entry_office="13.99",
        received_at=received or datetime(2026, 2, 3, tzinfo=UTC),
        purpose=None,
    )
    return replace(
        Case(id=uuid.UUID(int=1), office="13.99", sop=sop.sha256), listings=listings, application=application
    )


@pytest.mark.parametrize(
    ("key", "listed", "hasil"),
    [
        ("terdaftar_di", ("DTKS",), "memenuhi"),
        ("terdaftar_di_salah_satu", ("DTKS",), "memenuhi"),
        ("terdaftar_di_salah_satu", (), "tidak_memenuhi"),
        ("terdaftar_di_semua", ("DTKS",), "tidak_memenuhi"),
        ("terdaftar_di_semua", ("DTKS", "P3KE"), "memenuhi"),
    ],
)
def test_one_register_or_all_of_them_as_the_key_says(key: str, listed: tuple[str, ...], hasil: str) -> None:
    sop = sheet(f'[[aturan]]\nnama = "Terdaftar"\n{key} = ["DTKS", "P3KE"]\n{STEP}')

    decided = eligibility_judged(case_of(sop, *listed), sop, frozenset(), RECEIVED)

    assert (sop.daftar, decided.hasil) == (("DTKS", "P3KE"), hasil)


def test_a_refusal_says_which_registers_are_missing_and_that_all_are_required() -> None:
    sop = sheet(f'[[aturan]]\nnama = "Terdaftar"\nterdaftar_di_semua = ["DTKS", "P3KE"]\n{STEP}')
    decided = eligibility_judged(case_of(sop, "DTKS"), sop, frozenset(), RECEIVED)

    assert isinstance(decided.data, e.EligibilityDenied)
    [reason] = decided.data.reasons
    assert (reason.key, reason.text) == (
        "terdaftar_di_semua",
        "Tidak terdaftar di P3KE (harus di DTKS dan P3KE).",
    )
    seen = case_of(sop, "DTKS").listings
    assert dtks_verified(seen, sop, e.Act(), {}).hasil == "terdaftar"


def test_an_answer_at_the_counter_may_meet_a_rule() -> None:
    rules = '[[aturan]]\nnama = "Terdaftar"\nterdaftar_di = ["DTKS"]\n\n[[aturan]]\nnama = "Bayi"\njawaban = ["bayi"]\n'
    sop = sheet(rules + STEP, QUESTION)

    yes = eligibility_judged(case_of(sop, answers=("bayi",)), sop, frozenset(), RECEIVED)
    no = eligibility_judged(case_of(sop), sop, frozenset(), RECEIVED)

    assert yes.data == e.EligibilityConfirmed(rules=("Bayi",))
    assert isinstance(no.data, e.EligibilityDenied)
    assert "Jawaban di loket bukan bayi." in [reason.text for reason in no.data.reasons]


PERIODS = """
[[masa]]
kode = "masa_dtks"
sampai = 2025-06-30

[[masa]]
kode = "masa_dtsen"
dari = 2025-07-01

[[persyaratan]]
kode = "DESIL"
nama = "Tangkapan layar desil"
untuk = ["masa_dtsen"]

[[aturan]]
nama = "DTKS"
terdaftar_di = ["DTKS"]
untuk = ["masa_dtks"]

[[aturan]]
nama = "DTSEN"
terdaftar_di = ["DTSEN"]
untuk = ["masa_dtsen"]
"""


@pytest.mark.parametrize(
    ("received", "documents", "hasil"),
    [
        (datetime(2025, 6, 30, 8, tzinfo=UTC), [], "memenuhi"),
        (datetime(2025, 6, 30, 16, 59, tzinfo=UTC), [], "memenuhi"),
        (datetime(2025, 6, 30, 17, 1, tzinfo=UTC), ["DESIL"], "tidak_memenuhi"),
    ],
    ids=["the last day", "one minute before midnight in the region", "after it"],
)
def test_what_is_asked_depends_on_the_day_of_receipt(received: datetime, documents: list[str], hasil: str) -> None:
    sop = sheet(PERIODS + STEP)
    case = case_of(sop, "DTKS", received=received)
    held = conditions_met(sop, case)

    assert [document.kode for document in sop.documents_for(held)] == documents
    assert eligibility_judged(case, sop, held, RECEIVED).hasil == hasil


def test_a_walk_is_as_of_a_day_of_receipt() -> None:
    data = SMALL.replace("[[langkah]]\nno = 2", '[[langkah]]\nuntuk = ["baru"]\nno = 2').replace(
        "[[surat]]", '[[masa]]\nkode = "baru"\ndari = 2026-01-01\n\n[[surat]]'
    )
    sop = load_sop(data.encode())

    def verbs(day: date | None) -> list[str]:
        return [visit.tugas for visit in walk(sop, received=day).slots[0].visits]

    assert "draft_letter" in verbs(date(2026, 1, 1))
    assert "draft_letter" not in verbs(date(2025, 12, 31))
    assert "draft_letter" not in verbs(None)


def test_the_zone_of_a_region_is_that_of_its_offices() -> None:
    for path in OFFICES.rglob("kantor*.toml"):
        kantor = load_kantor(path.read_bytes())
        assert zone_of(kantor.kode) == kantor.zona
    assert zone_of("94.71") == "Asia/Jayapura"
    assert set(ZONES) == {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}
    assert local_day(datetime(2025, 6, 30, 16, tzinfo=UTC), "51.07") == date(2025, 7, 1)


@pytest.mark.parametrize(
    ("block", "mistakes"),
    [
        ('[[masa]]\nkode = "baru"\n', ("masa baru: tanpa tanggal — tulis dari, sampai, atau keduanya",)),
        ('[[masa]]\nkode = "baru"\ndari = 2026-01-02\nsampai = 2026-01-01\n',
         ("masa baru: dari sesudah sampai — tukar keduanya",)),
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_told(block: str, mistakes: tuple[str, ...]) -> None:
    assert check(SMALL.replace("[[surat]]", f"{block}\n[[surat]]").encode()).mistakes == mistakes


def test_the_check_asks_what_several_registers_mean_and_warns_of_a_look_up_that_refuses_whom_a_rule_admits() -> None:
    rules = (
        '[[aturan]]\nnama = "Terdaftar"\nterdaftar_di = ["DTKS", "P3KE"]\n\n'
        '[[aturan]]\nnama = "Bayi"\njawaban = ["bayi"]\n'
    )
    step = '[[langkah]]\nno = "1A"\nkegiatan = "Cek"\ntugas = ["check_registry", "check_rules"]\npelaksana = ["staf"]\n'
    text = SMALL.replace("[[surat]]", f"{QUESTION}\n{rules}\n[[surat]]")
    text = text.replace("[[langkah]]\nno = 2", f"{step}\n[[langkah]]\nno = 2")

    warnings = check(text.encode()).warnings

    assert (
        "aturan Terdaftar: terdaftar_di menyebut beberapa daftar, salah satu cukup — tulis terdaftar_di_salah_satu, "
        "atau terdaftar_di_semua bila harus di semuanya"
    ) in warnings
    assert (
        'langkah 1A: yang tidak terdaftar tidak sampai ke check_rules, padahal aturan "Bayi" tidak memerlukannya — '
        'tulis bila = { tidak_terdaftar = "lanjut" }'
    ) in warnings
