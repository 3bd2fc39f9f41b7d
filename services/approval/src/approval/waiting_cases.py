"""Which cases wait for approval, for which task and actor: stored in `approval.waiting`, so that one query lists them.

Every event names what is due after it. A row follows the newest event of a case: no older version replaces it, and no
case is loaded for it. Messages make it quick: they name events, which are read from the event store, so that no header
is trusted. `catch_up` makes it complete without Kafka.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts.envelope import DueToken, parse_due
from jejak.eventstore.catch_up import Change, windows
from jejak.eventstore.postgres.outage import repeat
from jejak.eventstore.tail import Tail
from jejak.messaging.envelope import CaseMessage, by_epoch

SERVICE: Final = "approval"
_RESUME: Final = "SELECT epoch, position FROM approval.resume($1)"
_KEEP: Final = "SELECT approval.keep($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
NAMED: Final = """
SELECT e.stream, e.office, e.version, e.type, e.due, e.recorded_at, e.position
FROM unnest($1::uuid[], $2::bigint[]) AS m (key, version) JOIN es.stream s ON s.key = m.key
JOIN es.event e ON e.stream_no = s.stream_no AND e.version = m.version ORDER BY e.position
"""
_REACHED: Final = "SELECT approval.reached($1, $2)"


@dataclass(frozen=True, slots=True)
class State:
    """The tasks of approval that are due in a case as of a version, and since when each."""

    office: str
    version: int
    tasks: dict[DueToken, datetime]


@dataclass(frozen=True, slots=True)
class WaitingCases:
    """Derives and stores the rows."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    sweep_seconds: float

    async def on_messages(self, messages: Sequence[CaseMessage]) -> None:
        """Stores what is due after the named events; an event that is not in the store counts for nothing."""
        for epoch, of_epoch in by_epoch(messages).items():
            cases, versions = [message.case for message in of_epoch], [message.version for message in of_epoch]
            changes = [Change(*row) for row in await self.pool.fetch(NAMED, cases, versions)]
            await self._keep(epoch, newest(change for change in changes if _readable(change)))

    async def run(self) -> None:
        """Catch up for ever."""
        await repeat(self.catch_up, self.sweep_seconds, "not_caught_up")

    async def catch_up(self) -> None:
        """Catch up to the end of the event store; in a new epoch of it, from what is due now."""
        head = await Tail(self.pool).head()
        [(epoch, position)] = await self.pool.fetch(_RESUME, head)
        async for changes, reach in windows(self.pool, position, head):
            await self._keep(epoch, newest(change for change in changes if _readable(change)))
            await self.pool.execute(_REACHED, epoch, reach)

    async def _keep(self, epoch: uuid.UUID, states: dict[uuid.UUID, State]) -> None:
        if not states:
            return
        tasks = [
            (case, token.slot, state.office, token.langkah, token.tugas, token.who, since)
            for case, state in states.items()
            for token, since in state.tasks.items()
        ]
        columns: list[Any] = [list(column) for column in zip(*tasks, strict=True)] or [[]] * 7
        await self.pool.execute(_KEEP, epoch, list(states), [state.version for state in states.values()], *columns)


def newest(changes: Iterable[Change]) -> dict[uuid.UUID, State]:
    """The state of each case after its newest event; a task keeps its first instant. ValueError as `parse_due`."""
    states: dict[uuid.UUID, State] = {}
    for change in changes:
        before = states.get(change.case)
        if change.due is None or (before and before.version >= change.version):
            continue
        since = before.tasks if before else {}
        by_slot = {token.slot: token for token in parse_due(change.due) if token.service == SERVICE}
        tasks = {token: since.get(token, change.recorded_at) for token in by_slot.values()}
        states[change.case] = State(change.office, change.version, tasks)
    return states


def _readable(change: Change) -> bool:
    """Whether its due tokens parse; a damaged event is logged and does not count."""
    with skipping_unreadable(change.case):
        return parse_due(change.due or "") is not None
    return False
