"""A batch folded from its stream, and the cases that are in it. Pure."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bpjs_sync.domain import submissions
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
        """The members that were not dropped."""
        gone = {case for case, _ in self.dropped}
        return tuple(case for case in self.members if case not in gone)


def fold_batch(state: BatchState, history: Iterable[OpenedEvent]) -> BatchState:
    """The batch after these events. ValueError for an event of another kind of stream."""
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
                members=tuple(map(uuid.UUID, closed.members)),
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


def waiting_since(loaded: LoadedCase, due: DueTask) -> datetime:
    """When a task began to wait for its batch: when it fell due, or was last done and stayed due (`tunggu`)."""
    last = [task.at for task in loaded.case.completed if task.slot == due.slot]
    return max([due.since, *last[-1:]])


def sent_with(loaded: LoadedCase, batch: uuid.UUID) -> bool:
    """Whether this case was sent with this batch."""
    return any(data.batch == str(batch) for _, data in submissions(loaded.history))


def due_in(loaded: LoadedCase, state: BatchState) -> Sequence[DueTask]:
    """The tasks of a member that wait for this batch."""
    closed_at = state.closed_at
    if closed_at is None:
        return ()
    in_batch = [due for due in loaded.due if due.kumpulan == state.kumpulan and due.tugas == due.task.verb]
    return [due for due in in_batch if waiting_since(loaded, due) <= closed_at]
