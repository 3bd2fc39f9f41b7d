"""Answers on Kafka: each poll is stored before its offsets are committed, and nothing is polled meanwhile.

A record that cannot be read is reported on a topic of its own, by place, hash and one sentence, and passed over.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
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
from jejak.messaging.kafka.topics import admin_client, make_topic
from jejak.platform import ids
from jejak.web.runtime import Runtime

SOURCE: Final = "/jejak/bpjs-sync"
AT_ONCE: Final = 1_000
_PAUSE: Final = 0.5
_LOOK_SECONDS: Final = 5.0
"""How often the topic is checked for deletion."""
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
    """The topic was deleted, or made anew under the same name."""


type _Rejected = tuple[bytes | None, partial[ReplyRejected]]
"""A record that is no answer: its key, and its report but for the instant."""


def count(way: str, fates: Iterable[str]) -> None:
    """Counts answers by how they came in."""
    for fate in fates:
        _TAKEN.labels(way, fate).inc()


@dataclass(slots=True)
class RepliesTopic:
    """Reads the topic of answers in one version, for one process.

    `partitions` and `retention` are those of a topic made here.
    """

    runtime: Runtime
    inbox: Inbox
    signer: Signer
    edition: IncomingEdition = EDITION_1
    partitions: int = 8
    retention: timedelta = timedelta(days=14)
    _fresh: bool = False
    """The committed offsets belong to an earlier topic of this name."""

    @property
    def name(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies}"

    @property
    def rejected(self) -> str:
        return f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies_rejected}"

    def subscribe(self, bus: Bus) -> None:
        """Adds the topic to the broker of the process."""
        publisher = bus.publisher(self.rejected, include_in_schema=False)  # the public contract has its own schema
        group = f"{self.runtime.settings.topic_prefix}.{self.edition.contract.replies_group}"

        async def on_replies(poll: Poll) -> None:
            await self._take(poll, publisher)

        bus.read(self.name, group, on_replies, at_most=AT_ONCE, before=self._before, alongside=self._watch)

    async def _before(self) -> None:
        async with admin_client(self.runtime.settings.kafka) as admin:
            self._fresh = await self._make_topics(admin) or self._fresh

    async def _make_topics(self, admin: AIOKafkaAdminClient) -> bool:
        """Makes the topics that do not exist; whether that of answers had to be made."""
        placement = self.runtime.settings.kafka.topics
        configs = {
            "retention.ms": str(self.retention // timedelta(milliseconds=1)),
            "message.timestamp.type": "LogAppendTime",  # by the sender's time an answer may expire unread
        }
        await make_topic(admin, placement, self.rejected, self.partitions, configs)
        return await make_topic(admin, placement, self.name, self.partitions, configs)

    async def _watch(self, reader: Reader) -> None:
        """Reads a topic made anew from its beginning. TopicLost when it is deleted, or ends before what was read."""
        while self._fresh:
            if reader.assignment():
                await reader.seek_to_beginning()
                self._fresh = False
            else:
                await asyncio.sleep(_PAUSE)
        async with admin_client(self.runtime.settings.kafka) as admin:
            lost = False
            while not lost:
                await asyncio.sleep(_LOOK_SECONDS)
                async with asyncio.timeout(_LOST_SECONDS):
                    lost = await self._is_lost(reader, admin)
        reader.forget()
        self._fresh = True
        _log.warning("replies_topic_lost", topic=self.name)
        raise TopicLost

    async def _is_lost(self, reader: Reader, admin: AIOKafkaAdminClient) -> bool:
        if await self._make_topics(admin):
            return True
        assigned = sorted(reader.assignment())
        ends: dict[TopicPartition, int] = await reader.end_offsets(assigned) if assigned else {}
        return any([await reader.position(partition) > end for partition, end in ends.items()])

    async def _take(self, poll: Poll, publisher: Publisher) -> None:
        """Stores what can be read and rejects the rest. Raises while PostgreSQL or Kafka is unavailable."""
        readable, unreadable = read_each(
            poll.records, lambda record: parsing.parse_record(dict(record.headers), record.value, self.edition)
        )
        rejected = [_rejected(record, parsing.fault_sentence(error)) for record, error in unreadable]
        for undecoded in poll.undecoded:
            partition, begin = undecoded.partition.partition, undecoded.begin
            _log.warning("replies_undecoded", error=undecoded.error, partition=partition, offset=begin)
            SET_ASIDE.labels("bpjs_sync", "undecoded").inc(undecoded.end - begin)
            rejected += _undecoded(undecoded)
        items = [(record, IncomingReply(reply, record.partition, record.offset)) for record, reply in readable]
        rejected += await self._store(items)
        if rejected:
            await self._report(rejected, publisher)

    async def _store(self, items: Sequence[tuple[ConsumerRecord, IncomingReply]]) -> list[_Rejected]:
        """Stores all together, or one by one where the database refuses them: one refused answer stops no other."""
        try:
            count("kafka", await self.inbox.store(ReplyOrigin(topic=self.name), [item for _, item in items]))
        except WAITED_OUT:
            raise
        except Exception as error:  # noqa: BLE001 - reported to its sender
            if len(items) > 1:
                return [refused for item in items for refused in await self._store([item])]
            [(record, _)] = items
            _log.error("reply_not_stored", error=type(error).__name__, offset=record.offset)
            return [_rejected(record, "The answer cannot be stored as it is.")]
        return []

    async def _report(self, rejected: Sequence[_Rejected], publisher: Publisher) -> None:
        """Publishes rejected records on their topic; a record reported again has the same message id."""
        now = await self.runtime.store.now()
        _log.warning("replies_rejected", count=len(rejected))
        count("kafka", ["wrong"] * len(rejected))
        sent = []
        async for key, report_at in yielding_loop(rejected):
            report = report_at(rejected_at=now)
            message = self.edition.contract.rejected.model_validate(report.model_dump())
            data = message.model_dump_json(exclude_none=True)
            headers = self.signer.headers(_attributes(report, self.edition), data)
            sent.append(await publisher.publish(data.encode(), key=key, headers=headers, no_confirm=True))
        try:
            async with asyncio.timeout(_CONFIRMED_WITHIN):
                await asyncio.gather(*sent)
        except TimeoutError:
            raise KafkaTimeoutError from None


def _undecoded(batch: Undecoded) -> list[_Rejected]:
    """A rejected record for each of the first `AT_ONCE` places of a batch; each names all of its places."""
    reason = _UNDECODED.format(batch.begin, batch.end - 1, batch.error)
    report = partial(ReplyRejected, topic=batch.partition.topic, partition=batch.partition.partition, reason=reason)
    places = range(batch.begin, min(batch.end, batch.begin + AT_ONCE))
    return [(None, partial(report, offset=offset, sha256=_NO_BYTES)) for offset in places]


def _rejected(record: ConsumerRecord, reason: str) -> _Rejected:
    value = record.value or b""
    return record.key, partial(
        ReplyRejected,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        sha256=hashlib.sha256(value).hexdigest(),
        reply=parsing.named_reply(value),
        submission=parsing.named_reply(value, "submission"),
        reason=reason,
    )


def _attributes(report: ReplyRejected, edition: IncomingEdition) -> dict[str, str]:
    """The attributes of CloudEvents 1.0; without a subject, which may be unknown."""
    return {
        "specversion": "1.0",
        "id": str(ids.derived_uuid(report.topic, report.partition, report.offset, report.sha256)),
        "type": edition.contract.ce_type(REPLY_REJECTED),
        "source": SOURCE,
        "time": report.rejected_at.isoformat(),
    }
