from datetime import UTC, date, datetime, time, timedelta

import pytest

from jejak.timekeeping.calendar import Calendar, with_versions
from jejak.timekeeping.week import PERPRES_RAMADAN, PERPRES_WEEK, national_holidays

PAINAN = Calendar(zone="Asia/Jakarta")
AMLAPURA = Calendar(zone="Asia/Makassar")


def wib(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def hours(start: datetime, end: datetime, calendar: Calendar = PAINAN) -> float:
    return calendar.working_seconds(start, end) / 3600


def test_the_week_of_perpres_21_2023_has_37_and_a_half_hours() -> None:
    assert hours(wib(2022, 1, 3), wib(2022, 1, 10)) == 37.5


def test_a_fasting_week_has_32_and_a_half_hours() -> None:
    fasting = Calendar(ramadan=((date(2022, 4, 4), date(2022, 4, 8)),))

    assert hours(wib(2022, 4, 4), wib(2022, 4, 9), fasting) == 32.5
    assert not fasting.is_open(wib(2022, 4, 4, 7, 45))
    assert fasting.is_open(wib(2022, 4, 11, 7, 45))


def test_the_noon_break_does_not_count() -> None:
    # Tuesday 11.30-13.30: half an hour before the break, half an hour after it
    assert hours(wib(2022, 1, 4, 11, 30), wib(2022, 1, 4, 13, 30)) == 1


def test_friday_noon_is_ninety_minutes_long() -> None:
    # Friday 7 January 2022, 11.00-14.00: 11.00-11.30 and 13.00-14.00
    assert hours(wib(2022, 1, 7, 11), wib(2022, 1, 7, 14)) == 1.5
    assert not PAINAN.is_open(wib(2022, 1, 7, 11, 45))
    assert PAINAN.is_open(wib(2022, 1, 4, 11, 45))


def test_a_weekend_does_not_count() -> None:
    # Friday 15.30-16.30 and Monday 07.30-08.30
    assert hours(wib(2022, 1, 7, 15, 30), wib(2022, 1, 10, 8, 30)) == 2


def test_idul_fitri_2022_and_its_cuti_bersama_do_not_count() -> None:
    # Thursday 28 April 15.00-16.00; 29 April and 2-6 May are off; Monday 9 May 07.30-08.00
    assert hours(wib(2022, 4, 28, 15), wib(2022, 5, 9, 8)) == 1.5
    assert PAINAN.next_working_day(wib(2022, 4, 28, 15)) == wib(2022, 5, 9, 7, 30)


def test_national_holidays_are_named_in_indonesian() -> None:
    assert national_holidays()[date(2022, 5, 4)] == "Cuti Bersama Hari Raya Idul Fitri"
    assert national_holidays()[date(2022, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"


def test_an_office_adds_days_of_its_own() -> None:
    nyepi_piodalan = Calendar(zone="Asia/Makassar", extra_holidays=frozenset({date(2022, 6, 8)}))

    assert not nyepi_piodalan.is_working_day(date(2022, 6, 8))
    assert AMLAPURA.is_working_day(date(2022, 6, 8))


def test_an_office_in_bali_opens_an_hour_earlier_than_one_in_sumatra() -> None:
    # 00.00 UTC is 07.00 WIB and 08.00 WITA
    early = datetime(2022, 1, 4, 0, 0, tzinfo=UTC)

    assert AMLAPURA.is_open(early)
    assert not PAINAN.is_open(early)
    assert AMLAPURA.local(early).isoformat() == "2022-01-04T08:00:00+08:00"
    assert Calendar(zone="Asia/Jayapura").local(early).hour == 9


def test_the_date_is_the_offices_own_late_in_the_evening() -> None:
    # 17.30 UTC on the 3rd is 00.30 WIB on the 4th
    assert PAINAN.local_date(datetime(2022, 1, 3, 17, 30, tzinfo=UTC)) == date(2022, 1, 4)


def test_the_closing_instant_is_closed_and_the_opening_instant_open() -> None:
    assert PAINAN.is_open(wib(2022, 1, 4, 7, 30))
    assert not PAINAN.is_open(wib(2022, 1, 4, 16))


def test_time_does_not_run_backwards() -> None:
    assert PAINAN.working_seconds(wib(2022, 1, 4, 10), wib(2022, 1, 4, 9)) == 0


def test_two_working_hours_from_friday_afternoon_end_on_monday_morning() -> None:
    assert PAINAN.add_working(wib(2022, 1, 7, 15, 30), 2 * 3600) == wib(2022, 1, 10, 8, 30)


def test_no_working_time_from_a_closed_instant_is_that_instant() -> None:
    assert PAINAN.add_working(wib(2022, 1, 8, 9), 0) == wib(2022, 1, 8, 9)
    assert PAINAN.add_working(wib(2022, 1, 8, 9), 60) == wib(2022, 1, 10, 7, 31)


def test_work_that_fills_a_span_ends_when_it_closes() -> None:
    assert PAINAN.add_working(wib(2022, 1, 4, 11), 3600) == wib(2022, 1, 4, 12)


def test_the_first_day_is_not_counted() -> None:
    # from Thursday 28 April 2022: 9, 10, 11 May
    assert PAINAN.add_working_days(date(2022, 4, 28), 3) == date(2022, 5, 11)
    assert PAINAN.working_days_after(date(2022, 4, 28), date(2022, 5, 11)) == 3
    assert PAINAN.working_days_after(date(2022, 4, 28), date(2022, 4, 28)) == 0


def test_a_party_without_office_hours_counts_every_second_but_working_days_stay_working_days() -> None:
    pemohon = Calendar.always("Asia/Jakarta")

    assert hours(wib(2022, 4, 28), wib(2022, 5, 9), pemohon) == 11 * 24
    assert pemohon.add_working(wib(2022, 4, 30, 22), 4 * 3600) == wib(2022, 5, 1, 2)
    assert pemohon.add_working_days(date(2022, 4, 28), 1) == date(2022, 5, 9)


def test_past_days_keep_the_hours_of_then() -> None:
    mornings = ((time(8), time(12)),)
    old = Calendar(week=(mornings,) * 5 + ((), ()), extra_holidays=frozenset({date(2022, 1, 5)}))
    calendar = with_versions([(date(2022, 1, 10), PAINAN), (date(2020, 1, 1), old)])

    assert hours(wib(2022, 1, 4), wib(2022, 1, 5), calendar) == 4
    assert not calendar.is_working_day(date(2022, 1, 5))
    assert hours(wib(2022, 1, 11), wib(2022, 1, 12), calendar) == 7.5
    assert hours(wib(2022, 1, 7, 8), wib(2022, 1, 10, 8, 30), calendar) == 4 + 1


def test_equal_calendars_share_their_tables() -> None:
    again = Calendar(zone="Asia/Makassar")

    assert again == AMLAPURA
    assert again._tables is AMLAPURA._tables


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"zone": "Asia/Singapore"}, "zona 'Asia/Singapore' tidak dikenal"),
        ({"week": (((time(16), time(8)),), *PERPRES_WEEK[1:])}, "jam tutup harus sesudah jam buka"),
        ({"week": (((time(8), time(12)), (time(11), time(16))), *PERPRES_WEEK[1:])}, "bertumpuk"),
        ({"week": ((),) * 7}, "tidak ada satu hari pun yang buka"),
        ({"ramadan": ((date(2022, 5, 1), date(2022, 4, 1)),)}, "mendahului tanggal awal"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused_in_a_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Calendar(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("year", [202, 1926, 2009, 2062, 9998])
def test_a_year_beyond_the_tables_is_ordinary_weeks(year: int) -> None:
    monday = next(day for day in (date(year, 3, n) for n in range(1, 8)) if day.weekday() == 0)
    opened = PAINAN.opening(monday)

    assert PAINAN.local(opened).time() == time(7, 30)
    assert PAINAN.working_seconds(opened, opened + timedelta(days=7)) == 37.5 * 3600
    assert PAINAN.add_working(opened, 37.5 * 3600) == PAINAN.closing(monday + timedelta(days=4))
    assert PAINAN.add_working_days(monday, 5) == monday + timedelta(days=7)
    assert PAINAN.working_days_after(monday, monday + timedelta(days=7)) == 5
    assert not PAINAN.is_working_day(monday + timedelta(days=5))


def test_working_time_adds_up_across_the_ends_of_the_tables() -> None:
    for near in (date(2010, 1, 1), date(2049, 12, 31)):
        first, middle, last = (PAINAN.at(near + timedelta(days=days), 0) for days in (-40, 0, 40))
        whole = PAINAN.working_seconds(first, last)
        assert whole == PAINAN.working_seconds(first, middle) + PAINAN.working_seconds(middle, last) > 0
        assert PAINAN.working_seconds(first, PAINAN.add_working(first, whole)) == whole


def test_opening_of_a_closed_day_is_refused() -> None:
    with pytest.raises(ValueError, match="bukan hari kerja"):
        PAINAN.opening(date(2022, 1, 8))


def test_ramadan_hours_end_with_the_range() -> None:
    fasting = Calendar(ramadan=((date(2022, 4, 3), date(2022, 4, 28)),), ramadan_week=PERPRES_RAMADAN)

    assert fasting.opening(date(2022, 4, 28)) == wib(2022, 4, 28, 8)
    assert fasting.opening(date(2022, 5, 9)) == wib(2022, 5, 9, 7, 30)


def test_a_working_day_is_the_mean_open_day_of_the_week() -> None:
    assert PAINAN.working_day == 7.5 * 3600
    assert Calendar(week=((((time(8), time(14))),),) * 6 + ((),)).working_day == 6 * 3600
    assert Calendar.always().working_day == 24 * 3600
