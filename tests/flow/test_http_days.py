"""Impossible days over real HTTP: an answer that says what to do, and nothing stored."""

from __future__ import annotations

import pytest

from jejak.web.access.clients import issue as issue_to_client
from jejak_tools.play import Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import ROSNA
from tests.flow.test_http_errors import APPLICATION, UUID, nothing_stored, problem_of
from tests.stories import Jejak


@pytest.fixture
def office(pesisir_selatan: Office) -> Office:
    pesisir_selatan.at("2022-08-01 09:00")
    return pesisir_selatan


@pytest.mark.parametrize("year", [202, 1926, 2009, 2016])
def test_a_receipt_in_a_mistyped_year(jejak: Jejak, office: Office, year: int) -> None:
    with nothing_stored(jejak):
        past = {**APPLICATION, "diterima": f"{year:04}-11-20T08:00:00+07:00"}
        sentence = problem_of(office.send("staf-1", "/cases", past, papers(ROSNA)), 422, "waktu_lampau")
        assert sentence == "Waktu penerimaan terlalu lampau; periksa tahunnya."
        headers = {"Authorization": f"Bearer {office.token('staf-1')}"}
        row = ";".join((ROSNA["nik"], ROSNA["kk"], ROSNA["name"], "01-12-1978", ROSNA["address"], f"20-11-{year:04}"))
        text = f"NIK;Nomor KK;Nama;Tanggal lahir;Alamat;Tanggal diterima\n{row}\n"
        files = {"daftar": ("daftar.csv", text.encode(), "text/csv")}
        [report] = office.player.http.post("/cases/daftar", files=files, headers=headers).json()["laporan"]
        assert (report["hasil"], report["sebab"]) == ("ditolak", sentence)


@pytest.mark.parametrize("born", ["2090-01-05", "1880-01-05", "0080-01-05"])
def test_a_birth_that_cannot_be(jejak: Jejak, office: Office, born: str) -> None:
    with nothing_stored(jejak):
        strange = {**APPLICATION, "pemohon": {**ROSNA, "born": born}}
        assert "periksa tahunnya" in problem_of(office.send("staf-1", "/cases", strange), 422, "lahir_salah")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize(
    "address",
    [
        "/timings?to=0001-01-01",
        "/timings?from=9999-12-31",
        "/timings/cases?to=0001-01-01",
        "/timings/cases?tugas=xyz",
        f"/timings/cases?sesudah=0~0001-01-01T00:00:00%2B14:00~{UUID}~a~b~c~d~0",
        f"/timings/terlambat?sesudah=0001-01-01T00:00:00%2B14:00~{UUID}~a",
        "/timings/kantor?to=0001-01-01",
        "/timings/lembar?from=0001-01-01",
        "/registers/13.01/buku?sesudah=0001-01-01T00:00:00%2B14:00%20x",
    ],
)
def test_an_impossible_day_or_task_is_refused(office: Office, address: str, accept: str) -> None:
    headers = {"Authorization": f"Bearer {office.token('kadis-1')}", "Accept": accept}
    answer = office.player.http.get(address, headers=headers)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (
        422,
        "text/html" if accept == "text/html" else "application/problem+json",
    )


def test_a_replay_from_an_impossible_time_is_refused(jejak: Jejak) -> None:
    headers = {"Authorization": f"Bearer {issue_to_client(jejak.player.token_key, 'bpjs')}"}
    for since in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        answer = jejak.player.http.get("/bpjs/submissions", params={"since": since}, headers=headers)
        problem_of(answer, 422, "zona_perlu")
