"""Bad input over real HTTP: an answer in Indonesian that says what to do, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from jejak.cases.decision import Actor
from jejak.web.access.tokens import issue
from jejak_local.child import Child
from jejak_local.environment import of_service
from jejak_local.files import free_port
from jejak_tools.papers import Paper, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked, papers
from jejak_tools.stories.people import ROSNA, ZULFAN
from tests.servers import NOBODY_SIGNS_IN
from tests.stories import Jejak, Ledger, until_listed

UUID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
MEGABYTE = 1024 * 1024
APPLICATION: Mapping[str, Any] = {"layanan": "reaktivasi-kis-pbi", "pemohon": ROSNA}


@pytest.fixture
def office(pesisir_selatan: Office) -> Office:
    pesisir_selatan.at("2022-08-01 09:00")
    return pesisir_selatan


@pytest.fixture
def case(pesisir_selatan: Office) -> Berkas:
    """A case whose letter is to be drafted, without a pending automatic task."""
    drafted = checked(apply(pesisir_selatan, "2022-08-01 08:00", ZULFAN), "08:05", "08:05:30")
    drafted.until_due("draft_letter")
    return drafted


OFFICE = "13.01"


def stored(ledger: Ledger) -> list[int]:
    """Counts of everything that a request could store in this office."""
    counts = [ledger.caused(OFFICE), ledger.cases(OFFICE)]
    for table, case in (
        ("es.blob", "stream"),
        ("es.person", "stream"),
        ("keys.case_key", "stream"),
        ("letters.number", '"case"'),
    ):
        of_here = f"SELECT count(*) AS n FROM {table} t JOIN es.stream s ON s.key = t.{case}"  # noqa: S608
        counts.append(int(ledger.fetch(f"{of_here} WHERE s.office = $1", OFFICE)[0]["n"]))
    return counts


@contextmanager
def nothing_stored(jejak: Jejak) -> Iterator[None]:
    before = stored(jejak.ledger)
    yield
    assert stored(jejak.ledger) == before


def problem_of(answer: httpx.Response, status: int, code: str) -> str:
    """The sentence of an RFC 9457 problem document with this status and code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:jejak:masalah:{code}", status)
    assert body["title"]
    sentence = str(body["detail"])
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    for personal in (ROSNA["nik"], ROSNA["kk"], ROSNA["name"], ROSNA["phone"], ZULFAN["nik"]):
        assert personal not in answer.text
    return sentence


def post(office: Office, path: str, content: bytes, kind: str = "application/json", **headers: str) -> httpx.Response:
    """A request of another program."""
    given = {"Authorization": f"Bearer {office.token('staf-1')}", "Content-Type": kind, **headers}
    return office.player.http.post(path, content=content, headers=given)


def test_malformed_json(jejak: Jejak, office: Office, case: Berkas) -> None:
    with nothing_stored(jejak):
        for path in ("/cases", f"/cases/{case.id}/tasks/draft_letter"):
            sentence = problem_of(post(office, path, b'{"pemohon": {'), 422, "json_salah")
            assert sentence == "Isi permintaan bukan JSON yang benar. Periksa tanda kutip, koma dan kurung."
        sentence = problem_of(post(office, "/cases", b"\xff\xfe\x00"), 422, "json_salah")
        problem_of(post(office, "/cases", b"--x\r\nnonsense", "multipart/form-data; boundary=x"), 422, "isian_salah")
        problem_of(post(office, "/cases", b"nonsense", "multipart/form-data"), 422, "formulir_salah")


def test_an_unknown_service(jejak: Jejak, office: Office) -> None:
    with nothing_stored(jejak):
        answer = office.send("staf-1", "/cases", {**APPLICATION, "layanan": "tidak-ada"}, papers(ROSNA))
        sentence = problem_of(answer, 422, "layanan_tidak_dikenal")
        assert "reaktivasi-kis-pbi" in sentence


