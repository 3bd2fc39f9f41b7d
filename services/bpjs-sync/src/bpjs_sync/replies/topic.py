"""Answers on Kafka: each batch is stored before its offsets are committed, and nothing is polled while it is.

What cannot be read is told on a topic of its own, by its place and hash and one sentence, and passed over.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError
from prometheus_client import Counter

from bpjs_sync.outgoing.messages import yielding_loop
from bpjs_sync.outgoing.signing import Signer
from bpjs_sync.replies import parsing
from bpjs_sync.replies.inbox import Inbox, IncomingReply, ReplyOrigin
from bpjs_sync.replies.parsing import EDITION_1, IncomingEdition
from jejak.contracts.bpjs.messages import REPLY_REJECTED
from jejak.contracts.bpjs.settlements import ReplyRejected
from jejak.eventstore.postgres.outage import WAITED_OUT
from jejak.messaging.broker import Bus, Publisher
from jejak.messaging.kafka.reader import Reader
from jejak.messaging.kafka.records import SET_ASIDE, Poll, Undecoded, read_each
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform import ids
from jejak.web.runtime import Runtime

SOURCE: Final = "/jejak/bpjs-sync"
AT_ONCE: Final = 1_000
_PAUSE: Final = 0.5
_LOOK_SECONDS: Final = 5.0
"""How often it looks whether the topic still stands."""
_LOST_SECONDS: Final = 8.0
_CONFIRMED_WITHIN: Final = 15.0
_UNDECODED: Final = (
    "The records of this partition from offset {} to {} stand in a batch that cannot be decoded ({}): send them again, "
    "uncompressed or with gzip, snappy, lz4 or zstd, and with header names in UTF-8. The sha256 is that of no bytes."
)
_NO_BYTES: Final = hashlib.sha256().hexdigest()

_log = structlog.get_logger()
_TAKEN: Final = Counter("jejak_bpjs_replies_taken_total", "Answers by message as they came", ["way", "fate"])


class TopicLost(Exception):
    """The topic was deleted and is another now."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A record that is no answer: where it stands, the hash of its value, what is wrong, and which it may be."""

    partition: TopicPartition
    offset: int
    sha256: str
    reason: str
    key: bytes | None = None
    reply: uuid.UUID | None = None
    submission: uuid.UUID | None = None


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
    signer: Signer
    edition: IncomingEdition = EDITION_1
    partitions: int = 8
    replicas: int = 1
    retention: timedelta = timedelta(days=14)
    _fresh: bool = False
    """What was committed belongs to another topic of this name."""

    @property
    def name(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies}"

    @property
    def rejected(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies_rejected}"

    def subscribe(self, bus: Bus) -> None:
        """Adds the topic to the broker of the process."""
        tell = bus.publisher(self.rejected, include_in_schema=False)  # of the public contract, which has its own
        group = f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies_group}"

        async def on_replies(poll: Poll) -> None:
            await self._take(poll, tell)

        bus.read(self.name, group, on_replies, at_most=AT_ONCE, before=self._before, alongside=self._watch)

    async def _before(self) -> None:
        self._fresh = await self._stand() or self._fresh

    async def _stand(self) -> bool:
        """Both topics are there; whether that of answers had to be made."""
        bootstrap = self.runtime.settings.kafka_bootstrap
        kept = {
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "message.timestamp.type": "LogAppendTime",  # by its sender's time an answer may expire unread
        }
        await ensure_topic(bootstrap, self.rejected, self.partitions, self.replicas, kept)
        return await ensure_topic(bootstrap, self.name, self.partitions, self.replicas, kept)

    async def _watch(self, reader: Reader) -> None:
        """Reads a topic made anew from its beginning. TopicLost when this one is gone or shorter than what was read."""
        while self._fresh:
            if reader.assignment():
                await reader.seek_to_beginning()
                self._fresh = False
            else:
                await asyncio.sleep(_PAUSE)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            async with asyncio.timeout(_LOST_SECONDS):
                if await self._is_lost(reader):
                    break
        reader.forget()
        self._fresh = True
        _log.warning("replies_topic_lost", topic=self.name)
        raise TopicLost

    async def _is_lost(self, reader: Reader) -> bool:
        if await self._stand():
            return True
        mine = sorted(reader.assignment())
        ends: dict[TopicPartition, int] = await reader.end_offsets(mine) if mine else {}
        return any([await reader.position(partition) > end for partition, end in ends.items()])

    async def _take(self, found: Poll, tell: Publisher) -> None:
        """Stores what can be read and tells of the rest. Raises while PostgreSQL or Kafka is away."""
        items, wrong = _sorted_out(found.records, self.edition)
        for one in found.undecoded:
            _log.warning("replies_undecoded", error=one.error, partition=one.partition.partition, offset=one.begin)
            SET_ASIDE.labels("bpjs_sync", "undecoded").inc(one.end - one.begin)
            wrong += _undecoded(one)
        wrong += await self._store(items)
        if wrong:
            await self._tell(wrong, tell)

    async def _store(self, items: Sequence[tuple[ConsumerRecord, IncomingReply]]) -> list[_Wrong]:
        """What the database will not have is found one by one, so that it holds up nothing else."""
        try:
            await self._stored([item for _, item in items])
        except WAITED_OUT:
            raise
        except Exception:  # noqa: BLE001 - found below, and told to its sender
            return [one for record, item in items if (one := await self._stored_alone(record, item))]
        return []

    async def _stored_alone(self, record: ConsumerRecord, item: IncomingReply) -> _Wrong | None:
        try:
            await self._stored([item])
        except WAITED_OUT:
            raise
        except Exception as error:  # noqa: BLE001 - told to its sender
            _log.error("reply_not_stored", error=type(error).__name__, offset=record.offset)
            return _wrong(record, "The answer cannot be stored as it is.")
        return None

    async def _stored(self, items: Sequence[IncomingReply]) -> None:
        count("kafka", await self.inbox.store(ReplyOrigin(topic=self.name), items))

    async def _tell(self, wrong: Sequence[_Wrong], tell: Publisher) -> None:
        """On the topic of rejected answers; each under an id that it has again when it is told of again."""
        now = await self.runtime.store.now()
        _log.warning("replies_rejected", count=len(wrong))
        count("kafka", ["wrong"] * len(wrong))
        sent = []
        async for one in yielding_loop(wrong):
            said = ReplyRejected(
                topic=one.partition.topic,
                partition=one.partition.partition,
                offset=one.offset,
                sha256=one.sha256,
                reply=one.reply,
                submission=one.submission,
                reason=one.reason,
                rejected_at=now,
            )
            rejected = self.edition.contract.rejected.model_validate(said.model_dump())
            data = rejected.model_dump_json(exclude_none=True)
            headers = self.signer.headers(_attributes(said, self.edition), data)
            sent.append(await tell.publish(data.encode(), key=one.key, headers=headers, no_confirm=True))
        try:
            async with asyncio.timeout(_CONFIRMED_WITHIN):
                await asyncio.gather(*sent)
        except TimeoutError:
            raise KafkaTimeoutError from None


