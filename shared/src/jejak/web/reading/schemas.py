"""What is told of a case, in JSON and to pages alike."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from jejak.cases.other_cases import OtherCase


class When(TypedDict):
    """An instant, and the same by the office's wall clock."""

    waktu: str
    setempat: str


class Office(TypedDict):
    """An office."""

    kode: str
    nama: str


class OfficeInZone(Office):
    """An office, and its zone."""

    zona: str


class Sheet(TypedDict):
    """The edition of a sheet that a case is pinned to."""

    sha256: str
    nomor: str | None
    nama: str
    layanan: str
    tanggal_efektif: str | None


class Person(TypedDict):
    """Who did something: an official with his post, somebody outside, or nobody."""

    kode: str | None
    nama: str
    jabatan: str | None


class Lapse(TypedDict):
    """Seconds, and in words; none where it was not measured."""

    detik: int | float | None
    kata: str | None


class Touch(Lapse):
    """Work in hand; where it was not measured, why not."""

    sebab: NotRequired[str | None]


class Clocks(TypedDict):
    """Wait, touch and elapsed of the owner's clock; the wall clock beside."""

    tunggu: Lapse
    sentuh: Touch
    berlalu: Lapse
    dinding: Lapse


class TaskClocks(Clocks):
    """How long the task took that an event ended."""

    nama: str
    pihak: str
    ulangan: int
    dalam_mutu_baku: bool | None
    dalam_batas_tunggu: bool | None
    terlambat: bool


class Event(When):
    """One event in a sentence, who did it, and how long it took."""

    versi: int
    terjadi: When | None
    jenis: str
    slot: str
    langkah: str | None
    kegiatan: str | None
    tugas: str | None
    hasil: str | None
    kalimat: str
    mulai_kerja: bool
    pelaku: Person
    pencatat: Person | None
    jam_tugas: TaskClocks | None
    menutup_langkah: int | None


class Standard(TypedDict):
    """What the sheet promises of a step, by which clock, and whether it was kept."""

    tercetak: str | None
    jam: str
    dalam: bool | None


class WaitingLimit(Lapse):
    """How long a task may lie, by the office's own rule, and whether it did."""

    dalam: bool | None
    pada_lembar: bool


class Step(Clocks):
    """One stay in a step."""

    slot: str
    langkah: str
    kegiatan: str
    ulangan: int
    pihak: str
    keadaan: str
    tugas: int
    jatuh_tempo: When | None
    mulai: When | None
    selesai: When | None
    mutu_baku: Standard | None
    batas_tunggu: WaitingLimit | None
    terlambat: bool
    batas: When | None


class Total(TypedDict):
    """From the day of receipt to a moment."""

    sampai: When | None
    tercapai: bool
    waktu_kantor: Lapse
    waktu_dinding: Lapse
    tunggu: Lapse
    sentuh_terukur: Lapse


class Totals(TypedDict):
    """The whole way, beside what the sheet prints of it."""

    sop_selesai: Total | None
    berakhir: str | None
    kartu_aktif: Total | None
    kepesertaan_berakhir: Total | None
    waktu_total_tercetak: str | None
    jumlah_langkah_menit: int | None
    tindak_lanjut: Mapping[str, str]


class Timeline(TypedDict):
    """A case as its trace."""

    berkas: str
    kode: str
    kantor: OfficeInZone
    sop: Sheet
    versi: int
    status: str
    diterima: When | None
    peristiwa: list[Event]
    langkah: list[Step]
    total: Totals


class Deferral(TypedDict):
    """Why the system has not done a task yet, and when it tries again."""

    sebab: str
    coba_lagi: When | None
    kata: str | None


class DueNow(TypedDict):
    """A task that is due: whose it is, since when and until when."""

    slot: str
    langkah: str
    kegiatan: str
    tugas: str
    nama_tugas: str
    layanan: str
    pelaksana: str
    nama_pelaksana: str
    jabatan: list[str]
    pejabat: list[str]
    pihak: str
    sejak: When
    batas_tunggu: When | None
    batas: When | None
    terlambat: bool
    tidak_sebelum: When | None
    otomatis: bool
    mendesak: bool
    ditahan: str | None
    ditunda: Deferral | None


class LetterState(TypedDict):
    """A letter of a case; `sha256` once it is signed."""

    kode: str
    nomor: str | None
    sha256: str | None
    dicabut: bool


class DocumentFile(TypedDict):
    """A document of a case, and where it is."""

    dokumen: str
    nama: str
    sha256: str
    jenis: str
    ukuran: int
    alamat: str


class Note(When):
    """What an official wrote beside his act."""

    langkah: str | None
    tugas: str | None
    hasil: str | None
    oleh: str | None
    catatan: str


class DraftDifference(TypedDict):
    """What the draft says otherwise than the application."""

    unsur: str
    permohonan: str
    surat: str
    kata: str


class CaseState(TypedDict):
    """A case as it stands; the person, the documents and the notes only for his own office's officials."""

    berkas: str
    kode: str
    kantor: OfficeInZone
    sop: Sheet
    versi: int
    status: str
    berakhir: str | None
    diterima: When | None
    kartu_aktif: When | None
    kepesertaan_berakhir: When | None
    jatuh_tempo: list[DueNow]
    surat: list[LetterState]
    jejak: str
    pemohon_dan_peserta: NotRequired[dict[str, Any] | None]
    dokumen: NotRequired[list[DocumentFile]]
    catatan: NotRequired[list[Note]]
    berbeda_dari_permohonan: NotRequired[list[DraftDifference]]
    berkas_lain: NotRequired[list[OtherCase]]
