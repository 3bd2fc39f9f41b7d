"""The flowchart of a sheet as SVG in the official form: five symbols, actors in columns, steps in rows. Pure.

Capsule: beginning and end. Box: an action. Diamond: outcomes lead to different places. Pentagon (off-page connector):
the origin of a follow-up. Arrows lead down to the next symbol, at the left back to a repeated one, at the right past
steps that do not apply. Colours come from the stylesheet; their meaning stands beside each step in words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement

from jejak.procedure.model import MAIN
from ledger.timings.pages.drawing import LINE, Kind, Point, drawing, line, path, rect, symbol, text, written
from ledger.timings.pages.flow import END, STOP_WORDS, Column, Flow, Node, Part, Row

type Level = Literal["baik", "sedang", "buruk", "kosong"]

_NUMBER_WIDTH: Final = 34
_TEXT_WIDTH: Final = 236
_LANES: Final = _NUMBER_WIDTH + _TEXT_WIDTH
_COLUMN: Final = 92
_STOP_WIDTH: Final = 104
_TIME_WIDTH: Final = 92
_FIGURE_WIDTH: Final = 160
_LANE: Final = 10
_HEAD_LETTERS: Final = 12
_TEXT_LETTERS: Final = 33
_TIME_LETTERS: Final = 13
_FIGURE_LETTERS: Final = 21
_TEXT_LINES: Final = 7
_ROOM: Final = 66
"""Height of a symbol with the space around it."""
_BAND: Final = 48
"""Height of the rows in which a part begins and ends."""
_PAD: Final = 8
_BOX: Final = (64, 34)
_DIAMOND: Final = (72, 44)
_CAPSULE: Final = (72, 28)
_PENTAGON: Final = (64, 34)
_STOP_SIZE: Final = (94, 22)
_FOLLOW_UP: Final = "TL"
_COMPLETE_SIZE: Final = (78, 20)
_UP: Final = -13
_DOWN: Final = 13
"""Offsets from a diamond's middle at which the ways to the applicant and to an early end leave it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a step does: a level for its colour and pattern, words beside it, and the address of its figures."""

    level: Level
    kata: tuple[str, ...]
    href: str | None


_UNKNOWN: Final = Mark("kosong", ("belum ada",), None)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The left edges of the drawing's columns, and its width."""

    columns: int
    actors: float
    stop: float
    past: float
    time: float

    @property
    def figure(self) -> float:
        return self.time + _TIME_WIDTH

    @property
    def width(self) -> float:
        return self.figure + _FIGURE_WIDTH

    def middle(self, column: int) -> float:
        return self.actors + column * _COLUMN + _COLUMN / 2


def flowchart(flow: Flow, marks: Mapping[tuple[str, str], Mark], *, name: str, prefix: str = "alur") -> str:
    """The drawing as an `<svg>` element; `prefix` keeps the ids of several on a page apart.

    `marks` by slot and langkah; a step without one is drawn as not measured.
    """
    frame = _frame(flow)
    heads = [wrap(column.nama, _HEAD_LETTERS) for column in flow.columns]
    top = max([2, *map(len, heads)]) * LINE + 2 * _PAD
    parts = [(part, _tops(part, marks)) for part in flow.parts]
    height = top + sum(tops[-1] + _BAND for _, tops in parts)
    svg = drawing(frame.width, height, **{"class": "alur", "role": "group", "aria-label": name})
    _definitions(svg, prefix)
    _heads(svg, frame, flow.columns, heads, top)
    y: float = top
    for part, tops in parts:
        _part(svg, frame, part, [y + top_of_row for top_of_row in tops], marks, prefix)
        y += tops[-1] + _BAND
    _grid(svg, frame, top, height)
    return written(svg)


def _frame(flow: Flow) -> _Frame:
    back = max((sum(len(node.back) for node in part.nodes) for part in flow.parts), default=0)
    jumps = max((len(_jumps(part)) for part in flow.parts), default=0)
    stops = any(node.stops for part in flow.parts for node in part.nodes)
    actors = _LANES + _PAD + back * _LANE
    stop = actors + len(flow.columns) * _COLUMN
    past = stop + (_STOP_WIDTH if stops else 0)
    return _Frame(len(flow.columns), actors, stop, past, past + _PAD + jumps * _LANE)


def _jumps(part: Part) -> list[tuple[int, int]]:
    """The arrows that lead past a symbol."""
    last = len(part.nodes) - 1
    return [(start, end) for start, end in part.arrows if (last + 1 if end == END else end) > start + 1]


def _tops(part: Part, marks: Mapping[tuple[str, str], Mark]) -> list[float]:
    """The top of each row and the bottom of the last, below the part's beginning."""
    tops: list[float] = [_BAND]
    for row in part.rows:
        figures = _figures(marks.get((row.slot, row.langkah), _UNKNOWN))
        lines = max(len(_kegiatan(row)) + (1 if row.hanya else 0), len(figures))
        tops.append(tops[-1] + max(_ROOM * len(row.nodes), lines * LINE + 2 * _PAD, _ROOM))
    return tops


