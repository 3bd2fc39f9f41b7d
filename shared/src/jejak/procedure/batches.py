"""[[kumpulan]]: what is done once for many cases, and the list that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from pydantic import Field

from jejak.procedure.format.fields import Block, Kode, Names, Period, Text, Whole

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "urut": "nomor urut baris",
        "nomor_usulan": "kode berkas, yang disebut jawabannya",
        "layanan": "kode layanan lembar",
        "nik": "NIK peserta",
        "no_kk": "nomor KK peserta",
        "no_kartu": "nomor kartu JKN peserta",
        "nama": "nama peserta",
        "tempat_lahir": "tempat lahir peserta",
        "tanggal_lahir": "tanggal lahir peserta",
        "jenis_kelamin": "L atau P, menurut NIK peserta",
        "alamat": "alamat peserta",
        "telepon": "telepon peserta, atau pemohonnya",
        "jalur": "nama jalur",
        "pengaktifan": "baru, mutasi, reaktivasi, atau penonaktifan",
        "pendanaan": "siapa yang membayar iuran",
        "nomor_surat": "nomor surat yang sudah ditandatangani",
        "diterima": "tanggal berkas diterima",
        "nik_ibu": "NIK ibu, bagi bayi tanpa NIK",
        "surat_lahir": "surat keterangan lahir, bagi bayi tanpa NIK",
        "nama_pemohon": "nama pemohon",
        "nik_pemohon": "NIK pemohon",
        "keperluan": "keperluan yang diisi di loket",
        "kode_wilayah": "kode kantor atau kelurahan tempat berkas diajukan",
        "wilayah": "nama kelurahan atau kecamatan itu, menurut [wilayah] kantor",
        "kantor": "nama kantor",
    }
)
"""What a column of a list may hold of a case."""
IDENTIFYING: Final = ("nomor_usulan", "nik", "no_kartu")
"""Sources by which an answer in the same layout names its case."""
READ_BACK: Final = ("hasil", "alasan", "aktif_sejak", "nonaktif_sejak", "nomor_jawaban", "tanggal_jawaban")
"""What the party that answers writes into the list, in columns that go out empty."""
DATED: Final = frozenset({"tanggal_lahir", "diterima"})
DATE_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dd-mm-yyyy": "%d-%m-%Y",
        "dd/mm/yyyy": "%d/%m/%Y",
        "yyyy-mm-dd": "%Y-%m-%d",
        "yyyymmdd": "%Y%m%d",
        "ddmmyyyy": "%d%m%Y",
    }
)
"""How a list writes its dates; the first where a column says nothing."""


class ListHeadings(NamedTuple):
    """The headings of a list by which its answers are read."""

    fields: Mapping[str, str]
    """Field of an answer -> its heading."""
    ours: frozenset[str]
    """Columns that the office filled and that say nothing of the answer."""


class ListColumn(Block):
    """A column of a list. With neither `isi` nor `tetap` it stays empty."""

    judul: Text = Field(title="Judul kolom, huruf demi huruf")
    isi: Text | None = Field(default=None, title="Isinya dari berkas, lihat daftar isi kolom")
    tetap: Text | None = Field(default=None, title="Isi yang sama pada tiap baris")
    tanggal: Text | None = Field(default=None, title="Bentuk tanggalnya; tanpa kunci ini dd-mm-yyyy")
    dibaca: Text | None = Field(default=None, title="Diisi penjawabnya: hasil, alasan, aktif_sejak …")
    awalan: Text | None = Field(default=None, title="Tanda di depan isinya, misalnya ' supaya NIK tetap tulisan")


class Batch(Block):
    """[[kumpulan]]: done once for many cases."""

    kode: Kode
    setiap: Period | None = Field(default=None, title="Tanpa kunci ini: ditutup dengan tangan")
    dari_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    sampai_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    bentuk: Text | None = None
    kolom: tuple[ListColumn, ...] = Field(default=(), title="Kolom daftarnya, bila bukan yang baku")
    untuk: Names = ()
    tersirat: Names = ()

    @property
    def read_back(self) -> ListHeadings:
        """How an answer in the layout of this list is read."""
        named = {column.isi: column.judul for column in self.kolom if column.isi in IDENTIFYING}
        named |= {column.dibaca: column.judul for column in self.kolom if column.dibaca}
        own = [column.judul for column in self.kolom if column.isi or column.tetap]
        return ListHeadings(
            {field: title for field, title in named.items() if field},
            frozenset(own).difference(named.values()),
        )
