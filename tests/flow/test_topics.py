"""Topics are made once with their settings, and settings of operators stay."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from jejak.messaging.kafka.topics import end_offsets, ensure_topic
from jejak.platform.kafka_cluster import KafkaCluster

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
