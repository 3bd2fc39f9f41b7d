"""The sheet of Kab. Solok 2024 stands in the file as it was printed, misprints too.

What is expected here was typed from the printed sheet, not from the file.
"""

from __future__ import annotations

from datetime import date

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from tests.unit.sop.sheets import OFFICES

# No, Kegiatan, Kelengkapan, Waktu, Output
STEPS = [
    (
        "1",
        "Pemohon/masyarakat mengajukan permohonan jaminan kesehatan yang dibiayai pemerintah",
        "- Berkas permohonan dan persyaratan",
        "15 Menit",
        "Usulan Permohonan",
    ),
    (
        "2",
        "Petugas pelayanan menerima dan memeriksa berkas kemudian mendisposisikan ke Kepala Dinas",
        "Berkas Usulan",
        "15 Menit",
        "Laporan",
    ),
    (
        "3",
        "Kepala Dinas menelaah permohonan kemudian mendisposisikan ke Kabid",
        "Berkas Usulan",
        "15 Menit",
        "Disposisi",
    ),
    ("4", "Kabid mendisposisikan permohonan ke Korpel", "- Berkas Usulan", "15 Menit", "Disposisi"),
    (
        "5",
        "Korpel menyiapkan berkas dan konsep pengantar untuk diajukan ke BPJS",
        "- Draft Pengantar dan persyaratannya",
        "15 Menit",
        "Surat Pengantar",
    ),
    (
        "6",
        "Kepala Dinas mengesahkan surat pengantar untuk dikirimkan ke BPJS Kesehatan",
        "- Draft pengantar beserta berkas usulan",
        "1 hari",
        "Surat Pengantar",
    ),
    (
        "7",
        "BPJS memproses penerbitan KIS",
        "- Pengantar dan usulan beserta berkas kelengkapan syarat",
        "8 hari",
        "KIS",
    ),
    ("8", "Masyarakat menerima KIS", "- KIS", "1 hari", "Laporan"),
]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop((OFFICES / "13.02" / "jaminan-kesehatan-2024.toml").read_bytes())


def test_the_identity_block_is_the_printed_one(sop: Sop) -> None:
    assert (sop.pemerintah, sop.instansi) == ("PEMERINTAH KABUPATEN SOLOK", "DINAS SOSIAL")
    assert sop.unit == "PEKERJA SOSIAL MUDA SEKSI JAMINAN SOSIAL KELUARGA RENTAN, PKH, KIS, KIP, KKS"
    assert sop.nomor == "460/38/DINSOS-2024"
    assert sop.nama == ("STANDAR OPERASIONAL PROSEDUR FASILITASI PENGURUSAN JAMINAN KESEHATAN YANG DIBIYAI PEMERINTAH")
    assert sop.judul_tabel == (
        "STANDAR OPERASIONAL PROSEDUR PELAYANAN FASILITAS PENGEURUSAN JAMINAN KESEHATAN YANG DIBIYAI PEMERINTAH"
    )
    assert (sop.tanggal_pembuatan, sop.tanggal_revisi) == (date(2024, 1, 15), None)
    assert sop.tanggal_efektif == date(2024, 1, 15)
    assert (sop.disahkan_oleh or "").split("\n") == [
        "KEPALA,",
        "MULIADI MARCOS, SE, MM",
        "Pembina Utama Muda (IV/c)",
        "NIP. 19720303 199202 1 001",
    ]


def test_the_lists_around_the_table_are_the_printed_ones(sop: Sop) -> None:
    assert sop.dasar_hukum == (
        "Peraturan Presiden No 12 Tahun 2013 tentang Jaminan Kesehatan",
        ("Peraturan Menteri Kesehatan Nomor 903 Tahun 2011 tentang Pelaksanaan Program Jaminan Kesehatan Masyarakat"),
    )
    assert sop.kualifikasi == (
        "Memahami tentang mekanisme pengurusan Jaminan Kesehatan yang dibiayai pemerintah",
        "Memahami tentang pemanfaatan komputer/internet",
    )
    assert sop.keterkaitan == ()
    assert sop.peralatan == (
        "Komputer dan Kelengkapannya",
        "ATK",
        "Kelengkapan Persyaratan (Kartu Identitas dan Persyaratan lainnya)",
    )
    assert sop.peringatan == ("Jika SOP ini tidak dilaksanakan maka prosedur pengurusan KIS tidak bisa terlaksana",)
    assert sop.pencatatan == ("Hasil Rekon", "Aplikasi DTKS", "Buku Kendali/Dokumen kepesertaan")
    assert sop.judul["pencatatan"] == "PENDATAAN/PENCATATAN"
    assert sop.judul["pelaksana"] == "Pelaksana Kegiatan"


def test_the_columns_stand_in_printed_order(sop: Sop) -> None:
    assert [row.nama for row in sop.pelaksana.values() if row.dicetak] == [
        "Pemohon",
        "Petugas Pelayanan",
        "Kepala Dinas",
        "Kepala Bidang",
        "Koordinator Pelayanan",
        "BPJS Kesehatan",
    ]


def test_the_eight_steps_are_the_printed_ones(sop: Sop) -> None:
    assert [(step.no, step.kegiatan, step.kelengkapan, step.waktu_cetak, step.output) for step in sop.langkah] == STEPS
    assert all(step.keterangan is None for step in sop.langkah)
    assert sop.waktu_total is None


def test_no_document_is_invented_for_the_other_requirements(sop: Sop) -> None:
    assert {kode: document.nama for kode, document in sop.persyaratan.items()} == {
        "IDENTITAS": "Kartu Identitas",
        "LAINNYA": "Persyaratan lainnya",
    }


def test_that_days_are_working_days_is_inferred(sop: Sop) -> None:
    assert sop.hari == "kerja"
    assert "hari" in sop.tersirat
