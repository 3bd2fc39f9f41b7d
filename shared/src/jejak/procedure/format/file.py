"""The SOP file as people write it: one field per key. docs/sop-format.md explains them.

The blocks that say the same to the engine are in ``jejak.procedure.model``; here are those that are resolved first.

A field's title is what an editor shows beside the key (``jejak sop schema``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, GetJsonSchemaHandler, PlainValidator, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.batches import Batch
from jejak.procedure.documents import Document
from jejak.procedure.format.fields import Block, Kode, Months, Names, StepNo, Text, TextOrTexts, Whole
from jejak.procedure.letter import Letter
from jejak.procedure.model import (
    Performer,
    Question,
    Route,
    Rule,
    SheetHead,
    StepCells,
    Validity,
)
from jejak.timekeeping.clock_rule import parse_clock_rule
from jejak.timekeeping.printed.printed_time import parse_waktu, without_tail
from jejak.timekeeping.standard import Standard, Ukuran


class Printed(NamedTuple):
    """A time as written: one text, or the rows of a clock rule."""

    text: str | None
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()

    def standard(self, hari: Literal["kerja", "kalender"] = "kerja", ukuran: Ukuran | None = None) -> Standard:
        """What it means; ValueError with an Indonesian sentence when it means nothing."""
        if self.text is None:
            return parse_clock_rule([dict(row) for row in self.rows], hari=hari)
        return parse_waktu(self.text, hari=hari, ukuran=ukuran)


class PrintedTotal(Printed):
    """The time of a whole service; its words may say from when it counts: "3 hari kerja sejak berkas lengkap"."""

    __slots__ = ()

    @property
    def counted_from(self) -> str | None:
        """What its own words count from, as ``total_dari``; None where they do not say."""
        _, tail = without_tail(self.text or "")
        return next((dari for words, dari in _COUNTED_FROM if words.search(tail.casefold())), "?") if tail else None

    def standard(self, hari: Literal["kerja", "kalender"] = "kerja", ukuran: Ukuran | None = None) -> Standard:
        """What it means; ValueError with an Indonesian sentence when it means nothing."""
        if self.text is None:
            return super().standard(hari, ukuran)
        time, tail = without_tail(self.text)
        if self.counted_from == "?":
            raise ValueError(
                f'waktu "{self.text}": tulis "{time}" saja, dengan total_dari = "diterima", "lengkap" atau '
                f'"langkah N", dan "{tail}" di catatan_waktu'
            )
        return replace(parse_waktu(time, hari=hari, ukuran=ukuran), text=self.text)


_COUNTED_FROM: Final = (
    (re.compile(r"lengkap"), "lengkap"),
    (re.compile(r"terima|masuk|permohonan|pengajuan|pendaftaran|daftar"), "diterima"),
)
"""Words after a total, and what they make it count from; the first that is found decides."""


def _time(value: object) -> Printed:
    return _printed(value)


def _total(value: object) -> PrintedTotal:
    return PrintedTotal(*_printed(value, PrintedTotal))


def _printed(value: object, form: type[Printed] = Printed) -> Printed:
    match value:
        case str():
            printed = form(value)
        case list() if value and all(_is_clock_row(row) for row in value):
            printed = form(None, tuple(tuple(row.items()) for row in value))
        case int() if not isinstance(value, bool):
            raise ValueError(f'tulis dengan satuan dalam tanda kutip, misalnya "{value} menit"')
        case _:
            raise ValueError('bukan waktu yang dikenal — tulis misalnya "3 menit", "1 x 24 jam" atau "20 hari kerja"')
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
_TIME = WithJsonSchema({"anyOf": [_DURATION, {"type": "array", "items": _CLOCK_ROW}]})
Waktu = Annotated[Printed, PlainValidator(_time), _TIME]
TotalTime = Annotated[PrintedTotal, PlainValidator(_total), _TIME]


DayOfMonth = Annotated[Whole, Field(ge=1, le=31)]


class TugasFile(Block):
    """A task written long; a task written short is its verb alone."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"tugas": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """An editor offers the verbs, and the long form."""
        return {"anyOf": [{"type": "string", "enum": [verb for verb in TASKS if verb != COMPLETE]}, handler(core)]}

    sebutan: Text | None = Field(default=None, title="Nama tugas ini menurut lembar: verifikasi lapangan")
    tugas: Text = Field(json_schema_extra={"enum": [verb for verb in TASKS if verb != COMPLETE]})
    pelaksana: Names | None = None
    untuk: Names = ()
    surat: TextOrTexts | None = None
    kepada: Text | None = None
    dijawab_oleh: Text | None = None
    kumpulan: Text | None = None
    waktu: Waktu | None = None
    dari_tanggal: DayOfMonth | None = None
    sampai_tanggal: DayOfMonth | None = None
    bila: dict[Text, Text] = Field(default_factory=dict)


class StepFile(StepCells):
    """What a step and a follow-up share."""

    tugas: tuple[TugasFile, ...] = ()
    sebutan: Text | None = Field(default=None, title="Nama tugasnya menurut lembar, bila langkah ini punya satu tugas")
    surat: TextOrTexts = ()
    kepada: Text | None = None
    dijawab_oleh: Text | None = Field(default=None, title="Pihak yang menjawab: pelaksana atau pihak")
    kumpulan: Text | None = None
    waktu: Waktu | None = None
    dari_tanggal: DayOfMonth | None = Field(default=None, title="Tugasnya dikerjakan sejak tanggal ini tiap bulan")
    sampai_tanggal: DayOfMonth | None = Field(default=None, title="Tanggal terakhir tiap bulan untuk tugasnya")
    bila: dict[Text, Text] = Field(default_factory=dict, title="hasil = tujuan")


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
    waktu_sejak: Literal["aktif"] | None = Field(
        default=None, title="Waktunya dihitung sejak kartu aktif; tanpa ini: sejak tindak lanjutnya terbuka"
    )
    ingatkan: tuple[Months, ...] = Field(
        default=(), title='Pemohon diingatkan sesudah sekian lama: ["3 bulan", "5 bulan"]'
    )


class RouteFile(Route):
    """[[jalur]]: a route of the sheet, and the total it prints for this one alone."""

    waktu_total: TotalTime | None = Field(default=None, title="Waktu total jalur ini, bila berbeda dari lembarnya")


class SopFile(SheetHead):
    """The whole file."""

    waktu_total: TotalTime | None = Field(
        default=None, title='Waktu seluruh layanan seperti tercetak: "3 (tiga) hari kerja sejak berkas lengkap"'
    )
    waktu_total_cetak: Text | None = Field(default=None, title="Kata yang tercetak, bila waktu_total ditulis lain")
    hari: Literal["kerja", "kalender"] | None = None
    pelaksana: tuple[Performer, ...] = Field(min_length=1)
    jalur: tuple[RouteFile, ...] = ()
    pertanyaan: tuple[Question, ...] = ()
    masa: tuple[Validity, ...] = ()
    persyaratan: tuple[Document, ...] = ()
    aturan: tuple[Rule, ...] = ()
    surat: tuple[Letter, ...] = ()
    kumpulan: tuple[Batch, ...] = ()
    langkah: tuple[LangkahFile, ...] = Field(min_length=1)
    tindak_lanjut: tuple[TindakLanjutFile, ...] = ()

    @property
    def total_counted_from(self) -> str | None:
        """``total_dari`` as written, or as the words of the printed total say; None where neither does."""
        total = self.waktu_total or next((route.waktu_total for route in self.jalur if route.waktu_total), None)
        return self.total_dari or (total.counted_from if total else None)

    def rows(self) -> Iterator[tuple[str, int, Any]]:
        """Every block of every list: the list's key, the block's position in it, the block."""
        for key, blocks in self:
            if isinstance(blocks, tuple):
                yield from ((key, number, row) for number, row in enumerate(blocks) if isinstance(row, Block))

    def steps(self) -> Iterator[tuple[str, int, StepFile]]:
        """Every step, then every follow-up, with its list's key and its position there."""
        yield from ((key, number, row) for key, number, row in self.rows() if isinstance(row, StepFile))
