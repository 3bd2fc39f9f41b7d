"""The ledger service put together: one tail with the relay and the views on it, the queries, and the one address."""

from datetime import timedelta
from typing import Final

from jejak.runtime import Runtime, Service
from jejak.settings import Settings, Source
from jejak.store.tail import Tail
from ledger import caselist, clockapi, forward, papers, query, registers, timings, worklist
from ledger.dossier import Archive
from ledger.feed import Feed
from ledger.projector import Projector
from ledger.relay import Relay, Topic
from ledger.views import Views

NAME: Final = "ledger"
DESCRIPTION: Final = "Sisi baca: jejak berkas, waktu, register, dan satu alamat untuk semua layanan."
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


async def build(runtime: Runtime) -> Service:
    """Everything the read side does."""
    settings, pool = runtime.settings, runtime.store.pool
    topic = topic_of(settings, Source.of())
    feed = Feed(pool, Tail(pool))
    relay = Relay(pool, settings.database_url, feed, topic)
    forwarder = forward.Forwarder(settings.services)
    archive = Archive.of(runtime)
    projector = Projector(Views(runtime.store, archive.shelves), settings.database_url, feed)

    async def follow() -> None:
        await feed.run(await pool.fetchval(_START, topic.name))

    routers = [
        caselist.routes(runtime, archive),
        query.routes(runtime, archive),
        papers.routes(runtime, archive),
        timings.routes(runtime, archive.shelves),
        worklist.routes(runtime),
        registers.routes(runtime),
    ]
    if settings.development:
        routers.append(clockapi.routes(runtime))
    routers.append(forward.routes(forwarder))
    return Service(routers=routers, beside=[follow, relay.run, projector.run, forwarder.run])
