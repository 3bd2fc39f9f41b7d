"""Answers of BPJS by message: how many a second are stored durably, and how many are put on their cases.

An answer counts once it is stored and its offset may be committed. A minute's flood stands on the topic, and one
process of bpjs-sync stores it without putting any on a case; then one answer for each case is put on it.
"""

from __future__ import annotations

import asyncio
import resource
import time
import uuid
from dataclasses import dataclass

import asyncpg
from aiokafka import AIOKafkaProducer

from bpjs_sync.replies.inbox import Inbox, IncomingReply, ReplyOrigin
from bpjs_sync.replies.reply_applier import ReplyApplier
from bpjs_sync.replies.topic import RepliesTopic
from jejak.contracts.bpjs.messages import V1
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.kafka.topics import end_offsets, ensure_topic
from jejak.platform.kafka_cluster import KafkaCluster
from tests.servers import Database
from tests.signing import SIGNER
from tests.store.bpjs import monthly, runtime_of, town
from tests.store.replies import TOLD, reply

FLOOD = 60_000
CASES = 400
_PREFIX = "bench"


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Answers a second stored and put; by how much the process's peak of memory rose over the flood (MB)."""

    taken_per_s: float
    put_per_s: float
    megabytes: float


async def measure(database: Database, cluster: KafkaCluster) -> Absorbed:
    """On a migrated, durable database and a broker."""
    topic = f"{_PREFIX}.{V1.replies}"
    await ensure_topic(cluster, topic, 8)
    await _flood(cluster, topic)
    admin = await asyncpg.connect(database.url)
    try:
        taken, megabytes = await _taken(database, cluster, topic, admin)
        await admin.execute("DELETE FROM bpjs.settled")
        await admin.execute("DELETE FROM bpjs.reply")
        return Absorbed(taken, await _put(database, admin), megabytes)
    finally:
        await admin.close()


async def _flood(cluster: KafkaCluster, topic: str) -> None:
    """Every third answer has a reason, so that it has something to seal."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_type", V1.ce_type("reply").encode()),
        ("ce_id", b"1"),
        ("ce_source", b"/b"),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, linger_ms=20, max_batch_size=256 * 1024)
    await producer.start()
    try:
        for number in range(FLOOD):
            answer = reply(uuid.uuid4(), "mend" if number % 3 == 0 else "accepted")
            await producer.send(topic, answer.model_dump_json().encode(), key=answer.submission.bytes, headers=headers)
    finally:
        await producer.stop()
    assert sum(await end_offsets(cluster, topic)) == FLOOD


async def _taken(
    database: Database, cluster: KafkaCluster, topic: str, admin: asyncpg.Connection
) -> tuple[float, float]:
    async with runtime_of(database, "bpjs_sync", kafka=cluster, topic_prefix=_PREFIX) as runtime:
        reader = RepliesTopic(runtime, Inbox(runtime), SIGNER)
        before, began, first = _peak(), time.perf_counter(), 0
        bus = Bus(cluster, "bpjs_sync")
        reader.subscribe(bus)
        async with supervised(bus):
            while (stored := await admin.fetchval("SELECT count(*) FROM bpjs.reply")) < FLOOD:
                if not stored:  # the joining of the group does not count
                    began = time.perf_counter()
                elif not first:
                    first = stored
                await asyncio.sleep(0.05)
            return (FLOOD - first) / (time.perf_counter() - began), _peak() - before


async def _put(database: Database, admin: asyncpg.Connection) -> float:
    """Answers to real cases, sent with one batch: half are accepted, half are active at once, which ends two tasks."""
    async with town(database, monthly()) as office:
        await office.at("2022-07-04 09:00")
        for _ in range(CASES):
            await office.submit()
        answer = await office.post("/batches/13.99/bulanan/close")
        assert answer.status_code == 201, answer.text
        await admin.execute(TOLD)
        sent = [row[0] for row in await admin.fetch("SELECT submission FROM bpjs.message")]
        inbox = Inbox(office.runtime)
        replies = [reply(submission, "active" if number % 2 else "accepted") for number, submission in enumerate(sent)]
        await inbox.store(ReplyOrigin(client="bench"), [IncomingReply(submission) for submission in replies])
        putting = ReplyApplier(office.runtime.command_handler, office.runtime.settings.hmac_key, inbox)
        began = time.perf_counter()
        while await putting.work():
            pass
        seconds = time.perf_counter() - began
    applied = await admin.fetchval("SELECT count(*) FROM bpjs.reply WHERE state = 'applied'")
    assert applied == len(sent) == CASES, (applied, len(sent))
    return CASES / seconds


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
