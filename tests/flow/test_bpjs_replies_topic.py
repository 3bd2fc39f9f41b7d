"""The topic on which BPJS answers: an answer is stored before it is committed, any other message is rejected."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.parsing import EDITION_1, IncomingEdition
from bpjs_sync.replies.topic import RepliesTopic
from jejak.contracts.bpjs.messages import Reply
from jejak.contracts.bpjs.settlements import ReplyRejected
from jejak.contracts.bpjs.signature import verified
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.kafka.consumer_lag import Group, group_lag, measured_groups
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.delivery import whole_topic
from tests.batches import BROKEN, CODECS, send_raw
from tests.flow.test_topics import settings_of
from tests.servers import THIS_DATABASE, Database
from tests.signing import SIGNER, public
from tests.store.bpjs import runtime_of
from tests.store.ledger import until
from tests.store.replies import reply

BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_type", b"id.jejak.bpjs.reply.v1"),
    ("ce_id", b"1"),
    ("ce_source", b"/bpjs"),
    ("content-type", b"application/json"),
]
SECRET = "1399010101900001"


@dataclass(frozen=True, slots=True)
class Scene:
    """bpjs-sync's reader of one topic, a producer for it, and the inbox."""

    cluster: KafkaCluster
    topic: RepliesTopic
    producer: AIOKafkaProducer
    admin: asyncpg.Connection

    async def send(self, value: bytes | Reply | None, headers: Any = BINARY, partition: int = 0) -> int:
        body = value.model_dump_json().encode() if isinstance(value, Reply) else value
        sent = await self.producer.send_and_wait(
            self.topic.name, body, key=b"x", headers=list(headers), partition=partition
        )
        return int(sent.offset)

    async def stored(self, *replies: Reply) -> None:
        """Waits until these are in the inbox."""
        ids = {answer.id for answer in replies}

        async def there() -> bool:
            return ids <= {row[0] for row in await self.admin.fetch("SELECT id FROM bpjs.reply")}

        await until(there)

    async def committed_to_the_end(self, name: str | None = None) -> None:
        """Waits until Kafka shows no lag of a group: of this reader, unless another is named."""
        own = f"{self.topic.runtime.settings.topic_prefix}.bpjs_sync.replies"
        group = Group(name or own, self.topic.name, "jejak")

        async def nothing_left() -> bool:
            spans = (await measured_groups(self.cluster, [group])).get(group)
            return spans is not None and group_lag(spans.values()).lag == 0

        await until(nothing_left, 300)

    async def rejected(self, count: int) -> list[tuple[dict[str, str], ReplyRejected]]:
        """The rejections by offset, once there are `count`; each is signed."""
        records: list[Any] = []

        async def enough() -> bool:
            records[:] = [record async for record in whole_topic(self.cluster, self.topic.rejected)]
            return len(records) >= count

        await until(enough)
        ordered = sorted(records, key=lambda record: json.loads(record.value)["offset"])
        return [_as_signed(record) for record in ordered]


def _as_signed(record: Any) -> tuple[dict[str, str], ReplyRejected]:
    headers = {name: value.decode() for name, value in record.headers}
    signature = headers.pop("ce_signature")
    attributes = {name: value for name, value in headers.items() if name != "content-type"}
    signed = verified(signature, record.value, public())
    assert {f"ce_{name}": value for name, value in signed.items()} == attributes
    return headers, ReplyRejected.model_validate_json(record.value)


@asynccontextmanager
async def reading(
    database: Database, cluster: KafkaCluster, prefix: str, edition: IncomingEdition = EDITION_1
) -> AsyncIterator[Scene]:
    """A reader at work until the block is left."""
    async with runtime_of(database, "bpjs_sync", kafka=cluster, topic_prefix=prefix) as runtime:
        topic = RepliesTopic(runtime, Inbox(runtime), SIGNER, edition, partitions=2)
        await ensure_topic(cluster, topic.name, 2)
        producer, admin = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap), await asyncpg.connect(database.url)
        await producer.start()
        bus = Bus(cluster, "bpjs_sync")
        topic.subscribe(bus)
        try:
            async with supervised(bus):
                yield Scene(cluster, topic, producer, admin)
        finally:
            await producer.stop()
            await admin.close()


def answer(**changes: Any) -> Reply:
    return reply(uuid.uuid4(), "accepted", **changes)


