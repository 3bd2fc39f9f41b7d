"""Hot queries on 50,000 rows read no whole table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from jejak.cases.people.other_cases import RUNNING
from jejak.eventstore import store as queries
from jejak.eventstore import tail
from jejak.eventstore.catch_up import CHANGES
from jejak.platform.ids import new_uuid
from jejak.web.reading.waiting_tasks import NAMES_AND_STARTS, SIGNATURES
from jejak.web.reading.waiting_tasks import WORKLIST as DESK
from ledger.desk.caselist import CASES
from ledger.desk.worklist import PARKED, PUT_OFF
from tests.servers import Database, execute
from tests.store.ledger import OFFICE, command, due, opened

FILL = """
INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
SELECT gen_random_uuid(), 'case', '99.' || lpad((n % 40)::text, 2, '0'), repeat('5', 64), 1, sha256('x'), now(),
       '{main}'
FROM generate_series(1, 50000) AS n;
INSERT INTO es.event
    (position, stream, version, kind, office, id, type, slot, recorded_at, due, payload, hash, stream_no)
SELECT nextval('es.event_position'), key, 1, kind, office, gen_random_uuid(), 'ApplicationSubmitted', 'main', now(), '',
       '{}', sha256('x'), stream_no FROM es.stream;
INSERT INTO es.due
    (stream_no, slot, stream, office, service, tugas, langkah, who, since, not_before, automatic, owner, urgent,
     made_at, ready_at)
SELECT stream_no, 'main', key, office, CASE n % 2 WHEN 0 THEN 'verification' ELSE 'bpjs_sync' END, 'check_registry',
       '2',
       (ARRAY['kasi', 'kabid', 'kadis', 'staf', 'pemohon'])[n % 5 + 1], now(), later, n % 4 = 0, 'dinas', false, now(),
       coalesce(later, '-infinity')
FROM (SELECT *, row_number() OVER () AS n FROM es.stream) AS s,
     LATERAL (SELECT CASE WHEN n % 100 > 0 THEN now() + interval '90 days' END AS later) AS l;
INSERT INTO es.person SELECT sha256(key::text::bytea), key FROM es.stream;
INSERT INTO keys.case_key SELECT key, 'w', 'a' FROM es.stream;
ANALYZE keys.case_key; ANALYZE es.stream; ANALYZE es.event; ANALYZE es.due; ANALYZE es.person;
"""


type Connection = asyncpg.Connection[asyncpg.Record]


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[Connection]:
    """A service's connection to a ledger of 50,000 cases, of which 500 have work that is due now."""
    admin = await asyncpg.connect(database.url)
    await admin.execute(FILL)
    await admin.close()
    service = await asyncpg.connect(database.urls["verification"])
    yield service
    await service.close()


async def test_no_hot_query_reads_a_whole_table(connection: Connection) -> None:
    keys = [row[0] for row in await connection.fetch("SELECT key FROM es.stream LIMIT 50")]
    hot: dict[str, tuple[str, tuple[object, ...]]] = {
        "stream read": (queries.READ, (keys, [0] * len(keys))),
        "automatic work": (queries.AUTOMATIC, (keys, "verification")),
        "what stands beside a desk's tasks": (NAMES_AND_STARTS, (keys, ["main"] * len(keys), ["paraf"] * len(keys))),
        "desk": (DESK, (OFFICE, ["kabid", "kadis"], 200, None)),
        "desk of a kelurahan": (DESK, (OFFICE, ["staf"], 200, ["99.01.01.1001"])),
        "parked, on every desk": (PARKED, (OFFICE, None)),
        "a participant's other cases": (RUNNING, (b"x" * 32, keys[0], 10)),
        "signatures by pen": (SIGNATURES, (OFFICE, ["kabid", "kadis"], 50, None)),
        "put off": (PUT_OFF, (OFFICE, ["kabid", "kadis"], 50, None)),
        "sweep": (queries.SWEEP, ("verification", ["check_registry"], timedelta(0), 500)),
        "tail": (tail.NEXT, (40_000, 5_000)),
        "changes of cases": (CHANGES, (40_000, 45_000, 5_000)),
        "tail at the end": (tail.NEXT, (50_000, 5_000)),
        "case code": (queries.FIND, (keys[0], keys[0], 2)),
        "cases of an office": (CASES, (OFFICE, 50, None, None)),
        "cases of a kelurahan": (CASES, (OFFICE, 50, ["99.01.01.1001"], keys[0])),
    }
    for name, (query, arguments) in hot.items():
        plan = json.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *arguments))
        for node in _nodes(plan[0]["Plan"]):
            assert node["Node Type"] != "Seq Scan" or node["Relation Name"] == "clock", (name, plan)
            assert node.get("Rows Removed by Filter", 0) < 2_000, (name, node)


async def test_what_must_wait_three_months_is_not_looked_at_by_every_sweep(connection: Connection) -> None:
    rows = await connection.fetch(queries.SWEEP, "verification", ["check_registry"], timedelta(0), 1_000)
    plan = json.loads(
        await connection.fetchval(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + queries.SWEEP, "verification", ["check_registry"], timedelta(0), 1_000
        )
    )
    (scan,) = [node for node in _nodes(plan[0]["Plan"]) if node.get("Index Name") == "due_sweep"]
    assert len(rows) == 500
    assert scan["Actual Rows"] == 500
    assert scan.get("Rows Removed by Filter", 0) == 0


RENEWALS = """
INSERT INTO es.due
    (stream_no, slot, stream, office, service, tugas, langkah, who, since, not_before, automatic, owner, urgent,
     made_at, ready_at)
SELECT stream_no, 'perbarui', key, '99.07', 'verification', 'renew_data', 'perbarui', 'pemohon',
       now() - interval '1 day', now() + interval '90 days', false, 'pemohon', false, now(), now() + interval '90 days'
FROM es.stream ORDER BY stream_no LIMIT 20000;
ANALYZE es.due;
"""


async def test_renewals_that_wait_for_their_first_reminder_are_not_walked_by_a_worklist(
    connection: Connection, database: Database
) -> None:
    await execute(database.url, RENEWALS)
    arguments = ("99.07", ["kadis", "pemohon"], 200, None)

    rows = await connection.fetch(DESK, *arguments)
    plan = json.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + DESK, *arguments))

    read = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "due"]
    assert read
    assert rows
    assert not any(row["tugas"] == "renew_data" for row in rows)
    for node in read:
        walked = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert walked < 2_000, (node, len(rows))


async def test_an_appends_update_of_its_stream_stays_on_its_page(database: Database) -> None:
    cases = [new_uuid() for _ in range(50)]
    async with opened(database) as store:
        for version in range(10):
            await store.append_call([command(case, version, rows=[due()]) for case in cases])
    connection = await asyncpg.connect(database.url)
    await connection.execute("SELECT pg_stat_force_next_flush()")
    counted = await connection.fetchrow(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relid = 'es.stream'::regclass"
    )
    assert counted is not None
    updates, hot = counted
    await connection.close()
    assert updates == 500
    assert hot > 0.5 * updates  # none, were a changed column indexed; pages are tidied less while others look at them


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
