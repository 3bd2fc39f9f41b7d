"""The queries of a batch sweep on 50,000 cases, of which 500 wait for a batch: no whole table is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asyncpg

from bpjs_sync.batches import closing as batches
from jejak.web.commands import bulk_tasks
from tests.servers import Database

FILL = """
INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
SELECT gen_random_uuid(), 'case', '99.' || lpad((n % 40)::text, 2, '0'), repeat('5', 64), 1, sha256('x'), now(),
       '{main}'
FROM generate_series(1, 50000) AS n;
INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, recorded_at, due, payload, hash,
                      stream_no)
SELECT nextval('es.event_position'), key, 1, kind, office, gen_random_uuid(), 'ApplicationSubmitted', 'main', now(), '',
       '{}', sha256('x'), stream_no FROM es.stream;
INSERT INTO es.due (stream_no, slot, stream, office, service, tugas, langkah, who, since, automatic, owner, kumpulan,
                    urgent, made_at, ready_at)
SELECT stream_no, 'main', key, office, 'bpjs_sync', 'deliver', '2', 'staf', now(), true, 'dinas',
       CASE WHEN n % 100 = 0 THEN 'bulanan' END, false, now(), '-infinity'
FROM (SELECT *, row_number() OVER () AS n FROM es.stream) AS s;
INSERT INTO bpjs.batch (id, office, kumpulan, period, closed_at, carried_out)
SELECT gen_random_uuid(), '99.' || lpad((n % 40)::text, 2, '0'), 'bulanan', 'p' || n, now() - interval '30 days', true
FROM generate_series(1, 2000) AS n;
INSERT INTO bpjs.member SELECT b.id, gen_random_uuid(), 'main', 'deliver', b.closed_at
FROM bpjs.batch b, generate_series(1, 20);
INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
SELECT id, 'batch', office, '', 1, sha256('x'), closed_at, '{}' FROM bpjs.batch;
INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, recorded_at, due, payload, hash,
                      stream_no)
SELECT nextval('es.event_position'), key, 1, kind, s.office, gen_random_uuid(), 'BatchClosed', 'main', s.recorded_at,
       '', convert_to(jsonb_build_object('batch', b.kumpulan, 'period', b.period, 'members', ARRAY(
           SELECT "case" FROM bpjs.member m WHERE m.batch = b.id))::text, 'UTF8'), sha256('x'), stream_no
FROM es.stream s JOIN bpjs.batch b ON b.id = s.key;
ANALYZE es.stream; ANALYZE es.event; ANALYZE es.due; ANALYZE bpjs.batch; ANALYZE bpjs.member;
"""


async def test_no_query_of_batches_reads_a_whole_table(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    await admin.execute(FILL)
    batch = await admin.fetchval("SELECT key FROM es.stream WHERE kind = 'batch' AND office = '99.00' LIMIT 1")
    await admin.close()
    service = await asyncpg.connect(database.urls["bpjs_sync"])
    statements: dict[str, tuple[str, tuple[object, ...]]] = {
        "who waits": (batches.GROUPS, ()),
        "waiting in one": (batches.WAITING, ("99.00", "bulanan")),
        "under way": (batches.UNDER_WAY, ()),
        "open members": (bulk_tasks.OPEN, ("99.00", "bulanan", "deliver")),
        "the last": (bulk_tasks.LAST, ("99.00", "bulanan", "deliver")),
        "members": (bulk_tasks.MEMBERS, ("99.00", "bulanan", "deliver", batch)),
    }
    try:
        for name, (query, arguments) in statements.items():
            plan = json.loads(await service.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *arguments))
            for node in _nodes(plan[0]["Plan"]):
                whole = node["Node Type"] == "Seq Scan" and node["Relation Name"] in (
                    "due",
                    "event",
                    "stream",
                    "member",
                )
                assert not whole, (name, node)
                assert node.get("Rows Removed by Filter", 0) < 2_000, (name, node)
    finally:
        await service.close()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
