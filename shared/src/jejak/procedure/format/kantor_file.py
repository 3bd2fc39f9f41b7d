"""The kantor file as people write it: what no sheet says of an office. docs/sop-format.md explains the keys."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from jejak.contracts.parts import Funding
from jejak.contracts.task_kinds import Way
from jejak.contracts.tasks import TASKS
from jejak.procedure.format.fields import AreaCode, Block, Day, Kode, Months, OfficeCode, OfficeDay, Text, Texts
from jejak.procedure.office.officials import Official, SignatureWay, SigningPost
from jejak.procedure.office.vocabularies import (
    Desil,
    Failure,
    Listed,
    Living,
    Nobody,
    Payer,
    Says,
    Standing,
    Verdict,
)
from jejak.timekeeping.calendar import ZONES

AGENDA = "agenda"
_LUNAR_MONTH = 30
LOOK_UPS = tuple(verb for verb, kind in TASKS.items() if kind.ways)
DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")

_SPAN = re.compile(r"([0-9]{1,2})[.:]([0-9]{2}) ?[-–] ?([0-9]{1,2})[.:]([0-9]{2})")
_WAITING = re.compile(r"([0-9]+) (menit|jam|hari kerja)")
_BLANK = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"urut(:0[2-6])?|tahun|bulan|bulan_romawi")


type Unit = Literal["menit", "jam", "hari kerja"]
_UNITS: dict[str, Unit] = {"menit": "menit", "jam": "jam", "hari kerja": "hari kerja"}


class Waiting(NamedTuple):
    """How long a task may wait, in working time."""

    number: int
    unit: Unit


def _spans(value: object) -> tuple[tuple[time, time], ...]:
    if not isinstance(value, list):
        msg = 'harus daftar jam buka: ["07.30-12.00", "13.00-16.00"]'
        raise ValueError(msg)  # noqa: TRY004 - Pydantic turns ValueError into one line of the report
    return tuple(_span(text) for text in value)


def _span(text: object) -> tuple[time, time]:
    match = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(f'jam "{text}" tidak dikenal — tulis misalnya "07.30-12.00"')
    hour, minute, until_hour, until_minute = (int(part) for part in match.groups())
    try:
        return time(hour, minute), time(until_hour, until_minute)
    except ValueError:
        raise ValueError(f'jam "{text}" tidak ada pada jam dinding — tulis misalnya "07.30-12.00"') from None


def _waiting(value: object) -> Waiting:
    match = _WAITING.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0:
        raise ValueError(f'"{value}" bukan lama kerja — tulis misalnya "1 hari kerja", "4 jam" atau "90 menit"')
    return Waiting(int(match[1]), _UNITS[match[2]])


def _template(text: str) -> str:
    if text == AGENDA:
        return text
    unknown = [blank for blank in _BLANK.findall(text) if not _BLANKS.fullmatch(blank)]
    if unknown:
        known = "{urut}, {urut:03}, {bulan}, {bulan_romawi}, {tahun}"
        raise ValueError(f"isian {{{unknown[0]}}} tidak dikenal — yang ada: {known}")
    if "{urut" not in text or "{tahun}" not in text:
        raise ValueError('harus memuat {urut} dan {tahun}, atau "agenda" bila nomornya diambil dari buku agenda')
    if _BLANK.sub("", text).strip("{}") != _BLANK.sub("", text) or "{" in _BLANK.sub("", text):
        raise ValueError("kurung kurawal belum berpasangan")
    return text


def _zone(text: str) -> str:
    if text not in ZONES:
        raise ValueError(f'zona "{text}" tidak dikenal — pilih {", ".join(ZONES)}')
    return text


Spans = Annotated[
    tuple[tuple[time, time], ...],
    PlainValidator(_spans),
    WithJsonSchema({"type": "array", "items": {"type": "string", "examples": ["07.30-12.00"]}}),
]
WaitingTime = Annotated[
    Waiting, PlainValidator(_waiting), WithJsonSchema({"type": "string", "examples": ["1 hari kerja"]})
]
Template = Annotated[Text, AfterValidator(_template)]


class MingguFile(Block):
    """[jam_kerja] and [jam_ramadan]: the open spans of each day; a day that is not written is closed."""

    senin: Spans = ()
    selasa: Spans = ()
    rabu: Spans = ()
    kamis: Spans = ()
    jumat: Spans = ()
    sabtu: Spans = ()
    minggu: Spans = ()


class RentangFile(Block):
    """One Ramadan: both days included."""

    dari: OfficeDay
    sampai: OfficeDay

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.dari > self.sampai:
            raise ValueError("dari sesudah sampai — tukar keduanya")
        if (self.sampai - self.dari).days > _LUNAR_MONTH:
            raise ValueError("lebih dari sebulan — periksa tahunnya")
        return self


class HariFile(Block):
    """A day of its own, or several in a row."""

    tanggal: OfficeDay
    sampai: OfficeDay | None = Field(default=None, title="Hari terakhirnya, bila lebih dari sehari")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.sampai is not None and not 0 <= (self.sampai - self.tanggal).days <= _LUNAR_MONTH:
            raise ValueError("sampai harus sesudah tanggal, dan paling lama sebulan — periksa keduanya")
        return self


class LiburFile(HariFile):
    """A day this office is closed, or part of it, in addition to national holidays and cuti bersama."""

    nama: Text
    jam: Spans | None = Field(default=None, title="Jam tutupnya, bila tidak sehari penuh")


class MasukFile(HariFile):
    """A day this office is open although it is a holiday, a cuti bersama or a weekend."""

    jam: Spans | None = Field(default=None, title="Jam bukanya; tanpa ini jam hari itu yang biasa")
    nama: Text | None = None


class KataFile(Block):
    """[kata]: what words of outside systems mean to the office, in addition to the shipped ones.

    `periksa` takes a shipped word's meaning away: a person looks at it.
    """

    kepesertaan: dict[Text, Literal[Standing, "periksa"]] = Field(default_factory=dict, title="Status pada daftar BPJS")
    kependudukan: dict[Text, Literal[Living, "periksa"]] = Field(
        default_factory=dict, title="Status pada data kependudukan"
    )
    kemiskinan: dict[Text, Literal[Listed, "periksa"]] = Field(
        default_factory=dict, title="Status pada DTKS, DTSEN, PBDT"
    )
    desil: dict[Text, Desil] = Field(default_factory=dict, title="Kata pada kolom desil")
    segmen: dict[Text, Literal[Payer, "periksa"]] = Field(
        default_factory=dict, title="Segmen: dibayar negara, daerah, atau lain"
    )
    vclaim: dict[Text, Literal[Standing, Nobody, "periksa"]] = Field(
        default_factory=dict, title="Status dan kalimat VClaim BPJS"
    )
    dukcapil: dict[Text, Literal[Failure, Verdict]] = Field(default_factory=dict, title="Kalimat jawaban Dukcapil")
    jawaban: dict[Text, Literal[Says, "periksa"]] = Field(default_factory=dict, title="Kolom hasil pada jawaban BPJS")


class GabungFile(Block):
    """A kelurahan, nagari or kecamatan that was merged into another one."""

    lama: AreaCode
    baru: AreaCode
    sejak: Day


class OfficeHead(Block):
    """The keys of an office that mean what they say."""

    kode: OfficeCode
    nama: Text
    zona: Annotated[Text, AfterValidator(_zone)]
    berlaku_sejak: Day | None = Field(default=None, title="Sejak kapan berkas kantor ini berlaku")
    sop_berlaku_sejak: Day | None = Field(default=None, title="Sejak kapan lembar SOP yang tak bertanggal dipakai")
    """On no sheet."""
    kop: Texts = Field(min_length=1, max_length=5, title="Kepala surat: pemerintah daerah dulu, lalu dinas")
    alamat: Text
    telepon: Text | None = None
    tempat: Text = Field(title="Tempat di atas tanggal surat")
    pengaduan: Text | None = Field(default=None, title="Alamat pengaduan")
    batas_mundur: Months = Field(default=12, title="Berapa lama ke belakang waktu penerimaan boleh ditulis")
    """Months."""
    tanda_tangan: SignatureWay
    pencatat_tanda_tangan: Kode | None = None
    """The post that records a signature by pen: signer, date, scan."""
    pejabat: tuple[Official, ...] = Field(min_length=1)
    penanda_tangan: tuple[SigningPost, ...] = Field(default=(), title="Jabatan yang menandatangani dengan kop sendiri")
    wilayah: dict[AreaCode, Text] = Field(default_factory=dict, title="Kelurahan dan kecamatan yang dipilih di loket")
    penggabungan: tuple[GabungFile, ...] = Field(default=(), title="Wilayah yang digabung")


class KantorFile(OfficeHead):
    """The whole file."""

    pendanaan: Funding | None = Field(default=None, title="Siapa yang membayar iuran, bila tidak disebut lain")
    batas_tunggu: WaitingTime = Field(title="Berapa lama tugas boleh menunggu sebelum disebut terlambat")
    jam_kerja: MingguFile | None = None
    jam_ramadan: MingguFile | None = None
    ramadan: tuple[RentangFile, ...] = ()
    libur: tuple[LiburFile, ...] = ()
    masuk: tuple[MasukFile, ...] = ()
    cara: dict[Kode, Way]
    kata: KataFile = KataFile()
    nomor: dict[Text, Template]
    jabatan: dict[Kode, Text] = Field(default_factory=dict, title="Nama jabatan seperti dicetak di surat")
