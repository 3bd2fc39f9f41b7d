from datetime import UTC, date, datetime

import pytest

from jejak.timekeeping.printed.words import clock_words, date_words, duration_words, instant_words, working_words

MORNING = datetime(2022, 1, 3, 2, 14, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Jakarta", "Senin, 3 Jan 2022 09.14 WIB"),
        ("Asia/Makassar", "Senin, 3 Jan 2022 10.14 WITA"),
        ("Asia/Jayapura", "Senin, 3 Jan 2022 11.14 WIT"),
    ],
)
def test_an_instant_is_told_by_the_offices_clock(zone: str, words: str) -> None:
    assert instant_words(MORNING, zone) == words


def test_the_day_is_the_offices_own() -> None:
    assert instant_words(datetime(2022, 5, 31, 17, 5, tzinfo=UTC), "Asia/Jakarta") == "Rabu, 1 Jun 2022 00.05 WIB"
    assert clock_words(MORNING, "Asia/Makassar") == "10.14 WITA"


def test_a_date_as_letters_write_it() -> None:
    assert date_words(date(2022, 8, 17)) == "17 Agustus 2022"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 detik"),
        (0.9, "0 detik"),
        (45, "45 detik"),
        (180, "3 menit"),
        (200, "3 menit 20 detik"),
        (4800, "1 jam 20 menit"),
        (3605, "1 jam"),
        (3 * 604_800, "3 mgg"),
        (21 * 86_400 + 3600, "3 mgg"),
        (23 * 86_400, "3 mgg 2 hari"),
        (None, "tidak terukur"),
    ],
)
def test_a_duration_in_its_two_greatest_units(seconds: float | None, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2 * 27_000 + 3600, "2 hari kerja 1 jam"),
        (15 * 27_000, "15 hari kerja"),
        (26_999, "7 jam 29 menit"),
        (None, "tidak terukur"),
    ],
)
def test_working_time_in_working_days(seconds: float | None, words: str) -> None:
    assert working_words(seconds) == words


def test_an_office_with_shorter_days_has_more_of_them() -> None:
    assert working_words(27_000, working_day=6 * 3600) == "1 hari kerja 1 jam"


def test_time_is_never_negative() -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration_words(-1)
