"""Cases that wait for approval, by their newest events, also when messages come twice, late, out of order or never."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from approval.pages.page import COUNTS, PARAFS
from approval.waiting_cases import NAMED, WaitingCases, newest
from jejak.contracts.envelope import Event
from jejak.eventstore.catch_up import Change
from jejak.messaging.envelope import CaseMessage, case_message, headers_of
from tests.servers import Database, execute
from tests.store.ledger import OFFICE as SYNTHETIC
from tests.store.lives import Lives, lives_of
from tests.store.test_notifications import fetch, nodes
from tests.store.test_plans import FILL

FILL_WAITING = """
INSERT INTO approval.waiting ("case", slot, office, langkah, tugas, who, since)
SELECT d.stream, d.slot, d.office, d.langkah, (ARRAY['paraf', 'review'])[d.stream_no / 40 % 2 + 1], d.who, d.since
FROM es.due d WHERE d.stream_no / 80 % 5 = 0;
UPDATE es.due d SET service = 'approval', tugas = w.tugas, automatic = false
FROM approval.waiting w WHERE w."case" = d.stream;
ANALYZE approval.waiting; ANALYZE es.due;
"""
EVERY = 'SELECT "case", slot, office, langkah, tugas, who, since FROM approval.waiting ORDER BY "case", slot'
DUE = """SELECT stream AS "case", slot, office, langkah, tugas, who, since FROM es.due
         WHERE service = 'approval' ORDER BY stream, slot"""
WRITTEN = 'SELECT xmin::text FROM approval.case_version ORDER BY "case"'
EPOCH = "SELECT epoch::text FROM es.epoch"


def kept_by(lives: Lives) -> WaitingCases:
    return WaitingCases(lives.desks["approval"].store.pool, 3600)


def as_message(event: Event, epoch: str) -> CaseMessage:
    """The message of an event, as a service reads it."""
    headers = headers_of(event, epoch=epoch)
    key = str(event.stream).encode()
    record = ConsumerRecord("jejak.cases", 0, event.position, 0, 0, key, event.payload, None, len(key), 0, headers)
    return case_message(record, dict(headers))


async def messages_of(lives: Lives, *cases: uuid.UUID, epoch: str | None = None) -> list[CaseMessage]:
    """All messages of these cases, in order."""
    [(current,)] = await fetch(lives.town.database, EPOCH)
    read = await lives.town.runtime.store.read(cases)
    events = [event for case in cases for event in read.streams[case].events]
    return [as_message(event, epoch or current) for event in sorted(events, key=lambda event: event.position)]


async def waiting(lives: Lives) -> dict[uuid.UUID, str]:
    return {row["case"]: f"{row['tugas']} {row['who']}" for row in await fetch(lives.town.database, EVERY)}


async def test_a_case_waits_from_the_event_after_which_it_is_due_until_the_one_that_ends_it(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, case, seen = kept_by(lives), await lives.town.submit(), []
        await kept.catch_up()
        for until in ("draft_letter", "paraf", "sign"):
            await lives.lead(case, until)
            await kept.on_messages((await messages_of(lives, case))[-1:])
            assert await fetch(database, EVERY) == await fetch(database, DUE)
            seen.append(await waiting(lives))
    assert seen == [{}, {case: "paraf kabid"}, {}]


@pytest.mark.parametrize("seed", range(3))
async def test_messages_that_come_late_twice_or_out_of_order_lead_to_the_same_rows(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    async with lives_of(database) as lives:
        kept, cases = kept_by(lives), [await lives.town.submit() for _ in range(5)]
        await kept.catch_up()
        for case, until in zip(cases, ("draft_letter", "paraf", "paraf", "sign", "archive"), strict=True):
            await lives.lead(case, until)
        await lives.town.withdraw(cases[1])
        messages = await messages_of(lives, *cases)
        rest = [*messages, *chance.choices(messages, k=len(messages))]
        chance.shuffle(rest)
        while rest:
            count = chance.randint(1, 6)
            await kept.on_messages(rest[:count])
            del rest[:count]
        assert await waiting(lives) == {cases[2]: "paraf kabid"}
        await kept.on_messages(messages)
        await kept.catch_up()
        assert await waiting(lives) == {cases[2]: "paraf kabid"}


async def test_messages_taken_in_at_once_while_the_event_store_is_read_do_not_block_each_other(
    database: Database,
) -> None:
    chance = random.Random(27)
    async with lives_of(database) as lives:
        kept, cases = kept_by(lives), [await lives.town.submit() for _ in range(8)]
        await kept.catch_up()
        for number, case in enumerate(cases):
            await lives.lead(case, ("paraf", "sign", "draft_letter", "paraf")[number % 4])
        messages = await messages_of(lives, *cases)
        some = [chance.choices(messages, k=chance.randint(1, 12)) for _ in range(30)]
        await asyncio.gather(
            *(kept.on_messages(batch) for batch in [*some, messages]), kept.catch_up(), kept.catch_up()
        )
        assert await fetch(database, EVERY) == await fetch(database, DUE)


async def test_an_older_version_brings_back_nothing_that_has_ended_or_was_withdrawn(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, cases = kept_by(lives), [await lives.town.submit() for _ in range(2)]
        await kept.catch_up()
        for case in cases:
            await lives.lead(case, "paraf")
        before = await messages_of(lives, *cases)
        await lives.lead(cases[0], "sign")
        await lives.town.withdraw(cases[1])
        await kept.on_messages([message for message in await messages_of(lives, *cases) if message not in before])
        written = await fetch(database, WRITTEN)
        for message in before:
            await kept.on_messages([message])
        assert await waiting(lives) == {}
        assert await fetch(database, WRITTEN) == written


async def test_no_header_lets_a_case_fall_back_or_run_ahead(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, case, other = kept_by(lives), await lives.town.submit(), await lives.town.submit()
        await kept.catch_up()
        await lives.lead(case, "paraf")
        messages = await messages_of(lives, case)
        forged = [
            replace(messages[0], version=messages[-1].version, due=""),
            replace(messages[-1], version=messages[-1].version + 9, due=""),
            replace(messages[-1], case=other, version=99),
            replace(messages[-1], case=uuid.uuid4()),
            replace(messages[-1], due="approval/review;1;kasi;main", office="13.98"),
        ]
        for message in forged:
            await kept.on_messages([message])
        assert await fetch(database, EVERY) == await fetch(database, DUE)
        assert await waiting(lives) == {case: "paraf kabid"}
        await lives.lead(case, "sign")
        await kept.on_messages(await messages_of(lives, case))
        assert await waiting(lives) == {}, "what came before holds nothing up"


async def test_all_that_kafka_lost_is_read_from_the_event_store_once(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, cases = kept_by(lives), [await lives.town.submit() for _ in range(4)]
        await kept.catch_up()
        for case, until in zip(cases, ("paraf", "paraf", "sign", "draft_letter"), strict=True):
            await lives.lead(case, until)
        await lives.town.withdraw(cases[1])
        await kept.catch_up()
        before, written = await waiting(lives), await fetch(database, WRITTEN)
        await fetch(database, "UPDATE approval.progress SET position = 0")
        await kept.catch_up()
        [(position,)] = await fetch(database, "SELECT position FROM approval.progress")
        [(last,)] = await fetch(database, "SELECT max(position) FROM es.event")
        assert before == await waiting(lives) == {cases[0]: "paraf kabid"}
        assert await fetch(database, WRITTEN) == written, "nothing was written a second time"
        assert position == last


async def test_in_another_epoch_it_begins_anew_without_the_rows_of_the_lost_one(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, waits, lost = kept_by(lives), await lives.town.submit(), await lives.town.submit()
        for case in (waits, lost):
            await lives.lead(case, "paraf")
        await kept.catch_up()
        [(before,)] = await fetch(database, EPOCH)
        last = (await messages_of(lives, waits))[-1]
        never = Change(
            waits, last.office, last.version + 9, "ParafGiven", "letters/sign;4;kadis;main", last.recorded_at, 0
        )
        of_none = never._replace(case=uuid.uuid4(), due="approval/paraf;3;kabid;main")
        await kept._keep(uuid.UUID(before), newest([never, of_none]))
        assert set(await waiting(lives)) == {lost, of_none.case}

        await fetch(database, "SELECT es.new_epoch()")
        await kept.catch_up()
        assert await fetch(database, EVERY) == await fetch(database, DUE)
        assert set(await waiting(lives)) == {waits, lost}
        await kept._keep(uuid.UUID(before), newest([never, of_none]))
        assert set(await waiting(lives)) == {waits, lost}
        await lives.lead(waits, "sign")
        await kept.on_messages(await messages_of(lives, waits))
        assert set(await waiting(lives)) == {lost}


async def test_it_begins_with_what_is_due_in_an_installation_that_has_long_been_at_work(database: Database) -> None:
    async with lives_of(database) as lives:
        cases = [await lives.town.submit() for _ in range(3)]
        for case, until in zip(cases, ("paraf", "sign", "paraf"), strict=True):
            await lives.lead(case, until)
        kept = kept_by(lives)
        await kept.on_messages(await messages_of(lives, *cases))
        assert await waiting(lives) == {}, "before it has begun"
        await kept.catch_up()
        assert await fetch(database, EVERY) == await fetch(database, DUE)
        assert set(await waiting(lives)) == {cases[0], cases[2]}


@pytest.mark.parametrize("how", ["a due task that is none", "a due task of another sheet", "an event of later"])
async def test_a_damaged_event_says_nothing_and_stops_no_other(database: Database, how: str) -> None:
    async with lives_of(database) as lives:
        kept, broken, whole = kept_by(lives), await lives.town.submit(), await lives.town.submit()
        await kept.catch_up()
        for case in (broken, whole):
            await lives.lead(case, "paraf")
        await lives.damage(how, {broken: 2})
        await kept.catch_up()
        assert (await waiting(lives))[whole] == "paraf kabid"
        await lives.mend()


CASE, BEGAN = uuid.uuid4(), datetime(2022, 7, 4, 2, tzinfo=UTC)
PARAF, REVIEW = "approval/paraf;3;kabid;main", "approval/review;1;kasi;lanjutan"


def change(version: int, due: str | None) -> Change:
    return Change(CASE, "13.99", version, "WorkStarted", due, BEGAN + timedelta(hours=version), version)


def test_each_line_has_waited_since_its_task_became_due() -> None:
    lines = [
        change(1, PARAF),
        change(2, None),
        change(3, f"{REVIEW},{PARAF}"),
        change(4, f"letters/sign;4;kadis;x,{PARAF},{REVIEW}"),
    ]
    latest = newest(lines)[CASE]
    assert (latest.version, {task.tugas: since.hour for task, since in latest.tasks.items()}) == (
        4,
        {"paraf": 3, "review": 5},
    )


def test_what_waits_again_has_waited_since_then() -> None:
    [(_, since)] = newest([change(1, PARAF), change(2, ""), change(3, PARAF), change(2, "")])[CASE].tasks.items()
    assert since == BEGAN + timedelta(hours=3)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from((None, "", PARAF, REVIEW, f"{PARAF},{REVIEW},{PARAF}")))))
def test_no_order_of_events_says_anything_but_what_the_newest_does(events: list[tuple[int, str | None]]) -> None:
    latest = newest(change(version, due) for version, due in events).get(CASE)
    telling = [event for event in events if event[1] is not None]
    assert (latest.version if latest else 0) == max((version for version, _ in telling), default=0)


async def test_the_page_and_its_counts_read_what_waits_for_the_office_and_no_more(database: Database) -> None:
    await execute(database.url, FILL, FILL_WAITING)
    service = await asyncpg.connect(database.urls["approval"])
    try:
        keys = [row["key"] for row in await fetch(database, "SELECT key FROM es.stream LIMIT 200")]
        explained = await service.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + NAMED, keys, [1] * len(keys))
        assert "Seq Scan" not in {node["Node Type"] for node in nodes(json.loads(explained)[0]["Plan"])}
        for query, arguments in (
            (PARAFS, (SYNTHETIC, ["kabid", "kadis"], 200, None)),
            (PARAFS, (SYNTHETIC, ["kabid"], 200, ["99.01.01.1001"])),
            (COUNTS, (SYNTHETIC, ["kabid", "kadis"], None)),
        ):
            explained = await service.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *arguments)
            plan = nodes(json.loads(explained)[0]["Plan"])
            assert "Seq Scan" not in {node["Node Type"] for node in plan}
            assert "waiting_turn" in {node.get("Index Name") for node in plan}
            assert all(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) < 2_000 for node in plan)
    finally:
        await service.close()
