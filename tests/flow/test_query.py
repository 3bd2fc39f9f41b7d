"""The read side over the one address: the state of a case, its trace, figures that lead to cases, no personal data."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from jejak.cli.case import trace_lines
from jejak.platform import ids
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import SIX, apply, checked, papers
from jejak_tools.stories.people import DESMAWATI, ROSNA, ZULFAN, Person
from tests.stories import Jejak
from tests.waits import PATIENCE

PERSONAL = ("nik", "kk", "name", "phone", "card", "address")


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits until it holds: views follow the ledger within a moment."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.02)


def has_nothing_of(text: str, *people: Person) -> bool:
    return not any(person[field] in text for person in people for field in PERSONAL)


def bare(office: Office, path: str, **headers: str) -> httpx.Response:
    """The answer to a request without a token."""
    return office.player.http.get(path, headers=headers)


@pytest.fixture(scope="module")
def drafted(pesisir_selatan: Office) -> Berkas:
    """A case that waits for its paraf since Tuesday, 9 January 2024, 09.12."""
    case = checked(apply(pesisir_selatan, "2024-01-09 09:00", ROSNA), "09:05", "09:05:40")
    case.work("draft_letter", by="staf-1", begun="09:10", ended="09:12")
    case.until_due("paraf")
    return case


@pytest.fixture(scope="module")
def incomplete(pesisir_selatan: Office) -> Berkas:
    case = apply(pesisir_selatan, "2024-01-10 09:00", DESMAWATI, names=("KIS", "KK", "KTP", "SKTM", "FOTO"))
    body = {
        "hasil": "kurang",
        "masalah": [{"document": "SKTM", "problem": "tidak_benar", "expected": "diketahui Camat"}],
        "keterangan": {"SKTM": "Kolom Camat kosong pada surat Ibu Desmawati."},
    }
    case.work("check_documents", by="staf-1", begun="09:10", ended="09:11:30", body=body)
    return case


def test_who_holds_the_file_since_when_and_until_when(pesisir_selatan: Office, drafted: Berkas) -> None:
    answer = bare(pesisir_selatan, f"/cases/{drafted.kode}")
    state = answer.json()
    [due] = state["jatuh_tempo"]
    assert (due["tugas"], due["pelaksana"], due["nama_pelaksana"]) == ("paraf", "sek_kabid", "Sekretaris /Kabid")
    assert due["pejabat"] == ["Contoh Sekretaris, S.Sos", "Contoh Kabid, S.ST"]
    assert due["sejak"]["setempat"] == "Selasa, 9 Jan 2024 09.12 WIB"
    # One working day (7.5 hours) from Tuesday 09.12: 5.8 hours are left of it, 1.7 are Wednesday's.
    assert due["batas_tunggu"]["setempat"] == "Rabu, 10 Jan 2024 09.12 WIB"
    assert (state["status"], state["berakhir"]) == ("berjalan", None)
    assert answer.headers["etag"] == f'"{state["versi"]}"'
    assert state["sop"]["nomor"] == "67/68/SOP/DSPP/PA-PS/2022"


def test_the_code_on_the_receipt_and_the_identity_name_the_same_case(pesisir_selatan: Office, drafted: Berkas) -> None:
    by_code = bare(pesisir_selatan, f"/cases/{drafted.kode.lower()}").json()
    assert by_code == bare(pesisir_selatan, f"/cases/{drafted.id}").json()
    assert ids.case_code(UUID(drafted.id)) == drafted.kode


def test_only_an_official_of_the_office_sees_the_person(
    pesisir_selatan: Office, contoh: Office, drafted: Berkas
) -> None:
    path = f"/cases/{drafted.id}"
    own = pesisir_selatan.get("kasi-1", path)
    assert own.json()["pemohon_dan_peserta"]["applicant"]["nik"] == ROSNA["nik"]
    assert {document["dokumen"] for document in own.json()["dokumen"]} == set(SIX)
    for other in (bare(pesisir_selatan, path), contoh.get("kasi-contoh", path)):
        assert "pemohon_dan_peserta" not in other.json()
        assert has_nothing_of(other.text, ROSNA)
    assert bare(pesisir_selatan, path, Authorization="Bearer x.y.z").status_code == 401


def test_neither_trace_nor_checklist_names_a_person(
    pesisir_selatan: Office, drafted: Berkas, incomplete: Berkas
) -> None:
    for case in (drafted, incomplete):
        for page in ("timeline", "daftar-kontrol"):
            answer = bare(pesisir_selatan, f"/cases/{case.id}/{page}")
            assert answer.status_code == 200
            assert has_nothing_of(answer.text, ROSNA, DESMAWATI)
            assert "Desmawati" not in answer.text


@pytest.mark.parametrize(
    ("name", "status"),
    [("AAAA-AAAA-AAAA", 404), ("5e1f0a52-6d1c-4e0b-9a57-0c1a5e3b7d11", 404), ("7K3M", 422)],
)
def test_a_case_that_is_not_there(pesisir_selatan: Office, name: str, status: int) -> None:
    for path in ("", "/timeline", "/daftar-kontrol"):
        answer = bare(pesisir_selatan, f"/cases/{name}{path}")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_document_is_opened_for_its_office_in_a_sandbox(
    pesisir_selatan: Office, contoh: Office, drafted: Berkas
) -> None:
    photo = papers(ROSNA)["FOTO"]
    listed = {document["dokumen"]: document for document in drafted.now()["dokumen"]}
    answer = pesisir_selatan.get("kabid-1", listed["FOTO"]["alamat"])
    assert answer.content == photo.data
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert bare(pesisir_selatan, listed["FOTO"]["alamat"]).status_code == 401
    other = contoh.player.http.get(
        listed["FOTO"]["alamat"], headers={"Authorization": f"Bearer {contoh.token('kadis-contoh')}"}
    )
    assert (other.status_code, has_nothing_of(other.text, ROSNA)) == (403, True)


def test_the_checklist_says_of_each_document_what_is_wrong_and_why(pesisir_selatan: Office, incomplete: Berkas) -> None:
    page = bare(pesisir_selatan, f"/cases/{incomplete.kode}/daftar-kontrol")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="id">' in page.text
    assert "Berkas belum lengkap: 2 dokumen perlu dibawa atau diperbaiki." in page.text
    entries = [" ".join(item.split()) for item in page.text.split("<li ")[1:]]
    wrong = [entry for entry in entries if 'class="salah"' in entry]
    assert len(entries) == 6
    assert len(wrong) == 2
    assert "Surat Pernyataan Tanggung Jawab Mutlak (SPTJM)" in wrong[0]
    assert "tidak ada" in wrong[0]
    assert "Surat Keterangan Tidak Mampu" in wrong[1]
    assert "Yang benar: diketahui Camat" in wrong[1]
    assert "Kolom Camat kosong" not in page.text
    assert "Kolom Camat kosong" in pesisir_selatan.get("staf-1", f"/cases/{incomplete.kode}/daftar-kontrol").text


def test_a_worklist_holds_what_the_post_may_do_and_nothing_else(
    pesisir_selatan: Office, drafted: Berkas, incomplete: Berkas
) -> None:
    def tasks(person: str) -> dict[str, set[str]]:
        by_case: dict[str, set[str]] = {}
        for task in pesisir_selatan.get(person, "/worklist", limit="1000").json()["tugas"]:
            by_case.setdefault(task["berkas"], set()).add(task["tugas"])
        return by_case

    assert tasks("kabid-1")[drafted.id] == tasks("sekretaris-1")[drafted.id] == {"paraf"}
    assert tasks("staf-1")[incomplete.id] == {"complete"}
    assert drafted.id not in tasks("kadis-1")
    assert incomplete.id not in tasks("kasi-1")


def test_an_unsigned_letter_is_not_known_to_the_check_page(pesisir_selatan: Office, drafted: Berkas) -> None:
    for letter in ("rekomendasi", "lain"):
        answer = bare(pesisir_selatan, f"/periksa/{drafted.kode}/{letter}")
        assert (answer.status_code, answer.json()["keadaan"]) == (404, "tidak_dikenal")
    assert bare(pesisir_selatan, "/periksa/AAAA-AAAA-AAAA/rekomendasi").json()["keadaan"] == "tidak_dikenal"


def test_a_signed_letter_is_known_by_number_date_office_and_hash_and_nothing_else(
    pesisir_selatan: Office,
) -> None:
    case = checked(apply(pesisir_selatan, "2024-02-06 09:00", ZULFAN), "09:05", "09:05:30")
    case.work("draft_letter", by="staf-1", begun="09:10", ended="09:12")
    case.work("paraf", by="kabid-1", begun="09:20", ended="09:21")
    case.work("sign", by="kadis-1", begun="10:00", ended="10:01")
    answer = bare(pesisir_selatan, f"/periksa/{case.kode}/rekomendasi")
    [letter] = case.now()["surat"]
    known = answer.json()
    assert (known["keadaan"], known["nomor"], known["tanggal"]) == ("sah", letter["nomor"], "6 Februari 2024")
    assert known["sha256"] == letter["sha256"]
    page = bare(pesisir_selatan, f"/periksa/{case.kode}/rekomendasi", Accept="text/html")
    assert letter["nomor"] in page.text
    assert has_nothing_of(answer.text + page.text, ZULFAN)

    def lines() -> list[Any]:
        book = pesisir_selatan.get("staf-1", "/registers/13.01/buku", tahun="2024").json()["baris"]
        return [line for line in book if line["nomor"] == letter["nomor"]]

    wait_until(lambda: bool(lines()))
    [row] = lines()
    assert (row["keadaan"], row["pada"]) == ("ditandatangani", "Selasa, 6 Feb 2024 10.01 WIB")


def test_another_office_does_not_read_the_book(contoh: Office) -> None:
    headers = {"Authorization": f"Bearer {contoh.token('kadis-contoh')}"}
    assert contoh.player.http.get("/registers/13.01/buku", headers=headers).status_code == 403


def figure(office: Office, days: Mapping[str, str], langkah: str, **more: str) -> Any:
    """One step's figures over some days."""
    steps = office.get("kadis-1", "/timings", **days, **more).json()["langkah"]
    return next((step for step in steps if step["langkah"] == langkah), None)


