"""The state of an answer is published on Kafka once settled, as the client reads it over HTTP, and on each change."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from bpjs_sync.outgoing.publishing import START
from bpjs_sync.replies.settled import AFTER, AGE, WINDOW_BEGINS, SettledMessages, Settlements
from bpjs_sync.replies.unknown import DISMISSED
from jejak.contracts.bpjs.messages import V1
from jejak.contracts.bpjs.signature import verified
from jejak.eventstore.postgres.leader_election import Leadership
from jejak.eventstore.store import Store
from jejak.messaging.publishing.relay import Relay, Topic
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.kafka_cluster import KafkaCluster
from tests.bpjs import Heard, heard
from tests.published import mistakes
from tests.servers import THIS_DATABASE, Database
from tests.signing import SIGNER, public
from tests.store.bpjs import monthly
from tests.store.ledger import until
from tests.store.replies import Answered, answered, reply
from tests.store.test_bpjs_reply_status import status_of

NEVER: Final = 3600.0
"""A sweep that no test waits for, so that messages before it come by the database's notification."""


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Answered]:
    async with answered(database, monthly()) as answering:
        yield answering


@dataclass(frozen=True, slots=True)
class SettledReader:
    """A reader of the topic of settled answers."""

    cluster: KafkaCluster
    topic: str

    async def of(self, *ids: uuid.UUID, count: int) -> list[Heard]:
        """The messages about these answers, in the order of each partition, once there are `count`."""
        names = {str(identity) for identity in ids}
        while True:
            every = await heard(self.cluster, self.topic)
            matching = [message for message in every if message.data["id"] in names]
            if len(matching) >= count:
                return matching


@asynccontextmanager
async def publishing(
    database: Database, cluster: KafkaCluster, topic: str, sweep_seconds: float = NEVER
) -> AsyncIterator[SettledReader]:
    """A publisher at work until the block is left."""
    url = database.urls["bpjs_sync"]
    async with await Store.connect(url, application="uji") as store:
        settlements = Settlements(store.pool, sweep_seconds)
        at = Topic(cluster, topic, 2, retention=timedelta(days=14), window_begins=WINDOW_BEGINS, age=AGE)
        relay = Relay(store.pool, settlements.window, at, SettledMessages(V1, SIGNER))
        connection = await asyncpg.connect(url)
        lead = Leadership(connection)
        works = [asyncio.create_task(work(lead)) for work in (settlements.follow, relay.publish)]
        try:
            yield SettledReader(cluster, topic)
        finally:
            await cancel_and_wait(*works)
            await connection.close()


def states(messages: Sequence[Heard]) -> list[tuple[str, str | None]]:
    return [(message.data["state"], message.data.get("reason")) for message in messages]


