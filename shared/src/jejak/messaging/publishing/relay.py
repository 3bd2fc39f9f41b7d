"""A relay publishes records of the ledger on Kafka, at least once, in order per key at their first publication.

The event table is the outbox. A window is sent as one batch per partition, and the checkpoint moves only when all of it
is acknowledged; so no later message of a key can arrive before an earlier one. After any failure the broker is dropped,
and a new one restarts from the checkpoint.

A window goes to aiokafka's producer as whole batches: sent message by message, the records of a partition could go in
two batches, of which the first may fail and the second arrive.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from functools import partial
from operator import ge
from typing import Any, Final, Protocol

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from prometheus_client import Counter, Gauge

from jejak.contracts.envelope import Event
from jejak.eventstore.postgres.leader_election import Leadership, LeadershipLost
from jejak.messaging.broker import Bus, connected
from jejak.messaging.envelope import headers_of
from jejak.messaging.kafka.topics import admin_client, end_offsets, ensure_topic, offset_reader, partitions_of
from jejak.messaging.publishing.background_step import BackgroundStep
from jejak.messaging.publishing.event_log import EventWindow, Positioned
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.spans import span
from jejak.platform.trace import TRACEPARENT, Trace

WINDOW: Final = 1_000
_SEND_SECONDS: Final = 15
_IDLE_SECONDS: Final = 5.0
"""How often an idle relay checks that Kafka still has the published messages."""
_GONE_SECONDS: Final = 3.0
"""Seconds after which a topic that does not answer counts as gone, and is made again."""
_CHECKPOINT_SECONDS: Final = 0.25
"""Seconds between stored checkpoints, and between measures of the lag: about so long a run of messages is published
twice after a crash or a stop."""
_PAUSE: Final = 0.5
_UNPUBLISHABLE_SECONDS: Final = 3.0
"""Seconds between attempts at a message that cannot be published until a person acts."""
_ON_DISK: Final = "set_config('synchronous_commit', 'on', true)"
"""Terms and replays survive a crash of PostgreSQL."""
_LATER: Final = "set_config('synchronous_commit', 'off', true)"
"""A position that a crash takes back is only published again."""
_WINDOW_BEGINS: Final = """
SELECT min(e.position + 0) - 1 FROM es.event e WHERE e.recorded_at >= (SELECT es.now()) - $3::interval
"""
"""Uses the index on times: without the + 0 PostgreSQL would search from the very first event."""
_DATED: Final = {"message.timestamp.type": "LogAppendTime"}
"""By the clock of the broker: it refuses messages dated an hour ahead, and deletes early what is dated too far back."""
_TRACES: Final = "SELECT position, traceparent FROM es.trace WHERE position > $1 AND position <= $2"
_AGE: Final = """
SELECT extract(epoch FROM es.now() - recorded_at)::float8 FROM es.event
WHERE position > $1 AND position <= $2 ORDER BY position LIMIT 1
"""

_log = structlog.get_logger()
_PUBLISHED = Counter("jejak_relay_events_total", "Events published on Kafka", ["topic", "replay"])
_RESTARTS = Counter("jejak_relay_restarts_total", "Restarts of a relay from its checkpoint", ["topic", "reason"])
_LEADS = Gauge("jejak_relay_leader", "1 while this process publishes", ["topic"])
_LAG = Gauge("jejak_relay_lag_positions", "Positions of the ledger not yet on Kafka", ["topic"])
_LAG_SECONDS = Gauge("jejak_relay_lag_seconds", "Age of the oldest event not yet on Kafka", ["topic"])


class KafkaErased(Exception):
    """Kafka no longer holds messages that it had acknowledged."""


class UnpublishableError(Exception):
    """The next message cannot be published as required. None is passed over: it is tried again. Holds a reason code."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and how it is published. `retention`: how much is published again when Kafka was erased.

    `pace`: seconds from one window to the next, unless one is full: broker and consumers pay per window, not per event.
    `window_begins`: SQL for the position after which the retention window ($3, an interval) begins. Times do not grow
    with positions where a clock was wrong: so it is the first position young enough, not the last that is too old.
    `age`: SQL for the seconds since the first record after a position ($1) and up to another ($2).
    """

    cluster: KafkaCluster
    name: str
    partitions: int = 8
    retention: timedelta = timedelta(days=7)
    configs: Mapping[str, str] = field(default_factory=dict)
    pace: float = 0.03
    window_begins: str = _WINDOW_BEGINS
    age: str = _AGE
    traces: str | None = _TRACES
    """SQL for the trace of each record after a position ($1) and up to another ($2); None where records have none."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The progress of a leader: its last published position, and the end offsets that Kafka then had."""

    term: int
    position: int
    replay_until: int
    ends: Sequence[int]
    epoch: uuid.UUID


