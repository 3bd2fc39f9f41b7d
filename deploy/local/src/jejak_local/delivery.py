"""What Kafka delivered, held against the ledger: lost, delivered twice, out of order, changed on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord

_PAUSE: Final = 0.1
_BATCH: Final = 2_000
_STORED: Final = "SELECT id, stream, version, sha256(payload) FROM es.event WHERE kind = 'case' ORDER BY position"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as stored or as delivered. `digest` is SHA-256 of its bytes."""

    id: UUID
    stream: UUID
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """How what was delivered differs from what is stored, in events."""

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
    ledger = {one.id: one for one in stored}
    newest: dict[UUID, int] = {}
    seen: set[UUID] = set()
    doubled = reordered = changed = 0
    for one in delivered:
        if one.id in seen:
            doubled += 1
            continue
        seen.add(one.id)
        changed += ledger.get(one.id) != one
        reordered += one.version < newest.get(one.stream, 0)
        newest[one.stream] = max(one.version, newest.get(one.stream, 0))
    return Delivery(len(ledger), len(ledger.keys() - seen), doubled, reordered, changed)


async def delivery(database_url: str, bootstrap: str, topic: str, *, patience: float = 20.0) -> Delivery:
    """Compare the ledger's cases with the whole topic. Waits up to `patience` seconds for what is still on its way."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience
    while True:
        delivered = [event_of(record) async for record in whole_topic(bootstrap, topic)]
        found = compare(await stored_events(database_url), delivered)
        if not found.lost or loop.time() > give_up:
            return found
        await asyncio.sleep(_PAUSE)


async def stored_events(database_url: str) -> Sequence[Event]:
    """Every event of a case: what batches say of themselves is not for that topic."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(_STORED)
    finally:
        await connection.close()
    return [Event(*row) for row in rows]


async def whole_topic(bootstrap: str, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Every message of a topic from the oldest on, up to where each partition ends now."""
    reader = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await reader.start()
    try:
        partitions = sorted(reader.assignment())
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(one) < ends[one] for one in partitions]):
            for records in (await reader.getmany(timeout_ms=500, max_records=_BATCH)).values():
                for record in records:
                    yield record
    finally:
        await reader.stop()


def event_of(record: ConsumerRecord) -> Event:
    """A message as the event it says it is."""
    headers = {name: value.decode("ascii") for name, value in record.headers}
    digest = hashlib.sha256(record.value or b"").digest()
    return Event(UUID(headers["ce_id"]), UUID(headers["ce_subject"]), int(headers["version"]), digest)
