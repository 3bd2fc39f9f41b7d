"""A newborn without NIK at the counter: by the form, by JSON and in a list; what the receipt and the case page say."""

from __future__ import annotations

from typing import Final

from jejak_tools.play import Office
from jejak_tools.stories.people import DESMAWATI, LISMAR, Person
from tests.flow.test_applicant_list import sent_list
from tests.flow.test_counter import as_fields, page, posted

PAPER: Final = "Surat keterangan lahir 12/RSUD/2024"
FOLLOWS: Final = "NIK bayi ini belum ada. Daftarkan kelahirannya di Dukcapil, lalu sampaikan NIK-nya ke kantor ini"


def baby_of(mother: Person, **changes: str) -> Person:
    known = {name: mother[name] for name in ("kk", "address")}
    return (
        known | {"name": "Bayi Contoh", "born": "2024-01-20", "mother": mother["nik"], "birth_paper": PAPER} | changes
    )


def test_a_newborn_is_entered_at_the_counter_and_the_receipt_says_what_has_to_follow(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 13:10")
    form = page(pesisir_selatan, "staf-1", "/cases/baru")
    assert "Bayi baru lahir yang belum punya NIK" in form.text
    fields = as_fields("pemohon", LISMAR) | as_fields("peserta", baby_of(LISMAR)) | {"hubungan": "orang tua"}
    answer = posted(pesisir_selatan, "staf-1", form, fields, {})
    assert answer.status_code == 303
    receipt = answer.headers["location"]
    code = receipt.split("/")[2]

    assert f"{FOLLOWS} paling lambat 20 April 2024" in page(pesisir_selatan, "staf-1", receipt).text
    public = pesisir_selatan.player.http.get(receipt).json()["menyusul"]
    assert public == f"{FOLLOWS} paling lambat 3 bulan sesudah lahir."
    case = page(pesisir_selatan, "staf-1", f"/cases/{code}").text
    assert f"belum ada; NIK ibu {LISMAR['nik']}, {PAPER}" in case
    assert f"{FOLLOWS} paling lambat 20 April 2024" in case
    citizen = pesisir_selatan.player.http.get(f"/cases/{code}", headers={"Accept": "text/html"}).text
    assert "NIK bayi ini belum ada" in citizen
    assert not any(word in citizen for word in (LISMAR["nik"], PAPER, "20 April 2024"))


def test_a_newborn_is_found_by_its_mothers_nik_and_beside_its_twin(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 13:20")
    [first, second] = [
        pesisir_selatan.submit("staf-1", {"pemohon": DESMAWATI, "peserta": baby_of(DESMAWATI, name=name)}, {})
        for name in ("Bayi Satu", "Bayi Dua")
    ]
    receipt = pesisir_selatan.get("staf-1", f"/cases/{second.kode}/tanda-terima").json()
    assert first.kode in receipt["berkas_berjalan"]
    assert receipt["menyusul"].startswith(FOLLOWS)


def test_twins_with_one_provisional_name_are_two_cases_shown_beside_each_other(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-05 13:40")
    form = page(pesisir_selatan, "staf-1", "/cases/baru")
    assert "Urutan lahir bayi kembar" in form.text
    codes = []
    for order in ("1", "2"):
        twin = baby_of(LISMAR, name="Bayi Ny. Lismar", born="2024-01-22", birth_order=order)
        fields = as_fields("pemohon", LISMAR) | as_fields("peserta", twin) | {"hubungan": "orang tua"}
        answer = posted(pesisir_selatan, "staf-1", page(pesisir_selatan, "staf-1", "/cases/baru"), fields, {})
        assert answer.status_code == 303, answer.text
        codes.append(answer.headers["location"].split("/")[2])
    receipt = pesisir_selatan.get("staf-1", f"/cases/{codes[1]}/tanda-terima").json()
    assert codes[0] in receipt["berkas_berjalan"]
    assert f"{PAPER}, bayi kembar ke-2" in page(pesisir_selatan, "staf-1", f"/cases/{codes[1]}").text


def test_a_newborn_stands_in_a_list_and_an_older_child_without_nik_is_told_why_not(pesisir_selatan: Office) -> None:
    pesisir_selatan.at("2024-02-12 13:00")
    head = (
        "NIK;No. KK;Nama;Tgl Lahir;Alamat;KK Peserta;Nama Peserta;Tanggal lahir peserta;Alamat peserta;"
        "NIK ibu;Surat keterangan lahir peserta"
    )
    born = ("20-01-2024", "11-11-2023")
    rows = [
        f"{LISMAR['nik']};{LISMAR['kk']};{LISMAR['name']};28-09-1971;Jorong;{LISMAR['kk']};Bayi {n};{day};Jorong;"
        f"{LISMAR['nik']};{PAPER}"
        for n, day in enumerate(born)
    ]
    told = sent_list(pesisir_selatan, "staf-1", "\r\n".join([head, *rows])).json()
    assert [row["hasil"] for row in told["laporan"]] == ["diajukan", "ditolak"]
    assert "hanya bayi sampai umur 3 bulan" in told["laporan"][1]["sebab"]
    again = sent_list(pesisir_selatan, "staf-1", "\r\n".join([head, *rows])).json()
    assert again["laporan"][0] == told["laporan"][0] | {"hasil": "sudah_ada"}
