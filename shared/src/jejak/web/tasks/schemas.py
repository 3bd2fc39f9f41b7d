"""The answers about a task, as JSON and as the values of its page."""

from typing import Any, TypedDict

from jejak.web.reading.schemas import DocumentFile, DraftDifference, NewerFinding, Person, TaskAtStep, When


class Begun(Person, When):
    """Who has begun a task, when, and whether it is the requester."""

    saya: bool


class OutcomeDescribed(TypedDict):
    """An outcome of a task, its consequence, and whether it needs a reason."""

    kode: str | None
    kata: str
    akibat: str | None
    alasan_wajib: bool


class Choice(TypedDict):
    """A choice of a field."""

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
    """The outcomes of a form, and its fields."""

    hasil: list[OutcomeDescribed]
    isian: list[FieldDescribed]


class DraftLetter(TypedDict):
    """A letter of a draft that is not signed yet."""

    kode: str
    nama: str
    nomor: str | None
    alamat: str
    penanda_tangan: str | None
    """Name and post of the official whom it names; None while nobody holds the post."""


class TaskDescribed(TaskAtStep):
    """A task for a program: the address of its command, its outcomes, and their fields."""

    berkas: str
    kode: str
    versi: int
    mencatat_untuk_orang_lain: bool
    dimulai: Begun | None
    kirim: str
    mulai_kerja: str
    formulir: list[FormDescribed]
    dokumen: list[DocumentFile]
    konsep: list[DraftLetter]
    konsep_gugur: bool
    berbeda_dari_permohonan: list[DraftDifference]
    temuan_baru: list[NewerFinding]
