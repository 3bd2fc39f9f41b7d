"""A synthetic letter, whole; each test changes its own part."""

from datetime import UTC, date, datetime
from typing import Any

from letters.printing.letter import DEVELOPMENT_ISSUER, LetterData, Pemohon, Penandatangan, Peserta, SuratFaskes

SIGNED_AT = datetime(2022, 1, 3, 2, 0, tzinfo=UTC)

SITI = Peserta(
    nama="Siti Contoh",
    nik="1301014101800001",
    nomor_kk="1301010101100001",
    nomor_kartu="0001234567890",
    tempat_lahir="Painan",
    tanggal_lahir=date(1980, 1, 1),
    alamat="Jorong Contoh Nomor 12, Nagari Painan",
    nonaktif_sejak=date(2021, 8, 1),
    desil=6,
)
KADIS = Penandatangan(
    jabatan="Kepala Dinas Sosial",
    nama="Dra. Contoh Pejabat, M.Si.",
    nip="196801011990032001",
    pangkat="Pembina Utama Muda (IV/c)",
)

_WHOLE: dict[str, Any] = {
    "jenis": "rekomendasi",
    "tanda_tangan": "elektronik",
    "konsep": False,
    "dibuat": SIGNED_AT,
    "kop": ("Pemerintah Kabupaten Contoh", "Dinas Sosial"),
    "alamat_kop": ("Jalan Contoh Nomor 1, Telepon (0756) 000000",),
    "tempat": "Painan",
    "tanggal": date(2022, 1, 3),
    "nomor": "460/001/DINSOS/2022",
    "hal": "Rekomendasi Pengaktifan Kembali",
    "kepada": ("Kepala BPJS Kesehatan Cabang Padang",),
    "di": "Padang",
    "peserta": (SITI,),
    "pemohon": Pemohon(nama="Budi Contoh", nik="1301010101050002", hubungan="anak"),
    "keperluan": "Memerlukan cuci darah dua kali seminggu.",
    "surat_faskes": SuratFaskes(faskes="RSUD Contoh", nomor="445/12/RSUD/2021", tanggal=date(2021, 12, 28)),
    "dasar": ("Terdaftar dalam DTKS", "Nonaktif kurang dari 6 (enam) bulan"),
    "penandatangan": KADIS,
    "tembusan": ("Bupati Contoh", "Arsip"),
    "alamat_periksa": "https://jejak.example/periksa/CTH-7K3M",
    "penerbit_sertifikat": DEVELOPMENT_ISSUER,
}


def letter(**changed: Any) -> LetterData:
    return LetterData(**{**_WHOLE, **changed})