def test_before_the_sop_is_in_force_there_is_none(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2016-12-30 09:00")
    with nothing_stored(jejak):
        answer = pesisir_selatan.send("staf-1", "/cases", APPLICATION, papers(ROSNA))
        assert answer.status_code in {403, 422}
        problem_of(answer, answer.status_code, answer.json()["type"].removeprefix("urn:jejak:masalah:"))


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        ({"nik": "130101520378900"}, "isian_salah", "NIK pemohon harus 16 angka"),
        ({"nik": "1301015203789O01"}, "isian_salah", "NIK pemohon harus 16 angka"),
        ({"nik": "1301013213789001"}, "nik_salah", "tanggal lahir di dalam NIK tidak mungkin"),
        ({"nik": "1301015203780000"}, "nik_salah", "nomor urut di dalam NIK 0000"),
        ({"kk": "130101010115900"}, "isian_salah", "nomor KK pemohon harus 16 angka"),
        ({"kk": "13010101011590012"}, "isian_salah", "nomor KK pemohon harus 16 angka"),
        ({"card": "12"}, "isian_salah", "nomor kartu JKN-KIS pemohon harus 13 angka"),
        ({"born": "31-02-2001"}, "isian_salah", "tanggal lahir pemohon harus tanggal"),
        ({"name": ""}, "isian_salah", "nama pemohon"),
        ({"agama": "x"}, "isian_salah", "agama tidak dikenal; hapus"),
    ],
)
def test_a_wrong_person(jejak: Jejak, office: Office, change: dict[str, str], code: str, hint: str) -> None:
    with nothing_stored(jejak):
        answer = office.send("staf-1", "/cases", {**APPLICATION, "pemohon": ROSNA | change}, papers(ROSNA))
        assert hint in problem_of(answer, 422, code)
        [wrong] = change.values()
        assert len(wrong) < 3 or wrong not in answer.text


PROGRAM = b"MZ\x90\x00" + b"\0" * 200


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        pytest.param(Paper("ktp.pdf", PROGRAM, "application/pdf"), "jenis_berkas_salah", id="a program"),
        pytest.param(
            Paper("ktp.pdf", png("x", "x").data, "application/pdf"), "jenis_berkas_tidak_sama", id="a picture"
        ),
        pytest.param(Paper("ktp.pdf", pdf("x", "x").data[:300], "application/pdf"), "berkas_rusak", id="half a page"),
        pytest.param(Paper("ktp.pdf", b"", "application/pdf"), "berkas_kosong", id="nothing"),
    ],
)
def test_an_upload_that_is_not_what_it_says(jejak: Jejak, office: Office, paper: Paper, code: str) -> None:
    with nothing_stored(jejak):
        answer = office.send("staf-1", "/cases", APPLICATION, papers(ROSNA) | {"KTP": paper})
        problem_of(answer, 422, code)


def test_a_document_the_sheet_does_not_name(jejak: Jejak, office: Office) -> None:
    with nothing_stored(jejak):
        answer = office.send("staf-1", "/cases", APPLICATION, papers(ROSNA) | {"IJAZAH": pdf("ijazah", "x")})
        assert "SPTJM" in problem_of(answer, 422, "dokumen_tidak_dikenal")


def test_a_body_of_fifty_megabytes(jejak: Jejak, office: Office) -> None:
    def flowing() -> Iterator[bytes]:
        for _ in range(50):
            yield b" " * MEGABYTE

    token = {"Authorization": f"Bearer {office.token('staf-1')}", "Content-Type": "application/json"}
    with nothing_stored(jejak):
        problem_of(post(office, "/cases", b" " * 50 * MEGABYTE), 413, "terlalu_besar")
        undeclared = httpx.post(f"{office.player.url}/cases", content=flowing(), headers=token, trust_env=False)
        problem_of(undeclared, 413, "terlalu_besar")


def test_a_single_file_over_ten_megabytes(jejak: Jejak, office: Office) -> None:
    large = Paper("ktp.pdf", pdf("x", "x").data + b"\0" * 11 * MEGABYTE, "application/pdf")
    with nothing_stored(jejak):
        problem_of(
            office.send("staf-1", "/cases", APPLICATION, papers(ROSNA) | {"KTP": large}), 413, "berkas_terlalu_besar"
        )


