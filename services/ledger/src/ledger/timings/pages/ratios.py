"""An office's sheet against its own standard, for comparison: the promises of sheets differ. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, assert_never

from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.timekeeping.clocks.times import OFFICE
from jejak.timekeeping.standard import ClockRule, DayOfNextMonth, Days, Hands, Months, Standard, Wall
from ledger.timings.figures import Figure
from ledger.timings.schemas import ComparedOffice, Ratio, share_of, sheet_of, spread_of

type Histogram = Literal["sentuh", "berlalu", "dinding"]

_DAY: Final = 86_400
_MONTH: Final = round(365.25 / 12 * _DAY)
_COUNTS: Final = ("jumlah", "dinilai", "dalam", "tunggu_dinilai", "tunggu_dalam", "terlambat")


def compared(kantor: Kantor, sop: Sop, lines: Sequence[Figure], late: int) -> ComparedOffice:
    """A sheet of an office; `lines` are its own, for the whole range of days, `late` its steps late at this moment."""
    steps = [line for line in lines if line.of["kind"] == "langkah"]
    counts = {name: sum(line.counts[name] for line in steps) for name in _COUNTS}
    ends = {line.of["kind"]: spread_of(line.percentiles["dinding"]) for line in lines}
    standard, waiting = _ratio(_promised(sop, kantor, steps)), _ratio(_waited(kantor, steps))
    return {
        **sheet_of(kantor, sop),
        "langkah": counts["jumlah"],
        "mutu_baku": {**share_of(counts["dalam"], counts["dinilai"]), "rasio": standard},
        "batas_tunggu": {**share_of(counts["tunggu_dalam"], counts["tunggu_dinilai"]), "rasio": waiting},
        "terlambat": counts["terlambat"],
        "terlambat_kini": late,
        "sop_selesai": ends.get("selesai"),
        "kartu_aktif": ends.get("aktif"),
        "kepesertaan_berakhir": ends.get("nonaktif"),
    }


def comparable(standard: Standard, working_day: int) -> tuple[Histogram, int] | None:
    """The clock whose medians a standard is compared with, and its seconds; None where a date decides.

    Days and months count as working days or days: near enough to compare, never to judge.
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
    """Of each step: how often, its median, and the seconds the sheet promises."""
    for line in steps:
        step = sop.steps.get((line.of["slot"], line.of["langkah"]))
        promise = comparable(step.waktu, kantor.calendar.working_day) if step and step.waktu else None
        measured = line.percentiles[promise[0]] if promise else None
        if promise and measured:
            yield measured.number, measured.p50, promise[1]


def _waited(kantor: Kantor, steps: Iterable[Figure]) -> Iterable[tuple[int, float, int]]:
    for line in steps:
        measured = line.percentiles["tunggu"]
        if measured and line.of["owner"] == OFFICE:
            yield measured.number, measured.p50, kantor.batas_tunggu


def _ratio(medians: Iterable[tuple[int, float, int]]) -> Ratio | None:
    rows = list(medians)
    promised = sum(count * limit for count, _, limit in rows)
    if not promised:
        return None
    taken = sum(count * median for count, median, _ in rows)
    return {"bagian": taken / promised, "jumlah": sum(count for count, _, _ in rows)}
