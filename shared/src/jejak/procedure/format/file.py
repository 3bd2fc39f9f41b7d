"""The SOP file as people write it: one class per block, one field per key. docs/sop-format.md explains them.

A field's title is what an editor shows beside the key (``jejak sop schema``).
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from jejak.contracts.parts import Funding
from jejak.contracts.tasks import TASKS
from jejak.procedure.format.fields import (
    Block,
    Cara,
    Day,
    Flag,
    Kode,
    Months,
    Names,
    Period,
    RegionCode,
    StepNo,
    Text,
    TextOrTexts,
    Texts,
    Whole,
)
from jejak.timekeeping.standard import Standard, Ukuran, parse_clock_rule, parse_waktu


class Printed(NamedTuple):
    """A time as written: one text, or the rows of a clock rule."""

    text: str | None
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()

    def standard(self, hari: Literal["kerja", "kalender"] = "kerja", ukuran: Ukuran | None = None) -> Standard:
        """What it means; ValueError with an Indonesian sentence when it means nothing."""
        if self.text is None:
            return parse_clock_rule([dict(row) for row in self.rows], hari=hari)
        return parse_waktu(self.text, hari=hari, ukuran=ukuran)


def _printed(value: object) -> Printed:
    match value:
        case str():
            printed = Printed(value)
        case list() if value and all(_is_clock_row(row) for row in value):
            printed = Printed(None, tuple(tuple(row.items()) for row in value))
        case int() if not isinstance(value, bool):
            msg = f'tulis dengan satuan dalam tanda kutip, misalnya "{value} menit"'
            raise ValueError(msg)
        case _:
            msg = 'bukan waktu yang dikenal — tulis misalnya "3 menit", "1 x 24 jam" atau "20 hari kerja"'
            raise ValueError(msg)
    printed.standard()
    return printed


def _is_clock_row(row: object) -> bool:
    return isinstance(row, dict) and all(isinstance(value, str) for value in row.values())


_CLOCK_ROW = {
    "type": "object",
    "properties": {"masuk_sampai": {"type": "string"}, "selesai": {"type": "string"}},
    "required": ["selesai"],
    "additionalProperties": False,
}
_DURATION = {"type": "string", "examples": ["3 menit", "1 x 24 jam", "20 hari kerja", "3 bulan"]}
Duration = Annotated[Printed, PlainValidator(_printed), WithJsonSchema(_DURATION)]
Waktu = Annotated[
    Printed,
    PlainValidator(_printed),
    WithJsonSchema({"anyOf": [_DURATION, {"type": "array", "items": _CLOCK_ROW}]}),
]


def _urgent(value: object) -> bool | tuple[str, ...]:
    match value:
        case bool():
            return value
        case list() if value and all(isinstance(name, str) and name for name in value):
            return tuple(value)
        case _:
            msg = 'harus true, atau nama jawaban yang mendesak: ["…"]'
            raise ValueError(msg)


Urgent = Annotated[
    bool | tuple[str, ...],
    PlainValidator(_urgent),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}),
]


class PelaksanaFile(Block):
    """[[pelaksana]]: one actor, in printed order."""

    kode: Kode
    nama: Text = Field(title="Nama kolom seperti tercetak")
    pihak: Kode = Field(default="dinas", title="Jam siapa yang berjalan: dinas, pemohon, kelurahan, bpjs …")
    jabatan: Names | None = Field(default=None, title="Jabatan yang boleh mengerjakan; salah satu cukup")
    pencatat: Text | None = Field(default=None, title="Siapa yang mencatat bagi yang tidak memakai komputer")
    tersirat: Names = ()


class JalurFile(Block):
    """[[jalur]]: a route."""

    kode: Kode
    nama: Text
    prioritas: Flag = False
    cara: Cara | None = Field(default=None, title="Pengaktifan lewat jalur ini: baru, mutasi, reaktivasi")
    tersirat: Names = ()


class PertanyaanFile(Block):
    """[[pertanyaan]]: asked at the counter."""

    kode: Kode
    teks: Text
    pilihan: Names = Field(default=(), title="Nama tiap jawaban, bila kedua jawaban perlu nama")
    prioritas: Urgent = Field(default=False, title="true; bila ada pilihan: nama jawaban yang mendesak")
    tersirat: Names = ()


class AlternatifFile(Block):
    """One of a document's salah_satu."""

    kode: Kode
    nama: Text
    usia_di_bawah: Whole | None = Field(default=None, ge=1, le=150)


class PersyaratanFile(Block):
    """[[persyaratan]]: a document that is asked for."""

    kode: Kode
    nama: Text
    salah_satu: tuple[AlternatifFile, ...] = Field(default=(), title="Dokumen yang sama nilainya")
    periksa: Texts = Field(default=(), title="Apa yang membuatnya benar")
    untuk: Names = ()
    tersirat: Names = ()


class AturanFile(Block):
    """[[aturan]]: any block suffices; within a block every key holds."""

    nama: Text
    untuk: Names = ()
    terdaftar_di: Names = ()
    tidak_terdaftar_di: Names = ()
    desil: tuple[Annotated[Whole, Field(ge=0, le=10)], ...] = ()
    nonaktif_paling_lama: Months | None = Field(
        default=None, title='Misalnya "6 bulan", dihitung mundur dari hari terima'
    )
    nonaktif_paling_banyak: Whole | None = Field(default=None, ge=0, title="Berapa kali paling banyak")
    sumber: Text | None = Field(default=None, title="Langkah atau peraturan asalnya")
    tersirat: Names = ()


