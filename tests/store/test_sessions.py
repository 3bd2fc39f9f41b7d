"""A session is open until its end, until nobody uses it, or until it is ended; only the ledger begins and ends one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import asyncpg
import pytest

from jejak.cases import procedure_registry
from jejak.cases.decision import Actor
from jejak.eventstore.store import Store
from jejak.platform.errors import Problem
from jejak.platform.identity_settings import Identity, SessionLimits
from jejak.web.access.sessions import Sessions
from jejak.web.access.step_up import SignIn
from jejak.web.runtime import Runtime
from tests.procedure import office as an_office
from tests.servers import Database, execute
from tests.store.bpjs import OFFICE, runtime_of, settings

KABID = Actor(OFFICE, "kabid-1", "kabid")
IDENTITY = Identity("https://sso.example.go.id/realms/jejak", "jejak", "rahasia", "jejak.pejabat")
LONG_AGO = "UPDATE access.session SET seen = clock_timestamp() - interval '10 minutes'"


async def put_office(database: Database, text: bytes) -> None:
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_kantor(OFFICE, date(2017, 1, 2), text)


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Runtime]:
    await put_office(database, an_office().text)
    async with runtime_of(database, "ledger") as runtime:
        yield runtime


def within(runtime: Runtime, **limits: int) -> Sessions:
    """Sessions of other limits, in seconds."""
    return replace(runtime.sessions, settings=replace(runtime.settings, session=SessionLimits(**limits)))


async def is_open(sessions: Sessions, token: str, *, used: bool = True) -> bool:
    session = sessions.issued(token)
    assert session is not None
    try:
        return await sessions.actor(session, used=used) == KABID
    except Problem as problem:
        if problem.code not in ("token_salah", "bukan_pejabat"):
            raise
        return False


async def test_every_service_sees_what_the_ledger_begins_and_ends(database: Database, ledger: Runtime) -> None:
    token = await ledger.sessions.begin(KABID, SignIn(), "issuer-1")
    async with runtime_of(database, "letters") as letters:
        assert await is_open(letters.sessions, token)

        session = letters.sessions.issued(token)
        assert session is not None
        await ledger.sessions.end(session.id)

        assert not await is_open(letters.sessions, token)
        for begin_or_end in (letters.sessions.begin(KABID, SignIn(), None), letters.sessions.end(session.id)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await begin_or_end


async def test_the_issuer_ends_all_sessions_of_one_of_its_own(ledger: Runtime) -> None:
    sessions = ledger.sessions
    ended = [await sessions.begin(KABID, SignIn(), "issuer-1") for _ in range(2)]
    other, without = await sessions.begin(KABID, SignIn(), "issuer-2"), await sessions.begin(KABID, SignIn(), None)

    assert await sessions.end_at_issuer("issuer-1") == 2

    assert [await is_open(sessions, token) for token in (*ended, other, without)] == [False, False, True, True]


async def test_a_session_that_nobody_uses_ends_and_a_page_that_renews_itself_is_no_use(
    database: Database, ledger: Runtime
) -> None:
    sessions = within(ledger, idle=660, length=36_000)
    used, watched = await sessions.begin(KABID, SignIn(), None), await sessions.begin(KABID, SignIn(), None)
    await execute(database.url, LONG_AGO)
    assert await is_open(sessions, used)
    assert await is_open(sessions, watched, used=False)

    await execute(database.url, "UPDATE access.session SET seen = seen - interval '2 minutes'")

    assert await is_open(sessions, used)
    assert not await is_open(sessions, watched, used=False)


async def test_a_session_ends_after_its_time_whatever_its_use(database: Database, ledger: Runtime) -> None:
    token = await within(ledger, length=3600).begin(KABID, SignIn(), None)
    await execute(database.url, "UPDATE access.session SET ends = clock_timestamp() + interval '1 minute'")
    assert await is_open(ledger.sessions, token)

    await execute(database.url, "UPDATE access.session SET ends = clock_timestamp()")

    assert not await is_open(ledger.sessions, token)


async def test_sessions_that_ended_are_removed_when_another_begins(database: Database, ledger: Runtime) -> None:
    for _ in range(3):
        await within(ledger, idle=300).begin(KABID, SignIn(), None)
    await execute(database.url, LONG_AGO)

    await ledger.sessions.begin(KABID, SignIn(), None)

    connection = await asyncpg.connect(database.url)
    assert await connection.fetchval("SELECT count(*) FROM access.session") == 1
    await connection.close()


async def test_a_session_opens_nothing_once_the_kantor_file_ends_the_post(
    database: Database, ledger: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procedure_registry, "_FRESH_SECONDS", 0.0)
    token = await ledger.sessions.begin(KABID, SignIn(), None)
    assert await is_open(ledger.sessions, token)

    text = an_office().text.decode()
    head, kabid, rest = text.partition('kode = "kabid-1"')
    await put_office(
        database, (head + kabid + rest.replace("2017-01-02", "2017-01-02\nsampai = 2021-12-31", 1)).encode()
    )

    assert not await is_open(ledger.sessions, token)


async def test_a_cookie_that_this_installation_did_not_sign_is_no_session(database: Database, ledger: Runtime) -> None:
    token = await ledger.sessions.begin(KABID, SignIn(), None)
    other_key = replace(settings(database, "ledger"), token_key=bytes(32))

    assert replace(ledger.sessions, settings=other_key).issued(token) is None
    assert ledger.sessions.issued(f"{token[:-4]}AAAA") is None


@pytest.mark.parametrize(("age", "strong", "fresh"), [(200, False, True), (400, False, False), (400, True, True)])
async def test_a_signature_needs_a_recent_sign_in_or_a_second_factor_where_there_is_an_issuer(
    database: Database, ledger: Runtime, age: int, *, strong: bool, fresh: bool
) -> None:
    at_issuer = replace(ledger.sessions, settings=replace(ledger.settings, identity=IDENTITY))
    token = await at_issuer.begin(KABID, SignIn(int(time.time()) - age, strong=strong), None)
    session = at_issuer.issued(token)
    assert session is not None

    assert (await at_issuer.actor(session, used=True)).fresh is fresh
    assert (await ledger.sessions.actor(session, used=True)).fresh, "development without an issuer asks nobody again"


async def test_while_the_database_is_away_a_session_is_neither_open_nor_ended(ledger: Runtime) -> None:
    token = await ledger.sessions.begin(KABID, SignIn(), None)
    session = ledger.sessions.issued(token)
    assert session is not None
    assert isinstance(session.id, UUID)
    await ledger.store.pool.close()

    with pytest.raises(Problem) as problem:
        await ledger.sessions.actor(session, used=True)
    assert problem.value.status == 503
