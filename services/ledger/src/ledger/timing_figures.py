"""The sums behind `GET /timings`: whole months from cells, what is left at the edges from the rows themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import asyncpg

from ledger import timings_sql as sql
from ledger.timing_cells import Connection, Group, Sums, month_of, next_month
from ledger.timings_sql import COUNTS, GROUP, HISTOGRAMS, Per

_KEY: Final = ("kind", "office", "sop", "slot", "langkah", "tugas", "owner", "kelompok")
_OF_KEY: Final = tuple(GROUP.index(name) for name in _KEY[:-1])
_STANDARD, _CLOCK = GROUP.index("standard"), GROUP.index("clock")


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the answer: whose it is, its counts by name, and a histogram a clock."""

    of: dict[str, Any]
    counts: dict[str, int]
    histograms: dict[str, int]


@dataclass(slots=True)
class _Stretches:
    """Offices, each with two days; as the queries take them."""

    offices: list[str]
    first: list[date]
    last: list[date]

    def add(self, office: str, first: date, last: date) -> None:
        self.offices.append(office)
        self.first.append(first)
        self.last.append(last)

    def arguments(self) -> tuple[list[str], list[date], list[date]]:
        return self.offices, self.first, self.last


async def figures(pool: "asyncpg.Pool[asyncpg.Record]", wanted: Wanted, per: Per | None) -> list[Figure]:
    """Every line of the answer, in the order of its key; of one moment, whatever is written meanwhile."""
    by = _cells_by(wanted, per)
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL work_mem = '32MB'")
        months, days = _parted(wanted, await connection.fetch(sql.FRONTS, wanted.office), use_cells=by is not None)
        found: dict[Group, Sums] = {}
        if by is not None and months.offices:
            await _from_cells(connection, wanted, per, by, months, found)
        if days.offices:
            await _from_rows(connection, wanted, per, days, found)
    return _lines(found)


def _cells_by(wanted: Wanted, per: Per | None) -> str | None:
    """The cells that can answer; None where only rows know: days, weeks, officials of a route."""
    routes = wanted.jalur is not None or per == "jalur"
    officials = wanted.pejabat is not None or per == "pejabat"
    if per in ("hari", "minggu") or (routes and officials):
        return None
    return "jalur" if routes else "pejabat" if officials else ""


def _parted(wanted: Wanted, fronts: Sequence[asyncpg.Record], *, use_cells: bool) -> tuple[_Stretches, _Stretches]:
    """By office: the months that cells answer for, as boundaries; and the days before and after, both ends counting."""
    months, days = _Stretches([], [], []), _Stretches([], [], [])
    begin = wanted.first if wanted.first.day == 1 else next_month(wanted.first)
    after = wanted.last + timedelta(days=1)
    for office, clean_before in fronts:
        end = min(month_of(after), clean_before)
        if not use_cells or end <= begin:
            days.add(office, wanted.first, wanted.last)
            continue
        months.add(office, begin, end)
        if wanted.first < begin:
            days.add(office, wanted.first, begin - timedelta(days=1))
        if end < after:
            days.add(office, end, wanted.last)
    return months, days


async def _from_cells(
    connection: Connection, wanted: Wanted, per: Per | None, by: str, months: _Stretches, found: dict[Group, Sums]
) -> None:
    """What a group had at the later boundary, less what it had at the earlier one; month by month if so asked."""
    kelompok = wanted.jalur if by == "jalur" else wanted.pejabat
    asked = (by, wanted.sop, wanted.slot, wanted.langkah, kelompok, per == "bulan")
    before: dict[Group, Sums] = {}
    for row in await connection.fetch(sql.CELLS, *months.arguments(), *asked):
        group, sums = tuple(row[: len(GROUP) + 1]), Sums.of_cell(row)
        if not row["base"]:
            _add(found, (*group[:-1], _label(row, per)), sums - before[group] if group in before else sums)
        before[group] = sums


def _label(row: asyncpg.Record, per: Per | None) -> str | None:
    """What a cell's difference is filed under."""
    match per:
        case "bulan":
            return f"{row['upto'] - timedelta(days=1):%Y-%m}"
        case "jalur" | "pejabat":
            return row["kelompok"]  # type: ignore[no-any-return]
        case "kantor":
            return row["office"]  # type: ignore[no-any-return]
        case _:
            return None


async def _from_rows(
    connection: Connection, wanted: Wanted, per: Per | None, days: _Stretches, found: dict[Group, Sums]
) -> None:
    query = sql.SUMS.format(per=sql.group_by(per), places="10", new="")
    asked = (wanted.sop, wanted.jalur, wanted.pejabat, wanted.slot, wanted.langkah)
    for row in await connection.fetch(query, *days.arguments(), *asked):
        _add(found, tuple(row[: len(GROUP) + 1]), Sums.of_rows(row))


def _add(found: dict[Group, Sums], group: Group, sums: Sums) -> None:
    found[group] = found[group] + sums if group in found else sums


def _lines(found: dict[Group, Sums]) -> list[Figure]:
    """Groups that differ in nothing but the standard they were judged by are one line."""
    lines: dict[Group, Sums] = {}
    judged: dict[Group, tuple[list[str | None], list[str | None]]] = {}
    for group, sums in found.items():
        if sums.counts[0]:
            key = (*(group[place] for place in _OF_KEY), group[-1])
            _add(lines, key, sums)
            standards, clocks = judged.setdefault(key, ([], []))
            standards.append(group[_STANDARD])
            clocks.append(group[_CLOCK])
    return [_figure(key, lines[key], *judged[key]) for key in sorted(lines, key=_order)]


def _figure(key: Group, sums: Sums, standards: Iterable[str | None], clocks: Iterable[str | None]) -> Figure:
    of = dict(zip(_KEY, key, strict=True)) | {"standard": _greatest(standards), "clock": _greatest(clocks)}
    counts = dict(zip(COUNTS, sums.counts, strict=True))
    return Figure(of, counts, dict(zip(HISTOGRAMS, sums.histograms, strict=True)))


def _greatest(values: Iterable[str | None]) -> str | None:
    return max((one for one in values if one is not None), default=None)


def _order(key: Group) -> tuple[Any, ...]:
    """What is unknown comes last."""
    return tuple((one is None, one or "") for one in key)
