"""The book of the real sheet of Pesisir Selatan 2022, in an office in Bali time."""

from datetime import date
from pathlib import Path

from jejak.procedure.load import load_sop
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import timing_rules_of
from jejak.timekeeping.printed.printed_time import parse_waktu
from tests.procedure import sheet

SHEET = Path(__file__).parents[3] / "shared/offices/13.01/reaktivasi-kis-2022.toml"
OFFICE = Calendar(zone="Asia/Makassar")
BOOK = timing_rules_of(load_sop(SHEET.read_bytes()), OFFICE, 27_000)


def test_the_six_steps_keep_the_times_the_sheet_prints() -> None:
    printed = ["1 menit", "5 menit", "5 menit", "3 Menit", "3 Menit", "3 Menit"]

    assert [BOOK.steps["main", str(number)] for number in range(1, 7)] == [parse_waktu(text) for text in printed]
    assert BOOK.tasks == {}
    assert BOOK.batas_tunggu == 27_000


def test_the_clock_of_a_step_is_that_of_its_performer() -> None:
    assert [BOOK.owner(who) for who in ("staf", "kadis", "pemohon", "bpjs", None)] == [
        "dinas",
        "dinas",
        "pemohon",
        "bpjs",
        "dinas",
    ]


def test_the_applicant_has_no_office_hours_and_bpjs_does_not_share_the_offices_own_free_days() -> None:
    anniversary = date(2022, 4, 14)
    office = Calendar(zone="Asia/Makassar", extra_holidays=frozenset({anniversary}))

    book = timing_rules_of(load_sop(SHEET.read_bytes()), office, 27_000)

    assert book.calendar_of("pemohon") == Calendar.always("Asia/Makassar")
    assert book.calendar_of("dinas") is office
    assert not book.calendar_of("dinas").is_working_day(anniversary)
    assert book.calendar_of("bpjs").zone == "Asia/Makassar"
    assert book.calendar_of("bpjs").is_working_day(anniversary)
    assert book.calendar_of("bpjs") == Calendar(zone="Asia/Makassar")


def test_a_step_waits_for_its_batch_only_on_the_routes_the_sheet_sends_together() -> None:
    karangasem = SHEET.parents[1] / "51.07/akses-kesehatan-2023.toml"
    book = timing_rules_of(load_sop(karangasem.read_bytes()), OFFICE, 27_000)
    place = ("main", "5", "deliver")

    waits = [book.is_batched(place, frozenset({route})) for route in ("reguler", "mutasi", "darurat", "reaktivasi")]

    assert waits == [True, True, False, False]
    assert not book.is_batched(("main", "11", "deliver"), frozenset({"reguler"}))


def test_a_batch_for_some_answers_concerns_no_other_case() -> None:
    batch = '\n[[kumpulan]]\nkode = "bulanan"\nsetiap = "bulan"\nuntuk = ["biasa"]\n'
    ask = '[[pertanyaan]]\nkode = "gawat"\nteks = "Mendesak?"\npilihan = ["gawat", "biasa"]\n'
    step = '[[langkah]]\nno = 1\nkegiatan = "Kirim"\ntugas = ["deliver"]\npelaksana = ["staf"]\nkumpulan = "bulanan"\n'
    book = timing_rules_of(sheet(f'{ask}{batch}{step}kepada = "bpjs"\n'), OFFICE, 27_000)

    concerned = [book.is_batched(("main", "1", "deliver"), frozenset({answer})) for answer in ("biasa", "gawat")]

    assert concerned == [True, False]
