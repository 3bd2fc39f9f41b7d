"""The ledger in production's settings with a real Keycloak, and browsers before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

import httpx
import pytest

from jejak.eventstore.store import Store
from ledger import app as ledger
from tests.keycloak import PUBLIC_URL, Realm
from tests.procedure import office as an_office
from tests.servers import Database
from tests.visitor import Desk, Visitor, desk_of, production

OFFICE: Final = "13.99"
MORE: Final = """
[[pejabat]]
kode = "rangkap-1"
nama = "Contoh Rangkap"
nip = "198801012010012001"
jabatan = "kasi"
dari = 2017-01-02

[[pejabat]]
kode = "rangkap-1"
nama = "Contoh Rangkap"
nip = "198801012010012001"
jabatan = "kabid"
sebagai = "Plh."
dari = 2017-01-02

[[pejabat]]
kode = "lurah-1"
nama = "Contoh Lurah"
jabatan = "staf"
dari = 2017-01-02
"""


async def put_office(database: Database, text: bytes) -> None:
    async with await Store.connect(database.url, size=1) as admin:
        await admin.put_kantor(OFFICE, date(2017, 1, 2), text)


@pytest.fixture
async def desk(database: Database, keycloak: Realm, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The ledger in production, with an office of seven posts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(keycloak.authority))
    await put_office(database, an_office(acting=MORE).text)
    async with desk_of(production(database, "ledger", keycloak.issuer), ledger.build) as made:
        yield made


@pytest.fixture
async def visitor(desk: Desk, keycloak: Realm) -> AsyncIterator[Visitor]:
    async with keycloak.client() as issuer:
        yield Visitor(desk.http, issuer)


@pytest.fixture
async def another(desk: Desk, keycloak: Realm) -> AsyncIterator[Visitor]:
    """Another person's browser."""
    transport = httpx.ASGITransport(desk.app)
    async with (
        httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=desk.http.headers) as http,
        keycloak.client() as issuer,
    ):
        yield Visitor(http, issuer)
