"""A list of applicants: each row is judged alone and reported, and the same list is never entered twice."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from jejak_tools.play import Office
from jejak_tools.stories.people import AISYAH, BASRI, DARWIS, GUSMIATI, MARLIS, NURLELA, SYAMSUL, YUSNIDAR, Person
from tests.flow.test_counter import PERSONAL, cookie, hidden_in, page
from tests.stories import Jejak
from tests.workbooks import stray_cell, workbook

HEAD = (
    "NIK;No. KK;Nama;Tgl Lahir;Alamat;Telepon;NIK Peserta;KK Peserta;Nama Peserta;Tanggal lahir peserta;Alamat peserta"
)


def line(who: Person, participant: Person | None = None) -> str:
    """One row of a list, dates as people write them."""

    def of(person: Person) -> list[str]:
        return [
            person["nik"],
            person["kk"],
            person["name"],
            "-".join(reversed(person["born"].split("-"))),
            person["address"],
        ]

    return ";".join([*of(who), who["phone"], *(of(participant) if participant else [""] * 5)])


def sent_list(office: Office, person: str, text: str | bytes, **extra: str) -> httpx.Response:
    data = text if isinstance(text, bytes) else text.encode()
    headers = {"Authorization": f"Bearer {office.token(person)}"}
    files = {"daftar": ("daftar.csv", data, "text/csv")}
    return office.player.http.post("/cases/daftar", files=files, data=extra, headers=headers)


def test_a_list_makes_a_case_of_each_good_row_and_says_what_is_wrong_with_the_others(
    jejak: Jejak, pesisir_selatan: Office
) -> None:
    pesisir_selatan.at("2024-02-12 09:00")
    wrong = {**DARWIS, "nik": "1301033013729004"}
    rows = [line(MARLIS), line(wrong), line(NURLELA, AISYAH), line(MARLIS), f"=1+1;{line(BASRI)[5:]}", ""]
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    answer = sent_list(pesisir_selatan, "staf-1", "\r\n".join([HEAD, *rows])).json()
    assert (answer["diajukan"], answer["sudah_ada"], answer["ditolak"]) == (2, 0, 3)
    report = {row["baris"]: row for row in answer["laporan"]}
    assert [report[n]["hasil"] for n in (2, 3, 4, 5, 6)] == ["diajukan", "ditolak", "diajukan", "ditolak", "ditolak"]
    assert "NIK pemohon tidak benar" in report[3]["sebab"]
    assert report[5]["sebab"] == "Peserta ini sudah ada pada baris 2."
    assert report[6]["sebab"] == "NIK memuat selain angka."
    assert not any(person[field] in str(answer) for person in (MARLIS, wrong, NURLELA, BASRI) for field in PERSONAL)
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before + 2
    people = pesisir_selatan.get("staf-1", f"/cases/{report[4]['kode']}").json()["pemohon_dan_peserta"]
    assert people["participant"]["born"] == AISYAH["born"]


def test_the_same_list_again_changes_nothing_and_a_corrected_list_adds_the_corrected_row(
    jejak: Jejak, pesisir_selatan: Office
) -> None:
    pesisir_selatan.at("2024-02-12 09:30")
    torn = line(SYAMSUL).replace(SYAMSUL["kk"], "130105")
    first = sent_list(pesisir_selatan, "staf-1", "\n".join([HEAD, line(YUSNIDAR), torn])).json()
    assert [row["hasil"] for row in first["laporan"]] == ["diajukan", "ditolak"]
    count = jejak.ledger.caused(pesisir_selatan.kantor.kode)
    for clerk in ("staf-1", "staf-2"):
        again = sent_list(pesisir_selatan, clerk, "\n".join([HEAD, line(YUSNIDAR), torn])).json()
        assert [(row["hasil"], row["kode"]) for row in again["laporan"]] == [
            ("sudah_ada", first["laporan"][0]["kode"]),
            ("ditolak", None),
        ]
    assert jejak.ledger.caused(pesisir_selatan.kantor.kode) == count
    mended = sent_list(pesisir_selatan, "staf-2", "\n".join([HEAD, line(YUSNIDAR), line(SYAMSUL)])).json()
    assert [row["hasil"] for row in mended["laporan"]] == ["sudah_ada", "diajukan"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nama;Alamat\nA;B", "Kolom NIK tidak ditemukan"),
        ("NIK;Nama\n1;B", "Kolom yang belum ada: Nomor KK, Tanggal lahir, Alamat"),
        (f"{HEAD};Nama lengkap\n", "Lebih dari satu kolom cocok untuk Nama: 'Nama' dan 'Nama lengkap'. Hapus"),
        (b"PK\x03\x04rusak", "rusak atau bersandi"),
        ("NIK;Nama\n".encode("utf-16") + b"x", "bukan tabel teks"),
        (b"\xff\xfe", "Kolom NIK tidak ditemukan"),
        (workbook({"Daftar": [["NIK"]]}, stray_cell("xfd1048576")), "terlalu besar bila dibuka"),
        (workbook({"Daftar": [["NIK"]]}, stray_cell("xfd1200", 1_200)), "terlalu besar atau terlalu rumit"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(
    jejak: Jejak, pesisir_selatan: Office, text: str | bytes, words: str
) -> None:
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    answer = sent_list(pesisir_selatan, "staf-1", text)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:berkas_tidak_terbaca")
    assert words in answer.json()["detail"]
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before


@pytest.mark.parametrize("part", [{"layanan": "reaktivasi-kis-pbi"}, {"data": "{}", "catatan": "Cepat."}])
def test_a_list_with_an_unknown_part_is_refused(jejak: Jejak, pesisir_selatan: Office, part: dict[str, str]) -> None:
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    answer = sent_list(pesisir_selatan, "staf-1", f"{HEAD}\n{line(BASRI)}", **part)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:satu_berkas")
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before


def test_others_are_served_while_lists_that_would_fill_the_memory_are_read(
    jejak: Jejak, pesisir_selatan: Office
) -> None:
    pesisir_selatan.at("2024-02-12 10:00")
    mountain = workbook({"Daftar": [["NIK"]]}, stray_cell("xfd1200", 1_200))
    with ThreadPoolExecutor(12) as senders:
        sent = [senders.submit(sent_list, pesisir_selatan, "staf-1", mountain) for _ in range(12)]
        good = sent_list(pesisir_selatan, "staf-2", f"{HEAD}\n{line(BASRI)}")
        while good.status_code == 503:
            good = sent_list(pesisir_selatan, "staf-2", f"{HEAD}\n{line(BASRI)}")
        assert page(pesisir_selatan, "staf-2", "/cases/daftar").status_code == 200
        answers = [upload.result() for upload in sent]
    assert [row["baris"] for row in good.json()["laporan"]] == [2]
    assert {answer.json()["type"] for answer in answers} <= {
        "urn:jejak:masalah:berkas_tidak_terbaca",
        "urn:jejak:masalah:antrean_penuh",
    }
    assert {answer.status_code for answer in answers} <= {422, 503}
    assert 422 in {answer.status_code for answer in answers}


def test_only_officials_who_enter_applications_send_a_list(pesisir_selatan: Office) -> None:
    assert sent_list(pesisir_selatan, "kadis-1", f"{HEAD}\n{line(BASRI)}").status_code == 403
    assert "tidak mencatat permohonan" in page(pesisir_selatan, "kadis-1", "/cases/daftar").text


def test_a_browser_is_shown_the_report_of_its_list(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 10:00")
    form = page(pesisir_selatan, "staf-1", "/cases/daftar")
    described = pesisir_selatan.get("staf-1", "/cases/daftar").json()
    sample = pesisir_selatan.player.http.get("/cases/daftar/contoh.csv").text
    assert sample.removeprefix("\ufeff").strip().split(";") == [column["judul"] for column in described["kolom"]]
    text = f"{HEAD}\n{line(GUSMIATI)}\n<b>x</b>;;;;;;;;;;\n"
    hidden = hidden_in(form.text)
    files = {"daftar": ("d.csv", text.encode(), "text/csv")}
    answer = pesisir_selatan.player.http.post(
        "/cases/daftar", data=hidden, files=files, headers=cookie(pesisir_selatan, "staf-1")
    )
    assert answer.status_code == 200
    assert "1 diajukan, 0 sudah ada sebelumnya, 1 belum dapat." in answer.text
    assert re.search(r'href="/cases/[0-9A-Z-]{14}/tanda-terima"', answer.text)
    assert "<b>x" not in answer.text
    assert GUSMIATI["name"] not in answer.text
