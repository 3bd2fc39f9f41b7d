"""The lag of consumer groups, as Kafka itself has it."""

from __future__ import annotations

import asyncio
import json
import re

import httpx
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bpjs_sync.outgoing.publishing import groups_of
from jejak.eventstore.epoch import Epoch
from jejak.eventstore.postgres.leader_election import BPJS, leading
from jejak.messaging.kafka.consumer_lag import (
    Group,
    GroupLag,
    LagMonitor,
    PartitionOffsets,
    StallTimes,
    group_lag,
    measured_groups,
    set_gauges,
)
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.settings import SettingsError, Source
from jejak_local.files import free_port, wait_until
from ledger.relay.app import groups_of as groups_of_cases
from tests.readers import consumer
from tests.servers import Database
from tests.store.bpjs import runtime_of
from tests.store.ledger import until
from tests.store.test_bodies import BUILDS
from tests.stories import Jejak
from tests.waits import PATIENCE


async def fill(cluster: KafkaCluster, topic: str, *counts: int) -> None:
    """Sends `counts` messages to the partitions of the topic, which is made if missing."""
    await ensure_topic(cluster, topic, len(counts))
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap)
    await producer.start()
    try:
        for partition, count in enumerate(counts):
            for _ in range(count):
                await producer.send(topic, b"x", partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


async def read_up_to(cluster: KafkaCluster, group: Group, *offsets: int) -> None:
    async with consumer(cluster, group.topic, group.name) as reader:
        async with asyncio.timeout(PATIENCE):
            while len(reader.assignment()) < len(offsets):
                await reader.getmany(timeout_ms=50)
        await reader.commit({TopicPartition(group.topic, n): offset for n, offset in enumerate(offsets)})


async def forgotten_before(cluster: KafkaCluster, topic: str, offset: int) -> None:
    """Deletes the oldest of partition 0, as retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(offset)})
    finally:
        await admin.close()


async def behind_by_kafka(cluster: KafkaCluster, *groups: Group) -> dict[Group, GroupLag]:
    return {group: group_lag(spans.values()) for group, spans in (await measured_groups(cluster, groups)).items()}


async def test_a_group_is_behind_by_what_it_has_not_committed(kafka_server: KafkaCluster, topic: str) -> None:
    group, never = Group(f"{topic}.a", topic, "bpjs"), Group(f"{topic}.b", topic, "bpjs")
    await fill(kafka_server, topic, 3, 4)
    await read_up_to(kafka_server, group, 2, 4)

    behind = await behind_by_kafka(kafka_server, group, never)

    assert behind == {group: GroupLag(lag=1, read=6, missed=0), never: GroupLag(lag=7, read=0, missed=0)}


async def test_what_left_the_topic_unread_is_counted_as_missed(kafka_server: KafkaCluster, topic: str) -> None:
    group = Group(f"{topic}.away", topic, "bpjs")
    await fill(kafka_server, topic, 5)
    await read_up_to(kafka_server, group, 1)

    await forgotten_before(kafka_server, topic, 4)

    assert await behind_by_kafka(kafka_server, group) == {group: GroupLag(lag=1, read=1, missed=3)}


async def test_a_topic_that_is_not_there_is_not_measured_and_not_made(kafka_server: KafkaCluster, topic: str) -> None:
    assert await measured_groups(kafka_server, [Group("anybody", topic, "bpjs")]) == {}
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
    await admin.start()
    try:
        assert topic not in await admin.list_topics()
    finally:
        await admin.close()


async def test_while_no_broker_answers_nothing_is_shown(database: Database) -> None:
    group = Group("uji.away", "uji.cases", "jejak")
    labels = {"group": group.name, "topic": group.topic, "whose": group.owner}
    set_gauges({group: {0: PartitionOffsets(0, 7, 4)}}, {group: 0.0})

    async def hidden() -> bool:
        return REGISTRY.get_sample_value("jejak_consumer_lag_messages", labels) is None

    async with leading(database.urls["ledger"], BPJS, Epoch("uji")) as lead:
        watching = asyncio.create_task(LagMonitor(KafkaCluster(f"127.0.0.1:{free_port()}"), [group]).watch(lead))
        await until(hidden)
        assert not watching.done()
        watching.cancel()


def test_an_installation_measures_its_own_groups_and_shows_well_formed_metrics(jejak: Jejak) -> None:
    prefix = jejak.installation.environment["JEJAK_TOPIC_PREFIX"]
    relay = jejak.installation.children["relay"].url
    services = json.loads(jejak.installation.environment["JEJAK_SERVICES"])
    expected = {
        relay: {"intake", "verification", "approval", "letters", "bpjs_sync"},
        services["bpjs_sync"]: {"bpjs_sync.replies"},
    }

    def measured_groups(address: str) -> set[str]:
        text = httpx.get(f"{address}/metrics", trust_env=False).text
        return set(re.findall(r'^jejak_consumer_lag_messages\{group="([^"]+)"', text, re.MULTILINE))

    def all_measured() -> bool:
        return all(measured_groups(at) == {f"{prefix}.{name}" for name in names} for at, names in expected.items())

    assert wait_until(all_measured, seconds=PATIENCE, pause=0.2)
    ledger = jejak.installation.children["ledger"].url
    for name, address in (services | {"ledger": ledger, "relay": relay}).items():
        text = httpx.get(f"{address}/metrics", trust_env=False).text
        shown = {metric.name: metric for metric in text_string_to_metric_families(text)}
        [up] = shown["jejak_database_up"].samples
        assert (up.labels, up.value) == ({"service": name}, 1)


def test_an_offset_of_a_topic_that_was_deleted_counts_as_nothing_read() -> None:
    assert group_lag([PartitionOffsets(0, 10, 500), PartitionOffsets(0, 5, 5)]) == GroupLag(lag=10, read=5, missed=0)


def test_only_what_was_measured_last_is_shown() -> None:
    group = Group("uji.lag", "uji.cases", "jejak")
    labels = {"group": "uji.lag", "topic": "uji.cases", "whose": "jejak"}
    names = [
        f"jejak_consumer_{name}" for name in ("lag_messages", "read_messages", "missed_messages", "stalled_seconds")
    ]
    set_gauges({group: {0: PartitionOffsets(9, 12, 4), 1: PartitionOffsets(0, 3, 3)}}, {group: 6.0})
    assert [REGISTRY.get_sample_value(name, labels) for name in names] == [3, 7, 5, 6.0]
    set_gauges({}, {})
    assert [REGISTRY.get_sample_value(name, labels) for name in names] == [None] * 4


def test_a_group_stands_still_while_one_partition_that_it_has_to_read_does() -> None:
    group, stalls = Group("uji.still", "uji.cases", "jejak"), StallTimes()

    def after(now: float, *spans: PartitionOffsets) -> float:
        return stalls.seconds({group: dict(enumerate(spans))}, now)[group]

    assert after(0, PartitionOffsets(0, 10, 10), PartitionOffsets(0, 5, 5)) == 0
    assert after(100, PartitionOffsets(0, 11, 10), PartitionOffsets(0, 5, 5)) == 0, "it was abreast until now"
    assert after(130, PartitionOffsets(0, 12, 10), PartitionOffsets(0, 9, 6)) == 30
    assert after(160, PartitionOffsets(0, 12, 10), PartitionOffsets(0, 99, 90)) == 60, (
        "that it goes on elsewhere does not help"
    )
    assert stalls.seconds({}, 170) == {}, "Kafka did not answer about it"
    assert after(180, PartitionOffsets(0, 12, 10), PartitionOffsets(0, 99, 90)) == 80
    assert after(190, PartitionOffsets(0, 12, 11), PartitionOffsets(0, 99, 90)) == 30, (
        "one goes on and the other stands since then"
    )
    assert after(200, PartitionOffsets(0, 12, 12), PartitionOffsets(0, 99, 99)) == 0


def test_a_group_that_never_committed_stands_still_where_there_is_something_to_read() -> None:
    group, stalls = Group("uji.never", "uji.cases", "bpjs"), StallTimes()
    spans = {0: PartitionOffsets(0, 0, None), 1: PartitionOffsets(0, 2, None)}
    assert [stalls.seconds({group: spans}, now)[group] for now in (0, 40)] == [0, 40]
    deleted_and_made_again = {0: PartitionOffsets(0, 3, 500)}
    assert [stalls.seconds({group: deleted_and_made_again}, now)[group] for now in (50, 60)] == [0, 10]


async def test_the_group_of_a_reader_that_stands_still_is_seen_and_one_that_is_abreast_is_not(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    still, abreast = Group(f"{topic}.still", topic, "bpjs"), Group(f"{topic}.abreast", topic, "jejak")
    never, gone = Group(f"{topic}.never", topic, "bpjs"), Group(f"{topic}.gone", f"{topic}.gone", "jejak")
    await fill(kafka_server, topic, 3)
    await read_up_to(kafka_server, still, 1)
    await read_up_to(kafka_server, abreast, 3)

    def stalled(group: Group) -> float | None:
        labels = {"group": group.name, "topic": group.topic, "whose": group.owner}
        return REGISTRY.get_sample_value("jejak_consumer_stalled_seconds", labels)

    async def seen() -> bool:
        return all((stalled(group) or 0) > 0 for group in (still, never))

    async with leading(database.urls["ledger"], BPJS, Epoch("lag")) as lead:
        watching = asyncio.create_task(LagMonitor(kafka_server, [still, abreast, never, gone]).watch(lead))
        try:
            await until(seen)
            assert (stalled(abreast), stalled(gone)) == (0, None)
            await read_up_to(kafka_server, still, 3)

            async def goes_on() -> bool:
                return stalled(still) == 0

            await until(goes_on)
        finally:
            await cancel_and_wait(watching)


def test_a_group_of_bpjs_reads_a_topic_of_bpjs() -> None:
    groups = groups_of("sumbar", Source.of({"JEJAK_BPJS_GROUPS": '{"bridging": "sumbar.bpjs"}'}))
    assert Group("bridging", "sumbar.bpjs", "bpjs") in groups
    assert [group.name for group in groups if group.owner == "jejak"] == ["sumbar.bpjs_sync.replies"]
    with pytest.raises(SettingsError, match=r"sumbar\.bpjs"):
        groups_of("sumbar", Source.of({"JEJAK_BPJS_GROUPS": '{"bridging": "jejak.bpjs"}'}))


async def test_the_services_that_react_to_something_are_those_that_are_measured(database: Database) -> None:
    reacting = set()
    for name, build in BUILDS.items():
        async with runtime_of(database, name) as runtime:
            service = await build(runtime)
            if service.handlers and service.handlers.declared:
                reacting.add(name)
    assert {group.name for group in groups_of_cases("sumbar")} == {f"sumbar.{name}" for name in reacting}
