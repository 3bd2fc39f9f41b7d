"""The sheet of Kab. Pesisir Selatan 2017 stands in the file as it was printed.

What is expected here was typed from the printed sheet, not from the file.
"""

from __future__ import annotations

from datetime import date

import pytest

from jejak.procedure.load import load_sop, parse_sop
from jejak.procedure.model import MAIN, Sop, Target
from jejak.procedure.revision.inferred import inferred
from tests.unit.sop.sheets import OFFICES

SHEET = OFFICES / "13.01" / "rekomendasi-bpjs-2017.toml"
# No, Kegiatan, Kelengkapan/ Persyaratan, Waktu, Output, Keterangan
STEPS = [
    (
        "1",
        "Mengecek Persyaratan Administrasi",
        "KK, KTP, Ket.Miskin",
        "1 Menit",
        "Draf rekomendasi",
        "Rekomendasi BPJS dalam keadaan darurat untuk orang Miskin",
    ),
    ("2", "Mengecek data dengan PBDT", "Terdapat di PBDT SISKADASATU", "5 Menit", "No.PBDT", None),
    ("3", "Membuat rekomendasi", "KK, KTP, Ket.Miskin, No. PBDT", "5 Menit", "Rekomendasi", None),
    (
        "4",
        "Mengoreksi dan memaraf surat rekomendasi",
        "KK, KTP, Ket.Miskin, No. PBDT",
        "3 Menit",
        "Rekomendasi",
        None,
    ),
    ("5", "Penandatanganan Surat rekomendasi", "KK, KTP, Ket.Miskin, No. PBDT", "3 Menit", "Rekomendasi", None),
    ("6", "Penyerahan dan Pengarsipan Surat rekomendasi", "Surat Rekomendasi", "3 Menit", "Rekomendasi", None),
]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop(SHEET.read_bytes())


def test_the_identity_block_is_the_printed_one(sop: Sop) -> None:
    assert sop.pemerintah == "PEMERINTAH KABUPATEN PESISIR SELATAN"
    assert sop.instansi == "DINAS SOSIAL, PEMBERDAYAAN PEREMPUAN DAN PERLINDUNGAN ANAK KABUPATEN PESISIR SELATAN"
    assert sop.unit == "BIDANG PERLINDUNGAN, JAMINAN SOSIAL DAN PENANGANAN FAKIR MISKIN"
    assert sop.nomor == "21/SOP/DSPPrPA-PS/2017"
    assert sop.nama == "Pengurusan Rekomendasi untuk BPJS"
    assert (sop.tanggal_pembuatan, sop.tanggal_revisi) == (date(2017, 5, 20), None)
    assert sop.tanggal_efektif == date(2017, 5, 21)
    assert (sop.disahkan_oleh or "").split("\n") == [
        "KEPALA DINAS SOSIAL, PEMBERDAYAAN PEREMPUAN DAN PERLINDUNGAN ANAK",
        "Dra. RIO FATMA ERNI, MM",
        "NIP 19610424 198210 2 003",
    ]
    assert sop.judul_tabel == "Pengurusan Rekomendasi untuk BPJS"


def test_the_lists_around_the_table_are_the_printed_ones(sop: Sop) -> None:
    assert sop.dasar_hukum == (
        (
            "Peraturan Daerah Kabupaten Pesisir Selatan Nomor 8 Tahun 2016 tentang Pembentukan dan susunan Organisasi "
            "Perangkat Daerah Kabupaten Pesisir Selatan."
        ),
        (
            "Peraturan Bupati Pesisir Selatan Nomor 38 Tahun 2016 tentang Struktur organisasi dan tata Kerja Dinas "
            "Sosial, Pemberdayaan Perempuan dan Perlindungan Anak Kabupaten Pesisir Selatan"
        ),
        (
            "Peraturan Bupati Pesisir Selatan Nomor 6 Tahun 2017 tentang Tata Naskah Dinas di Lingkungan Pemerintah "
            "Kabupaten Pesisir Selatan"
        ),
        "Peraturan Pemerintah Nomor 53 Tahun 2010 Tentang Disiplin Pegawai Negeri Sipil",
        (
            "Surat Edaran Gubernur Sumatera Barat Nomor 065/778/Org-2011 Tanggal 19 Oktober 2001 tentang Penyusunan "
            "Standar Operasional Prosedur (SOP)"
        ),
    )
    assert sop.kualifikasi == (
        "Memahami peraturan perundang-undangan yang terkait dengan Jaminan Kesehatan",
        ("Memahami Tugas dan Fungsi Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak Kab. Pesisir Selatan"),
        "Mengetahui peraturan mengenai Jaminan Kesehatan",
    )
    assert sop.keterkaitan == ("SOP Laporan Pengaduan Masalah Sosial", "SOP SLRT")
    assert sop.peralatan == (
        "Fc. KTP (Fc. Akte Kelahiran bagi yang berumur kurang dari 17 Tahun)",
        "Fc. KK",
        "Fc. Surat Keterangan Miskin/Tidak Mampu dari Wali Nagari diketahui Camat",
    )
    assert sop.peringatan == ("Jika Persyaratan tidak Lengkap Pelayanan Rekomendasi BPJS tidak dapat dilakukan",)
    assert sop.pencatatan == ("Buku Rekomendasi", "File Arsip Rekap Rekomendasi")
    assert sop.judul["peralatan"] == "Peralatan/perlengkapan"
    assert sop.judul["kelengkapan"] == "Kelengkapan/ Persyaratan"


def test_the_columns_stand_in_printed_order(sop: Sop) -> None:
    assert [row.nama for row in sop.pelaksana.values() if row.dicetak] == ["Staf", "Kadis", "Sekretaris/Kabid", "Kasi"]


def test_the_six_steps_are_the_printed_ones(sop: Sop) -> None:
    assert [
        (step.no, step.kegiatan, step.kelengkapan, step.waktu_cetak, step.output, step.keterangan)
        for step in sop.langkah
    ] == STEPS
    assert sop.waktu_total is None


def test_three_documents_are_asked_for(sop: Sop) -> None:
    assert {kode: document.periksa for kode, document in sop.persyaratan.items()} == {
        "KTP": (),
        "KK": (),
        "SKM": ("dari Wali Nagari", "diketahui Camat"),
    }
    assert [(alternative.kode, alternative.usia_di_bawah) for alternative in sop.persyaratan["KTP"].salah_satu] == [
        ("AKTE", 17)
    ]


def test_only_pbdt_decides_and_its_number_is_what_the_step_gives(sop: Sop) -> None:
    [rule] = sop.aturan
    assert (rule.terdaftar_di, rule.nonaktif_paling_lama) == (("PBDT",), None)
    assert [task.verb for task in sop.step(MAIN, "2").tasks] == ["check_registry", "check_rules"]
    assert sop.task(MAIN, "2", "check_rules").targets["tidak_memenuhi"] == Target("tolak")


def test_the_emergency_of_the_remark_is_an_inferred_question_that_goes_first(sop: Sop) -> None:
    [question] = sop.pertanyaan.values()
    assert (question.kode, question.prioritas) == ("darurat", True)
    parsed = parse_sop(SHEET.read_bytes())
    assert parsed.file is not None
    marked = {reading.kunci for reading in inferred(parsed.file) if reading.tempat == "pertanyaan darurat"}
    assert marked == {"kode", "teks", "prioritas"}
