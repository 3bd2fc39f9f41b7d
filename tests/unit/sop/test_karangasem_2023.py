"""The sheet of Kab. Karangasem 2023 stands in the file as it was printed.

What is expected here was typed from the printed sheet, not from the file. Cells with several lines are one line here.
"""

from __future__ import annotations

from datetime import date

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor
from jejak.procedure.totals import totals_of, totals_words
from tests.procedure import submitted
from tests.unit.sop.sheets import OFFICES

# No, Kegiatan, Kelengkapan, Waktu, Out Put
STEPS = [
    (
        "1",
        ("Pemohon membawa kelengkapan berkas dan menyerahkan berkas ke petugas/ staf untuk pengajuan KIS PBI"),
        "- Dokumen Persyaratan",
        "5 Menit",
        "Dokumen",
    ),
    (
        "2",
        (
            "Petugas memeriksa kelengkapan berkas pemohon dengan melampirkan fotocopy KK, KTP, dan surat keterangan "
            "dari dokter (jika ada yang emergency dan memerlukan penanganan segera)."
        ),
        "- Fotocopy KK - Fotocopy KTP - Surat Keterangan Dokter",
        "5 Menit",
        "Kelengkapan dokumen",
    ),
    (
        "3",
        (
            "Petugas mengecek pengajuan berkas yang diberikan kepada pemohon. Jika pemohon sudah terdaftar sebelumnya "
            "maka berkas akan dikembalikan ke pemohon dan memberikan informasi bahwa pemohon sudah terdaftar KIS PBI. "
            "Jika belum pernah terdaftar maka petugas akan mendaftarkan pemohon sebagai KIS PBI."
        ),
        "- Komputer - ATK - Dokumen Persyaratan",
        "10 Menit",
        "Data dokumen persyaratan lengkap",
    ),
    (
        "4",
        (
            "Kelengkapan dokumen yang diberikan pemohon diteliti kembali, dan memberikan informasi sebagai berikut: "
            "a. Pemohon tidak emergency maka dimasukkan ke usulan reguler dan diproses oleh pihak BPJS dengan kurun "
            "waktu 3 bulan. b. Pemohon yang emergency akan diinput di spreadsheet (google doc) secara online dan "
            "diproses langsung saat pengajuan. c. Pemohon yang peralihan KIS mandiri ke KIS PBI akan dimasukkan usulan "
            "mutasi dan diproses oleh pihak BPJS dengan kurun waktu 3 bulan. d. Pemohon dengan kepesertaan tidak aktif "
            "akan dibuatkan surat reaktivasi yang akan diajukan ke BPJS."
        ),
        "- ATK - Dokumen Persyaratan",
        "10 Menit",
        "Data dokumen persyaratan lengkap",
    ),
    (
        "5",
        (
            "Petugas mengumpulkan dan menyimpan dokumen persyaratan yang diberikan oleh pemohon. Menginput data "
            "pemohon yang emergency melalui spreadsheet yang akan langsung diproses oleh BPJS. Usulan reguler dan "
            "usulan mutasi akan dikirim per bulan ke BPJS. Serta kepesertaan yang tidak aktif akan dibuatkan surat "
            "reaktivasi yang akan dibawa oleh pemohon ke BPJS."
        ),
        "- ATK - Komputer - Dokumen Persyaratan",
        "10 Menit",
        "Data dokumen persyaratan",
    ),
    (
        "6",
        (
            "Peserta yang perlu di aktivasi akan dibuatkan surat reaktivasi dan diajukan untuk mendapatkan paraf "
            "dimulai dari Jabatan Fungsional, dan Kabid."
        ),
        "- ATK, Komputer - Surat Reaktivasi",
        "15 Menit",
        "Surat reaktivasi diparaf",
    ),
    (
        "7",
        (
            "Surat reaktivasi yang telah diparaf diajukan kepada Kepala Dinas untuk mendapatkan persetujuan dengan "
            "melampirkan dokumen persyaratan."
        ),
        "- Surat reaktivasi diparaf",
        "10 Menit",
        "Surat reaktivasi ditandatangani",
    ),
    (
        "8",
        "Petugas menerima surat reaktivasi yang telah diparaf dan mendapatkan persetujuan oleh Kepala Dinas.",
        "- Surat Reaktivasi - Dokumen Persyaratan",
        "5 Menit",
        "- Surat reaktivasi disetujui Kepala Dinas",
    ),
    (
        "9",
        "Salinan surat reaktivasi dari pemohon di simpan satu lembar di Dinas Sosial sebagai arsip.",
        "- Dokumen Surat Reaktivasi",
        "3 Menit",
        "- Arsip - Foto",
    ),
    (
        "10",
        "Surat reaktivasi yang telah mendapatkan persetujuan diberikan ke pemohon untuk diajukan ke BPJS.",
        "- Dokumen Surat Reaktivasi",
        "2 Menit",
        "- Surat reaktivasi",
    ),
    (
        "11",
        "Pemohon mengajukan surat reaktivasi ke BPJS.",
        "- Surat Reaktivasi - Kelengkapan Dokumen",
        "20 Menit",
        "- Surat Reaktivasi diajukan ke BPJS",
    ),
    (
        "12",
        "Pengajuan surat reaktivasi diterima oleh BPJS dan diaktifkan kembali kepesertaannya.",
        "- Surat Reaktivasi - Kelengkapan Dokumen",
        "20 Menit",
        "- Kepesertaan pemohon aktif kembali",
    ),
]


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop((OFFICES / "51.07" / "akses-kesehatan-2023.toml").read_bytes())


