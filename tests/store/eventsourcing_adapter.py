"""The store behind the interface of the `eventsourcing` library, so that the library's test suite runs against it.

The library numbers a stream's events from `originator_version` 0, the ledger from 1.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, Notification, StoredEvent, Subscription

from jejak.contracts.envelope import NewEvent
from jejak.eventstore.store import Store
from jejak.platform.ids import new_uuid
from tests.store.ledger import command

SELECT = """
SELECT stream, version - 1, type, payload FROM es.event
WHERE stream_no = (SELECT stream_no FROM es.stream WHERE key = $1)
  AND ($2::bigint IS NULL OR version - 1 > $2) AND ($3::bigint IS NULL OR version - 1 <= $3)
"""
NOTIFICATIONS = (
    "SELECT position, stream, version - 1, type, payload FROM es.event WHERE position >= $1"
    " AND ($2::bigint IS NULL OR position <= $2) AND ($3::text[] = '{}' OR type = ANY ($3)) ORDER BY position LIMIT $4"
)


class LedgerRecorder(ApplicationRecorder):
    """Calls from any thread run on one event loop with one store, as in a service."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._store = self._run(Store.connect(url, writers=1))

    def close(self) -> None:
        self._run(self._store.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run[R](self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> Sequence[int] | None:
        if not stored_events:
            return []
        first, versions = stored_events[0], [stored.originator_version for stored in stored_events]
        if versions != list(range(versions[0], versions[0] + len(versions))):
            raise IntegrityError
        events = [NewEvent(new_uuid(), stored.topic, stored.state) for stored in stored_events]
        outcome = self._run(self._store.append(command(UUID(str(first.originator_id)), versions[0], events)))
        if outcome.status != "appended":
            raise IntegrityError
        query = "SELECT position FROM es.event WHERE id = ANY ($1) AND position <= $2 ORDER BY position DESC LIMIT $3"
        ids = [new.id for new in events]
        rows = self._run(self._store.pool.fetch(query, ids, outcome.position, len(ids)))
        return [row[0] for row in reversed(rows)]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = f"{SELECT} ORDER BY version {'DESC' if desc else 'ASC'} LIMIT $4"
        return [StoredEvent(*row) for row in self._run(self._store.pool.fetch(query, originator_id, gt, lte, limit))]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = (start or 0) + (0 if inclusive_of_start else 1)
        rows = self._run(self._store.pool.fetch(NOTIFICATIONS, first, stop, list(topics), limit))
        return [
            Notification(id=row[0], originator_id=row[1], originator_version=row[2], topic=row[3], state=row[4])
            for row in rows
        ]

    def max_notification_id(self) -> int | None:
        last: int | None = self._run(self._store.pool.fetchval("SELECT max(position) FROM es.event"))
        return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        msg = "the ledger is followed by jejak.eventstore.tail"
        raise NotImplementedError(msg)