def _figures(mark: Mark) -> list[str]:
    return [line for words in mark.kata for line in wrap(words, _FIGURE_LETTERS)]


def _kegiatan(row: Row) -> list[str]:
    return wrap(row.kegiatan, _TEXT_LETTERS, max_lines=_TEXT_LINES, placeholder=" …")


def _middles(part: Part, tops: Sequence[float]) -> list[float]:
    """The height of every symbol of a part."""
    middles: list[float] = []
    for row, top, bottom in zip(part.rows, tops, tops[1:], strict=False):
        share = (bottom - top) / max(len(row.nodes), 1)
        middles += [top + share * (place + 0.5) for place in range(len(row.nodes))]
    return middles


def _part(
    svg: Element,
    frame: _Frame,
    part: Part,
    tops: Sequence[float],
    marks: Mapping[tuple[str, str], Mark],
    prefix: str,
) -> None:
    if not part.nodes:
        return
    spots = [(frame.middle(node.column), y) for node, y in zip(part.nodes, _middles(part, tops), strict=True)]
    begin = (spots[0][0], tops[0] - _BAND / 2)
    end = (spots[-1][0], tops[-1] + _BAND / 2)
    for y in tops:
        line(svg, (0, y), (frame.width, y), "alur-kisi")
    lines = SubElement(svg, "g", {"class": "alur-garis", "marker-end": f"url(#{prefix}-panah)"})
    for points in _ways(frame, part, spots, begin, end):
        path(lines, points)
    for node, spot in zip(part.nodes, spots, strict=True):
        _side_ways(svg, lines, frame, node, spot)
    if part.sesudah is None:
        symbol(svg, "capsule", begin, _CAPSULE, "alur-batas", "Mulai")
    else:
        symbol(svg, "pentagon", begin, _PENTAGON, "alur-batas", _shortened(part.sesudah))
        text(svg, ["Tindak lanjut sesudah", part.sesudah], (_NUMBER_WIDTH + 6, tops[0] - _BAND + _PAD), "alur-judul")
    symbol(svg, "capsule", end, _CAPSULE, "alur-batas", "Selesai")
    number = 0
    for row, top in zip(part.rows, tops, strict=False):
        mark = marks.get((row.slot, row.langkah), _UNKNOWN)
        drawn = list(zip(part.nodes, spots, strict=True))[number : number + len(row.nodes)]
        number += len(row.nodes)
        _row(svg, frame, row, top, drawn, mark, prefix)


def _shortened(text: str) -> str:
    return text if len(text) <= _HEAD_LETTERS - 3 else f"{text[: _HEAD_LETTERS - 4]}…"


def _row(
    svg: Element,
    frame: _Frame,
    row: Row,
    top: float,
    drawn: Sequence[tuple[Node, Point]],
    mark: Mark,
    prefix: str,
) -> None:
    """A step: its words, symbols and figures, together a link to its figures' page."""
    link = SubElement(svg, "a", {"href": mark.href}) if mark.href else SubElement(svg, "g")
    link.set("class", "alur-langkah")
    words = _kegiatan(row)
    number = row.langkah if row.slot == MAIN else _FOLLOW_UP
    text(link, [number], (_NUMBER_WIDTH / 2, top + _PAD), "alur-nomor")
    text(link, words, (_NUMBER_WIDTH + 6, top + _PAD), "alur-teks")
    if row.hanya:
        only = wrap(f"hanya: {', '.join(row.hanya)}", _TEXT_LETTERS, max_lines=1, placeholder=" …")
        text(link, only, (_NUMBER_WIDTH + 6, top + _PAD + len(words) * LINE), "alur-hanya")
    for node, spot in drawn:
        kind: Kind = "diamond" if node.decides else "box"
        size = _DIAMOND if node.decides else _BOX
        symbol(link, kind, spot, size, f"alur-{mark.level}")
        if mark.level in _PATTERNS:
            pattern = symbol(link, kind, spot, size, "alur-corak", number)
            pattern.set("fill", f"url(#{prefix}-{mark.level})")
        else:
            text(link, [number], (spot[0], spot[1] - LINE / 2), "alur-dalam")
    text(link, wrap(row.waktu or "tidak tertulis", _TIME_LETTERS), (frame.time + 6, top + _PAD), "alur-teks")
    text(link, _figures(mark), (frame.figure + 6, top + _PAD), "alur-teks")


def _ways(frame: _Frame, part: Part, spots: Sequence[Point], begin: Point, end: Point) -> Iterator[Sequence[Point]]:
    """The points of every arrow between symbols."""
    yield _down(begin, _CAPSULE[1], spots[0], _height(part.nodes[0]))
    jumps = _jumps(part)
    for source, target in part.arrows:
        (x, y), tall = spots[source], _height(part.nodes[source])
        (to, below), room = (end, _CAPSULE[1]) if target == END else (spots[target], _height(part.nodes[target]))
        if (source, target) not in jumps:
            yield _down((x, y), tall, (to, below), room)
            continue
        lane = frame.past + _PAD + jumps.index((source, target)) * _LANE
        leave, arrive = y + tall / 2 + 5, below - room / 2 - 11
        across = [(x, y + tall / 2), (x, leave), (lane, leave), (lane, arrive)]
        yield [*across, (to, arrive), (to, below - room / 2)]
    lane = 0
    for node, (x, y) in zip(part.nodes, spots, strict=True):
        for earlier in node.back:
            back_x, back_y = spots[earlier]
            side = _LANES + _PAD + lane * _LANE
            lane += 1
            to = back_y + 6
            yield [(x - _DIAMOND[0] / 2, y), (side, y), (side, to), (back_x - _width(part.nodes[earlier], 6) / 2, to)]


