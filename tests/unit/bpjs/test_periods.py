"""The closing of a batch, in the office's own days: a case after the cut-off waits for the next batch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.platform.errors import Refused
from jejak.procedure.batches import Batch
from jejak.timekeeping.calendar import ZONES, Calendar
from jejak.timekeeping.periods import check_window, period_after, period_of
from tests.property.examples import examples

WIB = Calendar(zone="Asia/Jakarta")
WITA = Calendar(zone="Asia/Makassar")


def batch(setiap: str | None, dari: int | None = None, sampai: int | None = None) -> Batch:
    return Batch(kode="k", setiap=setiap, dari_tanggal=dari, sampai_tanggal=sampai)


def closes(definition: Batch, waiting: str, calendar: Calendar = WIB) -> tuple[str, str]:
    """The name of the period of a case that waits since a local time, and the local time at which it closes."""
    since = datetime.fromisoformat(waiting).replace(tzinfo=calendar.tzinfo)
    period = period_of(definition, calendar, since)
    return period.name, f"{calendar.local(period.closes):%Y-%m-%d %H:%M}"


def test_a_month_closes_when_it_is_over_on_the_offices_own_clock() -> None:
    assert closes(batch("bulan"), "2023-06-01 00:00") == ("2023-06-30", "2023-07-01 00:00")
    assert closes(batch("bulan"), "2023-06-30 23:59", WITA) == ("2023-06-30", "2023-07-01 00:00")
    assert closes(batch("bulan"), "2023-07-01 00:00", WITA) == ("2023-07-31", "2023-08-01 00:00")


def test_before_the_twentieth_is_this_month_after_it_the_next() -> None:
    cut_off = batch("bulan", sampai=20)
    assert closes(cut_off, "2023-06-20 23:59") == ("2023-06-20", "2023-06-21 00:00")
    assert closes(cut_off, "2023-06-21 00:00") == ("2023-07-20", "2023-07-21 00:00")
    assert closes(cut_off, "2023-12-31 10:00") == ("2024-01-20", "2024-01-21 00:00")


def test_a_cut_off_on_a_day_the_month_does_not_have_is_its_last() -> None:
    assert closes(batch("bulan", sampai=31), "2023-02-28 12:00") == ("2023-02-28", "2023-03-01 00:00")


def test_several_months_are_quarters_and_a_year_ends_in_december() -> None:
    assert closes(batch("3 bulan"), "2023-05-01 12:00")[0] == "2023-06-30"
    assert closes(batch("tahun"), "2023-05-01 12:00")[0] == "2023-12-31"


def test_a_week_ends_on_sunday() -> None:
    assert closes(batch("minggu"), "2023-06-05 08:00") == ("2023-06-11", "2023-06-12 00:00")
    assert closes(batch("minggu"), "2023-06-11 23:00") == ("2023-06-11", "2023-06-12 00:00")


def test_a_working_day_ends_when_the_office_closes_and_overtime_is_the_next_ones() -> None:
    daily = batch("hari kerja")
    assert closes(daily, "2022-07-04 09:00") == ("2022-07-04", "2022-07-04 16:00")
    assert closes(daily, "2022-07-04 17:30") == ("2022-07-05", "2022-07-05 16:00")
    assert closes(daily, "2022-07-08 20:00")[0] == "2022-07-11", "from Friday evening to Monday"
    assert closes(daily, "2022-05-01 12:00")[0] == "2022-05-09", "Idulfitri and its cuti bersama are no working days"


def test_a_daily_batch_with_a_window_waits_for_the_window() -> None:
    siks = batch("hari kerja", 1, 11)
    assert closes(siks, "2022-07-11 09:00")[0] == "2022-07-11"
    assert closes(siks, "2022-07-12 09:00")[0] == "2022-08-01"


def test_by_hand_only_within_the_window() -> None:
    check_window(batch(None, 1, 11), date(2022, 7, 11))
    with pytest.raises(Refused, match="di_luar_jendela"):
        check_window(batch(None, 1, 11), date(2022, 7, 12))


def test_a_batch_without_a_period_is_closed_by_hand() -> None:
    with pytest.raises(ValueError, match="ditutup dengan tangan"):
        closes(batch(None), "2022-07-04 09:00")


instants = st.datetimes(datetime(2017, 1, 1), datetime(2030, 1, 1)).map(lambda instant: instant.replace(tzinfo=UTC))  # noqa: DTZ001
definitions = st.builds(
    lambda count, unit, window: batch(f"{count} {unit}" if count else unit, *window),
    st.integers(0, 5),
    st.sampled_from(["hari", "hari kerja", "minggu", "bulan", "tahun"]),
    st.sampled_from([(None, None), (None, 20), (1, 28), (10, None), (5, 25)]),
)
calendars = st.sampled_from([Calendar(zone=zone) for zone in ZONES])


@settings(max_examples=examples(300), deadline=None)
@given(definitions, calendars, instants, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_every_instant_lies_in_one_period_and_periods_follow_each_other(
    definition: Batch, calendar: Calendar, since: datetime, later: timedelta
) -> None:
    first = period_of(definition, calendar, since)
    assert first.closes > since
    assert first.first <= first.last
    # A case that waits from any instant before the closing is in the same period or in one that closed before.
    between = period_of(definition, calendar, since + later)
    if since + later < first.closes:
        assert between == first
    else:
        assert between.closes > first.closes
        assert between.name != first.name
    after = period_after(definition, calendar, first)
    assert after.closes > first.closes
    assert after.last > first.last
    assert period_of(definition, calendar, first.closes) == after
    if definition.sampai_tanggal:
        assert first.last.day <= definition.sampai_tanggal