async def test_a_recorded_or_kept_answer_is_published_and_again_after_an_officials_decision(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    [(_, submission)] = await office.sent(1)
    first, against, unknown = reply(submission, "accepted"), reply(submission, "mend"), reply(uuid.uuid4(), "active")
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.answer(first, against, unknown)
        assert states(await settled_topic.of(first.id, count=1)) == [("recorded", None)]
        assert states(await settled_topic.of(against.id, count=1)) == [("kept", "contradicting")]
        assert states(await settled_topic.of(unknown.id, count=1)) == [("kept", "unknown_submission")]

        kept = next(row for row in await office.kept() if row["isi"]["jawaban"] == str(against.id))
        await office.town.post(f"/bpjs/unmatched/{kept['id']}", {"kesampingkan": "salah kirim"})
        before, after = await settled_topic.of(against.id, count=2)

    assert states([before, after]) == [("kept", "contradicting"), ("resolved", "set_aside")]
    assert int(before.headers["ce_sequence"]) < int(after.headers["ce_sequence"])
    assert (before.key, before.partition) == (str(submission), after.partition)
    assert before.headers["ce_id"] != after.headers["ce_id"]
    for message in (before, after):
        assert mistakes("reply.settled", message.data) == []
        assert mistakes("reply.settled.headers", dict(message.headers)) == []
        signed = verified(message.headers["ce_signature"], message.value, public())
        assert signed == {name: message.headers[f"ce_{name}"] for name in signed}
        assert {name for name in message.headers if name.startswith("ce_")} == {
            *(f"ce_{name}" for name in signed),
            "ce_signature",
        }
        assert "salah kirim" not in str(message)


async def test_the_message_has_what_the_client_reads_over_http(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    [(_, submission)] = await office.sent(1)
    replies = [reply(submission, "accepted"), reply(submission, "accepted"), reply(uuid.uuid4(), "active")]
    await office.answer(*replies)

    async with publishing(database, kafka_server, topic) as settled_topic:
        for answer in replies:
            [message] = await settled_topic.of(answer.id, count=1)
            status: dict[str, Any] = await status_of(office, answer.id)
            shared = ("id", "submission", "result", "state", "reason")
            assert {name: message.data.get(name) for name in shared} == {name: status.get(name) for name in shared}


async def test_another_content_under_the_same_id_is_published_as_contradicting(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    [(_, submission)] = await office.sent(1)
    first = reply(submission, "accepted")
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.answer(first, reply(submission, "rejected", id=first.id))
        both = await settled_topic.of(first.id, count=2)

    settled = sorted((message.data["contradicts"], message.data["result"], message.data["state"]) for message in both)
    assert settled == [(False, "accepted", "recorded"), (True, "rejected", "kept")]


async def test_an_answer_that_waits_is_published_once_it_is_recorded(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    [(_, submission)] = await office.sent(1)
    waiting, last = reply(submission, "accepted"), reply(uuid.uuid4(), "accepted")
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.post(waiting)
        assert await heard(kafka_server, topic) == []
        await office.put()
        await office.answer(last)
        await settled_topic.of(last.id, count=1)
        assert states(await settled_topic.of(waiting.id, count=1)) == [("recorded", None)]


async def test_after_the_topic_was_deleted_the_present_states_are_published_again(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    [(_, submission)] = await office.sent(1)
    accepted, against = reply(submission, "accepted"), reply(submission, "mend")
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.answer(accepted, against)
        before = await settled_topic.of(accepted.id, against.id, count=2)
        [kept] = [row for row in await office.kept() if row["isi"]["jawaban"] == str(against.id)]
        await deleted(kafka_server, topic)
        await office.town.post(f"/bpjs/unmatched/{kept['id']}", {"kesampingkan": "salah kirim"})

        async def published_again() -> bool:
            messages = await settled_topic.of(accepted.id, against.id, count=2)
            return {(message.data["id"], message.data["state"]) for message in messages} >= {
                (str(accepted.id), "recorded"),
                (str(against.id), "resolved"),
            }

        await until(published_again)
        again = await settled_topic.of(accepted.id, count=1)
    assert again[0].headers["ce_replay"] == "true"
    assert again[0].headers["ce_id"] in {message.headers["ce_id"] for message in before}


async def deleted(cluster: KafkaCluster, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


_UNTOLD: Final = "UPDATE bpjs.settled SET place = nextval('bpjs.settled_place')"


async def test_the_sweep_finds_what_no_notification_announced(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    unknown = reply(uuid.uuid4(), "accepted")
    async with publishing(database, kafka_server, topic, sweep_seconds=0.2) as settled_topic:
        await office.answer(unknown)
        await settled_topic.of(unknown.id, count=1)
        await office.admin.execute(_UNTOLD)
        both = await settled_topic.of(unknown.id, count=2)
    assert both[0].headers["ce_id"] == both[1].headers["ce_id"]


_LOST: Final = """
UPDATE bpjs.reply SET state = 'kept', settled_at = $2, kind = 'tidak_dikenal', resolved_by = NULL, resolution = NULL
WHERE id = $1
"""


async def test_an_answer_settled_otherwise_after_a_restore_is_published_under_another_id(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    unknown = reply(uuid.uuid4(), "accepted")
    resolve = "SELECT bpjs.resolve_reply($1, 'operator', $2, NULL)"
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.answer(unknown)
        await settled_topic.of(unknown.id, count=1)  # a message holds the last state, so each is awaited
        kept_at = await office.admin.fetchval("SELECT settled_at FROM bpjs.reply WHERE id = $1", unknown.id)
        await office.admin.execute(resolve, unknown.id, "lingkungan uji")
        await settled_topic.of(unknown.id, count=2)
        await office.admin.execute(_LOST, unknown.id, kept_at)
        await settled_topic.of(unknown.id, count=3)
        await office.admin.execute(resolve, unknown.id, "ditempatkan")
        messages = await settled_topic.of(unknown.id, count=4)
    kept, resolved, again, otherwise = [message.headers["ce_id"] for message in messages]
    assert kept == again
    assert resolved != otherwise


async def test_after_a_restart_only_what_is_unpublished_is_published(
    office: Answered, database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    first, second = reply(uuid.uuid4(), "accepted"), reply(uuid.uuid4(), "accepted")
    async with publishing(database, kafka_server, topic) as settled_topic:
        await office.answer(first)
        await settled_topic.of(first.id, count=1)

        async def noted() -> bool:
            sql = "SELECT position = (SELECT max(place) FROM bpjs.settled) FROM es.checkpoint WHERE topic = $1"
            return bool(await office.admin.fetchval(sql, topic))

        await until(noted)
    await office.answer(second)
    async with publishing(database, kafka_server, topic) as settled_topic:
        await settled_topic.of(second.id, count=1)
        assert len(await heard(kafka_server, topic)) == 2


_STANDS: Final = "INSERT INTO es.checkpoint (topic, term, epoch, position) SELECT $1, 1, epoch, $2 FROM es.epoch"


async def test_places_of_answers_count_as_no_positions_of_the_ledger_on_any_topic(office: Answered) -> None:
    for topic, position in {"a.bpjs": 10, "a.bpjs.replies.settled": 900, "b.bpjs.v0.replies.settled": 901}.items():
        await office.admin.execute(_STANDS, topic, position)

    assert await office.admin.fetchval(START, ["a.bpjs"]) == 10
    await office.admin.execute("UPDATE bpjs.derived SET position = 12")
    assert await office.admin.fetchval(START, ["a.bpjs"]) == 12
    assert await office.admin.fetchval(START, ["c.bpjs"]) == 12


_KEPT: Final = "UPDATE bpjs.reply SET state = 'kept', settled_at = es.now() WHERE id = $1"


async def test_a_reader_that_sees_a_place_sees_every_place_before_it(office: Answered, database: Database) -> None:
    first, second = reply(uuid.uuid4(), "accepted"), reply(uuid.uuid4(), "accepted")
    for each in (first, second):
        await office.post(each)
    rival = await asyncpg.connect(database.url)
    transaction = rival.transaction()
    await transaction.start()
    await rival.execute(_KEPT, first.id)
    later = asyncio.create_task(office.admin.execute(_KEPT, second.id))
    watcher = await asyncpg.connect(database.url)

    async def waits() -> bool:
        waiting = f"SELECT count(*) FROM pg_locks WHERE objid = 7300185 AND NOT granted AND {THIS_DATABASE}"  # noqa: S608
        return bool(await watcher.fetchval(waiting))

    await until(waits)
    assert await watcher.fetch("SELECT place FROM bpjs.settled") == []
    await transaction.commit()
    await later
    placed = [row["reply"] for row in await watcher.fetch("SELECT reply FROM bpjs.settled ORDER BY place")]
    await watcher.close()
    await rival.close()
    assert placed == [first.id, second.id]


_WAITS: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE query = $1 AND wait_event_type = 'Lock' AND datname = current_database())"
)


async def test_setting_many_aside_and_taking_answers_in_do_not_wait_for_each_other(
    office: Answered, database: Database
) -> None:
    unknown = [reply(uuid.uuid4(), "accepted") for _ in range(3)]
    await office.answer(*unknown)
    fresh = reply(uuid.uuid4(), "accepted")
    await office.post(fresh)
    taking, watcher = await asyncpg.connect(database.url), await asyncpg.connect(database.url)
    transaction = taking.transaction()
    await transaction.start()
    await taking.execute("UPDATE bpjs.reply SET times = 2 WHERE id = $1", unknown[-1].id)
    dismissing = asyncio.create_task(office.admin.fetchval(DISMISSED, "bpjs", "lingkungan uji"))

    async def waits() -> bool:
        return bool(await watcher.fetchval(_WAITS, DISMISSED))

    await until(waits)
    await taking.execute(_KEPT, fresh.id)
    await transaction.commit()
    assert await dismissing == 3
    await watcher.close()
    await taking.close()


_MANY: Final = """
ALTER TABLE bpjs.reply DISABLE TRIGGER USER;
INSERT INTO bpjs.reply (id, reply, hash, submission, result, replied_at, received_at, arrived_at, state, settled_at)
SELECT id, id, sha256('x'), gen_random_uuid(), 'accepted', now(), now(), now(), 'applied', now() - n * interval '1 min'
FROM (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 50000) AS n) AS s;
INSERT INTO bpjs.settled (place, reply, at)
SELECT nextval('bpjs.settled_place'), id, settled_at FROM bpjs.reply ORDER BY settled_at;
ANALYZE bpjs.reply; ANALYZE bpjs.settled;
"""


async def test_a_page_of_settled_answers_is_read_by_an_index_from_any_place(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.execute(_MANY)
    queries: list[tuple[str, tuple[Any, ...]]] = [
        (AFTER, (30_000, 50_000, 250)),
        (WINDOW_BEGINS.replace("$3", "$1"), (timedelta(days=1),)),
        (AGE, (30_000, 50_000)),
    ]
    plans = ["\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values)) for sql, values in queries]
    await connection.close()
    for plan in plans:
        assert "Seq Scan" not in plan
