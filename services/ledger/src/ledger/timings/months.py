"""The packed form of `view.step_time` that figures are read from: an office's executions of a month in one row.

A change of a row marks its day as dirty in the same transaction; the projector folds the months of dirty days again
once the day is over. Until then dirty days are read from the rows themselves, into the same form.
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ledger.timings.projection_cache import KEY as ROW_KEY
from ledger.timings.projection_cache import ProjectionChange
from ledger.timings.sql import EXECUTIONS, FOLDED, HISTOGRAMS, KEY, MONTHS
from ledger.timings.step_rows import COLUMNS, Row

type Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
type Key = tuple[str | None, ...]
type Columns = dict[str, NDArray[Any]]

COLUMN_TYPES: Final = {"key": "<i8", "day": "<i4", "mark": "u1"} | dict.fromkeys(HISTOGRAMS, "<u2")
"""Executions by column: place of the key among its office's, days since 1970, the mark, a bucket for each clock."""
_NONE: Final[Columns] = {name: np.empty(0, code) for name, code in COLUMN_TYPES.items()}
_STORED: Final = COLUMN_TYPES | {"key": "<u4", "day": "u1"}
_OFFICE_OF_KEY: Final = KEY.index("office")
_WIDTH: Final = sum(np.dtype(code).itemsize for code in _STORED.values())
EPOCH: Final = date(1970, 1, 1)
_LOCK_NUMBER: Final = 7300183
_PATIENCE: Final = 900.0

_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
_COUNTED: Final = (
    *("office", "ended_on", "state", "kind", "sop", "jalur", "slot", "langkah", "tugas", "owner", "actor", "standard"),
    *("clock", "within", "wait_within", "overdue", "wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket"),
)
_PLACES: Final = tuple(COLUMNS.index(name) for name in _COUNTED)
_OFFICE, _ENDED_ON = COLUMNS.index("office"), COLUMNS.index("ended_on")
DELETE: Final = f"""
WITH of_cases AS (
    DELETE FROM view.step_time WHERE stream = ANY ($1::uuid[]) RETURNING {", ".join(_COUNTED)}
), by_key AS (
    DELETE FROM view.step_time t
    USING unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[])
          AS k ({", ".join(ROW_KEY)})
    WHERE t.stream = ANY ($2::uuid[]) AND {" AND ".join(f"t.{name} = k.{name}" for name in ROW_KEY)}
    RETURNING {", ".join(f"t.{name}" for name in _COUNTED)}
)
SELECT g.* FROM (TABLE of_cases UNION ALL TABLE by_key) AS g WHERE g.ended_on IS NOT NULL
  AND NOT EXISTS (SELECT FROM view.timing_dirty d WHERE d.office = g.office AND d.day = g.ended_on)
"""  # noqa: S608 - column names
_CLEAN: Final = """
SELECT r.office, r.day FROM unnest($1::text[], $2::date[]) AS r (office, day)
WHERE NOT EXISTS (SELECT FROM view.timing_dirty d WHERE d.office = r.office AND d.day = r.day)
"""
_MARK: Final = "INSERT INTO view.timing_dirty SELECT * FROM unnest($1::text[], $2::date[])"

_BEHIND: Final = "SELECT DISTINCT office FROM view.timing_dirty{new} WHERE day < $1 ORDER BY office"
_FRONT: Final = "SELECT folded_before, keys FROM view.timing_front{new} WHERE office = $1"
_TAKE: Final = "DELETE FROM view.timing_dirty{new} WHERE office = $1 AND day < $2 RETURNING day"
_LEFT: Final = "SELECT array(SELECT day FROM view.timing_dirty{new} WHERE office = $1)"
_WRITE: Final = """
INSERT INTO view.timing_month{new} VALUES ($1, $2, $3)
ON CONFLICT (office, month) DO UPDATE SET executions = excluded.executions
"""
_ADVANCE: Final = """
INSERT INTO view.timing_front{new} VALUES ($1, $2, $3)
ON CONFLICT (office) DO UPDATE SET folded_before = excluded.folded_before, keys = excluded.keys
"""

_HELD_BYTES: Final = 128_000_000
"""Bytes of some six million executions."""


class FoldedMonths(NamedTuple):
    """The folded executions of an office in the order of the days, and the versions of the rows they come from."""

    keys: dict[Key, int]
    columns: Columns
    listed: str
    versions: dict[date, int]
    epoch: UUID


class Months:
    """A cache of folded months, unpacked: to read, unpack and sort them takes more than half of an answer.

    An answer is of its connection's own moment: months written since they were cached are read again. The offices
    requested longest ago are dropped where all exceed `limit` bytes.
    """

    def __init__(self, limit: int = _HELD_BYTES) -> None:
        self._limit = limit
        self._held: OrderedDict[str, FoldedMonths] = OrderedDict()

    async def of(self, connection: Connection, office: str | None) -> dict[str, FoldedMonths]:
        """The folded months of an office, or of every office."""
        folded = {}
        for name, listed, months, versions, epoch in await connection.fetch(FOLDED, office):
            folded[name] = await self._of(connection, name, listed, dict(zip(months, versions, strict=True)), epoch)
        self._held |= folded
        sizes = {name: sum(column.nbytes for column in held.columns.values()) for name, held in self._held.items()}
        while sum(sizes.values()) > self._limit:
            del sizes[self._held.popitem(last=False)[0]]
        return folded

    async def _of(
        self, connection: Connection, office: str, listed: str, versions: dict[date, int], epoch: UUID
    ) -> FoldedMonths:
        held = self._held.pop(office, None)
        if held is None or held.epoch != epoch:
            held = FoldedMonths({}, _NONE, "[]", {}, epoch)
        keys = held.keys if held.listed == listed else numbered_keys(listed)
        if held.versions == versions:
            return held._replace(keys=keys, listed=listed)
        changed = [month for month, version in versions.items() if held.versions.get(month) != version]
        fresh = {row[0]: _in_order(*row) for row in await connection.fetch(MONTHS, office, changed)}
        parts = [fresh.get(month) or between(held.columns, month, _last_of(month)) for month in versions]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in COLUMN_TYPES}
        return FoldedMonths(keys, columns, listed, versions, epoch)


