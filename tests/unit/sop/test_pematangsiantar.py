"""The sheet "Siantar Sehat" of Kota Pematangsiantar stands in the file as it was printed, misprints too.

What is expected here was typed from the printed sheet, not from the file. It has no number and no dates.
"""

from __future__ import annotations

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop, Target
from tests.unit.sop.sheets import OFFICES

# The columns: number, what is done, means, minutes, output.
STEPS = [
    (
        "1",
        (
            "Petugas di Kelurahan memasukkan Data pemohon Surat Rekomendasi Reaktivasi BPJS Kesehatan JKN-KIS dengan "
            "syarat hanya sekali non aktif dan paling lama 6 bulan non aktif melalui Aplikasi"
        ),
        "Dokumen Persyaratan",
        "10",
        "Dokumen di input",
    ),
    (
        "2",
        (
            "Petugas di Kelurahan memeriksa kelengkapan berkas administratif termohon dengan dasar sebagai berikut: "
            "a. Diterima pada hari itu apabila dipenuhi persyaratan yaitu SKTM dari Kelurahan yang ditanda-tangani "
            "oleh Lurah (DTKS) b. Fotocopy KK dan KTP c. Tidak diterima apabila dokumen persyaratan belum lengkap"
        ),
        "Dokumen Persyaratan",
        "5",
        "Dokumen lengkap",
    ),
    (
        "3",
        (
            "Petugas di Kelurahan Memverifikasi dan meneliti semua data yang telah diberikan dan menguploadkan ke "
            "Aplikasi, atas dasar sebagai berikut: a. Pemohon harus warga tidak mampu/miskin (Non DTKS) b. Terdaftar "
            "di DTKS c. KK dan KTP harus Padan dan Valid di DUKCAPIL d. Data tidak boleh ganda dengan data BPJS KIS "
            "JKN Provinsi dan Pusat"
        ),
        "Dokumen persyaratan lengkap",
        "15",
        "Dokumen Persyaratan telah di Upload ke Aplikasi",
    ),
    (
        "4",
        "Petugas di Kelurahan mengirimkan Data Pemohon melalui Aplikasi ke Dinas Sosial Secara Online",
        "Dokumen Persyaratan Valid",
        "5",
        "Dokumen Persyaratan lengkap dikirimkan secara online",
    ),
    (
        "5",
        "Petugas di Dinas Sosial Menerima Data Pemohon dari Aplikasi untuk Penerbitan Rekomendasi",
        "Dokumen Persyaratan Valid",
        "5",
        "Penerbitan Surat Rekomendasi",
    ),
    (
        "6",
        (
            "Petugas Dinas Sosial membuat surat rekomendasi Pengurusan Reaktivasi BPJS Kesehatan KIS diajukan untuk "
            "mendapatkan pengesahan secara berjenjang melalui paraf hierarki, yaitu, Kabid Sosial, Sekretaris Dinas"
        ),
        "Surat Rekomendasi",
        "15",
        "Surat Rekomendasi yang sudah diparaf hierarki",
    ),
    (
        "7",
        (
            "Surat rekomendasi yang telah diparaf hierarki kemudian diajukan kepada Kepala Dinas untuk mendapat "
            "persetujuan dan melampirkan dokumen persyaratan"
        ),
        "Surat Rekomendasi yang sudah diparaf hierarki",
        "10",
        "Surat Rekomendasi Valid",
    ),
    (
        "8",
        "Petugas menyampaikan surat rekomendasi pengurusan Reaktivasi BPJS Kesehatan KIS ke Kantor Cab. Kota",
        "Surat Rekomendasi Valid",
        "5",
        "Dokumen Asli dan Salinan",
    ),
    (
        "9",
        (
            "Kabid Sosial melakukan rekonsiliasi Data bersama dengan BPJS Cab Kota terkait pengajuan Pengurusan BPJS "
            "Kesehatan JKN KIS"
        ),
        "Surat Rekomendasi Valid",
        "5",
        "Arsip Salinan",
    ),
    (
        "10",
        "Kartu BPJS Kesehatan JKN KIS Aktif Kembali dan dapat dipergunakan kembali",
        None,
        None,
        None,
    ),
]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop((OFFICES / "12.72" / "siantar-sehat.toml").read_bytes())


