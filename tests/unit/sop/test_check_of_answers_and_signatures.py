"""What the check says of a list that another party answers, a letter signed twice, and one that cannot be made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from jejak.cli.sop import check_path
from jejak.procedure.checks.check import sop_warnings
from tests.procedure import sheet

PERFORMERS: Final = '{kode = "kemensos", nama = "Kemensos", pihak = "kemensos", pencatat = "staf"},'
BATCH: Final = """
[[kumpulan]]
kode = "usulan"
setiap = "bulan"
bentuk = "csv"
kolom = [{ judul = "NIK", isi = "nik" }, { judul = "HASIL", dibaca = "hasil" }]
"""
SENT: Final = """
[[langkah]]
no = 1
kegiatan = "Mengusulkan"
tugas = [{ tugas = "deliver", kumpulan = "usulan", kepada = "kemensos" }, "await_reply"]
dijawab_oleh = "kemensos"
pelaksana = ["staf"]
"""
SIGNED: Final = """
[[langkah]]
no = 1
kegiatan = "Menyusun dan menandatangani"
tugas = ["draft_letter", { tugas = "sign", pelaksana = ["kabid"] }]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menandatangani"
tugas = ["sign"]
pelaksana = ["kadis"]
"""


def of_columns(text: str) -> list[str]:
    sop = sheet(text, BATCH, performers=PERFORMERS)
    return [line for line in sop_warnings(sop) if "dibaca" in line]


def test_a_column_read_from_bpjs_on_a_list_that_kemensos_answers_is_pointed_out() -> None:
    [line] = of_columns(SENT)
    assert line == (
        "kumpulan usulan: kolom HASIL dibaca dari jawaban BPJS saja, padahal yang menjawab Kemensos — hapus dibaca; "
        "jawabannya dicatat petugas pada tugasnya"
    )


@pytest.mark.parametrize(
    "text",
    [
        SENT.replace('"kemensos"', '"bpjs"'),
        SENT + '\n[[tindak_lanjut]]\nkode = "aktif"\ntugas = ["confirm_status"]\npelaksana = ["staf"]\n',
    ],
)
def test_a_list_that_bpjs_answers_or_whose_card_it_confirms_may_be_read(text: str) -> None:
    assert of_columns(text) == []


def signed_again(text: str, letters: str = "") -> list[str]:
    warnings = dict.fromkeys(sop_warnings(sheet(text, letters=letters)))
    return [line for line in warnings if "menandatangani lagi" in line]


def test_a_second_sign_without_a_letter_signs_the_first_one_again_and_the_check_says_so() -> None:
    [line] = signed_again(SIGNED)
    assert line.startswith("langkah 2: sign menandatangani lagi surat surat dari langkah 1")


@pytest.mark.parametrize(
    "text",
    [
        SIGNED.replace('"draft_letter"', '{ tugas = "draft_letter", surat = ["surat", "lain"] }')
        .replace('tugas = "sign"', 'tugas = "sign", surat = "surat"')
        .replace('["sign"]', '[{ tugas = "sign", surat = "lain" }]'),
        SIGNED.replace('"draft_letter"', '{ tugas = "draft_letter", surat = "surat" }').replace(
            '["sign"]', '[{ tugas = "draft_letter", surat = "surat", pelaksana = ["staf"] }, "sign"]'
        ),
    ],
    ids=["each names its own", "drafted anew"],
)
def test_letters_that_are_signed_once_each_are_not_pointed_out(text: str) -> None:
    assert signed_again(text, letters='{kode = "lain", jenis = "pengantar", kepada = "Kepala", isi = "ini"},') == []


WHOLE: Final = """
layanan = "contoh"
nama = "Surat contoh"
dinas = "13.99"
tanggal_efektif = 2024-01-15

[[pelaksana]]
kode = "staf"
nama = "Staf"

[[pelaksana]]
kode = "kadis"
nama = "Kepala Dinas"

[[aturan]]
nama = "Terdaftar di DTSEN"
terdaftar_di = ["DTSEN"]
sumber = "{source}"

[[surat]]
kode = "keterangan"
jenis = "keterangan"
isi = "adalah benar warga kami."
tembusan = [{copies}]

[[langkah]]
no = 1
kegiatan = "Mengecek"
tugas = ["check_registry", "check_rules"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Menyusun dan menandatangani"
tugas = ["draft_letter", {{ tugas = "sign", pelaksana = ["kadis"] }}, "hand_over"]
pelaksana = ["staf"]
"""
KANTOR: Final = (Path(__file__).parents[3] / "shared/offices/13.99/kantor.toml").read_text(encoding="utf-8")


def stops_of(folder: Path, source: str = "langkah 1", copies: str = "", kantor: str = "") -> tuple[str, ...]:
    path = folder / "lembar.toml"
    path.write_text(WHOLE.format(source=source, copies=copies), encoding="utf-8")
    if kantor:
        (folder / "kantor.toml").write_text(kantor, encoding="utf-8")
    report = check_path(path)
    assert report.mistakes == ()
    return report.stops


@pytest.mark.parametrize("kantor", ["", KANTOR], ids=["sheet alone", "beside its office"])
def test_a_letter_that_can_be_composed_stops_nothing(tmp_path: Path, kantor: str) -> None:
    assert stops_of(tmp_path, kantor=kantor) == ()


def test_a_rule_too_long_for_the_letter_that_prints_it_is_found_before_it_is_drafted(tmp_path: Path) -> None:
    [line] = stops_of(tmp_path, source="x" * 2000)
    assert line.startswith("surat keterangan: nama dan sumber sebuah aturan: lebih dari 2000 huruf")


def test_a_number_too_long_for_its_letter_is_found_with_the_office(tmp_path: Path) -> None:
    long = KANTOR.replace('"*" = "agenda"', f'"*" = "{"4" * 100}/{{urut}}/{{tahun}}"')
    [line] = stops_of(tmp_path, kantor=long)
    assert line.startswith("surat keterangan: nomor menurut [nomor] kantor: lebih dari 100 huruf")
