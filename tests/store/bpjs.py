"""A small office whose cases wait for batches: a real database, its services in this process, no Kafka."""

from __future__ import annotations

import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from bpjs_sync import app as bpjs_app
from bpjs_sync.batches.closing import Batches
from intake import app as intake_app
from jejak.cases.decision import Actor, LoadedCase
from jejak.eventstore.store import Store
from jejak.platform.settings import Settings
from jejak.procedure.model import Sop
from jejak.service import Build, application
from jejak.web.access.tokens import issue
from jejak.web.runtime import Runtime
from tests.procedure import office as an_office
from tests.procedure import sheet
from tests.servers import Database
from tests.signing import JWKS

KEY: Final = bytes(range(32))
OFFICE: Final = "13.99"

MONTHLY: Final = """
kumpulan = [{kode = "bulanan", setiap = "bulan", bentuk = "%s"}]

[[langkah]]
no = 1
kegiatan = "Usulan dikirim per bulan"
tugas = ["deliver"]
pelaksana = ["staf"]
kepada = "bpjs"
kumpulan = "bulanan"

[[tindak_lanjut]]
kode = "aktif"
tugas = ["await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""
DAILY: Final = """
kumpulan = [{kode = "rekon", setiap = "hari kerja"}]

[[langkah]]
no = 1
kegiatan = "Usulan disampaikan"
tugas = ["deliver"]
pelaksana = ["staf"]
kepada = "bpjs"

[[langkah]]
no = 2
kegiatan = "Rekonsiliasi"
tugas = ["reconcile"]
pelaksana = ["kabid"]
kumpulan = "rekon"

[[langkah]]
no = 3
kegiatan = "Kartu aktif"
tugas = ["confirm_status"]
pelaksana = ["bpjs"]
"""


def monthly(bentuk: str = "xlsx") -> Sop:
    """A sheet whose cases are sent together every month."""
    return sheet(MONTHLY % bentuk)


def settings(database: Database, service: str, **changes: Any) -> Settings:
    key = base64.urlsafe_b64encode(KEY).decode()
    environ = {
        "JEJAK_ENV": "development",
        f"JEJAK_DATABASE_URL_{service.upper()}": database.urls[service],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "JEJAK_MASTER_KEY": key,
        "JEJAK_HMAC_KEY": key,
        "JEJAK_TOKEN_KEY": key,
        "JEJAK_BPJS_SIGNING_KEYS": JWKS,
    }
    return replace(Settings.read(service, environ), **changes)


@asynccontextmanager
async def runtime_of(database: Database, service: str, **changes: Any) -> AsyncIterator[Runtime]:
    """The runtime of a service's process, with a login and a memory of its own."""
    configured = settings(database, service, **changes)
    async with await Store.connect(configured.database_url, size=3, application=service) as store:
        yield Runtime.of(configured, store)


@dataclass
class Town:
    """The office as tests play it."""

    database: Database
    intake: httpx.AsyncClient
    bpjs: httpx.AsyncClient
    runtime: Runtime
    people: int = 0
    posts: dict[str, str] = field(default_factory=lambda: {"staf-1": "staf", "kabid-1": "kabid", "kadis-1": "kadis"})

    @property
    def batches(self) -> Batches:
        return Batches(self.runtime)

    async def at(self, moment: str) -> None:
        """Sets the office's time (WIB)."""
        store = self.runtime.store
        offset = await store.get_dev_clock()
        now = await store.now()
        instant = datetime.fromisoformat(moment + "+07:00")
        await store.set_dev_clock(offset + (instant - now) + timedelta(milliseconds=1))

    def headers(self, who: str, key: str | None = None, office: str = OFFICE) -> dict[str, str]:
        token = issue(KEY, Actor(office, who, self.posts[who]))
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid.uuid4())}

    async def submit(self, *, by: str = "staf-1", **changes: Any) -> uuid.UUID:
        """A new application at the counter."""
        self.people += 1
        person = {
            "nik": f"13990101{1 + self.people % 12:02}90{1 + self.people:04}",
            "kk": "1399010101010001",
            "name": f"Warga {self.people}",
            "born": "1990-01-01",
            "address": "Jorong Contoh",
        } | changes.pop("person", {})
        body = {"pemohon": person} | changes
        answer = await self.intake.post("/cases", json=body, headers=self.headers(by))
        assert answer.status_code == 201, answer.text
        return uuid.UUID(answer.json()["berkas"])

    async def withdraw(self, case: uuid.UUID) -> None:
        answer = await self.intake.post(
            f"/cases/{case}/withdraw", json={"catatan": "pindah"}, headers=self.headers("staf-1")
        )
        assert answer.status_code == 200, answer.text

    async def post(self, path: str, body: Any = None, *, who: str = "staf-1", key: str | None = None) -> httpx.Response:
        return await self.bpjs.post(path, json=body or {}, headers=self.headers(who, key))

    async def get(self, path: str, *, who: str = "staf-1", **query: str) -> httpx.Response:
        return await self.bpjs.get(path, params=query, headers=self.headers(who))

    async def opened(self, case: uuid.UUID) -> LoadedCase:
        return await self.runtime.command_handler.load(case)

    async def types(self, case: uuid.UUID) -> list[str]:
        return [event.type for event in (await self.opened(case)).history]


@asynccontextmanager
async def town(
    database: Database, sop: Sop, sheet_folder: Path | None = None, *, officials: str = ""
) -> AsyncIterator[Town]:
    """The office with one sheet, its counter and its bpjs-sync; `officials` are more of its [[pejabat]]."""
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_sop(OFFICE, sop.text)
        kantor = an_office(acting=officials)
        await admin.put_kantor(OFFICE, datetime(2017, 1, 2).date(), kantor.text)  # noqa: DTZ001
    folders = {OFFICE: str(sheet_folder)} if sheet_folder else {}
    async with (
        runtime_of(database, "intake") as counter,
        runtime_of(database, "bpjs_sync", sheet_folders=folders) as runtime,
        client(counter, intake_app.build) as intake,
        client(runtime, bpjs_app.build) as bpjs,
    ):
        yield Town(database, intake, bpjs, runtime)


@asynccontextmanager
async def client(runtime: Runtime, build: Build) -> AsyncIterator[httpx.AsyncClient]:
    """A service over HTTP, without its background loop."""
    service = await build(runtime)
    app = application(runtime, service, "", runtime.store.ping)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http:
        yield http
