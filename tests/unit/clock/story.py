"""A case told event by event, as the clocks read it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from jejak.contracts.envelope import Event
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import CaseTimes, StepTime, TaskTime, TimingRules, case_times
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.timing_rules import Conditions
from tests.events import happened

PAINAN = Calendar(zone="Asia/Jakarta")
WORKING_DAY = 27_000
OUTSIDERS = {"pemohon": "pemohon", "bpjs": "bpjs", "wali": "kelurahan"}


def wib(month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant of 2022 by the clock on the wall in Painan."""
    return datetime(2022, month, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=7)


def book(
    limit: int | None = 3 * WORKING_DAY,
    calendar: Calendar = PAINAN,
    batched: Mapping[tuple[str, str, str], tuple[Conditions, ...]] | None = None,
    tasks: dict[tuple[str, str, str], str] | None = None,
    ukuran: dict[str, str] | None = None,
    **steps: str,
) -> TimingRules:
    """A sheet with these times: `langkah_4="3 menit"`, `aktif="3 bulan"` (a follow-up)."""
    times = {}
    for name, printed in steps.items():
        place = ("main", name.removeprefix("langkah_")) if name.startswith("langkah_") else (name, name)
        measure = (ukuran or {}).get(name)
        times[place] = parse_waktu(printed, ukuran="lewat" if measure == "lewat" else None)
    return TimingRules(
        calendar=calendar,
        pihak=OUTSIDERS,
        steps=times,
        tasks={place: parse_waktu(printed) for place, printed in (tasks or {}).items()},
        calendars={"pemohon": Calendar.always(calendar.zone)},
        batas_tunggu=limit,
        batched=batched or {},
    )


class Story:
    """Events in order. A task is written `tugas langkah who`, with ` slot` where it is not the main line."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._due = ""

    def received(
        self, at: datetime, due: str, *, claimed: datetime | None = None, answers: tuple[str, ...] = ()
    ) -> "Story":
        self._due = _tokens(due)
        self.events.append(
            happened(
                at,
                "ApplicationSubmitted",
                langkah="0",
                tugas="submit",
                hasil="selesai",
                oleh="pemohon",
                recorder="rina",
                occurred_at=claimed,
                due=self._due,
                answers=answers,
            )
        )
        return self

    def opened(self, at: datetime, task: str, by: str) -> "Story":
        tugas, langkah, who, slot = _task(task)
        self.events.append(happened(at, "WorkStarted", slot, langkah, tugas, None, who, by, due=self._due))
        return self

    def done(
        self,
        at: datetime,
        task: str,
        due: str | None = "",
        *,
        by: str | None = None,
        hasil: str = "selesai",
        recorder: str | None = None,
        claimed: datetime | None = None,
        share: int = 1,
        evidence: bool = True,
        batch_closed_at: datetime | None = None,
        type_: str = "Done",
    ) -> "Story":
        """The task's event; `due` None: it is not the last of its append."""
        tugas, langkah, who, slot = _task(task)
        if due is not None:
            self._due = _tokens(due)
        tokens = None if due is None else self._due
        self.events.append(
            happened(
                at, type_, slot, langkah, tugas, hasil, who, by, recorder, claimed, tokens, share, evidence,
                batch_closed_at,
            )
        )  # fmt: skip
        return self

    def ended(self, at: datetime, type_: str, due: str = "") -> "Story":
        self._due = _tokens(due)
        self.events.append(happened(at, type_, due=self._due))
        return self

    def times(self, book: TimingRules, now: datetime) -> CaseTimes:
        return case_times(self.events, book, now)


def task_of(times: CaseTimes, tugas: str, repetition: int = 1) -> TaskTime:
    return next(task for task in times.tasks if task.tugas == tugas and task.repetition == repetition)


def step_of(times: CaseTimes, langkah: str, repetition: int = 1) -> StepTime:
    return next(step for step in times.steps if step.langkah == langkah and step.repetition == repetition)


def _task(text: str) -> tuple[str, str, str, str]:
    match text.split():
        case [tugas, langkah, who]:
            return tugas, langkah, who, "main"
        case [tugas, langkah, who, slot]:
            return tugas, langkah, who, slot
        case _:
            raise ValueError(text)


def _tokens(text: str) -> str:
    parts = [_task(part) for part in text.split(",") if part.strip()]
    return ",".join(f"some/{tugas};{langkah};{who};{slot}" for tugas, langkah, who, slot in parts)
