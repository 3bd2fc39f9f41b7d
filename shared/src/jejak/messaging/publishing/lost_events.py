"""What a restored event store has lost: events of cases that Kafka still holds and the store does not.

A restore to a point in time takes back what was recorded after it. The relay had published most of that, so the topic
names it: letters with their numbers, submissions to BPJS, cases. Events of the last moments before the disaster may be
missing on Kafka too, and everything is, if Kafka was lost with the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from aiokafka.errors import KafkaError

from jejak.messaging.envelope import TYPE
from jejak.messaging.kafka.topics import admin_client, offset_reader, partitions_of
from jejak.timekeeping.dates import cursor_instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import asyncpg
    from aiokafka import ConsumerRecord

    from jejak.platform.kafka_cluster import KafkaCluster

_MARGIN: Final = timedelta(hours=1)
"""A message is published after its event is recorded; clocks of several hosts may differ by this much."""
_CHECKED_AT_ONCE: Final = 1_000
_POLL_MS: Final = 500
_SILENT_POLLS: Final = 60
_NEWEST: Final = "SELECT recorded_at FROM es.event ORDER BY position DESC LIMIT 1"
_HELD: Final = """
SELECT e.id FROM unnest($1::uuid[], $2::bigint[]) AS n (stream, version)
JOIN es.stream s ON s.key = n.stream JOIN es.event e ON e.stream_no = s.stream_no AND e.version = n.version
"""


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event as its message names it. `payload` is as it was stored: personal fields sealed."""

    id: UUID
    type: str
    case: UUID
    version: int
    office: str
    position: int
    recorded_at: datetime
    payload: bytes


@dataclass(frozen=True, slots=True)
class LostEvents:
    """The events of cases that are on Kafka and not in the store, in the order of their positions.

    `last_position` is the highest position that any message read has, of a lost event or not; 0 for an empty topic.
    `unread` counts messages that the relay did not write. `since`: messages of before were not read.
    """

    events: Sequence[PublishedEvent]
    last_position: int
    unread: int
    since: datetime


async def lost_events(
    connection: asyncpg.Connection[Any], cluster: KafkaCluster, topic: str, restored_to: datetime | None = None
) -> LostEvents:
    """Reads the topic from an hour before the moment to which the store was restored. KafkaError if it cannot be read.

    By default that moment is the newest event's, which is true until the restored store records another event. An event
    whose case continued otherwise since then is lost too: another event has its place.
    """
    newest = restored_to or await connection.fetchval(_NEWEST)
    since = newest - _MARGIN if newest else datetime(1970, 1, 1, tzinfo=UTC)
    published: dict[UUID, PublishedEvent] = {}
    unread = 0
    async for record in _records(cluster, topic, since):
        try:
            event = _event_of(record)
        except (KeyError, ValueError):
            unread += 1
        else:
            published.setdefault(event.id, event)
    held: set[UUID] = set()
    for some in batched(published.values(), _CHECKED_AT_ONCE, strict=False):
        columns = [event.case for event in some], [event.version for event in some]
        held.update(row[0] for row in await connection.fetch(_HELD, *columns))
    lost = sorted((event for event in published.values() if event.id not in held), key=lambda event: event.position)
    return LostEvents(lost, max((event.position for event in published.values()), default=0), unread, since)


async def _records(cluster: KafkaCluster, topic: str, since: datetime) -> AsyncIterator[ConsumerRecord]:
    """The messages of a topic that were published from `since` on, up to the present end of each partition."""
    async with admin_client(cluster) as admin:
        partitions = (await partitions_of(admin, [topic])).get(topic)
    if not partitions:
        raise KafkaError(f"the topic {topic} does not exist")
    async with offset_reader(cluster) as reader:
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        begins = await reader.offsets_for_times(dict.fromkeys(partitions, int(since.timestamp() * 1000)))
        for partition in partitions:
            begin = begins[partition]
            reader.seek(partition, ends[partition] if begin is None else begin.offset)
        silent = 0
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            polled = await reader.getmany(timeout_ms=_POLL_MS)
            silent = 0 if polled else silent + 1
            if silent > _SILENT_POLLS:
                raise KafkaError(f"the topic {topic} is not read to its end")
            for records in polled.values():
                for record in records:
                    yield record


def _event_of(record: ConsumerRecord) -> PublishedEvent:
    """KeyError or ValueError for a message that the relay did not write."""
    headers = {name: (value or b"").decode() for name, value in record.headers}
    return PublishedEvent(
        id=UUID(headers["ce_id"]),
        type=headers["ce_type"].removeprefix(TYPE),
        case=UUID(headers["ce_subject"]),
        version=int(headers["version"]),
        office=headers["office"],
        position=int(headers["position"]),
        recorded_at=cursor_instant(headers["ce_time"]),
        payload=record.value or b"",
    )
