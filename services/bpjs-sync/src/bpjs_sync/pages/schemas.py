"""The contents of the BPJS desk, for its JSON and its pages."""

from typing import TypedDict

from jejak.cases.unreadable import UnreadRow
from jejak.web.reading.schemas import Event, Office, When


class DayWords(TypedDict):
    """A day, and as letters write it."""

    tanggal: str
    kata: str


class SignedLetter(TypedDict):
    """A signed letter that stands."""

    kode: str
    nomor: str
    tanggal: str
    kata: str
    alamat: str


class LastReply(When):
    """The last answer of BPJS to a proposal."""

    hasil: str
    kata: str
    alasan: str | None


class DueLine(TypedDict):
    """A due task of a case; `kerjakan` for an official whose turn it is."""

    tugas: str
    slot: str
    nama_tugas: str
    nama_pelaksana: str
    sejak: When | None
    batas: When | None
    lewat: bool
    kumpulan: str | None
    kerjakan: str | None


class CaseLine(TypedDict):
    """A case in one line of the desk."""

    berkas: str
    kode: str
    peserta: str | None
    pihak: str
    """The party to which it goes."""
    surat: list[SignedLetter]
    dikirim: DayWords | None
    cara: str | None
    umur_hari: int | None
    umur_hari_kerja: int | None
    jawaban: LastReply | None
    keadaan: str
    menunggu: list[DueLine]
    lewat: bool


class OpenBatch(TypedDict):
    """A batch that has not closed; `boleh`: whether the requester may close it."""

    kode: str
    nama: str
    berkas: int
    sejak: When
    boleh: bool
    tutup: When | None
    alamat: str


class ClosedList(TypedDict):
    """A batch that closed, and its list."""

    id: str
    nama: str
    periode: str
    ditutup: When
    umur_hari: int
    berkas: int
    selesai: bool
    daftar: str | None


class ReplyLine(Event):
    """An answer of BPJS, from the case's own event."""

    berkas: str
    kode: str


class AnswerFile(TypedDict):
    """A file of answers that was imported."""

    dimuat: When
    oleh: str
    baris: int
    diterapkan: int
    perlu_dilihat: int


class SortedCases(TypedDict):
    """The cases by what they wait for; those past their standard first."""

    belum_dikirim: list[CaseLine]
    tanpa_jawaban: list[CaseLine]
    diperbaiki: list[CaseLine]
    belum_aktif: list[CaseLine]


class DeskAnswer(SortedCases):
    """The whole desk. `tidak_cocok` counts the unmatched answers, which `GET /bpjs/unmatched` lists."""

    kantor: Office
    per: When
    tidak_terbaca: list[UnreadRow]
    lagi: int
    kumpulan: list[OpenBatch]
    ditutup: list[ClosedList]
    masuk: list[ReplyLine]
    berkas_jawaban: list[AnswerFile]
    tidak_cocok: int
