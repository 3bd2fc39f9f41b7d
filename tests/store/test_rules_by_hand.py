"""An official judges the rules for an applicant whom no rule of the sheet concerns, and gives the reason."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from jejak.contracts import events as e
from tests.procedure import RULE, sheet
from tests.servers import Database
from tests.store.bpjs import Town, client, runtime_of, town
from verification import app as verification_app

RULED = (
    RULE
    + """
[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_registry", "check_rules"]
pelaksana = ["kabid"]
bila = {tidak_terdaftar = "lanjut"}

[[langkah]]
no = 2
kegiatan = "Simpan"
tugas = ["archive"]
pelaksana = ["staf"]
"""
)
UNLISTED = {"daftar": [{"daftar": "DTKS", "terdaftar": False}]}


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Town]:
    async with town(database, sheet(RULED)) as played:
        yield played


@pytest.fixture
async def verification(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        runtime_of(database, "verification") as runtime,
        client(runtime, verification_app.build) as http,
    ):
        yield http


async def looked_up(office: Town, verification: httpx.AsyncClient, *answers: str) -> uuid.UUID:
    """A case of a person whom no register lists."""
    case = await office.submit(jawaban=list(answers))
    answer = await verification.post(
        f"/cases/{case}/tasks/check_registry", json=UNLISTED, headers=office.headers("kabid-1")
    )
    assert answer.status_code == 200, answer.text
    return case


async def judge(office: Town, verification: httpx.AsyncClient, case: uuid.UUID, **body: Any) -> httpx.Response:
    who = body.pop("who", "kabid-1")
    return await verification.post(f"/cases/{case}/tasks/check_rules", json=body, headers=office.headers(who))


async def test_the_case_waits_in_the_officials_list_and_the_decision_gives_its_reason(
    office: Town, verification: httpx.AsyncClient
) -> None:
    case = await looked_up(office, verification)
    [due] = (await office.opened(case)).due
    [row] = await office.runtime.store.pool.fetch("SELECT automatic, who FROM es.due WHERE stream = $1", case)
    assert (due.tugas, row["automatic"], row["who"]) == ("check_rules", False, "kabid")

    other = await judge(office, verification, case, who="staf-1", hasil="memenuhi", catatan="Boleh.")
    silent = await judge(office, verification, case, hasil="memenuhi")
    done = await judge(office, verification, case, hasil="memenuhi", catatan="Dilihat sendiri di rumahnya.")

    assert (other.status_code, other.json()["title"]) == (403, "bukan tugas anda")
    assert (silent.status_code, silent.json()["title"]) == (422, "alasan perlu")
    assert done.status_code == 200, done.text
    [event] = [event for event in (await office.opened(case)).history if event.type == "EligibilityConfirmed"]
    assert isinstance(event.data, e.EligibilityConfirmed)
    assert (event.actor, event.data.rules, event.data.note) == ("kabid-1", (), "Dilihat sendiri di rumahnya.")


async def test_his_no_refuses_the_case_and_tells_the_citizen_so(office: Town, verification: httpx.AsyncClient) -> None:
    case = await looked_up(office, verification)
    done = await judge(office, verification, case, hasil="tidak_memenuhi", catatan="Punya tiga rumah.")
    assert done.status_code == 200, done.text
    [refused] = [event.data for event in (await office.opened(case)).history if isinstance(event.data, e.CaseRefused)]
    assert [reason.text for reason in refused.reasons] == [
        "Tidak ada aturan pada SOP yang mengenai pemohon ini; petugas menilai syaratnya tidak terpenuhi."
    ]


async def test_no_official_judges_where_a_rule_of_the_sheet_does(office: Town, verification: httpx.AsyncClient) -> None:
    case = await looked_up(office, verification, "gawat")
    [row] = await office.runtime.store.pool.fetch("SELECT automatic FROM es.due WHERE stream = $1", case)
    answer = await judge(office, verification, case, hasil="memenuhi", catatan="Sebaiknya dibantu.")
    assert (row["automatic"], answer.status_code, answer.json()["title"]) == (True, 409, "aturan menilai")
    assert "EligibilityConfirmed" not in await office.types(case)
