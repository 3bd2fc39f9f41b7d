"""How far each consumer group is behind and since when it stands still.

Asked of Kafka, of no reader: a reader that stands still would not say so.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from jejak.eventstore.postgres.leader_election import Leadership

_CLIENT: Final = "jejak-lag"
_TIMEOUT_MS: Final = 10_000
_EVERY_SECONDS: Final = 15.0
"""The alert on a group that stands still has a minute, and the two intervals of Prometheus lie in it too."""
_NEVER: Final = -1
"""What Kafka says where a group has committed nothing."""
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
    """A consumer group on a topic. `whose` is `jejak` or `bpjs`."""

    name: str
    topic: str
    whose: str


@dataclass(frozen=True, slots=True)
class PartitionOffsets:
    """What a partition holds, and up to where it is read: offsets. `committed` is None where nothing is."""

    begin: int
    end: int
    committed: int | None

    @property
    def stands(self) -> int:
        """Where a group that begins with the oldest message reads on.

        An offset beyond the end belongs to a topic that was deleted since: such a group begins anew too.
        """
        return self.committed if self.committed is not None and self.committed <= self.end else self.begin

    @property
    def lag(self) -> int:
        """Messages still to read."""
        return self.end - max(self.stands, self.begin)


type Spans = Mapping[int, PartitionOffsets]
"""What a group has to do with a topic, by partition."""


@dataclass(frozen=True, slots=True)
class GroupLag:
    """Where a group stands, over all partitions of a topic, in messages."""

    lag: int
    read: int
    missed: int


def group_lag(spans: Iterable[PartitionOffsets]) -> GroupLag:
    """Sums partitions."""
    every = list(spans)
    return GroupLag(
        lag=sum(one.lag for one in every),
        read=sum(one.stands for one in every),
        missed=sum(max(0, one.begin - one.stands) for one in every),
    )


@dataclass(slots=True)
class StallTimes:
    """Since when a group stands where it stands, of each partition that it has still to read."""

    _since: dict[tuple[Group, int], tuple[int | None, float]] = field(default_factory=dict)

    def seconds(self, found: Mapping[Group, Spans], now: float) -> dict[Group, float]:
        """How long each group has not moved where it has to: of its partitions the longest; 0 where it is abreast.

        What is known of a group that is not among those found stays for the next time.
        """
        before, self._since = self._since, {place: at for place, at in self._since.items() if place[0] not in found}
        longest = dict.fromkeys(found, 0.0)
        for group, spans in found.items():
            for partition, span in spans.items():
                if span.lag:
                    stood, since = before.get((group, partition), (None, now))
                    since = since if stood == span.committed else now
                    self._since[group, partition] = span.committed, since
                    longest[group] = max(longest[group], now - since)
        return longest


async def measured_groups(bootstrap: str, groups: Sequence[Group]) -> dict[Group, Spans]:
    """Every group whose topic is there and of which Kafka tells. KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, client_id=_CLIENT)
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, client_id=_CLIENT, enable_auto_commit=False, request_timeout_ms=_TIMEOUT_MS
    )
    try:
        await admin.start()
        await reader.start()
        partitions = await _partitions(admin, {one.topic for one in groups})
        there = [one for one in groups if one.topic in partitions]
        told = await asyncio.gather(
            *(_spans(admin, reader, one, partitions[one.topic]) for one in there), return_exceptions=True
        )
        found: dict[Group, Spans] = {}
        for group, spans in zip(there, told, strict=True):
            if isinstance(spans, BaseException):
                _log.warning("lag_unknown", group=group.name, error=type(spans).__name__)
            else:
                found[group] = spans
        return found
    finally:
        await reader.stop()
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, topics: set[str]) -> dict[str, list[TopicPartition]]:
    """Of those topics that are there: asking for another would make it on a broker that makes what it is asked for."""
    there = sorted(topics & set(await admin.list_topics()))
    described = await admin.describe_topics(there) if there else []
    return {
        one["topic"]: [TopicPartition(one["topic"], part["partition"]) for part in one["partitions"]]
        for one in described
        if not one["error_code"]  # it is being deleted
    }


async def _spans(
    admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer, group: Group, partitions: list[TopicPartition]
) -> Spans:
    """What is committed is asked first: it lies beyond the end only where the topic was deleted since."""
    committed = await _committed(admin, group, partitions)
    begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
    return {one.partition: PartitionOffsets(begins[one], ends[one], committed[one]) for one in partitions}


async def _committed(
    admin: AIOKafkaAdminClient, group: Group, partitions: list[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """By partition. KafkaError when the group's coordinator leaves one out, as it does while it is loading."""
    told = await admin.list_consumer_group_offsets(group.name, partitions=partitions)
    if missing := [one for one in partitions if one not in told]:
        raise KafkaError(f"nothing is told of {len(missing)} partitions of {group.topic}")
    return {one: None if told[one].offset == _NEVER else int(told[one].offset) for one in partitions}


def set_gauges(found: Mapping[Group, Spans], stalled: Mapping[Group, float]) -> None:
    """Sets the gauges to this and to nothing else."""
    for gauge in _GAUGES:
        gauge.clear()
    for group, spans in found.items():
        labels, one = (group.name, group.topic, group.whose), group_lag(spans.values())
        for gauge, value in zip(_GAUGES, (one.lag, one.read, one.missed, stalled[group]), strict=True):
            gauge.labels(*labels).set(value)


@dataclass(frozen=True, slots=True)
class LagMonitor:
    """Keeps the gauges while this process leads; what cannot be known is not shown."""

    bootstrap: str
    groups: Sequence[Group]

    async def watch(self, lead: Leadership) -> None:
        """As long as it is held."""
        stalls, clock = StallTimes(), asyncio.get_running_loop().time
        try:
            while lead.held:
                found = await self._measured()
                set_gauges(found, stalls.seconds(found, clock()))
                await asyncio.sleep(_EVERY_SECONDS)
        finally:
            set_gauges({}, {})

    async def _measured(self) -> dict[Group, Spans]:
        """Nothing while Kafka does not answer."""
        try:
            return await measured_groups(self.bootstrap, self.groups)
        except Exception as error:  # noqa: BLE001 - a figure that cannot be had must not stop the service
            _log.warning("lag_unknown", error=type(error).__name__)
            return {}
