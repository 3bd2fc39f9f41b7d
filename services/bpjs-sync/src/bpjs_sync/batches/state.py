"""Who is in a batch, and what its stream amounts to. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from jejak.cases.case import OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e

BY_HAND: Final = "tangan"


def manual_batch_name(number: int) -> str:
    """The name of a batch that an official closes: its sequence number."""
    return f"{BY_HAND}-{number}"


@dataclass(frozen=True, slots=True)
class BatchState:
    """A batch folded from its stream."""

    id: uuid.UUID
    office: str
    version: int = 0
    kumpulan: str = ""
    period: str = ""
    members: tuple[uuid.UUID, ...] = ()
    closed_at: datetime | None = None
    closed_by: uuid.UUID | None = None
    request: str | None = None
    dropped: tuple[tuple[uuid.UUID, str], ...] = ()
    file: e.BatchFileMade | None = None

    @property
    def remaining(self) -> tuple[uuid.UUID, ...]:
        """Its members without those that were dropped."""
        gone = {case for case, _ in self.dropped}
        return tuple(case for case in self.members if case not in gone)


def fold_batch(state: BatchState, history: Iterable[OpenedEvent]) -> BatchState:
    """The batch after these events. ValueError for an event that is none of a batch's."""
    for event in history:
        state = _evolved(replace(state, version=event.version), event)
    return state


def _evolved(state: BatchState, event: OpenedEvent) -> BatchState:
    match event.data:
        case e.BatchClosed() as closed:
            return replace(
                state,
                kumpulan=closed.batch,
                period=closed.period,
                members=tuple(uuid.UUID(one) for one in closed.members),
                closed_at=closed.closed_at or event.at,
                closed_by=event.id,
                request=closed.request,
            )
        case e.BatchMemberDropped(member=member, reason=reason):
            return replace(state, dropped=(*state.dropped, (uuid.UUID(member), reason)))
        case e.BatchFileMade() as made:
            return replace(state, file=made)
        case _:
            raise ValueError(f"{event.type} is no event of a batch")


def waiting_since(opened: LoadedCase, due: DueTask) -> datetime:
    """Since when a task waits for its batch: since it fell due, or since it was last left where it is (`tunggu`)."""
    last = [done.at for done in opened.case.trail if done.slot == due.slot]
    return max([due.since, *last[-1:]])


def sent_with(opened: LoadedCase, batch: uuid.UUID) -> bool:
    """Whether this case was sent with this batch."""
    return any(isinstance(one.data, e.SubmissionSent) and one.data.batch == str(batch) for one in opened.history)


def due_in(opened: LoadedCase, state: BatchState) -> Sequence[DueTask]:
    """The tasks of a member that wait for this batch."""
    closed_at = state.closed_at
    if closed_at is None:
        return ()
    mine = [one for one in opened.due if one.kumpulan == state.kumpulan]
    return [one for one in mine if one.tugas == one.task.verb and waiting_since(opened, one) <= closed_at]
