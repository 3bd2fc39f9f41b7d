"""The figures behind `GET /timings`, counted from packed months and, where a day is dirty, from the rows."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from jejak.timekeeping.buckets import Percentiles, seconds_of
from ledger.timings import sql
from ledger.timings.months import EPOCH, Columns, Connection, Key, Months, between, read
from ledger.timings.sql import COUNTS, HISTOGRAMS, KEY, NO_BUCKET, Per

type Numbers = NDArray[np.int64] | NDArray[np.int32]

_OF: Final = ("kind", "office", "sop", "slot", "langkah", "tugas", "owner")
_ordered_by: Final = itemgetter(*_OF, "kelompok")
_LAST: Final = "\U0010ffff"
_STANDARD, _CLOCK = KEY.index("standard"), KEY.index("clock")
_NAMED_BY_TIME: Final = ("hari", "minggu", "bulan")
_INT32: Final = 2**31
_SHARES: Final = (0.5, 0.9, 0.99)
LANES: Final = 20_000_000
"""Counters that may be held at once; where lines times buckets are more, executions are sorted instead."""


def _counted(mark: int) -> tuple[bool, ...]:
    """What an execution counts for, in the order of COUNTS, by its mark as `timings_sql.EXECUTIONS` makes it."""
    within, waited, unmeasured, late = mark % 4, mark // 4 % 4, mark // 16 % 2, mark // 32
    return (True, within > 1, within == 3, within == 1, unmeasured > 0, waited > 0, waited == 2, late > 0)  # noqa: PLR2004


_COUNTED: Final = np.array([_counted(mark) for mark in range(64)], np.int64)


@dataclass(frozen=True, slots=True)
class FiguresQuery:
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
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, wanted: FiguresQuery, per: Per | None
) -> list[Figure]:
    """Every line of the answer, in the order of its key; of one moment, whatever is written meanwhile."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        found = await _found(connection, months, wanted)
    lines: list[Figure] = []
    # One office after the other: its columns and counters stay in the processor's cache, and others are served between.
    for keys, columns in found:
        lines += _lines(keys, _admitted(keys, columns, wanted), per)
        await asyncio.sleep(0)
    return sorted(lines, key=lambda line: _order(_ordered_by(line.of)))


async def _found(
    connection: Connection, months: Months, wanted: FiguresQuery
) -> list[tuple[tuple[Key, ...], list[Columns]]]:
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
    return [(tuple(keys[office]), some) for office, some in parts.items()]


def _less(columns: Columns, wanted: FiguresQuery, dirty: Collection[date]) -> list[Columns]:
    """The stretches of the days wanted that lie between the dirty ones."""
    day = timedelta(days=1)
    firsts = [wanted.first, *(one + day for one in sorted(dirty))]
    lasts = [*(one - day for one in sorted(dirty)), wanted.last]
    return [between(columns, first, last) for first, last in zip(firsts, lasts, strict=True)]


def _admitted(keys: Sequence[Key], parts: Sequence[Columns], wanted: FiguresQuery) -> list[Columns]:
    """An office's executions of the keys asked for."""
    found = [one for one in parts if len(one["key"])]
    admitted = wanted.admitted(keys)
    chosen = found if admitted is None else [_chosen(one, admitted[one["key"]]) for one in found]
    return [one for one in chosen if len(one["key"])]


def _chosen(columns: Columns, which: NDArray[np.bool_]) -> Columns:
    return {name: column[which] for name, column in columns.items()}


def _lines(keys: tuple[Key, ...], parts: Sequence[Columns], per: Per | None) -> list[Figure]:
    """Keys that differ in nothing but the standard, the route and the official are one line, parted as asked."""
    if not parts:
        return []
    lines, line = _parted(keys, parts, per)
    counts = _counts(line, [one["mark"] for one in parts], len(lines))
    measured = [_percentiles(line, [one[name] for one in parts], counts[:, 0]) for name in HISTOGRAMS]
    return [
        Figure(of, dict(zip(COUNTS, counted, strict=True)), dict(zip(HISTOGRAMS, percentiles, strict=True)))
        for of, counted, *percentiles in zip(lines, counts.tolist(), *measured, strict=True)
    ]


def _parted(
    keys: tuple[Key, ...], parts: Sequence[Columns], per: Per | None
) -> tuple[list[dict[str, str | None]], Numbers]:
    """Whose the lines are, and the line of every execution, part after part."""
    side = {"pejabat": "actor", "jalur": "jalur", "kantor": "office"}.get(per or "")
    bases, base_of, judged_by = _grouped(keys, side)
    nth, long, name = _times(*_bounds([one["day"] for one in parts]), per)
    key_of = [one["key"] for one in parts]
    occurring = np.flatnonzero(_found_often(key_of, len(keys)))
    if nth is None:  # The line follows from the key, of which there are few.
        present = np.flatnonzero(np.bincount(base_of[occurring]))
        line = _looked_up(_places(present, len(bases))[base_of], key_of)
    else:
        spots = [base_of[one["key"]] * long + nth(one["day"]) for one in parts]
        present = np.flatnonzero(_found_often(spots, len(bases) * long))
        line = _looked_up(_places(present, len(bases) * long), spots)
    judged: list[set[Key]] = [set() for _ in bases]
    for one, base in zip(occurring.tolist(), base_of[occurring].tolist(), strict=True):
        judged[base].add(judged_by[one])
    names = (*_OF, "kelompok", "standard", "clock")
    lines = []
    for one in present.tolist():
        base = one // long
        label = bases[base][-1] if side else name(one % long)
        lines.append(dict(zip(names, (*bases[base][:-1], label, *_greatest(judged[base])), strict=True)))
    if per in _NAMED_BY_TIME and any(len(some) > 1 for some in judged):
        _judge_apart(keys, _laid(key_of), line, lines)
    return lines, line


