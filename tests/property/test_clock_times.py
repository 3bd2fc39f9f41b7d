"""Invariants of the clocks for any history."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.contracts.envelope import DueToken, Event, parse_due, write_due
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import TimingRules, case_times
from jejak.timekeeping.printed.printed_time import parse_waktu
from tests.events import happened
from tests.property.examples import examples

TASKS = (
    DueToken("intake", "check_documents", "1", "staf"),
    DueToken("intake", "complete", "1", "pemohon"),
    DueToken("letters", "draft_letter", "2", "staf"),
    DueToken("approval", "paraf", "2", "kabid"),
    DueToken("approval", "paraf", "2", "sekretaris"),
    DueToken("letters", "sign", "3", "kadis"),
    DueToken("bpjs_sync", "deliver", "3", "staf"),
)
FOLLOWING = (
    DueToken("bpjs_sync", "await_reply", "aktif", "bpjs", "aktif"),
    DueToken("bpjs_sync", "confirm_status", "aktif", "bpjs", "aktif"),
)
PEOPLE = ("rina", "hendra", "zul")
BOOK = TimingRules(
    calendar=Calendar(),
    pihak={"pemohon": "pemohon", "bpjs": "bpjs"},
    steps={
        ("main", "1"): parse_waktu("1 menit"),
        ("main", "2"): parse_waktu("1 x 24 jam"),
        ("main", "3"): parse_waktu("2 hari"),
        ("aktif", "aktif"): parse_waktu("3 bulan"),
    },
    tasks={("main", "2", "paraf"): parse_waktu("3 menit")},
    calendars={"pemohon": Calendar.always()},
    batas_tunggu=27_000,
    batched={("main", "3", "deliver"): ((),)},
)
END = datetime(2025, 1, 1, tzinfo=UTC)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A submission, then openings, answers, appends of two events, withdrawals, claims and batches in any order."""
    at = draw(st.datetimes(datetime(2022, 1, 1), datetime(2022, 6, 1))).replace(tzinfo=UTC)  # noqa: DTZ001
    due: tuple[DueToken, ...] = (TASKS[0],)
    claimed = draw(st.none() | st.just(at - timedelta(days=1)))
    events = [
        happened(
            *(at, "ApplicationSubmitted", "main", "0", "submit", "selesai", "pemohon", None, "rina", claimed),
            due=write_due(due),
        )
    ]
    for _ in range(draw(st.integers(0, 14))):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=6)))
        match draw(st.sampled_from(["open", "open", "answer", "answer", "answer", "vanish"])):
            case "open" if due:
                token = draw(st.sampled_from(due))
                by = draw(st.sampled_from(PEOPLE))
                events.append(
                    happened(
                        at,
                        "WorkStarted",
                        token.slot,
                        token.langkah,
                        token.tugas,
                        None,
                        token.who,
                        by,
                        due=write_due(due),
                    )
                )
            case "answer" if due:
                token = draw(st.sampled_from(due))
                stays = draw(st.booleans())
                due = due if stays else draw(_next_due())
                events.append(_answer(draw, token, at, due))
            case _:
                due = draw(_next_due())
                events.append(happened(at, "ApplicationWithdrawn", due=write_due(due)))
    return events


def _next_due() -> st.SearchStrategy[tuple[DueToken, ...]]:
    main = st.sampled_from([(), *((task,) for task in TASKS)])
    follow_ups = st.sampled_from([(), *((task,) for task in FOLLOWING)])
    return st.tuples(main, follow_ups).map(lambda both: both[0] + both[1])


def _answer(draw: st.DrawFn, token: DueToken, at: datetime, due: tuple[DueToken, ...]) -> Event:
    return happened(
        at,
        draw(st.sampled_from(["Done", "CaseClosed", "MembershipActivated"])),
        token.slot,
        token.langkah,
        token.tugas,
        "selesai",
        token.who,
        draw(st.none() | st.sampled_from(PEOPLE)),
        draw(st.none() | st.just("rina")),
        draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=20)).map(lambda ago: at - ago)),
        write_due(due),
        draw(st.integers(1, 3)),
        draw(st.booleans()),
        draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=20)).map(lambda ago: at - ago)),
    )


def nearly(smaller: float, greater: float) -> bool:
    return smaller <= greater + 1e-6


@settings(max_examples=examples(300), deadline=None)
@given(histories())
def test_no_part_is_longer_than_its_whole(events: list[Event]) -> None:
    for task in case_times(events, BOOK, END).tasks:
        assert min(task.wait, task.idle, task.hands, task.running, task.elapsed, task.wall) >= 0
        assert nearly(task.elapsed, task.wall)
        assert nearly(task.wait, task.elapsed)
        assert nearly(task.wait + task.idle, max(task.elapsed, (events[-1].recorded_at - task.due_at).total_seconds()))
        assert task.due_at <= task.counted_from <= (task.ended_at or END)
        if task.started_at is not None and task.state == "selesai":
            assert nearly(task.hands, (events[-1].recorded_at - task.started_at).total_seconds())


@settings(max_examples=examples(300), deadline=None)
@given(histories())
def test_what_was_not_measured_is_never_within(events: list[Event]) -> None:
    times = case_times(events, BOOK, END)

    for task in times.tasks:
        assert (task.touch is None) == (task.unmeasured is not None)
        assert not (task.within and task.touch is None)
        assert not ((task.within or task.wait_within) and task.state == "batal")
        assert task.overdue == (task.within is False or task.wait_within is False)
    for step in times.steps:
        if step.standard is not None and step.standard.clock == "touch":
            assert not (step.within and step.touch is None)
        assert not (step.within and step.state == "batal")
        assert step.deadline is None or step.state == "terbuka"


@settings(max_examples=examples(200), deadline=None)
@given(histories())
def test_every_task_that_fell_due_is_in_exactly_one_step_and_only_what_is_due_is_open(events: list[Event]) -> None:
    times = case_times(events, BOOK, END)
    in_steps = [task for step in times.steps for task in step.tasks]

    assert sorted(map(id, in_steps)) == sorted(id(task) for task in times.tasks if task.tugas != "complete")
    still_open = {(task.slot, task.tugas, task.langkah, task.who) for task in times.tasks if task.state == "terbuka"}
    assert still_open == {
        (token.slot, token.tugas, token.langkah, token.who) for token in parse_due(events[-1].due or "")
    }


@settings(max_examples=examples(200), deadline=None)
@given(histories())
def test_the_offices_time_is_never_more_than_the_calendar_gives(events: list[Event]) -> None:
    totals = case_times(events, BOOK, END).totals

    assert totals.received_at is not None
    for total in filter(None, (totals.main, totals.active)):
        assert nearly(total.office, BOOK.calendar.working_seconds(totals.received_at, total.until))
        assert nearly(total.office, total.wall)


@settings(max_examples=examples(100), deadline=None)
@given(histories(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_later_nothing_overdue_is_in_time_again(events: list[Event], later: timedelta) -> None:
    now = events[-1].recorded_at
    before, after = case_times(events, BOOK, now), case_times(events, BOOK, now + later)

    for early, late in zip(before.tasks, after.tasks, strict=True):
        assert late.overdue or not early.overdue
        if early.state != "terbuka":
            assert early == late
