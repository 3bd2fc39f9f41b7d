"""The opening hours of an office in words."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.week import PERPRES_WEEK
from ledger.desk.citizen.opening_hours import hours_words, open_words, week_words

CALENDAR = Calendar(ramadan=((date(2022, 4, 3), date(2022, 5, 1)),))


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Asia/Jakarta"))


def test_days_with_the_same_hours_share_a_line() -> None:
    assert week_words(PERPRES_WEEK) == [
        "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00",
        "Jumat 07.30–11.30 dan 13.00–16.30",
        "Sabtu dan Minggu tutup",
    ]


def test_a_day_with_hours_of_its_own_has_a_line_of_its_own() -> None:
    morning = ((time(8), time(12)),)

    assert week_words((morning, (), morning, morning, morning, (), ())) == [
        "Senin 08.00–12.00",
        "Selasa tutup",
        "Rabu sampai Jumat 08.00–12.00",
        "Sabtu dan Minggu tutup",
    ]


def test_in_ramadan_the_hours_are_those_of_ramadan() -> None:
    assert hours_words(CALENDAR, at("2022-04-01 09:00"))[0] == "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00"
    assert hours_words(CALENDAR, at("2022-04-04 09:00"))[0] == "Senin sampai Kamis 08.00–12.00 dan 12.30–15.00"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2022-07-04 09:00", "Kantor sedang buka."),
        ("2022-07-04 06:10", "Kantor sedang tutup; buka lagi pukul 07.30 WIB."),
        ("2022-07-04 12:20", "Kantor sedang tutup; buka lagi pukul 13.00 WIB."),
        ("2022-07-01 20:00", "Kantor sedang tutup; buka lagi Senin, 4 Jul 2022 07.30 WIB."),
        ("2022-08-16 17:00", "Kantor sedang tutup; buka lagi Kamis, 18 Agu 2022 07.30 WIB."),
    ],
)
def test_the_office_is_open_now_or_opens_next(moment: str, words: str) -> None:
    assert open_words(CALENDAR, at(moment)) == words
