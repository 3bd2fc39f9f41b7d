"""`GET /timings` over a million steps: 20 offices, two years, whole cases of ten steps and as many tasks.

The rows are made in SQL, as the projection folds them, in the order of time: durations are log-normal (most
minutes, some days), three officials a step, two routes, an edition that gives way to another after a year.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from datetime import date

import asyncpg

from jejak.eventstore.store import Store
from jejak.timekeeping.buckets import RELATIVE_ERROR
from ledger.timings import months as timing_months
from ledger.timings.figures import FiguresQuery, figures
from ledger.timings.sql import Per

CASES = 100_000
_AT_ONCE = 10_000
_TRIES = 5
_OFFICE = "13.03"
# The months are folded up to this day, which is read row by row, as in an office at work.
_TODAY = date(2023, 12, 12)
_YEAR = (date(2022, 12, 1), _TODAY)
_ALL = (date(2022, 1, 1), _TODAY)
_BROKEN = (date(2022, 11, 17), date(2023, 11, 14))
_HALF_OVER = (date(2022, 2, 15), date(2023, 11, 14))
OF_AN_OFFICE: dict[str, tuple[FiguresQuery, Per | None]] = {
    "a month": (FiguresQuery(_OFFICE, None, date(2023, 3, 1), date(2023, 3, 31)), None),
    "a month by day": (FiguresQuery(_OFFICE, None, date(2023, 3, 1), date(2023, 3, 31)), "hari"),
    "a year to a day": (FiguresQuery(_OFFICE, None, *_YEAR), None),
    "a year by week": (FiguresQuery(_OFFICE, None, *_YEAR), "minggu"),
    "a year by month": (FiguresQuery(_OFFICE, None, *_YEAR), "bulan"),
    "a year by official": (FiguresQuery(_OFFICE, None, *_YEAR), "pejabat"),
    "an official on a route": (FiguresQuery(_OFFICE, None, *_YEAR, "usulan", "staf-1"), None),
    "all time, months broken": (FiguresQuery(_OFFICE, None, *_HALF_OVER), None),
    "all time": (FiguresQuery(_OFFICE, None, *_ALL), None),
}
OF_A_PROVINCE: dict[str, tuple[FiguresQuery, Per | None]] = {
    "a year to a day": (FiguresQuery(None, None, *_YEAR), "kantor"),
    "a year, months broken": (FiguresQuery(None, None, *_BROKEN), "kantor"),
    "a year by route": (FiguresQuery(None, None, *_BROKEN), "jalur"),
    "an official on a route": (FiguresQuery(None, None, *_BROKEN, "usulan", "staf-1"), None),
    "all time, months broken": (FiguresQuery(None, None, *_HALF_OVER), "kantor"),
    "all time": (FiguresQuery(None, None, *_ALL), "kantor"),
}
OF_MANY_LINES: dict[str, tuple[FiguresQuery, Per | None]] = {
    "an office's year by day": (FiguresQuery(_OFFICE, None, *_YEAR), "hari"),
    "a province by month": (FiguresQuery(None, None, *_ALL), "bulan"),
    "a province's officials": (FiguresQuery(None, None, *_ALL), "pejabat"),
}
"""Queries whose answers have thousands of lines."""
_BUCKET = """
CREATE FUNCTION pg_temp.bucket(float) RETURNS smallint LANGUAGE sql IMMUTABLE
AS 'SELECT (1 + ceil(ln($1 * 1e6) / {log}))::smallint'
"""
_FILL = """
INSERT INTO view.step_time (stream, kind, office, sop, jalur, slot, langkah, tugas, who, owner, repetition, state,
  actor, due_at, ended_at, ended_on, wait, touch, elapsed, wall, wait_bucket, touch_bucket, elapsed_bucket, wall_bucket,
  standard, clock, within, wait_within, overdue)
