"""Dates of sheets and kantor files: bounds where a file is taken, none where a stored one is read again."""

from __future__ import annotations

from datetime import date

import pytest

from jejak.procedure.load import load_sop, parse_sop
from jejak.procedure.office.kantor import load_kantor, parse_kantor
from tests.unit.sop.sheets import SMALL
from tests.unit.sop.test_kantor import OFFICE

HOLIDAY = '[[libur]]\ntanggal = {day}\nnama = "Hari jadi"\n'
FASTING = "[[ramadan]]\ndari = {day}\nsampai = {day}\n"
CLOSED = "di luar kalender (2010 sampai 2049) — periksa tahunnya"


@pytest.mark.parametrize("block", [HOLIDAY, FASTING])
@pytest.mark.parametrize("day", ["0202-12-26", "2009-12-31", "2050-01-01", "2206-12-26"])
def test_a_day_without_a_calendar_changes_no_hours_and_is_refused(block: str, day: str) -> None:
    data = f"{OFFICE}\n{block.format(day=day)}".encode()
    mistakes = parse_kantor(data).mistakes
    assert mistakes
    assert all(mistake.endswith(f"tahun {int(day[:4])} {CLOSED}") for mistake in mistakes)
    calendar = load_kantor(data, stored=True).calendar
    assert calendar.is_working_day(date(2026, 11, 20))


@pytest.mark.parametrize("day", ["2010-01-01", "2049-12-31"])
def test_the_first_and_the_last_day_of_the_calendar_are_taken(day: str) -> None:
    assert not parse_kantor(f"{OFFICE}\n{HOLIDAY.format(day=day)}".encode()).mistakes


@pytest.mark.parametrize("day", ["0202-01-03", "1944-12-31", "2200-01-01", "9999-12-31"])
def test_a_sheet_of_an_impossible_year_is_refused_and_read_where_it_is_stored(day: str) -> None:
    data = SMALL.replace("2022-01-03", day).encode()
    assert parse_sop(data).mistakes == (f"tanggal_efektif: tahun {int(day[:4])} tidak mungkin — periksa tahunnya",)
    assert load_sop(data, stored=True).tanggal_efektif == date.fromisoformat(day)
