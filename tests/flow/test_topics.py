"""Topics are made once with their settings, and settings of operators stay."""

from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, UnknownTopicOrPartitionError
from structlog.testing import capture_logs

from jejak.messaging.kafka.topics import end_offsets, ensure_topic, topic_exists
from jejak.platform.kafka_cluster import KafkaCluster, TopicPlacement

_ON_TOPIC = 1


async def settings_of(cluster: KafkaCluster, topic: str) -> dict[str, str]:
    """The settings of the topic itself."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    return {name: value for name, value, _, source, *_ in answer.resources[0][4] if source == _ON_TOPIC}


async def set_by_hand(cluster: KafkaCluster, topic: str, configs: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
    finally:
        await admin.close()


async def test_a_topic_is_made_once_with_its_partitions_and_settings(kafka_server: KafkaCluster, topic: str) -> None:
    made = await ensure_topic(kafka_server, topic, 3, configs={"retention.ms": "3600000"})

    again = await ensure_topic(kafka_server, topic, 3, configs={"retention.ms": "3600000"})

    assert (made, again) == (True, False)
    assert await end_offsets(kafka_server, topic) == [0, 0, 0]
    assert await settings_of(kafka_server, topic) == {"retention.ms": "3600000"}


async def test_another_retention_takes_effect_and_an_operators_own_setting_stays(
    kafka_server: KafkaCluster, topic: str
) -> None:
    await ensure_topic(kafka_server, topic, 1, configs={"retention.ms": "3600000"})
    await set_by_hand(kafka_server, topic, {"retention.ms": "3600000", "max.message.bytes": "123456"})

    await ensure_topic(kafka_server, topic, 1, configs={"retention.ms": "7200000"})

    assert await settings_of(kafka_server, topic) == {"retention.ms": "7200000", "max.message.bytes": "123456"}


async def test_a_topic_has_the_copies_that_the_cluster_gives_it_unless_a_setting_says_more(
    kafka_server: KafkaCluster, topic: str
) -> None:
    """The broker of the tests stands alone, so it gives one copy, and can give no second."""
    strict = replace(kafka_server, topics=TopicPlacement(replicas=1, in_sync=1))
    impossible = replace(kafka_server, topics=TopicPlacement(replicas=2))

    assert await ensure_topic(strict, topic, 1)

    assert await settings_of(kafka_server, topic) == {"min.insync.replicas": "1"}
    with pytest.raises(InvalidReplicationFactorError):
        await ensure_topic(impossible, f"{topic}.copies", 1)


async def test_a_topic_left_to_the_operator_of_the_cluster_is_neither_made_nor_changed(
    kafka_server: KafkaCluster, topic: str
) -> None:
    managed = replace(kafka_server, topics=TopicPlacement(made_here=False))

    with capture_logs() as lines, pytest.raises(UnknownTopicOrPartitionError):
        await ensure_topic(managed, topic, 1, configs={"retention.ms": "3600000"})
    assert [line["topic"] for line in lines if line["event"] == "topic_missing"] == [topic]
    assert not await topic_exists(kafka_server, topic)

    await ensure_topic(kafka_server, topic, 2)
    assert not await ensure_topic(managed, topic, 1, configs={"retention.ms": "3600000"})
    assert await settings_of(kafka_server, topic) == {}
    assert await end_offsets(managed, topic) == [0, 0]
