"""The contents of the public pages of a case."""

from typing import TypedDict

from jejak.web.reading.schemas import Sheet, When


class Place(TypedDict):
    """The office's address, opening hours, telephone, and the place for complaints."""

    nama: str
    alamat: str
    telepon: str | None
    jam: list[str]
    sekarang: str
    pengaduan: str | None


class Reason(TypedDict):
    """A rule that was not met, with what failed; or the finding of the step that ended the case."""

    aturan: str | None
    sebab: list[str]
    sumber: str | None


class Refusal(TypedDict):
    """Why a case was refused or returned, who decided it, and where to complain."""

    kode: str
    akhir: str
    kepala: str
    kop: list[str]
    sop: Sheet
    diterima: When | None
    diputus: When | None
    langkah: str | None
    kegiatan: str
    pemutus: str
    pesan: str | None
    alasan: list[Reason]
    tertulis: str | None
    """The reason as an official typed it: free text may name people, so only the case's own officials print it."""
    ada_tertulis: bool
    dasar_hukum: list[str]
    tempat: Place
