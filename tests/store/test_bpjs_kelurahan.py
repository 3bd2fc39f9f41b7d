"""An official of a kelurahan sees the cases entered there among those sent to BPJS, and no list of the whole office."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from tests.servers import Database
from tests.store.bpjs import Town, monthly, town

LURAH = "lurah-1"
OF_A_KELURAHAN = f"""
[[pejabat]]
kode = "{LURAH}"
nama = "{LURAH}"
nip = "196701011992032009"
jabatan = "staf"
dari = 2017-01-02
wilayah = "13.99.01.1001"
"""


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Town]:
    async with town(database, monthly(), officials=OF_A_KELURAHAN) as played:
        played.posts[LURAH] = "staf"
        yield played


async def test_the_offices_own_lists_are_not_a_kelurahans(office: Town) -> None:
    await office.submit()
    assert (await office.post("/batches/13.99/bulanan/close", who=LURAH)).status_code == 403
    batch = (await office.post("/batches/13.99/bulanan/close")).json()["id"]
    lists = ["/batches/13.99", f"/batches/{batch}/file", f"/batches/{batch}/manifest", "/bpjs/unmatched"]
    for path in [*lists, "/bpjs/outstanding", "/bpjs/outstanding?office=13.99"]:
        assert (await office.get(path)).status_code == 200, path
        refused = await office.get(path, who=LURAH)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:jejak:masalah:wilayah_lain"), path
    placed = await office.post(f"/bpjs/unmatched/{uuid.uuid4()}", {"kesampingkan": "salah"}, who=LURAH)
    assert placed.status_code == 403


async def test_a_kelurahan_reconciles_the_cases_that_were_entered_there(office: Town) -> None:
    own, other = await office.submit(by=LURAH), await office.submit()
    assert (await office.post("/batches/13.99/bulanan/close")).status_code == 201

    async def seen(who: str) -> set[str]:
        return {row["berkas"] for row in (await office.get("/bpjs/reconciliation", who=who)).json()["berkas"]}

    assert (await seen(LURAH), await seen("staf-1")) == ({str(own)}, {str(own), str(other)})
