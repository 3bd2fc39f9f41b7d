"""The figures of `GET /timings`, counted from packed months and, for dirty days, from the rows."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from jejak.timekeeping.buckets import Percentiles, percentiles, seconds_of
from ledger.timings import sql
from ledger.timings.date_ranges import Span
from ledger.timings.months import EPOCH, Columns, Key, Months, between, read
from ledger.timings.sql import COUNTS, HISTOGRAMS, KEY, NO_BUCKET, Per

type Numbers = NDArray[np.int64] | NDArray[np.int32]

_OF: Final = ("kind", "office", "sop", "slot", "langkah", "tugas", "owner")
_ordered_by: Final = itemgetter(*_OF, "kelompok")
_LAST: Final = "\U0010ffff"
_KIND, _STANDARD, _CLOCK = KEY.index("kind"), KEY.index("standard"), KEY.index("clock")
ENDS: Final = ("selesai", "aktif", "nonaktif")
_NAMED_BY_TIME: Final = ("hari", "minggu", "bulan")
_INT32: Final = 2**31
_SHARES: Final = (0.5, 0.9, 0.99)
LANES: Final = 20_000_000
"""Counters held at a time; where lines times buckets are more, executions are sorted instead."""


def _counted(mark: int) -> tuple[bool, ...]:
    """The COUNTS that an execution adds to, by its mark as `sql.EXECUTIONS` makes it."""
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
        """In the order of `sql.WHERE`."""
        return (self.office, self.sop, self.first, self.last, self.jalur, self.pejabat, self.slot, self.langkah)

    def admitted(self, keys: Sequence[Key]) -> NDArray[np.bool_] | None:
        """Which keys are selected; None: all."""
        values = {
            "sop": self.sop,
            "jalur": self.jalur,
            "actor": self.pejabat,
            "slot": self.slot,
            "langkah": self.langkah,
        }
        only = [(KEY.index(name), value) for name, value in values.items() if value is not None]
        return np.array([all(key[at] == value for at, value in only) for key in keys], bool) if only else None


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the answer: its key, its counts by name, and the percentiles of each clock (None: not measured)."""

    of: dict[str, Any]
    counts: dict[str, int]
    percentiles: dict[str, Percentiles | None]


async def figures(
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, query: FiguresQuery, per: Per | None
) -> list[Figure]:
    """Every line of the answer, in the order of its key; all of the same moment."""
    lines: list[Figure] = []
    # Office after office: its columns and counters stay in the processor's cache, and other requests run between.
    for keys, parts in (await _executions(pool, months, query)).values():
        lines += _lines(keys, _admitted(keys, parts, query), per)
        await asyncio.sleep(0)
    return sorted(lines, key=lambda line: _order(_ordered_by(line.of)))


async def deaths(pool: "asyncpg.Pool[asyncpg.Record]", query: FiguresQuery) -> int:
    """The cases of an office, under every sheet, that ended because the participant died."""
    return int(await pool.fetchval(sql.DEATHS, query.office, query.first, query.last))


async def ends_of(
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, span: Span, offices: Collection[str]
) -> dict[str, Percentiles]:
    """By end, P50, P90 and P99 by the wall clock over every case of these offices; ends without a case are left out.

    Sheets differ, but wall-clock time is comparable between them.
    """
    counts = {end: Counter[int]() for end in ENDS}
    executions = await _executions(pool, months, FiguresQuery(None, None, span.first, span.last))
    for keys, parts in (executions[office] for office in offices if office in executions):
        kinds = np.array([ENDS.index(key[_KIND]) if key[_KIND] in ENDS else -1 for key in keys], np.int8)
        for part in parts:
            kind, wall = kinds[part["key"]], part["dinding"]
            for number, count in enumerate(counts.values()):
                buckets, numbers = np.unique(wall[(kind == number) & (wall != NO_BUCKET)], return_counts=True)
                count.update(dict(zip(buckets.tolist(), numbers.tolist(), strict=True)))
    return {end: measured for end, count in counts.items() if (measured := percentiles(count)) is not None}


async def _executions(
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, query: FiguresQuery
) -> dict[str, tuple[tuple[Key, ...], list[Columns]]]:
    """By office, its keys and executions of one moment: the folded ones of clean days, and the rows of dirty days."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        folded = await months.of(connection, query.office)
        dirty: dict[str, list[date]] = defaultdict(list)
        for office, day in await connection.fetch(sql.DIRTY, query.office, query.first, query.last):
            dirty[office].append(day)
        keys = {office: dict(held.keys) for office, held in folded.items()}
        days = [(office, day, day) for office, of_office in dirty.items() for day in of_office]
        fresh = await read(connection, days, keys) if days else {}
    parts = {office: _clean(held.columns, query, dirty[office]) for office, held in folded.items()}
    for office, columns in fresh.items():
        parts.setdefault(office, []).append(columns)
    return {office: (tuple(keys[office]), of_office) for office, of_office in parts.items()}


def _clean(columns: Columns, query: FiguresQuery, dirty: Collection[date]) -> list[Columns]:
    """The executions of the query's days, in the ranges between the dirty days."""
    day = timedelta(days=1)
    firsts = [query.first, *(other + day for other in sorted(dirty))]
    lasts = [*(other - day for other in sorted(dirty)), query.last]
    return [between(columns, first, last) for first, last in zip(firsts, lasts, strict=True)]


