"""One Idempotency-Key of several senders: its answer is repeated only to officials of that office with the right."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from jejak.platform import ids
from jejak_tools.play import Office
from jejak_tools.stories import people as c
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import ROSNA, Person
from tests.flow.test_applicant_list import HEAD, line, sent_list
from tests.stories import Jejak


@pytest.fixture
def karangasem(jejak: Jejak) -> Office:
    return jejak.office("51.07")


@pytest.fixture
def siantar(jejak: Jejak) -> Office:
    return jejak.office("12.72")


def submitted(office: Office, who: Person, key: str, path: str = "/cases") -> httpx.Response:
    """An application by staf-1, an official of both offices."""
    body: dict[str, Any] = {"pemohon": who}
    if path == "/cases/families":
        body["pemohon_peserta"] = True
    return office.send("staf-1", path, body, papers(who, ("KK", "KTP")), key=key)


@pytest.mark.parametrize("path", ["/cases", "/cases/families"])
@pytest.mark.parametrize("balinese", [c.WAYAN, ROSNA], ids=["another body", "the same body"])
def test_the_same_key_in_two_offices_makes_two_cases(
    jejak: Jejak, pesisir_selatan: Office, karangasem: Office, balinese: Person, path: str
) -> None:
    pesisir_selatan.at("2024-03-04 09:00")
    key = f"pengajuan-0001 {ids.new_uuid()}"

    def cases() -> tuple[int, int]:
        return jejak.ledger.cases(pesisir_selatan.kantor.kode), jejak.ledger.cases(karangasem.kantor.kode)

    before = cases()
    after = (before[0] + 1, before[1] + 1)
    first = submitted(pesisir_selatan, ROSNA, key, path)
    second = submitted(karangasem, balinese, key, path)
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert first.json()["kode"] != second.json()["kode"]
    assert cases() == after
    own = karangasem.get("staf-1", f"/cases/{second.json()['kode']}").json()
    assert own["pemohon_dan_peserta"]["applicant"]["nik"] == balinese["nik"]
    for office, answer, who in ((pesisir_selatan, first, ROSNA), (karangasem, second, balinese)):
        again = submitted(office, who, key, path)
        assert (again.status_code, again.json()["kode"]) == (201, answer.json()["kode"])
    assert cases() == after


def test_a_repeated_key_on_another_offices_case_is_refused_and_tells_nothing_of_it(
    pesisir_selatan: Office, karangasem: Office
) -> None:
    pesisir_selatan.at("2024-03-04 10:00")
    case = submitted(pesisir_selatan, ROSNA, str(ids.new_uuid())).json()
    path, key = f"/cases/{case['berkas']}/tasks/check_documents/start", f"mulai {case['kode']}"
    assert pesisir_selatan.send("staf-1", path, {}, key=key).status_code == 200
    for command in (path, f"/cases/{case['berkas']}/withdraw"):
        answer = karangasem.send("staf-1", command, {}, key=key)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:jejak:masalah:kantor_lain")
        assert case["kode"] not in answer.text
    assert pesisir_selatan.send("staf-1", path, {}, key=key).json()["ulangan"]


def test_a_repeated_request_is_refused_once_the_official_no_longer_holds_the_post(siantar: Office) -> None:
    """The Sekretaris signs for the Kadis for one week only."""
    siantar.at("2022-09-05 09:00")
    application = {"layanan": "reaktivasi-kis", "pemohon": c.ROMA, "keperluan": "Berobat jalan di RSUD."}
    brought = papers(c.ROMA, ("SKTM", "KK", "KTP"))
    code = siantar.submit("pengelola_data-1", application, brought).kode
    case = siantar.get("pengelola_data-1", f"/cases/{code}").json()["berkas"]
    path, key, body = f"/cases/{case}/withdraw", str(ids.new_uuid()), {"catatan": "Ia mengurus sendiri."}
    acting = "sekdis-1 sebagai kadis"
    withdrawn = siantar.send(acting, path, body, key=key)
    assert withdrawn.is_success, withdrawn.text
    assert siantar.send(acting, path, body, key=key).json()["ulangan"]
    siantar.at("2022-09-12 09:00")
    answer = siantar.send(acting, path, body, key=key)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:jejak:masalah:bukan_pejabat")


def test_a_row_that_another_kelurahan_listed_before_gives_no_code_away(siantar: Office) -> None:
    siantar.at("2022-09-06 09:00")
    listed = "\n".join([HEAD, line(c.ELFIDA)])
    [first] = sent_list(siantar, "pengelola_data-1", listed).json()["laporan"]
    [again] = sent_list(siantar, "pengelola_data-1", listed).json()["laporan"]
    [other] = sent_list(siantar, "pengelola_data-2", listed).json()["laporan"]
    assert (first["hasil"], again["hasil"], again["kode"]) == ("diajukan", "sudah_ada", first["kode"])
    assert (other["hasil"], other["kode"]) == ("ditolak", None)
    assert "wilayah Anda" in other["sebab"]


def test_an_answer_of_bpjs_is_placed_on_no_case_of_another_office_and_its_state_stays_untold(
    pesisir_selatan: Office, karangasem: Office
) -> None:
    pesisir_selatan.at("2024-03-04 11:00")
    case = submitted(pesisir_selatan, ROSNA, str(ids.new_uuid())).json()
    headers = {"Authorization": f"Bearer {karangasem.token('staf-1')}"}
    answers = f"nomor usulan;nik;hasil;alasan\n;{c.WAYAN['nik'][:-4]}9999;diterima;{ids.new_uuid()}\n".encode()
    http = karangasem.player.http
    report = http.post("/bpjs/answers", content=answers, headers=headers)
    assert report.json()["perlu_dilihat"] == 1, report.text
    row = http.get("/bpjs/unmatched", headers=headers).json()["baris"][-1]
    placed = karangasem.send("staf-1", f"/bpjs/unmatched/{row['id']}", {"berkas": case["kode"]})
    assert (placed.status_code, placed.json()["type"]) == (403, "urn:jejak:masalah:kantor_lain")
    assert karangasem.send("staf-1", f"/bpjs/unmatched/{row['id']}", {"kesampingkan": "bukan usulan kami"}).is_success
