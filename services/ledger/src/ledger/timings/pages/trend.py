"""How figures went from week to week or month to month: a table, and the same as bars. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from jejak.timekeeping.words import duration_words, month_words, short_date_words
from ledger.timings.date_ranges import Every, Span
from ledger.timings.figures import Figure
from ledger.timings.pages.drawing import drawing, line, rect, text, written
from ledger.timings.pages.figure_words import FEW, percent, share_words

type Held = Literal["Mutu Baku", "batas tunggu"]

_HELD: Final[tuple[Held, ...]] = ("Mutu Baku", "batas tunggu")
_BAR: Final = 40
_GAP: Final = 8
_TALL: Final = 90
_TOP: Final = 22
_FOOT: Final = 20
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Point:
    """One week or month."""

    nama: str
    pendek: str
    kali: int
    """How many steps ended."""
    selesai: int
    aktif: int
    berakhir: int
    separuh: float | None
    """Seconds by the wall clock in which half of those that ended had ended; None where none did."""
    dalam: int
    dinilai: int
    tunggu_dalam: int
    tunggu_dinilai: int

    def held(self, by: Held) -> tuple[int, int]:
        """How many of the steps kept it, of how many that could be judged by it."""
        return (self.dalam, self.dinilai) if by == "Mutu Baku" else (self.tunggu_dalam, self.tunggu_dinilai)


def judged_by(found: Sequence[Point]) -> Held | None:
    """What a trend is drawn of: the sheet's standard, else the office's waiting limit; None: nothing was judged."""
    for by in _HELD:
        if any(one.held(by)[1] for one in found):
            return by
    return None


def points(span: Span, every: Every, lines: Sequence[Figure]) -> list[Point]:
    """Every week or month of a stretch in order, those without anything too. `lines` are of one sheet at one office."""
    of: dict[str, list[Figure]] = {}
    for one in lines:
        of.setdefault(one.of["kelompok"], []).append(one)
    return [_point(name, short, of.get(group, ())) for group, name, short in _groups(span, every)]


def _point(name: str, short: str, lines: Sequence[Figure]) -> Point:
    def of(kind: str) -> list[Figure]:
        return [one for one in lines if one.of["kind"] == kind]

    def total(count: str) -> int:
        return sum(one.counts[count] for one in of("langkah"))

    ended = of("selesai")
    half = ended[0].percentiles["dinding"] if ended else None
    return Point(
        nama=name,
        pendek=short,
        kali=total("jumlah"),
        selesai=sum(one.counts["jumlah"] for one in ended),
        aktif=sum(one.counts["jumlah"] for one in of("aktif")),
        berakhir=sum(one.counts["jumlah"] for one in of("nonaktif")),
        separuh=half.p50 if half else None,
        dalam=total("dalam"),
        dinilai=total("dinilai"),
        tunggu_dalam=total("tunggu_dalam"),
        tunggu_dinilai=total("tunggu_dinilai"),
    )


def _groups(span: Span, every: Every) -> Iterator[tuple[str, str, str]]:
    """How the figures call a week or month, how people do, and how they do where there is little room."""
    if every == "bulan":
        month = span.first.replace(day=1)
        while month <= span.last:
            yield month.strftime("%Y-%m"), month_words(month), month_words(month)[:3]
            month = Span.months(month, 1).after.first
        return
    monday = span.first - timedelta(days=span.first.weekday())
    while monday <= span.last:
        year, week, _ = monday.isocalendar()
        yield f"{year}-W{week:02}", f"minggu {_days(monday)}", short_date_words(monday)
        monday += _WEEK


def _days(monday: date) -> str:
    last = monday + _WEEK - timedelta(days=1)
    return f"{short_date_words(monday)} sampai {short_date_words(last)} {last.year}"


def rows(found: Sequence[Point]) -> list[dict[str, object]]:
    """The table beside the bars."""
    return [
        {
            "nama": one.nama,
            "kali": one.kali,
            "selesai": one.selesai,
            "aktif": one.aktif,
            "berakhir": one.berakhir,
            "separuh": None if one.separuh is None else duration_words(round(one.separuh)),
            "mutu_baku": share_words(one.dalam, one.dinilai),
            "batas_tunggu": share_words(one.tunggu_dalam, one.tunggu_dinilai),
        }
        for one in found
    ]


def bars(found: Sequence[Point], by: Held, name: str) -> str:
    """Of every week or month the share that kept it as a bar, with its figure; a lighter bar is of few."""
    width = len(found) * (_BAR + _GAP) + _GAP
    foot = _TOP + _TALL
    svg = drawing(width, foot + _FOOT, **{"class": "alur grafik", "role": "img", "aria-label": name})
    for place, one in enumerate(found):
        x = _GAP + place * (_BAR + _GAP)
        middle, (kept, judged) = x + _BAR / 2, one.held(by)
        if judged:
            tall = max(kept / judged * _TALL, 1)
            rect(svg, x, foot - tall, _BAR, tall, "grafik-sedikit" if judged < FEW else "grafik-batang")
            whole = percent(kept / judged).removesuffix(" %").partition(",")[0]
            text(svg, [whole], (middle, foot - tall - 16), "alur-dalam")
        else:
            text(svg, ["–"], (middle, foot - 18), "alur-dalam")
        text(svg, [one.pendek], (middle, foot + 3), "alur-dalam")
    line(svg, (0, foot), (width, foot), "alur-garis")
    return written(svg)
