"""The people of an attached list at BPJS: asked from the page, and seen by those who initial and sign the letter."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from approval import app as approval_app
from jejak.eventstore.store import Store
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.ids import case_code
from jejak.service import application
from jejak.web.runtime import Runtime
from jejak_tools.simulators.vclaim import Behaviour, Simulator
from letters import app as letters_app
from tests.field.test_letters import HTML, LETTERS, LIST, STEPS, Desk
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database, execute, served
from tests.store.bpjs import OFFICE, Town, client, runtime_of, town
from tests.unit.verification.test_bridging import CONSUMER, row
from tests.waits import PATIENCE
from verification import app as verification_app

CHECK: Final = '\n[[langkah]]\nno = 7\nkegiatan = "Cek"\ntugas = ["check_membership"]\npelaksana = ["staf"]\n'
ACTIVE: Final = row(1) | {"nik": "1399014101800001"}


@dataclass
class Asking:
    """A drafted letter with two people on its list, and the services before which officials stand."""

    town: Town
    case: uuid.UUID
    clients: dict[str, httpx.AsyncClient]
    simulator: Simulator

    @property
    def path(self) -> str:
        return f"/cases/{case_code(self.case)}/daftar-terlampir"

    async def get(self, who: str = "kadis-1") -> dict[str, Any]:
        answer = await self.clients["verification"].get(self.path, headers=self.town.headers(who))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def page(self) -> str:
        return (await self.clients["verification"].get(self.path, headers=self.town.headers("kadis-1") | HTML)).text

    async def ask(self, who: str = "staf-1", **more: str) -> httpx.Response:
        return await self.clients["verification"].post(f"{self.path}/tanyakan", headers=self.town.headers(who, **more))

    async def ended(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while (shown := await self.get())["ditanyakan"]["keadaan"] == "berjalan":  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return shown


@asynccontextmanager
async def verification(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """The service over HTTP with its background work, which holds the connections to BPJS."""
    service = await verification_app.build(runtime)
    working = [asyncio.create_task(step()) for step in service.background]
    app = application(runtime, service, "", runtime.store.ping)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http:
            yield http
    finally:
        await cancel_and_wait(*working)


@pytest.fixture
async def asking(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    simulator = Simulator({CONSUMER.cons_id: CONSUMER}, [ACTIVE])
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(simulator.app()))
        access = {"url": url, "cons_id": CONSUMER.cons_id, "secret": CONSUMER.secret, "user_key": CONSUMER.user_key}
        monkeypatch.setenv("JEJAK_VCLAIM", json.dumps({OFFICE: access}))
        made = await stack.enter_async_context(town(database, sheet(STEPS + CHECK, letters=LETTERS)))
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="http").text)
        case, clients = await made.submit(), {}
        for name, app in {"letters": letters_app, "approval": approval_app}.items():
            runtime = await stack.enter_async_context(runtime_of(database, name, data_dir=tmp_path))
            clients[name] = await stack.enter_async_context(client(runtime, app.build))
        runtime = await stack.enter_async_context(runtime_of(database, "verification"))
        clients["verification"] = await stack.enter_async_context(verification(runtime))
        desk = Desk(made, case, clients)
        await desk.done("draft_letter", "staf-1")
        await desk.done("draft_letter", "staf-1", daftar=LIST)
        yield Asking(made, case, clients, simulator)


async def test_who_initials_sees_what_bpjs_says_of_each_and_who_has_no_answer(asking: Asking) -> None:
    before = await asking.get()
    assert before["ditanyakan"] | {"sejak": None} == {
        "sistem": ["BPJS"],
        "keadaan": "belum",
        "sejak": None,
        "dijawab": 0,
        "jumlah": 2,
    }
    assert "BPJS belum ditanya tentang orang-orang ini." in await asking.page()

    assert (await asking.ask()).status_code == 200
    shown = await asking.ended()

    day = (await asking.town.opened(asking.case)).today.strftime("%d-%m-%Y")
    assert [(row["nama"], row["temuan"], row["perlu_dilihat"]) for row in shown["orang"]] == [
        ("Anak Satu", [f"BPJS: sudah aktif ({day})"], True),
        ("Anak Dua", [f"BPJS: tidak ditemukan ({day})"], True),
    ]
    assert (shown["ditanyakan"]["keadaan"], shown["ditanyakan"]["dijawab"]) == ("selesai", 2)
    several = await asking.clients["approval"].get("/worklist/paraf", headers=asking.town.headers("kabid-1") | HTML)
    assert several.status_code == 200
    again = await asking.ask()
    assert (again.status_code, again.json()["type"]) == (409, "urn:jejak:masalah:sudah_dijawab")


async def test_who_was_not_answered_is_named_and_asked_again(asking: Asking) -> None:
    asking.simulator.behaviour[CONSUMER.cons_id] = Behaviour.ERROR_500
    await asking.ask()
    shown = await asking.ended()
    assert [row["temuan"] for row in shown["orang"]] == [["BPJS: belum menjawab"], ["BPJS: belum menjawab"]]
    assert shown["perlu_dilihat"] == 2
    assert "Yang belum dijawab dapat ditanyakan lagi." in await asking.page()

    asking.simulator.behaviour[CONSUMER.cons_id] = Behaviour.GOOD
    assert (await asking.ask()).status_code == 200
    assert (await asking.ended())["ditanyakan"]["dijawab"] == 2


async def test_one_list_of_an_office_is_asked_about_at_a_time_and_nobody_elses(
    asking: Asking, database: Database
) -> None:
    begin = "SELECT register.begin_asking(gen_random_uuid(), gen_random_uuid(), '{}', 'staf-1', 9)"
    await execute(database.url, begin.format(OFFICE))
    busy = await asking.ask()
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:jejak:masalah:sedang_ditanyakan")
    await execute(database.url, "UPDATE register.list_asked SET seen_at = es.now() - interval '2 minutes'")
    assert (await asking.ask()).status_code == 200
    assert (await asking.ended())["ditanyakan"]["keadaan"] == "selesai"
    assert (await asking.ask(office="13.01")).status_code == 403


async def test_the_answers_are_stored_sealed(asking: Asking, database: Database) -> None:
    await asking.ask()
    await asking.ended()
    async with await Store.connect(database.url, size=1) as admin:
        stored = await admin.pool.fetchval("SELECT encode(sealed, 'escape') FROM register.list_asked")
    assert stored
    assert "BPJS" not in stored
    assert ACTIVE["nik"] not in stored