def test_a_stale_version(jejak: Jejak, office: Office, case: Berkas) -> None:
    shown = office.get("staf-1", f"/cases/{case.id}").headers["etag"]
    path = f"/cases/{case.id}/tasks/draft_letter"
    office.at("2022-08-01 09:10")
    with nothing_stored(jejak):
        answer = post(office, path, b"{}", **{"If-Match": '"1"', "Idempotency-Key": "basi"})
        sentence = problem_of(answer, 412, "versi_usang")
        assert "Muat ulang halaman" in sentence
        assert f'"{answer.json()["versi"]}"' == shown
        problem_of(post(office, path, b"{}", **{"If-Match": "kemarin"}), 422, "if_match_salah")
    assert post(office, path, b"{}", **{"If-Match": shown}).is_success


def test_looking_into_a_file_does_not_make_it_stale(office: Office, case: Berkas) -> None:
    shown = office.get("staf-1", f"/cases/{case.id}").headers["etag"]
    case.start("draft_letter", by="staf-2", at="09:05")
    office.at("09:10")
    assert post(office, f"/cases/{case.id}/tasks/draft_letter", b"{}", **{"If-Match": shown}).is_success


def test_another_offices_official(jejak: Jejak, case: Berkas, contoh: Office) -> None:
    with nothing_stored(jejak):
        for path in (f"/cases/{case.id}/tasks/draft_letter", f"/cases/{case.id}/tasks/draft_letter/start"):
            problem_of(contoh.send("staf-contoh-1", path, {}), 403, "kantor_lain")
        problem_of(contoh.send("staf-contoh-1", f"/cases/{case.id}/withdraw", {}), 403, "kantor_lain")
        seen = contoh.get("staf-contoh-1", f"/cases/{case.id}")
        assert ZULFAN["name"] not in seen.text
        assert ZULFAN["nik"] not in seen.text


def test_a_post_that_may_not(jejak: Jejak, office: Office, case: Berkas) -> None:
    with nothing_stored(jejak):
        sentence = problem_of(
            office.send("kadis-1", f"/cases/{case.id}/tasks/draft_letter", {}), 403, "bukan_tugas_anda"
        )
        assert "staf" in sentence
        problem_of(office.send("kadis-1", "/cases", APPLICATION, papers(ROSNA)), 403, "bukan_tugas_anda")


def test_a_post_the_token_only_claims(jejak: Jejak, office: Office, case: Berkas) -> None:
    claimed = issue(jejak.player.token_key, Actor("13.01", "staf-1", "kadis"))
    with nothing_stored(jejak):
        answer = jejak.player.http.post(
            f"/cases/{case.id}/tasks/draft_letter", json={}, headers={"Authorization": f"Bearer {claimed}"}
        )
        problem_of(answer, 403, "bukan_pejabat")


def test_a_task_that_is_not_due_says_what_is(jejak: Jejak, office: Office, case: Berkas) -> None:
    with nothing_stored(jejak):
        sentence = problem_of(office.send("kadis-1", f"/cases/{case.id}/tasks/sign", {}), 409, "tidak_jatuh_tempo")
        assert "draft_letter" in sentence


def test_a_task_or_a_case_that_does_not_exist(jejak: Jejak, office: Office, case: Berkas) -> None:
    with nothing_stored(jejak):
        problem_of(office.send("staf-1", f"/cases/{case.id}/tasks/terbang", {}), 404, "tugas_tidak_dikenal")
        nowhere = "/cases/00000000-0000-4000-8000-000000000000/tasks/draft_letter"
        problem_of(office.send("staf-1", nowhere, {}), 404, "berkas_tidak_ada")


