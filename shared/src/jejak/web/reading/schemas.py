"""The answers about a case, as JSON and as the values of pages."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from jejak.cases.people.other_cases import OtherCase


class When(TypedDict):
    """An instant, in UTC and by the office's wall clock."""

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
    """Who did something: an official with the post, a party outside the office, or the system."""

    kode: str | None
    nama: str
    jabatan: str | None


class Lapse(TypedDict):
    """A duration in seconds and in words; null where it was not measured."""

    detik: int | float | None
    kata: str | None


class Touch(Lapse):
    """Touch time; where it was not measured, the reason."""

    sebab: NotRequired[str | None]


class Clocks(TypedDict):
    """Wait, touch and elapsed by the owner's clock, and the wall clock."""

    tunggu: Lapse
    sentuh: Touch
    berlalu: Lapse
    dinding: Lapse


class TaskClocks(Clocks):
    """The times of the task that an event ended."""

    nama: str
    pihak: str
    ulangan: int
    dalam_mutu_baku: bool | None
    dalam_batas_tunggu: bool | None
    terlambat: bool


class Event(When):
    """An event in a sentence, with its actor and the times of its task."""

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
    """The standard of a step, its clock, and whether the step met it."""

    tercetak: str | None
    jam: str
    dalam: bool | None


class WaitingLimit(Lapse):
    """The office's own waiting limit, and whether the task kept within it."""

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
    """Times from the day of receipt to an instant."""

    sampai: When | None
    tercapai: bool
    waktu_kantor: Lapse
    waktu_dinding: Lapse
    tunggu: Lapse
    sentuh_terukur: Lapse


class PrintedTotal(TypedDict):
    """The total that the sheet prints: between what it counts, until when, and whether it was kept."""

    tercetak: str
    jam: str
    dari: str
    sampai: str
    keadaan: str
    mulai: When | None
    selesai: When | None
    batas: When | None
    batas_semula: When | None
    paling_lambat: str | None
    pada_pihak_lain: Lapse
    dalam: bool | None
    terlambat: bool
    kata: str | None


class Totals(TypedDict):
    """The times of the whole case, and the totals that the sheet prints."""

    sop_selesai: Total | None
    berakhir: str | None
    kartu_aktif: Total | None
    kepesertaan_berakhir: Total | None
    mutu_baku: PrintedTotal | None
    waktu_total_tercetak: str | None
    jumlah_langkah_menit: int | None
    tindak_lanjut: Mapping[str, str]


class CaseHead(TypedDict):
    """A case, its office, its sheet and its status."""

    berkas: str
    kode: str
    kantor: OfficeInZone
    sop: Sheet
    versi: int
    status: str


class Timeline(CaseHead):
    """The trace of a case."""

    diterima: When | None
    peristiwa: list[Event]
    langkah: list[Step]
    total: Totals


class Deferral(TypedDict):
    """Why an automatic task is deferred, and when the system tries again."""

    sebab: str
    coba_lagi: When | None
    kata: str | None


class TaskAtStep(TypedDict):
    """A due task of a step, with the column of the sheet that performs it."""

    slot: str
    langkah: str
    tugas: str
    nama_tugas: str
    pelaksana: str
    mendesak: bool


class DueNow(TaskAtStep):
    """A due task: whose it is, since when and until when."""

    kegiatan: str
    layanan: str
    nama_pelaksana: str
    jabatan: list[str]
    pejabat: list[str]
    kosong: str | None
    """That nobody holds the post, since when, whom to ask, and who may do the task all the same."""
    pihak: str
    sejak: When
    batas_tunggu: When | None
    batas: When | None
    terlambat: bool
    tidak_sebelum: When | None
    diingatkan: bool
    """Whether it waits for the applicant, who is reminded from that time on."""
    otomatis: bool
    ditahan: str | None
    ditunda: Deferral | None


class LetterState(TypedDict):
    """A letter of a case; `sha256` once it is signed; `gugur`: the people it names were corrected since."""

    kode: str
    nama: str
    nomor: str | None
    sha256: str | None
    dicabut: bool
    gugur: bool


class DocumentFile(TypedDict):
    """A document of a case, and its address."""

    dokumen: str
    nama: str
    sha256: str
    jenis: str
    ukuran: int
    alamat: str


class RecordedDocument(TypedDict):
    """What was recorded of a document when it was checked, and the same in words."""

    dokumen: str
    nama: str
    nomor: str | None
    tanggal: str | None
    penerbit: str | None
    kata: str


class Note(When):
    """An official's note on an act."""

    langkah: str | None
    tugas: str | None
    hasil: str | None
    oleh: str | None
    catatan: str


class DraftDifference(TypedDict):
    """A difference between the draft and the application."""

    unsur: str
    permohonan: str
    surat: str
    kata: str


class NewerFinding(When):
    """What a list imported after a look-up says against it, and how the sheet ends such a case (`akibat`)."""

    pengecekan: str
    temuan: str
    kata: str
    akibat: str | None


class CaseState(CaseHead):
    """The status of a case; people, documents and notes only for officials of its own office."""

    berakhir: str | None
    diterima: When | None
    kartu_aktif: When | None
    kepesertaan_berakhir: When | None
    jatuh_tempo: list[DueNow]
    surat: list[LetterState]
    jejak: str
    pemohon_dan_peserta: NotRequired[dict[str, Any] | None]
    dokumen: NotRequired[list[DocumentFile]]
    catatan_dokumen: NotRequired[list[RecordedDocument]]
    catatan: NotRequired[list[Note]]
    berbeda_dari_permohonan: NotRequired[list[DraftDifference]]
    temuan_baru: NotRequired[list[NewerFinding]]
    berkas_lain: NotRequired[list[OtherCase]]