def test_the_identity_block_is_the_printed_one_and_leaves_number_and_dates_open(sop: Sop) -> None:
    assert sop.pemerintah == "PEMERINTAH KOTA PEMATANGSIANTAR"
    assert sop.instansi == ("DINAS SOSIAL PEMBERDAYAAN PEREMPUAN DAN PERLINDUNGAN ANAK KOTA PEMATANGSIANTAR")
    assert sop.nama == 'Pengurusan Reaktivasi BPJS Kesehatan JKN KIS melalui Aplikasi "Siantar Sehat"'
    assert sop.unit == f"Standar Pelayanan {sop.nama}"
    assert (sop.nomor, sop.tanggal_pembuatan, sop.tanggal_revisi, sop.tanggal_efektif) == (None, None, None, None)
    assert sop.tanggal_pengesahan is None
    assert sop.judul_tabel == f"Alur SOP {sop.nama}"


def test_the_head_of_the_office_is_spelt_as_in_the_head_and_as_in_the_foot(sop: Sop) -> None:
    assert (sop.disahkan_oleh or "").split("\n") == [
        "KEPALA DINAS SOSIAL P3A KOTA PEMATANGSIANTAR",
        "DINSOS P3A",
        "PARIAMATA SILAEN, SH",
        "PEMBINA UTAMA MUDA",
        "NIP. 196409221990031001",
    ]
    assert [line for line in (sop.kaki or "").split("\n") if line] == [
        "Pematangsiantar,",
        "Kepala Dinas Sosial P3A Kota Pematangsiantar",
        "PARIAMAN SILAEN, SH",
        "PEMBINA UTAMA MUDA",
        "NIP. 196409221990031001",
    ]


def test_the_lists_around_the_table_are_the_printed_ones(sop: Sop) -> None:
    assert sop.dasar_hukum == (
        "UU No. 40 Tahun 2004 Tentang Sistem Jaminan Sosial Nasional",
        "Peraturan Pemerintah No. 101 Tahun 2012 tentang Penerima Bantuan Iuran Jaminan Kesehatan",
        "Peraturan Presiden No. 64 Tahun 2020 Tentang Jaminan Kesehatan",
        (
            "Permensos No. 21 Tahun 2019 Tentang Persyaratan dan Tata Cara Perubahan Data Penerima Bantuan Iuran "
            "Jaminan Kesehatan"
        ),
        "Peraturan Daerah No. 1 Tahun 2017 Tentang Pembentukan Perangkat Daerah Kota Pematangsiantar",
        (
            "Peraturan Wali Kota No. 04 Tahun 2017 Tentang Kedudukan, Susunan Organisasi, Tugas dan Fungsi serta Tata "
            "Kerja Dinas Dinas Daerah Kota Pematangsiantar"
        ),
        (
            "Peraturan Daerah No.4 Tahun 2021 Tentang Penetapan Anggaran Pendapatan dan Belanja Daerah Kota "
            "Pematangsiantar Tahun Anggaran 2022"
        ),
        (
            "Peraturan Kepala Daerah No.910/Sekda-Tahun 2022 Tentang Perubahan Anggaran Pendapatan dan Belanja Daerah "
            "Kota Pematangsiantar Tahun Anggaran 2022"
        ),
    )
    assert sop.kualifikasi == (
        "KEPALA DINAS",
        "KEPALA BIDANG SOSIAL",
        "KEPALA SEKSI PEMBERDAYAAN SOSIAL",
        "OPERATOR BPJS DINAS SOSIAL",
        "CAMAT",
        "LURAH",
        "TSKS",
        "PENDAMPING PKH",
    )
    assert sop.judul["kualifikasi"] == "KUALIFIKASI PELAKSANAAN"
    assert sop.keterkaitan == ("SOP Penerbitan Rekomendasi Reaktivasi Peserta BPJS Kesehatan JKN-KIS",)
    assert sop.peralatan == ("ATK", "Laptop", "Printer", 'Aplikasi "Siantar Sehat"')
    assert sop.peringatan == (
        (
            "Pihak Kelurahan/Petugas Kelurahan wajib memasukkan Warga Miskin DTKS dan Non DTKS untuk menjadi Peserta "
            "BPJS JKN KIS melalui Aplikasi"
        ),
    )
    assert sop.pencatatan == ("Dicatat dan disimpan sebagai arsip dokumen",)
    assert sop.catatan == (
        "Pemohon Peserta Reaktivasi BPJS Kesehatan JKN-KIS tidak Perlu datang ke Dinas Sosial",
        (
            "Pengajuan Pengurusan Reaktivasi BPJS Kesehatan JKN-KIS dilakukan secara setiap hari kerja dilakukan "
            "melalui aplikasi oleh Kelurahan dan Dinas Sosial Mengirimkan Data reaktivasi BPJS Kesehatan JKN KIS "
            "setiap hari kerja untuk diaktifkan"
        ),
        "Kartu Aktif Kembali dan dapat dipergunakan",
    )