class SuratFile(Block):
    """[[surat]]: a letter the sheet makes."""

    kode: Kode
    jenis: Literal["rekomendasi", "usulan", "penolakan"]
    kepada: Text | None = None
    tembusan: TextOrTexts = ()
    tersirat: Names = ()


class KumpulanFile(Block):
    """[[kumpulan]]: done once for many cases."""

    kode: Kode
    setiap: Period | None = Field(default=None, title="Tanpa kunci ini: ditutup dengan tangan")
    dari_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    sampai_tanggal: Whole | None = Field(default=None, ge=1, le=31)
    bentuk: Text | None = None
    untuk: Names = ()
    tersirat: Names = ()


class TugasFile(Block):
    """A task written long; a task written short is its verb alone."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"tugas": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """An editor offers the verbs, and the long form."""
        return {"anyOf": [{"type": "string", "enum": list(TASKS)}, handler(core)]}

    tugas: Text = Field(json_schema_extra={"enum": list(TASKS)})
    pelaksana: Names | None = None
    untuk: Names = ()
    surat: TextOrTexts | None = None
    kepada: Text | None = None
    kumpulan: Text | None = None
    waktu: Waktu | None = None
    bila: dict[Text, Text] = Field(default_factory=dict)


class StepFile(Block):
    """What a step and a follow-up share."""

    kegiatan: Text | None = Field(default=None, title="Kata demi kata, salah cetak pun")
    tugas: tuple[TugasFile, ...] = ()
    pelaksana: Names = Field(default=(), title="Berurutan: tiap orang mengerjakan bergiliran")
    untuk: Names = ()
    surat: TextOrTexts = ()
    kepada: Text | None = None
    kumpulan: Text | None = None
    kelengkapan: Text | None = None
    waktu: Waktu | None = None
    waktu_cetak: Text | None = Field(default=None, title="Sel seperti tercetak, bila satuannya ada di kepala kolom")
    ukuran: Literal["sentuh", "lewat"] | None = None
    catatan_waktu: Text | None = None
    output: Text | None = None
    keterangan: Text | None = None
    bila: dict[Text, Text] = Field(default_factory=dict, title="hasil = tujuan")
    pesan: dict[Text, Text] = Field(default_factory=dict, title="hasil = yang disampaikan kepada warga")
    tersirat: Names = ()


class LangkahFile(StepFile):
    """[[langkah]]: one line of the sheet's table."""

    no: StepNo
    kegiatan: Text = Field(title="Kata demi kata, salah cetak pun")


class TindakLanjutFile(StepFile):
    """[[tindak_lanjut]]: a step beside or after the main line."""

    kode: Kode
    sesudah: Text = Field(
        default="selesai", title='selesai, tolak, kembalikan, "langkah N" atau kode tindak lanjut lain'
    )


class SopFile(Block):
    """The whole file."""

    layanan: Kode
    nama: Text
    dinas: RegionCode = Field(title='Kode Kemendagri dalam tanda kutip: "13.10"')
    tanggal_efektif: Day | None = Field(
        default=None, title='Wajib; lembar tak bertanggal: tersirat = ["tanggal_efektif"]'
    )
    nomor: Text | None = None
    edisi: Whole = Field(default=1, ge=1)
    alasan_edisi: Text | None = None
    pemerintah: Text | None = None
    instansi: Text | None = None
    unit: Text | None = None
    tanggal_pembuatan: Day | None = None
    tanggal_revisi: Day | None = None
    tanggal_pengesahan: Day | None = None
    disahkan_oleh: Text | None = None
    dasar_hukum: TextOrTexts = ()
    kualifikasi: TextOrTexts = ()
    keterkaitan: TextOrTexts = ()
    peralatan: TextOrTexts = ()
    peringatan: TextOrTexts = ()
    pencatatan: TextOrTexts = ()
    produk: Text | None = None
    biaya: Text | None = None
    catatan: TextOrTexts = ()
    tujuan: Literal["nonaktif"] | None = Field(default=None, title="Untuk layanan kebalikannya: kartu dinonaktifkan")
    cara: Cara | None = None
    pendanaan: Funding | None = Field(default=None, title="Siapa yang membayar iuran, bila lembarnya menentukan")
    waktu_total: Duration | None = None
    total_dari: Text | None = None
    total_sampai: Text | None = None
    catatan_waktu: Text | None = None
    hari: Literal["kerja", "kalender"] | None = None
    judul_tabel: Text | None = None
    kaki: Text | None = None
    judul: dict[Text, Text] = Field(default_factory=dict, title="kunci = judul seperti tercetak")
    tersirat: Names = ()
    pelaksana: tuple[PelaksanaFile, ...] = Field(min_length=1)
    jalur: tuple[JalurFile, ...] = ()
    pertanyaan: tuple[PertanyaanFile, ...] = ()
    persyaratan: tuple[PersyaratanFile, ...] = ()
    aturan: tuple[AturanFile, ...] = ()
    surat: tuple[SuratFile, ...] = ()
    kumpulan: tuple[KumpulanFile, ...] = ()
    langkah: tuple[LangkahFile, ...] = Field(min_length=1)
    tindak_lanjut: tuple[TindakLanjutFile, ...] = ()
