"""The persistence tests of the `eventsourcing` library, run against this store."""

from __future__ import annotations

import asyncpg
import pytest
from eventsourcing.tests import persistence

from tests.servers import Database, run
from tests.store.eventsourcing_adapter import LedgerRecorder

TOPICS = ("topic", "topic1", "topic2", "topic3", "non-interleaving-test-event")


class _OnTheLedger(persistence.RecorderTestCase):
    INITIAL_VERSION = 0

    @pytest.fixture(autouse=True)
    def _given_a_ledger(self, database: Database) -> None:
        run(_own(database))
        self._url = database.urls["intake"]

    def create_recorder(self) -> LedgerRecorder:
        recorder = LedgerRecorder(self._url)
        self.addCleanup(recorder.close)
        return recorder


class TestApplicationRecorder(_OnTheLedger, persistence.ApplicationRecorderTestCase[LedgerRecorder]):
    """Inserts, conflicts, selections, many threads."""


class TestNonInterleaving(_OnTheLedger, persistence.NonInterleavingNotificationIDsBaseCase):
    """Two large appends at once do not mix their positions."""


async def _own(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.executemany(
        "INSERT INTO es.event_owner VALUES ('jejak_intake', $1)", [(topic,) for topic in TOPICS]
    )
    await connection.close()