def _sorted_out(
    records: Sequence[ConsumerRecord], edition: IncomingEdition
) -> tuple[list[tuple[ConsumerRecord, IncomingReply]], list[_Wrong]]:
    read, unreadable = read_each(records, lambda one: parsing.parse_record(dict(one.headers), one.value, edition))
    wrong = [_wrong(one, parsing.fault_sentence(error)) for one, error in unreadable]
    return [(one, IncomingReply(reply, one.partition, one.offset)) for one, reply in read], wrong


def _undecoded(one: Undecoded) -> list[_Wrong]:
    """Place by place, as far as so many are told of at once; each names all of them."""
    reason = _UNDECODED.format(one.begin, one.end - 1, one.error)
    places = range(one.begin, min(one.end, one.begin + AT_ONCE))
    return [_Wrong(one.partition, offset, _NO_BYTES, reason) for offset in places]


def _wrong(record: ConsumerRecord, reason: str) -> _Wrong:
    partition = TopicPartition(record.topic, record.partition)
    value = record.value or b""
    ids_of = [parsing.named_reply(value, field) for field in ("id", "submission")]
    return _Wrong(partition, record.offset, hashlib.sha256(value).hexdigest(), reason, record.key, *ids_of)


def _attributes(said: ReplyRejected, edition: IncomingEdition) -> dict[str, str]:
    """Those of CloudEvents 1.0; without a subject, which may not be known."""
    return {
        "specversion": "1.0",
        "id": str(ids.derived_uuid(said.topic, said.partition, said.offset, said.sha256)),
        "type": edition.contract.ce_type(REPLY_REJECTED),
        "source": SOURCE,
        "time": said.rejected_at.isoformat(),
    }
