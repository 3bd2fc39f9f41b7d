"""The rules by which a case's clocks are judged: its sheet, and its office as of the day of receipt."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.envelope import Event
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.timekeeping.calendar import Calendar, with_versions
from jejak.timekeeping.clocks.receipt import received_at
from jejak.timekeeping.clocks.times import TimingRules, timing_rules_of


class TimingContext(NamedTuple):
    """A case's sheet, its office as it was on the day of receipt, and the timing rules of both."""

    sop: Sop
    office: Kantor
    book: TimingRules


@dataclass(slots=True)
class TimingContexts:
    """Timing contexts by office, edition of the sheet and version of the kantor file, made once."""

    procedures: ProcedureRegistry
    _cache: dict[tuple[str, str, str], TimingContext] = field(default_factory=dict)

    async def of(self, office: str, sop_sha256: str, received: datetime) -> TimingContext:
        """The context of a case received then; hours and holidays are those in force on each day."""
        versions = await self.procedures.kantors(office)
        kantor = await self.procedures.kantor(office, received)
        key = (sop_sha256, kantor.sha256, versions[-1].sha256)
        if key not in self._cache:
            sop = await self.procedures.sop(sop_sha256)
            self._cache[key] = TimingContext(
                sop, kantor, timing_rules_of(sop, calendar_of(versions), kantor.batas_tunggu)
            )
        return self._cache[key]


def calendar_of(versions: Sequence[Kantor]) -> Calendar:
    """The calendar of all versions of an office, each from its first day."""
    return with_versions([(office.berlaku_sejak or date(2000, 1, 1), office.calendar) for office in versions])


def received(events: Sequence[Event]) -> datetime:
    """When a case was received, by its first event."""
    return received_at(events[0])


class CaseEvents(NamedTuple):
    """One case's events, in order."""

    stream: uuid.UUID
    office: str
    sop: str
    events: list[Event]
