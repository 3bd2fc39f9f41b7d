"""Two letters of one case, through the services: each with its own name, addressee, number and signer."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pypdf import PdfReader

from approval import app as approval_app
from intake.pages.news_for_applicant import news_of
from jejak.platform.ids import case_code
from jejak.web.reading.case_read_model import CaseReader
from ledger import app as ledger_app
from letters import app as letters_app
from tests.field.test_newer_lists import load
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import Town, client, runtime_of, town
from verification import app as verification_app

LETTERS: Final = """
{kode = "sktm", jenis = "keterangan", nama = "Surat Keterangan Tidak Mampu", isi = "adalah benar tidak mampu."},
{kode = "panti", jenis = "pengantar", nama = "Pengantar Warga Panti", kepada = "Kepala Pusdatin", di = "Jakarta",
 daftar_terlampir = true},
""".replace("\n", " ")
STEPS: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun surat keterangan"
tugas = [{ tugas = "draft_letter", surat = "sktm" }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun pengantar"
tugas = [{ tugas = "draft_letter", surat = "panti" }]
pelaksana = ["staf"]

[[langkah]]
no = 3
kegiatan = "Memaraf"
tugas = ["paraf"]
pelaksana = ["kabid"]

[[langkah]]
no = 4
kegiatan = "Menandatangani surat keterangan"
tugas = [{ tugas = "sign", surat = "sktm" }]
pelaksana = ["sekretaris"]

[[langkah]]
no = 5
kegiatan = "Menandatangani pengantar"
tugas = [{ tugas = "sign", surat = "panti" }]
pelaksana = ["kadis"]

[[langkah]]
no = 6
kegiatan = "Menyerahkan dan mengarsipkan"
tugas = ["hand_over", "archive"]
pelaksana = ["staf"]
"""
LIST: Final = "NIK\tNama\tAlamat\n1399014101800001\tAnak Satu\tPanti\n1399014101800002\tAnak Dua\tPanti\n"
HTML: Final = {"Accept": "text/html"}


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


class Desk:
    """The services that carry the case on, and the read side."""

    def __init__(self, office: Town, case: uuid.UUID, clients: dict[str, httpx.AsyncClient]) -> None:
        self.office, self.case, self.clients = office, case, clients
        office.posts["sekretaris-1"] = "sekretaris"

    async def does(self, verb: str, who: str, service: str = "letters", **body: Any) -> httpx.Response:
        path = f"/cases/{self.case}/tasks/{verb}"
        return await self.clients[service].post(path, json=body, headers=self.office.headers(who))

    async def done(self, verb: str, who: str, service: str = "letters", **body: Any) -> None:
        answer = await self.does(verb, who, service, **body)
        assert answer.status_code == 200, answer.text

    async def signed(self, name: str) -> bytes:
        path = f"/cases/{self.case}/letters/{name}"
        answer = await self.clients["letters"].get(path, headers=self.office.headers("staf-1"))
        assert answer.status_code == 200, answer.text
        return answer.content

    async def page(self, path: str, who: str | None = None) -> str:
        headers = HTML | (self.office.headers(who) if who else {})
        return " ".join((await self.clients["ledger"].get(path, headers=headers)).text.split())


async def test_two_letters_of_a_case_go_their_own_way_and_are_read_by_name(database: Database, tmp_path: Path) -> None:
    builds = {"letters": letters_app, "approval": approval_app, "ledger": ledger_app}
    async with town(database, sheet(STEPS, letters=LETTERS)) as office, AsyncExitStack() as stack:
        case = await office.submit()
        clients = {}
        for name, app in builds.items():
            runtime = await stack.enter_async_context(runtime_of(database, name, data_dir=tmp_path))
            clients[name] = await stack.enter_async_context(client(runtime, app.build))
        desk, code = Desk(office, case, clients), case_code(case)

        await desk.done("draft_letter", "staf-1", pembuka=["dengan ini menyatakan bahwa:"])
        unlisted = await desk.does("draft_letter", "staf-1")
        assert unlisted.status_code == 422
        assert "tempel daftar namanya" in unlisted.json()["detail"]
        await desk.done("draft_letter", "staf-1", daftar=LIST)
        await desk.done("paraf", "kabid-1", "approval")
        await desk.done("sign", "sekretaris-1")
        await desk.done("sign", "kadis-1")

        sktm, cover = words(await desk.signed("sktm")), words(await desk.signed("panti"))
        assert "SURAT KETERANGAN TIDAK MAMPU Nomor: 460/1/DINSOS/" in sktm
        assert "dengan ini menyatakan bahwa:" in sktm
        assert "sekretaris-1" in sktm
        assert "kadis-1" not in sktm
        assert "Yth. Kepala Pusdatin di Jakarta" in cover
        assert "Jumlah : 3 (tiga) orang" in cover
        assert "3 Anak Dua 1399014101800002" in cover
        assert "menyatakan" not in cover

        track = await desk.page(f"/cases/{code}")
        assert "Surat Keterangan Tidak Mampu nomor 460/1/DINSOS/" in track
        assert "dan Pengantar Warga Panti nomor 460/2/DINSOS/" in track
        assert "sktm nomor" not in track
        assert "Pengantar Warga Panti" in await desk.page(f"/cases/{case}", "staf-1")
        assert "Surat Keterangan Tidak Mampu" in await desk.page(f"/periksa/{code}/sktm")
        news = news_of(await CaseReader.of(office.runtime).open(str(case)), datetime(2020, 1, 1, tzinfo=UTC))
        assert news is not None
        assert news["kabar"] == (
            "Surat Keterangan Tidak Mampu dan Pengantar Warga Panti sudah ada. Minta pemohon mengambilnya."
        )

        await desk.done("hand_over", "staf-1")
        await desk.done("archive", "staf-1")
        loaded = await office.opened(case)
        assert loaded.case.ending is not None
        assert [(name, letter.signed is not None) for name, letter in loaded.case.letters.items()] == [
            ("sktm", True),
            ("panti", True),
        ]


