"""The bodies and answers of matchings."""

from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict

from jejak.contracts import events as e

type State = Literal["berjalan", "selesai", "gagal", "terhenti"]


class MatchUpload(BaseModel):
    """What comes beside the list: the service by whose rules it is ordered, and the heading of the needs in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    layanan: e.Name | None = None
    kebutuhan: e.Name | None = None


class MatchBegun(TypedDict):
    """A matching that has begun, and its page."""

    kode: str
    alamat: str


class Count(TypedDict):
    """How many rows are in a group."""

    kode: int
    nama: str
    jumlah: int


class RegisterCount(TypedDict):
    """How many people of the list a register has."""

    nama: str
    per: str
    terdaftar: int


class BadRows(TypedDict):
    """Why rows were not matched, and how many."""

    sebab: str
    jumlah: int


class MatchReport(TypedDict):
    """The counts of a finished matching."""

    dicocokkan: int
    terdaftar: int
    salah: int
    daftar: list[RegisterCount]
    golongan: list[Count]
    sebab_salah: list[BadRows]


class Matching(TypedDict):
    """A matching: how far it is, its counts, or what kept it from a result."""

    kode: str
    alamat: str
    oleh: str
    nama: str
    layanan: str | None
    mulai: str
    keadaan: State
    persen: int
    baris: int
    masalah: str | None
    laporan: MatchReport | None


class MatchedRow(TypedDict):
    """One row of a result: its number in the list, its group and reason, and what each register says."""

    baris: int
    golongan: str | None
    alasan: str
    rincian: list[str]


class MatchingResult(Matching):
    """A matching with a part of its rows; `berikut` is the address of the next part, if there is one."""

    hasil: list[MatchedRow]
    berikut: str | None


class Matchings(TypedDict):
    """The services by whose rules a list may be ordered, the limits, and the newest matchings of the office."""

    layanan: list[str]
    paling_banyak_baris: int
    paling_besar_mb: int
    disimpan_hari: int
    pencocokan: list[Matching]
