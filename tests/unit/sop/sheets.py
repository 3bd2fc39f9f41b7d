"""The sheets of the offices, and a small one to damage."""

from __future__ import annotations

from pathlib import Path

OFFICES = Path(__file__).parents[3] / "shared" / "offices"
PESISIR_SELATAN = OFFICES / "13.01" / "reaktivasi-kis-2022.toml"
CONTOH = OFFICES / "13.99" / "reaktivasi-kis-2022.toml"

SMALL = """\
layanan = "kis"
nama = "Rekomendasi KIS"
dinas = "13.01"
tanggal_efektif = 2022-01-03

[[pelaksana]]
kode = "kadis"
nama = "Kadis"

[[pelaksana]]
kode = "staf"
nama = "Staf"

[[surat]]
kode = "rekomendasi"
jenis = "rekomendasi"
kepada = "Kepala BPJS Kesehatan Cabang Contoh"

[[langkah]]
no = 1
kegiatan = "Memeriksa berkas"
tugas = ["check_documents"]
pelaksana = ["staf"]
waktu = "5 menit"

[[langkah]]
no = 2
kegiatan = "Membuat surat"
tugas = ["draft_letter"]
pelaksana = ["staf"]
waktu = "5 menit"

[[langkah]]
no = 3
kegiatan = "Menandatangani surat"
tugas = ["sign"]
pelaksana = ["kadis"]
waktu = "5 menit"
"""


def damaged(old: str, new: str, sheet: str = SMALL) -> bytes:
    """A sheet with one changed text, which must occur in it."""
    assert old in sheet, old
    return sheet.replace(old, new, 1).encode()
