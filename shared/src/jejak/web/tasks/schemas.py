"""What is told of a task, in JSON and to its page alike."""

from typing import Any, TypedDict

from jejak.web.reading.schemas import DocumentFile, DraftDifference, Person, When


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
    berbeda_dari_permohonan: list[DraftDifference]
