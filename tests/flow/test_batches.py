"""A month's proposals from the counter to the active card: through every process, over the one address."""

from __future__ import annotations

import io
import uuid

import httpx
import pytest
from python_calamine import CalamineWorkbook

from jejak.platform import ids
from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Office
from tests.stories import Jejak, hours, office_like

KODE = "51.96"
PEOPLE = (
    ("5107010101900001", "Komang Contoh"),
    ("5107014202910002", "Ketut Contoh"),
    ("5107010303920003", "Made Contoh"),
)


@pytest.fixture(scope="module")
def karangasem(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office whose batches and lists hold the cases of this module only."""
    return office_like(jejak, "51.07", KODE, tmp_path_factory.mktemp(KODE))


def proposed(office: Office, nik: str, name: str, route: str, day: str = "2025-06-05") -> Berkas:
    """A case of a person who is no member yet, ready to be sent."""
    office.at(f"{day} 09:00")
    who = {"nik": nik, "kk": "5107010101010001", "name": name, "born": "1990-01-01", "address": "Banjar Contoh"}
    application = {"layanan": "kis-pbi", "pemohon": who, "pendanaan": "kota"}
    papers = {kode: pdf(kode.lower(), f"{kode} {name}") for kode in ("KK", "KTP")}
    case = office.submit("staf-1", application, papers)
    case.work("check_documents", by="staf-1", begun="09:05", ended="09:08")
    body = {"aktif": False} if route == "reguler" else {"aktif": True, "segmen": "PBPU"}
    case.work("check_membership", by="staf-1", begun="09:10", ended="09:15", body=body)
    case.work("choose_route", by="staf-1", begun="09:16", ended="09:20", body={"hasil": route})
    case.work("record", by="staf-1", begun="09:21", ended="09:25")
    return case


def sent(case: Berkas) -> None:
    case.until(lambda now: any(task["tugas"] == "await_reply" for task in now["jatuh_tempo"]), "it was sent")


def answer(office: Office, rows: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {office.token('staf-1')}", "Content-Type": "text/csv"}
    return office.player.http.post("/bpjs/answers", content=rows.encode(), headers=headers)


def test_a_months_proposals_are_sent_together_answered_by_a_file_and_become_active(
    jejak: Jejak, karangasem: Office
) -> None:
    first = proposed(karangasem, *PEOPLE[0], "reguler")
    second = proposed(karangasem, *PEOPLE[1], "mutasi")
    leaves = proposed(karangasem, *PEOPLE[2], "reguler")
    karangasem.at("2025-06-20 10:00")
    waiting = karangasem.get("staf-1", f"/batches/{KODE}").json()["menunggu"]
    assert [(batch["kumpulan"], batch["berkas"], batch["ditutup_pada"]) for batch in waiting] == [
        ("usulan_bulanan", 3, "2025-06-30T16:00:00+00:00")
    ]
    leaves.withdraw(by="staf-1", at="2025-06-21 09:00", why="pindah")

    karangasem.at("2025-07-01 00:05")
    sent(first)
    sent(second)

    batch = ids.derived_uuid(KODE, "usulan_bulanan", "2025-06-30")
    event = jejak.ledger.event(first, "SubmissionSent")
    assert (event.actor, event.payload["batch"], event.payload["via"]) == (None, str(batch), "berkas")
    assert "SubmissionSent" not in jejak.ledger.kinds(leaves)
    assert listed(karangasem, batch) == {PEOPLE[0][1]: "kota", PEOPLE[1][1]: "kota"}
    manifest = karangasem.get("staf-1", f"/batches/{batch}/manifest").json()
    assert (manifest["anggota"], manifest["terkirim"], manifest["pengaktifan"]) == (2, 2, {"baru": 1, "mutasi": 1})

    karangasem.at("2025-08-01 09:00")
    report = answer(
        karangasem, f"nomor_usulan;hasil;aktif_sejak\n{first.kode};aktif;01-08-2025\n{second.kode};diterima;\n"
    )
    assert report.json()["diterapkan"] == 2, report.text
    assert first.now()["jatuh_tempo"] == []
    assert [task["tugas"] for task in second.now()["jatuh_tempo"]] == ["confirm_status"]
    assert jejak.ledger.event(first, "MembershipActivated").payload["means"] == "baru"
    outstanding = karangasem.get("staf-1", "/bpjs/reconciliation").json()["berkas"]
    assert [(case["berkas"], case["umur_hari"], case["pendanaan"]) for case in outstanding] == [(second.id, 31, "kota")]


def test_the_weeks_until_the_batch_closes_count_as_no_delay(karangasem: Office) -> None:
    case = proposed(karangasem, "5107010404930004", "Wayan Contoh", "reguler", "2025-09-04")
    karangasem.at("2025-10-01 00:05")
    sent(case)
    timeline = case.timeline()
    [deliver] = [event for event in timeline["peristiwa"] if event["jenis"] == "SubmissionSent"]
    assert deliver["jam_tugas"]["berlalu"]["detik"] == hours(0)
    assert deliver["jam_tugas"]["dalam_batas_tunggu"]
    assert timeline["total"]["sop_selesai"]["waktu_kantor"]["detik"] == hours(25 / 60)


def listed(office: Office, batch: uuid.UUID) -> dict[str, str]:
    """Name on the list of a batch → who pays."""
    data = office.get("staf-1", f"/batches/{batch}/file").content
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    columns = [str(cell) for cell in head]
    return {str(row[columns.index("nama")]): str(row[columns.index("pendanaan")]) for row in rows}
