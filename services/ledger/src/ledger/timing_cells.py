"""Sums of `view.step_time` up to the first of every month that is over: what years of figures are read from.

A cell holds a group's sums (an office's step, task or end; by itself, by route, by official) since the beginning, so
that any months are the difference of two cells. The front of an office says up to which day its cells stand; whoever
changes a row that ended before it brings it back in the same transaction, and the projector folds the months again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from jejak.clock.histogram import histogram, packed, unpacked
from jejak.ids import new_uuid
from ledger.step_rows import COLUMNS, Row
from ledger.timings_sql import COUNTS, GROUP, HISTOGRAMS, SUMS

type Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
type Group = tuple[Any, ...]

NEVER: Final = date.min
"""The front of an office none of whose months was folded; -infinity in the table."""
LATEST: Final = date.max
"""Until when the latest cell of a group is valid; infinity in the table."""
_LOCK_NUMBER: Final = 7300183
_PATIENCE: Final = 900.0

_LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
_COUNTED: Final = (
    *("office", "ended_on", "state", "kind", "sop", "jalur", "slot", "langkah", "tugas", "owner", "actor", "standard"),
    *("clock", "within", "wait_within", "overdue", "wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket"),
)
_PLACES: Final = tuple(COLUMNS.index(name) for name in _COUNTED)
_OFFICE, _ENDED_ON = COLUMNS.index("office"), COLUMNS.index("ended_on")
_NEW_FRONTS: Final = """
INSERT INTO view.timing_front SELECT office, date '-infinity' FROM unnest($1::text[]) AS office ON CONFLICT DO NOTHING
"""
_FRONTS: Final = "SELECT office, clean_before FROM view.timing_front"
_DELETE: Final = f"""
WITH gone AS (DELETE FROM view.step_time WHERE stream = ANY ($1::uuid[]) RETURNING {", ".join(_COUNTED)})
SELECT g.* FROM gone g JOIN view.timing_front f ON f.office = g.office WHERE g.ended_on < f.clean_before
"""  # noqa: S608 - column names
_BRING_BACK: Final = "UPDATE view.timing_front SET clean_before = $2 WHERE office = $1 AND clean_before > $2"

_BEHIND: Final = "SELECT office FROM view.timing_front{new} WHERE clean_before < $1 ORDER BY office"
_FRONT: Final = "SELECT clean_before FROM view.timing_front{new} WHERE office = $1"
_OLDEST: Final = "SELECT min(ended_on) FROM view.step_time{new} WHERE office = $1 AND ended_on IS NOT NULL"
_FORGET: Final = "DELETE FROM view.timing_cell{new} WHERE office = $1 AND upto > $2"
_REOPEN: Final = """
UPDATE view.timing_cell{new} SET until = 'infinity' WHERE office = $1 AND until > $2 AND until <> 'infinity'
"""
_STANDING: Final = "SELECT * FROM view.timing_cell{new} WHERE office = $1 AND until = 'infinity'"
_CLOSE: Final = """
UPDATE view.timing_cell{new} c SET until = d.until
FROM unnest($1::uuid[], $2::date[]) AS d (id, until) WHERE c.id = d.id
"""
_ADVANCE: Final = "UPDATE view.timing_front{new} SET clean_before = $2 WHERE office = $1"
_CELL_COLUMNS: Final = ("id", "by", "upto", "until", *GROUP, "kelompok", *COUNTS, *HISTOGRAMS)


@dataclass(slots=True)
class Sums:
    """Counts in the order of COUNTS, histograms in that of HISTOGRAMS."""

    counts: list[int]
    histograms: list[int]

    @classmethod
    def of_rows(cls, row: asyncpg.Record) -> "Sums":
        """From a row of SUMS."""
        return cls([row[name] for name in COUNTS], [histogram(row[name]) for name in HISTOGRAMS])

    @classmethod
    def of_cell(cls, row: asyncpg.Record) -> "Sums":
        """From a cell."""
        return cls([row[name] for name in COUNTS], [unpacked(row[name]) for name in HISTOGRAMS])

    def __add__(self, other: "Sums") -> "Sums":
        counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        return Sums(counts, [one + more for one, more in zip(self.histograms, other.histograms, strict=True)])

    def __sub__(self, other: "Sums") -> "Sums":
        counts = [one - less for one, less in zip(self.counts, other.counts, strict=True)]
        return Sums(counts, [one - less for one, less in zip(self.histograms, other.histograms, strict=True)])


@dataclass(slots=True)
class _Cell:
    """A cell that stands, or (not `stored`) is still to be written."""

    id: UUID
    by: str
    group: Group
    upto: date
    until: date
    sums: Sums
    stored: bool

    def row(self) -> tuple[Any, ...]:
        histograms = [packed(one) for one in self.sums.histograms]
        return (self.id, self.by, self.upto, self.until, *self.group, *self.sums.counts, *histograms)


def month_of(day: date) -> date:
    """The first of a day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first of the month after a day's."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


