"""What an office file has to be able to say: staff under contract, days with hours of their own, any file name."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from jejak.cli.office import _read
from jejak.cli.sop import check_path
from jejak.procedure.kind import is_kantor
from jejak.procedure.office.kantor import Kantor, load_kantor, parse_kantor
from ledger.desk.citizen.opening_hours import hours_words, open_words
from tests.unit.letters.letter_samples import KADIS, letter
from tests.unit.letters.test_letter_page import printed

INPUTS: Final = Path(__file__).parent / "inputs"
OFFICES: Final = Path(__file__).parents[2] / "shared" / "offices"
WIB: Final = ZoneInfo("Asia/Jakarta")


def text_of(folder: str) -> str:
    return (INPUTS / folder / "kantor.toml").read_text()


def piket(*blocks: str) -> Kantor:
    return load_kantor((text_of("kantor-27-piket") + "\n".join(blocks)).encode())


def mistakes(*blocks: str) -> tuple[str, ...]:
    return parse_kantor((text_of("kantor-27-piket") + "\n".join(blocks)).encode()).mistakes


def warnings(*blocks: str) -> tuple[str, ...]:
    return parse_kantor((text_of("kantor-27-piket") + "\n".join(blocks)).encode()).warnings


def hours(kantor: Kantor, day: str) -> float:
    """Working hours of a day."""
    start = datetime.fromisoformat(day).replace(tzinfo=WIB)
    return kantor.calendar.working_seconds(start, start.replace(hour=23, minute=59)) / 3600


@pytest.mark.parametrize("folder", ["kantor-27-piket", "kantor-28-pppk", "kantor-31-pensiun", "kantor-49-wit"])
def test_the_offices_of_the_field_are_read(folder: str) -> None:
    report = check_path(INPUTS / folder / "kantor.toml")
    assert report.ok


def test_an_ni_pppk_is_a_staff_number() -> None:
    kantor = load_kantor(text_of("kantor-28-pppk").encode())
    assert [official.nip for official in kantor.pejabat if official.kode == "staf-pppk"] == ["199001012022211001"]


@pytest.mark.parametrize(
    ("nip", "wrong"),
    [
        ("19900101202221100", "18 angka"),
        ("199013012022211001", "tanggal lahir"),
        ("199001010022211001", "tahun pengangkatan"),
        ("199001012022001001", "nomor kontrak"),
    ],
)
def test_a_staff_number_that_cannot_be_is_still_refused(nip: str, wrong: str) -> None:
    text = text_of("kantor-28-pppk").replace("199001012022211001", nip)
    [line] = parse_kantor(text.encode()).mistakes
    assert wrong in line


def test_an_office_on_duty_on_a_cuti_bersama_works_from_eight_to_twelve() -> None:
    kantor = piket()
    assert hours(kantor, "2025-04-03") == 4
    assert hours(kantor, "2025-04-02") == 0
    assert kantor.calendar.is_open(datetime(2025, 4, 3, 8, tzinfo=WIB))
    assert not kantor.calendar.is_open(datetime(2025, 4, 3, 12, tzinfo=WIB))
    assert kantor.calendar.is_working_day(date(2025, 4, 3))
    assert kantor.calendar.closing(date(2025, 4, 3)) == datetime(2025, 4, 3, 12, tzinfo=WIB)


def test_an_office_closes_for_half_a_day() -> None:
    kantor = piket('[[libur]]\ntanggal = 2025-12-24\nnama = "Menjelang Natal"\njam = ["12.00-16.00"]\n')
    assert hours(kantor, "2025-12-24") == 4.5
    assert hours(kantor, "2025-12-23") == 7.5
    morning = piket('[[libur]]\ntanggal = 2025-12-24\nnama = "Upacara"\njam = ["07.30-09.00", "11.30-13.30"]\n')
    assert hours(morning, "2025-12-24") == 5


def test_a_whole_day_and_a_run_of_days_are_off_as_before() -> None:
    kantor = piket('[[libur]]\ntanggal = 2025-07-07\nsampai = 2025-07-09\nnama = "Banjir"\n')
    assert [hours(kantor, f"2025-07-0{n}") for n in (7, 8, 9)] == [0, 0, 0]
    assert hours(kantor, "2025-07-10") == 7.5


def test_a_holiday_without_hours_of_its_own_is_worked_as_its_weekday_is_in_ramadan_too() -> None:
    kantor = piket("[[masuk]]\ntanggal = 2025-03-28\n", "[[masuk]]\ntanggal = 2025-05-01\n")
    assert hours(kantor, "2025-03-28") == 6.5  # Friday of Ramadan, Nyepi's cuti bersama
    assert hours(kantor, "2025-05-01") == 7.5


def test_a_saturday_needs_hours() -> None:
    [line] = mistakes("[[masuk]]\ntanggal = 2025-04-05\n")
    assert "masuk 5 April 2025: sabtu tidak ada di jam_kerja — tulis jam" in line
    assert hours(piket('[[masuk]]\ntanggal = 2025-04-05\njam = ["08.00-11.00"]\n'), "2025-04-05") == 3


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ('[[masuk]]\ntanggal = 2025-04-03\njam = ["13.00-15.00"]\n', "3 April 2025: ditulis dua kali"),
        ('[[libur]]\ntanggal = 2025-04-03\nnama = "Idul Fitri"\n', "3 April 2025: hari itu juga ada di [[libur]]"),
        ("[[masuk]]\ntanggal = 2025-04-04\njam = []\n", "jam kosong"),
        ('[[masuk]]\ntanggal = 2025-04-04\njam = ["12.00-08.00"]\n', "jam tutup harus sesudah jam buka"),
        ('[[masuk]]\ntanggal = 2025-04-04\njam = ["08.00-12.00", "11.00-13.00"]\n', "bertumpuk"),
        ('[[masuk]]\ntanggal = 2025-04-04\njam = "08.00-12.00"\n', "harus daftar jam buka"),
        ("[[masuk]]\ntanggal = 2025-04-04\nsampai = 2025-04-02\n", "sampai harus sesudah tanggal"),
        ("[[masuk]]\ntanggal = 2025-04-04\nsampai = 2026-04-04\n", "paling lama sebulan"),
    ],
)
def test_days_that_cannot_be_are_told_in_a_sentence(block: str, wrong: str) -> None:
    assert any(wrong in line for line in mistakes(block))


@pytest.mark.parametrize(
    ("block", "doubt"),
    [
        ("[[masuk]]\ntanggal = 2025-04-10\n", "masuk 10 April 2025: hari itu memang buka"),
        ('[[libur]]\ntanggal = 2025-04-10\nnama = "x"\njam = ["16.00-18.00"]\n', "libur 10 April 2025: pada jam itu"),
    ],
)
def test_a_day_that_changes_nothing_is_pointed_out(block: str, doubt: str) -> None:
    assert any(doubt in line for line in warnings(block))


def test_the_citizen_reads_these_days_two_weeks_before() -> None:
    kantor = piket('[[libur]]\ntanggal = 2025-04-10\nnama = "Upacara"\njam = ["07.30-12.00"]\n')
    now = datetime(2025, 3, 31, 9, tzinfo=WIB)
    assert hours_words(kantor.calendar, now)[-2:] == [
        "Kamis, 3 April 2025: 08.00–12.00",
        "Kamis, 10 April 2025: 13.00–16.00",
    ]
    assert open_words(kantor.calendar, now) == "Kantor sedang tutup; buka lagi Kamis, 3 Apr 2025 08.00 WIB."
    assert not any("2025" in line for line in hours_words(kantor.calendar, datetime(2025, 3, 1, 9, tzinfo=WIB)))


@pytest.mark.parametrize("name", ["dinsos.toml", "Data Kantor.toml", "13.97.toml", "a.toml", "sop.toml"])
def test_a_kantor_file_is_known_by_what_is_in_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text_of("kantor-28-pppk"))
    assert check_path(path).ok
    path.write_text(text_of("kantor-28-pppk").replace("zona", "zonasi"))
    assert any('kunci "zonasi" tidak dikenal' in line for line in check_path(path).mistakes)


def test_a_kantor_file_that_is_no_toml_is_still_judged_as_one(tmp_path: Path) -> None:
    path = tmp_path / "dinsos.toml"
    path.write_text(text_of("kantor-28-pppk").replace('kode = "13.96"', "kode = 13.96.1"))
    assert is_kantor(path.read_bytes(), path.name)
    sheet = next((OFFICES / "13.01").glob("reaktivasi*.toml")).read_bytes()
    assert not is_kantor(sheet, "kantor.toml")
    assert not is_kantor(sheet.replace(b"layanan =", b"layanan"), "lembar.toml")


def test_an_office_is_loaded_from_files_of_any_name(tmp_path: Path) -> None:
    office = INPUTS / "kantor-31-pensiun"
    (tmp_path / "dinas sosial.toml").write_bytes((office / "kantor.toml").read_bytes())
    (tmp_path / "kantor sop.toml").write_bytes((office / "reaktivasi-kis-2022.toml").read_bytes())
    kantors, sops = _read(tmp_path)
    assert [kantor.kode for kantor in kantors] == ["13.95"]
    assert [sop.layanan for sop in sops] == ["reaktivasi-kis-pbi"]


def test_a_sheet_is_checked_against_the_version_in_force_last_whatever_it_is_called(tmp_path: Path) -> None:
    office = INPUTS / "kantor-31-pensiun"
    old = (office / "kantor.toml").read_text()
    (tmp_path / "z-lama.toml").write_text(old.replace('kode = "13.95"', 'kode = "13.94"'))
    (tmp_path / "a-baru.toml").write_text(old.replace("berlaku_sejak = 2021-01-04", "berlaku_sejak = 2024-01-02"))
    (tmp_path / "lembar.toml").write_bytes((office / "reaktivasi-kis-2022.toml").read_bytes())
    assert not any("kantor.toml milik" in line for line in check_path(tmp_path / "lembar.toml").warnings)


def test_an_office_of_the_east_counts_its_own_days_at_the_turn_of_the_year() -> None:
    kantor = load_kantor(text_of("kantor-49-wit").encode())
    midnight = datetime.fromisoformat("2025-12-31T15:30:00+00:00")
    assert kantor.calendar.local_date(midnight) == date(2026, 1, 1)
    assert kantor.number_rule("rekomendasi").number(1, kantor.calendar.local_date(midnight)) == "460/001/I/DSOS/2026"


def test_a_signer_under_contract_is_printed_with_an_ni_pppk() -> None:
    signer = KADIS.model_copy(update={"nip": "199001012022211001"})
    assert "NI PPPK 199001012022211001" in printed(letter(penandatangan=signer))
    assert "NI PPPK" not in printed(letter())
