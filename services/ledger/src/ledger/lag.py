"""How far each consumer group is behind, ours and those of BPJS that a setting names: asked of Kafka, of no reader."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from prometheus_client import Gauge

from jejak.contracts.tasks import TASKS
from jejak.settings import SettingsError, Source
from ledger.bpjs.messages import SERVED
from ledger.leader import Lead

_CLIENT: Final = "jejak-lag"
_TIMEOUT_MS: Final = 10_000
_EVERY_SECONDS: Final = 15.0
_SOON_SECONDS: Final = 5.0
"""While a topic is not there yet."""
_NEVER: Final = -1
"""What Kafka says where a group has committed nothing."""
_LABELS: Final = ("group", "topic", "whose")

_log = structlog.get_logger()
_LAG: Final = Gauge("jejak_consumer_lag_messages", "Messages a consumer group has still to read", _LABELS)
_READ: Final = Gauge("jejak_consumer_read_messages", "Offsets a consumer group has committed, summed", _LABELS)
_MISSED: Final = Gauge(
    "jejak_consumer_missed_messages", "Messages that left the topic before a group read them", _LABELS
)
_GAUGES: Final = (_LAG, _READ, _MISSED)


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group on a topic. `whose` is `jejak` or `bpjs`."""

    name: str
    topic: str
    whose: str


@dataclass(frozen=True, slots=True)
class Span:
    """What a partition holds, and up to where it is read: offsets. `committed` is None where nothing is."""

    begin: int
    end: int
    committed: int | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Where a group stands, over all partitions of a topic, in messages."""

    lag: int
    read: int
    missed: int


def groups_of(prefix: str, source: Source) -> tuple[Group, ...]:
    """Ours, and BPJS's: JEJAK_BPJS_GROUPS maps a group to the topic it reads. SettingsError for no topic of ours."""
    at_work = sorted({kind.service for kind in TASKS.values() if kind.look_up or kind.always_automatic})
    ours = [Group(f"{prefix}.{service}", f"{prefix}.cases", "jejak") for service in at_work]
    answered = [one.contract for one in SERVED]
    replies = [Group(f"{prefix}.{one.replies_group}", f"{prefix}.{one.replies}", "jejak") for one in answered]
    theirs = [Group(name, topic, "bpjs") for name, topic in sorted(source.mapping("JEJAK_BPJS_GROUPS").items())]
    for one in theirs:
        if not one.topic.startswith(f"{prefix}.bpjs"):
            raise SettingsError(f"JEJAK_BPJS_GROUPS must name topics that begin with {prefix}.bpjs.")
    return (*ours, *replies, *theirs)


def behind(spans: Iterable[Span]) -> Behind:
    """Sums partitions as a group that begins with the oldest message reads them.

    An offset beyond the end belongs to a topic that was deleted since: such a group begins anew too.
    """
    lag = read = missed = 0
    for one in spans:
        stands = one.committed if one.committed is not None and one.committed <= one.end else one.begin
        lag += one.end - max(stands, one.begin)
        read += stands
        missed += max(0, one.begin - stands)
    return Behind(lag, read, missed)


async def measured(bootstrap: str, groups: Sequence[Group]) -> dict[Group, Behind]:
    """Every group whose topic is there. KafkaError when the broker does not answer."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=_TIMEOUT_MS, client_id=_CLIENT)
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, client_id=_CLIENT, enable_auto_commit=False, request_timeout_ms=_TIMEOUT_MS
    )
    try:
        await admin.start()
        await reader.start()
        partitions = await _partitions(admin, {one.topic for one in groups})
        every = [one for some in partitions.values() for one in some]
        begins = await reader.beginning_offsets(every) if every else {}
        ends = await reader.end_offsets(every) if every else {}
        found = {}
        for group in groups:
            if mine := partitions.get(group.topic):
                committed = await _committed(admin, group, mine)
                found[group] = behind(Span(begins[one], ends[one], committed[one]) for one in mine)
        return found
    finally:
        await reader.stop()
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, topics: set[str]) -> dict[str, list[TopicPartition]]:
    """Of those topics that are there: asking for another would make it on a broker that makes what it is asked for."""
    there = sorted(topics & set(await admin.list_topics()))
    described = await admin.describe_topics(there) if there else []
    for one in described:
        if one["error_code"]:
            raise for_code(one["error_code"])
    return {
        one["topic"]: [TopicPartition(one["topic"], part["partition"]) for part in one["partitions"]]
        for one in described
    }


async def _committed(
    admin: AIOKafkaAdminClient, group: Group, partitions: list[TopicPartition]
) -> dict[TopicPartition, int | None]:
    """By partition. KafkaError when the group's coordinator leaves one out, as it does while it is loading."""
    told = await admin.list_consumer_group_offsets(group.name, partitions=partitions)
    if missing := [one for one in partitions if one not in told]:
        raise KafkaError(f"nothing is told of {len(missing)} partitions of {group.topic}")
    return {one: None if told[one].offset == _NEVER else int(told[one].offset) for one in partitions}


def show(found: Mapping[Group, Behind]) -> None:
    """Sets the gauges to this and to nothing else."""
    for gauge in _GAUGES:
        gauge.clear()
    for group, one in found.items():
        labels = (group.name, group.topic, group.whose)
        for gauge, value in zip(_GAUGES, (one.lag, one.read, one.missed), strict=True):
            gauge.labels(*labels).set(value)


@dataclass(frozen=True, slots=True)
class Lags:
    """Keeps the gauges while this process leads; what cannot be known is not shown."""

    bootstrap: str
    groups: Sequence[Group]

    async def watch(self, lead: Lead) -> None:
        """As long as it is held."""
        try:
            while lead.held:
                found = await self._measured()
                show(found)
                await asyncio.sleep(_EVERY_SECONDS if len(found) == len(self.groups) else _SOON_SECONDS)
        finally:
            show({})

    async def _measured(self) -> dict[Group, Behind]:
        """Nothing while Kafka does not answer."""
        try:
            return await measured(self.bootstrap, self.groups)
        except Exception as error:  # noqa: BLE001 - a figure that cannot be had must not stop the service
            _log.warning("lag_unknown", error=type(error).__name__)
            return {}
