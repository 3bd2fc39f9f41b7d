"""Offices beside each other, each held against its own standard: what one sheet promises is not another's. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, assert_never

from jejak.procedure.kantor import Kantor
from jejak.procedure.model import Sop
from jejak.timekeeping.buckets import Percentiles
from jejak.timekeeping.clocks.times import OFFICE
from jejak.timekeeping.standard import ClockRule, DayOfNextMonth, Days, Hands, Months, Standard, Wall
from ledger.timings.figures import Figure

type Histogram = Literal["sentuh", "berlalu", "dinding"]

_DAY: Final = 86_400
_MONTH: Final = round(365.25 / 12 * _DAY)
_COUNTS: Final = ("jumlah", "dinilai", "dalam", "tunggu_dinilai", "tunggu_dalam", "terlambat")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Median times over promised times, both weighted by how often; ``jumlah`` is of how many executions."""

    bagian: float
    jumlah: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One sheet of one office over a stretch of days; nothing in it names a person or a case."""

    kantor: Kantor
    sop: Sop
    counts: Mapping[str, int]
    """Of its steps; by the names of `timings_sql.COUNTS`."""
    ends: Mapping[str, Figure]
    """"selesai", "aktif", "nonaktif": as far as any case came to it."""
    standard: Ratio | None
    waiting: Ratio | None
    late: int
    """How many steps are late at this moment."""

    def told(self) -> dict[str, Any]:
        """As a program is told."""
        kept, waited = self.counts["dinilai"], self.counts["tunggu_dinilai"]
        return {
            "kantor": self.kantor.kode,
            "nama_kantor": self.kantor.nama,
            "sop": self.sop.sha256,
            "nomor": self.sop.nomor,
            "nama_sop": self.sop.nama,
            "langkah": self.counts["jumlah"],
            "mutu_baku": {
                "dinilai": kept,
                "dalam": self.counts["dalam"],
                "bagian": self.counts["dalam"] / kept if kept else None,
                "rasio": _ratio(self.standard),
            },
            "batas_tunggu": {
                "dinilai": waited,
                "dalam": self.counts["tunggu_dalam"],
                "bagian": self.counts["tunggu_dalam"] / waited if waited else None,
                "rasio": _ratio(self.waiting),
            },
            "terlambat": self.counts["terlambat"],
            "terlambat_kini": self.late,
            **{name: _end(self.ends.get(kind)) for name, kind in END_NAMES.items()},
        }


END_NAMES: Final = {"sop_selesai": "selesai", "kartu_aktif": "aktif", "kepesertaan_berakhir": "nonaktif"}


def _ratio(ratio: Ratio | None) -> dict[str, Any] | None:
    return {"bagian": ratio.bagian, "jumlah": ratio.jumlah} if ratio else None


def _end(line: Figure | None) -> dict[str, Any] | None:
    return end_told(line.percentiles["dinding"] if line else None)


def end_told(measured: Percentiles | None) -> dict[str, Any] | None:
    """How many cases came to an end, and by the wall clock in what time; None: none did."""
    if measured is None:
        return None
    return {"jumlah": measured.number, "p50": measured.p50, "p90": measured.p90, "p99": measured.p99}


def compared(kantor: Kantor, sop: Sop, lines: Sequence[Figure], late: int) -> Compared:
    """One sheet's row; `lines` are its own, of the stretch as a whole."""
    steps = [one for one in lines if one.of["kind"] == "langkah"]
    return Compared(
        kantor=kantor,
        sop=sop,
        counts={name: sum(one.counts[name] for one in steps) for name in _COUNTS},
        ends={one.of["kind"]: one for one in lines if one.of["kind"] in END_NAMES.values()},
        standard=_ratio_of(_promised(sop, kantor, steps)),
        waiting=_ratio_of(_waited(kantor, steps)),
        late=late,
    )


def comparable(standard: Standard, working_day: int) -> tuple[Histogram, int] | None:
    """By which clock a standard is held against medians, and how many seconds it is; None where a date decides.

    Days and months are taken as so many working days or days: near enough to compare, never to judge.
    """
    match standard:
        case Hands(seconds=seconds, clock="touch") | Wall(seconds=seconds, clock="touch"):
            return "sentuh", seconds
        case Hands(seconds=seconds):
            return "berlalu", seconds
        case Wall(seconds=seconds):
            return "dinding", seconds
        case Days(count=count, kind="kerja"):
            return "berlalu", count * working_day
        case Days(count=count):
            return "dinding", count * _DAY
        case Months(count=count):
            return "dinding", count * _MONTH
        case DayOfNextMonth() | ClockRule():
            return None
        case _:
            assert_never(standard)


def _promised(sop: Sop, kantor: Kantor, steps: Iterable[Figure]) -> Iterable[tuple[int, float, int]]:
    """Of each step: how often, its median, and what the sheet promises."""
    for line in steps:
        step = sop.steps.get((line.of["slot"], line.of["langkah"]))
        held = comparable(step.waktu, kantor.calendar.working_day) if step and step.waktu else None
        measured = line.percentiles[held[0]] if held else None
        if held and measured:
            yield measured.number, measured.p50, held[1]


def _waited(kantor: Kantor, steps: Iterable[Figure]) -> Iterable[tuple[int, float, int]]:
    for line in steps:
        measured = line.percentiles["tunggu"]
        if measured and line.of["owner"] == OFFICE:
            yield measured.number, measured.p50, kantor.batas_tunggu


def _ratio_of(held: Iterable[tuple[int, float, int]]) -> Ratio | None:
    rows = list(held)
    promised = sum(count * limit for count, _, limit in rows)
    if not promised:
        return None
    return Ratio(sum(count * median for count, median, _ in rows) / promised, sum(count for count, _, _ in rows))