@pytest.mark.parametrize("kode", ["sktm", "panti"])
async def test_a_draft_is_seen_before_it_is_signed(database: Database, tmp_path: Path, kode: str) -> None:
    async with (
        town(database, sheet(STEPS, letters=LETTERS)) as office,
        runtime_of(database, "letters", data_dir=tmp_path) as runtime,
        client(runtime, letters_app.build) as letters,
    ):
        case = await office.submit()
        desk = Desk(office, case, {"letters": letters})
        await desk.done("draft_letter", "staf-1")
        described = await letters.get(f"/cases/{case}/tasks/draft_letter", headers=office.headers("staf-1"))
        assert [field["nama"] for field in described.json()["formulir"][0]["isian"] if field["nama"] == "daftar"]
        await desk.done("draft_letter", "staf-1", daftar=LIST)
        draft = await letters.get(f"/cases/{case}/letters/{kode}/draft", headers=office.headers("staf-1"))
        assert draft.status_code == 200
        assert "KONSEP" in words(draft.content)


async def test_who_of_the_list_is_in_no_register_is_shown_before_the_letter_is_signed(
    database: Database, tmp_path: Path
) -> None:
    builds = {"letters": letters_app, "approval": approval_app, "verification": verification_app}
    async with town(database, sheet(STEPS, letters=LETTERS)) as office, AsyncExitStack() as stack:
        case, clients = await office.submit(), {}
        for name, app in builds.items():
            runtime = await stack.enter_async_context(runtime_of(database, name, data_dir=tmp_path))
            clients[name] = await stack.enter_async_context(client(runtime, app.build))
        desk, path = Desk(office, case, clients), f"/cases/{case_code(case)}/daftar-terlampir"
        await desk.done("draft_letter", "staf-1")
        without = await clients["verification"].get(path, headers=office.headers("staf-1"))
        assert (without.status_code, without.json()["type"]) == (404, "urn:jejak:masalah:tanpa_daftar")
        await desk.done("draft_letter", "staf-1", daftar=LIST)
        nobody = (await clients["verification"].get(path, headers=office.headers("kadis-1"))).json()
        assert len(nobody["belum_diimpor"]) == 3
        list_of_bpjs = tmp_path / "bpjs.csv"
        list_of_bpjs.write_text("NIK;Nama;Status\n1399014101800001;ANAK SATU;NONAKTIF\n", encoding="utf-8")
        await load(database, list_of_bpjs, "2026-01-31")

        shown = (await clients["verification"].get(path, headers=office.headers("kadis-1"))).json()

        assert [(row["nomor"], row["nama"], row["temuan"]) for row in shown["orang"]] == [
            (3, "Anak Dua", ["BPJS: tidak ditemukan"]),
            (2, "Anak Satu", ["BPJS: boleh diproses"]),
        ]
        assert (shown["jumlah"], shown["perlu_dilihat"]) == (2, 1)
        page = await clients["verification"].get(path, headers=office.headers("kadis-1") | HTML)
        assert "1 perlu dilihat:" in page.text
        paraf = await clients["approval"].get(f"/cases/{case}/tasks/paraf", headers=office.headers("kabid-1") | HTML)
        assert f'href="{path}"' in paraf.text
        stranger = await clients["verification"].get(path, headers=office.headers("kadis-1", office="13.01"))
        assert stranger.status_code == 403
