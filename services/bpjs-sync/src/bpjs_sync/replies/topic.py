"""Answers on Kafka: each batch is stored before its offsets are committed, and nothing is polled while it is.

What cannot be read is told on a topic of its own, by its place and hash and one sentence, and passed over.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from prometheus_client import Counter

from bpjs_sync.replies import reading
from bpjs_sync.replies.inbox import Came, Inbox, Item
from bpjs_sync.replies.reading import EDITION_1, Edition
from jejak.contracts.bpjs import REPLY_REJECTED, ReplyRejected
from jejak.eventstore.outage import DATABASE_DOWN
from jejak.messaging.bus import consumer
from jejak.messaging.records import FAILURES, SET_ASIDE, Poll, Undecoded, each, poll
from jejak.messaging.topics import ensure_topic
from jejak.platform import ids
from jejak.web.runtime import Runtime

SOURCE: Final = "/jejak/bpjs-sync"
AT_ONCE: Final = 1_000
_POLL_MS: Final = 1_000
_PAUSE: Final = 0.5
_LOOK_SECONDS: Final = 5.0
"""How often it looks whether the topic still stands."""
_LOST_SECONDS: Final = 8.0
_UNDECODED: Final = (
    "The records of this partition from offset {} to {} stand in a batch that cannot be decoded ({}): send them again, "
    "uncompressed or with gzip, snappy, lz4 or zstd, and with header names in UTF-8. The sha256 is that of no bytes."
)
_NO_FAULT_OF_AN_ANSWER: Final = (*DATABASE_DOWN, asyncpg.SyntaxOrAccessError)
"""The database is away, or lacks a privilege or a function: then an answer waits, and is not rejected."""
_NO_BYTES: Final = hashlib.sha256().hexdigest()

_log = structlog.get_logger()
_TAKEN: Final = Counter("jejak_bpjs_replies_taken_total", "Answers by message as they came", ["way", "fate"])


class TopicLost(Exception):
    """The topic was deleted and is another now."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A record that is no answer: where it stands, the hash of its value, and what is wrong."""

    partition: TopicPartition
    offset: int
    sha256: str
    reason: str


def count(way: str, fates: Iterable[str]) -> None:
    """Notes how answers came in."""
    for fate in fates:
        _TAKEN.labels(way, fate).inc()


