"""The sheet of Kab. Pesisir Selatan 2022 stands in the file as it was printed, misprints too.

What is expected here was typed from the printed sheet, not from the file.
"""

from __future__ import annotations

from datetime import date

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop, Target
from tests.unit.sop.sheets import CONTOH, PESISIR_SELATAN

STEPS = [
    (
        "1",
        "Mengecek Persyaratan Administrasi (dilakukan untuk memastikan persyaratan benar dan lengkap)",
        "KIS, KK, KTP, SPTJM, Ket.Miskin, Foto Rumah",
        "1 menit",
        "Daftar Kontrol",
    ),
    (
        "2",
        (
            "Mengecek data (dilakukan untuk mengetahui apakah kartu yang bersangkutan masih bisa direaktivasi "
            "sesuai dengan SK Kemensos)"
        ),
        "Terdapat di PBDT SISKADASATU",
        "5 menit",
        "DTKS dan /atau SK Non Aktif sebelum 6 bulan terakhir",
    ),
    (
        "3",
        "Membuat Rekomendasi (dilakukan apabila semua syarat diatas lengkap)",
        "KIS, KK, KTP, SPTJM, Ket.Miskin, Foto Rumah",
        "5 menit",
        "Rekomendasi",
    ),
    (
        "4",
        "Mengoreksi dan mamaraf surat rekomendasi",
        "KIS, KK, KTP, SPTJM, Ket.Miskin, Foto Rumah",
        "3 Menit",
        "Rekomendasi",
    ),
    (
        "5",
        "Penandatanganan Surat Rekomendasi",
        "KIS, KK, KTP, SPTJM, Ket.Miskin, Foto Rumah",
        "3 Menit",
        "Rekomendasi",
    ),
    (
        "6",
        (
            "Penyerahan dan Pengarsipan Surat Rekomendasi (yang bersangkutan dapat mengajukan ke BPJS Kesehatan "
            "untuk reaktivasi BPJS PBI JK)"
        ),
        "Surat Rekomendasi",
        "3 Menit",
        "Rekomendasi",
    ),
]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop(PESISIR_SELATAN.read_bytes())


def test_the_identity_block_is_the_printed_one(sop: Sop) -> None:
    assert sop.pemerintah == "PEMERINTAH DAERAH PESISIR SELATAN"
    assert sop.instansi == ("DINAS SOSIAL, PEMBERDAYAAN PEREMPUAN DAN PERLINDUNGAN ANAK KABUPATEN PESISIR SELATAN")
    assert sop.unit == "BIDANG PERLINDUNGAN, JAMINAN SOSIAL DAN PENANGANAN FAKIR MISKIN"
    assert sop.nomor == "67/68/SOP/DSPP/PA-PS/2022"
    assert sop.nama == "Pengurusan Rekomendasi Untuk Reaktivasi KIS PBI Jaminan Kesehatan"
    assert (sop.tanggal_pembuatan, sop.tanggal_revisi) == (date(2022, 1, 3), None)
    assert sop.tanggal_efektif == date(2022, 1, 3)
    assert sop.disahkan_oleh == "Kepala Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak"
    assert sop.judul_tabel == "Prosedur Pengurusan Reaktivasi KIS PBI Jaminan Kesehatan"


def test_the_lists_around_the_table_are_the_printed_ones(sop: Sop) -> None:
    assert sop.dasar_hukum == (
        "Undang-undang RI No.11 Tahun 2009 tentang Kesejahteraan Sosial;",
        "Peraturan Pemerintah No.25 Tahun 2009 tentang Pelayanan Publik;",
        (
            "Peraturan Menteri Sosial Nomor 32 Tahun 2012 tentang Pedoman Penyusunan SOP di Lingkungan "
            "Kementerian Sosial RI;"
        ),
        (
            "Keputusan Bupati No.460/155/KPTS/BPT-PS/2017 tentang Penetapan Pelaksana Sistem Layanan Rujukan Terpadu "
            "dan Pusat Kesejahteraan Sosial untuk Perlindungan Sosial dan Penanggulangan Kemiskinan;"
        ),
        (
            "Surat Edaran Gubernur Sumatera Barat Nomor 065/778/Org-2011 Tanggal 19 Oktober 2001 tentang Penyusunan "
            "Standar Operasional Prosedur (SOP)."
        ),
    )
    assert sop.kualifikasi == (
        "Memahami peraturan perundang-undangan yang terkait dengan Jaminan Kesehatan",
        "Memahami Tugas dan Fungsi Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak",
        "Mengetahui peraturan mengenai Jaminan Kesehatan",
    )
    assert sop.keterkaitan == ("SOP Laporan Pengaduan Masalah Sosial", "SOP SLRT")
    assert sop.peralatan == (
        "Kartu Indonesia Sehat (KIS)",
        "Fc. KK",
        "Fc. KTP (Fc. Akte Kelahiran bagi yang berumur kurang dari 17 tahun)",
        "Surat Pernyataan Tanggung Jawab Mutlak (SPTJM) dari Wali Nagari (bermaterai 10.000)",
        "Surat Keterangan Tidak Mampu dari Wali Nagari dan diketahui Camat",
        "Foto Rumah diketahui Wali Nagari",
    )
    assert sop.peringatan == (
        "Jika Peryataan tidak lengkap Pelayanan Rekomendasi Reaktivasi KIS PBI Jaminan Kesehatan tidak dapat dilakukan",
    )
    assert sop.pencatatan == ("Buku Rekomendasi", "File Arsip Rekap Rekomendasi")