def test_the_identity_block_is_the_printed_one(sop: Sop) -> None:
    assert sop.pemerintah == "PEMERINTAH KABUPATEN KARANGASEM"
    assert sop.instansi == (
        "DINAS SOSIAL, PEMBERDAYAAN PEREMPUAN DAN PERLINDUNGAN ANAK, PENGENDALIAN PENDUDUK DAN KELUARGA BERENCANA"
    )
    assert sop.nomor == "460/2032/DINSOS,PPPA,PPKB"
    assert sop.nama == "Pemberian Akses ke Layanan Pendidikan dan Kesehatan Dasar"
    assert sop.judul["nama"] == "Judul SOP"
    made, revised, effective = sop.tanggal_pembuatan, sop.tanggal_revisi, sop.tanggal_efektif
    assert (made, revised, effective) == (date(2023, 5, 22), date(2023, 5, 22), date(2023, 5, 22))
    assert (sop.disahkan_oleh or "").split("\n") == [
        (
            "Kepala Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak, Pengendalian Penduduk dan Keluarga "
            "Berencana Kabupaten Karangasem"
        ),
        "Komang Daging S.Sos.M.Si",
        "Pembina Utama Muda",
        "NIP. 19651023 198602 1 002",
    ]


def test_the_lists_around_the_table_are_the_printed_ones(sop: Sop) -> None:
    assert sop.dasar_hukum == (
        "Undang-Undang Nomor 40 Tahun 2004 tentang Sistem Jaminan Sosial Nasional",
        "Peraturan Presiden Nomor 64 Tahun 2020 tentang Jaminan Kesehatan",
        "Peraturan Menteri Sosial Nomor 5 Tahun 2016 tentang Penerima Bantuan Iuran Jaminan Kesehatan",
        "Instruksi Presiden Nomor 18 Tahun 2017 tentang Optimilisasi Pelaksanaan Program Jaminan Kesehatan Nasional",
        "Peraturan Gubernur Bali Nomor 31 Tahun 2021 tentang Jaminan Kesehatan Nasional Krama Bali Sejahtera",
    )
    assert sop.kualifikasi == (
        "Memahami tugas dan fungsi khususnya tentang Pelayanan",
        "Memahami aturan atau persyaratan dalam pengajuan KIS PBI",
        "Memiliki kemampuan membuat surat- surat pelayanan KIS PBI",
        "Memahami peraturan Perundang-Undangan terkait tentang Jaminan Kesehatan",
        "Memahami sistem pelaporan",
    )
    assert sop.keterkaitan == (
        "Pengusulan Peserta Penerima Bantuan Iuran",
        "Pengalihan BPJS Mandiri menjadi Peserta KIS PBI APBD",
        (
            "Penanganan Penyandang Masalah Kesejahteraan Sosial (PMKS) lainnya, bukan korban Hiv/Aids dan NAPZA diluar "
            "panti sosial"
        ),
    )
    assert sop.peralatan == (
        "Alat-alat tulis kantor",
        "Komputer",
        "Telepon",
        "Fotocopy Kartu Keluarga (KK)",
        "Fotocopy KTP",
    )
    assert sop.peringatan == ("JIKA SOP TIDAK DILAKSANAKAN MAKA TARGET KINERJA TIDAK TERCAPAI",)
    assert sop.pencatatan == ("Disimpan dalam file manual dan elektronik",)


