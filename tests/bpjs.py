"""The BPJS team's side in tests: its own keys, and the messages it reads from the topic, opened by the models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey, RSAKey

from bpjs_sync.outgoing.readers import ReaderKeys
from jejak.contracts.bpjs.messages import V1, OutgoingMessage
from jejak.contracts.bpjs.parts import Message
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.play import Berkas
from tests.servers import run
from tests.store.ledger import until as comes_true
from tests.stories import Jejak
from tests.waits import PATIENCE

ALGORITHMS = ["RSA-OAEP-256", "ECDH-ES+A256KW", "A256GCM"]

_LEFT = "SELECT id::text FROM unnest($1::uuid[]) AS n (id) WHERE id NOT IN (SELECT id FROM bpjs.message)"

type Private = ECKey | RSAKey | OKPKey


@dataclass(frozen=True, slots=True)
class Heard:
    """A message: its headers as text, its data, and its place."""

    key: str
    headers: Mapping[str, str]
    data: Mapping[str, Any]
    value: bytes
    partition: int
    offset: int

    @property
    def name(self) -> str:
        """The name of the message in version 1."""
        return self.headers["ce_type"].removeprefix("id.jejak.bpjs.").removesuffix(".v1")

    @property
    def clear(self) -> OutgoingMessage:
        """The message by its model, which refuses fields that the contract does not name."""
        return V1.messages[self.name].model_validate_json(json.dumps(self.data))  # type: ignore[return-value]


def opened(personal: Mapping[str, Any], key: Private) -> dict[str, Any]:
    """The content of a JWE, by the recipient with this key."""
    mine = [entry for entry in personal["recipients"] if entry["header"]["kid"] == key.kid]
    sealed: Any = {**personal, "recipients": mine}
    plain = jwe.decrypt_json(sealed, key, algorithms=ALGORITHMS).plaintext
    return dict(json.loads(plain or b"{}"))


def personal(heard: Heard, key: Private) -> Message:
    """The personal part by its model."""
    return V1.personal_of(heard.name).model_validate_json(json.dumps(opened(heard.data["personal"], key)))


async def trusted(url: str, key: Private, consumer: str = "uji") -> None:
    """Makes the installation encrypt to this key."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        await ReaderKeys(pool).add(consumer, key.as_dict(private=False))


async def no_longer_trusted(url: str, kid: str) -> None:
    """Makes the installation stop encrypting to this key."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        await ReaderKeys(pool).end(kid)


async def heard(cluster: KafkaCluster, topic: str, until: int = 0, seconds: float = 60.0) -> Sequence[Heard]:
    """All messages on a topic, once there are at least so many."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        metadata_max_age_ms=500,
    )
    await reader.start()
    try:
        async with asyncio.timeout(seconds):
            while not (known := reader.partitions_for_topic(topic)):
                await asyncio.sleep(0.1)
                await reader.topics()
            reader.assign([TopicPartition(topic, number) for number in known])
            await reader.seek_to_beginning()
            fetched: list[Any] = []
            while True:
                for records in (await reader.getmany(timeout_ms=300)).values():
                    fetched += records
                ends = await reader.end_offsets(reader.assignment())
                if len(fetched) >= max(until, sum(ends.values())):
                    return [_heard(record) for record in fetched if _is_message(record)]
    finally:
        await reader.stop()


def _is_message(record: Any) -> bool:
    """Whether the record names an id, as the project's messages do; other tests send nonsense to the topic."""
    try:
        return bool(UUID(dict(record.headers).get("ce_id", b"").decode()))
    except ValueError:
        return False


def _heard(record: Any) -> Heard:
    headers = {name: value.decode() for name, value in record.headers}
    return Heard(record.key.decode(), headers, json.loads(record.value), record.value, record.partition, record.offset)


@pytest.fixture(scope="session")
def bpjs_key(jejak: Jejak) -> ECKey:
    """The BPJS team's key, registered with the run's installation."""
    key = ECKey.generate_key("P-256", {"kid": "uji-1", "use": "enc"})
    run(trusted(jejak.installation.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], key))
    return key


def messages_of(jejak: Jejak, case: Berkas, until: int) -> Sequence[Heard]:
    """The messages about one case, in the order of the ledger, once there are so many."""
    environment = jejak.installation.environment
    topic = f"{environment['JEJAK_TOPIC_PREFIX']}.bpjs"

    async def waited() -> Sequence[Heard]:
        while True:
            every = await heard(KafkaCluster(environment["KAFKA_BOOTSTRAP_SERVERS"]), topic)
            mine = [message for message in every if message.data["case"] == case.kode]
            if len(mine) >= until:
                return sorted(mine, key=lambda message: int(message.headers["ce_position"]))

    return run(waited())


def kept(jejak: Jejak, messages: Sequence[Heard]) -> None:
    """Waits until all of these are stored, a moment after they are sent."""
    ids = [message.headers["ce_id"] for message in messages]

    async def all_are() -> bool:
        return not await asyncio.to_thread(jejak.ledger.fetch, _LEFT, ids)

    run(comes_true(all_are, seconds=PATIENCE))
