"""A list uploaded on the page Pencocokan: its progress, its result with the urgent first, its limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from jejak.cases.decision import Actor
from jejak.eventstore.store import Store
from jejak.platform.key_settings import MasterKeys
from jejak.web.access.tokens import issue
from tests.servers import Database, execute
from tests.store.bpjs import KEY, client, runtime_of
from tests.unit.sop.sheets import OFFICES
from tests.waits import PATIENCE
from verification import app as verification
from verification.registers import match_jobs
from verification.registers.importing import Request, import_register
from verification.registers.lookup import RegisterKeys, RegisterKind
from verification.registers.rows import Field

OFFICE: Final = "13.98"
SEVEN, THREE, UNLISTED = (f"13980112038500{number:02}" for number in (1, 2, 3))
DTSEN: Final = f"NOMOR_INDUK;KELOMPOK\n{SEVEN};7\n{THREE};3\n"
LIST: Final = f"NIK;Penyakit\n{THREE};persalinan\n{UNLISTED};\n{SEVEN};penyakit katastropik\n12;\n"
PAGE: Final = {"Accept": "text/html"}


@dataclass
class Dinas:
    """An office with DTSEN imported, and its service."""

    http: httpx.AsyncClient

    async def upload(self, table: str = LIST, by: str = "staf-semisal", **fields: str) -> httpx.Response:
        data = {"layanan": "reaktivasi-pbi-jk", "kebutuhan": "Penyakit"} | fields
        files = {"daftar": ("sk.csv", table.encode(), "text/csv")}
        return await self.http.post("/pencocokan", data={"data": json.dumps(data)}, files=files, headers=bearer(by))

    async def get(self, path: str, by: str = "staf-semisal", **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=bearer(by) | headers)

    async def ended(self, address: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while (shown := (await self.get(address)).json())["keadaan"] == "berjalan":  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return dict(shown)


def bearer(official: str, office: str = OFFICE) -> dict[str, str]:
    post = {"staf-semisal": "staf", "kadis-1": "kadis", "desa-semisal": "petugas_desa"}[official]
    return {"Authorization": f"Bearer {issue(KEY, Actor(office, official, post))}"}


@pytest.fixture
async def dinas(database: Database, tmp_path: Path) -> AsyncIterator[Dinas]:
    async with await Store.connect(database.url, size=1) as admin:
        for file in sorted((OFFICES / OFFICE).glob("*.toml")):
            if file.name.startswith("kantor"):
                await admin.put_kantor(OFFICE, date(2020, 1, 1), file.read_bytes())
            else:
                await admin.put_sop(OFFICE, file.read_bytes())
    async with serving(database) as made:
        path = tmp_path / "dtsen.csv"
        path.write_text(DTSEN, encoding="utf-8")
        connection = await asyncpg.connect(database.urls["verification"])
        mapping = {Field.NIK: "NOMOR_INDUK", Field.DESIL: "KELOMPOK"}
        request = Request(
            *(path, OFFICE, "DTSEN", RegisterKind.POOR), by="uji", as_of=date(2026, 3, 31), mapping=mapping
        )
        await import_register(connection, RegisterKeys(KEY, MasterKeys(KEY)), request)
        await connection.close()
        yield made


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Dinas]:
    async with runtime_of(database, "verification") as runtime, client(runtime, verification.build) as http:
        yield Dinas(http)


async def test_the_urgent_come_first_and_no_number_of_a_person_is_kept(dinas: Dinas, database: Database) -> None:
    begun = (await dinas.upload()).json()
    shown = await dinas.ended(begun["alamat"])

    assert (shown["keadaan"], shown["persen"], shown["laporan"]["dicocokkan"], shown["laporan"]["salah"]) == (
        *("selesai", 100, 3, 1),
    )
    assert [row["baris"] for row in shown["hasil"]] == [4, 3, 2, 5]
    assert shown["hasil"][0]["golongan"] == "mendesak"
    assert shown["hasil"][0]["rincian"] == ["DTSEN per 31-03-2026: terdaftar", "desil DTSEN: 7"]
    urgent = (await dinas.get(f"{begun['alamat']}?golongan=0")).json()["hasil"]
    assert [row["baris"] for row in urgent] == [4]
    file = await dinas.get(f"{begun['alamat']}/hasil.csv")
    assert file.text.startswith("\ufeffbaris;golongan;alasan")
    stored = await execute_fetch(database, "SELECT row_to_json(m)::text FROM register.matching m")
    assert all(nik not in text for nik in (SEVEN, THREE, UNLISTED) for text in (file.text, stored))


async def execute_fetch(database: Database, query: str) -> str:
    connection = await asyncpg.connect(database.url)
    value = await connection.fetchval(query)
    await connection.close()
    return str(value)


async def test_the_page_shows_how_far_it_is_and_loads_itself_anew_without_a_script(
    dinas: Dinas, database: Database
) -> None:
    begin = "SELECT register.begin_matching('00000000-0000-0000-0000-000000000001', '13.98', 'staf-semisal', NULL)"
    move = "SELECT register.move_matching('00000000-0000-0000-0000-000000000001', 0.37, 5000)"
    await execute(database.url, begin)
    await execute(database.url, move)
    address = "/pencocokan/00000000-0000-0000-0000-000000000001"

    page = await dinas.get(address, **PAGE)
    again = await dinas.upload()

    assert page.headers["refresh"] == "3"
    assert 'value="37"' in page.text
    assert "<script" not in page.text
    assert (again.status_code, again.json()["type"]) == (409, "urn:jejak:masalah:pencocokan_berjalan")

    await execute(database.url, "UPDATE register.matching SET seen_at = es.now() - interval '2 minutes'")
    stopped = await dinas.get(address, **PAGE)
    assert "refresh" not in stopped.headers
    assert "Unggah daftarnya lagi" in stopped.text
    ended = await dinas.ended((await dinas.upload()).json()["alamat"])
    assert ended["keadaan"] == "selesai"


async def test_what_keeps_a_list_from_its_result_is_said(dinas: Dinas, monkeypatch: pytest.MonkeyPatch) -> None:
    without = await dinas.ended((await dinas.upload("Nama;Penyakit\nBudi;\n")).json()["alamat"])
    assert (without["keadaan"], "NIK" in without["masalah"]) == ("gagal", True)
    monkeypatch.setattr(match_jobs, "MOST_ROWS", 2)
    long = await dinas.ended((await dinas.upload()).json()["alamat"])
    assert long["masalah"] == "Daftar ini lebih dari 2 baris. Bagi daftarnya menjadi beberapa berkas."


@pytest.mark.parametrize(
    ("fields", "by", "status", "code"),
    [
        ({"layanan": "lain"}, "staf-semisal", 422, "layanan_tidak_dikenal"),
        ({"bukan": "ini"}, "staf-semisal", 422, "isian_salah"),
        ({}, "desa-semisal", 403, "wilayah_lain"),
    ],
)
async def test_a_wrong_request_is_refused_with_a_sentence_and_begins_nothing(
    dinas: Dinas, database: Database, fields: dict[str, str], by: str, status: int, code: str
) -> None:
    answer = await dinas.upload(by=by, **fields)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:jejak:masalah:{code}")
    assert await execute_fetch(database, "SELECT count(*) FROM register.matching") == "0"


async def test_of_many_lists_sent_at_the_same_moment_a_process_takes_two(dinas: Dinas, database: Database) -> None:
    """Each holds a connection of the pool, by which all other requests are answered."""
    others = ("12.72", "13.01", "13.02")
    async with await Store.connect(database.url, size=1) as store:
        for office in others:
            await store.put_kantor(office, date(2020, 1, 1), (OFFICES / office / "kantor.toml").read_bytes())

    admin = await asyncpg.connect(database.url)
    async with admin.transaction():  # nothing begins before this transaction ends
        for office in others:
            await admin.execute("SELECT pg_advisory_xact_lock(hashtext('register.matching'), hashtext($1))", office)
        sent = [asyncio.create_task(upload_of(dinas, office)) for office in others]
        [refused], _ = await asyncio.wait(sent, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    await admin.close()

    assert (await refused).json()["type"] == "urn:jejak:masalah:antrean_penuh"
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [200, 200, 503]


async def upload_of(dinas: Dinas, office: str) -> httpx.Response:
    return await dinas.http.post("/pencocokan", files={"daftar": ("sk.csv", LIST)}, headers=bearer("kadis-1", office))


async def test_another_office_sees_nothing_of_it_and_only_the_newest_ten_are_kept(
    dinas: Dinas, database: Database
) -> None:
    for number in range(12):
        begin = f"SELECT register.begin_matching('00000000-0000-0000-0000-0000000001{number:02}', '13.98', 'x', NULL)"
        await execute(database.url, begin)
        await execute(database.url, "UPDATE register.matching SET finished_at = es.now(), fault = 'x'")
    other_office = "SELECT register.begin_matching('00000000-0000-0000-0000-000000000002', '13.01', 'x', NULL)"
    await execute(database.url, other_office)
    assert len((await dinas.get("/pencocokan")).json()["pencocokan"]) == 10
    other = await dinas.get("/pencocokan/00000000-0000-0000-0000-000000000002")
    assert (other.status_code, other.json()["type"]) == (404, "urn:jejak:masalah:pencocokan_tidak_ada")
    page = await dinas.get("/pencocokan", **PAGE)
    assert "50.000 baris dan 30 MB" in page.text