@lru_cache(maxsize=512)
def _grouped(keys: tuple[Key, ...], side: str | None) -> tuple[list[Key], Numbers, list[Key]]:
    """What the keys differ in that is a line of its own; of every key which of these it is, and its standard."""
    of_keys = [(*key[: len(_OF)], key[KEY.index(side)] if side else None) for key in keys]
    bases = list(dict.fromkeys(of_keys))
    places = {base: place for place, base in enumerate(bases)}
    return bases, np.array([places[one] for one in of_keys]), [(key[_STANDARD], key[_CLOCK]) for key in keys]


def _bounds(parts: Sequence[NDArray[Any]]) -> tuple[int, int]:
    """The least and the greatest of all."""
    return min(int(one.min()) for one in parts), max(int(one.max()) for one in parts)


def _found_often(parts: Sequence[Numbers], width: int) -> Numbers:
    """How often each number below `width` is found."""
    counts = np.bincount(parts[0], minlength=width)
    for one in parts[1:]:
        counts += np.bincount(one, minlength=width)
    return counts


def _places(present: Numbers, width: int) -> NDArray[np.int32]:
    """Of numbers below `width` their place among those that are present."""
    places = np.zeros(width, np.int32)
    places[present] = np.arange(len(present))
    return places


def _looked_up(table: NDArray[np.int32], parts: Sequence[Numbers]) -> NDArray[np.int32]:
    """What the table has for all these, part after part; not one by one in a list, as memory is what this costs."""
    found, start = np.empty(sum(map(len, parts)), np.int32), 0
    for one in parts:
        np.take(table, one, out=found[start : start + len(one)], mode="clip")
        start += len(one)
    return found


def _laid(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _greatest(judged: Collection[Key]) -> tuple[str | None, str | None]:
    """Of standards and of clocks; None where there is none."""
    standards, clocks = zip(*judged, strict=True)
    return max(filter(None, standards), default=None), max(filter(None, clocks), default=None)


def _judge_apart(keys: Sequence[Key], key: Numbers, line: Numbers, lines: list[dict[str, str | None]]) -> None:
    """Where keys of one line were judged by several standards, a day or month is named by what it itself holds."""
    judged: dict[int, set[Key]] = {}
    for one in np.unique(line * len(keys) + key).tolist():
        held = keys[one % len(keys)]
        judged.setdefault(one // len(keys), set()).add((held[_STANDARD], held[_CLOCK]))
    for number, some in judged.items():
        lines[number]["standard"], lines[number]["clock"] = _greatest(some)


def _times(
    first: int, last: int, per: Per | None
) -> tuple[Callable[[Numbers], Numbers] | None, int, Callable[[int], str | None]]:
    """Of days their place in days, weeks or months (None: no part of time), how many these are, and their names."""
    match per:
        case "hari":
            return lambda day: day - first, last - first + 1, lambda n: (EPOCH + timedelta(days=first + n)).isoformat()
        case "minggu":
            monday = first - (first + 3) % 7
            weeks = (last - monday) // 7 + 1
            return lambda day: (day - monday) // 7, weeks, lambda n: _week(EPOCH + timedelta(days=monday + 7 * n))
        case "bulan":
            months = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]")
            nth = (months - months[0]).astype(np.int64)
            return lambda day: nth[day - first], int(nth[-1]) + 1, lambda n: str(months[0] + np.timedelta64(n, "M"))
        case _:
            return None, 1, lambda _: None


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _counts(line: Numbers, marks: Sequence[NDArray[np.uint8]], lines: int) -> NDArray[np.int64]:
    """A row a line, a column each of COUNTS."""
    by_mark = np.bincount(_spots(line, lines, len(_COUNTED), marks), minlength=lines * len(_COUNTED))
    return by_mark.reshape(lines, len(_COUNTED)) @ _COUNTED


def _spots(line: Numbers, lines: int, width: int, parts: Sequence[NDArray[Any]]) -> Numbers:
    """Where each value stands when every line has `width` of them; as narrow as can be: this costs memory."""
    spots, start = np.multiply(line, width, dtype=np.int32 if lines * width < _INT32 else np.int64), 0
    for one in parts:
        end = start + len(one)
        spots[start:end] += one
        start = end
    return spots


def _percentiles(line: Numbers, buckets: Sequence[NDArray[np.uint16]], counts: Numbers) -> list[Percentiles | None]:
    """By nearest rank, as `jejak.timekeeping.buckets` reads them; None for a line where nothing was measured.

    `counts` are the executions of every line, measured or not.
    """
    if max(one.max() for one in buckets) == NO_BUCKET:
        bucket = _laid(buckets)
        measured = bucket != NO_BUCKET
        line, buckets = line[measured], [bucket[measured]]
        counts = np.bincount(line, minlength=len(counts))
    if not len(line):
        return [None] * len(counts)
    low, high = _bounds(buckets)
    width = high - low + 1
    ranks = (np.cumsum(counts) - counts)[:, None] + np.ceil(counts[:, None] * _SHARES).astype(np.int64)
    # A line without any has no rank of its own: what is found for it is not read.
    spots = _spots(line, len(counts), width, [one - low for one in buckets])
    found = at_ranks(spots, ranks.clip(1, len(line)), len(counts) * width)
    found += low - np.arange(len(counts))[:, None] * width
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


def _order(key: Key) -> Key:
    """What is unknown comes last."""
    return key if None not in key else tuple(_LAST if one is None else one for one in key)
