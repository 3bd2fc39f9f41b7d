"""Tasks that wait for an outside system: claimed, a few at once, put off together while it is silent, done once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import asyncpg
import pytest

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.eventstore.postgres.outage import MayNotAppend
from jejak.eventstore.store import Store
from jejak.eventstore.types import StoredDue
from jejak.messaging.task_runner import (
    AutomaticTask,
    DueWork,
    OutsideLimit,
    OutsideUnavailable,
    TaskRunner,
    Unavailable,
)
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import OFFICE, Town, runtime_of, town
from tests.waits import PATIENCE

SHEET: Final = """
[[langkah]]
no = 1
kegiatan = "Cek kepesertaan"
tugas = ["check_membership"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Disampaikan"
tugas = ["deliver"]
pelaksana = ["staf"]
kepada = "bpjs"
"""
TWO_AT_ONCE: Final = OutsideLimit(lambda _: True, lambda _: 2)
ANSWER: Final = Decision(
    e.MembershipChecked(membership=e.Membership(active=False), source=e.Source(way="http")), "boleh"
)


@dataclass
class Outsider:
    """An outside system that answers when it may; until then every request waits."""

    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    cases: list[uuid.UUID] = field(default_factory=list)
    says: Exception | None = None

    async def run(self, works: Sequence[DueWork]) -> list[Decision | None]:
        self.cases += [work.opened.case.id for work in works]
        await self.may_answer.wait()
        if self.says:
            raise self.says
        return [ANSWER for _ in works]


@dataclass
class Scene:
    office: Town
    outsider: Outsider
    loop: TaskRunner

    async def cases(self, count: int) -> list[uuid.UUID]:
        return [await self.office.submit() for _ in range(count)]

    async def until_requested(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.outsider.cases) < count:  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.005)

    async def until_done(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.loop.lanes.keys():  # noqa: ASYNC110 - another task's doing
                await asyncio.sleep(0.005)

    async def row(self, case: uuid.UUID) -> StoredDue:
        (row,) = (await self.loop.command_handler.load(case)).rows
        return row


def loop_of(command_handler: CommandHandler, outsider: Outsider) -> TaskRunner:
    return TaskRunner(
        command_handler, "verification", {"check_membership": AutomaticTask(outsider.run, TWO_AT_ONCE)}, 0.0
    )


@asynccontextmanager
async def scene_of(database: Database) -> AsyncIterator[Scene]:
    async with town(database, sheet(SHEET)) as office, runtime_of(database, "verification") as runtime:
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="http").text)
        outsider = Outsider()
        scene = Scene(office, outsider, loop_of(runtime.command_handler, outsider))
        try:
            yield scene
        finally:
            await scene.loop.lanes.close()


async def test_an_answer_ends_the_task_and_the_file_goes_on(database: Database) -> None:
    async with scene_of(database) as scene:
        cases = await scene.cases(5)
        scene.outsider.may_answer.set()
        await scene.loop.work(cases)
        await scene.until_done()
        assert sorted(scene.outsider.cases) == sorted(cases)
        for case in cases:
            assert await scene.office.types(case) == ["ApplicationSubmitted", "MembershipChecked"]
        assert scene.loop.done["ended"] == 5


async def test_work_goes_on_while_an_outside_system_is_slow(database: Database) -> None:
    async with scene_of(database) as scene:
        cases = await scene.cases(5)
        async with asyncio.timeout(PATIENCE):
            await scene.loop.work(cases)
        await scene.until_requested(2)
        await scene.loop.sweep()
        assert len(scene.outsider.cases) == 2
        assert sorted(scene.loop.lanes.keys()) == sorted(cases)
        assert [(await scene.row(case)).claimed_until is not None for case in scene.outsider.cases] == [True, True]


async def test_when_no_request_is_answered_the_cases_in_line_are_put_off_without_asking(database: Database) -> None:
    async with scene_of(database) as scene:
        cases = await scene.cases(5)
        await scene.loop.work(cases)
        await scene.until_requested(2)
        scene.outsider.says = OutsideUnavailable("tidak_menjawab")
        scene.outsider.may_answer.set()
        await scene.until_done()
        assert len(scene.outsider.cases) == 2
        for case in cases:
            row = await scene.row(case)
            assert (row.deferred, row.attempts, row.waiting, row.claimed_until) == ("tidak_menjawab", 1, True, None)
        assert await scene.loop.sweep() == 0


async def test_of_cases_asked_for_apart_none_is_asked_for_after_a_system_was_away(
    database: Database,
) -> None:
    sizes: list[int] = []

    async def run(works: Sequence[DueWork]) -> list[Decision | None]:
        sizes.append(len(works))
        if len(works) > 1:
            raise KeyError
        if len(sizes) > 2:
            raise OutsideUnavailable("tidak_menjawab")
        return [ANSWER]

    async with scene_of(database) as scene:
        cases = await scene.cases(4)
        runner = TaskRunner(scene.loop.command_handler, "verification", {"check_membership": AutomaticTask(run)}, 0.0)
        await runner.work(cases)
        assert sizes == [4, 1, 1]
        assert (runner.done["ended"], runner.done["deferred"], runner.done["parked"]) == (1, 3, 0)


@pytest.mark.parametrize(
    ("says", "deferred", "parked"),
    [
        (Unavailable("orang_lain"), "orang_lain", None),
        (KeyError("rahasia"), None, "KeyError"),
        (MayNotAppend("rahasia"), None, "MayNotAppend"),
        (asyncpg.InsufficientPrivilegeError("rahasia"), "InsufficientPrivilegeError", None),
        (asyncpg.UndefinedTableError("rahasia"), "UndefinedTableError", None),
    ],
)
async def test_what_concerns_one_person_leaves_the_others_in_line(
    database: Database, says: Exception, deferred: str | None, parked: str | None
) -> None:
    async with scene_of(database) as scene:
        cases = await scene.cases(3)
        scene.outsider.says = says
        scene.outsider.may_answer.set()
        await scene.loop.work(cases)
        await scene.until_done()
        assert sorted(scene.outsider.cases) == sorted(cases)
        for case in cases:
            row = await scene.row(case)
            assert (row.deferred, row.parked) == (deferred, parked)


async def test_a_case_that_another_process_looks_up_is_not_looked_up_again(database: Database) -> None:
    async with scene_of(database) as scene, runtime_of(database, "verification") as other:
        cases = await scene.cases(2)
        twin = loop_of(other.command_handler, scene.outsider)
        await scene.loop.work(cases)
        await scene.until_requested(2)
        await twin.work(cases)
        assert twin.lanes.keys() == []
        scene.outsider.may_answer.set()
        await scene.until_done()
        assert sorted(scene.outsider.cases) == sorted(cases)
        await twin.lanes.close()


async def test_a_file_that_was_withdrawn_meanwhile_stays_withdrawn(database: Database) -> None:
    async with scene_of(database) as scene:
        under_way, in_line, last = await scene.cases(3)
        await scene.loop.work([under_way])
        await scene.until_requested(1)
        await scene.loop.work([last])
        await scene.until_requested(2)
        await scene.loop.work([in_line])
        await scene.office.withdraw(under_way)
        await scene.office.withdraw(in_line)
        scene.outsider.may_answer.set()
        await scene.until_done()
        assert in_line not in scene.outsider.cases
        for case in (under_way, in_line):
            assert await scene.office.types(case) == ["ApplicationSubmitted", "ApplicationWithdrawn"]
        assert await scene.office.types(last) == ["ApplicationSubmitted", "MembershipChecked"]
