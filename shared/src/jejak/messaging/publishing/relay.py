"""A relay: what stands in a stretch of the ledger is said on Kafka, at least once, in order per key at first mention.

The event table is the outbox. A window goes out as one batch a partition, and only when all of it is acknowledged does
the checkpoint move; so nothing later of a key can arrive before something earlier. Whatever fails, the broker is
thrown away and a new one begins at the checkpoint.

A window is given to the producer beneath FastStream as whole batches: message by message, what is sent of a partition
could go in two batches, of which the first may fail and the second arrive.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, Protocol

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2
from prometheus_client import Counter, Gauge

from jejak.contracts.envelope import Event
from jejak.eventstore.postgres import leader_election
from jejak.eventstore.postgres.leader_election import LeadershipLost
from jejak.messaging.broker import Bus, connected
from jejak.messaging.envelope import headers_of
from jejak.messaging.kafka.topics import end_offsets, ensure_topic
from jejak.messaging.publishing.background_step import BackgroundStep
from jejak.messaging.publishing.event_log import EventWindow, Positioned

WINDOW: Final = 1_000
_SEND_SECONDS: Final = 15
_IDLE_SECONDS: Final = 5.0
"""How often a silent relay looks whether Kafka still has what it was given."""
_FOUND_WITHIN: Final = 3.0
"""Seconds after which a topic that was there is taken to be gone, and is made again."""
_NOTE_EVERY: Final = 0.25
"""Seconds between notes of how far it came, and of how old what still waits is: about so much is said twice
after a crash or a stop."""
_PAUSE: Final = 0.5
_UNTIL_MENDED: Final = 3.0
"""How often it is tried again to say what needs a person first."""
_ON_DISK: Final = "set_config('synchronous_commit', 'on', true)"
"""Terms and replays outlive a crash of PostgreSQL; what a checkpoint loses by one is only said again."""
_STANDS: Final = "term, position, replay_until, ends, epoch"
_WINDOW_BEGINS: Final = """
SELECT min(e.position + 0) - 1 FROM es.event e WHERE e.recorded_at >= (SELECT es.now()) - $3::interval
"""
"""By the index on times: without the + 0 it is looked for from the first event there ever was."""
_AGE: Final = """
SELECT extract(epoch FROM es.now() - recorded_at)::float8 FROM es.event
WHERE position > $1 AND position <= $2 ORDER BY position LIMIT 1
"""

_log = structlog.get_logger()
_PUBLISHED = Counter("jejak_relay_events_total", "Events said on Kafka", ["topic", "replay"])
_RESTARTS = Counter("jejak_relay_restarts_total", "Times a relay began again at its checkpoint", ["topic", "reason"])
_LEADS = Gauge("jejak_relay_leader", "1 while this process publishes", ["topic"])
_LAG = Gauge("jejak_relay_lag_positions", "Positions of the ledger not yet on Kafka", ["topic"])
_LAG_SECONDS = Gauge("jejak_relay_lag_seconds", "Age of the oldest event not yet on Kafka", ["topic"])


class KafkaErased(Exception):
    """Kafka no longer holds what it had acknowledged."""


class UnpublishableError(Exception):
    """What is next cannot be said as it has to be. Nothing is passed over: it is tried again. Holds a reason code."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What is published, and how. `retention`: how much is said again when Kafka was lost.

    `pace`: seconds from one window to the next, unless one is full: broker and consumers pay by the window, not by the
    event. `window_begins`: SQL for the position after which the retention window ($3, an interval) begins. Times do not
    grow with positions where a clock was wrong: so it is the first that is young enough, not the last that is too old.
    `age`: SQL for the seconds since the first after a position ($1) and up to another ($2).
    """

    bootstrap: str
    name: str
    partitions: int = 8
    replicas: int = 1
    retention: timedelta = timedelta(days=7)
    configs: Mapping[str, str] = field(default_factory=dict)
    pace: float = 0.03
    window_begins: str = _WINDOW_BEGINS
    age: str = _AGE

    def partition_of(self, key: bytes, count: int) -> int:
        """As Kafka's own clients choose it."""
        return int((murmur2(key) & 0x7FFFFFFF) % count)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far this leader has come."""

    term: int
    position: int
    replay_until: int
    ends: tuple[int, ...]
    epoch: uuid.UUID


@dataclass(frozen=True, slots=True)
class Record:
    """One message as it goes to Kafka, and where in the ledger it stands."""

    position: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    replay: bool


class MessageMapper[T: Positioned](Protocol):
    """How a stretch is said."""

    async def records(self, window: Sequence[T], epoch: str, replay_until: int) -> Sequence[Record]:
        """The messages of a window, in order; what is not for this topic is left out. CannotSay for none of it now."""
        ...


class CaseEventMapper:
    """Events of cases as `jejak.cases` has them."""

    async def records(self, window: Sequence[Event], epoch: str, replay_until: int) -> Sequence[Record]:
        """Each event as it is stored."""
        return [_of_case(event, epoch, replay_until) for event in window if event.kind == "case"]


def _of_case(event: Event, epoch: str, replay_until: int) -> Record:
    replay = event.position <= replay_until
    headers = headers_of(event, event.office, epoch=epoch, replay=replay)
    return Record(event.position, str(event.stream).encode(), event.payload, headers, replay)


class Relay[T: Positioned]:
    """Publishes a stretch to one topic, while it leads."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", stretch: EventWindow[T], topic: Topic, speech: MessageMapper[T]
    ) -> None:
        self._pool, self._stretch, self._topic, self._speech = pool, stretch, topic, speech
        self._said: Checkpoint
        self._noted: Checkpoint
        self._lost = False
        """Kafka has lost something that is not yet being said again: what was said since may hide it."""

    async def publish(self, lead: leader_election.Leadership) -> None:
        """As long as it is held: publish, and begin again whatever Kafka does. LeadershipLost to another."""
        _LEADS.labels(self._topic.name).set(1)
        try:
            await self._lead(lead)
        except LeadershipLost as error:
            self._restarted("leadership", error)
            raise
        finally:
            _LEADS.labels(self._topic.name).set(0)

    async def _lead(self, lead: leader_election.Leadership) -> None:
        self._said = self._noted = await self._take_over()
        while lead.held:
            try:
                self._said = self._noted = await self._standing(self._said)
                async with connected(Bus(self._topic.bootstrap, "relay")) as bus:
                    await self._publish_for_ever(lead, bus.aiokafka_producer)
            except KafkaErased:
                self._lost = True
                _log.warning("kafka_lost", topic=self._topic.name, position=self._said.position)
                self._said = self._noted = await self._begin_replay(self._noted.term, self._said.position)
                self._lost = False
            except UnpublishableError as reason:
                await self._pause(str(reason), reason, _UNTIL_MENDED)
            except (KafkaError, TimeoutError) as error:
                await self._pause("kafka", error, _PAUSE)

    async def _pause(self, reason: str, error: Exception, seconds: float) -> None:
        """Notes how far it came, and goes on from there after a while."""
        self._restarted(reason, error)
        await self._note()
        await asyncio.sleep(seconds)
        self._said = self._noted = await self._read()

    async def _publish_for_ever(self, lead: leader_election.Leadership, producer: AIOKafkaProducer) -> None:
        """Window after window. How far it came is noted a few times a second, while the next window is made."""
        clock = asyncio.get_running_loop().time
        note_at, look_at = 0.0, clock() + _IDLE_SECONDS
        async with BackgroundStep() as noting:
            while lead.held:
                said, noted = self._said, self._noted
                patience = _IDLE_SECONDS if said is noted else _NOTE_EVERY
                window, reach = await self._stretch.after(said.position, WINDOW, patience)
                began = clock()
                if reach > said.position:
                    await self._check_partitions(producer, said)
                    records = await self._speech.records(window, str(said.epoch), said.replay_until)
                    self._said = await self._send(producer, records, reach, said)
                    look_at = clock() + _IDLE_SECONDS if records else look_at
                if clock() >= look_at:
                    await self._check_ends(self._said)
                    look_at = clock() + _IDLE_SECONDS
                if clock() >= note_at or reach == said.position:
                    await noting.begin(self._note())
                    note_at = clock() + _NOTE_EVERY
                if 0 < len(window) < WINDOW:
                    await asyncio.sleep(max(0.0, began + self._topic.pace - clock()))

    async def _note(self) -> None:
        """Keeps how far it came, for whoever begins again there. LeadershipLost when somebody else has moved it."""
        said = self._said
        if said is not self._noted:
            await self._advance(self._noted, said)
            self._noted = said
        await self._note_lag(said.position)

    async def _check_partitions(self, producer: AIOKafkaProducer, checkpoint: Checkpoint) -> None:
        if len(await producer.partitions_for(self._topic.name)) != len(checkpoint.ends):
            raise KafkaErased

    async def _note_lag(self, position: int) -> None:
        """Positions behind always; the age of the oldest waiting event only where one waits."""
        head, topic = self._stretch.head, self._topic.name
        behind = max(0, head - position)
        _LAG.labels(topic).set(behind)
        age = await self._pool.fetchval(self._topic.age, position, head) if behind else None
        _LAG_SECONDS.labels(topic).set(max(0.0, age or 0.0))

    async def _send(
        self, producer: AIOKafkaProducer, records: Sequence[Record], reach: int, checkpoint: Checkpoint
    ) -> Checkpoint:
        """One batch a partition; how far it came. When one is full, the window ends before what did not fit."""
        count = len(checkpoint.ends)
        batches: dict[int, Any] = {}
        said = {True: 0, False: 0}
        for one in records:
            partition = self._topic.partition_of(one.key, count)
            batch = batches.get(partition)
            if batch is None:
                batch = batches[partition] = producer.create_batch()
            if batch.append(timestamp=None, key=one.key, value=one.value, headers=one.headers) is None:
                reach = one.position - 1
                break
            said[one.replay] += 1
        async with asyncio.timeout(_SEND_SECONDS):
            sent = [
                await producer.send_batch(batch, self._topic.name, partition=partition)
                for partition, batch in batches.items()
            ]
            done = await asyncio.gather(*sent)
        for replay, number in said.items():
            _PUBLISHED.labels(self._topic.name, str(replay).lower()).inc(number)
        ends = list(checkpoint.ends)
        for one in done:
            if one.offset < ends[one.partition]:
                raise KafkaErased
            ends[one.partition] = one.offset + batches[one.partition].record_count()
        return replace(checkpoint, position=reach, ends=tuple(ends))

    async def _standing(self, checkpoint: Checkpoint) -> Checkpoint:
        """The topic is there, and holds what was acknowledged. KafkaLost when it does not."""
        topic = self._topic
        made = await ensure_topic(topic.bootstrap, topic.name, topic.partitions, topic.replicas, topic.configs)
        ends = await end_offsets(topic.bootstrap, topic.name)
        if self._lost or (checkpoint.ends and (made or not _still_there(checkpoint.ends, ends))):
            raise KafkaErased
        return replace(checkpoint, ends=tuple(ends)) if not checkpoint.ends else checkpoint

    async def _check_ends(self, checkpoint: Checkpoint) -> None:
        ends = await end_offsets(self._topic.bootstrap, self._topic.name, _FOUND_WITHIN)
        if not _still_there(checkpoint.ends, ends):
            raise KafkaErased

    # The checkpoint: one row, compared and set

    async def _take_over(self) -> Checkpoint:
        """Where the leader before stood; of another epoch, the beginning of the retention window.

        What was noted in that epoch stands in this ledger and had been said; of anything later nothing is known.
        """
        row = await self._pool.fetchrow(
            "INSERT INTO es.checkpoint AS r (topic, term, epoch) SELECT $1, 1, epoch FROM es.epoch"  # noqa: S608 - a constant
            " ON CONFLICT (topic) DO UPDATE SET term = r.term + 1"
            f" RETURNING {_STANDS}, (SELECT epoch FROM es.epoch) AS now, {_ON_DISK}",
            self._topic.name,
        )
        found = _checkpoint(row)
        _log.info("relay_leads", topic=self._topic.name, position=found.position, term=found.term)
        if row is not None and row["now"] == found.epoch:
            return found
        _log.warning("epoch_said_again", topic=self._topic.name, position=found.position)
        return await self._begin_replay(found.term, found.position)

    async def _read(self) -> Checkpoint:
        """Where this leader stood. LeadershipLost if another has taken over."""
        row = await self._pool.fetchrow(
            f"SELECT {_STANDS} FROM es.checkpoint WHERE topic = $1 AND term = $2",  # noqa: S608 - column names only
            self._topic.name,
            self._noted.term,
        )
        return _checkpoint(row)

    async def _advance(self, before: Checkpoint, now: Checkpoint) -> None:
        """Moves the checkpoint, unless it stands there already. LeadershipLost when somebody else has moved it."""
        moved = await self._pool.fetchval(
            "UPDATE es.checkpoint SET position = $4, ends = $5 WHERE topic = $1 AND term = $2 AND position IN ($3, $4)"
            " RETURNING true",
            self._topic.name,
            before.term,
            before.position,
            now.position,
            now.ends,
        )
        if not moved:
            raise LeadershipLost

    async def _begin_replay(self, term: int, said: int) -> Checkpoint:
        """Back to the beginning of the retention window; what was said before, noted or not, is replayed."""
        row = await self._pool.fetchrow(
            "UPDATE es.checkpoint AS r SET ends = '{}', replay_until = greatest(r.replay_until, r.position, $4),"  # noqa: S608
            f" position = least(r.position, coalesce(({self._topic.window_begins}), r.position)),"
            " epoch = (SELECT epoch FROM es.epoch)"
            f" WHERE topic = $1 AND term = $2 RETURNING {_STANDS}, {_ON_DISK}",
            self._topic.name,
            term,
            self._topic.retention,
            said,
        )
        return _checkpoint(row)

    def _restarted(self, reason: str, error: Exception) -> None:
        _RESTARTS.labels(self._topic.name, reason).inc()
        _log.warning("relay_begins_again", topic=self._topic.name, reason=reason, error=type(error).__name__)


def _still_there(kept: Sequence[int], ends: Sequence[int]) -> bool:
    return len(kept) == len(ends) and all(end >= one for one, end in zip(kept, ends, strict=True))


def _checkpoint(row: asyncpg.Record | None) -> Checkpoint:
    if row is None:
        raise LeadershipLost
    return Checkpoint(row["term"], row["position"], row["replay_until"], tuple(row["ends"]), row["epoch"])
