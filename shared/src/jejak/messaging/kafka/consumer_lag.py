"""How far each consumer group is behind and for how long it has not moved.

Kafka reports it, not the readers: a reader that is stuck would report nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from jejak.eventstore.postgres.leader_election import Leadership
from jejak.messaging.kafka.topics import admin_client, offset_reader, partitions_of
from jejak.platform.kafka_cluster import KafkaCluster

_EVERY_SECONDS: Final = 15.0
"""The alert on a stuck group fires after a minute, which includes two intervals of Prometheus."""
_NEVER: Final = -1
"""Kafka's offset where a group has committed nothing."""
_LABELS: Final = ("group", "topic", "whose")

_log = structlog.get_logger()
_LAG: Final = Gauge("jejak_consumer_lag_messages", "Messages a consumer group has still to read", _LABELS)
_READ: Final = Gauge("jejak_consumer_read_messages", "Offsets a consumer group has committed, summed", _LABELS)
_MISSED: Final = Gauge(
    "jejak_consumer_missed_messages", "Messages that left the topic before a group read them", _LABELS
)
_STALLED: Final = Gauge(
    "jejak_consumer_stalled_seconds", "How long a group with messages to read has not moved on a partition", _LABELS
)
_GAUGES: Final = (_LAG, _READ, _MISSED, _STALLED)


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group on a topic. `owner` is `jejak` or `bpjs`."""

    name: str
    topic: str
    owner: str


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """Offsets of a partition: its begin, its end, and the group's committed offset; None without a commit."""

    begin: int
    end: int
    committed: int | None

    @property
    def next_offset(self) -> int:
        """The offset at which the group continues; without a commit, the oldest.

        An offset beyond the end belongs to a topic that was deleted since: its group starts over too.
        """
        return self.committed if self.committed is not None and self.committed <= self.end else self.begin

    @property
    def lag(self) -> int:
        """Messages still to read."""
        return self.end - max(self.next_offset, self.begin)


type GroupOffsets = Mapping[int, PartitionOffsets]
"""A group's offsets on its topic, by partition."""


class GroupLag(NamedTuple):
    """A group's progress over all partitions of a topic, in messages."""

    lag: int
    read: int
    missed: int


def group_lag(partitions: Iterable[PartitionOffsets]) -> GroupLag:
    """Sums partitions."""
    rows = [(each.lag, each.next_offset, max(0, each.begin - each.next_offset)) for each in partitions]
    return GroupLag(*map(sum, zip(*rows, strict=True))) if rows else GroupLag(0, 0, 0)


@dataclass(slots=True)
class StallTimes:
    """Since when a group has not moved, for each partition with messages to read."""

    _since: dict[tuple[Group, int], tuple[int | None, float]] = field(default_factory=dict)

    def seconds(self, measured: Mapping[Group, GroupOffsets], now: float) -> dict[Group, float]:
        """How long each group has not moved although it has messages to read: the longest of its partitions, or 0.

        A group that was not measured keeps its times for the next call.
        """
        before = self._since
        self._since = {key: since for key, since in before.items() if key[0] not in measured}
        longest = dict.fromkeys(measured, 0.0)
        for group, partitions in measured.items():
            for number, offsets in partitions.items():
                if offsets.lag:
                    committed, since = before.get((group, number), (None, now))
                    since = since if committed == offsets.committed else now
                    self._since[group, number] = offsets.committed, since
                    longest[group] = max(longest[group], now - since)
        return longest


async def measured_groups(cluster: KafkaCluster, groups: Sequence[Group]) -> dict[Group, GroupOffsets]:
    """Every group whose topic exists and whose offsets Kafka gives. KafkaError when the broker does not answer."""
    async with admin_client(cluster) as admin, offset_reader(cluster) as reader:
        partitions = await partitions_of(admin, {group.topic for group in groups})
        present = [group for group in groups if group.topic in partitions]
        results = await asyncio.gather(
            *(_offsets(admin, reader, group, partitions[group.topic]) for group in present), return_exceptions=True
        )
    measured: dict[Group, GroupOffsets] = {}
    for group, offsets in zip(present, results, strict=True):
        if isinstance(offsets, BaseException):
            _log.warning("lag_unknown", group=group.name, error=type(offsets).__name__)
        else:
            measured[group] = offsets
    return measured


async def _offsets(
    admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, group: Group, partitions: list[TopicPartition]
) -> GroupOffsets:
    """By partition. KafkaError when the group's coordinator leaves one out, as it does while it is loading.

    The commits are read first: so one lies beyond the end only where the topic was deleted since.
    """
    commits = await admin.list_consumer_group_offsets(group.name, partitions=partitions)
    if missing := [partition for partition in partitions if partition not in commits]:
        raise KafkaError(f"no offset for {len(missing)} partitions of {group.topic}")
    begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
    return {
        partition.partition: PartitionOffsets(
            begins[partition],
            ends[partition],
            None if commits[partition].offset == _NEVER else int(commits[partition].offset),
        )
        for partition in partitions
    }


def set_gauges(measured: Mapping[Group, GroupOffsets], stalled: Mapping[Group, float]) -> None:
    """Sets the gauges of these groups and removes all others."""
    for gauge in _GAUGES:
        gauge.clear()
    for group, partitions in measured.items():
        for gauge, value in zip(_GAUGES, (*group_lag(partitions.values()), stalled[group]), strict=True):
            gauge.labels(group.name, group.topic, group.owner).set(value)


@dataclass(frozen=True, slots=True)
class LagMonitor:
    """Keeps the gauges up to date while this process leads; an unknown figure is not shown."""

    cluster: KafkaCluster
    groups: Sequence[Group]

    async def watch(self, lead: Leadership) -> None:
        """Runs as long as the leadership is held."""
        stalls, clock = StallTimes(), asyncio.get_running_loop().time
        try:
            while lead.held:
                measured = await self._measured()
                set_gauges(measured, stalls.seconds(measured, clock()))
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            set_gauges({}, {})

    async def _measured(self) -> dict[Group, GroupOffsets]:
        """Empty while Kafka does not answer."""
        try:
            return await measured_groups(self.cluster, self.groups)
        except Exception as error:  # noqa: BLE001 - a missing figure must not stop the service
            _log.warning("lag_unknown", error=type(error).__name__)
            return {}
