"""The ledger service put together: one tail with the relay and the views on it, the queries, and the one address."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from starlette.middleware import Middleware

from jejak.runtime import Runtime, Service
from jejak.settings import Settings, Source
from jejak.store.tail import Tail
from ledger import (
    behind,
    bpjs_page,
    caselist,
    clockapi,
    compare_page,
    counter,
    evidence,
    forward,
    inferred_page,
    leader,
    page,
    papers,
    query,
    registers,
    search,
    signin,
    standing,
    task_page,
    timings,
    track_page,
    trail_page,
    worklist,
)
from ledger.bpjs import replay
from ledger.bpjs.messages import SERVED, Messages
from ledger.bpjs.outbox import Outbox
from ledger.bpjs.readers import Readers
from ledger.clocks_page import Clocks
from ledger.dossier import Archive
from ledger.feed import Feed
from ledger.guesses import Guesses
from ledger.lag import Lags, groups_of
from ledger.leader import Lead
from ledger.names import Names
from ledger.projector import Projector
from ledger.relay import Cases, Relay, Topic
from ledger.timing_months import Months
from ledger.views import Views

NAME: Final = "ledger"
DESCRIPTION: Final = "Sisi baca: jejak berkas, waktu, register, dan satu alamat untuk semua layanan."
_PACE: Final = 0.005
"""Seconds between windows to BPJS: they are few, and somebody waits for each."""
_START: Final = """
SELECT least((SELECT position FROM view.progress), coalesce((SELECT position FROM view.relay WHERE topic = $1), 0))
"""


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
    """Everything the read side does."""
    settings, pool = runtime.settings, runtime.store.pool
    topic = topic_of(settings, Source.of())
    feed = Feed(pool, Tail(pool))
    relay = Relay(pool, feed.events, topic, Cases())
    keyring, readers = runtime.desk.keyring, Readers(pool)
    outbox = Outbox(runtime.store, runtime.books, keyring, feed, settings.public_url)
    served = [Messages(one, keyring, readers) for one in SERVED]
    to_bpjs = [
        Relay(pool, outbox.stretch, bpjs_topic(settings, Source.of(), one.edition.contract.topic), one)
        for one in served
    ]
    forwarder = forward.Forwarder(settings.services)
    lags = Lags(settings.kafka_bootstrap, groups_of(settings.topic_prefix, Source.of()))
    archive, pages = Archive.of(runtime), page.Pages(runtime)
    clocks = Clocks(runtime, archive.shelves, Months(), pages)
    names = Names(settings.hmac_key, keyring)
    projector = Projector(Views(runtime.store, archive.shelves, names), settings.database_url, feed)

    async def follow() -> None:
        await feed.run(await pool.fetchval(_START, topic.name))

    async def say_cases() -> None:
        await leader.lead_for_ever(settings.database_url, leader.RELAY, relay.publish)

    async def look(lead: Lead) -> None:
        await standing.watch(pool, readers, lead)

    async def say_to_bpjs() -> None:
        works = (outbox.derive, *(one.publish for one in to_bpjs), lags.watch, look)
        await leader.lead_for_ever(settings.database_url, leader.BPJS, *works)

    routers = [
        counter.routes(runtime, archive, pages),
        caselist.routes(runtime, archive, pages),
        query.routes(
            runtime, archive, track_page.of_case(runtime, archive, pages), trail_page.of_trail(runtime, archive, pages)
        ),
        trail_page.routes(runtime, archive, pages),
        evidence.routes(runtime, archive),
        search.routes(runtime, archive, pages, names),
        track_page.routes(archive, pages),
        papers.routes(runtime, archive, pages),
        page.static(),
        signin.routes(runtime, pages),
        timings.routes(runtime, archive.shelves, clocks.months, clocks.page),
        behind.routes(runtime, archive.shelves, pages),
        compare_page.routes(clocks),
        worklist.routes(runtime, pages),
        task_page.routes(runtime, archive, pages),
        bpjs_page.routes(runtime, archive, pages, forwarder),
        registers.routes(runtime, pages),
        inferred_page.routes(runtime, pages),
        replay.routes(runtime, served),
    ]
    if settings.development:
        routers.append(clockapi.routes(runtime))
    routers.append(forward.routes(forwarder))
    around = [Middleware(Guesses, verifier=runtime.door.verifier)]
    return Service(
        routers=routers,
        beside=[follow, say_cases, say_to_bpjs, projector.run, forwarder.run],
        forms=False,
        around=around,
    )