def test_the_columns_stand_in_printed_order(sop: Sop) -> None:
    assert [row.nama for row in sop.pelaksana.values() if row.dicetak] == [
        "Pengelola Data Di Kelurahan",
        "Operator Dinas Sosial",
        "Kabid",
        "Sekdis",
        "Kadis",
    ]
    assert sop.judul["pelaksana"] == "PENANGGUNG JAWAB/PELAKSANA"


def test_the_ten_steps_are_the_printed_ones_minutes_by_the_columns_heading(sop: Sop) -> None:
    assert [(step.no, step.kegiatan, step.kelengkapan, step.waktu_cetak, step.output) for step in sop.langkah] == STEPS
    assert (sop.judul["kelengkapan"], sop.judul["waktu"]) == ("Alat", "Waktu (Menit)")
    assert [step.waktu.text for step in sop.langkah if step.waktu] == [f"{step[3]} menit" for step in STEPS if step[3]]
    assert all(step.keterangan is None for step in sop.langkah)
    assert sop.waktu_total is None


def test_the_lurahs_certificate_is_asked_of_all(sop: Sop) -> None:
    assert {kode: (document.nama, document.untuk) for kode, document in sop.persyaratan.items()} == {
        "SKTM": ("SKTM dari Kelurahan yang ditanda-tangani oleh Lurah (DTKS)", ()),
        "KK": ("Fotocopy KK", ()),
        "KTP": ("Fotocopy KTP", ()),
    }


def test_once_only_and_at_most_six_months_hold_for_the_listed_and_for_the_poor_alike(sop: Sop) -> None:
    assert [
        (rule.terdaftar_di, rule.untuk, rule.nonaktif_paling_lama, rule.nonaktif_paling_banyak) for rule in sop.aturan
    ] == [
        (("DTKS",), (), 6, 1),
        ((), ("layak",), 6, 1),
    ]
    assert sop.task(MAIN, "3", "check_membership").targets["peserta_ganda"] == Target("tolak")


def test_it_is_sent_and_reconciled_every_working_day(sop: Sop) -> None:
    assert {kode: batch.setiap for kode, batch in sop.kumpulan.items()} == {
        "kiriman_harian": "hari kerja",
        "rekon_harian": "hari kerja",
    }
    assert sop.task(MAIN, "8", "deliver").kumpulan == "kiriman_harian"
    assert sop.task(MAIN, "9", "reconcile").kumpulan == "rekon_harian"
