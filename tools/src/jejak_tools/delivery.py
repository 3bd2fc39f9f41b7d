"""Compares Kafka's topics with the ledger: lost, doubled, reordered and changed events."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord

from jejak.messaging.kafka.clients import client_settings
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local.postgres import connected

_PAUSE: Final = 0.1
_BATCH: Final = 2_000
_CASES: Final = "SELECT id, stream, version, sha256(payload) FROM es.event WHERE kind = 'case' ORDER BY position"
_SUBMISSIONS: Final = """
SELECT e.id, CASE WHEN e.type = 'SubmissionSent' THEN e.id ELSE m.submission END, e.version,
       coalesce(sha256(convert_to(m.body, 'UTF8')), '')
FROM es.event_json e LEFT JOIN bpjs.message m ON m.id = e.id
WHERE m.id IS NOT NULL OR (e.type = 'SubmissionSent' AND e.payload ->> 'to' = 'bpjs') ORDER BY e.position
"""
_PERSONAL: Final = b',"personal":'


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as stored or as delivered: its stream is the case, for BPJS the submission.

    `digest` is SHA-256 of its bytes; of messages to BPJS without the encrypted part.
    """

    id: UUID
    stream: UUID
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the topic differs from the ledger, in events."""

    stored: int
    lost: int
    doubled: int
    """Deliveries beyond an event's first."""
    reordered: int
    """Events whose first delivery came after that of a later one of the same case."""
    changed: int
    """Events with other bytes, another case or another version than the ledger's, or unknown to it."""

    @property
    def exact(self) -> bool:
        """Whether every event came once, whole and in its case's order."""
        return not (self.lost or self.doubled or self.reordered or self.changed)


def compare(stored: Iterable[Event], delivered: Iterable[Event]) -> Delivery:
    """Count the differences. `delivered` is in the order of delivery, per partition."""
    ledger = {event.id: event for event in stored}
    newest: dict[UUID, int] = {}
    seen: set[UUID] = set()
    doubled = reordered = changed = 0
    for event in delivered:
        if event.id in seen:
            doubled += 1
            continue
        seen.add(event.id)
        changed += ledger.get(event.id) != event
        reordered += event.version < newest.get(event.stream, 0)
        newest[event.stream] = max(event.version, newest.get(event.stream, 0))
    return Delivery(len(ledger), len(ledger.keys() - seen), doubled, reordered, changed)


@dataclass(frozen=True, slots=True)
class Topic:
    """The query for the events that a topic must hold, and the parser of its messages."""

    stored: str
    read: Callable[[ConsumerRecord], Event]


async def delivery(
    database_url: str, cluster: KafkaCluster, topic: str, of: Topic | None = None, *, patience: float = 20.0
) -> Delivery:
    """Compare the ledger (its cases, unless `of` is given) with a whole topic.

    Waits up to `patience` seconds for events still on their way to the topic or into the table.
    """
    of = of or CASES
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience
    while True:
        delivered = [of.read(record) async for record in whole_topic(cluster, topic)]
        difference = compare(await stored_events(database_url, of.stored), delivered)
        if not (difference.lost or difference.changed) or loop.time() > give_up:
            return difference
        await asyncio.sleep(_PAUSE)


async def stored_events(database_url: str, stored: str = _CASES) -> Sequence[Event]:
    """The events of a query: by default those of cases, without those of batches."""
    async with connected(database_url) as connection:
        return [Event(*row) for row in await connection.fetch(stored)]


async def whole_topic(cluster: KafkaCluster, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Every message of a topic, up to the present end of each partition."""
    reader = AIOKafkaConsumer(topic, **client_settings(cluster), enable_auto_commit=False, auto_offset_reset="earliest")
    await reader.start()
    try:
        partitions = sorted(reader.assignment())
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500, max_records=_BATCH)).values():
                for record in records:
                    yield record
    finally:
        await reader.stop()


def event_of(record: ConsumerRecord) -> Event:
    """The event of a message."""
    headers = {name: value.decode("ascii") for name, value in record.headers}
    digest = hashlib.sha256(record.value or b"").digest()
    return Event(UUID(headers["ce_id"]), UUID(headers["ce_subject"]), int(headers["version"]), digest)


def submission_of(record: ConsumerRecord) -> Event:
    """The event of a message to BPJS, without the encrypted part, which differs in every encryption."""
    headers = {name: value.decode("ascii") for name, value in record.headers}
    clear, personal, _ = (record.value or b"").partition(_PERSONAL)
    digest = hashlib.sha256(clear + b"}" * bool(personal)).digest()
    return Event(UUID(headers["ce_id"]), UUID((record.key or b"").decode()), int(headers["ce_sequence"]), digest)


CASES: Final = Topic(_CASES, event_of)
BPJS: Final = Topic(_SUBMISSIONS, submission_of)
"""Every submission to BPJS in the ledger, and the other messages to it."""
