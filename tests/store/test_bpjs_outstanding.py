"""Submissions and answers that are stuck, counted by age and listed page by page, of an office or of all offices."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY

from bpjs_sync.answers import unmatched_store as kept
from bpjs_sync.cursors import BEGINNING
from bpjs_sync.replies import backlog
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import DAILY, monthly
from tests.store.replies import MENDED, Answered, answered, reply


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Answered]:
    async with answered(database, monthly()) as played:
        yield played


async def stuck(office: Answered, **query: str) -> dict[str, Any]:
    await office.derive_messages()
    answer = await office.town.get("/bpjs/outstanding", **query)
    assert answer.status_code == 200, answer.text
    figures: dict[str, Any] = answer.json()
    return figures


def counts(figures: dict[str, Any]) -> dict[str, int]:
    return {age: row["jumlah"] for age, row in figures["tanpa_jawaban"].items() if row["jumlah"]}


async def test_submissions_without_answer_are_counted_by_age_and_listed_the_oldest_first(office: Answered) -> None:
    (first, _), (second, s), (third, _) = await office.sent(3)
    assert counts(await stuck(office)) == {"0-3": 3}
    await office.town.at("2022-07-12 10:00")
    await office.answer(reply(s, "accepted"))
    unsent = await office.town.submit()

    first_page = await stuck(office, limit="1")
    more = await stuck(office, limit="1", cursor=first_page["cursor"])
    end = await stuck(office, limit="1", cursor=more["cursor"])

    assert counts(first_page) == {"8-14": 2}
    assert first_page["tanpa_jawaban"]["8-14"]["terlama"].startswith("2022-07-04T02:")
    assert [row["berkas"] for row in first_page["berkas"] + more["berkas"]] == sorted([str(first), str(third)])
    assert (end["berkas"], end["cursor"]) == ([], None)
    assert {row["umur"] for row in first_page["berkas"]} == {"8-14"}
    assert str(unsent) not in str([first_page, more])
    assert str(second) not in str([first_page, more])


async def test_a_mend_is_open_until_it_was_sent_again(database: Database) -> None:
    async with answered(database, sheet(MENDED)) as office:
        case = await office.town.submit()
        assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        await office.answer(reply(await office.submission(case), "mend"))

        figures = await stuck(office, daftar="belum_diperbaiki")
        assert (counts(figures), figures["belum_diperbaiki"]["jumlah"]) == ({}, 1)
        assert [row["berkas"] for row in figures["berkas"]] == [str(case)]

        headers = office.town.headers("staf-1")
        assert (await office.town.intake.post(f"/cases/{case}/tasks/complete", json={}, headers=headers)).is_success
        assert (await stuck(office))["belum_diperbaiki"]["jumlah"] == 1
        assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200

        figures = await stuck(office)
        assert (counts(figures), figures["belum_diperbaiki"]["jumlah"]) == ({"0-3": 1}, 0)


async def test_a_withdrawn_case_waits_for_no_answer(database: Database) -> None:
    async with answered(database, sheet(DAILY)) as office:
        case = await office.town.submit()
        assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        assert counts(await stuck(office)) == {"0-3": 1}
        await office.town.withdraw(case)
        assert counts(await stuck(office)) == {}


async def test_answers_without_a_place_are_counted_by_what_is_the_matter_in_figures_and_gauges(
    office: Answered,
) -> None:
    [(_, submission), _] = await office.sent(2)
    await office.answer(reply(submission, "accepted"), reply(submission, "rejected"), reply(uuid.uuid4(), "mend"))
    row = b"nomor_usulan;hasil\nZZZZ-ZZZZ-ZZZZ;diterima\n"
    loaded = await office.town.bpjs.post("/bpjs/answers", content=row, headers=office.town.headers("staf-1"))
    assert loaded.status_code == 200, loaded.text
    await office.post(reply(submission, "active"))

    figures = await stuck(office)
    await backlog.Backlog(office.town.runtime).refresh()

    assert {kind: figure["jumlah"] for kind, figure in figures["tidak_cocok"].items()} == {
        "baris": 1,
        "bertentangan": 1,
    }
    shown = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in REGISTRY.collect()
        if metric.name.startswith("jejak_bpjs_")
        for sample in metric.samples
    }
    assert shown["jejak_bpjs_outstanding", "0-3"] == 1
    assert shown["jejak_bpjs_unmatched", "bertentangan"] == 1
    assert shown["jejak_bpjs_unmatched", "baris"] == 1
    assert (shown["jejak_bpjs_mends_open",], shown["jejak_bpjs_replies_waiting",]) == (0, 1)


async def test_an_office_sees_its_own_and_the_machine_of_bpjs_every_office(office: Answered) -> None:
    await office.sent(1)
    stranger = office.town.headers("staf-1", office="51.07")
    for path in ("/bpjs/outstanding", "/bpjs/outstanding?office=13.99"):
        assert (await office.town.bpjs.get(path, headers=stranger)).is_error
    assert (await office.town.bpjs.get("/bpjs/outstanding")).status_code == 401
    for strange in ("entah", base64.urlsafe_b64encode(b"[" * 20_000).decode()):
        assert (await office.town.get("/bpjs/outstanding", cursor=strange)).status_code == 422

    every = (await office.town.bpjs.get("/bpjs/outstanding", headers=office.headers)).json()
    figures = (await office.town.bpjs.get("/bpjs/outstanding?office=51.07", headers=office.headers)).json()

    assert (every["kantor"], counts(every), len(every["berkas"])) == (None, {"0-3": 1}, 1)
    assert (figures["kantor"], counts(figures), figures["berkas"]) == ("51.07", {}, [])


FILL = """
INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
SELECT gen_random_uuid(), 'case', '99.' || lpad((n % 40)::text, 2, '0'), repeat('5', 64), 1, sha256('x'), now(),
       '{main}'
