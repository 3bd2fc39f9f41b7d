"""What is told of how long things took. Whoever may see no case gets no `berkas…`."""

from typing import Literal, NotRequired, TypedDict

from pydantic import ConfigDict, with_config

from ledger.timings.sql import Per

_WHOLE = ConfigDict(extra="forbid")
"""An answer with a key that is not named here is a fault of ours, not one to pass on."""


@with_config(_WHOLE)
class Share(TypedDict):
    """How many were kept of those judged: counted, never read from buckets."""

    dinilai: int
    dalam: int
    bagian: float | None


@with_config(_WHOLE)
class StandardShare(Share):
    """Against what the sheet promises."""

    tercetak: str
    jam: Literal["sentuh", "berlalu"] | None
    tidak_dinilai: int
    berkas_luar: NotRequired[str]


@with_config(_WHOLE)
class WaitingShare(Share):
    """Against the office's own waiting limit."""

    berkas_lewat: NotRequired[str]


@with_config(_WHOLE)
class Unmeasured(TypedDict):
    """How many nobody's hands were measured of."""

    jumlah: int
    berkas: NotRequired[str]


@with_config(_WHOLE)
class Spread(TypedDict):
    """Seconds of one clock."""

    jumlah: int
    p50: int | float
    p90: int | float
    p99: int | float
    berkas: NotRequired[str]


@with_config(_WHOLE)
class FigureLine(TypedDict):
    """One line: a step, a task, or an end; `kelompok` by what it was asked to be parted."""

    kantor: str | None
    sop: str | None
    slot: str | None
    langkah: str | None
    kegiatan: str | None
    tugas: str | None
    pihak: str | None
    kelompok: str | None
    jumlah: int
    mutu_baku: StandardShare | None
    batas_tunggu: WaitingShare | None
    tidak_terukur: Unmeasured
    terlambat: int
    berkas: NotRequired[str]
    tunggu: Spread | None
    sentuh: Spread | None
    berlalu: Spread | None
    dinding: Spread | None


@with_config(_WHOLE)
class LateCase(TypedDict):
    """An open step that is past its standard or its waiting limit."""

    berkas: str
    kode: str
    kantor: str
    slot: str
    langkah: str
    pihak: str
    sejak: str
    batas: str | None
    jejak: str


@with_config(_WHOLE)
class LateNow(TypedDict):
    """All that is late at this moment, the longest due first."""

    jumlah: int
    berkas: NotRequired[list[LateCase]]


@with_config(_WHOLE)
class Timings(TypedDict):
    """The figures of an office for some days."""

    kantor: str | None
    dari: str
    sampai: str
    per: Per | None
    langkah: list[FigureLine]
    tugas: list[FigureLine]
    sop_selesai: list[FigureLine]
    kartu_aktif: list[FigureLine]
    kepesertaan_berakhir: list[FigureLine]
    terlambat_kini: LateNow


@with_config(_WHOLE)
class Execution(TypedDict):
    """One execution behind a figure; times in seconds."""

    berkas: str
    kode: str
    kantor: str
    slot: str
    langkah: str
    tugas: str | None
    ulangan: int
    pejabat: str | None
    jatuh_tempo: str
    selesai: str
    tunggu: int | float
    sentuh: int | float | None
    berlalu: int | float
    dinding: int | float
    tidak_terukur: str | None
    mutu_baku: str | None
    dalam_mutu_baku: bool | None
    dalam_batas_tunggu: bool | None
    terlambat: bool | None
    jejak: str


@with_config(_WHOLE)
class Executions(TypedDict):
    """One page of them; the header Link leads to the next."""

    berkas: list[Execution]


@with_config(_WHOLE)
class Ratio(TypedDict):
    """The median as a share of what is promised, of how many."""

    bagian: float
    jumlah: int


@with_config(_WHOLE)
class ComparedShare(Share):
    """Kept of those judged, and how near."""

    rasio: Ratio | None


@with_config(_WHOLE)
class ComparedOffice(TypedDict):
    """An office's sheet against its own standard."""

    kantor: str
    nama_kantor: str
    sop: str
    nomor: str | None
    nama_sop: str
    langkah: int
    mutu_baku: ComparedShare
    batas_tunggu: ComparedShare
    terlambat: int
    terlambat_kini: int
    sop_selesai: Spread | None
    kartu_aktif: Spread | None
    kepesertaan_berakhir: Spread | None


@with_config(_WHOLE)
class Judged(TypedDict):
    """Kept of those judged."""

    dinilai: int
    dalam: int


@with_config(_WHOLE)
class Together(TypedDict):
    """All offices together: what can be added up."""

    langkah: int
    mutu_baku: Judged
    batas_tunggu: Judged
    terlambat: int
    terlambat_kini: int
    sop_selesai: Spread | None
    kartu_aktif: Spread | None
    kepesertaan_berakhir: Spread | None


@with_config(_WHOLE)
class Offices(TypedDict):
    """The offices of a province beside each other."""

    dari: str
    sampai: str
    kantor: list[ComparedOffice]
    seluruhnya: Together


@with_config(_WHOLE)
class SheetName(TypedDict):
    """A sheet and its office."""

    kantor: str
    nama_kantor: str
    sop: str
    nomor: str | None
    nama_sop: str
    tanggal_efektif: str | None


@with_config(_WHOLE)
class SheetDifference(TypedDict):
    """What the second sheet has otherwise than the first."""

    tempat: str
    kunci: str | None
    dari: str | None
    ke: str | None
    jenis: Literal["ditambahkan", "dihapus", "berubah"]
    kalimat: str


@with_config(_WHOLE)
class Sheets(TypedDict):
    """Two sheets side by side; `lembar` are those that can be chosen."""

    dari: str
    sampai: str
    lembar: list[SheetName]
    perbedaan: list[SheetDifference]
    angka: list[Timings]
