"""An office whose letters are signed by a simulated BSrE over HTTP, with the letters service in this process."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from jejak.cases.decision import LoadedCase
from jejak.platform.cancellation import cancel_and_wait
from jejak.service import application
from jejak.web.runtime import Runtime
from jejak_tools.simulators.bsre import Application, Behaviour, Simulator, passphrase_of
from letters import app as letters_app
from tests.servers import Database, served
from tests.store.bpjs import OFFICE, runtime_of
from tests.store.lives import Lives, lives_of

NIK: Final = "1399010101700001"
SIGNER: Final = "kadis-1"
PASSPHRASE: Final = passphrase_of(NIK)
APPLICATION: Final = Application("aplikasi-contoh", "kunci-aplikasi-contoh", {SIGNER: {"nik": NIK, "nama": "Kadis"}})


@dataclass
class Scene:
    """The office, its letters service, and BSrE."""

    lives: Lives
    runtime: Runtime
    http: httpx.AsyncClient
    bsre: Simulator

    def behave(self, kind: Behaviour) -> None:
        """How BSrE answers from now on."""
        self.bsre.behaviour[APPLICATION.username] = kind

    async def drafted(self) -> uuid.UUID:
        """A case whose letter waits for the signature."""
        case = await self.lives.town.submit()
        await self.lives.lead(case, "sign")
        return case

    async def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.lives.town.headers(SIGNER, key))

    async def sign(self, case: uuid.UUID, *, key: str | None = None, **body: Any) -> httpx.Response:
        """The head signs one letter, with his passphrase unless the body says otherwise."""
        return await self.post(f"/cases/{case}/tasks/sign", {"passphrase": PASSPHRASE} | body, key=key)

    async def sign_all(self, *cases: uuid.UUID, **body: Any) -> httpx.Response:
        """The head signs several letters at once."""
        named = {"berkas": [str(case) for case in cases]}
        return await self.post("/tasks/sign", {"passphrase": PASSPHRASE} | named | body)

    async def opened(self, case: uuid.UUID) -> LoadedCase:
        return await self.lives.town.opened(case)

    async def types(self, case: uuid.UUID) -> list[str]:
        return await self.lives.town.types(case)

    async def letter(self, case: uuid.UUID) -> bytes:
        """The signed letter."""
        answer = await self.http.get(f"/cases/{case}/letters/surat", headers=self.lives.town.headers(SIGNER))
        assert answer.status_code == 200, answer.text
        return answer.content

    async def sent(self) -> list[tuple[str | None, str | None]]:
        """Document and outcome of every letter that was sent to BSrE."""
        rows = await self.runtime.store.pool.fetch("SELECT document, outcome FROM letters.sent ORDER BY id")
        return [(row["document"], row["outcome"]) for row in rows]


def access(url: str, **changes: Any) -> str:
    """JEJAK_BSRE for the office."""
    own = {"username": APPLICATION.username, "password": APPLICATION.password, "signers": {SIGNER: {"nik": NIK}}}
    return json.dumps({OFFICE: {"url": url, "seconds": 60, **own, **changes}})


@asynccontextmanager
async def scene_of(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any
) -> AsyncIterator[Scene]:
    """The scene; `changes` of the office's access."""
    simulator = Simulator({APPLICATION.username: APPLICATION}, [])
    if changes.pop("rooted", False):
        changes["roots"] = simulator.authority.pem
    async with served(simulator.app()) as url, lives_of(database) as lives:
        monkeypatch.setenv("JEJAK_BSRE", access(url, **changes))
        async with letters_of(database, folder) as (runtime, http):
            yield Scene(lives, runtime, http, simulator)


@asynccontextmanager
async def letters_of(database: Database, folder: Path) -> AsyncIterator[tuple[Runtime, httpx.AsyncClient]]:
    """The letters service with its background work."""
    async with runtime_of(database, "letters", data_dir=folder) as runtime:
        service = await letters_app.build(runtime)
        background = [asyncio.create_task(run()) for run in service.background]
        app = application(runtime, service, "", runtime.store.ping)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http:
            await asyncio.sleep(0)  # the connections are opened
            yield runtime, http
        await cancel_and_wait(*background)