def _down(start: Point, tall: float, end: Point, room: float) -> Sequence[Point]:
    """Straight down, or across just above the next symbol."""
    (x, y), (to, below) = (start[0], start[1] + tall / 2), (end[0], end[1] - room / 2)
    if x == to:
        return [(x, y), (to, below)]
    across = below - 11
    return [(x, y), (x, across), (to, across), (to, below)]


def _height(node: Node) -> float:
    return (_DIAMOND if node.decides else _BOX)[1]


def _width(node: Node, off: float) -> float:
    """The width of a symbol at a height off its middle."""
    if not node.decides:
        return _BOX[0]
    return _DIAMOND[0] * (1 - abs(off) / (_DIAMOND[1] / 2))


def _side_ways(svg: Element, lines: Element, frame: _Frame, node: Node, spot: Point) -> None:
    """The ways out of a diamond that come back through the applicant, or end early."""
    x, y = spot
    half = _width(node, _UP) / 2
    if node.completed_by is not None and node.completed_by != node.column:
        side = 1 if node.completed_by > node.column else -1
        middle = (frame.middle(node.completed_by), y + _UP)
        edge = middle[0] - side * _COMPLETE_SIZE[0] / 2
        path(lines, [(x + side * _width(node, _UP - 4) / 2, y + _UP - 4), (edge, y + _UP - 4)])
        path(lines, [(edge, y + _UP + 4), (x + side * _width(node, _UP + 4) / 2, y + _UP + 4)])
        symbol(svg, "box", middle, _COMPLETE_SIZE, "alur-lengkapi", "melengkapi")
    if node.stops:
        to = frame.stop + (_STOP_WIDTH - _STOP_SIZE[0]) / 2
        path(lines, [(x + half, y + _DOWN), (to, y + _DOWN)])
        words = [STOP_WORDS[stop] for stop in node.stops]
        size = (_STOP_SIZE[0], _STOP_SIZE[1] + (len(words) - 1) * LINE)
        symbol(svg, "capsule", (to + _STOP_SIZE[0] / 2, y + _DOWN), size, "alur-henti", *words)


_PATTERNS: Final = ("sedang", "buruk")


def _definitions(svg: Element, prefix: str) -> None:
    """The head of an arrow, and the patterns that repeat the meaning of the colours."""
    defs = SubElement(svg, "defs")
    head = {"viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "7", "markerHeight": "7", "orient": "auto"}
    marker = SubElement(defs, "marker", {"id": f"{prefix}-panah", **head})
    SubElement(marker, "path", {"d": "M0 0L8 4L0 8z", "class": "alur-panah"})
    dots = SubElement(defs, "pattern", _tile(f"{prefix}-sedang"))
    SubElement(dots, "circle", {"cx": "4", "cy": "4", "r": "1", "class": "alur-titik"})
    stripes = SubElement(defs, "pattern", _tile(f"{prefix}-buruk"))
    SubElement(stripes, "path", {"d": "M0 8L8 0", "class": "alur-arsir"})


def _tile(name: str) -> dict[str, str]:
    return {"id": name, "width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}


def _heads(svg: Element, frame: _Frame, columns: Sequence[Column], heads: Sequence[Sequence[str]], top: float) -> None:
    rect(svg, 0, 0, frame.width, top, "alur-kepala")
    text(svg, ["No"], (_NUMBER_WIDTH / 2, _PAD), "alur-nomor")
    text(svg, ["Kegiatan"], (_NUMBER_WIDTH + 6, _PAD), "alur-judul")
    for place, (column, words) in enumerate(zip(columns, heads, strict=True)):
        text(svg, words, (frame.middle(place), _PAD), "alur-pelaku" if column.dicetak else "alur-pelaku alur-tersirat")
    if frame.past > frame.stop:
        text(svg, ["Berhenti"], (frame.stop + _STOP_WIDTH / 2, _PAD), "alur-pelaku alur-tersirat")
    text(svg, ["Mutu Baku:", "waktu"], (frame.time + 6, _PAD), "alur-judul")
    text(svg, ["Pada rentang ini"], (frame.figure + 6, _PAD), "alur-judul")


def _grid(svg: Element, frame: _Frame, top: float, height: float) -> None:
    line(svg, (0, top), (frame.width, top), "alur-kisi")
    between = [frame.actors + place * _COLUMN for place in range(frame.columns + 1)]
    for x in (_NUMBER_WIDTH, _LANES, *between, frame.time, frame.figure):
        line(svg, (x, 0), (x, height), "alur-kisi")
    rect(svg, 0.5, 0.5, frame.width - 1, height - 1, "alur-bingkai")
