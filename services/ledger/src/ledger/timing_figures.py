"""The figures behind `GET /timings`, counted from packed months and, where a day is dirty, from the rows."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from jejak.clock.buckets import Percentiles, seconds_of
from ledger import timings_sql as sql
from ledger.timing_months import (
    EPOCH,
    Columns,
    Connection,
    Key,
    Months,
    between,
    joined,
    read,
)
from ledger.timings_sql import COUNTS, HISTOGRAMS, KEY, NO_BUCKET, Per

type Numbers = NDArray[np.int64]

_OF: Final = ("kind", "office", "sop", "slot", "langkah", "tugas", "owner")
_STANDARD, _CLOCK = KEY.index("standard"), KEY.index("clock")
_NAMED_BY_TIME: Final = ("hari", "minggu", "bulan")
_SHARES: Final = (0.5, 0.9, 0.99)
LANES: Final = 20_000_000
"""Counters that may be held at once; where lines times buckets are more, executions are sorted instead."""


def _counted(mark: int) -> tuple[bool, ...]:
    """What an execution counts for, in the order of COUNTS, by its mark as `timings_sql.EXECUTIONS` makes it."""
    within, waited, unmeasured, late = mark % 4, mark // 4 % 4, mark // 16 % 2, mark // 32
    return (True, within > 1, within == 3, within == 1, unmeasured > 0, waited > 0, waited == 2, late > 0)  # noqa: PLR2004


_COUNTED: Final = np.array([_counted(mark) for mark in range(64)], np.int64)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which executions: by office, edition, days of the office (both ends count), route, official and place."""

    office: str | None
    sop: str | None
    first: date
    last: date
    jalur: str | None = None
    pejabat: str | None = None
    slot: str | None = None
    langkah: str | None = None

    def arguments(self) -> tuple[Any, ...]:
        """In the order of `timings_sql.WHERE`."""
        return (self.office, self.sop, self.first, self.last, self.jalur, self.pejabat, self.slot, self.langkah)

    def admitted(self, keys: Sequence[Key]) -> NDArray[np.bool_] | None:
        """Which keys' executions are asked for; None: all."""
        asked = {
            "sop": self.sop,
            "jalur": self.jalur,
            "actor": self.pejabat,
            "slot": self.slot,
            "langkah": self.langkah,
        }
        only = [(KEY.index(name), value) for name, value in asked.items() if value is not None]
        return np.array([all(key[at] == value for at, value in only) for key in keys], bool) if only else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the answer: whose it is, its counts by name, and percentiles a clock (None: not measured)."""

    of: dict[str, Any]
    counts: dict[str, int]
    percentiles: dict[str, Percentiles | None]


async def figures(
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, wanted: Wanted, per: Per | None
) -> list[Figure]:
    """Every line of the answer, in the order of its key; of one moment, whatever is written meanwhile."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await _found(connection, months, wanted)
    lines: list[Figure] = []
    # One office after the other: its columns and counters stay in the processor's cache, and others are served between.
    for keys, columns in found:
        lines += _lines(keys, _admitted(keys, columns, wanted), per)
        await asyncio.sleep(0)
    return sorted(lines, key=lambda line: _order(tuple(line.of[name] for name in (*_OF, "kelompok"))))


async def _found(connection: Connection, months: Months, wanted: Wanted) -> list[tuple[list[Key], list[Columns]]]:
    """By office, its keys and executions: what is folded, less the dirty days, and the rows of those."""
    folded = await months.of(connection, wanted.office)
    dirty: dict[str, list[date]] = {}
    for office, day in await connection.fetch(sql.DIRTY, wanted.office, wanted.first, wanted.last):
        dirty.setdefault(office, []).append(day)
    parts = {office: _less(one.columns, wanted, dirty.get(office, ())) for office, one in folded.items()}
    keys = {office: dict(one.keys) for office, one in folded.items()}
    stretches = [(office, day, day) for office, some in dirty.items() for day in some]
    for office, columns in (await read(connection, stretches, keys)).items() if stretches else ():
        parts.setdefault(office, []).append(columns)
    return [(list(keys[office]), some) for office, some in parts.items()]


def _less(columns: Columns, wanted: Wanted, dirty: Collection[date]) -> list[Columns]:
    """The stretches of the days wanted that lie between the dirty ones."""
    day = timedelta(days=1)
    firsts = [wanted.first, *(one + day for one in sorted(dirty))]
    lasts = [*(one - day for one in sorted(dirty)), wanted.last]
    return [between(columns, first, last) for first, last in zip(firsts, lasts, strict=True)]


def _admitted(keys: Sequence[Key], parts: Sequence[Columns], wanted: Wanted) -> Columns:
    """An office's executions of the keys asked for."""
    found = joined([one for one in parts if len(one["key"])] or parts[:1])
    admitted = wanted.admitted(keys)
    return found if admitted is None else _chosen(found, admitted[found["key"]])


def _chosen(columns: Columns, which: NDArray[np.bool_]) -> Columns:
    return {name: column[which] for name, column in columns.items()}


def _lines(keys: Sequence[Key], found: Columns, per: Per | None) -> list[Figure]:
    """Keys that differ in nothing but the standard, the route and the official are one line, parted as asked."""
    if not len(found["key"]):
        return []
    lines, line = _parted(keys, found, per)
    counts = _counts(line, found["mark"], len(lines))
    measured = [_percentiles(line, found[name], counts[:, 0]) for name in HISTOGRAMS]
    return [
        Figure(of, dict(zip(COUNTS, counted, strict=True)), dict(zip(HISTOGRAMS, percentiles, strict=True)))
        for of, counted, *percentiles in zip(lines, counts.tolist(), *measured, strict=True)
    ]


