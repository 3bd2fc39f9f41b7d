"""The relay publishes the ledger on Kafka, in order per case, and skips nothing after any failure."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from jejak.contracts.envelope import Event
from jejak.eventstore.postgres.leader_election import RELAY, lead_for_ever
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.eventstore.types import Append
from jejak.messaging.envelope import EventFilter, received_message
from jejak.messaging.kafka.topics import ensure_topic
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.messaging.publishing.relay import CaseEventMapper, Relay, Topic
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka
from jejak_tools.delivery import whole_topic
from tests.servers import THIS_DATABASE, Database
from tests.store.ledger import all_events, command, due, event, opened, until
from tests.waits import PATIENCE

A_DAY_MS = 86_400_000


@asynccontextmanager
async def relaying(database: Database, topic: Topic) -> AsyncIterator[EventLogReader]:
    """The parts of a relay process: a tail, and a relay on it."""
    async with opened(database, "ledger") as store:
        feed = EventLogReader(store.pool, Tail(store.pool))
        relay = Relay(store.pool, feed, topic, CaseEventMapper())
        start = await store.pool.fetchval("SELECT coalesce((SELECT position FROM es.checkpoint), 0)")
        led = lead_for_ever(database.urls["ledger"], RELAY, store.epoch, relay.publish)
        tasks = [asyncio.create_task(feed.run(start)), asyncio.create_task(led)]
        try:
            yield feed
        finally:
            await cancel_and_wait(*tasks)


async def published(store: Store) -> int:
    return int(await store.pool.fetchval("SELECT coalesce((SELECT position FROM es.checkpoint), 0)"))


async def all_published(database: Database, seconds: float = 60.0) -> None:
    """Waits until the checkpoint has reached the end of the ledger."""
    async with opened(database, "ledger") as store:

        async def done() -> bool:
            last = await store.pool.fetchval("SELECT coalesce(max(position), 0) FROM es.event")
            return await published(store) >= int(last)

        await until(done, seconds)


async def term_is_at_least(database: Database, term: int) -> bool:
    """Whether the checkpoint has been taken over in this term or a later one."""
    return bool((await fetch(database, "SELECT term FROM es.checkpoint"))[0][0] >= term)


async def heard(topic: Topic) -> list[ConsumerRecord]:
    """All messages of the topic, partition by partition."""
    return [record async for record in whole_topic(topic.cluster, topic.name)]


def versions_first_heard(records: Sequence[ConsumerRecord]) -> dict[UUID, list[int]]:
    """Per case, its versions in the order in which each is heard first."""
    heard_versions: dict[UUID, dict[int, None]] = defaultdict(dict)
    for record in records:
        heard_versions[UUID(record.key.decode())][int(dict(record.headers)["version"])] = None
    return {case: list(versions) for case, versions in heard_versions.items()}


def stored_versions(events: Sequence[Event]) -> dict[UUID, list[int]]:
    versions: dict[UUID, list[int]] = defaultdict(list)
    for stored in events:
        versions[stored.stream].append(stored.version)
    return versions


async def write(database: Database, cases: int, rounds: int) -> list[UUID]:
    """Cases that each get an event in every round, eight writers at a time."""
    streams = [new_uuid() for _ in range(cases)]
    async with opened(database, "intake") as store:
        for number in range(rounds):
            await asyncio.gather(*(store.append(command(stream, number, rows=[due()])) for stream in streams))
    return streams


async def test_every_event_is_published_once_and_in_order_with_its_case_as_key(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=3)
    async with relaying(database, target):
        await write(database, cases=12, rounds=4)
        await all_published(database)
    records = await heard(target)
    async with opened(database) as store:
        events = await all_events(store)
    assert len(records) == len(events) == 48
    assert versions_first_heard(records) == stored_versions(events)
    stored = {str(stored_event.id): stored_event for stored_event in events}
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        stored_event = stored[headers["ce_id"]]
        assert record.value == stored_event.payload
        assert headers["ce_subject"] == record.key.decode() == str(stored_event.stream)
        assert headers["ce_type"] == f"id.jejak.{stored_event.type}"
        assert headers["due"] == "verification/check_registry;2;kasi;main"
        assert "replay" not in headers
    concern = EventFilter.of("verification", ["check_registry"], [])
    assert {received_message(record, concern).woken for record in records} == {
        stored_event.stream for stored_event in events
    }


async def test_messages_carry_the_brokers_time_so_that_a_relay_with_a_wrong_clock_is_not_refused(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=1)
    async with relaying(database, target):
        await write(database, cases=1, rounds=1)
        await all_published(database)
    [ours] = await heard(target)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap)
    await producer.start()
    await producer.send_and_wait(topic, b"", timestamp_ms=ours.timestamp + A_DAY_MS)
    await producer.stop()
    [_, late] = await heard(target)
    assert ours.timestamp <= late.timestamp < ours.timestamp + A_DAY_MS


async def test_a_batch_stream_is_passed_over(database: Database, kafka_server: KafkaCluster, topic: str) -> None:
    target = Topic(kafka_server, topic, partitions=2)
    batch = Append(new_uuid(), "batch", 0, (event("BatchClosed"),), (), "99.01", "5" * 64)
    async with opened(database, "bpjs_sync") as store:
        await store.append(batch)
    (case,) = await write(database, cases=1, rounds=1)
    async with relaying(database, target):
        await all_published(database)
    assert set(versions_first_heard(await heard(target))) == {case}


async def test_an_event_larger_than_a_batch_is_published(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=1)
    large = b'{"a":"' + b"x" * 300_000 + b'"}'
    async with opened(database) as store:
        for _ in range(5):
            await store.append(command(new_uuid(), 0, [event(payload=large)]))
    async with relaying(database, target):
        await all_published(database)
    assert [len(record.value) for record in await heard(target)] == [len(large)] * 5


async def test_of_two_relays_one_publishes_and_the_other_takes_over(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=3)
    async with relaying(database, target):
        await write(database, cases=5, rounds=1)
        await all_published(database)
        async with relaying(database, target):
            await write(database, cases=5, rounds=3)
            await all_published(database)
            terms = await fetch(database, "SELECT term FROM es.checkpoint")
            assert [row[0] for row in terms] == [1]
            await end_session_that_leads(database)
            await until(lambda: term_is_at_least(database, 2))
            await write(database, cases=5, rounds=3)
            await all_published(database)
    async with opened(database) as store:
        assert versions_first_heard(await heard(target)) == stored_versions(await all_events(store))


async def test_a_deposed_leader_cannot_move_the_checkpoint(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=2)
    await write(database, cases=2, rounds=1)
    async with relaying(database, target):
        await all_published(database)
        # Another relay takes over, and this one does not notice that its session ended.
        await execute(database, "UPDATE es.checkpoint SET term = term + 1, position = 0")
        await write(database, cases=2, rounds=1)
        await all_published(database)
    records = await heard(target)
    async with opened(database) as store:
        assert versions_first_heard(records) == stored_versions(await all_events(store))
    assert len(records) > 4


async def test_while_kafka_is_down_nothing_is_skipped(database: Database, own_kafka: kafka.Kafka, topic: str) -> None:
    target = Topic(own_kafka.cluster, topic, partitions=2)
    async with relaying(database, target):
        await write(database, cases=4, rounds=1)
        await all_published(database)
        writing = asyncio.create_task(write(database, cases=10, rounds=20))
        await asyncio.to_thread(own_kafka.kill)
        await writing
        await asyncio.to_thread(own_kafka.restart)
        await all_published(database, seconds=PATIENCE)
    records = await heard(target)
    async with opened(database) as store:
        assert versions_first_heard(records) == stored_versions(await all_events(store))
    assert not any("replay" in dict(record.headers) for record in records)


async def test_what_an_erased_kafka_held_is_published_again_as_a_replay(
    database: Database, own_kafka: kafka.Kafka, topic: str
) -> None:
    target = Topic(own_kafka.cluster, topic, partitions=2)
    async with relaying(database, target):
        before = await write(database, cases=6, rounds=3)
        await all_published(database)
        await asyncio.to_thread(own_kafka.erase)
        after = await write(database, cases=3, rounds=2)
        await asyncio.to_thread(own_kafka.restart)
        await kafka_holds(target, 6 * 3 + 3 * 2)
        await all_published(database, seconds=PATIENCE)
    records = await heard(target)
    async with opened(database) as store:
        assert versions_first_heard(records) == stored_versions(await all_events(store))
    replayed = {UUID(record.key.decode()) for record in records if "replay" in dict(record.headers)}
    fresh = {UUID(record.key.decode()) for record in records if "replay" not in dict(record.headers)}
    assert replayed == set(before)
    assert fresh == set(after)


async def test_a_silent_relay_notices_that_kafka_was_erased(
    database: Database, own_kafka: kafka.Kafka, topic: str
) -> None:
    target = Topic(own_kafka.cluster, topic, partitions=2)
    async with relaying(database, target):
        await write(database, cases=5, rounds=2)
        await all_published(database)
        await asyncio.to_thread(own_kafka.erase)
        await asyncio.to_thread(own_kafka.restart)
        await kafka_holds(target, 10)
    assert len(await heard(target)) == 10


async def test_only_the_retention_window_is_published_again_when_a_topic_was_deleted(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=2, retention=timedelta(days=7))
    async with opened(database) as store:
        await store.set_dev_clock(timedelta(days=-30))
        await write(database, cases=2, rounds=2)
        await store.set_dev_clock(timedelta())
    lately = await write(database, cases=3, rounds=2)
    async with relaying(database, target):
        await all_published(database)
        assert len(await heard(target)) == 10
        await delete_topic(target)
        await kafka_holds(target, 6)
        fresh = await write(database, cases=1, rounds=1)
        await all_published(database)
    records = await heard(target)
    assert len(records) == 7
    replayed = [UUID(record.key.decode()) for record in records if "replay" in dict(record.headers)]
    assert (len(replayed), set(replayed)) == (6, set(lately))
    assert [UUID(record.key.decode()) for record in records if "replay" not in dict(record.headers)] == fresh


async def test_an_event_dated_by_a_wrong_clock_cuts_nothing_off_the_replay(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=2, retention=timedelta(days=7))
    lately = await write(database, cases=3, rounds=2)
    async with opened(database) as store:
        await store.set_dev_clock(timedelta(days=-30))
        await write(database, cases=1, rounds=1)
        await store.set_dev_clock(timedelta())
    async with relaying(database, target):
        await all_published(database)
        await delete_topic(target)
        await kafka_holds(target, 7)
    replayed = [UUID(record.key.decode()) for record in await heard(target) if "replay" in dict(record.headers)]
    assert set(lately) <= set(replayed)
    assert len(replayed) == 7


_NO_REPLAY_AT_FIRST = (
    "CREATE SEQUENCE es.tries",
    """
