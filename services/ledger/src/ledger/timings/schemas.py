"""The answers about how long things took. Requesters who may see no case get no `berkas…`."""

from typing import Literal, NotRequired

from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.timekeeping.buckets import Percentiles
from ledger.schemas import Answer
from ledger.timings.sql import Per


class Judged(Answer):
    """How many were within a limit, of those judged by it."""

    dinilai: int
    dalam: int


class Share(Judged):
    """The same with the share: counted, never read from buckets."""

    bagian: float | None


class StandardShare(Share):
    """Against the sheet's standard."""

    tercetak: str
    jam: Literal["sentuh", "berlalu"] | None
    tidak_dinilai: int
    berkas_luar: NotRequired[str]


class WaitingShare(Share):
    """Against the office's own waiting limit."""

    berkas_lewat: NotRequired[str]


class Unmeasured(Answer):
    """How many executions have no touch time."""

    jumlah: int
    berkas: NotRequired[str]


class Spread(Answer):
    """Seconds of a clock."""

    jumlah: int
    p50: int | float
    p90: int | float
    p99: int | float
    berkas: NotRequired[str]


class FigureLine(Answer):
    """A step, a task, or an end of the case; `kelompok` is its group, of those asked for by `per`."""

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


class LateCase(Answer):
    """An open step past its standard or its waiting limit."""

    berkas: str
    kode: str
    kantor: str
    slot: str
    langkah: str
    pihak: str
    sejak: str
    batas: str | None
    jejak: str


class LateNow(Answer):
    """All steps late at this moment, the longest due first."""

    jumlah: int
    berkas: NotRequired[list[LateCase]]


class Timings(Answer):
    """The figures of an office for a range of days."""

    kantor: str | None
    dari: str
    sampai: str
    per: Per | None
    langkah: list[FigureLine]
    tugas: list[FigureLine]
    sop_selesai: list[FigureLine]
    kartu_aktif: list[FigureLine]
    kepesertaan_berakhir: list[FigureLine]
    peserta_meninggal: int
    """Cases of the office that ended because the participant died: in no figure of the ends."""
    terlambat_kini: LateNow


class Execution(Answer):
    """An execution behind a figure; times in seconds."""

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


class Executions(Answer):
    """A page of executions; the header Link leads to the next."""

    berkas: list[Execution]


class Ratio(Answer):
    """Median times over promised times, both weighted by how often; `jumlah` is of how many executions."""

    bagian: float
    jumlah: int


class ComparedShare(Share):
    """The share within the limit, and how near the median is to it."""

    rasio: Ratio | None


class Ends(Answer):
    """How many cases came to each end, and in what wall-clock time; None: none did."""

    sop_selesai: Spread | None
    kartu_aktif: Spread | None
    kepesertaan_berakhir: Spread | None


class Sheet(Answer):
    """A sheet and its office."""

    kantor: str
    nama_kantor: str
    sop: str
    nomor: str | None
    nama_sop: str


class ComparedOffice(Sheet, Ends):
    """A sheet of an office against its own standard; nothing in it names a person or a case."""

    langkah: int
    mutu_baku: ComparedShare
    batas_tunggu: ComparedShare
    terlambat: int
    terlambat_kini: int


class AllOffices(Ends):
    """All offices together: what can be added up."""

    langkah: int
    mutu_baku: Judged
    batas_tunggu: Judged
    terlambat: int
    terlambat_kini: int


class Offices(Answer):
    """The offices of a province side by side."""

    dari: str
    sampai: str
    kantor: list[ComparedOffice]
    seluruhnya: AllOffices


class DatedSheet(Sheet):
    """A sheet with the day from which it is in force."""

    tanggal_efektif: str | None


class SheetDifference(Answer):
    """A difference of the second sheet from the first."""

    tempat: str
    kunci: str | None
    dari: str | None
    ke: str | None
    jenis: Literal["ditambahkan", "dihapus", "berubah"]
    kalimat: str


class Sheets(Answer):
    """Two sheets side by side; `lembar` are those to choose from."""

    dari: str
    sampai: str
    lembar: list[DatedSheet]
    perbedaan: list[SheetDifference]
    angka: list[Timings]


def share_of(within: int, judged: int) -> Share:
    """The share within a limit; None where nothing was judged."""
    return {"dinilai": judged, "dalam": within, "bagian": within / judged if judged else None}


def spread_of(measured: Percentiles | None) -> Spread | None:
    """The percentiles of a clock; None where nothing was measured."""
    if measured is None:
        return None
    return {"jumlah": measured.number, "p50": measured.p50, "p90": measured.p90, "p99": measured.p99}


def sheet_of(kantor: Kantor, sop: Sop) -> Sheet:
    """The name of a sheet and its office."""
    return {
        "kantor": kantor.kode,
        "nama_kantor": kantor.nama,
        "sop": sop.sha256,
        "nomor": sop.nomor,
        "nama_sop": sop.nama,
    }
