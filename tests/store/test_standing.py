"""Gauges of what stands still: tasks set aside, late steps, keys that end, the database itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from joserfc.jwk import ECKey
from prometheus_client import REGISTRY

from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.replies.backlog import Backlog
from jejak.eventstore.postgres.database_health import DatabaseHealth
from jejak.eventstore.store import Store
from jejak.platform.ids import new_uuid
from jejak_local import postgres
from ledger.relay import stalled_work
from tests.servers import Database, execute
from tests.store.bpjs import monthly
from tests.store.ledger import command, due, opened
from tests.store.replies import answered, reply
from tests.store.test_views import _PARAF_DUE, _SUBMITTED, _event, abreast, ledger_of, projecting

DAY = 86_400.0


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def look(store: Store) -> None:
    await stalled_work.set_stalled_gauges(store.pool)


async def test_tasks_set_aside_are_counted_until_they_are_put_back(database: Database) -> None:
    case = new_uuid()
    async with (
        opened(database) as intake,
        opened(database, "verification") as owner,
        opened(database, "ledger") as ledger,
    ):
        await intake.append(command(case, 0, rows=[due()]))
        await owner.park(case, "main", "ValueError")
        await look(ledger)
        counts = [shown("jejak_tasks_parked", service=service) for service in ("verification", "letters")]
        assert counts == [1, 0]
        await owner.unpark(case, "main")
        await look(ledger)
        assert shown("jejak_tasks_parked", service="verification") == 0


async def test_a_step_is_overdue_once_its_deadline_has_passed_by_the_offices_clock(database: Database) -> None:
    async with ledger_of(database) as ledger, projecting(ledger, database):
        await ledger.at("2022-07-04 09:00")
        await ledger.add("intake", new_uuid(), 0, [_event("ApplicationSubmitted", **_SUBMITTED)], [_PARAF_DUE])
        await abreast(ledger)
        await look(ledger.stores["ledger"])
        assert shown("jejak_steps_overdue", owner="dinas") is None
        await ledger.at("2022-08-04 09:00")
        await look(ledger.stores["ledger"])
        assert shown("jejak_steps_overdue", owner="dinas") == 1


async def test_the_last_key_of_each_consumer_says_how_long_it_is_still_valid(database: Database) -> None:
    async with opened(database, "bpjs_sync") as store:
        readers = ReaderKeys(store.pool)
        now = datetime.now(UTC)
        for consumer, days in (("a", 2), ("a", 9), ("b", None), ("c", 1)):
            key = ECKey.generate_key("P-256", {"kid": str(uuid.uuid4()), "use": "enc"})
            until = now + timedelta(days=days) if days else None
            kid = await readers.add(consumer, key.as_dict(private=False), until)
        await readers.end(kid)
        await readers.show()
    left = {name: shown("jejak_bpjs_key_seconds_left", consumer=name) for name in "abc"}
    assert left["a"] is not None
    assert 8.9 * DAY < left["a"] <= 9 * DAY
    assert (left["b"], left["c"], shown("jejak_bpjs_keys_valid")) == (inf, None, 3)


async def test_a_database_that_refuses_every_login_is_shown_as_down(
    database: Database, postgres_server: postgres.Address
) -> None:
    async with opened(database) as store:
        watch = DatabaseHealth(database.urls["intake"], store, "uji")
        await watch.check()
        assert shown("jejak_database_up", service="uji") == 1
        closed = f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS false"
        gone = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.name}'"  # noqa: S608
        await execute(postgres_server.url, closed, gone)
        await watch.check()
        watch.disconnect()
        assert shown("jejak_database_up", service="uji") == 0


async def test_the_oldest_of_what_is_stuck_with_bpjs_is_shown_by_its_age(database: Database) -> None:
    async with answered(database, monthly()) as office:
        [_, (_, submission)] = await office.sent(2)
        await office.answer(reply(submission, "accepted"), reply(uuid.uuid4(), "mend"))
        await office.derive_messages()
        await office.town.at("2022-07-14 09:00")
        await Backlog(office.town.runtime).refresh()
    ages = {what: shown("jejak_bpjs_oldest_seconds", what=what) for what in ("unanswered", "unmended", "unmatched")}
    assert ages["unanswered"] == pytest.approx(10 * DAY, abs=600)
    assert ages["unmended"] == 0
    assert ages["unmatched"] is not None