async def replace_rows(connection: Connection, streams: Sequence[UUID], rows: Sequence[Row]) -> None:
    """Deletes the rows of these cases, which `rows` will replace in the same transaction; fronts come back for changes.

    A case that is folded again mostly says the same of the months that are over: then nothing comes back.
    """
    await connection.execute(_LOCK, _LOCK_NUMBER)
    await connection.execute(_NEW_FRONTS, sorted({row[_OFFICE] for row in rows}))
    fronts: dict[str, date] = dict(await connection.fetch(_FRONTS))  # type: ignore[arg-type] # records of two
    gone = Counter(tuple(row) for row in await connection.fetch(_DELETE, streams))
    come = Counter(
        tuple(row[place] for place in _PLACES)
        for row in rows
        if row[_ENDED_ON] is not None and row[_ENDED_ON] < fronts[row[_OFFICE]]
    )
    for office, day in sorted(_oldest((gone - come) + (come - gone)).items()):
        await connection.execute(_BRING_BACK, office, month_of(day))


def _oldest(changed: Iterable[tuple[Any, ...]]) -> dict[str, date]:
    """By office, the oldest day of what changed."""
    oldest: dict[str, date] = {}
    for office, day, *_ in changed:
        oldest[office] = min(day, oldest.get(office, day))
    return oldest


async def behind(connection: Connection, boundary: date, new: str = "") -> list[str]:
    """The offices whose cells do not reach the first of a month."""
    return [row[0] for row in await connection.fetch(_BEHIND.format(new=new), boundary)]


async def fold_months(connection: Connection, office: str, boundary: date, new: str = "") -> None:
    """Folds an office's months up to the first of one; in one transaction, a few milliseconds a thousand rows.

    `new` is "_new" for the tables of a rebuild.
    """
    async with connection.transaction():
        await connection.execute(_LOCK, _LOCK_NUMBER)
        front = await connection.fetchval(_FRONT.format(new=new), office)
        if front is None or front >= boundary:
            return
        await connection.execute(_FORGET.format(new=new), office, front)
        await connection.execute(_REOPEN.format(new=new), office, front)
        standing = {
            (cell.by, *cell.group): cell
            for cell in map(_standing, await connection.fetch(_STANDING.format(new=new), office))
        }
        closed: list[_Cell] = []
        oldest = await connection.fetchval(_OLDEST.format(new=new), office)
        for month in _months(max(front, oldest or boundary), boundary):
            closed += await _fold(connection, office, month, standing, new)
        cells = [one for one in (*closed, *standing.values()) if not one.stored]
        await connection.copy_records_to_table(
            f"timing_cell{new}", schema_name="view", records=[one.row() for one in cells], columns=_CELL_COLUMNS
        )
        old = [one for one in closed if one.stored]
        await connection.execute(_CLOSE.format(new=new), [one.id for one in old], [one.until for one in old])
        await connection.execute(_ADVANCE.format(new=new), office, boundary)


def _standing(row: asyncpg.Record) -> _Cell:
    group = tuple(row[name] for name in (*GROUP, "kelompok"))
    return _Cell(row["id"], row["by"], group, row["upto"], LATEST, Sums.of_cell(row), stored=True)


def _months(first: date, boundary: date) -> Iterator[date]:
    month = month_of(first)
    while month < boundary:
        yield month
        month = next_month(month)


async def _fold(
    connection: Connection, office: str, month: date, standing: dict[Group, _Cell], new: str
) -> list[_Cell]:
    """One month: every group that had rows in it gets a cell at the month's end. Returns those that end there."""
    upto = next_month(month)
    query = SUMS.format(per="t.jalur, t.actor", places="10, 11", new=new)
    asked = ([office], [month], [upto - timedelta(days=1)], None, None, None, None, None)
    ended: list[_Cell] = []
    for key, sums in rolled_up(await connection.fetch(query, *asked, timeout=_PATIENCE)).items():
        before = standing.get(key)
        if before is not None:
            before.until = upto
            ended.append(before)
        total = sums if before is None else before.sums + sums
        standing[key] = _Cell(new_uuid(), key[0], key[1:], upto, LATEST, total, stored=False)
    return ended


def rolled_up(rows: Iterable[asyncpg.Record]) -> dict[Group, Sums]:
    """Sums by route and official, added up three ways: by neither, by route, by official."""
    found: dict[Group, Sums] = {}
    for row in rows:
        sums, group = Sums.of_rows(row), tuple(row[name] for name in GROUP)
        for key in (("", *group, None), ("jalur", *group, row["jalur"]), ("pejabat", *group, row["actor"])):
            found[key] = found[key] + sums if key in found else sums
    return found
