"""The checkpoint of a topic is moved by the service that publishes it, and by no other publisher."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest

from tests.servers import Database

PUBLISHERS: Final = {"ledger": "jejak.cases", "bpjs_sync": "jejak.bpjs"}
LEAD: Final = """
INSERT INTO es.checkpoint AS r (topic, term, epoch) SELECT $1, 1, epoch FROM es.epoch
ON CONFLICT (topic) DO UPDATE SET term = r.term + 1 RETURNING term
"""
MOVE: Final = "UPDATE es.checkpoint SET position = 7, ends = '{1}' WHERE topic = $1 RETURNING position"


@asynccontextmanager
async def login(database: Database, service: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database.urls[service])
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize(("service", "other"), [("ledger", "bpjs_sync"), ("bpjs_sync", "ledger")])
async def test_a_publisher_moves_its_own_topics_and_no_others(database: Database, service: str, other: str) -> None:
    own, foreign = PUBLISHERS[service], PUBLISHERS[other]
    async with login(database, service) as publisher, login(database, other) as neighbour:
        assert await neighbour.fetchval(LEAD, foreign) == 1
        assert [await publisher.fetchval(LEAD, own) for _ in range(2)] == [1, 2]
        assert await publisher.fetchval(MOVE, own) == 7

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await publisher.fetchval(LEAD, foreign)
        assert await publisher.fetchval(MOVE, foreign) is None
        stands = await publisher.fetch("SELECT topic, term, position, publisher FROM es.checkpoint ORDER BY topic")

    moved, left = (own, 2, 7, f"jejak_{service}"), (foreign, 1, 0, f"jejak_{other}")
    assert [tuple(row) for row in stands] == sorted([moved, left])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO es.checkpoint (topic, term, epoch, publisher) SELECT 'x', 1, epoch, 'jejak_ledger' FROM es.epoch",
        "UPDATE es.checkpoint SET publisher = 'jejak_bpjs_sync'",
        "UPDATE es.checkpoint SET topic = 'jejak.cases'",
        "DELETE FROM es.checkpoint",
        "ALTER TABLE es.checkpoint DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_no_publisher_names_another(database: Database, statement: str) -> None:
    async with login(database, "bpjs_sync") as publisher:
        await publisher.execute(LEAD.replace("$1", "'jejak.bpjs'"))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await publisher.execute(statement)


async def test_a_new_epoch_ends_the_term_of_every_publisher(database: Database) -> None:
    for service, topic in PUBLISHERS.items():
        async with login(database, service) as publisher:
            await publisher.fetchval(LEAD, topic)
    admin = await asyncpg.connect(database.url)
    await admin.execute("SELECT es.new_epoch()")
    terms = await admin.fetch("SELECT term FROM es.checkpoint")
    await admin.close()
    assert [row["term"] for row in terms] == [2, 2]
