"""Figures from week to week or month to month: a table, and the same as bars. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from jejak.timekeeping.printed.words import duration_words, month_words, short_date_words
from ledger.timings.date_ranges import Every, Span
from ledger.timings.figures import Figure
from ledger.timings.pages.drawing import drawing, line, rect, text, written
from ledger.timings.pages.figure_words import FEW, percent, share_words

type Limit = Literal["Mutu Baku", "batas tunggu"]

_LIMITS: Final[tuple[Limit, ...]] = ("Mutu Baku", "batas tunggu")
_BAR: Final = 40
_GAP: Final = 8
_TALL: Final = 90
_TOP: Final = 22
_FOOT: Final = 20
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Point:
    """A week or month."""

    nama: str
    pendek: str
    kali: int
    """Steps that ended."""
    selesai: int
    aktif: int
    berakhir: int
    separuh: float | None
    """Median seconds by the wall clock to *SOP selesai*; None where no case came to it."""
    dalam: int
    dinilai: int
    tunggu_dalam: int
    tunggu_dinilai: int

    def judged(self, limit: Limit) -> tuple[int, int]:
        """How many of the steps were within the limit, of how many judged by it."""
        return (self.dalam, self.dinilai) if limit == "Mutu Baku" else (self.tunggu_dalam, self.tunggu_dinilai)


def judged_by(trend: Sequence[Point]) -> Limit | None:
    """The limit of the bars: the sheet's standard, else the office's waiting limit; None: nothing was judged."""
    return next((limit for limit in _LIMITS if any(point.judged(limit)[1] for point in trend)), None)


def points(span: Span, every: Every, lines: Sequence[Figure]) -> list[Point]:
    """Every week or month of a range in order, also empty ones. `lines` are of a sheet at an office."""
    of: dict[str, list[Figure]] = defaultdict(list)
    for figure in lines:
        of[figure.of["kelompok"]].append(figure)
    return [_point(name, short, of.get(group, ())) for group, name, short in _groups(span, every)]


def _point(name: str, short: str, lines: Sequence[Figure]) -> Point:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for figure in lines:
        counts[figure.of["kind"]].update(figure.counts)
    walls = [figure.percentiles["dinding"] for figure in lines if figure.of["kind"] == "selesai"]
    steps = counts["langkah"]
    return Point(
        nama=name,
        pendek=short,
        kali=steps["jumlah"],
        selesai=counts["selesai"]["jumlah"],
        aktif=counts["aktif"]["jumlah"],
        berakhir=counts["nonaktif"]["jumlah"],
        separuh=walls[0].p50 if walls and walls[0] else None,
        dalam=steps["dalam"],
        dinilai=steps["dinilai"],
        tunggu_dalam=steps["tunggu_dalam"],
        tunggu_dinilai=steps["tunggu_dinilai"],
    )


def _groups(span: Span, every: Every) -> Iterator[tuple[str, str, str]]:
    """The key of each week or month in the figures, its name, and its short name."""
    if every == "bulan":
        month = span.first.replace(day=1)
        while month <= span.last:
            yield month.strftime("%Y-%m"), month_words(month), month_words(month)[:3]
            month = Span.months(month, 1).after.first
        return
    monday = span.first - timedelta(days=span.first.weekday())
    while monday <= span.last:
        sunday = monday + timedelta(days=6)
        words = f"minggu {short_date_words(monday)} sampai {short_date_words(sunday)} {sunday.year}"
        yield f"{monday:%G-W%V}", words, short_date_words(monday)
        monday += _WEEK


def rows(trend: Sequence[Point]) -> list[dict[str, object]]:
    """The table of a trend."""
    return [
        {
            **{name: getattr(point, name) for name in ("nama", "kali", "selesai", "aktif", "berakhir")},
            "separuh": None if point.separuh is None else duration_words(round(point.separuh)),
            "mutu_baku": share_words(point.dalam, point.dinilai),
            "batas_tunggu": share_words(point.tunggu_dalam, point.tunggu_dinilai),
        }
        for point in trend
    ]


def bars(trend: Sequence[Point], limit: Limit, name: str) -> str:
    """The share within the limit of every week or month as a bar with its figure; a lighter bar is of few."""
    width = len(trend) * (_BAR + _GAP) + _GAP
    foot = _TOP + _TALL
    svg = drawing(width, foot + _FOOT, **{"class": "alur grafik", "role": "img", "aria-label": name})
    for place, point in enumerate(trend):
        x = _GAP + place * (_BAR + _GAP)
        middle, (within, judged) = x + _BAR / 2, point.judged(limit)
        if judged:
            tall = max(within / judged * _TALL, 1)
            rect(svg, x, foot - tall, _BAR, tall, "grafik-sedikit" if judged < FEW else "grafik-batang")
            whole = percent(within / judged).removesuffix(" %").partition(",")[0]
            text(svg, [whole], (middle, foot - tall - 16), "alur-dalam")
        else:
            text(svg, ["–"], (middle, foot - 18), "alur-dalam")
        text(svg, [point.pendek], (middle, foot + 3), "alur-dalam")
    line(svg, (0, foot), (width, foot), "alur-garis")
    return written(svg)
