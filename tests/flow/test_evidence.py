"""Evidence of whole cases: checked by itself, with what is gone named, and given to the own office only."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from jejak.eventstore.integrity.evidence import ABOUT, OPENED, EvidenceHeader
from jejak.eventstore.integrity.evidence_check import Report, examine
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.people import BUDI, SITI
from tests.evidence import faults_of
from tests.servers import run
from tests.stories import Jejak, office_like

KODE = "13.93"


@pytest.fixture(scope="module")
def office(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office_like(jejak, "13.99", KODE, tmp_path_factory.mktemp(KODE))


@pytest.fixture(scope="module")
def by_pen(office: Office) -> Berkas:
    """A case with documents, look-ups by hand, and a letter signed by pen and kept as a scan."""
    return pesisir.recommended_by_hand_and_by_pen(office, agenda="031")


def taken(office: Office, case: Berkas) -> bytes:
    answer = office.get("kabid-contoh", f"/cases/{case.id}/evidence")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="bukti-{case.kode}.zip"'
    return answer.content


def checked(evidence: bytes) -> Report:
    return examine(io.BytesIO(evidence))


def read(evidence: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(evidence)) as box:
        return box.read(name)


def test_the_evidence_holds_everything_and_shows_in_clear_what_was_sealed(office: Office, by_pen: Berkas) -> None:
    evidence = taken(office, by_pen)
    report = checked(evidence)
    assert faults_of(report) == []
    assert report.about is not None
    assert report.about.kode == by_pen.kode
    with zipfile.ZipFile(io.BytesIO(evidence)) as box:
        names = box.namelist()
    assert len([name for name in names if name.startswith("dokumen/")]) == 6
    assert [name.partition("-")[0] for name in names if name.startswith("surat/")] == ["surat/rekomendasi"]
    opened = read(evidence, OPENED).decode()
    assert all(person["nik"] in opened for person in (SITI, BUDI))
    sealed = read(evidence, "peristiwa.jsonl").decode()
    assert not any(person[field] in sealed for person in (SITI, BUDI) for field in ("nik", "name"))
    story = read(evidence, "jejak.txt").decode()
    assert "Permohonan diajukan dengan 6 dokumen." in story
    assert "ditandatangani dengan pena" in story
    readme = read(evidence, "BACA-SAYA.txt").decode()
    for word in (by_pen.kode, report.about.kepala, "sha256sum -c sidik.sha256", "KUNCI", "YANG TIDAK DIBUKTIKAN"):
        assert word in readme
    assert "$" not in readme


def test_evidence_is_checked_by_python_alone_without_jejak(office: Office, by_pen: Berkas, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(taken(office, by_pen))) as box:
        box.extractall(tmp_path)
    assert subprocess.run(["sha256sum", "--quiet", "-c", "sidik.sha256"], cwd=tmp_path, check=False).returncode == 0
    assert _script(tmp_path) == (0, f"UTUH: {len(by_pen.timeline()['peristiwa'])} peristiwa.")
    events = (tmp_path / "peristiwa.jsonl").read_text(encoding="utf-8")
    (tmp_path / "peristiwa.jsonl").write_text(events.replace("kabid-contoh", "kabid-conton"), encoding="utf-8")
    assert _script(tmp_path)[0] == 1
    (tmp_path / "peristiwa.jsonl").write_text(events, encoding="utf-8")
    (tmp_path / OPENED).write_text((tmp_path / OPENED).read_text().replace(SITI["name"], "Orang Lain"))
    assert _script(tmp_path) == (1, "RUSAK: isi peristiwa ke-1 di isi.jsonl")
    [letter] = (tmp_path / "surat").glob("*")
    letter.write_bytes(b"%PDF lain")
    assert "RUSAK: berkas yang disebut peristiwa ke-" in _script(tmp_path, whole=True)[1]


def _script(folder: Path, *, whole: bool = False) -> tuple[int, str]:
    """Exit code and output of the program in the evidence: the start of its first line, or all of it."""
    done = subprocess.run([sys.executable, "periksa.py"], cwd=folder, capture_output=True, text=True, check=False)
    first = done.stdout.splitlines()[0].partition(" Sidik")[0]
    return done.returncode, done.stdout if whole else first


def test_what_is_damaged_in_store_is_left_out_and_named(jejak: Jejak, office: Office) -> None:
    case = pesisir.recommended_by_hand_and_by_pen(office, agenda="032")
    blob = "UPDATE es.blob SET sealed = 'x' WHERE stream = $1::text::uuid AND media_type = 'image/png'"
    jejak.ledger.fetch(blob, case.id)
    evidence = taken(office, case)
    [(place, why)] = faults_of(checked(evidence))
    assert place.startswith("dokumen/KIS-")
    assert why == "yang disebut peristiwa ke-1 rusak di penyimpanan ketika bukti diambil"
    assert place in read(evidence, "BACA-SAYA.txt").decode()


def test_of_who_was_forgotten_the_chain_still_holds_and_nothing_is_in_clear(jejak: Jejak, office: Office) -> None:
    case = pesisir.recommended_by_hand_and_by_pen(office, agenda="033")
    jejak.ledger.fetch("DELETE FROM keys.case_key WHERE stream = $1::text::uuid", case.id)
    evidence = taken(office, case)
    report = checked(evidence)
    assert faults_of(report) == []
    assert len(report.absent) == 6 + 1
    about: Any = json.loads(read(evidence, ABOUT))
    assert about["kunci"] == {"k": None, "a": None}
    assert EvidenceHeader.model_validate(about).keys.working is None
    assert not any(person[field].encode() in evidence for person in (SITI, BUDI) for field in ("nik", "name"))
    opened = read(evidence, OPENED).decode()
    assert not any(person[field] in opened for person in (SITI, BUDI) for field in ("nik", "name"))
    assert "kuncinya sudah dimusnahkan" in read(evidence, "BACA-SAYA.txt").decode()


def test_a_case_whose_record_no_longer_reads_leads_to_where_it_breaks(jejak: Jejak, office: Office) -> None:
    case = pesisir.recommended_by_hand_and_by_pen(office, agenda="034")
    before = "SELECT payload FROM es.event WHERE stream = $1::text::uuid AND version = 2"
    [row] = jejak.ledger.fetch(before, case.id)
    headers = {"Authorization": f"Bearer {office.token('kabid-contoh')}"}
    url = f"{office.player.url}/cases/{case.id}"
    run(_rewritten(jejak.ledger.url, case, b"x"))
    try:
        refused = httpx.get(f"{url}/evidence", headers=headers)
        page = httpx.get(f"{url}/timeline", headers=headers | {"Accept": "text/html"}, follow_redirects=True)
    finally:
        run(_rewritten(jejak.ledger.url, case, row["payload"]))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:jejak:masalah:catatan_rusak")
    assert page.url.path == f"/cases/{case.id}/chain"
    assert "TIDAK UTUH pada peristiwa ke-2" in page.text
    assert faults_of(checked(taken(office, case))) == []


async def _rewritten(url: str, case: Berkas, payload: bytes) -> None:
    """Writes other bytes into an event, as a superuser of the database could."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        change = "UPDATE es.event SET payload = $1 WHERE stream = $2::text::uuid AND version = 2"
        await connection.execute(change, payload, case.id)
    finally:
        await connection.close()


def test_no_stranger_and_no_other_office_takes_it(office: Office, contoh: Office, by_pen: Berkas) -> None:
    url = f"{office.player.url}/cases/{by_pen.id}/evidence"
    assert httpx.get(url).status_code == 401
    other = {"Authorization": f"Bearer {contoh.token('kabid-contoh')}"}
    assert httpx.get(url, headers=other).status_code == 403
    own = {"Authorization": f"Bearer {office.token('kabid-contoh')}"}
    assert httpx.get(f"{office.player.url}/cases/0000-0000-0000/evidence", headers=own).status_code == 404