def test_a_time_that_has_not_come(jejak: Jejak, office: Office, case: Berkas) -> None:
    office.at("2022-08-01 09:00")
    with nothing_stored(jejak):
        ahead = {"waktu_kejadian": office.instant("2022-08-02 09:00").isoformat()}
        problem_of(office.send("staf-1", f"/cases/{case.id}/tasks/draft_letter", ahead), 422, "waktu_depan")
        future = {**APPLICATION, "diterima": office.instant("2022-08-02 09:00").isoformat()}
        problem_of(office.send("staf-1", "/cases", future, papers(ROSNA)), 422, "waktu_depan")


def test_an_act_before_what_it_follows_and_figures_of_impossible_years(
    jejak: Jejak, office: Office, case: Berkas
) -> None:
    with nothing_stored(jejak):
        before = {"waktu_kejadian": "0202-08-01T09:00:00+07:00"}
        problem_of(office.send("staf-1", f"/cases/{case.id}/tasks/draft_letter", before), 422, "waktu_lampau")
        headers = {"Authorization": f"Bearer {office.token('kadis-1')}"}
        for days in ({"from": "0001-01-01"}, {"to": "9999-12-31"}, {"to": "0001-01-01"}):
            answer = office.player.http.get("/timings", params=days, headers=headers)
            problem_of(answer, 422, "rentang_salah")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"nik": ROSNA["nik"], "name": ROSNA["name"], "kk": ROSNA["kk"]}, 409, "data_berkas"),
        ({"name": ROSNA["name"]}, 409, "data_berkas"),
        ({"kk": ROSNA["kk"]}, 409, "data_berkas"),
        ({"nik": "1301013002886400"}, 422, "nik_salah"),
        ({"kk": "0000000000000000"}, 422, "kk_salah"),
        ({"born": "2090-01-05"}, 422, "lahir_salah"),
    ],
)
def test_a_letter_names_only_the_person_who_was_looked_up(
    jejak: Jejak, office: Office, case: Berkas, wrong: dict[str, str], status: int, code: str
) -> None:
    office.at("2022-08-01 09:00")
    with nothing_stored(jejak):
        body = {"pemohon": {**ZULFAN, **wrong}}
        problem_of(office.send("staf-1", f"/cases/{case.id}/tasks/draft_letter", body), status, code)
        if "kk" in wrong and code == "kk_salah":
            strange = {**APPLICATION, "pemohon": {**ROSNA, **wrong}}
            problem_of(office.send("staf-1", "/cases", strange), 422, code)


def test_officials_at_paraf_and_signature_see_how_the_letter_differs_from_the_application(
    office: Office, case: Berkas
) -> None:
    mended = {"pemohon": {**ZULFAN, "address": "Jorong Baru Nomor 9"}, "catatan": "Menurut KK."}
    case.work("draft_letter", by="staf-1", begun="2022-08-01 09:10", ended="09:12", body=mended)
    expected = f"alamat pemohon: pada permohonan «{ZULFAN['address']}», pada surat «Jorong Baru Nomor 9»"
    paraf = next(task for task in case.now()["jatuh_tempo"] if task["tugas"] == "paraf")
    reader = {"sek_kabid": "kabid-1"}.get(paraf["pelaksana"], "kasi-1")
    answer = office.get(reader, f"/cases/{case.id}/tasks/paraf").json()
    assert [difference["kata"] for difference in answer["berbeda_dari_permohonan"]] == [expected]
    until_listed(office, reader, case)
    several = {task["berkas"]: task for task in office.get(reader, "/worklist/paraf").json()["tugas"]}
    assert [difference["kata"] for difference in several[str(case.id)]["berbeda_dari_permohonan"]] == [expected]
    for address in (f"/cases/{case.id}/tasks/paraf", "/worklist/paraf"):
        cookie = {"Authorization": f"Bearer {office.token(reader)}", "Accept": "text/html"}
        page = office.player.http.get(address, headers=cookie)
        assert "berbeda dari permohonan" in page.text
        assert "Jorong Baru Nomor 9" in page.text