SELECT md5(c.n::text)::uuid, k.kind, '13.' || lpad((c.n % 20 + 1)::text, 2, '0'),
       repeat(CASE WHEN d.day < 365 THEN 'a' ELSE 'b' END, 64), CASE WHEN c.n % 3 = 0 THEN 'mandiri' ELSE 'usulan' END,
       'main', k.langkah, k.tugas, '', 'dinas', 1, 'selesai', 'staf-' || (c.n / 7 + k.no) % 3,
       t.due_at, t.due_at + make_interval(secs => r.wait + r.touch), (date '2022-01-01' + d.day),
       r.wait, r.touch, r.wait + r.touch, 3 * (r.wait + r.touch), pg_temp.bucket(r.wait), pg_temp.bucket(r.touch),
       pg_temp.bucket(r.wait + r.touch), pg_temp.bucket(3 * (r.wait + r.touch)),
       CASE WHEN k.no > 0 THEN '10 Menit' END, CASE WHEN k.no > 0 THEN 'touch' END,
       CASE WHEN k.no > 0 THEN r.touch <= 600 END, r.wait <= 28800, r.touch > 600
FROM generate_series($1::int, $2::int) AS c (n)
CROSS JOIN LATERAL (SELECT (c.n * 720::bigint / $3::int)::int AS day) AS d
CROSS JOIN (
  SELECT kind, no, no::text AS langkah, CASE WHEN kind = 'tugas' THEN 'paraf' ELSE '' END AS tugas
  FROM generate_series(1, 10) AS no, unnest('{langkah,tugas}'::text[]) AS kind
  UNION ALL SELECT 'selesai', 0, '', ''
) AS k
CROSS JOIN LATERAL (SELECT exp(6 + random_normal() + 0 * c.n + 0 * k.no) AS touch,
                           exp(8 + 1.5 * random_normal() + 0 * c.n + 0 * k.no) AS wait) AS r
CROSS JOIN LATERAL (SELECT (date '2022-01-01' + d.day + time '02:00') AT TIME ZONE 'UTC' AS due_at) AS t
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """Milliseconds of the slowest query (median of five tries), percentiles included; and of each by name."""

    office_ms: float
    province_ms: float
    lines_ms: float
    each_ms: dict[str, float]


async def measure(admin_url: str, ledger_url: str) -> Answered:
    """On a migrated database."""
    await load(admin_url)
    async with await Store.connect(ledger_url, application="bench") as store:
        async with store.pool.acquire() as connection:
            for office in await timing_months.offices_to_fold(connection, _TODAY):
                await timing_months.fold(connection, office, _TODAY)
        began = time.perf_counter()
        months = timing_months.Months()
        await figures(store.pool, months, *OF_A_PROVINCE["all time"])
        first = {"the first of all": 1000 * (time.perf_counter() - began)}
        milliseconds = {
            f"{whose}: {name}": await _milliseconds(store, months, *question)
            for whose, questions in (("office", OF_AN_OFFICE), ("province", OF_A_PROVINCE), ("lines", OF_MANY_LINES))
            for name, question in questions.items()
        }

    def slowest(whose: str) -> float:
        return max(taken for name, taken in milliseconds.items() if name.startswith(whose))

    return Answered(slowest("office"), slowest("province"), slowest("lines"), milliseconds | first)


async def load(admin_url: str, cases: int = CASES) -> None:
    """Ten steps, ten tasks and an end a case."""
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute(_BUCKET.format(log=_log_gamma()))
        for first in range(1, cases + 1, _AT_ONCE):
            await connection.execute(_FILL, first, min(first + _AT_ONCE - 1, cases), cases + 1)
        await connection.execute("INSERT INTO view.timing_dirty SELECT DISTINCT office, ended_on FROM view.step_time")
        await connection.execute("ANALYZE view.step_time")
    finally:
        await connection.close()


def _log_gamma() -> float:
    """The width of a bucket of `jejak.timekeeping.buckets`."""
    return math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))


async def _milliseconds(store: Store, months: timing_months.Months, query: FiguresQuery, per: Per | None) -> float:
    taken = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        await figures(store.pool, months, query, per)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)
