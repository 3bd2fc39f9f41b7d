"""What a service could not read or handle, told on a topic of its own by place, hash and reason; never by value."""

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
    def record(cls, one: ConsumerRecord, reason: str) -> "RejectedMessages":
        digest = hashlib.sha256(one.value or b"").hexdigest()
        return cls(
            topic=one.topic,
            partition=one.partition,
            offset=one.offset,
            last_offset=one.offset,
            sha256=digest,
            reason=reason,
        )

    @classmethod
    def batch(cls, one: Undecoded) -> "RejectedMessages":
        topic, partition = one.partition
        return cls(
            topic=topic,
            partition=partition,
            offset=one.begin,
            last_offset=one.end - 1,
            sha256=hashlib.sha256().hexdigest(),
            reason="undecoded",
        )


class RejectedTopic:
    """`<prefix>.<service>.rejected`; made when there is something to tell for the first time."""

    def __init__(self, bus: Bus, prefix: str, replicas: int = 1, *, service: str | None = None) -> None:
        self._bus, self._replicas, self._made = bus, replicas, False
        self.name = f"{prefix}.{service or bus.service}.rejected"
        self._publisher = bus.publisher(
            self.name, schema=RejectedMessages, title=self.name, description=RejectedMessages.__doc__
        )

    async def tell(self, told: Sequence[RejectedMessages]) -> None:
        """Returns once all of it is confirmed, else KafkaError. Told again, a message has the id that it had."""
        if not told:
            return
        if not self._made:
            await ensure_topic(self._bus.bootstrap, self.name, 1, self._replicas)
            self._made = True
        try:
            async with asyncio.timeout(_CONFIRMED_WITHIN):
                await asyncio.gather(*[await self._sent(one) for one in told])
        except TimeoutError:
            self._made = False  # it may be gone
            raise KafkaTimeoutError from None
        except KafkaError:
            self._made = False
            raise

    async def _sent(self, one: RejectedMessages) -> asyncio.Future[Any]:
        identity = str(ids.derived_uuid(one.topic, one.partition, one.offset, one.sha256))
        headers = {
            "ce_specversion": "1.0",
            "ce_id": identity,
            "ce_type": TYPE,
            "ce_source": f"/jejak/{self._bus.service}",
            "content-type": "application/json",
        }
        body = one.model_dump_json().encode()
        return await self._publisher.publish(body, headers=headers, no_confirm=True)
