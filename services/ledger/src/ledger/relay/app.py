"""The relay put together: one tail, what it says on Kafka, and what is known of those who hear it.

A process beside the ledger's: there somebody's page or a fold of many cases would hold up what BPJS waits for.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from jejak.eventstore import leader
from jejak.eventstore.epoch import Work
from jejak.eventstore.leader import Lead
from jejak.eventstore.tail import Tail
from jejak.messaging.feed import Feed
from jejak.messaging.publisher import Cases, Relay, Topic
from jejak.platform.settings import Settings, Source
from jejak.service import Service
from jejak.web.runtime import Runtime
from ledger.bpjs.messages import SERVED, Messages
from ledger.bpjs.outbox import Outbox
from ledger.bpjs.readers import Readers
from ledger.relay import standing
from ledger.relay.lag import Lags, groups_of

NAME: Final = "relay"
DESCRIPTION: Final = "Menyampaikan peristiwa berkas ke Kafka, dan kepada BPJS apa yang dikirim kantor."
_PACE: Final = 0.005
"""Seconds between windows to BPJS: they are few, and somebody waits for each."""
_START: Final = "SELECT coalesce((SELECT position FROM es.checkpoint WHERE topic = $1), 0)"


def topic_of(settings: Settings, source: Source) -> Topic:
    """The topic of cases; partitions are fixed when it is made, replicas are the cluster's."""
    return Topic(
        bootstrap=settings.kafka_bootstrap,
        name=f"{settings.topic_prefix}.cases",
        partitions=source.integer("JEJAK_TOPIC_PARTITIONS", 8),
        replicas=source.integer("JEJAK_TOPIC_REPLICAS", 1),
        retention=timedelta(days=source.integer("JEJAK_TOPIC_RETENTION_DAYS", 7)),
    )


def bpjs_topic(settings: Settings, source: Source, name: str) -> Topic:
    """A topic for BPJS: alike, but what is on it stays as long as its readers were promised."""
    retention = timedelta(days=source.integer("JEJAK_BPJS_RETENTION_DAYS", 30))
    configs = {"retention.ms": str(retention // timedelta(milliseconds=1))}
    of_cases = topic_of(settings, source)
    return replace(of_cases, name=f"{settings.topic_prefix}.{name}", retention=retention, configs=configs, pace=_PACE)


async def build(runtime: Runtime) -> Service:
    """Everything that is said to others. It answers nothing but how it fares."""

    async def say() -> None:
        await runtime.store.epoch.in_each(runtime.store.pool, lambda: _works(runtime))

    return Service(routers=[], beside=[say], forms=False)


def _works(runtime: Runtime) -> Sequence[Work]:
    """All that remembers a position, made anew for every epoch."""
    settings, pool, epoch = runtime.settings, runtime.store.pool, runtime.store.epoch
    topic = topic_of(settings, Source.of())
    feed = Feed(pool, Tail(pool))
    cases = Relay(pool, feed.events, topic, Cases())
    keyring, readers = runtime.desk.keyring, Readers(pool)
    outbox = Outbox(runtime.store, runtime.books, keyring, feed, settings.public_url)
    to_bpjs = [
        Relay(
            pool, outbox.stretch, bpjs_topic(settings, Source.of(), one.contract.topic), Messages(one, keyring, readers)
        )
        for one in SERVED
    ]
    lags = Lags(settings.kafka_bootstrap, groups_of(settings.topic_prefix, Source.of()))

    async def follow() -> None:
        await feed.run(await pool.fetchval(_START, topic.name))

    async def say_cases() -> None:
        await leader.lead_for_ever(settings.database_url, leader.RELAY, epoch, cases.publish)

    async def look(lead: Lead) -> None:
        await standing.watch(pool, readers, lead)

    async def say_to_bpjs() -> None:
        works = (outbox.derive, *(one.publish for one in to_bpjs), lags.watch, look)
        await leader.lead_for_ever(settings.database_url, leader.BPJS, epoch, *works)

    return [follow, say_cases, say_to_bpjs]
