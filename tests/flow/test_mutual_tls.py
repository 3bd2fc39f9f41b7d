"""Mutual TLS over a real socket: a certificate names a machine; an official's browser has none."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from jejak.platform.settings import Settings
from jejak.service import server_of
from jejak.web.access.clients import issue
from jejak.web.http_app import RequestGate, create_app
from jejak_local.files import free_port
from tests.certificates import Authority
from tests.servers import KEYS


def settings(environ: Mapping[str, str]) -> Settings:
    base = {
        "JEJAK_ENV": "production",
        "JEJAK_PUBLIC_URL": "https://jejak.example",
        "JEJAK_DATABASE_URL_BPJS_SYNC": "postgresql://nobody@127.0.0.1:1/none",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        **KEYS,
        "JEJAK_OIDC_ISSUER": "https://sso.example/realms/jejak",
        "JEJAK_OIDC_CLIENT_ID": "jejak",
    }
    return replace(Settings.read("bpjs_sync", base | dict(environ)), port=free_port())


@asynccontextmanager
async def serving(configured: Settings) -> AsyncIterator[str]:
    gate = RequestGate.of(configured)

    async def ready() -> None:
        """The service is ready at once."""

    app = create_app("contoh", "", ready)

    @app.get("/siapa")
    async def who(request: Request) -> dict[str, str]:
        return {"klien": await gate.client(request)}

    server = server_of(app, configured)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"https://127.0.0.1:{configured.port}"
    finally:
        server.should_exit = True
        await task


async def test_a_certificate_of_our_ca_names_a_client_and_anothers_is_turned_away(tmp_path: Path) -> None:
    ours, theirs = Authority.begin(tmp_path, "ca-kita"), Authority.begin(tmp_path, "ca-lain")
    server, bridging = ours.certificate("server"), ours.certificate("bridging")
    stranger, forged = ours.certificate("siapa"), theirs.certificate("bridging-palsu")
    configured = settings(
        {
            "JEJAK_TLS_CERT": str(server[0]),
            "JEJAK_TLS_KEY": str(server[1]),
            "JEJAK_TLS_CLIENT_CA": str(tmp_path / "ca-kita.pem"),
            "JEJAK_CLIENT_SUBJECTS": '{"CN=bridging,O=Contoh": "bpjs", "CN=bridging-palsu,O=Contoh": "bpjs"}',
        }
    )

    async with serving(configured) as url:

        async def ask(shown: tuple[Path, Path] | None, token: str | None = None) -> httpx.Response:
            context = ssl.create_default_context(cafile=tmp_path / "ca-kita.pem")
            if shown:
                context.load_cert_chain(*shown)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with httpx.AsyncClient(verify=context) as http:
                return await http.get(f"{url}/siapa", headers=headers)

        known = await ask(bridging)
        assert (known.status_code, known.json()) == (200, {"klien": "bpjs"})
        assert (await ask(stranger)).json()["status"] == 403
        assert (await ask(None)).json()["status"] == 401
        assert (await ask(bridging, issue(bytes(32), "bpjs"))).json()["status"] == 401, "a development token"
        with pytest.raises(httpx.TransportError):
            await ask(forged)