def test_the_columns_stand_in_printed_order(sop: Sop) -> None:
    assert [row.nama for row in sop.pelaksana.values() if row.dicetak] == [
        "PEMOHON",
        "Staf",
        "Jabatan Fungsional",
        "Kabid",
        "Kepala Dinas",
        "BPJS Kesehatan",
    ]


def test_the_twelve_steps_are_the_printed_ones(sop: Sop) -> None:
    assert [(step.no, step.kegiatan, step.kelengkapan, step.waktu_cetak, step.output) for step in sop.langkah] == STEPS
    assert all(step.keterangan is None for step in sop.langkah)


def test_the_printed_total_stands_beside_the_steps_and_the_routes_and_is_not_repaired(sop: Sop) -> None:
    assert sop.judul["waktu_total"] == "Jumlah Waktu Penyelesaian"
    totals = totals_of(sop)
    assert totals.tercetak == "1 hari"
    # 5 + 5 + 10 + 10 + 10 + 15 + 10 + 5 + 3 + 2 + 20 + 20
    assert totals.jumlah_langkah == 115
    assert totals.tindak_lanjut == {"aktif": "3 bulan"}
    assert totals_words(totals) == "tercetak 1 hari · jumlah langkah 115 menit · aktif 3 bulan"


def test_the_doctors_letter_is_asked_of_the_urgent_only(sop: Sop) -> None:
    assert {kode: (document.nama, document.untuk) for kode, document in sop.persyaratan.items()} == {
        "KK": ("Fotocopy KK", ()),
        "KTP": ("Fotocopy KTP", ()),
        "SKD": ("Surat Keterangan Dokter", ("gawat",)),
    }


@pytest.mark.parametrize(("route", "batch"), [("reguler", True), ("mutasi", True), ("darurat", False)])
def test_what_bpjs_wants_mended_is_sent_again_by_staf_as_it_was_sent_before(sop: Sop, route: str, batch: bool) -> None:
    office = load_kantor((OFFICES / "51.07" / "kantor.toml").read_bytes())
    story = submitted(sop, office).then().then("boleh").then(route)
    while story.case.ending is None:
        story = story.then()

    [slot] = {due.slot for due in story.due}
    assert story.waits == [f"await_reply bpjs ({slot})"], "what was accepted the first time is not sent twice"
    story = story.then("perbaiki", slot=slot)
    assert story.waits == [f"complete pemohon ({slot})"]
    story = story.then(slot=slot)
    assert (story.waits, story.due[0].kumpulan) == ([f"deliver staf ({slot})"], "usulan_bulanan" if batch else None)
    story = story.then(slot=slot).then(slot=slot)
    assert story.waits == [f"confirm_status bpjs ({slot})"]


def test_sending_again_is_inferred_and_so_listed_for_the_office_to_confirm(sop: Sop) -> None:
    assert all("tugas" in sop.follow_ups[kode].step.tersirat for kode in ("aktif", "aktif_darurat"))


def test_the_four_routes_are_those_of_the_fourth_step(sop: Sop) -> None:
    assert {kode: (route.cara, route.prioritas) for kode, route in sop.jalur.items()} == {
        "reguler": ("baru", False),
        "darurat": ("baru", True),
        "mutasi": ("mutasi", False),
        "reaktivasi": ("reaktivasi", False),
    }
    assert sop.kumpulan["usulan_bulanan"].setiap == "bulan"
