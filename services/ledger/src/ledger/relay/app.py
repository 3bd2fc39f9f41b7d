"""The composition root of the relay: the tail of the event store, the events of cases on Kafka, and consumer lag.

A process of its own: in the ledger's, a page or a fold of many cases would delay every service that waits for an event.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from jejak.contracts.tasks import Service as Name
from jejak.eventstore.epoch import Work
from jejak.eventstore.postgres import leader_election
from jejak.eventstore.postgres.leader_election import Leadership
from jejak.eventstore.tail import Tail
from jejak.messaging.kafka.consumer_lag import Group, LagMonitor
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.messaging.publishing.relay import CaseEventMapper, Relay, Topic
from jejak.platform.settings import Settings, Source
from jejak.service import Service
from jejak.web.runtime import Runtime
from ledger.relay import stalled_work

NAME: Final = "relay"
DESCRIPTION: Final = "Menyampaikan peristiwa berkas ke Kafka."
READERS: Final[tuple[Name, ...]] = ("intake", "verification", "approval", "letters", "bpjs_sync")
"""The services that react to events of cases."""
_START: Final = "SELECT coalesce((SELECT position FROM es.checkpoint WHERE topic = $1), 0)"


def topic_of(settings: Settings, source: Source) -> Topic:
    """The topic of cases; its partitions are fixed at creation."""
    return Topic(
        cluster=settings.kafka,
        name=f"{settings.topic_prefix}.cases",
        partitions=source.integer("JEJAK_TOPIC_PARTITIONS", 8),
        retention=timedelta(days=source.integer("JEJAK_TOPIC_RETENTION_DAYS", 7)),
    )


def groups_of(prefix: str) -> tuple[Group, ...]:
    """The consumer groups of the services that read events of cases."""
    return tuple(Group(f"{prefix}.{service}", f"{prefix}.cases", "jejak") for service in READERS)


async def build(runtime: Runtime) -> Service:
    """The publication of events of cases; it answers only about its own health."""

    async def publish() -> None:
        await runtime.store.epoch.in_each(runtime.store.pool, lambda: _works(runtime))

    return Service(routers=[], background=[publish], forms=False)


def _works(runtime: Runtime) -> Sequence[Work]:
    """The parts that hold a position, made anew for every epoch."""
    settings, pool = runtime.settings, runtime.store.pool
    topic = topic_of(settings, Source.of())
    feed = EventLogReader(pool, Tail(pool))
    cases = Relay(pool, feed, topic, CaseEventMapper())
    lags = LagMonitor(settings.kafka, groups_of(settings.topic_prefix))

    async def follow() -> None:
        await feed.run(await pool.fetchval(_START, topic.name))

    async def watch(lead: Leadership) -> None:
        await stalled_work.watch_stalled_work(pool, lead)

    async def lead() -> None:
        works = (cases.publish, lags.watch, watch)
        url = settings.direct_database_url
        await leader_election.lead_for_ever(url, leader_election.RELAY, runtime.store.epoch, *works)

    return [follow, lead]
