"""The answers about registers."""

from typing import Any

from jejak.cases.unreadable import UnreadRow
from ledger.schemas import Answer


class ColumnName(Answer):
    """A column of a register."""

    kunci: str
    judul: str


class NamingSheet(Answer):
    """A sheet that names a register under `pencatatan`."""

    sha256: str
    nomor: str | None
    nama: str
    layanan: str
    pencatatan: list[str]


class RegisterName(Answer):
    """A register of the office, and its addresses."""

    kunci: str
    nama: str
    isi: str
    kolom: list[ColumnName]
    sop: list[NamingSheet]
    tersirat: list[str]
    lihat: str
    xlsx: str


class KeptElsewhere(Answer):
    """A register kept outside this system."""

    nama: str
    sop: list[NamingSheet]
    kata: str


class Registers(Answer):
    """The registers of an office."""

    kantor: str
    register: list[RegisterName]
    di_luar: list[KeptElsewhere]


class RegisterPage(Answer):
    """Lines of a register; each has the keys of its columns, and the links to its case. `lanjut` for the next page."""

    kantor: str
    tahun: int
    register: RegisterName
    baris: list[dict[str, Any]]
    tidak_terbaca: list[UnreadRow]
    lanjut: str | None