@dataclass(slots=True)
class RepliesTopic:
    """Reads the topic of answers in one version, for one process.

    `partitions` and `replicas` are those of a topic made here; `retention` is how long it keeps what came.
    """

    runtime: Runtime
    inbox: Inbox
    edition: Edition = EDITION_1
    partitions: int = 8
    replicas: int = 1
    retention: timedelta = timedelta(days=14)

    @property
    def name(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies}"

    @property
    def rejected(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies_rejected}"

    async def run(self) -> None:
        """For ever: reads, and begins again when Kafka went away or the topic was made anew."""
        fresh = False
        while True:
            try:
                fresh = await self._stand() or fresh
                async with self._reader() as reader, self._producer() as producer:
                    if fresh:  # what was committed belongs to another topic of this name
                        await reader.seek_to_beginning()
                        fresh = False
                    await self._read(reader, producer)
            except TopicLost:
                fresh = True
                _log.warning("replies_topic_lost", topic=self.name)
            except (KafkaError, TimeoutError, OSError) as error:
                _log.warning("kafka_away", service="bpjs_sync", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - named in the log; what was not committed comes again
                _log.error("replies_not_read", error=type(error).__name__)
            FAILURES.labels("bpjs_sync", self.name).inc()
            await asyncio.sleep(_PAUSE)

    async def _stand(self) -> bool:
        """Both topics are there; whether that of answers had to be made."""
        bootstrap = self.runtime.settings.kafka_bootstrap
        kept = {
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "message.timestamp.type": "LogAppendTime",  # by its sender's time an answer may expire unread
        }
        await ensure_topic(bootstrap, self.rejected, self.partitions, self.replicas, kept)
        return await ensure_topic(bootstrap, self.name, self.partitions, self.replicas, kept)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        told = self.runtime.settings
        group = f"{told.topic_prefix}.{self.edition.contract.replies_group}"
        async with consumer(
            told.kafka_bootstrap, self.name, group, session_timeout_ms=told.session_timeout_ms, client="bpjs_sync"
        ) as reader:
            yield reader

    @asynccontextmanager
    async def _producer(self) -> AsyncIterator[AIOKafkaProducer]:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.runtime.settings.kafka_bootstrap,
            client_id="jejak-replies-rejected",
            acks="all",
            enable_idempotence=True,
        )
        try:
            await producer.start()
            yield producer
        finally:
            with suppress(KafkaError):
                await producer.stop()

    async def _read(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        clock = asyncio.get_running_loop().time
        look_at = clock()
        while True:
            found = await poll(reader, timeout_ms=_POLL_MS, at_most=AT_ONCE)
            FAILURES.labels("bpjs_sync", self.name).set(0)
            if found.offsets:
                await self._take(found, producer)
                await _commit(reader, found.offsets)
            if clock() >= look_at:
                async with asyncio.timeout(_LOST_SECONDS):
                    await self._look(reader)
                look_at = clock() + _LOOK_SECONDS

    async def _take(self, found: Poll, producer: AIOKafkaProducer) -> None:
        """Stores what can be read and tells of the rest. Waits for the database as long as it takes."""
        items, wrong = _sorted_out(found.records, self.edition)
        for one in found.undecoded:
            _log.warning("replies_undecoded", error=one.error, partition=one.partition.partition, offset=one.begin)
            SET_ASIDE.labels("bpjs_sync", "undecoded").inc(one.end - one.begin)
            wrong += _undecoded(one)
        wrong += await self._store(items)
        if wrong:
            await self._tell(wrong, producer)

    async def _store(self, items: Sequence[tuple[ConsumerRecord, Item]]) -> list[_Wrong]:
        """What the database will not have is found one by one, so that it holds up nothing else."""
        try:
            await self._stored([item for _, item in items])
        except Exception:  # noqa: BLE001 - found below, and told to its sender
            wrong: list[_Wrong] = []
            for record, item in items:
                try:
                    await self._stored([item])
                except Exception as error:  # noqa: BLE001 - told to its sender
                    _log.error("reply_not_stored", error=type(error).__name__, offset=record.offset)
                    wrong.append(_wrong(record, "The answer cannot be stored as it is."))
            return wrong
        return []

    async def _stored(self, items: Sequence[Item]) -> None:
        while True:
            try:
                count("kafka", await self.inbox.store(Came(topic=self.name), items))
            except _NO_FAULT_OF_AN_ANSWER as error:
                _log.warning("database_away", service="bpjs_sync", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)
            else:
                return

    async def _tell(self, wrong: Sequence[_Wrong], producer: AIOKafkaProducer) -> None:
        """On the topic of rejected answers; each under an id that it has again when it is told of again."""
        now = await self._now()
        _log.warning("replies_rejected", count=len(wrong))
        count("kafka", ["wrong"] * len(wrong))
        sent = []
        for one in wrong:
            said = ReplyRejected(
                topic=one.partition.topic,
                partition=one.partition.partition,
                offset=one.offset,
                sha256=one.sha256,
                reason=one.reason,
                rejected_at=now,
            )
            body = self.edition.contract.rejected.model_validate(said.model_dump()).model_dump_json().encode()
            sent.append(await producer.send(self.rejected, body, headers=_headers(said, self.edition)))
        await asyncio.gather(*sent)

    async def _now(self) -> datetime:
        while True:
            try:
                return await self.runtime.store.now()
            except DATABASE_DOWN:
                await asyncio.sleep(_PAUSE)

    async def _look(self, reader: AIOKafkaConsumer) -> None:
        """Commits where it stands: after a sender's transaction that is a place without a record.

        TopicLost when the topic is gone, or shorter than what was read.
        """
        if await self._stand():
            raise TopicLost
        mine = sorted(reader.assignment())
        ends: dict[TopicPartition, int] = await reader.end_offsets(mine) if mine else {}
        stands = {partition: await reader.position(partition) for partition in mine}
        if any(stands[partition] > end for partition, end in ends.items()):
            raise TopicLost
        await _commit(reader, stands)


def _sorted_out(
    records: Sequence[ConsumerRecord], edition: Edition
) -> tuple[list[tuple[ConsumerRecord, Item]], list[_Wrong]]:
    read, unreadable = each(records, lambda one: reading.record(dict(one.headers), one.value, edition))
    wrong = [_wrong(one, reading.reason(error)) for one, error in unreadable]
    return [(one, Item(reply, one.partition, one.offset)) for one, reply in read], wrong


def _undecoded(one: Undecoded) -> list[_Wrong]:
    """Place by place, as far as so many are told of at once; each names all of them."""
    reason = _UNDECODED.format(one.begin, one.end - 1, one.error)
    places = range(one.begin, min(one.end, one.begin + AT_ONCE))
    return [_Wrong(one.partition, offset, _NO_BYTES, reason) for offset in places]


def _wrong(record: ConsumerRecord, reason: str) -> _Wrong:
    partition = TopicPartition(record.topic, record.partition)
    return _Wrong(partition, record.offset, hashlib.sha256(record.value or b"").hexdigest(), reason)


def _headers(said: ReplyRejected, edition: Edition) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0, binary mode."""
    pairs = {
        "ce_specversion": "1.0",
        "ce_id": str(ids.derived(said.topic, said.partition, said.offset, said.sha256)),
        "ce_type": edition.contract.ce_type(REPLY_REJECTED),
        "ce_source": SOURCE,
        "ce_time": said.rejected_at.isoformat(),
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in pairs.items()]


async def _commit(reader: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """What is not committed comes again, and is known again; of partitions that are another's by now, he tells."""
    mine = reader.assignment()
    try:
        await reader.commit({partition: offset for partition, offset in offsets.items() if partition in mine})
    except (CommitFailedError, IllegalStateError) as error:
        _log.warning("commit_failed", error=type(error).__name__)