def _in_order(month: date, stored: bytes) -> Columns:
    columns = unpacked(stored, day_number(month))
    order = np.argsort(columns["day"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def between(columns: Columns, first: date, last: date) -> Columns:
    """The executions of these days (both ends count), of those in the order of their days; a view, not a copy."""
    start, end = np.searchsorted(columns["day"], (day_number(first), day_number(last) + 1))
    return {name: column[start:end] for name, column in columns.items()}


def month_of(day: date) -> date:
    """The first of a day's month."""
    return day.replace(day=1)


async def replace_rows(connection: Connection, change: ProjectionChange) -> None:
    """Deletes the rows that are gone and writes those that have come, within a transaction; marks the changed days.

    A case that is folded again mostly has the same rows of past days: then none is marked.
    """
    await connection.execute(_LOCK, _LOCK_NUMBER)
    keys = zip(*change.gone, strict=True) if change.gone else [()] * len(ROW_KEY)
    gone = Counter(tuple(row) for row in await connection.fetch(DELETE, change.whole, *map(list, keys)))
    days = sorted({(row[_OFFICE], row[_ENDED_ON]) for row in change.come if row[_ENDED_ON] is not None})
    clean = {tuple(row) for row in await connection.fetch(_CLEAN, *_columns(days))}
    come = Counter(
        tuple(row[place] for place in _PLACES) for row in change.come if (row[_OFFICE], row[_ENDED_ON]) in clean
    )
    changed = sorted({row[:2] for row in (gone - come) + (come - gone)})
    if changed:
        await connection.execute(_MARK, *_columns(changed))
    await copy(connection, "step_time", change.come)


async def copy(connection: Any, table: str, rows: Sequence[Row]) -> None:
    """Writes rows of `view.step_time`, or of its copy."""
    if rows:
        await connection.copy_records_to_table(table, schema_name="view", records=rows, columns=COLUMNS)


def _columns(days: Iterable[tuple[str, date]]) -> tuple[list[str], list[date]]:
    pairs = list(days)
    return [office for office, _ in pairs], [day for _, day in pairs]


async def offices_to_fold(connection: Connection, today: date, new: str = "") -> list[str]:
    """The offices with a dirty day before today."""
    return [row[0] for row in await connection.fetch(_BEHIND.format(new=new), today)]


async def fold(connection: Connection, office: str, today: date, new: str = "") -> None:
    """Folds an office's dirty days before today; in one transaction, some ten milliseconds a thousand rows of a month.

    `new` is "_new" for the tables of a rebuild.
    """
    async with connection.transaction():
        await connection.execute(_LOCK, _LOCK_NUMBER)
        front = await connection.fetchrow(_FRONT.format(new=new), office)
        before, keys = (today, {}) if front is None else (max(front[0], today), numbered_keys(front[1]))
        days = await connection.fetch(_TAKE.format(new=new), office, today)
        left = await connection.fetchval(_LEFT.format(new=new), office)
        for month in sorted({month_of(row[0]) for row in days}):
            columns = await read(connection, [(office, month, _last_of(month))], {office: keys}, left, new)
            stored = packed(columns[office], day_number(month)) if columns else b""
            await connection.execute(_WRITE.format(new=new), office, month, stored)
        await connection.execute(_ADVANCE.format(new=new), office, before, json.dumps(list(keys)))


def numbered_keys(keys: str) -> dict[Key, int]:
    """An office's keys, each with its place."""
    return {tuple(key): place for place, key in enumerate(json.loads(keys))}


async def read(
    connection: Connection,
    ranges: Sequence[tuple[str, date, date]],
    keys: dict[str, dict[Key, int]],
    without: Sequence[date] = (),
    new: str = "",
) -> dict[str, Columns]:
    """Executions of ranges of an office's days (both ends count), from the rows; adds new keys to the office's."""
    arguments = (*map(list, zip(*ranges, strict=True)), without)
    executions: dict[str, list[tuple[int, ...]]] = {}
    for row in await connection.fetch(EXECUTIONS.format(new=new), *arguments, timeout=_PATIENCE):
        of_office = keys.setdefault(row[_OFFICE_OF_KEY], {})
        place = of_office.setdefault(row[: len(KEY)], len(of_office))
        executions.setdefault(row[_OFFICE_OF_KEY], []).append((place, *row[len(KEY) :]))
    return {
        office: {
            name: column.astype(code)
            for (name, code), column in zip(COLUMN_TYPES.items(), np.array(numbers).T, strict=True)
        }
        for office, numbers in executions.items()
    }


def packed(columns: Columns, month: int) -> bytes:
    """A month's executions as stored: column after column, days counted from the first of the month."""
    shifted = columns | {"day": columns["day"] - month}
    return b"".join(shifted[name].astype(code).tobytes() for name, code in _STORED.items())


def unpacked(stored: bytes, month: int) -> Columns:
    """The executions that `packed` stored."""
    count, start, columns = len(stored) // _WIDTH, 0, {}
    for name, code in _STORED.items():
        columns[name] = np.frombuffer(stored, code, count, start)
        start += columns[name].nbytes
    return columns | {"key": columns["key"].astype(COLUMN_TYPES["key"]), "day": columns["day"] + np.int32(month)}


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def _last_of(month: date) -> date:
    return month_of(month + timedelta(days=31)) - timedelta(days=1)
