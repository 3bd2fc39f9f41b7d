"""Lists and forms from the field at the counter: doubts are asked about before anything is stored, and repeats told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from jejak_tools.play import Office
from jejak_tools.stories.people import AISYAH, ROSNA
from tests.flow.test_applicant_list import sent_list
from tests.flow.test_counter import cookie, hidden_in, page
from tests.stories import Jejak

INPUTS: Final = Path(__file__).parent / "inputs"
HEAD: Final = "No. KTP;No. KK;Nama Lengkap;Tgl Lahir;Alamat"


def report(office: Office, text: str | bytes, **extra: str) -> dict[int, dict[str, Any]]:
    answer = sent_list(office, "staf-1", text, **extra)
    assert answer.status_code == 200, answer.text
    return {row["baris"]: row for row in answer.json()["laporan"]}


def applied(office: Office, **changes: Any) -> tuple[int, dict[str, Any]]:
    answer = office.send("staf-1", "/cases", {"pemohon": ROSNA, "keperluan": "Berobat"} | changes)
    return answer.status_code, answer.json()


def test_a_date_against_the_nik_is_asked_about_before_anything_is_stored(jejak: Jejak, pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:00")
    data = (INPUTS / "04-tanggal-bulan-dulu.csv").read_bytes()
    before = jejak.ledger.cases(pesisir_selatan.kantor.kode)
    rows = report(pesisir_selatan, data)
    assert {row["hasil"] for row in rows.values()} == {"ditanyakan"}
    assert all("hari dan bulannya tertukar" in row["sebab"] for row in rows.values())
    assert jejak.ledger.cases(pesisir_selatan.kantor.kode) == before
    rows = report(pesisir_selatan, data, data='{"dicocokkan": "2, 4-9"}')
    assert [rows[n]["hasil"] for n in (2, 3, 4)] == ["diajukan", "ditanyakan", "diajukan"]


@pytest.mark.parametrize("text", ["dua", "0", "4-", "1;x", "-3"])
def test_rows_that_were_compared_are_named_by_numbers(pesisir_selatan: Office, text: str) -> None:
    data = (INPUTS / "04-tanggal-bulan-dulu.csv").read_bytes()
    answer = sent_list(pesisir_selatan, "staf-1", data, data=f'{{"dicocokkan": "{text}"}}')
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:isian_salah")


def test_a_browser_says_what_to_do_about_rows_that_are_asked_about(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:10")
    data = (INPUTS / "04-tanggal-bulan-dulu.csv").read_bytes().replace(b"Rekaan", b"Rekaan Peramban")
    form = page(pesisir_selatan, "staf-1", "/cases/daftar")
    answer = pesisir_selatan.player.http.post(
        "/cases/daftar",
        data=hidden_in(form.text) | {"dicocokkan": ""},
        files={"daftar": ("d.csv", data, "text/csv")},
        headers=cookie(pesisir_selatan, "staf-1"),
    )
    assert "0 diajukan, 0 sudah ada sebelumnya, 3 ditanyakan, 0 belum dapat." in answer.text
    assert "Baris yang ditanyakan belum diajukan: 2, 3, 4." in answer.text


def test_the_same_person_in_one_list_and_in_three_is_told(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:20")
    line = "1301010505837201;1301010101157201;Rekaan Berulang;05-05-1983;{}"
    rows = report(pesisir_selatan, "\n".join([HEAD, *(line.format(f"Jorong {n}") for n in "ABC")]))
    assert [rows[n]["hasil"] for n in (2, 3, 4)] == ["diajukan", "ditolak", "ditolak"]
    assert rows[3]["sebab"] == rows[4]["sebab"] == "Peserta ini sudah ada pada baris 2."
    codes = [rows[2]["kode"]]
    for address in ("Jorong D", "Jorong E"):
        [row] = report(pesisir_selatan, f"{HEAD}\n{line.format(address)}\n").values()
        assert {other["kode"] for other in row["berjalan"]} == set(codes)
        codes.append(row["kode"])


def test_one_nik_of_father_and_child_is_told_in_a_row_across_rows_and_on_the_form(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:30")
    father = "1301010505837202;1301010101157202;Rekaan Ayah;05-05-1983;Jorong A"
    child = "1301010505837202;1301010101157202;Rekaan Anak;05-05-2013;Jorong A"
    rows = report(pesisir_selatan, f"{HEAD}\n{father}\n{child}\n", data='{"dicocokkan": "2-3"}')
    assert {row["hasil"] for row in rows.values()} == {"ditanyakan"}
    assert "lihat baris 3" in rows[2]["sebab"]
    both = ";".join(f"{title} Peserta" for title in ("NIK", "No KK", "Nama", "Tgl Lahir", "Alamat"))
    [row] = report(pesisir_selatan, f"{HEAD};{both}\n{father};{child}\n", data='{"dicocokkan": [2]}').values()
    assert (row["hasil"], "NIK peserta sama dengan NIK pemohon" in row["sebab"]) == ("ditolak", True)
    status, problem = applied(pesisir_selatan, peserta=AISYAH | {"nik": ROSNA["nik"]}, hubungan="orang tua")
    assert (status, problem["type"]) == (422, "urn:jejak:masalah:nik_sama")
    status, problem = applied(pesisir_selatan, pemohon=ROSNA | {"kk": "0" * 16})
    assert (status, problem["type"]) == (422, "urn:jejak:masalah:kk_salah")


def test_a_fault_is_told_in_the_columns_own_words(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:40")
    rows = report(pesisir_selatan, (INPUTS / "07-nama-nama.csv").read_bytes().replace(b";Nama;", b";NAMA_LGKP;"))
    assert rows[12]["sebab"] == "Perbaiki isian: NAMA_LGKP terlalu panjang."
    assert rows[4]["sebab"] == "NAMA_LGKP kosong."
    assert {rows[n]["hasil"] for n in (2, 3, 5, 6, 7, 8, 9, 10, 11, 13)} == {"diajukan"}
    status, problem = applied(pesisir_selatan, pemohon=ROSNA | {"name": "x" * 101})
    assert (status, problem["detail"]) == (422, "Perbaiki isian: nama pemohon terlalu panjang.")


def test_what_is_typed_is_one_form_in_json_on_a_page_and_in_a_list(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 09:50")
    typed = ROSNA | {
        "nik": "\u202a13.01.01.520378.9001\u202c",
        "name": "Nurʼaini\u200b Rekaan",
        "phone": "+62 812-0000-7062",
    }
    status, answer = applied(pesisir_selatan, pemohon=typed)
    assert status == 201
    people = pesisir_selatan.get("staf-1", f"/cases/{answer['kode']}").json()["pemohon_dan_peserta"]["applicant"]
    assert (people["nik"], people["name"], people["phone"]) == (ROSNA["nik"], "Nur'aini Rekaan", "081200007062")
    listed = ";".join((typed["nik"], ROSNA["kk"], typed["name"], "13-03-1978", "Jorong"))
    rows = report(pesisir_selatan, f"{HEAD}\n{listed}\n", data='{"dicocokkan": "2"}')
    people = pesisir_selatan.get("staf-1", f"/cases/{rows[2]['kode']}").json()["pemohon_dan_peserta"]["applicant"]
    assert (people["nik"], people["name"]) == (ROSNA["nik"], "Nur'aini Rekaan")
    assert "13.01.01.520378.9001" not in str(people)