def test_headings_keep_their_misprints(sop: Sop) -> None:
    assert sop.judul["peralatan"] == "Peralatan/perengkapan"
    assert sop.judul["kelengkapan"] == "Kelengkapan/ Persyaratan"


def test_the_columns_stand_in_printed_order_and_two_posts_share_one(sop: Sop) -> None:
    printed = [row for row in sop.pelaksana.values() if row.dicetak]
    assert [row.nama for row in printed] == ["Kadis", "Sekretaris /Kabid", "Kasi", "Staf"]
    assert sop.pelaksana["sek_kabid"].jabatan == ("sekretaris", "kabid")


def test_the_six_steps_are_the_printed_ones(sop: Sop) -> None:
    steps = [(step.no, step.kegiatan, step.kelengkapan, step.waktu_cetak, step.output) for step in sop.langkah]
    assert steps == STEPS
    assert all(step.keterangan is None for step in sop.langkah)


def test_inferred_performers_are_marked_as_inferred(sop: Sop) -> None:
    doers = {step.no: step.pelaksana for step in sop.langkah}
    assert doers == {
        "1": ("staf",), "2": ("kasi",), "3": ("staf",), "4": ("sek_kabid",), "5": ("kadis",), "6": ("staf",),
    }  # fmt: skip
    assert all("pelaksana" in step.tersirat for step in sop.langkah)


def test_six_documents_are_asked_for_each_with_what_makes_it_right(sop: Sop) -> None:
    assert {kode: document.periksa for kode, document in sop.persyaratan.items()} == {
        "KIS": (),
        "KK": (),
        "KTP": (),
        "SPTJM": ("dari Wali Nagari", "bermaterai 10.000"),
        "SKTM": ("dari Wali Nagari", "diketahui Camat"),
        "FOTO": ("diketahui Wali Nagari",),
    }


def test_below_seventeen_the_birth_certificate_does_for_the_ktp(sop: Sop) -> None:
    (akte,) = sop.persyaratan["KTP"].salah_satu
    assert (akte.kode, akte.usia_di_bawah) == ("AKTE", 17)


def test_listed_or_deactivated_at_most_six_months_before_are_two_inferred_rules(sop: Sop) -> None:
    listed, recent = sop.aturan
    assert (listed.terdaftar_di, listed.nonaktif_paling_lama) == (("PBDT", "DTKS"), None)
    assert (recent.terdaftar_di, recent.nonaktif_paling_lama) == ((), 6)
    assert "terdaftar_di" in listed.tersirat
    assert "nonaktif_paling_lama" in recent.tersirat
    assert all(rule.sumber and rule.sumber.startswith("langkah 2") for rule in sop.aturan)


def test_the_tasks_are_those_the_wording_means(sop: Sop) -> None:
    assert [(task.langkah, task.verb) for task in sop.main] == [
        ("0", "submit"),
        ("1", "check_documents"),
        ("2", "check_registry"),
        ("2", "check_membership"),
        ("2", "check_rules"),
        ("3", "draft_letter"),
        ("4", "paraf"),
        ("5", "sign"),
        ("6", "hand_over"),
        ("6", "archive"),
    ]
    assert [task.verb for task in sop.follow_ups["aktif"].step.tasks] == ["deliver", "await_reply", "confirm_status"]


def test_not_being_listed_goes_on_to_the_rules(sop: Sop) -> None:
    assert sop.task(MAIN, "2", "check_registry").targets["tidak_terdaftar"] == Target("lanjut")
    assert sop.task(MAIN, "2", "check_rules").targets["tidak_memenuhi"] == Target("tolak")


def test_after_the_sheet_the_applicant_brings_the_letter_and_staf_records_what_happens(sop: Sop) -> None:
    deliver, reply, status = sop.follow_ups["aktif"].step.tasks
    assert (deliver.pelaksana, deliver.kepada) == (("pemohon",), "bpjs")
    assert (reply.pelaksana, status.pelaksana) == (("bpjs",), ("bpjs",))
    assert sop.posts_recording("pemohon") == sop.posts_recording("bpjs") == ("staf",)


def test_a_second_office_uses_a_copy_that_differs_only_in_whose_it_is(sop: Sop) -> None:
    copy = load_sop(CONTOH.read_bytes())
    assert copy.dinas == "13.99"
    assert copy.sha256 != sop.sha256
    assert [(step.no, step.kegiatan, step.output) for step in copy.langkah] == [
        (step.no, step.kegiatan, step.output) for step in sop.langkah
    ]
    assert copy.main == sop.main
    assert copy.aturan == sop.aturan