def test_figures_are_those_worked_out_by_hand_and_lead_to_their_cases(pesisir_selatan: Office) -> None:
    days = {"from": "2024-03-04", "to": "2024-03-06"}
    # Step 1 promises 1 minute of hands: 30, 50 and 100 seconds. Waits: 5, 10 and 20 minutes.
    plan = [
        ("2024-03-04", "09:05", "09:05:30"),
        ("2024-03-05", "09:10", "09:10:50"),
        ("2024-03-06", "09:20", "09:21:40"),
    ]
    cases = [checked(apply(pesisir_selatan, f"{day} 09:00", ZULFAN), begun, ended) for day, begun, ended in plan]
    wait_until(lambda: (current := figure(pesisir_selatan, days, "1")) is not None and current["jumlah"] == 3)

    step = figure(pesisir_selatan, days, "1")
    assert step["kegiatan"].startswith("Mengecek Persyaratan Administrasi")
    kept = step["mutu_baku"]
    assert (kept["tercetak"], kept["jam"], kept["dinilai"], kept["dalam"]) == ("1 menit", "sentuh", 3, 2)
    assert kept["bagian"] == pytest.approx(2 / 3)
    assert (step["batas_tunggu"]["dinilai"], step["batas_tunggu"]["dalam"]) == (3, 3)
    assert step["tidak_terukur"]["jumlah"] == 0
    # Nearest rank of three: the second is the median, the third is P90 and P99; within 1 % and the story's own seconds.
    assert [step["sentuh"][percentile] for percentile in ("p50", "p90", "p99")] == pytest.approx(
        [50, 100, 100], rel=0.01, abs=3
    )
    assert [step["tunggu"][percentile] for percentile in ("p50", "p90", "p99")] == pytest.approx(
        [600, 1200, 1200], rel=0.01, abs=5
    )

    behind = pesisir_selatan.get("kadis-1", kept["berkas_luar"]).json()["berkas"]
    assert [execution["kode"] for execution in behind] == [cases[2].kode]
    by_touch = pesisir_selatan.get("kadis-1", step["sentuh"]["berkas"]).json()["berkas"]
    assert [case["kode"] for case in by_touch] == [case.kode for case in reversed(cases)]
    assert has_nothing_of(json.dumps(by_touch), ZULFAN)

    daily = pesisir_selatan.get("kadis-1", "/timings", **days, per="hari").json()["langkah"]
    assert [(line["kelompok"], line["jumlah"]) for line in daily if line["langkah"] == "1"] == [
        (day, 1) for day, _, _ in plan
    ]
    assert figure(pesisir_selatan, {"from": "2024-03-05", "to": "2024-03-05"}, "1")["jumlah"] == 1
    assert figure(pesisir_selatan, days, "1", pejabat="staf-2") is None


