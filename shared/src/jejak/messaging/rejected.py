"""Messages that a service could not read or handle, published on a topic by place, hash and reason; never by value."""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, KafkaTimeoutError
from pydantic import BaseModel, ConfigDict, Field

from jejak.messaging.broker import Bus
from jejak.messaging.kafka.records import Undecoded
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform import ids

TYPE: Final = "id.jejak.message.rejected"
_CONFIRMED_WITHIN: Final = 15.0


class RejectedMessages(BaseModel):
    """Messages that were set aside: they still stand at their place, as long as their topic keeps them."""

    model_config = ConfigDict(frozen=True)

    topic: str
    partition: int
    offset: int
    last_offset: int = Field(description="As `offset`, unless a whole batch cannot be decoded.")
    sha256: str = Field(description="SHA-256 of the value in hexadecimal; of no bytes where it has none.")
    reason: str = Field(description="`undecoded`, `malformed`, or the type of what a handler raised.")

    @classmethod
    def record(cls, record: ConsumerRecord, reason: str) -> "RejectedMessages":
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            last_offset=record.offset,
            sha256=hashlib.sha256(record.value or b"").hexdigest(),
            reason=reason,
        )

    @classmethod
    def batch(cls, batch: Undecoded) -> "RejectedMessages":
        topic, partition = batch.partition
        return cls(
            topic=topic,
            partition=partition,
            offset=batch.begin,
            last_offset=batch.end - 1,
            sha256=hashlib.sha256().hexdigest(),
            reason="undecoded",
        )


class RejectedTopic:
    """`<prefix>.<service>.rejected`; made with the first rejected message."""

    def __init__(self, bus: Bus, prefix: str, *, service: str | None = None) -> None:
        self._bus, self._made = bus, False
        self.name = f"{prefix}.{service or bus.service}.rejected"
        self._publisher = bus.publisher(
            self.name, schema=RejectedMessages, title=self.name, description=RejectedMessages.__doc__
        )

    async def publish(self, rejected: Sequence[RejectedMessages]) -> None:
        """Returns once all are confirmed, else KafkaError. Published again, a message keeps its id."""
        if not rejected:
            return
        if not self._made:
            await ensure_topic(self._bus.cluster, self.name, 1)
            self._made = True
        try:
            async with asyncio.timeout(_CONFIRMED_WITHIN):
                await asyncio.gather(*[await self._send(message) for message in rejected])
        except (TimeoutError, KafkaError) as error:
            self._made = False  # it may be gone
            if isinstance(error, KafkaError):
                raise
            raise KafkaTimeoutError from None

    async def _send(self, message: RejectedMessages) -> asyncio.Future[Any]:
        identity = ids.derived_uuid(message.topic, message.partition, message.offset, message.sha256)
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(identity),
            "ce_type": TYPE,
            "ce_source": f"/jejak/{self._bus.service}",
            "content-type": "application/json",
        }
        return await self._publisher.publish(message.model_dump_json().encode(), headers=headers, no_confirm=True)