def _admitted(keys: Sequence[Key], parts: Sequence[Columns], query: FiguresQuery) -> list[Columns]:
    """An office's executions of the selected keys."""
    admitted = query.admitted(keys)
    if admitted is not None:
        masked = ((part, admitted[part["key"]]) for part in parts if len(part["key"]))
        parts = [{name: column[mask] for name, column in part.items()} for part, mask in masked]
    return [part for part in parts if len(part["key"])]


def _lines(keys: tuple[Key, ...], parts: Sequence[Columns], per: Per | None) -> list[Figure]:
    """Keys that differ only in the standard, the route and the official share a line, but for the grouping by `per`."""
    if not parts:
        return []
    lines, line = _parted(keys, parts, per)
    counts = _counts(line, [part["mark"] for part in parts], len(lines))
    measured = [_percentiles(line, [part[name] for part in parts], counts[:, 0]) for name in HISTOGRAMS]
    return [
        Figure(of, dict(zip(COUNTS, counted, strict=True)), dict(zip(HISTOGRAMS, percentiles, strict=True)))
        for of, counted, *percentiles in zip(lines, counts.tolist(), *measured, strict=True)
    ]


def _parted(
    keys: tuple[Key, ...], parts: Sequence[Columns], per: Per | None
) -> tuple[list[dict[str, str | None]], Numbers]:
    """The keys of the lines, and the line of every execution, part after part."""
    side = {"pejabat": "actor", "jalur": "jalur", "kantor": "office"}.get(per or "")
    bases, base_of, judged_by = _grouped(keys, side)
    nth, long, name = _times(*_bounds([part["day"] for part in parts]), per)
    key_of = [part["key"] for part in parts]
    occurring = np.flatnonzero(_occurrences(key_of, len(keys)))
    if nth is None:  # The line follows from the key, of which there are few.
        present = np.flatnonzero(np.bincount(base_of[occurring]))
        line = _looked_up(_places(present, len(bases))[base_of], key_of)
    else:
        spots = [base_of[part["key"]] * long + nth(part["day"]) for part in parts]
        present = np.flatnonzero(_occurrences(spots, len(bases) * long))
        line = _looked_up(_places(present, len(bases) * long), spots)
    judged: list[set[Key]] = [set() for _ in bases]
    for key, base in zip(occurring.tolist(), base_of[occurring].tolist(), strict=True):
        judged[base].add(judged_by[key])
    names = (*_OF, "kelompok", "standard", "clock")
    lines = []
    for spot in present.tolist():
        base = spot // long
        label = bases[base][-1] if side else name(spot % long)
        lines.append(dict(zip(names, (*bases[base][:-1], label, *_greatest(judged[base])), strict=True)))
    if per in _NAMED_BY_TIME and any(len(standards) > 1 for standards in judged):
        _judge_apart(keys, _joined(key_of), line, lines)
    return lines, line


@lru_cache(maxsize=512)
def _grouped(keys: tuple[Key, ...], side: str | None) -> tuple[list[Key], Numbers, list[Key]]:
    """The distinct bases of lines; of every key the place of its base, and its standard and clock."""
    of_keys = [(*key[: len(_OF)], key[KEY.index(side)] if side else None) for key in keys]
    bases = list(dict.fromkeys(of_keys))
    places = {base: place for place, base in enumerate(bases)}
    return bases, np.array([places[base] for base in of_keys]), [(key[_STANDARD], key[_CLOCK]) for key in keys]


def _bounds(parts: Sequence[NDArray[Any]]) -> tuple[int, int]:
    """The least and the greatest of all."""
    return min(int(part.min()) for part in parts), max(int(part.max()) for part in parts)


def _occurrences(parts: Sequence[Numbers], width: int) -> Numbers:
    """How often each number below `width` occurs."""
    counts = np.bincount(parts[0], minlength=width)
    for part in parts[1:]:
        counts += np.bincount(part, minlength=width)
    return counts


def _places(present: Numbers, width: int) -> NDArray[np.int32]:
    """Of numbers below `width`, their place among the present ones."""
    places = np.zeros(width, np.int32)
    places[present] = np.arange(len(present))
    return places


