"""Kafka as the services use it: CloudEvents 1.0 in binary mode, batches of raw bytes, acknowledged by hand."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from jejak.contracts.tasks import TASKS
from jejak.eventstore.types import Recorded
from jejak.messaging.loop import Hints
from jejak.messaging.records import FAILURES, SET_ASIDE, each, poll

SOURCE: Final = "/jejak/ledger"
_BATCH: Final = 500
_POLL_MS: Final = 1000
_COMMIT_SECONDS: Final = 1.0

_log = structlog.get_logger()


def headers_of(event: Recorded, office: str, *, epoch: str, replay: bool = False) -> list[tuple[str, bytes]]:
    """The headers of one event on `jejak.cases`. The body is the payload as stored, personal fields sealed."""
    pairs: list[tuple[str, str | None]] = [
        ("ce_specversion", "1.0"),
        ("ce_id", str(event.id)),
        ("ce_type", f"id.jejak.{event.type}"),
        ("ce_source", SOURCE),
        ("ce_subject", str(event.stream)),
        ("ce_time", event.recorded_at.isoformat()),
        ("content-type", "application/json"),
        ("office", office),
        ("version", str(event.version)),
        ("position", str(event.position)),
        ("epoch", epoch),
        ("due", event.due),
        ("replay", "1" if replay else None),
    ]
    return [(name, value.encode()) for name, value in pairs if value is not None]


def automatic_verbs(service: str) -> tuple[bytes, ...]:
    """Beginnings of the due tokens that can be work for a service."""
    return tuple(f"{service}/{kind.verb};".encode() for kind in TASKS.values() if kind.service == service)


def hinted(records: Iterable[ConsumerRecord], mine: tuple[bytes, ...]) -> tuple[list[uuid.UUID], int]:
    """The cases these messages hint at, in order, and how many messages made no sense. Bodies are not looked at."""
    found, malformed = each(records, lambda record: _hint(record, mine))
    return list(dict.fromkeys(case for _, case in found if case)), len(malformed)


def _hint(record: ConsumerRecord, mine: tuple[bytes, ...]) -> uuid.UUID | None:
    """The case with work for a service; None where there is none for it. Raises for a message that makes no sense."""
    headers = dict(record.headers)
    if "replay" in headers:
        return None
    tokens = (headers.get("due") or b"").split(b",")
    if any(token.startswith(mine) for token in tokens):
        return uuid.UUID(record.key.decode("ascii"))
    if "ce_id" not in headers:
        raise ValueError("no CloudEvent")
    return None


@asynccontextmanager
async def consumer(
    bootstrap: str, topic: str, group: str, *, session_timeout_ms: int = 10_000, client: str = "jejak"
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that commits only by hand and begins with the oldest message; started and stopped."""
    reader = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        client_id=client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=max(session_timeout_ms // 5, 100),
        metadata_max_age_ms=5_000,
    )
    try:
        await reader.start()
        yield reader
    finally:
        await _stop(reader)


async def _stop(reader: AIOKafkaConsumer) -> None:
    """While Kafka is away aiokafka's own cancelled fetch comes out of `stop`, as if it were we who are cancelled."""
    try:
        await reader.stop()
    except asyncio.CancelledError:
        await reader._client.close()  # noqa: SLF001 - `stop` did not come so far, and does nothing a second time
        if (task := asyncio.current_task()) is None or task.cancelling():
            raise


async def hints(reader: AIOKafkaConsumer, topic: str, service: str) -> AsyncIterator[Hints]:
    """Batches of cases that may have work for a service, for ever. What cannot be read is counted and passed over.

    The due rows cover what is passed over.
    """
    mine = automatic_verbs(service)
    progress = Progress(reader)
    while True:
        batch = await poll(reader, timeout_ms=_POLL_MS, at_most=_BATCH)
        FAILURES.labels(service, topic).set(0)
        if not batch.offsets:
            await progress.commit()
            continue
        cases, malformed = hinted(batch.records, mine)
        if malformed:
            _log.warning("malformed_messages", service=service, count=malformed)
            SET_ASIDE.labels(service, "malformed").inc(malformed)
        for one in batch.undecoded:
            place = f"{one.partition.topic}/{one.partition.partition}/{one.begin}-{one.end - 1}"
            _log.warning("undecoded_messages", service=service, place=place, error=one.error)
            SET_ASIDE.labels(service, "undecoded").inc(one.end - one.begin)
        yield Hints(tuple(cases), lambda offsets=batch.offsets: progress.done(offsets))  # type: ignore[misc]


@dataclass(slots=True)
class Progress:
    """What has been worked on, told to Kafka once a second: a commit a batch cost more than the batch.

    What is not told is no loss, nor is a commit that fails: the messages come again and find nothing due.
    """

    reader: AIOKafkaConsumer
    _offsets: dict[TopicPartition, int] = field(default_factory=dict)
    _told: float = 0.0

    async def done(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Up to these offsets everything is worked on."""
        self._offsets.update(offsets)
        if asyncio.get_running_loop().time() - self._told >= _COMMIT_SECONDS:
            await self.commit()

    async def commit(self) -> None:
        """Tell it now; of partitions that are another's by now, he tells himself."""
        self._told = asyncio.get_running_loop().time()
        mine = self.reader.assignment()
        offsets = {partition: offset for partition, offset in self._offsets.items() if partition in mine}
        self._offsets.clear()
        if not offsets:
            return
        try:
            await self.reader.commit(offsets)
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            _log.warning("commit_failed", error=type(error).__name__)


async def hints_for_ever(
    bootstrap: str, topic: str, group: str, service: str, *, session_timeout_ms: int, pause: float = 1.0
) -> AsyncIterator[Hints]:
    """As `hints`, beginning again when Kafka was not there or went away. The sweep does the work meanwhile."""
    while True:
        try:
            async with consumer(
                bootstrap, topic, group, session_timeout_ms=session_timeout_ms, client=service
            ) as reader:
                async for batch in hints(reader, topic, service):
                    yield batch
        except (KafkaError, OSError) as error:
            _log.warning("kafka_away", service=service, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - named in the log; what was not committed comes again
            _log.error("hints_not_read", service=service, error=type(error).__name__)
        FAILURES.labels(service, topic).inc()
        await asyncio.sleep(pause)