FROM generate_series(1, 50000) AS n;
INSERT INTO es.due (stream_no, slot, stream, office, service, tugas, langkah, who, since, automatic, owner, urgent,
                    made_at, ready_at)
SELECT stream_no, 'main', key, office, 'bpjs_sync', 'await_reply', '2', 'bpjs', now(), false, 'bpjs', false, now(),
       '-infinity' FROM es.stream;
INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, recorded_at, payload, hash, stream_no)
SELECT stream_no * 3, key, 1, 'case', office, key, 'SubmissionSent', 'main', now(), '{}', sha256('x'), stream_no
FROM es.stream;
INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body)
SELECT stream_no * 3 + k, gen_random_uuid(), s.key, s.key, s.office,
       CASE k WHEN 0 THEN 'submission' ELSE 'reply.recorded' END, k, now() - interval '9 days', '{"result":"mend"}'
FROM es.stream s, generate_series(0, (s.stream_no % 3)::int) AS k;
INSERT INTO bpjs.reply (id, reply, hash, submission, result, replied_at, received_at, arrived_at, state, kind, seen,
                        office, "case", settled_at)
SELECT gen_random_uuid(), gen_random_uuid(), sha256('x'), key, 'active', now(), now(), clock_timestamp(),
       CASE WHEN stream_no % 100 = 0 THEN 'waiting' WHEN stream_no % 100 = 1 THEN 'kept' ELSE 'applied' END,
       'bertentangan', CASE WHEN stream_no % 200 = 0 THEN 0 END, office, key, now() FROM es.stream;
INSERT INTO bpjs.reply (id, reply, hash, submission, result, replied_at, received_at, arrived_at, state)
SELECT gen_random_uuid(), gen_random_uuid(), sha256('y'), n.submission, 'active', now(), now(),
       clock_timestamp() - interval '1 day', 'waiting'
FROM (SELECT key AS submission FROM es.stream WHERE stream_no > 49980
      UNION ALL SELECT gen_random_uuid() FROM generate_series(1, 20)) AS n;
DELETE FROM bpjs.message WHERE position > 149700;
UPDATE bpjs.derived SET position = 149700;
ANALYZE es.stream; ANALYZE es.event; ANALYZE es.due; ANALYZE bpjs.message; ANALYZE bpjs.reply;
"""


async def test_no_query_about_answers_reads_a_whole_table(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    await admin.execute(FILL)
    service = await asyncpg.connect(database.urls["bpjs_sync"])
    claimed = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'claim_replies'")
    woken = await admin.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'wake_replies'")
    beginning = BEGINNING
    statements: list[tuple[asyncpg.Connection, str, str, tuple[object, ...]]] = [
        (service, "counts", backlog.COUNTS, ("99.00",)),
        (service, "page", backlog.PAGE, ("99.00", False, *beginning, 50)),
        (service, "unmatched counted", backlog.UNMATCHED, ("99.00",)),
        (service, "unmatched", kept.REPLIES, ("99.00", *beginning, 51)),
        (service, "unmatched rows", kept.ROWS, ("99.00", *beginning, 51)),
        (service, "unmatched of all kinds", kept.COUNT, ("99.00",)),
        (service, "waiting", backlog.WAITING, ()),
        (admin, "claim", claimed.replace("p_limit", "200").replace("p_seconds", "60"), ()),
        (admin, "wake", woken, ()),
    ]
    try:
        for connection, name, query, arguments in statements:
            plan = json.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *arguments))
            nodes = list(_nodes(plan[0]["Plan"]))
            unkept = [node["Actual Loops"] for node in nodes if node.get("Relation Name") == "event"]
            assert (unkept == [40]) == (name == "claim"), "what is not kept yet is looked for only for those answers"
            for node in nodes:
                assert node["Node Type"] != "Seq Scan" or node["Relation Name"] in ("unplaced", "clock", "derived"), (
                    name,
                    node,
                )
                assert node.get("Rows Removed by Filter", 0) < 2_000, (name, node)
    finally:
        await service.close()
        await admin.close()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
