"""How figures went from week to week or month to month: a table, and the same as bars. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from jejak.clock.words import duration_words, month_words, short_date_words
from ledger.drawing import drawing, line, rect, text, written
from ledger.figure_words import FEW, percent, share_words
from ledger.spans import Every, Span
from ledger.timing_figures import Figure

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
    selesai: int
    aktif: int
    separuh: float | None
    """Seconds by the wall clock in which half of those that ended had ended; None where none did."""
    dalam: int
    dinilai: int
    tunggu_dalam: int
    tunggu_dinilai: int

    @property
    def share(self) -> float | None:
        """Of what could be judged by its Mutu Baku, the share within."""
        return self.dalam / self.dinilai if self.dinilai else None


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
        selesai=sum(one.counts["jumlah"] for one in ended),
        aktif=sum(one.counts["jumlah"] for one in of("aktif")),
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
            "selesai": one.selesai,
            "aktif": one.aktif,
            "separuh": None if one.separuh is None else duration_words(round(one.separuh)),
            "mutu_baku": share_words(one.dalam, one.dinilai),
            "batas_tunggu": share_words(one.tunggu_dalam, one.tunggu_dinilai),
        }
        for one in found
    ]


def bars(found: Sequence[Point], name: str) -> str:
    """Of every week or month the share within Mutu Baku as a bar, with its figure; few are hatched by a lighter bar."""
    width = len(found) * (_BAR + _GAP) + _GAP
    height = _TOP + _TALL + _FOOT
    svg = drawing(width, height, **{"class": "alur grafik", "role": "img", "aria-label": name})
    for place, one in enumerate(found):
        x = _GAP + place * (_BAR + _GAP)
        foot, middle = _TOP + _TALL, x + _BAR / 2
        if one.share is not None:
            tall = max(one.share * _TALL, 1)
            rect(svg, x, foot - tall, _BAR, tall, "grafik-sedikit" if one.dinilai < FEW else "grafik-batang")
            text(
                svg, [percent(one.share).removesuffix(" %").partition(",")[0]], (middle, foot - tall - 16), "alur-dalam"
            )
        else:
            text(svg, ["–"], (middle, foot - 18), "alur-dalam")
        text(svg, [one.pendek], (middle, foot + 3), "alur-dalam")
    line(svg, (0, _TOP + _TALL), (width, _TOP + _TALL), "alur-garis")
    return written(svg)
