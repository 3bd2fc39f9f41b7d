"""What people are to be told is known at once by Kafka, and all the same without it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from intake.app import DESCRIPTION, build
from jejak.messaging.publishing.relay import Topic
from jejak.service import running
from jejak_local import kafka
from jejak_local.files import free_port
from tests.flow.test_relay import delete_topic, everything_is_said, relaying
from tests.servers import Database
from tests.store.bpjs import settings
from tests.store.ledger import until
from tests.store.lives import Lives, lives_of
from tests.store.test_notifications import brought, fetch, found_missing

HOUR = 3600.0
KINDS = 'SELECT kind FROM intake.notification WHERE "case" = $1'


@asynccontextmanager
async def intake(database: Database, bootstrap: str, prefix: str, sweep_seconds: float) -> AsyncIterator[None]:
    """The service at work, on these servers."""
    told = settings(database, "intake", kafka_bootstrap=bootstrap, topic_prefix=prefix, sweep_seconds=sweep_seconds)
    async with running(told, DESCRIPTION, build):
        yield


async def is_told(database: Database, case: uuid.UUID, kind: str | None) -> None:
    async def known() -> bool:
        return [row["kind"] for row in await fetch(database, KINDS, case)] == [kind]

    await until(known)


async def caught_up(database: Database) -> None:
    """Waits until all that was written so far was read from the event store, too."""

    async def done() -> bool:
        [(found,)] = await fetch(
            database, "SELECT position >= (SELECT max(position) FROM es.event) FROM intake.progress"
        )
        return bool(found)

    await until(done)


async def test_a_message_makes_it_known_long_before_the_event_store_is_read_again(
    database: Database, kafka_server: str, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        case = await lives.town.submit()
        async with intake(database, kafka_server, topic, HOUR):
            await caught_up(database)
            await found_missing(lives, case)
            await is_told(database, case, "lengkapi")
            await brought(lives, case)
            await is_told(database, case, None)
            await lives.lead(case, "hand_over")
            await is_told(database, case, "siap_diambil")
            await lives.lead(case, "archive")
            await is_told(database, case, None)


async def test_while_kafka_is_away_the_event_store_makes_it_known(database: Database, topic: str) -> None:
    async with lives_of(database) as lives, intake(database, f"127.0.0.1:{free_port()}", topic, 0.05):
        cases = await waiting(lives)
        for case, kind in cases.items():
            await is_told(database, case, kind)


async def test_what_a_deleted_topic_held_unread_is_known_as_soon_as_the_service_starts(
    database: Database, kafka_server: str, topic: str
) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives:
        async with relaying(database, target):
            cases = await waiting(lives)
            await everything_is_said(database)
        await delete_topic(target)
        async with intake(database, kafka_server, topic, HOUR):
            for case, kind in cases.items():
                await is_told(database, case, kind)


async def test_what_is_published_again_after_a_loss_is_heard(database: Database, kafka_server: str, topic: str) -> None:
    target = Topic(kafka_server, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target):
        cases = await waiting(lives)
        await everything_is_said(database)
        await delete_topic(target)
        await fetch(database, "UPDATE intake.progress SET position = (SELECT max(position) FROM es.event)")
        async with intake(database, kafka_server, topic, HOUR):
            for case, kind in cases.items():
                await is_told(database, case, kind)


async def test_a_broker_that_is_erased_while_people_work_loses_nothing(
    database: Database, own_kafka: kafka.Kafka, topic: str
) -> None:
    bootstrap = own_kafka.bootstrap
    target = Topic(bootstrap, f"{topic}.cases", partitions=2)
    async with lives_of(database) as lives, relaying(database, target), intake(database, bootstrap, topic, 0.2):
        cases = await waiting(lives)
        await asyncio.to_thread(own_kafka.kill)
        cases |= await waiting(lives)
        for case, kind in cases.items():
            await is_told(database, case, kind)
        await asyncio.to_thread(own_kafka.erase)
        await asyncio.to_thread(own_kafka.restart)
        cases |= await waiting(lives)
        await everything_is_said(database)
        for case, kind in cases.items():
            await is_told(database, case, kind)


async def waiting(lives: Lives) -> dict[uuid.UUID, str]:
    """One whose documents are missing, one whose letter is ready."""
    missing, ready = await lives.town.submit(), await lives.town.submit()
    await found_missing(lives, missing)
    await lives.lead(ready, "hand_over")
    return {missing: "lengkapi", ready: "siap_diambil"}
