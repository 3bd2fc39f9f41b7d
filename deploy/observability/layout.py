"""What the Grafana dashboards share: the frame, rows of panels in a grid of 24 columns, and the form of the file."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

ACROSS: Final = 24
_TITLE_HEIGHT: Final = 1

type Drawn = dict[str, Any]
type Place = dict[str, int]
type Placed = tuple[int, int, Callable[[Place], Drawn]]
"""The width and the height of a panel, and what draws it at its place."""


def dashboard(
    uid: str,
    title: str,
    variables: Sequence[Drawn],
    rows: Sequence[tuple[str, Sequence[Placed]]],
    *,
    since: str,
    refresh: str,
) -> Drawn:
    """As Grafana imports it. The data source is a variable: a dashboard knows no installation."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["jejak"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": refresh,
        "time": {"from": since, "to": "now"},
        "annotations": {"list": []},
        "templating": {"list": list(variables)},
        "panels": _panels(rows),
    }


def source_variable(kind: str) -> Drawn:
    """The choice of a data source of this kind."""
    return {"name": "datasource", "label": "Sumber data", "type": "datasource", "query": kind}


def _panels(rows: Sequence[tuple[str, Sequence[Placed]]]) -> list[Drawn]:
    """Rows below each other; a panel that does not fit beside those before it begins a new line."""
    numbers, top, made = count(1), 0, []
    for title, row in rows:
        made.append(_heading(next(numbers), title, top))
        left, top, tallest = 0, top + _TITLE_HEIGHT, 0
        for width, height, draw in row:
            if left + width > ACROSS:
                left, top, tallest = 0, top + tallest, 0
            place = {"x": left, "y": top, "w": width, "h": height}
            made.append({"id": next(numbers), **draw(place)})
            left, tallest = left + width, max(tallest, height)
        top += tallest
    return made


def _heading(number: int, title: str, top: int) -> Drawn:
    place = {"x": 0, "y": top, "w": ACROSS, "h": _TITLE_HEIGHT}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def text(made: Drawn) -> str:
    """The file as it is committed."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