def _looked_up(table: NDArray[np.int32], parts: Sequence[Numbers]) -> NDArray[np.int32]:
    """The table's values for all numbers, part after part, in an array made once: the cost here is memory."""
    values, start = np.empty(sum(map(len, parts)), np.int32), 0
    for part in parts:
        np.take(table, part, out=values[start : start + len(part)], mode="clip")
        start += len(part)
    return values


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _greatest(judged: Collection[Key]) -> tuple[str | None, str | None]:
    """The greatest standard and clock; None where there is none."""
    standards, clocks = zip(*judged, strict=True)
    return max(filter(None, standards), default=None), max(filter(None, clocks), default=None)


def _judge_apart(keys: Sequence[Key], key: Numbers, line: Numbers, lines: list[dict[str, str | None]]) -> None:
    """Names each day, week or month by its own standards, where the keys of a line have several."""
    judged: dict[int, set[Key]] = defaultdict(set)
    for spot in np.unique(line * len(keys) + key).tolist():
        number, place = divmod(spot, len(keys))
        judged[number].add((keys[place][_STANDARD], keys[place][_CLOCK]))
    for number, standards in judged.items():
        lines[number]["standard"], lines[number]["clock"] = _greatest(standards)


def _times(
    first: int, last: int, per: Per | None
) -> tuple[Callable[[Numbers], Numbers] | None, int, Callable[[int], str | None]]:
    """The place of days in days, weeks or months (None: no grouping by time), the number of places, and their names."""
    match per:
        case "hari":
            return lambda day: day - first, last - first + 1, lambda n: (EPOCH + timedelta(days=first + n)).isoformat()
        case "minggu":
            monday = first - (first + 3) % 7
            weeks = (last - monday) // 7 + 1
            return lambda day: (day - monday) // 7, weeks, lambda n: f"{EPOCH + timedelta(days=monday + 7 * n):%G-W%V}"
        case "bulan":
            months = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]")
            nth = (months - months[0]).astype(np.int64)
            return lambda day: nth[day - first], int(nth[-1]) + 1, lambda n: str(months[0] + np.timedelta64(n, "M"))
        case _:
            return None, 1, lambda _: None


def _counts(line: Numbers, marks: Sequence[NDArray[np.uint8]], lines: int) -> NDArray[np.int64]:
    """A row for each line, with a column for each of COUNTS."""
    by_mark = np.bincount(_spots(line, lines, len(_COUNTED), marks), minlength=lines * len(_COUNTED))
    return by_mark.reshape(lines, len(_COUNTED)) @ _COUNTED


def _spots(line: Numbers, lines: int, width: int, parts: Sequence[NDArray[Any]]) -> Numbers:
    """The place of each value where every line has `width` places, in the narrowest type: the cost here is memory."""
    spots, start = np.multiply(line, width, dtype=np.int32 if lines * width < _INT32 else np.int64), 0
    for part in parts:
        end = start + len(part)
        spots[start:end] += part
        start = end
    return spots


def _percentiles(line: Numbers, buckets: Sequence[NDArray[np.uint16]], counts: Numbers) -> list[Percentiles | None]:
    """By nearest rank, as `jejak.timekeeping.buckets` reads them; None for a line where nothing was measured.

    `counts` are the executions of every line, measured or not.
    """
    if max(part.max() for part in buckets) == NO_BUCKET:
        bucket = _joined(buckets)
        measured = bucket != NO_BUCKET
        line, buckets = line[measured], [bucket[measured]]
        counts = np.bincount(line, minlength=len(counts))
    if not len(line):
        return [None] * len(counts)
    low, high = _bounds(buckets)
    width = high - low + 1
    ranks = (np.cumsum(counts) - counts)[:, None] + np.ceil(counts[:, None] * _SHARES).astype(np.int64)
    # An empty line has no rank of its own: its result is not read.
    spots = _spots(line, len(counts), width, [part - low for part in buckets])
    buckets_at = at_ranks(spots, ranks.clip(1, len(line)), len(counts) * width)
    buckets_at += low - np.arange(len(counts))[:, None] * width
    return [
        Percentiles(count, *map(_seconds, three)) if count else None
        for count, three in zip(counts.tolist(), buckets_at.tolist(), strict=True)
    ]


def at_ranks(spots: Numbers, ranks: Numbers, width: int) -> Numbers:
    """The spots of these ranks (from 1) in ascending order; all are from 0 to below `width`."""
    if width <= LANES:
        return np.searchsorted(np.cumsum(np.bincount(spots, minlength=width)), ranks)
    return np.sort(spots)[ranks - 1]


_seconds: Final = cache(seconds_of)
"""Cached, as there are fewer than two thousand buckets (durations one in a hundred apart)."""


def _order(key: Key) -> Key:
    """None comes last."""
    return key if None not in key else tuple(_LAST if value is None else value for value in key)
