"""Due rows: written with the event, kept while unchanged, claimed by one process, put off, parked, put back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from jejak.contracts.envelope import Due
from jejak.platform.ids import new_uuid
from jejak.web.reading.waiting_tasks import WORKLIST
from tests.servers import Database
from tests.store.ledger import OFFICE, command, due, opened

NOW = timedelta(0)


async def test_a_row_that_is_due_as_before_keeps_its_claim_its_back_off_and_its_parking(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as intake, opened(database, "verification") as owner:
        await intake.append(command(case, 0, rows=[due(), due("ulang", "reconcile", service="bpjs_sync")]))
        await owner.claim(case, "main", "check_registry", 60)
        await owner.defer(case, "main", timedelta(hours=1), "dtks_down")
        await owner.park(case, "main", "ValueError")
        before = (await intake.read([case])).streams[case].due
        await intake.append(command(case, 1, rows=before))
        kept = (await intake.read([case])).streams[case].due

    main = kept[0]
    assert kept == before
    assert (main.attempts, main.deferred, main.parked, main.waiting) == (1, "dtks_down", "ValueError", True)


@pytest.mark.parametrize("changed", [due(who="kabid"), due(tugas="check_rules"), due()])
async def test_a_row_of_another_task_person_or_time_begins_anew(database: Database, changed: Due) -> None:
    case = new_uuid()
    async with opened(database) as intake, opened(database, "verification") as owner:
        await intake.append(command(case, 0, rows=[due()]))
        await owner.claim(case, "main", "check_registry", 60)
        await owner.park(case, "main", "ValueError")
        await intake.append(command(case, 1, rows=[changed]))
        (row,) = (await intake.read([case])).streams[case].due

    assert (row.attempts, row.claimed_until, row.parked, row.waiting) == (0, None, None, False)


@pytest.mark.parametrize("others", [0, 1])
async def test_a_row_that_is_due_as_before_but_urgent_now_says_so_and_keeps_its_claim(
    database: Database, others: int
) -> None:
    case, later = new_uuid(), [command(new_uuid(), 0) for _ in range(others)]
    async with opened(database) as intake, opened(database, "verification") as owner:
        await intake.append(command(case, 0, rows=[due()]))
        await owner.claim(case, "main", "check_registry", 60)
        (before,) = (await intake.read([case])).streams[case].due
        urgent, fresh = replace(before, urgent=True), due("aktif", "deliver", service="bpjs_sync")
        await intake.append_call([command(case, 1, rows=[fresh, urgent]), *later])
        aktif, main = (await intake.read([case])).streams[case].due

    assert (main.urgent, main.claimed_until, main.attempts) == (True, before.claimed_until, 1)
    assert (main.since, main.langkah, main.who) == (before.since, before.langkah, before.who)
    assert (aktif.tugas, aktif.urgent, aktif.attempts) == ("deliver", False, 0)


async def test_three_rows_of_one_event_are_due_as_two_are(database: Database) -> None:
    case = new_uuid()
    rows = [due(), due("aktif", "deliver", service="bpjs_sync"), due("ulang", "reconcile", service="bpjs_sync")]
    async with opened(database) as store:
        for version, count in enumerate((2, 3, 1)):
            await store.append(command(case, version, rows=rows[:count]))
            read = (await store.read([case])).streams[case]
            assert [row.slot for row in read.due] == sorted(row.slot for row in rows[:count])
            assert (read.events[-1].due or "").split(",") == [
                f"{row.service}/{row.tugas};2;kasi;{row.slot}" for row in rows[:count]
            ]


async def test_rows_that_an_append_does_not_name_are_gone_in_one_call_or_many(database: Database) -> None:
    first, second, third = new_uuid(), new_uuid(), new_uuid()
    both = [due(), due("aktif", "deliver", service="bpjs_sync")]
    async with opened(database) as store:
        await store.append_call([command(case, 0, rows=both) for case in (first, second, third)])
        await store.append(command(first, 1, rows=both[1:]))
        await store.append_call([command(second, 1, rows=both[:1]), command(third, 1)])
        read = await store.read([first, second, third])

    assert [[row.slot for row in read.streams[case].due] for case in (first, second, third)] == [
        ["aktif"],
        ["main"],
        [],
    ]
    assert [read.streams[case].events[-1].due for case in (second, third)] == [
        "verification/check_registry;2;kasi;main",
        "",
    ]


async def test_of_many_that_reach_for_a_task_one_gets_it_and_it_comes_back_when_the_claim_ends(
    database: Database,
) -> None:
    case = new_uuid()
    async with opened(database) as intake, opened(database, "verification") as owner:
        await intake.append(command(case, 0, rows=[due()]))
        got = await asyncio.gather(*(owner.claim(case, "main", "check_registry", 60) for _ in range(6)))
        assert sorted(got) == [False] * 5 + [True]
        await owner.defer(case, "main", timedelta(seconds=-1), "again")
        assert await owner.claim(case, "main", "check_registry", -1)
        assert await owner.claim(case, "main", "check_registry", 60), "a claim that has run out is no claim"
        assert not await owner.claim(case, "main", "check_rules", 60), "another task than was read"
        (row,) = (await intake.read([case])).streams[case].due
    assert row.attempts == 3


async def test_a_service_touches_only_its_own_rows(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as intake, opened(database, "letters") as other:
        await intake.append(command(case, 0, rows=[due()]))
        assert not await other.claim(case, "main", "check_registry", 60)
        assert not await other.defer(case, "main", NOW, "x")
        assert not await other.park(case, "main", "x")
        (row,) = (await intake.read([case])).streams[case].due
    assert (row.attempts, row.retry_at, row.parked) == (0, None, None)


async def test_the_sweep_finds_unclaimed_automatic_work_and_leaves_the_rest(database: Database) -> None:
    cases = {name: new_uuid() for name in ("free", "claimed", "deferred", "parked", "human", "later", "other_verb")}
    async with opened(database) as intake, opened(database, "verification") as owner:
        later = await intake.now() + timedelta(days=90)
        rows = {name: due() for name in cases}
        rows |= {"human": due(automatic=False), "later": due(not_before=later), "other_verb": due(tugas="check_rules")}
        await intake.append_call([command(case, 0, rows=[rows[name]]) for name, case in cases.items()])
        await owner.claim(cases["claimed"], "main", "check_registry", 60)
        await owner.defer(cases["deferred"], "main", timedelta(hours=1), "x")
        await owner.park(cases["parked"], "main", "x")

        assert await owner.sweep("verification", ["check_registry"], 0, 100) == [cases["free"]]
        assert await owner.sweep("verification", ["check_registry"], 0, 100, but=[cases["free"]]) == []
        assert await owner.sweep("verification", ["check_registry"], 3600, 100) == [], "too young"
        await owner.set_dev_clock(timedelta(days=91))
        assert set(await owner.sweep("verification", ["check_registry"], 0, 100)) == {cases["free"], cases["later"]}


async def test_the_worklist_of_an_office_has_the_urgent_first_then_who_waited_longest(database: Database) -> None:
    first, second, urgent, elsewhere, machine = (new_uuid() for _ in range(5))
    human = due(automatic=False, tugas="paraf", service="approval", who="kabid")
    async with opened(database) as store:
        await store.append(command(first, 0, rows=[human]))
        await store.append(
            command(second, 0, rows=[due(automatic=False, tugas="sign", service="letters", who="kadis")])
        )
        await store.append(command(urgent, 0, rows=[due(automatic=False, who="kabid", urgent=True)]))
        await store.append(command(elsewhere, 0, rows=[human], office="99.02"))
        await store.append(command(machine, 0, rows=[due(who="kabid")]))
        rows = await store.pool.fetch(WORKLIST, OFFICE, ["kabid", "kadis"], 50, None)
    assert [row["stream"] for row in rows] == [urgent, first, second]


async def test_parked_work_is_listed_and_put_back_by_its_service_or_the_administrator(database: Database) -> None:
    first, second = new_uuid(), new_uuid()
    async with opened(database) as intake, opened(database, "verification") as owner:
        await intake.append_call([command(case, 0, rows=[due()]) for case in (first, second)])
        for case in (first, second):
            await owner.claim(case, "main", "check_registry", 60)
            await owner.park(case, "main", "KeyError")
        assert {row.stream for row in await owner.parked()} == {first, second}
        assert not await intake.unpark(first, "main")
        assert await owner.unpark(first, "main")
        async with await type(owner).connect(database.url) as administrator:
            assert await administrator.unpark(second, "main")
        assert await owner.parked() == []
        assert await owner.claim(first, "main", "check_registry", 60)