def test_what_is_overdue_now_is_so_by_the_clock_of_the_moment(pesisir_selatan: Office) -> None:
    case = checked(apply(pesisir_selatan, "2024-04-22 09:00", ZULFAN), "09:05", "09:05:30")
    case.until_due("draft_letter")

    def late() -> bool:
        overdue = pesisir_selatan.get("kadis-1", "/timings").json()["terlambat_kini"]
        return case.id in {entry["berkas"] for entry in overdue["berkas"]}

    pesisir_selatan.at("2024-04-22 15:00")
    assert not late()
    # It waits longer than a working day and was never opened.
    pesisir_selatan.at("2024-04-23 09:10")
    wait_until(late)
    # A task that was opened and put aside: in time at first, then beyond the sheet's five minutes.
    second = checked(apply(pesisir_selatan, "2024-04-24 09:00", ZULFAN), "09:05", "09:05:30")
    second.start("draft_letter", by="staf-1", at="09:10")
    case = second
    pesisir_selatan.at("2024-04-24 09:14")
    assert not late()
    pesisir_selatan.at("2024-04-24 09:16")
    wait_until(late)


def test_the_trace_is_printed_as_a_table_that_fits(pesisir_selatan: Office, drafted: Berkas) -> None:
    trace = drafted.timeline()
    for width in (120, 140, 180):
        lines = trace_lines(trace, width)
        assert all(len(line) <= width for line in lines)
        assert "\x1b" not in "".join(lines)
    text = "\n".join(trace_lines(trace, 180))
    assert "Selasa, 9 Jan 2024 (WIB)" in text
    assert "Menunggu: langkah 4 pada dinas" in text
    assert "\x1b[" in "".join(trace_lines(trace, 140, colour=True))


