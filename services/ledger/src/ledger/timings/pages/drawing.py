"""Shapes and words of a drawing as SVG elements; looks come from the one stylesheet, by class. Pure."""

from collections.abc import Sequence
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

type Point = tuple[float, float]
type Kind = Literal["box", "capsule", "diamond", "pentagon"]

LINE: Final = 15
"""Height of a line of text."""
_BASE: Final = 12
"""From the top of a line to the foot of its letters."""


def drawing(width: float, height: float, **attributes: str) -> Element:
    """An empty `<svg>` of this size."""
    size = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    return Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, **attributes})


def written(svg: Element) -> str:
    """The markup for a page; every text in it is escaped."""
    return tostring(svg, encoding="unicode")


def rect(parent: Element, x: float, y: float, wide: float, tall: float, css: str, **more: str) -> Element:
    """A rectangle."""
    place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{wide:g}", "height": f"{tall:g}"}
    return SubElement(parent, "rect", {**place, "class": css, **more})


def symbol(parent: Element, kind: Kind, middle: Point, size: tuple[int, int], css: str, *label: str) -> Element:
    """A symbol of a flowchart around its middle, with lines of text in it."""
    (x, y), (wide, tall) = middle, size
    left, right, top, bottom = x - wide / 2, x + wide / 2, y - tall / 2, y + tall / 2
    match kind:
        case "diamond":
            drawn = _polygon(parent, [(x, top), (right, y), (x, bottom), (left, y)])
        case "pentagon":
            low = y + tall / 6
            drawn = _polygon(parent, [(left, top), (right, top), (right, low), (x, bottom), (left, low)])
        case _:
            drawn = rect(parent, left, top, wide, tall, css, **({"rx": f"{tall / 2:g}"} if kind == "capsule" else {}))
    drawn.set("class", css)
    up = len(label) * LINE / 2 + (2 if kind == "pentagon" else 0)
    text(parent, label, (x, y - up), "alur-dalam")
    return drawn


def _polygon(parent: Element, points: Sequence[Point]) -> Element:
    return SubElement(parent, "polygon", {"points": " ".join(f"{x:g},{y:g}" for x, y in points)})


def path(parent: Element, points: Sequence[Point]) -> None:
    """Straight lines from point to point."""
    SubElement(parent, "path", {"d": "M" + "L".join(f"{x:g} {y:g}" for x, y in points)})


def line(parent: Element, start: Point, end: Point, css: str) -> None:
    """A straight line."""
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(parent, "line", {**{name: f"{value:g}" for name, value in ends.items()}, "class": css})


def text(parent: Element, lines: Sequence[str], at: Point, css: str) -> None:
    """Lines of text below each other; `at` is the top of the first."""
    if not lines:
        return
    x, y = at
    block = SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y + _BASE:g}", "class": css})
    for place, words in enumerate(lines):
        span = SubElement(block, "tspan", {"x": f"{x:g}", "dy": "0" if place == 0 else f"{LINE}"})
        span.text = words
        span.tail = " "  # read aloud, lines are words apart
