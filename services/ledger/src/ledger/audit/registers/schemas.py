"""What is told of registers."""

from typing import Any, TypedDict

from pydantic import ConfigDict, with_config

from jejak.cases.unreadable import UnreadRow

_WHOLE = ConfigDict(extra="forbid")
"""An answer with a key that is not named here is a fault of ours, not one to pass on."""


@with_config(_WHOLE)
class ColumnName(TypedDict):
    """A column of a register."""

    kunci: str
    judul: str


@with_config(_WHOLE)
class NamingSheet(TypedDict):
    """A sheet that names a register under `pencatatan`."""

    sha256: str
    nomor: str | None
    nama: str
    layanan: str
    pencatatan: list[str]


@with_config(_WHOLE)
class RegisterName(TypedDict):
    """A register that is kept here, and where it is."""

    kunci: str
    nama: str
    isi: str
    kolom: list[ColumnName]
    sop: list[NamingSheet]
    tersirat: list[str]
    lihat: str
    xlsx: str


@with_config(_WHOLE)
class KeptElsewhere(TypedDict):
    """A register that is not kept here."""

    nama: str
    sop: list[NamingSheet]
    kata: str


@with_config(_WHOLE)
class Registers(TypedDict):
    """The registers of an office."""

    kantor: str
    register: list[RegisterName]
    di_luar: list[KeptElsewhere]


@with_config(_WHOLE)
class RegisterPage(TypedDict):
    """Lines of a register; each has the keys of its columns, and what leads to its case. `lanjut` for the next page."""

    kantor: str
    tahun: int
    register: RegisterName
    baris: list[dict[str, Any]]
    tidak_terbaca: list[UnreadRow]
    lanjut: str | None