def test_the_clock_is_set_to_an_instant_or_by_an_offset_and_nothing_else(pesisir_selatan: Office) -> None:
    http = pesisir_selatan.player.http
    instant = datetime(2024, 5, 6, 2, 0, tzinfo=UTC)
    answer = http.put("/dev/clock", json={"now": instant.isoformat()}).json()
    assert timedelta(0) <= datetime.fromisoformat(answer["now"]) - instant < timedelta(minutes=10)
    read = http.get("/dev/clock").json()
    assert timedelta(0) <= datetime.fromisoformat(read["now"]) - instant < timedelta(minutes=10)
    assert http.put("/dev/clock", json={"offset_seconds": 60}).json()["offset_seconds"] == 60
    for wrong in ({}, {"now": "2024-05-06T09:00:00"}, {"offset_seconds": 1, "now": instant.isoformat()}):
        assert http.put("/dev/clock", json=wrong).status_code == 422
    pesisir_selatan.at("2024-05-06 09:00")


def test_what_kafka_and_the_views_are_behind_by_is_measured(jejak: Jejak) -> None:
    def shown(process: str, line: str) -> bool:
        text = httpx.get(f"{jejak.installation.children[process].url}/metrics", trust_env=False).text
        return re.search(f"^{line}", text, re.MULTILINE) is not None

    wait_until(lambda: shown("relay", r'jejak_relay_leader\{topic="\S+\.cases"\} 1\.0$'))
    wait_until(lambda: shown("ledger", "jejak_view_lag_positions "))
    for name in ("jejak_relay_lag_positions", "jejak_relay_lag_seconds"):
        wait_until(lambda name=name: shown("relay", rf'{name}\{{topic="\S+\.cases"\}} '))  # type: ignore[misc]


def test_what_no_service_owns_is_not_forwarded(pesisir_selatan: Office, drafted: Berkas) -> None:
    answer = pesisir_selatan.send("staf-1", f"/cases/{drafted.id}/tasks/dance", {})
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:jejak:masalah:tugas_tidak_dikenal")