_COLUMNS: Final = ", ".join(column.name for column in fields(Checkpoint))


@dataclass(frozen=True, slots=True)
class Record:
    """One message for Kafka, and its position in the ledger."""

    position: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    replay: bool

    def traced(self, traceparent: str | None) -> "Record":
        """With the trace of its event; without one as it is."""
        if traceparent is None:
            return self
        return replace(self, headers=[*self.headers, (TRACEPARENT, traceparent.encode())])


class MessageMapper[T: Positioned](Protocol):
    """Makes the messages of a topic from records of the ledger."""

    async def records(self, window: Sequence[T], epoch: str, replay_until: int) -> Sequence[Record]:
        """The messages of a window, in order, without what is not for this topic. UnpublishableError for none of it."""
        ...


class CaseEventMapper:
    """Events of cases for `jejak.cases`, each as it is stored."""

    async def records(self, window: Sequence[Event], epoch: str, replay_until: int) -> Sequence[Record]:
        return [_case_record(event, epoch, event.position <= replay_until) for event in window if event.kind == "case"]


def _case_record(event: Event, epoch: str, replay: bool) -> Record:
    headers = headers_of(event, epoch=epoch, replay=replay)
    return Record(event.position, str(event.stream).encode(), event.payload, headers, replay)


class Relay[T: Positioned]:
    """Publishes a window of the ledger to one topic, while it leads."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", window: EventWindow[T], topic: Topic, mapper: MessageMapper[T]
    ) -> None:
        self._pool, self._window, self._topic, self._mapper = pool, window, topic, mapper
        self._published: Checkpoint
        self._stored: Checkpoint
        self._erased = False
        """Kafka has lost messages that are not yet being replayed: messages published since may hide it."""

    async def publish(self, lead: Leadership) -> None:
        """Publishes as long as the leadership is held, and restarts after every failure of Kafka. LeadershipLost."""
        _LEADS.labels(self._topic.name).set(1)
        try:
            await self._lead(lead)
        except LeadershipLost as error:
            self._restarted("leadership", error)
            raise
        finally:
            _LEADS.labels(self._topic.name).set(0)

    async def _lead(self, lead: Leadership) -> None:
        self._published = self._stored = await self._take_over()
        while lead.held:
            try:
                self._published = self._stored = await self._checked(self._published)
                cluster = self._topic.cluster
                async with (
                    connected(Bus(cluster, "relay")) as bus,
                    admin_client(cluster) as admin,
                    offset_reader(cluster) as reader,
                ):
                    kept = partial(self._check_kept, admin, reader)
                    await self._publish_for_ever(lead, bus.aiokafka_producer, kept)
            except KafkaErased:
                self._erased = True
                _log.warning("kafka_erased", topic=self._topic.name, position=self._published.position)
                self._published = self._stored = await self._begin_replay(self._stored.term, self._published.position)
                self._erased = False
            except UnpublishableError as reason:
                await self._pause(str(reason), reason, _UNPUBLISHABLE_SECONDS)
            except (KafkaError, TimeoutError) as error:
                await self._pause("kafka", error, _PAUSE)

    async def _pause(self, reason: str, error: Exception, seconds: float) -> None:
        """Stores the checkpoint, and continues from it after a while."""
        self._restarted(reason, error)
        await self._store()
        await asyncio.sleep(seconds)
        self._published = self._stored = await self._read()

    async def _publish_for_ever(
        self, lead: Leadership, producer: AIOKafkaProducer, check_kept: Callable[[], Awaitable[None]]
    ) -> None:
        """Window after window. The checkpoint is stored a few times a second, while the next window is made."""
        clock = asyncio.get_running_loop().time
        store_at, check_at = 0.0, clock() + _IDLE_SECONDS
        async with BackgroundStep() as storing:
            while lead.held:
                before = self._published
                patience = _IDLE_SECONDS if before is self._stored else _CHECKPOINT_SECONDS
                window, reach = await self._window.after(before.position, WINDOW, patience)
                began = clock()
                if reach > before.position:
                    if len(await producer.partitions_for(self._topic.name)) != len(before.ends):
                        raise KafkaErased
                    records = await self._mapper.records(window, str(before.epoch), before.replay_until)
                    self._published = await self._send_traced(producer, records, reach, before)
                    check_at = clock() + _IDLE_SECONDS if records else check_at
                if clock() >= check_at:
                    await check_kept()
                    check_at = clock() + _IDLE_SECONDS
                if clock() >= store_at or reach == before.position:
                    await storing.begin(self._store())
                    store_at = clock() + _CHECKPOINT_SECONDS
                if 0 < len(window) < WINDOW:
                    await asyncio.sleep(max(0.0, began + self._topic.pace - clock()))

    async def _check_kept(self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> None:
        """KafkaErased where the topic is gone, is another, or ends before what was published.

        TimeoutError where Kafka does not answer.
        """
        name = self._topic.name
        async with asyncio.timeout(_GONE_SECONDS):
            partitions = (await partitions_of(admin, [name])).get(name, [])
            if len(partitions) != len(self._published.ends):
                raise KafkaErased
            ends = await reader.end_offsets(partitions)
        if not _holds([ends[partition] for partition in partitions], self._published):
            raise KafkaErased

    async def _store(self) -> None:
        """Stores the checkpoint and measures the lag: the age of the oldest waiting record only where one waits."""
        published = self._published
        if published is not self._stored:
            await self._advance(self._stored, published)
            self._stored = published
        head, topic = self._window.head, self._topic.name
        behind = max(0, head - published.position)
        _LAG.labels(topic).set(behind)
        age = await self._pool.fetchval(self._topic.age, published.position, head) if behind else None
        _LAG_SECONDS.labels(topic).set(max(0.0, age or 0.0))

    async def _send_traced(
        self, producer: AIOKafkaProducer, records: Sequence[Record], reach: int, checkpoint: Checkpoint
    ) -> Checkpoint:
        """As `_send`, each record with the trace of its event, in the header `traceparent`."""
        query, found = self._topic.traces, dict[int, str]()
        if query and records:
            rows = await self._pool.fetch(query, records[0].position - 1, records[-1].position)
            found = {row["position"]: row["traceparent"] for row in rows}
        traced = [record.traced(found.get(record.position)) for record in records]
        links = {parsed.trace_id: parsed for text in found.values() if (parsed := Trace.parse(text))}
        name, count = f"publish {self._topic.name}", {"messaging.batch.message_count": len(records)}
        with span(name, "producer", links=links.values(), attributes=count):
            return await self._send(producer, traced, reach, checkpoint)

    async def _send(
        self, producer: AIOKafkaProducer, records: Sequence[Record], reach: int, checkpoint: Checkpoint
    ) -> Checkpoint:
        """Sends one batch per partition; returns the new checkpoint. A full batch ends the window before its record."""
        partitions = range(len(checkpoint.ends))
        batches: dict[int, Any] = {}
        counts = {True: 0, False: 0}
        for record in records:
            partition: int = DefaultPartitioner()(record.key, partitions, partitions)
            batch = batches.get(partition)
            if batch is None:
                batch = batches[partition] = producer.create_batch()
            if batch.append(timestamp=None, key=record.key, value=record.value, headers=record.headers) is None:
                reach = record.position - 1
                break
            counts[record.replay] += 1
        async with asyncio.timeout(_SEND_SECONDS):
            sent = [
                await producer.send_batch(batch, self._topic.name, partition=partition)
                for partition, batch in batches.items()
            ]
            acknowledged = await asyncio.gather(*sent)
        for replay, count in counts.items():
            _PUBLISHED.labels(self._topic.name, str(replay).lower()).inc(count)
        ends = list(checkpoint.ends)
        for receipt in acknowledged:
            if receipt.offset < ends[receipt.partition]:
                raise KafkaErased
            ends[receipt.partition] = receipt.offset + batches[receipt.partition].record_count()
        return replace(checkpoint, position=reach, ends=ends)

    async def _checked(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint, with end offsets, once the topic exists. KafkaErased where it lost messages."""
        topic = self._topic
        configs = {**_DATED, **topic.configs}
        made = await ensure_topic(topic.cluster, topic.name, topic.partitions, configs)
        ends = await end_offsets(topic.cluster, topic.name)
        if self._erased or (checkpoint.ends and (made or not _holds(ends, checkpoint))):
            raise KafkaErased
        return checkpoint if checkpoint.ends else replace(checkpoint, ends=ends)

    # The checkpoint: one row, compared and set

    async def _take_over(self) -> Checkpoint:
        """The checkpoint of the previous leader; in a new epoch, the beginning of the retention window.

        Up to that checkpoint the records of the old epoch are in this ledger and were published; of later ones nothing
        is known.
        """
        row = await self._pool.fetchrow(
            "INSERT INTO es.checkpoint AS r (topic, term, epoch) SELECT $1, 1, epoch FROM es.epoch"  # noqa: S608 - a constant
            " ON CONFLICT (topic) DO UPDATE SET term = r.term + 1"
            f" RETURNING {_COLUMNS}, (SELECT epoch FROM es.epoch) AS now, {_ON_DISK}",
            self._topic.name,
        )
        checkpoint = _checkpoint(row)
        _log.info("relay_leads", topic=self._topic.name, position=checkpoint.position, term=checkpoint.term)
        if row is not None and row["now"] == checkpoint.epoch:
            return checkpoint
        _log.warning("epoch_replayed", topic=self._topic.name, position=checkpoint.position)
        return await self._begin_replay(checkpoint.term, checkpoint.position)

    async def _read(self) -> Checkpoint:
        """The stored checkpoint of this leader. LeadershipLost if another has taken over."""
        row = await self._pool.fetchrow(
            f"SELECT {_COLUMNS} FROM es.checkpoint WHERE topic = $1 AND term = $2",  # noqa: S608 - column names only
            self._topic.name,
            self._stored.term,
        )
        return _checkpoint(row)

    async def _advance(self, before: Checkpoint, now: Checkpoint) -> None:
        """Moves the stored checkpoint, unless it is there already. LeadershipLost when another leader has moved it."""
        moved = await self._pool.fetchval(
            "UPDATE es.checkpoint SET position = $4, ends = $5 WHERE topic = $1 AND term = $2 AND position IN ($3, $4)"  # noqa: S608 - a constant
            f" RETURNING true, {_LATER}",
            self._topic.name,
            before.term,
            before.position,
            now.position,
            now.ends,
        )
        if not moved:
            raise LeadershipLost

    async def _begin_replay(self, term: int, published: int) -> Checkpoint:
        """Goes back to the beginning of the retention window; all messages published before are replays."""
        row = await self._pool.fetchrow(
            "UPDATE es.checkpoint AS r SET ends = '{}', replay_until = greatest(r.replay_until, r.position, $4),"  # noqa: S608
            f" position = least(r.position, coalesce(({self._topic.window_begins}), r.position)),"
            " epoch = (SELECT epoch FROM es.epoch)"
            f" WHERE topic = $1 AND term = $2 RETURNING {_COLUMNS}, {_ON_DISK}",
            self._topic.name,
            term,
            self._topic.retention,
            published,
        )
        return _checkpoint(row)

    def _restarted(self, reason: str, error: Exception) -> None:
        _RESTARTS.labels(self._topic.name, reason).inc()
        _log.warning("relay_begins_again", topic=self._topic.name, reason=reason, error=type(error).__name__)


def _holds(ends: Sequence[int], checkpoint: Checkpoint) -> bool:
    """Whether a topic with these end offsets still has all messages up to the checkpoint."""
    return len(ends) == len(checkpoint.ends) and all(map(ge, ends, checkpoint.ends))


def _checkpoint(row: asyncpg.Record | None) -> Checkpoint:
    if row is None:
        raise LeadershipLost
    return Checkpoint(*row[: len(fields(Checkpoint))])
