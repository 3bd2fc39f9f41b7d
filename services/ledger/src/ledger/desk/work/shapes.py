"""What is told of the tasks that wait, in JSON and to pages alike."""

from typing import Any, TypedDict

from jejak.web.reading.shapes import Differs, DocumentFile, Person, When
from jejak.web.reading.waiting import WaitingTask


class Worklist(TypedDict):
    """What waits for an official, and what the system could not do yet."""

    pejabat: str
    tugas: list[WaitingTask]
    ditunda: list[WaitingTask]


class ParkedTask(TypedDict):
    """A task of the system's own that failed again and again."""

    berkas: str
    kode: str
    slot: str
    langkah: str
    tugas: str
    layanan: str
    sejak: str
    sebab: str


class Parked(TypedDict):
    """All of an office, the longest first."""

    disisihkan: list[ParkedTask]


class Begun(Person, When):
    """Who has begun a task, and whether it is the asker himself."""

    saya: bool


class OutcomeDescribed(TypedDict):
    """An outcome of a task, what follows from it, and whether it needs a reason."""

    kode: str | None
    kata: str
    akibat: str | None
    alasan_wajib: bool


class Choice(TypedDict):
    """What can be chosen in a field."""

    nilai: str
    kata: str


class FieldDescribed(TypedDict):
    """A field of a form."""

    nama: str
    kata: str
    untuk: str | None
    jenis: str
    wajib: bool
    bantuan: str | None
    pilihan: list[Choice]
    isi: Any


class FormDescribed(TypedDict):
    """The outcomes that are told by one form, and its fields."""

    hasil: list[OutcomeDescribed]
    isian: list[FieldDescribed]


class DraftLetter(TypedDict):
    """A letter that is still to be signed, as it will be."""

    kode: str
    nomor: str | None
    alamat: str


class TaskDescribed(TypedDict):
    """A task for a program: where to send what, which outcomes there are, and the fields of each."""

    berkas: str
    kode: str
    versi: int
    slot: str
    langkah: str
    tugas: str
    nama_tugas: str
    pelaksana: str
    mencatat_untuk_orang_lain: bool
    mendesak: bool
    dimulai: Begun | None
    kirim: str
    mulai_kerja: str
    formulir: list[FormDescribed]
    dokumen: list[DocumentFile]
    konsep: list[DraftLetter]
    berbeda_dari_permohonan: list[Differs]
