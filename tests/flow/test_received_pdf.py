"""`/periksa` with a file: whose signature, changed since or not, known or not; and what it says nothing about."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from jejak.platform import ids
from jejak_tools.simulators.bsre_signatures import Authority, changed, tampered
from letters.printing.pdf import render
from tests.bsre import NIK, Scene, scene_of
from tests.servers import Database
from tests.unit.letters.letter_samples import letter

PAGE = {"Accept": "text/html"}


async def checked(scene: Scene, data: bytes, **headers: str) -> httpx.Response:
    """The answer to a stranger who sends this file."""
    return await scene.http.post("/periksa", files={"surat": ("surat.pdf", data, "application/pdf")}, headers=headers)


async def test_a_letter_of_this_installation_is_known_by_its_bytes(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, rooted=True) as scene:
        case = await scene.drafted()
        assert (await scene.sign(case)).status_code == 200
        signed = await scene.letter(case)

        told = (await checked(scene, signed)).json()
        page = (await checked(scene, signed, **PAGE)).text
        other = (await checked(scene, tampered(signed))).json()
        await scene.post(f"/cases/{case}/letters/revoke", {"surat": ["surat"], "catatan": "Salah orang."})
        revoked = (await checked(scene, signed)).json()

    [signature] = told["tanda_tangan"]
    assert (told["baik"], told["dikenal"]["keadaan"]) == (True, "sah")
    assert told["dikenal"]["alamat"] == f"/periksa/{ids.case_code(case)}/surat"
    assert (signature["utuh"], signature["penerbit_dikenal"]) == (True, True)
    assert "✓ Surat ini asli" in page
    assert NIK not in page
    assert (other["baik"], other["dikenal"]) == (False, None)
    assert "BERUBAH" in other["kalimat"]
    assert (revoked["baik"], revoked["dikenal"]["keadaan"]) == (False, "dicabut")
    assert "DICABUT" in revoked["kalimat"]


async def test_a_file_of_elsewhere_is_said_to_be_unchanged_and_not_to_be_known(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = render(letter()).pdf
    foreign = await asyncio.to_thread(Authority().sign, pdf, NIK, "Kepala Dinas Tetangga")
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        whole = (await checked(scene, foreign)).json()
        grown = (await checked(scene, changed(foreign))).json()
        unsigned = (await checked(scene, pdf)).json()
        page = (await checked(scene, foreign, **PAGE)).text

    [signature] = whole["tanda_tangan"]
    assert (whole["baik"], whole["dikenal"]) == (False, None)
    assert "tidak berubah sejak ditandatangani, tetapi bukan surat yang dikenal" in whole["kalimat"]
    assert (signature["nama"], signature["organisasi"]) == ("Kepala Dinas Tetangga", "Jejak SIMULASI")
    assert (signature["utuh"], signature["penerbit_dikenal"]) == (True, False)
    assert "Siapa pun dapat membuat sertifikat dengan nama siapa pun" in page
    assert "(belum diperiksa)" in page
    assert "<script" not in page
    assert "BERUBAH" in grown["kalimat"]
    assert (unsigned["tanda_tangan"], "tidak memuat tanda tangan" in unsigned["kalimat"]) == ([], True)


async def test_what_is_no_pdf_is_refused_in_a_sentence_to_people_and_programs(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        for data, code in ((b"bukan", "bukan_pdf"), (b"%PDF-1.7\nrusak", "pdf_tidak_terbaca"), (b"", "satu_berkas")):
            answer = await checked(scene, data)
            page = await checked(scene, data, **PAGE)
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (422, code)
            assert (page.status_code, "text/html" in page.headers["content-type"]) == (422, True)
            assert answer.json()["detail"] in page.text
        large = await checked(scene, b"%PDF-1.7\n" + b"x" * (10 * 1024 * 1024))
        empty = await scene.http.post("/periksa", json={})
        asked = await scene.http.get("/periksa", headers=PAGE)

    assert (large.status_code, empty.status_code, asked.status_code) == (422, 422, 200)
    assert 'enctype="multipart/form-data"' in asked.text


async def test_a_network_that_sends_file_after_file_waits(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        statuses = [(await checked(scene, b"bukan")).status_code for _ in range(31)]

    assert statuses == [422] * 30 + [429]
