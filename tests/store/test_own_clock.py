"""In development a session may have its own clock and append events of the past; in production none may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.outage import MayNotAppend
from jejak.eventstore.types import Append, Outcome
from jejak.platform.ids import new_uuid
from jejak_tools.load.past import MOMENT, PastStore
from tests.servers import Database
from tests.store.ledger import all_events, command, due, event, opened

MONDAY = datetime(2022, 7, 4, 2, tzinfo=UTC)
LONG_AGO = MONDAY - timedelta(days=400)
CLOSE = timedelta(milliseconds=50)


async def appended(store: PastStore, given: Sequence[tuple[datetime, Append]]) -> list[Outcome]:
    """Appends all in one call, each at its own time."""
    for moment, append in given:
        MOMENT.set(moment)
        store._at[append.stream] = await store.now()
    return await store.append_call([append for _, append in given])


async def test_commands_of_one_call_are_recorded_each_at_its_own_time(database: Database) -> None:
    first, second = new_uuid(), new_uuid()
    store = await PastStore.of(database.urls["intake"])
    async with store:
        given = [(MONDAY, command(first, 0, [event(), event()], [due(), due("aktif")])), (LONG_AGO, command(second, 0))]
        outcomes = await appended(store, given)
        later = await appended(store, [(MONDAY + timedelta(days=1), command(second, 1, rows=[due()]))])
        rows = (await store.read([first])).streams[first].due
        events = await all_events(store)

    assert [outcome.status for outcome in (*outcomes, *later)] == ["appended"] * 3
    assert [stored.version for stored in events] == [1, 2, 1, 2]
    for stored, at in zip(events, [MONDAY, MONDAY, LONG_AGO, MONDAY + timedelta(days=1)], strict=True):
        assert timedelta() <= stored.recorded_at - at < CLOSE
    assert {row.since for row in rows} == {events[0].recorded_at}
    report = await verify(database.urls["ledger"])
    assert (report.streams, report.events, report.broken) == (2, 4, None)


async def test_the_same_command_again_is_known_and_another_at_its_version_loses(database: Database) -> None:
    case = new_uuid()
    store = await PastStore.of(database.urls["intake"])
    async with store:
        given = [(MONDAY, command(case, 0))]
        (first,) = await appended(store, given)
        (again,) = await appended(store, given)
        (other,) = await appended(store, [(MONDAY, command(case, 0))])
    assert (again.status, again.recorded_at) == ("already", first.recorded_at)
    assert other.status == "conflict"


async def test_a_service_appends_of_another_time_only_what_it_may_append_today(database: Database) -> None:
    store = await PastStore.of(database.urls["letters"])
    async with store:
        with pytest.raises(MayNotAppend, match="may not append ApplicationSubmitted"):
            await appended(store, [(MONDAY, command(new_uuid(), 0))])


async def test_a_session_with_a_clock_of_its_own_changes_no_others(database: Database) -> None:
    async with opened(database) as others:
        connection = await asyncpg.connect(database.urls["letters"])
        await connection.execute("SET jejak.moment = '2022-07-04 02:00Z'")
        own, real = await connection.fetchval("SELECT es.now()"), await others.now()
        await connection.execute("RESET jejak.moment")
        again = await connection.fetchval("SELECT es.now()")
        await connection.close()
    assert abs(own - MONDAY) < CLOSE
    assert real - MONDAY > timedelta(days=365)
    assert again >= real


async def test_outside_development_no_session_has_a_clock_of_its_own(database: Database) -> None:
    await migrate(database.url, development=False)
    store = await PastStore.of(database.urls["intake"])
    async with store, opened(database) as plain:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="development only"):
            await appended(store, [(LONG_AGO, command(new_uuid(), 0))])
        connection = await asyncpg.connect(database.urls["intake"])
        await connection.execute("SET jejak.moment = '2021-01-04 02:00Z'")
        shifted, real = await connection.fetchval("SELECT es.now()"), await plain.now()
        await connection.close()
    assert abs(real - shifted) < timedelta(minutes=1)