def test_a_repeated_request_is_answered_alike_and_appends_nothing(jejak: Jejak, office: Office, case: Berkas) -> None:
    office.at("2022-08-01 09:10")
    for path, body, files in (
        ("/cases", APPLICATION, papers(ROSNA)),
        (f"/cases/{case.id}/tasks/draft_letter/start", {}, None),
        (f"/cases/{case.id}/tasks/draft_letter", {}, None),
    ):
        key = f"ulang {path} {case.id}"
        first = office.send("staf-1", path, body, files, key=key)
        assert first.is_success, first.text
        with nothing_stored(jejak):
            again = office.send("staf-1", path, body, files, key=key)
            assert again.status_code == first.status_code
            assert again.json() == {**first.json(), "ulangan": True}


def test_the_same_key_with_another_body(jejak: Jejak, office: Office, case: Berkas) -> None:
    path, key = f"/cases/{case.id}/tasks/draft_letter", f"satu kunci {case.id}"
    office.at("2022-08-01 09:10")
    assert office.send("staf-1", path, {"catatan": "pertama"}, key=key).is_success
    submitted = office.send("staf-1", "/cases", APPLICATION, papers(ROSNA), key=key)
    assert submitted.is_success
    with nothing_stored(jejak):
        problem_of(office.send("staf-1", path, {"catatan": "kedua"}, key=key), 422, "kunci_dipakai")
        another = {**APPLICATION, "keperluan": "Lain."}
        problem_of(office.send("staf-1", "/cases", another, papers(ROSNA), key=key), 422, "kunci_dipakai")
        without_photo = {name: paper for name, paper in papers(ROSNA).items() if name != "FOTO"}
        problem_of(office.send("staf-1", "/cases", APPLICATION, without_photo, key=key), 422, "kunci_dipakai")


def test_no_token_or_one_that_does_not_hold(jejak: Jejak, office: Office, case: Berkas) -> None:
    path = f"/cases/{case.id}/tasks/draft_letter"
    staff = Actor("13.01", "staf-1", "staf")
    forged = issue(b"\0" * 32, staff)
    ended = issue(jejak.player.token_key, staff, hours=-1)
    with nothing_stored(jejak):
        problem_of(jejak.player.http.post(path, json={}), 401, "token_perlu")
        problem_of(jejak.player.http.post("/cases", json={}), 401, "token_perlu")
        for token in (forged, ended, "bukan.token.sama-sekali"):
            answer = jejak.player.http.post(path, json={}, headers={"Authorization": f"Bearer {token}"})
            problem_of(answer, 401, "token_salah")


def test_production_refuses_development_tokens(jejak: Jejak, office: Office, tmp_path: Path) -> None:
    shared = jejak.installation.environment
    production = Child("intake", of_service(shared, "intake", free_port()) | NOBODY_SIGNS_IN, tmp_path)
    production.start()
    try:
        production.wait_ready()
        headers = {"Authorization": f"Bearer {office.token('staf-1')}"}
        with nothing_stored(jejak):
            answer = httpx.post(f"{production.url}/cases", json=dict(APPLICATION), headers=headers, trust_env=False)
            problem_of(answer, 503, "kunci_penerbit")
    finally:
        production.stop()


@pytest.mark.parametrize("path", ["/timings", "/timings/cases"])
def test_a_character_that_no_text_may_hold_is_refused(jejak: Jejak, office: Office, path: str) -> None:
    asking = {"Authorization": f"Bearer {office.token('kadis-1')}"}
    problem_of(jejak.player.http.get(path, params={"sop": "\0"}, headers=asking), 422, "huruf_salah")


def test_an_address_that_is_not_served(office: Office) -> None:
    problem_of(office.player.http.get("/tidak/ada"), 404, "http")
    problem_of(office.player.http.request("DELETE", "/cases"), 405, "http")


def test_problem_documents_are_json_that_names_the_wrong_fields(office: Office) -> None:
    answer = office.send("staf-1", "/cases", {"pemohon": {"nik": "1"}})
    fields = json.loads(answer.content)["isian"]
    assert fields["pemohon.nik"] == "harus 16 angka"
    assert fields["pemohon.name"] == "wajib diisi"
