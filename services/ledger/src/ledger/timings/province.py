"""Of all offices of a province together: how long its cases took to each end. Sheets differ; days on a wall do not."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Final

import asyncpg
import numpy as np

from jejak.timekeeping.buckets import Percentiles, percentiles
from ledger.timings import sql
from ledger.timings.date_ranges import Span
from ledger.timings.months import Columns, Key, Months, between, day_number, read
from ledger.timings.sql import KEY, NO_BUCKET

ENDS: Final = ("selesai", "aktif", "nonaktif")
_KIND: Final = KEY.index("kind")
_CLOCK: Final = "dinding"


async def ends_of(
    pool: "asyncpg.Pool[asyncpg.Record]", months: Months, span: Span, offices: Collection[str]
) -> dict[str, Percentiles]:
    """By end, P50, P90 and P99 by the wall clock over every case of these offices; ends nobody came to are left out."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        folded = await months.of(connection, None)
        dirty: dict[str, list[date]] = {}
        for office, day in await connection.fetch(sql.DIRTY, None, span.first, span.last):
            dirty.setdefault(office, []).append(day)
        keys = {office: dict(one.keys) for office, one in folded.items()}
        stretches = [(office, day, day) for office, days in dirty.items() for day in days if office in offices]
        fresh = await read(connection, stretches, keys) if stretches else {}
    counts = {end: Counter[int]() for end in ENDS}
    for office in offices:
        parts = [fresh[office]] if office in fresh else []
        if office in folded:
            parts.append(_clean(between(folded[office].columns, span.first, span.last), dirty.get(office, ())))
        for end, buckets in _counted(list(keys.get(office, ())), parts):
            counts[end].update(buckets)
    return {end: measured for end, some in counts.items() if (measured := percentiles(some)) is not None}


def _clean(columns: Columns, dirty: Collection[date]) -> Columns:
    """Without the days that are read anew."""
    if not dirty:
        return columns
    kept = ~np.isin(columns["day"], [day_number(one) for one in dirty])
    return {name: column[kept] for name, column in columns.items()}


def _counted(keys: list[Key], parts: list[Columns]) -> Iterator[tuple[str, dict[int, Any]]]:
    kinds = np.array([ENDS.index(key[_KIND]) if key[_KIND] in ENDS else -1 for key in keys], np.int8)
    for part in parts:
        kind = kinds[part["key"]]
        for number, end in enumerate(ENDS):
            buckets = part[_CLOCK][(kind == number) & (part[_CLOCK] != NO_BUCKET)]
            yield end, dict(zip(*(one.tolist() for one in np.unique(buckets, return_counts=True)), strict=True))
