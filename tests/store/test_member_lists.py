"""bpjs-sync asks verification for the membership in imported lists, over HTTP, on a real database, without Kafka."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bpjs_sync.handlers import handlers
from bpjs_sync.memberlists import MemberLists
from jejak.cases.decision import Actor
from jejak.contracts.memberlists import MOST_PEOPLE, PATH
from jejak.eventstore.store import Store
from jejak.eventstore.types import StoredDue
from jejak.messaging.task_runner import TaskRunner
from jejak.platform.key_settings import MasterKeys
from jejak.service import application
from jejak.web.access import clients, service_tokens, tokens
from jejak_local.files import free_port
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database, served
from tests.store import registers
from tests.store.bpjs import KEY, OFFICE, Town, runtime_of, town
from verification import app as verification_app
from verification.registers.importing import import_register
from verification.registers.lookup import RegisterKeys

SHEET: Final = """
[[langkah]]
no = 1
kegiatan = "Kartu aktif"
tugas = ["confirm_status"]
pelaksana = ["bpjs"]
"""
ELSEWHERE: Final = "13.98"
RIPE: Final = "UPDATE es.due SET retry_at = clock_timestamp() - interval '1 second' WHERE retry_at IS NOT NULL"


@dataclass
class Asked:
    """The requests to verification, recorded on their way."""

    app: Any
    addresses: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.addresses.append(f"{scope['path']}?{scope['query_string'].decode()}")
        await self.app(scope, receive, send)


@dataclass
class Scene:
    office: Town
    lists: MemberLists
    requests: Asked
    folder: Path
    database: Database

    async def case(self, nik: str) -> uuid.UUID:
        return await self.office.submit(person={"nik": nik})

    async def listed(self, *rows: str, office: str = OFFICE, register: str = "BPJS") -> None:
        """Imports a list as of the end of August, in September."""
        await self.office.at("2022-09-01 09:00")
        path = registers.write(self.folder, ["NIK;Nama;Segmen;Status", *rows], f"{office}-{register}.csv")
        request = registers.of(path, register, office=office, as_of=date(2022, 8, 31))
        connection = await asyncpg.connect(self.database.urls["verification"])
        await import_register(connection, RegisterKeys(KEY, MasterKeys(KEY)), request)
        await connection.close()

    async def swept(self, url: str | None = None) -> None:
        """Carries out the due tasks, with verification at this address."""
        command_handler, lists = self.office.runtime.command_handler, replace(self.lists, url=url or self.lists.url)
        runner = TaskRunner(command_handler, "bpjs_sync", handlers(lists).tasks, 0.0)
        await runner.sweep()

    async def row(self, case: uuid.UUID) -> StoredDue:
        (row,) = (await self.office.opened(case)).rows
        return row

    async def outcomes(self, *cases: uuid.UUID) -> list[str | None]:
        """The outcome by the lists for each case; None where nothing is appended yet."""
        histories = [await self.office.types(case) for case in cases]
        return [history[1] if len(history) > 1 else None for history in histories]

    async def administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.database.url)
        await connection.execute(statement)
        await connection.close()


@asynccontextmanager
async def scene_of(database: Database, folder: Path) -> AsyncIterator[Scene]:
    async with town(database, sheet(SHEET)) as office, runtime_of(database, "verification") as runtime:
        async with await Store.connect(database.url, size=1) as admin:
            await admin.put_kantor(OFFICE, date(2017, 1, 2), an_office(way="impor").text)
        app = application(runtime, await verification_app.build(runtime), "", runtime.store.ping)
        requests = Asked(app)
        await office.at("2022-07-04 09:00")
        async with served(requests) as url:
            lists = MemberLists(url, KEY, "bpjs_sync")
            yield Scene(office, lists, requests, folder, database)


def row_of(nik: str, status: str) -> str:
    return f"{nik};Warga Contoh;PBI (APBN);{status}"


async def test_many_people_of_an_office_are_asked_for_at_once_and_named_in_no_address_and_no_log(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene_of(database, tmp_path) as scene:
        people = [registers.BUDI, registers.SITI, registers.ANI]
        cases = [await scene.case(nik) for nik in people]
        await scene.listed(row_of(people[0], "AKTIF"), row_of(people[1], "NON AKTIF"))
        await scene.swept()
        assert await scene.outcomes(*cases) == [
            "MembershipActivated",
            "MembershipNotYetActive",
            "MembershipNotYetActive",
        ]
        assert scene.requests.addresses == [f"{PATH}?"]
        # An unchanged "not yet" appends nothing.
        before = [await scene.office.types(case) for case in cases]
        await scene.swept()
        assert [await scene.office.types(case) for case in cases] == before
    output = capsys.readouterr()
    assert "request" in output.out
    assert not any(nik in output.out + output.err for nik in people)


async def test_a_word_that_decides_nothing_waits_for_a_person_and_the_others_go_on(
    database: Database, tmp_path: Path
) -> None:
    async with scene_of(database, tmp_path) as scene:
        open_word, active = await scene.case(registers.BUDI), await scene.case(registers.SITI)
        await scene.listed(row_of(registers.BUDI, "DITANGGUHKAN"), row_of(registers.SITI, "AKTIF"))
        await scene.swept()
        assert await scene.outcomes(open_word, active) == [None, "MembershipActivated"]
        deferred = (await scene.row(open_word)).deferred
        assert deferred is not None
        assert "DITANGGUHKAN" in deferred


async def test_while_verification_is_away_the_tasks_are_put_off_and_tried_again(
    database: Database, tmp_path: Path
) -> None:
    async with scene_of(database, tmp_path) as scene:
        cases = [await scene.case(nik) for nik in (registers.BUDI, registers.SITI)]
        await scene.listed(row_of(registers.BUDI, "AKTIF"), row_of(registers.SITI, "AKTIF"))
        await scene.swept(f"http://127.0.0.1:{free_port()}")
        for case in cases:
            row = await scene.row(case)
            assert (row.deferred, row.attempts, row.waiting, row.parked) == ("verifikasi_tidak_menjawab", 1, True, None)
        await scene.swept()
        assert await scene.outcomes(*cases) == [None, None]
        await scene.administer(RIPE)
        await scene.swept()
        assert await scene.outcomes(*cases) == ["MembershipActivated"] * 2


async def test_a_silent_verification_is_asked_once_for_all(database: Database, tmp_path: Path) -> None:
    class Silent:
        async def __call__(self, _: Scope, receive: Receive, __: Send) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

    async with scene_of(database, tmp_path) as scene:
        cases = [await scene.case(nik) for nik in (registers.BUDI, registers.SITI, registers.ANI)]
        await scene.listed(row_of(registers.BUDI, "AKTIF"))
        requests = Asked(Silent())
        async with served(requests) as url:
            scene.lists = replace(scene.lists, seconds=0.2)
            await scene.swept(url)
        assert len(requests.addresses) == 1
        assert {(await scene.row(case)).deferred for case in cases} == {"verifikasi_tidak_menjawab"}


async def test_a_row_that_cannot_be_read_holds_up_its_own_case_only(database: Database, tmp_path: Path) -> None:
    async with scene_of(database, tmp_path) as scene:
        bad, good = await scene.case(registers.BUDI), await scene.case(registers.SITI)
        await scene.listed(row_of(registers.BUDI, "AKTIF"), row_of(registers.SITI, "NON AKTIF"))
        await scene.administer("UPDATE register.entry SET sealed = reverse(sealed) WHERE status = 'AKTIF'")
        await scene.swept()
        assert (await scene.row(bad)).deferred == "verifikasi_gangguan"
        assert await scene.outcomes(good) == ["MembershipNotYetActive"]


async def test_where_no_list_was_imported_the_task_waits_for_one(database: Database, tmp_path: Path) -> None:
    async with scene_of(database, tmp_path) as scene:
        case = await scene.case(registers.BUDI)
        await scene.swept()
        assert (await scene.row(case)).deferred == "daftar_kepesertaan_belum_diimpor"


async def test_an_office_is_told_of_its_own_and_its_provinces_lists_and_of_no_other_offices(
    database: Database, tmp_path: Path
) -> None:
    async with scene_of(database, tmp_path) as scene:
        await scene.listed(row_of(registers.BUDI, "AKTIF"), office=ELSEWHERE)
        nothing = await scene.lists.look_up(OFFICE, [registers.BUDI])
        assert (nothing.lists, nothing.rows) == ((), ((),))
        await scene.listed(row_of(registers.SITI, "AKTIF"))
        await scene.listed(row_of(registers.ANI, "AKTIF"), office="13", register="JKN")
        lookup = await scene.lists.look_up(OFFICE, [registers.BUDI, registers.SITI, registers.ANI])
        assert len(lookup.lists) == 2
        assert [len(rows) for rows in lookup.rows] == [0, 1, 1]
        answer = await ask(scene, [registers.SITI])
        assert "Warga Contoh" not in answer.text
        assert registers.SITI not in answer.text


async def test_the_number_of_people_in_a_request_is_limited(database: Database, tmp_path: Path) -> None:
    async with scene_of(database, tmp_path) as scene:
        people = [registers.nik(number) for number in range(MOST_PEOPLE + 1)]
        assert (await ask(scene, people[:-1])).status_code == 200
        refused = await ask(scene, people)
        assert refused.status_code == 422
        assert not any(nik in refused.text for nik in people)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (lambda: "bukan.token.kami", 401),
        (lambda: tokens.issue(KEY, Actor(OFFICE, "staf-1", "staf")), 401),
        (lambda: clients.issue(KEY, "bpjs"), 401),
        (lambda: service_tokens.issue(bytes(32), "bpjs_sync", "verification"), 401),
        (lambda: service_tokens.issue(KEY, "bpjs_sync", "letters"), 401),
        (lambda: service_tokens.issue(KEY, "bpjs_sync", "verification", seconds=-3600), 401),
        (lambda: service_tokens.issue(KEY, "letters", "verification"), 403),
    ],
    ids=["no token", "an official's", "a client's", "forged", "for another", "ended", "of another service"],
)
async def test_only_bpjs_sync_is_answered(
    database: Database, tmp_path: Path, token: Callable[[], str], status: int
) -> None:
    async with scene_of(database, tmp_path) as scene:
        await scene.listed(row_of(registers.BUDI, "AKTIF"))
        for headers, expected in (({"Authorization": f"Bearer {token()}"}, status), ({}, 401)):
            answer = await ask(scene, [registers.BUDI], headers)
            assert answer.status_code == expected
            assert "AKTIF" not in answer.text


async def test_a_token_between_services_opens_nothing_to_an_official_or_a_machine(database: Database) -> None:
    token = service_tokens.issue(KEY, "bpjs_sync", "bpjs_sync")
    async with town(database, sheet(SHEET)) as office:
        headers = {"Authorization": f"Bearer {token}"}
        for path in ("/bpjs", "/bpjs/outstanding", "/bpjs/submissions"):
            assert (await office.bpjs.get(path, headers=headers)).status_code == 401


async def ask(scene: Scene, niks: Sequence[str], headers: Mapping[str, str] | None = None) -> httpx.Response:
    """A request as bpjs-sync makes it, or with other headers."""
    own = {"Authorization": f"Bearer {service_tokens.issue(KEY, 'bpjs_sync', 'verification')}"}
    async with httpx.AsyncClient(base_url=scene.lists.url, trust_env=False) as http:
        body = {"office": OFFICE, "niks": list(niks)}
        return await http.post(PATH, json=body, headers=own if headers is None else headers)
