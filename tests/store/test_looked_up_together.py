"""Verification looks up many cases in one request; an open word about one of them repeats the look-up of no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import asyncpg

from jejak.eventstore.store import Store
from jejak.messaging.task_runner import Answer, AutomaticTask, DueWork, Run, TaskRunner
from jejak.platform.key_settings import MasterKeys
from tests.procedure import look_up_steps, sheet
from tests.procedure import office as an_office
from tests.servers import Database
from tests.store import registers
from tests.store.bpjs import KEY, OFFICE, runtime_of, town
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.population import Population
from verification.registers.importing import import_register
from verification.registers.lookup import RegisterKeys

PEOPLE: Final = (registers.BUDI, registers.SITI, registers.ANI)


@dataclass
class Counted:
    """A task of verification, with the number of cases of each call."""

    run: Run
    sizes: list[int] = field(default_factory=list)

    async def __call__(self, works: Sequence[DueWork]) -> Sequence[Answer]:
        self.sizes.append(len(works))
        return await self.run(works)


async def looked_up(database: Database, folder: Path, verb: str, rows: Sequence[str]) -> tuple[list[int], list[str]]:
    """Three cases that wait for this look-up: the number of cases of each call, and the outcome of each case."""
    async with town(database, sheet(look_up_steps(verb))) as office, runtime_of(database, "verification") as runtime:
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="impor").text)
        register = {"check_membership": "BPJS", "check_registry": "DTKS"}[verb]
        if rows:
            path = registers.write(folder, rows, f"{register}.csv")
            connection = await asyncpg.connect(database.urls["verification"])
            await import_register(
                connection, RegisterKeys(KEY, MasterKeys(KEY)), registers.of(path, register, office=OFFICE)
            )
            await connection.close()
        cases = [await office.submit(person={"nik": nik}) for nik in PEOPLE]
        task = handlers(runtime, Bridging({}), Population({})).tasks[verb]
        counted = Counted(task.run)
        await TaskRunner(runtime.command_handler, "verification", {verb: AutomaticTask(counted)}, 0.0).work(cases)
        fates: list[str] = []
        for case in cases:
            opened = await office.opened(case)
            put_off = [row.deferred for row in opened.rows if row.deferred]
            fates += put_off or [opened.history[1].type]
        return counted.sizes, fates


async def test_a_word_of_a_membership_list_that_decides_nothing_puts_off_its_own_case_only(
    database: Database, tmp_path: Path
) -> None:
    rows = [
        "NIK;Nama;Segmen;Status",
        f"{registers.BUDI};Budi;PBI (APBN);DITANGGUHKAN",
        f"{registers.SITI};Siti;PBI (APBN);AKTIF",
    ]
    sizes, (budi, *others) = await looked_up(database, tmp_path, "check_membership", rows)
    assert sizes == [3]
    assert "DITANGGUHKAN" in budi
    assert others == ["MembershipChecked"] * 2


async def test_rows_of_a_register_that_contradict_each_other_put_off_their_own_case_only(
    database: Database, tmp_path: Path
) -> None:
    rows = ["NIK;Nama;Desil", f"{registers.BUDI};Budi;1", f"{registers.BUDI};Budi;9", f"{registers.SITI};Siti;2"]
    rows.append(f"{registers.ANI};Ani;3")
    sizes, (budi, *others) = await looked_up(database, tmp_path, "check_registry", rows)
    assert sizes == [3]
    assert "desil" in budi
    assert others == ["DtksVerified"] * 2


async def test_where_no_list_was_imported_every_case_waits_for_one_and_is_asked_for_once(
    database: Database, tmp_path: Path
) -> None:
    sizes, fates = await looked_up(database, tmp_path, "check_membership", [])
    assert sizes == [3]
    assert set(fates) == {"daftar_kepesertaan_belum_diimpor"}
