"""Tasks that are done on days of the month only: due outside them they wait, and no clock runs meanwhile."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jejak.cases.case import Application, Case
from jejak.cases.engine import due_tasks
from jejak.procedure.checks.check import check
from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.windows import Window, window_opens
from tests.property.engine_walk import after, submitted
from tests.unit.clock.story import PAINAN, Story, book, task_of, wib
from tests.unit.sop.sheets import OFFICES, SMALL

EARLY = Window(1, 11)
INPUT = "enter_data 2 staf"


@pytest.mark.parametrize(
    ("since", "opens"),
    [
        (wib(1, 3, 9), None),
        (wib(1, 11, 15), None),
        (wib(1, 11, 23, 59), wib(2, 2, 7, 30)),  # the office has closed on the last day
        (wib(9, 10, 9), wib(10, 3, 7, 30)),  # 10 and 11 September 2022 are a Saturday and a Sunday
        (wib(6, 11, 17), wib(7, 1, 7, 30)),  # a Saturday
        (wib(1, 12, 0), wib(2, 2, 7, 30)),  # 1 February 2022 is a holiday (Imlek)
        (wib(2, 20, 9), wib(3, 1, 7, 30)),
        (wib(12, 31, 9), wib(12, 31) + timedelta(days=2, hours=7, minutes=30)),
    ],
)
def test_the_next_days_begin_with_an_opening(since: datetime, opens: datetime | None) -> None:
    at = window_opens(EARLY, since, PAINAN)

    assert (at is None) == (opens is None)
    if at is not None and opens is not None:
        assert PAINAN.local_date(at) == PAINAN.local_date(opens)
        assert at == PAINAN.opening(PAINAN.local_date(at))


def test_a_window_whose_days_are_all_closed_is_passed_over() -> None:
    # 1 May 2022 is a Sunday, 1 June a holiday (Pancasila), 1 January 2023 a Sunday
    assert window_opens(Window(1, 1), wib(4, 20, 9), PAINAN) == wib(7, 1, 7, 30)
    assert window_opens(Window(1, 1), wib(12, 20, 9), PAINAN) == wib(2, 1, 7, 30).replace(year=2023)


@given(
    st.integers(1, 31), st.integers(0, 30),
    st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.sets(st.integers(0, 120)),
)  # fmt: skip
def test_what_waits_opens_with_the_first_opening_in_the_days_and_never_outside_them(
    first: int, more: int, since: datetime, closed: set[int]
) -> None:
    window, day = Window(first, min(first + more, 31)), PAINAN.local_date(since)
    calendar = Calendar(extra_holidays=frozenset(day + timedelta(days=number) for number in closed))

    opens = window_opens(window, since, calendar)

    if opens is None:
        assert _within(window, day)
        return
    begun = calendar.local_date(opens)
    assert opens > since
    assert opens == calendar.opening(begun)
    between = (day + timedelta(days=number) for number in range(1, (begun - day).days))
    assert _within(window, begun)
    assert not any(_within(window, other) and calendar.is_working_day(other) for other in between)


def test_an_office_that_is_always_closed_then_waits_for_the_first_of_the_days() -> None:
    closed = frozenset(wib(1, 1).date() + timedelta(days=number) for number in range(800))

    assert window_opens(EARLY, wib(2, 20, 9), Calendar(extra_holidays=closed)) == wib(3, 1)


def _within(window: Window, day: date) -> bool:
    longest = monthrange(day.year, day.month)[1]
    return min(window.dari, longest) <= day.day <= min(window.sampai, longest)


def test_no_clock_runs_until_the_days_begin() -> None:
    rules = replace(book(limit=27_000, langkah_2="1 hari"), windows={("main", "2", "enter_data"): EARLY})

    def entered(at: datetime) -> Story:
        return Story().received(wib(2, 21, 9), INPUT).done(at, INPUT, None, by="rina").ended(at, "CaseClosed")

    waiting = Story().received(wib(2, 21, 9), INPUT).times(rules, wib(2, 25, 9))
    prompt, slow = (entered(at).times(rules, wib(4, 1)) for at in (wib(3, 1, 9), wib(3, 10, 9)))

    assert (waiting.steps[-1].overdue, waiting.steps[-1].deadline, waiting.tasks[-1].wait) == (False, None, 0)
    assert (task_of(prompt, "enter_data").counted_from, prompt.steps[-1].within) == (
        PAINAN.opening(PAINAN.local_date(wib(3, 1, 9))),
        True,
    )
    assert prompt.steps[-1].overdue is False
    assert (slow.steps[-1].within, slow.steps[-1].overdue) == (False, True)
    opened = Story().received(wib(2, 21, 9), INPUT).times(rules, wib(3, 1, 9)).steps[-1]
    assert opened.deadline == PAINAN.add_working(PAINAN.opening(PAINAN.local_date(wib(3, 1, 9))), 27_000)


def test_the_engine_says_not_before() -> None:
    window = "dari_tanggal = 1\nsampai_tanggal = 11\n"
    sop = load_sop(SMALL.replace('tugas = ["check_documents"]', f'tugas = ["check_documents"]\n{window}').encode())
    office = load_kantor((OFFICES / "13.99" / "kantor.toml").read_bytes())

    def not_before(received: datetime) -> datetime | None:
        application = Application("kis", (), "13.99", received, None)
        case: Case = replace(submitted(sop, frozenset()), application=application)
        case = after(case, "main", "0", "submit", "selesai", "pemohon")
        [due] = due_tasks(sop, replace(case, completed=(case.completed[0]._replace(at=received),)), office)
        return due.not_before

    assert not_before(wib(3, 8, 9)) is None
    later = not_before(wib(3, 14, 9))
    assert later is not None
    assert office.calendar.local_date(later).isoformat() == "2022-04-01"


def test_days_the_wrong_way_round_are_told() -> None:
    text = SMALL.replace("no = 2", "no = 2\ndari_tanggal = 11\nsampai_tanggal = 1")

    assert check(text.encode()).mistakes == ("langkah 2: dari_tanggal sesudah sampai_tanggal — tukar keduanya",)
