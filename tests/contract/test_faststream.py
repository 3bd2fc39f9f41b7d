"""The messaging layer's uses of FastStream beyond its public names fail here when one of them moves.

The imports of aiokafka beside FastStream are listed too.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer
from faststream.kafka.configs import KafkaBrokerConfig
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.publisher.state import RealProducer
from faststream.kafka.subscriber.usecase import BatchSubscriber

from jejak.messaging.broker import Bus, connected
from jejak.messaging.kafka.reader import Reader
from jejak.messaging.kafka.topics import admin_client
from jejak.platform.kafka_cluster import KafkaCluster

ROOT: Final = Path(__file__).parents[2]
BESIDE_THE_BROKER: Final = {
    "tools/src/jejak_tools/simulators/bpjs/process.py": "the type of a record",
    "tools/src/jejak_tools/simulators/bpjs/senders.py": "the type of a record",
    "tools/src/jejak_tools/delivery.py": "the independent reader of what was delivered",
    "services/bpjs-sync/src/bpjs_sync/replies/topic.py": "types of records and partitions, and one error",
    "shared/src/jejak/doctor/kafka.py": "the error that says Kafka is away",
    "shared/src/jejak/cli/administration/restore.py": "the error that says Kafka is away",
    "services/letters/src/letters/numbering/cli.py": "the error that says Kafka is away",
    "services/bpjs-sync/src/bpjs_sync/command_errors.py": "the error that says Kafka is away",
}
"""Where aiokafka is imported outside `jejak.messaging`, and why."""


def imports_aiokafka(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return any(name.split(".")[0] == "aiokafka" for name in names)


def test_aiokafka_is_imported_by_the_messaging_layer_and_a_few_that_are_named() -> None:
    sources = [
        path for folder in ("services", "shared/src", "deploy", "tools") for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    importing = {path.relative_to(ROOT).as_posix() for path in sources if imports_aiokafka(path)}
    outside = {path for path in importing if not path.startswith("shared/src/jejak/messaging/")}
    assert outside == set(BESIDE_THE_BROKER)


async def test_the_producer_beneath_is_the_one_that_was_connected(kafka_server: KafkaCluster) -> None:
    async with connected(Bus(kafka_server, "test")) as bus:
        assert isinstance(bus.aiokafka_producer, AIOKafkaProducer)
        assert bus.aiokafka_producer.client.cluster.brokers()
        assert isinstance(bus.config.broker_config, KafkaBrokerConfig)
    with pytest.raises(Exception, match="connect broker first"):
        _ = bus.aiokafka_producer


async def test_of_several_addresses_of_a_cluster_one_that_answers_is_enough(kafka_server: KafkaCluster) -> None:
    several = KafkaCluster(f"127.0.0.1:1, {kafka_server.bootstrap}")
    async with connected(Bus(several, "test")) as bus, admin_client(several) as admin:
        assert bus.aiokafka_producer.client.cluster.brokers()
        assert await admin.list_topics() is not None


def test_a_subscriber_builds_its_consumer_by_the_builder_of_the_broker() -> None:
    bus = Bus(KafkaCluster("127.0.0.1:1"), "test")

    async def work(_: Any) -> None:
        """Takes messages and does nothing."""

    bus.read("a", "b", work)
    (subscription,) = bus.subscriptions
    assert isinstance(subscription.subscriber, BatchSubscriber)
    assert subscription.subscriber.builder.func is Reader  # type: ignore[attr-defined]
    assert subscription.subscriber.builder.keywords["service"] == "test"  # type: ignore[attr-defined]


def test_a_batch_subscriber_asks_getmany_and_hands_on_all_that_it_gave() -> None:
    source = inspect.getsource(BatchSubscriber.get_msg)
    assert "consumer.getmany(" in source
    assert "tuple(chain(*messages.values()))" in source


def test_a_message_knows_ack_and_nack_and_the_producer_s_state_its_producer() -> None:
    assert {"ack", "nack"} <= set(vars(KafkaAckableMessage))
    assert RealProducer.__slots__ == ("producer",)