async def test_answers_in_both_modes_are_stored_and_other_messages_are_rejected_without_their_body(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    binary, enclosed, null, last = answer(), answer(), answer(), answer()
    envelope = {name.removeprefix("ce_"): value.decode() for name, value in BINARY if name.startswith("ce_")}
    structured = json.dumps(envelope | {"data": json.loads(enclosed.model_dump_json())}).encode()
    good = answer().model_dump_json()
    other_type = [*BINARY[:1], ("ce_type", b"id.jejak.bpjs.reply.v2"), *BINARY[2:]]
    wrong: list[tuple[bytes | None, Any, str]] = [
        (SECRET.encode() + b"{", BINARY, "The value is no JSON: line 1, column 17."),
        (good.encode(), other_type, "The header ce_type is not id.jejak.bpjs.reply.v1."),
        (good.encode(), [], "The header ce_specversion is missing."),
        (good.encode(), [("content-type", b"application/avro")], "The header content-type is neither"),
        (good.encode(), [BINARY[0], ("ce_type", None), *BINARY[2:]], "The header ce_type is missing."),
        (None, BINARY, "The record has no value."),
        (b"x" * 40_000, BINARY, "The answer is larger than 32768 bytes."),
        (good.replace("accepted", SECRET).encode(), BINARY, "result is none of accepted, mend, rejected, active"),
        (good.replace('"reason"', f'"{SECRET}"').encode(), BINARY, "it has a field that is not in the schema"),
        (good.replace("accepted", "mend").encode(), BINARY, "reason is required for mend and rejected"),
        (good.replace("2022", "0001").encode(), BINARY, "a year that is not between"),
    ]
    async with reading(database, kafka_server, topic) as scene:
        await scene.send(binary)
        await scene.send(structured, [("content-type", b"application/cloudevents+json; charset=UTF-8")])
        await scene.send(null, [*BINARY[:-1], ("content-type", None), ("traceparent", None)])
        places = [await scene.send(value, headers) for value, headers, _ in wrong]
        await scene.send(last)

        await scene.stored(binary, enclosed, null, last)
        rejections = await scene.rejected(len(wrong))

        for (headers, rejection), place, (value, _, words) in zip(rejections, places, wrong, strict=True):
            assert (rejection.topic, rejection.partition, rejection.offset) == (scene.topic.name, 0, place)
            assert rejection.sha256 == hashlib.sha256(value or b"").hexdigest()
            assert words in rejection.reason
            assert SECRET not in rejection.model_dump_json() + str(headers)
            assert headers["ce_type"] == "id.jejak.bpjs.reply.rejected.v1"
            assert headers["ce_specversion"] == "1.0"
        named = [(str(rejection.reply), str(rejection.submission)) for _, rejection in rejections]
        assert (named[0], named[1]) == (
            ("None", "None"),
            tuple(json.loads(good)[name] for name in ("id", "submission")),
        )
        [row] = await scene.admin.fetch("SELECT * FROM bpjs.reply WHERE id = $1", last.id)
        assert (row["topic"], row["partition"], row["client"]) == (scene.topic.name, 0, None)


async def test_both_topics_keep_what_came_for_a_fortnight(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    async with reading(database, kafka_server, topic) as scene:
        await scene.send(b"")
        await scene.rejected(1)
        for name in (scene.topic.name, scene.topic.rejected):
            settings = await settings_of(kafka_server, name)
            assert settings["retention.ms"] == str(14 * 24 * 3600 * 1000)
            assert settings["message.timestamp.type"] == "LogAppendTime"


async def test_what_was_committed_is_not_read_again_and_what_was_not_is(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    first, second = answer(), answer()
    async with reading(database, kafka_server, topic) as scene:
        await scene.send(first)
        await scene.stored(first)
    async with reading(database, kafka_server, topic) as scene:
        await scene.send(first)
        await scene.send(second, partition=1)
        await scene.stored(second)

        async def counted() -> bool:
            return bool(await scene.admin.fetchval("SELECT times = 2 FROM bpjs.reply WHERE id = $1", first.id))

        await until(counted)


async def test_a_topic_deleted_and_made_again_is_read_from_its_beginning(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    before, after = [answer() for _ in range(5)], [answer() for _ in range(3)]
    async with reading(database, kafka_server, topic) as scene:
        for sent in before:
            await scene.send(sent)
        await scene.stored(*before)

        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
        await admin.start()
        await admin.delete_topics([scene.topic.name])

        async def made_again() -> bool:
            return scene.topic.name in await admin.list_topics()

        await until(made_again)
        await admin.close()
        for sent in after:
            await scene.send(sent)
        await scene.stored(*after)


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_batch_that_cannot_be_decoded_is_rejected_and_everything_around_it_is_stored(
    database: Database, kafka_server: KafkaCluster, topic: str, broken: str
) -> None:
    around = [answer() for _ in range(4)]
    async with reading(database, kafka_server, topic) as scene:
        for number, sent in enumerate(around[:2]):
            await scene.send(sent, partition=number)
        first = await send_raw(scene.producer, scene.topic.name, 0, BROKEN[broken]())
        for number, sent in enumerate(around[2:]):
            await scene.send(sent, partition=number)

        await scene.stored(*around)
        await scene.committed_to_the_end()
        rejections = await scene.rejected(1)

        assert [(rejection.partition, rejection.offset) for _, rejection in rejections] == [
            (0, first + place) for place in range(len(rejections))
        ]
        assert all("cannot be decoded" in rejection.reason for _, rejection in rejections)


@pytest.mark.parametrize("codec", CODECS)
async def test_an_answer_in_any_codec_is_stored_and_one_from_a_transaction_is_committed_to_its_end(
    database: Database, kafka_server: KafkaCluster, topic: str, codec: str
) -> None:
    packed, within = answer(), answer()
    async with reading(database, kafka_server, topic) as scene:
        other = AIOKafkaProducer(
            bootstrap_servers=kafka_server.bootstrap, compression_type=codec, transactional_id=scene.topic.name
        )
        await other.start()
        try:
            async with other.transaction():
                await other.send(scene.topic.name, packed.model_dump_json().encode(), headers=BINARY, partition=0)
                await other.send(scene.topic.name, within.model_dump_json().encode(), headers=BINARY, partition=1)
        finally:
            await other.stop()
        await scene.stored(packed, within)
        await scene.committed_to_the_end()


async def test_an_answer_from_a_plain_producer_is_stored_from_a_topic_that_packs_by_itself(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    plain = answer()
    await ensure_topic(kafka_server, f"{topic}.bpjs.replies", 2, configs={"compression.type": "zstd"})
    async with reading(database, kafka_server, topic) as scene:
        await scene.send(plain)
        await scene.stored(plain)


async def test_an_answer_that_the_database_refuses_is_rejected_and_the_others_are_stored(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    before, refused, after = answer(), answer(), answer()
    async with reading(database, kafka_server, topic) as scene:
        await scene.admin.execute(f"ALTER TABLE bpjs.reply ADD CHECK (id <> '{refused.id}')")
        for sent in (before, refused, after):
            await scene.send(sent)
        await scene.stored(before, after)
        [(_, rejection)] = await scene.rejected(1)
        assert (rejection.offset, rejection.reason) == (1, "The answer cannot be stored as it is.")


async def test_an_answer_waits_and_is_not_rejected_while_the_database_does_not_let_it_be_stored(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    waiting = answer()
    async with reading(database, kafka_server, topic) as scene:
        await scene.admin.execute("ALTER FUNCTION bpjs.take_replies RENAME TO taken_away")
        await scene.send(waiting)
        failed = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        before = await scene.admin.fetchval(failed)

        async def refused() -> bool:
            return bool(await scene.admin.fetchval(failed) > before + 1)

        await until(refused)
        await scene.admin.execute("ALTER FUNCTION bpjs.taken_away RENAME TO take_replies")
        await scene.stored(waiting)
        await scene.committed_to_the_end()
        assert not [record async for record in whole_topic(kafka_server, scene.topic.rejected)]


async def test_while_answers_cannot_be_stored_none_is_committed(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    held = answer()
    async with reading(database, kafka_server, topic) as scene:
        lock = await asyncpg.connect(database.url)
        transaction = lock.transaction()
        await transaction.start()
        await lock.execute("LOCK TABLE bpjs.reply IN EXCLUSIVE MODE")
        await scene.send(held)

        async def waits() -> bool:
            return bool(
                await lock.fetchval(
                    "SELECT EXISTS (SELECT FROM pg_locks"  # noqa: S608 - constants of the tests
                    f" WHERE relation = 'bpjs.reply'::regclass AND NOT granted AND {THIS_DATABASE})"
                )
            )

        await until(waits)
        group = f"{topic}.bpjs_sync.replies"
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server.bootstrap)
        await admin.start()
        committed = await admin.list_consumer_group_offsets(group)
        await admin.close()
        assert sum(max(place.offset, 0) for place in committed.values()) == 0

        await transaction.rollback()
        await lock.close()
        await scene.stored(held)
        assert held.replied_at == datetime(2022, 7, 4, tzinfo=UTC)
