"""The cache of opened cases: an entry is used only when the ledger confirms it."""

from __future__ import annotations

from dataclasses import replace

import asyncpg

from jejak.cases.case_cache import CaseCache
from tests.servers import Database
from tests.store.bpjs import monthly, runtime_of, town


async def test_a_case_opened_again_has_what_others_appended_meanwhile(database: Database) -> None:
    async with town(database, monthly()) as office, runtime_of(database, "verification") as other:
        case = await office.submit()
        before = await other.command_handler.load(case)
        await office.withdraw(case)

        again = await other.command_handler.load(case)

        assert len(before.history) < len(again.history)
        async with runtime_of(database, "verification") as fresh:
            expected = await fresh.command_handler.load(case)
            assert (again.case, again.history, again.due) == (expected.case, expected.history, expected.due)


async def test_only_what_is_new_is_read_again(database: Database) -> None:
    async with town(database, monthly()) as office, runtime_of(database, "verification") as other:
        case = await office.submit()
        opened = await other.command_handler.load(case)

        read = (await other.store.read([case], {case: opened.case.version})).streams[case]

        assert read.events == ()
        assert read.seen == read.head


async def test_a_person_whose_key_was_destroyed_is_not_remembered(database: Database) -> None:
    async with town(database, monthly()) as office, runtime_of(database, "verification") as other:
        case = await office.submit()
        assert (await other.command_handler.load(case)).case.application is not None
        admin = await asyncpg.connect(database.url)
        await admin.execute("DELETE FROM keys.case_key WHERE stream = $1", case)
        await admin.close()

        forgotten = (await other.command_handler.load(case)).case

        assert forgotten.application is not None
        assert forgotten.people is None


async def test_the_state_of_another_ledger_is_not_remembered(database: Database) -> None:
    async with town(database, monthly()) as office, runtime_of(database, "verification") as other:
        case = await office.submit()
        true = await other.command_handler.load(case)
        cached = other.command_handler.cache.get(case)
        assert cached is not None
        other.command_handler.cache.put(
            replace(cached, head=b"another", case=replace(true.case, documents={}, completed=()))
        )

        assert (await other.command_handler.load(case)).case == true.case


async def test_the_case_opened_longest_ago_is_forgotten_first(database: Database) -> None:
    async with town(database, monthly()) as office:
        cases = [await office.submit() for _ in range(3)]
        cache = CaseCache(most=2)
        command_handler = replace(office.runtime.command_handler, cache=cache)

        for case in (cases[0], cases[1], cases[0], cases[2]):
            await command_handler.load(case)

        assert [cache.get(case) is not None for case in cases] == [True, False, True]
