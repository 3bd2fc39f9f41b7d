"""What the clocks have to know of a sheet and its office to judge a case."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.standard import Standard
from jejak.timekeeping.windows import Window

if TYPE_CHECKING:
    from jejak.procedure.model import Sop

OFFICE = "dinas"
APPLICANT = "pemohon"
type Conditions = tuple[frozenset[str], ...]
"""Of every group at least one name has to hold (route, answer, outcome); no group: for every case."""

LOCAL = frozenset({OFFICE, "kelurahan", "kecamatan"})
"""Parties that keep the office's own hours and free days."""


@dataclass(frozen=True, slots=True)
class TotalRule:
    """The time that a sheet prints for the whole service, and between what it counts."""

    standard: Standard | None
    """None: only routes have one."""
    dari: str = "diterima"
    """``diterima``, ``lengkap`` (the documents found complete), or a step of the main line."""
    sampai: str = "selesai"
    """``selesai`` (the end of the main line, however it ends), ``lengkap``, a step, or a follow-up."""
    order: Mapping[str, int] = field(default_factory=dict)
    """Step of the main line -> its position."""
    routes: Mapping[str, Standard] = field(default_factory=dict)
    """Route -> its own total."""


@dataclass(frozen=True, slots=True)
class TimingRules:
    """Standards, owners and calendars by the names that stand in the event's columns."""

    calendar: Calendar
    """The office's own; also of every party without one in ``calendars``."""
    pihak: Mapping[str, str] = field(default_factory=dict)
    """Performer -> whose clock runs during the turn; a performer not named here is the office's."""
    steps: Mapping[tuple[str, str], Standard] = field(default_factory=dict)
    """(slot, langkah) -> what the sheet promises for the step."""
    tasks: Mapping[tuple[str, str, str], Standard] = field(default_factory=dict)
    """(slot, langkah, tugas) -> a task's own standard: it is judged by that, and its step without it."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Pihak -> its calendar, where it is not the office's."""
    batas_tunggu: int | None = None
    """Seconds of working time a task of the office may wait."""
    batched: Mapping[tuple[str, str, str], tuple[Conditions, ...]] = field(default_factory=dict)
    """(slot, langkah, tugas) -> for which cases it is done in a batch: any one of the conditions suffices.

    While the batch is open the office's clock stands still; a case that it does not concern does not wait.
    """
    awaited: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """(slot, langkah, tugas) -> the party outside whose answer the office only records: its clock runs."""
    windows: Mapping[tuple[str, str, str], Window] = field(default_factory=dict)
    """(slot, langkah, tugas) -> the days of the month in which it is done: its clocks count from the next ones."""
    after: Mapping[str, str] = field(default_factory=dict)
    """Follow-up -> the follow-up that opened it."""
    since_active: AbstractSet[str] = frozenset()
    """Follow-ups whose standard counts from the active card."""
    total: TotalRule | None = None
    """What the sheet promises for the whole, where it does."""

    def owner(self, performer: str | None, place: tuple[str, str, str] | None = None) -> str:
        """Whose clock runs while it is this performer's turn at a task (slot, langkah, tugas)."""
        own = OFFICE if performer is None else self.pihak.get(performer, OFFICE)
        return self.awaited.get(place, own) if own == OFFICE and place else own

    def is_batched(self, place: tuple[str, str, str], names: AbstractSet[str]) -> bool:
        """Whether a task (slot, langkah, tugas) waits for a batch in a case in which these names hold."""
        return any(all(not group.isdisjoint(names) for group in groups) for groups in self.batched.get(place, ()))

    def calendar_of(self, pihak: str) -> Calendar:
        """By which calendar a party's time is counted."""
        return self.calendars.get(pihak, self.calendar)


def timing_rules_of(sop: "Sop", calendar: Calendar, batas_tunggu: int | None) -> TimingRules:
    """What the clocks know of one edition of a sheet at an office.

    The applicant has no office hours: every second counts. The office and the villages keep the office's calendar.
    Every other party (BPJS, the ministry …) works the national week and holidays in the office's zone, not the office's
    own hours and free days: that is the best that is known of its calendar.
    """
    steps = {place: step.waktu for place, step in sop.steps.items() if step.waktu is not None}
    tasks = {(task.slot, task.langkah, task.verb): task.waktu for task in sop.all_tasks() if task.waktu is not None}
    follow_ups = sop.follow_ups
    return TimingRules(
        calendar=calendar,
        pihak=MappingProxyType({performer.kode: performer.pihak for performer in sop.pelaksana.values()}),
        steps=MappingProxyType(steps),
        tasks=MappingProxyType(tasks),
        calendars=MappingProxyType(_calendars(sop, calendar)),
        batas_tunggu=batas_tunggu,
        batched=MappingProxyType(_batched(sop)),
        after=MappingProxyType(
            {kode: follow_up.sesudah for kode, follow_up in follow_ups.items() if follow_up.sesudah in follow_ups}
        ),
        awaited=MappingProxyType(
            {(task.slot, task.langkah, task.verb): task.awaits for task in sop.all_tasks() if task.awaits}
        ),
        windows=MappingProxyType(
            {(task.slot, task.langkah, task.verb): task.window for task in sop.all_tasks() if task.window is not None}
        ),
        since_active=frozenset(kode for kode, follow_up in follow_ups.items() if follow_up.since_active),
        total=_total_of(sop),
    )


def _total_of(sop: "Sop") -> TotalRule | None:
    if sop.waktu_total is None and not sop.total_jalur:
        return None
    return TotalRule(
        standard=sop.waktu_total,
        dari=(sop.total_dari or "diterima").removeprefix("langkah "),
        sampai=(sop.total_sampai or "selesai").removeprefix("langkah "),
        order=MappingProxyType({step.no: position for position, step in enumerate(sop.langkah)}),
        routes=sop.total_jalur,
    )


def _batched(sop: "Sop") -> dict[tuple[str, str, str], tuple[Conditions, ...]]:
    """The sheet may send one verb of a step in a batch for some routes and alone for others."""
    batched: dict[tuple[str, str, str], tuple[Conditions, ...]] = {}
    for task in sop.all_tasks():
        if task.kumpulan is not None:
            concerned = frozenset(sop.kumpulan[task.kumpulan].untuk)
            place = (task.slot, task.langkah, task.verb)
            batched[place] = (*batched.get(place, ()), (*task.untuk, concerned) if concerned else task.untuk)
    return batched


def _calendars(sop: "Sop", calendar: Calendar) -> dict[str, Calendar]:
    national = Calendar(calendar.zone, ramadan=calendar.ramadan)
    awaited = {task.awaits for task in sop.all_tasks() if task.awaits}
    parties = awaited.union(performer.pihak for performer in sop.pelaksana.values()) - LOCAL
    return dict.fromkeys(parties, national) | {APPLICANT: Calendar.always(calendar.zone)}