CREATE FUNCTION es.not_at_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NEW.replay_until > OLD.replay_until AND nextval('es.tries') = 1 THEN
        RAISE EXCEPTION 'not now' USING ERRCODE = 'admin_shutdown';
    END IF;
    RETURN NEW;
END $$
""",
    "CREATE TRIGGER not_at_first BEFORE UPDATE ON es.checkpoint FOR EACH ROW EXECUTE FUNCTION es.not_at_first()",
)


async def test_a_loss_is_repaired_also_when_newer_messages_hide_it(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    target = Topic(kafka_server, topic, partitions=1)
    async with relaying(database, target), opened(database, "intake") as store:
        before = await write(database, cases=5, rounds=2)
        await all_published(database)
        for statement in _NO_REPLAY_AT_FIRST:
            await execute(database, statement)
        await delete_topic(target)
        await ensure_topic(target.cluster, target.name, 1)
        long = new_uuid()
        await store.append(command(long, 0, [event() for _ in range(30)]))
        await kafka_holds(target, 30 + 10)
        await all_published(database)
    records = await heard(target)
    fresh = [UUID(record.key.decode()) for record in records if "replay" not in dict(record.headers)]
    assert fresh[:30] == [long] * 30, "published where ten earlier ones had been, and more than ten"
    assert set(fresh) == {long}
    assert (await fetch(database, "SELECT last_value FROM es.tries"))[0][0] > 1
    heard_of = {case: len(versions) for case, versions in versions_first_heard(records).items()}
    assert heard_of == dict.fromkeys(before, 2) | {long: 30}


async def delete_topic(topic: Topic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=topic.cluster.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic.name])
    finally:
        await admin.close()


async def kafka_holds(topic: Topic, count: int) -> None:
    """Waits until the topic is there again and holds `count` messages."""

    async def holds() -> bool:
        reader = AIOKafkaConsumer(bootstrap_servers=topic.cluster.bootstrap, enable_auto_commit=False)
        try:
            await reader.start()
            if topic.name not in await reader.topics():
                return False
            partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            return bool(sum((await reader.end_offsets(partitions)).values()) >= count)
        finally:
            await reader.stop()

    await until(holds)


async def fetch(database: Database, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.url)
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def execute(database: Database, statement: str) -> None:
    await fetch(database, statement)


async def end_session_that_leads(database: Database) -> None:
    """Cuts the leader's connection, as a network could; its lock ends with it."""
    await fetch(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7300180 AND granted"  # noqa: S608 - constants of the tests
        f" AND {THIS_DATABASE}",
    )