def _parted(keys: Sequence[Key], found: Columns, per: Per | None) -> tuple[list[dict[str, str | None]], Numbers]:
    """Whose the lines are, and the line of every execution."""
    side = {"pejabat": "actor", "jalur": "jalur", "kantor": "office"}.get(per or "")
    of_keys = [(*key[: len(_OF)], key[KEY.index(side)] if side else None) for key in keys]
    bases = list(dict.fromkeys(of_keys))
    places = {base: place for place, base in enumerate(bases)}
    base_of = np.array([places[one] for one in of_keys])
    time, long, name = _times(found["day"], per)
    occurring = np.flatnonzero(np.bincount(found["key"]))
    # Without a part of time the line follows from the key, of which there are few.
    spot = base_of * long if time is None else base_of[found["key"]] * long + time
    present = np.flatnonzero(np.bincount(spot if time is not None else spot[occurring]))
    line_of = np.zeros(len(bases) * long, np.int64)
    line_of[present] = np.arange(len(present))
    line = line_of[spot] if time is not None else line_of[spot][found["key"]]
    judged: list[set[tuple[str | None, str | None]]] = [set() for _ in bases]
    for key in occurring.tolist():
        judged[base_of[key]].add((keys[key][_STANDARD], keys[key][_CLOCK]))
    names = (*_OF, "kelompok", "standard", "clock")
    lines = []
    for one in present.tolist():
        base = one // long
        label = bases[base][-1] if side else name(one % long)
        lines.append(dict(zip(names, (*bases[base][:-1], label, *_greatest(judged[base])), strict=True)))
    if per in _NAMED_BY_TIME and any(len(some) > 1 for some in judged):
        _judge_apart(keys, found["key"], line, lines)
    return lines, line


def _greatest(judged: Collection[tuple[str | None, str | None]]) -> tuple[str | None, str | None]:
    """Of standards and of clocks; None where there is none."""
    standards, clocks = zip(*judged, strict=True)
    return max(filter(None, standards), default=None), max(filter(None, clocks), default=None)


def _judge_apart(keys: Sequence[Key], key: Numbers, line: Numbers, lines: list[dict[str, str | None]]) -> None:
    """Where keys of one line were judged by several standards, a day or month is named by what it itself holds."""
    judged: dict[int, set[tuple[str | None, str | None]]] = {}
    for one in np.unique(line * len(keys) + key).tolist():
        held = keys[one % len(keys)]
        judged.setdefault(one // len(keys), set()).add((held[_STANDARD], held[_CLOCK]))
    for number, some in judged.items():
        lines[number]["standard"], lines[number]["clock"] = _greatest(some)


def _times(day: Numbers, per: Per | None) -> tuple[Numbers | None, int, Callable[[int], str | None]]:
    """Days, weeks or months counted from the first (None: no part of time), how many, and how the n-th is called."""
    first, last = int(day.min()), int(day.max())
    match per:
        case "hari":
            return day - first, last - first + 1, lambda n: (EPOCH + timedelta(days=first + n)).isoformat()
        case "minggu":
            monday = first - (first + 3) % 7
            weeks = (last - monday) // 7 + 1
            return (day - monday) // 7, weeks, lambda n: _week(EPOCH + timedelta(days=monday + 7 * n))
        case "bulan":
            months = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]")
            nth = (months - months[0]).astype(np.int64)
            return nth[day - first], int(nth[-1]) + 1, lambda n: str(months[0] + np.timedelta64(n, "M"))
        case _:
            return None, 1, lambda _: None


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _counts(line: Numbers, mark: NDArray[np.uint8], lines: int) -> Numbers:
    """A row a line, a column each of COUNTS."""
    by_mark = np.bincount(line * len(_COUNTED) + mark, minlength=lines * len(_COUNTED))
    return by_mark.reshape(lines, len(_COUNTED)) @ _COUNTED


def _percentiles(line: Numbers, bucket: NDArray[np.uint16], counts: Numbers) -> list[Percentiles | None]:
    """By nearest rank, as `jejak.clock.buckets` reads them; None for a line where nothing was measured.

    `counts` are the executions of every line, measured or not.
    """
    if bucket.max() == NO_BUCKET:
        measured = bucket != NO_BUCKET
        line, bucket = line[measured], bucket[measured]
        counts = np.bincount(line, minlength=len(counts))
    if not len(line):
        return [None] * len(counts)
    low, high = int(bucket.min()), int(bucket.max())
    width = high - low + 1
    ranks = (np.cumsum(counts) - counts)[:, None] + np.ceil(counts[:, None] * _SHARES).astype(np.int64)
    # A line without any has no rank of its own: what is found for it is not read.
    spots = at_ranks(line * width + (bucket - low), ranks.clip(1, len(line)), len(counts) * width)
    found = spots - np.arange(len(counts))[:, None] * width + low
    return [
        Percentiles(count, *map(_seconds, three)) if count else None
        for count, three in zip(counts.tolist(), found.tolist(), strict=True)
    ]


def at_ranks(spots: Numbers, ranks: Numbers, width: int) -> Numbers:
    """The spots of these ranks (from 1) in ascending order; all are from 0 to below `width`."""
    if width <= LANES:
        return np.searchsorted(np.cumsum(np.bincount(spots, minlength=width)), ranks)
    return np.sort(spots)[ranks - 1]


_seconds: Final = cache(seconds_of)
"""There are as many buckets as durations differ by one in a hundred: not two thousand."""


def _order(key: Key) -> tuple[Any, ...]:
    """What is unknown comes last."""
    return tuple((one is None, one or "") for one in key)
