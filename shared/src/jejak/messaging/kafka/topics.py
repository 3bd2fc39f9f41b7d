"""Making topics with their partitions and settings, and reading where each partition ends."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from jejak.messaging.kafka.clients import client_settings
from jejak.platform.kafka_cluster import KafkaCluster, TopicPlacement

_CLIENT: Final = "jejak-topics"
_TIMEOUT_MS: Final = 10_000
_MADE_WITHIN: Final = 30.0
_POLL_SECONDS: Final = 0.1
_COPIES: Final = "default.replication.factor"
_SET_ON_TOPIC: Final = 1
"""Kafka's number for "set on this topic", as opposed to a default of the broker."""

_log = structlog.get_logger()


@asynccontextmanager
async def admin_client(cluster: KafkaCluster) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for topics and groups. KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(**client_settings(cluster), request_timeout_ms=_TIMEOUT_MS, client_id=_CLIENT)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def offset_reader(cluster: KafkaCluster) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that reads offsets and no records. KafkaError when the broker does not answer."""
    reader = AIOKafkaConsumer(
        **client_settings(cluster),
        client_id=_CLIENT,
        enable_auto_commit=False,
        request_timeout_ms=_TIMEOUT_MS,
    )
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()


async def ensure_topic(
    cluster: KafkaCluster, topic: str, partitions: int, configs: Mapping[str, str] | None = None
) -> bool:
    """`make_topic` by a client of its own. KafkaError when the broker does not answer."""
    async with admin_client(cluster) as admin:
        return await make_topic(admin, cluster.topics, topic, partitions, configs)


async def make_topic(
    admin: AIOKafkaAdminClient,
    placement: TopicPlacement,
    topic: str,
    partitions: int,
    configs: Mapping[str, str] | None = None,
) -> bool:
    """Makes the topic unless it exists, with these settings in either case; returns whether it was made now.

    Other settings of the topic stay. Where topics are not made here, nothing is made and nothing set. KafkaError when
    the broker does not answer; UnknownTopicOrPartitionError for a topic that is not made here and not there.
    """
    settings = {**placement.configs, **(configs or {})}
    state = await cluster_state(admin, [topic])
    there = topic in state.topics
    if not placement.made_here:
        if not there:
            _log.warning("topic_missing", topic=topic)
            raise UnknownTopicOrPartitionError(topic)
        return False
    if there:
        await _set_configs(admin, topic, settings)
        return False
    replicas = placement.replicas or await _default_copies(admin, state.nodes[0])
    fresh = NewTopic(topic, partitions, replicas, topic_configs=settings)
    answer = await admin.create_topics([fresh], timeout_ms=_TIMEOUT_MS)
    for _, code, *_ in answer.topic_errors:
        error = for_code(code)
        if error is TopicAlreadyExistsError:
            return False
        if code:
            raise error
    return True


async def topic_exists(cluster: KafkaCluster, topic: str) -> bool:
    """Whether the topic exists; it is not made. KafkaError when the broker does not answer."""
    async with admin_client(cluster) as admin:
        return topic in await partitions_of(admin, [topic])


class ClusterState(NamedTuple):
    """The ids of the nodes; of topics that exist, the partitions in order and the copies of the scarcest."""

    nodes: list[int]
    topics: Mapping[str, list[TopicPartition]]
    copies: Mapping[str, int]


async def partitions_of(admin: AIOKafkaAdminClient, topics: Collection[str]) -> Mapping[str, list[TopicPartition]]:
    """The partitions of the topics that exist, in their order. No topic is made by it."""
    return (await cluster_state(admin, topics)).topics if topics else {}


async def cluster_state(admin: AIOKafkaAdminClient, topics: Collection[str]) -> ClusterState:
    """The nodes, and those of the topics that exist; at least one has to be named. No topic is made by it.

    The client's own `describe_topics` makes a missing topic on a broker that creates topics on request, and its list of
    all topics is long on a broker with many.
    """
    request = MetadataRequest(sorted(topics), allow_auto_topic_creation=False)
    answer = (await admin._send_request(request)).to_object()  # noqa: SLF001 - nothing public asks so
    present = {
        topic["topic"]: topic["partitions"]
        for topic in answer["topics"]
        if not topic["error_code"]  # it is not there, or is being deleted
    }
    return ClusterState(
        [broker["node_id"] for broker in answer["brokers"]],
        {name: sorted(TopicPartition(name, part["partition"]) for part in parts) for name, parts in present.items()},
        {name: min((len(part["replicas"]) for part in parts), default=0) for name, parts in present.items()},
    )


async def topic_settings(admin: AIOKafkaAdminClient, topics: Collection[str]) -> dict[str, dict[str, str]]:
    """All settings by topic, those of the broker included. None may be missing."""
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics])
    return {
        topic: {name: value for name, value, *_ in entries}
        for answer in answers
        for _, _, _, topic, entries in answer.resources
    }


async def _default_copies(admin: AIOKafkaAdminClient, node: int) -> int:
    """The copies that the cluster gives a new topic. The client cannot ask for "the default" when it makes one."""
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, str(node), {_COPIES: None})])
    code, _, _, _, entries = answer.resources[0]
    if code:
        raise for_code(code)
    return next(int(value) for name, value, *_ in entries if name == _COPIES)


async def _set_configs(admin: AIOKafkaAdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """Kafka replaces all settings of a topic at once, so the present settings are sent together with these."""
    if not settings:
        return
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    code, _, _, _, entries = answer.resources[0]
    if code:
        raise for_code(code)
    before = {name: value for name, value, _, source, *_ in entries if source == _SET_ON_TOPIC}
    if settings.items() <= before.items():
        return
    answers = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {**before, **settings})])
    for code, *_ in answers[0].resources:
        if code:
            raise for_code(code)


async def end_offsets(cluster: KafkaCluster, topic: str) -> list[int]:
    """The end offset of every partition, in their order. KafkaError when it cannot be read."""
    async with admin_client(cluster) as admin, offset_reader(cluster) as reader:
        try:
            async with asyncio.timeout(_MADE_WITHIN):
                while topic not in (known := await partitions_of(admin, [topic])):  # noqa: ASYNC110 - Kafka makes it
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise KafkaError(f"topic {topic} has no partitions") from None
        ends = await reader.end_offsets(known[topic])
    return [ends[partition] for partition in known[topic]]
