"""Case 43: a newer list speaks against a look-up while the letter waits for its signature."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from jejak.eventstore.store import Store
from jejak.messaging.task_runner import AutomaticTask, TaskRunner
from jejak.platform.key_settings import MasterKeys
from jejak.web.reading.case_status import newer_findings
from letters import app as letters_app
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database
from tests.store import registers
from tests.store.bpjs import KEY, OFFICE, Town, client, runtime_of, town
from verification import app as verification_app
from verification.findings import Rechecks
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.population import Population
from verification.registers.importing import import_register
from verification.registers.lookup import RegisterKeys

INPUT: Final = Path(__file__).parent / "inputs" / "43-bpjs-sudah-aktif.csv"
NIK: Final = "1301010607887002"
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Kepesertaan dicek"
tugas = ["check_membership"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Surat disusun"
tugas = ["draft_letter"]
pelaksana = ["staf"]
surat = "surat"

[[langkah]]
no = 3
kegiatan = "Tanda tangan"
tugas = ["sign"]
pelaksana = ["kadis"]
surat = "surat"
"""
INACTIVE: Final = f"NIK;Nama Peserta;Segmen;Status;Tgl Nonaktif\n{NIK};REKAAN BIASA;PBI APBN;NONAKTIF;01-05-2022\n"
GONE: Final = "NIK;Nama Peserta;Segmen;Status\n1301010607887003;ORANG LAIN;PBI APBN;AKTIF\n"
DIED: Final = f"NIK;Nama Peserta;Segmen;Status\n{NIK};REKAAN BIASA;PBI APBN;MENINGGAL DUNIA\n"


@dataclass
class Waiting:
    """A case whose letter waits for the signature."""

    office: Town
    case: uuid.UUID
    letters: httpx.AsyncClient
    verification: httpx.AsyncClient
    rechecks: Rechecks
    folder: Path

    async def imported(self, text: str, as_of: str) -> None:
        """A list of BPJS is imported, and running cases are looked up by it."""
        path = self.folder / f"{as_of}.csv"
        path.write_text(text, encoding="utf-8")
        await load(self.office.database, path, as_of)
        await self.rechecks.sweep()

    async def findings(self) -> list[str]:
        return [row["kata"] for row in newer_findings(await self.office.opened(self.case))]

    async def signed(self, **body: Any) -> httpx.Response:
        headers = self.office.headers("kadis-1")
        return await self.letters.post(f"/cases/{self.case}/tasks/sign", json=body, headers=headers)

    async def ended(self, who: str = "kadis-1") -> httpx.Response:
        return await self.verification.post(
            f"/cases/{self.case}/end-by-finding",
            json={"pengecekan": "check_membership"},
            headers=self.office.headers(who),
        )


async def load(database: Database, path: Path, as_of: str) -> None:
    connection = await asyncpg.connect(database.urls["verification"])
    request = registers.of(path, "BPJS", office=OFFICE, as_of=date.fromisoformat(as_of))
    await import_register(connection, RegisterKeys(KEY, MasterKeys(KEY)), request)
    await connection.close()


@pytest.fixture
async def waiting(database: Database, tmp_path: Path) -> AsyncIterator[Waiting]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(town(database, sheet(STEPS)))
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="impor").text)
        runtime = await stack.enter_async_context(runtime_of(database, "verification"))
        writing = await stack.enter_async_context(runtime_of(database, "letters"))
        letters = await stack.enter_async_context(client(writing, letters_app.build))
        verification = await stack.enter_async_context(client(runtime, verification_app.build))
        first = tmp_path / "first.csv"
        first.write_text(INACTIVE, encoding="utf-8")
        await load(database, first, "2026-01-31")
        case = await office.submit(person={"nik": NIK, "born": "1988-07-06"})
        run = handlers(runtime, Bridging({}), Population({})).tasks["check_membership"].run
        runner = TaskRunner(runtime.command_handler, "verification", {"check_membership": AutomaticTask(run)}, 0.0)
        await runner.work([case])
        drafted = await letters.post(f"/cases/{case}/tasks/draft_letter", json={}, headers=office.headers("staf-1"))
        assert drafted.status_code == 200, drafted.text
        rechecks = Rechecks(runtime)
        await rechecks.sweep()
        yield Waiting(office, case, letters, verification, rechecks, tmp_path)


async def test_the_signer_sees_what_the_newer_list_says_and_does_not_sign_without_a_word(waiting: Waiting) -> None:
    assert await waiting.findings() == []
    await waiting.imported(INPUT.read_text(encoding="utf-8"), "2026-02-10")
    [words] = await waiting.findings()
    assert words == (
        "Pengecekan kepesertaan: daftar yang lebih baru per 10 Februari 2026 menyatakan peserta sudah aktif, "
        "tertulis «AKTIF»."
    )
    refused = await waiting.signed()
    assert refused.status_code == 409
    assert "Kembalikan berkasnya menurut temuan itu" in refused.text


async def test_the_signer_returns_the_file_as_the_sheet_says_of_such_a_finding(waiting: Waiting) -> None:
    await waiting.imported(INPUT.read_text(encoding="utf-8"), "2026-02-10")
    assert (await waiting.ended("staf-1")).status_code == 403
    answer = await waiting.ended()
    assert answer.status_code == 200, answer.text
    assert answer.json()["berakhir"] == "kembalikan"
    assert answer.json()["jatuh_tempo"] == []


async def test_a_file_is_not_returned_without_such_a_finding(waiting: Waiting) -> None:
    answer = await waiting.ended()
    assert answer.status_code == 409
    assert "Tidak ada temuan baru" in answer.text


async def test_a_finding_is_recorded_once_and_forgotten_when_a_still_newer_list_takes_it_back(waiting: Waiting) -> None:
    await waiting.imported(INPUT.read_text(encoding="utf-8"), "2026-02-10")
    await waiting.rechecks.sweep()
    await Rechecks(waiting.rechecks.runtime).sweep()
    assert (await waiting.office.types(waiting.case)).count("FindingChanged") == 1
    await waiting.imported(f"{INACTIVE}1301010607887003;ORANG LAIN;PBI APBN;NONAKTIF;01-05-2022\n", "2026-03-01")
    assert await waiting.findings() == []


async def test_a_row_that_a_newer_list_no_longer_has_changes_nothing_of_a_reactivation(waiting: Waiting) -> None:
    await waiting.imported(GONE, "2026-02-10")
    assert await waiting.findings() == []


async def test_a_word_that_decides_nothing_is_shown_and_ends_nothing(waiting: Waiting) -> None:
    await waiting.imported(DIED, "2026-02-10")
    [words] = await waiting.findings()
    assert words.endswith("tidak jelas artinya, tertulis «MENINGGAL DUNIA».")
    assert (await waiting.ended()).status_code == 409
