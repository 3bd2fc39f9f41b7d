"""A kantor file loaded anew while cases run, and a death at the counter: with a database and over HTTP."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest

from jejak.cli import DONE, main
from jejak.eventstore.store import Store
from jejak.messaging.task_runner import TaskRunner
from jejak.procedure.meanings import BY_HAND, put_off_words
from ledger import app as ledger_app
from ledger.timings.figures import FiguresQuery, deaths
from tests.field.test_newer_lists import STEPS
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import OFFICE, Town, client, runtime_of, town
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.population import Population

RECORD: Final = {"bukti": "akta_kematian", "nomor_bukti": "1399-KM-0001", "meninggal_pada": "2022-01-02"}


async def load(database: Database, text: bytes) -> None:
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_kantor(OFFICE, date(2017, 1, 2), text)


async def test_a_look_up_that_the_office_now_does_by_hand_is_shown_to_its_official(database: Database) -> None:
    async with town(database, sheet(STEPS)) as office:
        await load(database, an_office(way="impor").text)
        case = await office.submit()
        await load(database, an_office(way="manual").text)
        async with runtime_of(database, "verification") as runtime:
            automatic = handlers(runtime, Bridging({}), Population({})).tasks
            await TaskRunner(runtime.command_handler, "verification", automatic, 0.0).sweep()
        [row] = (await office.opened(case)).rows
        assert row.deferred == BY_HAND
        assert put_off_words(BY_HAND) == "Kantor kini mengerjakan pengecekan ini dengan tangan."
        async with runtime_of(database, "ledger") as runtime, client(runtime, ledger_app.build) as ledger:
            worklist = (await ledger.get("/worklist", headers=office.headers("staf-1"))).json()
        assert [task["tugas"] for task in worklist["ditunda"]] == ["check_membership"]


async def test_a_look_up_that_becomes_automatic_stays_with_the_official_for_whom_it_waits(database: Database) -> None:
    async with town(database, sheet(STEPS)) as office:
        case = await office.submit()
        await load(database, an_office(way="impor").text)
        async with runtime_of(database, "verification") as runtime:
            automatic = handlers(runtime, Bridging({}), Population({})).tasks
            await TaskRunner(runtime.command_handler, "verification", automatic, 0.0).sweep()
        [row] = (await office.opened(case)).rows
        async with runtime_of(database, "ledger") as runtime, client(runtime, ledger_app.build) as ledger:
            worklist = (await ledger.get("/worklist", headers=office.headers("staf-1"))).json()
        assert row.deferred is None
        assert [task["tugas"] for task in worklist["tugas"]] == ["check_membership"]


async def test_the_head_finds_the_tasks_of_a_vacant_post_in_the_worklist(database: Database) -> None:
    async with town(database, sheet(STEPS)) as office:
        case = await office.submit()
        await load(database, without("staf").encode())
        async with runtime_of(database, "ledger") as runtime, client(runtime, ledger_app.build) as ledger:
            worklist = (await ledger.get("/worklist", headers=office.headers("kadis-1"))).json()
            page = await ledger.get(f"/cases/{case}", headers={"Accept": "text/html"})
        assert [task["tugas"] for task in worklist["tugas"]] == ["check_membership"]
        assert (
            "Jabatan staf sedang kosong; belum ada yang menggantikan. Sementara itu kadis-1 dapat mengerjakannya."
            in page.text
        )


KELURAHAN: Final = "13.99.01.1001"
LURAH: Final = f"""
[[pejabat]]
kode = "lurah-1"
nama = "lurah-1"
jabatan = "staf"
dari = 2017-01-02
wilayah = "{KELURAHAN}"
"""


async def test_the_head_finds_of_a_post_that_a_kelurahan_holds_only_what_no_kelurahan_holds(database: Database) -> None:
    async with town(database, sheet(STEPS)) as office:
        await load(database, an_office(acting=LURAH).text)
        office.posts["lurah-1"] = "staf"
        theirs, nobodys = await office.submit(wilayah=KELURAHAN), await office.submit()
        await load(database, without("staf", acting=LURAH).encode())
        async with runtime_of(database, "ledger") as runtime, client(runtime, ledger_app.build) as ledger:
            lists = {
                who: (await ledger.get("/worklist", headers=office.headers(who))).json()["tugas"]
                for who in ("kadis-1", "lurah-1")
            }
        assert {who: [task["berkas"] for task in tasks] for who, tasks in lists.items()} == {
            "kadis-1": [str(nobodys)],
            "lurah-1": [str(theirs)],
        }


def without(post: str, acting: str = "") -> str:
    """The kantor file without the official who holds this post for the whole office."""
    head, *blocks = an_office(acting=acting).text.decode().split("\n[[pejabat]]\n")
    kept = (block for block in blocks if f'jabatan = "{post}"' not in block or "wilayah" in block)
    return "\n[[pejabat]]\n".join([head, *kept])


async def test_a_load_that_leaves_a_post_vacant_says_what_waits_for_it_and_who_may_act(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with town(database, sheet(STEPS)) as office:
        await office.submit()
    folder = tmp_path / OFFICE
    folder.mkdir()
    (folder / "kantor.toml").write_text(without("staf"), encoding="utf-8")
    monkeypatch.setenv("JEJAK_DATABASE_URL", database.url)
    monkeypatch.setenv("JEJAK_DATA", str(tmp_path / "tidak-ada"))
    assert await run_aside("office", "load", str(folder)) == DONE
    told = capsys.readouterr().out
    assert "peringatan: 1 berkas menunggu pengecekan kepesertaan. Jabatan staf sedang kosong; belum ada yang" in told


async def run_aside(*command: str) -> int:
    """A command runs an event loop of its own: in a thread."""
    return await asyncio.to_thread(main, [*command])


async def dead(office: Town, **changes: object) -> httpx.Response:
    case = await office.submit()
    return await office.intake.post(f"/cases/{case}/died", json=RECORD | changes, headers=office.headers("staf-1"))


async def test_50e_a_death_recorded_at_the_counter_ends_the_case_and_is_refused_without_evidence(
    database: Database,
) -> None:
    async with town(database, sheet(STEPS)) as office:
        ended = await dead(office)
        assert (ended.status_code, ended.json()["berakhir"], ended.json()["jatuh_tempo"]) == (200, "meninggal", [])
        unproven = await dead(office, nomor_bukti=None)
        assert (unproven.status_code, unproven.json()["detail"]) == (
            422,
            "Lampirkan bukti kematian, atau isi nomornya.",
        )
        case = ended.json()["berkas"]
        async with runtime_of(database, "ledger") as runtime, client(runtime, ledger_app.build) as ledger:
            page = (await ledger.get(f"/cases/{case}", headers={"Accept": "text/html"})).text
            state = (await ledger.get(f"/cases/{case}")).json()
    assert state["status"] == "meninggal"
    assert "Kami turut berdukacita. Permohonan ini tidak dilanjutkan." in page
    assert "BPJS Kesehatan diberi tahu" not in page


async def test_50e_deaths_are_counted_apart(database: Database) -> None:
    async with runtime_of(database, "ledger") as runtime:
        admin = await asyncpg.connect(database.url)
        await admin.execute(
            "INSERT INTO view.activity VALUES ($1, $2, 'ParticipantDied', '', '', '', 2), "
            "($1, $2, 'ApplicationWithdrawn', '', '', '', 5)",
            *(OFFICE, date(2022, 7, 5)),
        )
        await admin.close()
        query = FiguresQuery(OFFICE, None, date(2022, 7, 1), date(2022, 7, 31))
        assert await deaths(runtime.store.pool, query) == 2
