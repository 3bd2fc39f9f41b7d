"""Figures from packed months equal those of all rows read again, after any write."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from jejak.eventstore.store import Store
from jejak.timekeeping.buckets import bucket_of, percentiles
from ledger.timings import months as timing_months
from ledger.timings import sql as timings_sql
from ledger.timings.figures import FiguresQuery, figures
from ledger.timings.projection_cache import ProjectionChange
from ledger.timings.sql import HISTOGRAMS, Per
from ledger.timings.step_rows import COLUMNS, Row
from tests.servers import Database
from tests.store.test_views import WIB, abreast, ledger_of, plan, projecting, views_of

TODAY = date(2023, 4, 1)
ROOMY, TIGHT = timing_months.Months(), timing_months.Months(limit=30_000)
"""One cache that keeps everything, and one that holds little more than one office."""
KEY = "t.kind, t.office, t.sop, t.slot, t.langkah, t.tugas, t.owner, {per}"
WHERE = """
t.state = 'selesai' AND t.ended_on BETWEEN $3 AND $4 AND ($1::text IS NULL OR t.office = $1)
  AND ($2::text IS NULL OR t.sop = $2) AND ($5::text IS NULL OR t.jalur = $5) AND ($6::text IS NULL OR t.actor = $6)
  AND ($7::text IS NULL OR t.slot = $7) AND ($8::text IS NULL OR t.langkah = $8)
"""
ROW_BY_ROW = f"""
SELECT {KEY} AS kelompok, max(t.standard) AS standard, max(t.clock) AS clock, count(*) AS jumlah,
       count(t.within) AS dinilai, count(*) FILTER (WHERE t.within) AS dalam,
       count(*) FILTER (WHERE t.standard IS NOT NULL AND t.within IS NULL) AS tidak_dinilai,
       count(*) FILTER (WHERE t.touch IS NULL) AS tidak_terukur,
       count(t.wait_within) AS tunggu_dinilai, count(*) FILTER (WHERE t.wait_within) AS tunggu_dalam,
       count(*) FILTER (WHERE t.overdue) AS terlambat
FROM view.step_time t WHERE {WHERE} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""  # noqa: S608 - fixed fragments
PARTS: dict[Per | None, str] = {
    None: "NULL::text",
    "hari": "t.ended_on::text",
    "minggu": "to_char(t.ended_on, 'IYYY-\"W\"IW')",
    "bulan": "to_char(t.ended_on, 'YYYY-MM')",
    "pejabat": "t.actor",
    "jalur": "t.jalur",
    "kantor": "t.office",
}
BUCKETS = f"""
SELECT {KEY} AS kelompok, c.clock, c.bucket, count(*) AS jumlah
FROM view.step_time t CROSS JOIN LATERAL (VALUES ('tunggu', t.wait_bucket), ('sentuh', t.touch_bucket),
     ('berlalu', t.elapsed_bucket), ('dinding', t.wall_bucket)) AS c (clock, bucket)
WHERE {WHERE} AND c.bucket IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""  # noqa: S608 - fixed fragments


def some_rows(chance: random.Random, count: int) -> list[Row]:
    """Executions of three offices over fifteen months, in every shape that a row may have."""
    return [_some_row(chance, UUID(int=number)) for number in range(count)]


def _some_row(chance: random.Random, stream: UUID) -> Row:
    wait, touch = chance.expovariate(1 / 5000), chance.choice([None, 0.0, chance.expovariate(1 / 300)])
    ended = chance.random() < 0.95
    due = datetime(2022, 1, 3, 9, tzinfo=WIB) + timedelta(days=chance.randrange(455))
    standard = chance.choice([None, "3 Menit", "1 Hari"])
    row = dict.fromkeys(COLUMNS) | {
        "stream": stream,
        "kind": chance.choice(["tugas", "langkah", "selesai"]),
        "office": chance.choice(["13.01", "13.02", "13.03"]),
        "sop": chance.choice(["a", "b"]) * 64,
        "jalur": chance.choice([None, "usulan", "mandiri"]),
        "slot": "main",
        "langkah": chance.choice(["1", "2"]),
        "tugas": "",
        "who": "",
        "owner": "dinas",
        "repetition": 1,
        "state": "selesai" if ended else "terbuka",
        "actor": chance.choice([None, "kabid-1", "kabid-2"]),
        "due_at": due,
        "ended_at": due if ended else None,
        "ended_on": due.date() if ended else None,
        "wait": wait,
        "touch": touch,
        "elapsed": wait + (touch or 0),
        "wall": 3 * wait,
        "standard": standard,
        "clock": standard and ("touch" if standard == "3 Menit" else "elapsed"),
        "within": None if standard is None else chance.choice([True, False, None]),
        "wait_within": chance.choice([True, False, None]),
        "overdue": chance.random() < 0.1,
    }
    if ended:
        buckets = {"wait": wait, "touch": touch, "elapsed": row["elapsed"], "wall": row["wall"]}
        row |= {f"{name}_bucket": None if value is None else bucket_of(value) for name, value in buckets.items()}
    return tuple(row.values())


async def write(pool: asyncpg.Pool[asyncpg.Record], rows: Sequence[Row]) -> None:
    """Replaces the rows of cases, as the projector does."""
    async with pool.acquire() as connection, connection.transaction():
        await timing_months.replace_rows(connection, ProjectionChange(whole=[row[0] for row in rows], come=list(rows)))


async def fold(pool: asyncpg.Pool[asyncpg.Record], today: date = TODAY) -> list[str]:
    """Folds the days that are behind; returns their offices."""
    async with pool.acquire() as connection:
        offices = await timing_months.offices_to_fold(connection, today)
        for office in offices:
            await timing_months.fold(connection, office, today)
    return offices


async def same(pool: asyncpg.Pool[asyncpg.Record], query: FiguresQuery, per: Per | None) -> int:
    """Compares the answer with one from every row; returns the number of its lines."""
    key = PARTS[per]
    expected: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in await pool.fetch(ROW_BY_ROW.format(per=key), *query.arguments()):
        expected[tuple(row[:8])] = dict(row) | {name: {} for name in HISTOGRAMS}
    for row in await pool.fetch(BUCKETS.format(per=key), *query.arguments()):
        expected[tuple(row[:8])][row["clock"]][row["bucket"]] = row["jumlah"]
    lines = await figures(pool, ROOMY, query, per)
    assert await figures(pool, TIGHT, query, per) == lines
    assert [{**line.of, **line.counts} for line in lines] == [
        {name: value for name, value in row.items() if name not in HISTOGRAMS} for row in expected.values()
    ]
    for line, counts in zip(lines, expected.values(), strict=True):
        assert line.percentiles == {name: percentiles(counts[name]) for name in HISTOGRAMS}
    return len(lines)


QUESTIONS: list[tuple[FiguresQuery, Per | None]] = [
    (FiguresQuery("13.01", None, date(2022, 2, 1), date(2022, 2, 28)), None),
    (FiguresQuery("13.01", None, date(2022, 1, 1), date(2023, 12, 31)), None),
    (FiguresQuery(None, None, date(2022, 2, 10), date(2023, 2, 10)), "kantor"),
    (FiguresQuery("13.02", "b" * 64, date(2022, 2, 10), date(2023, 4, 2)), "bulan"),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2023, 3, 31)), "pejabat"),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2023, 3, 31)), "jalur"),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2023, 3, 31), "usulan"), "bulan"),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2023, 3, 31), None, "kabid-1"), None),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2023, 3, 31), "usulan", "kabid-1"), None),
    (FiguresQuery(None, None, date(2022, 3, 1), date(2022, 9, 30), None, None, "main", "2"), "minggu"),
    (FiguresQuery("13.03", None, date(2022, 5, 3), date(2022, 5, 20)), "hari"),
    (FiguresQuery(None, None, date(2022, 12, 20), date(2023, 3, 3), "usulan", "kabid-2"), "hari"),
    (FiguresQuery(None, None, date(2022, 12, 20), date(2023, 1, 20)), "minggu"),
    (FiguresQuery(None, None, date(2022, 3, 5), date(2022, 3, 25)), "pejabat"),
    (FiguresQuery("13.09", None, date(2022, 5, 3), date(2022, 9, 20)), None),
]


@pytest.mark.parametrize("seed", range(3))
async def test_packed_months_answer_as_the_rows_do(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(chance, 3_000))
        unfolded = [await same(store.pool, *question) for question in QUESTIONS]
        assert await fold(store.pool, date(2022, 9, 16)) == ["13.01", "13.02", "13.03"]
        assert [await same(store.pool, *question) for question in QUESTIONS] == unfolded
        await fold(store.pool)
        assert [await same(store.pool, *question) for question in QUESTIONS] == unfolded
        assert unfolded[-1] == 0
        assert min(unfolded[:-1]) > 0

        # Some cases are written otherwise, some anew: days long past change with them.
        await write(store.pool, some_rows(chance, 200))
        changed = [await same(store.pool, *question) for question in QUESTIONS]
        # A clock that is set back folds what it may, and loses nothing that was folded before.
        assert await fold(store.pool, date(2022, 9, 16))
        assert [await same(store.pool, *question) for question in QUESTIONS] == changed
        assert await fold(store.pool)
        assert [await same(store.pool, *question) for question in QUESTIONS] == changed
        assert await store.pool.fetchval("SELECT count(*) FROM view.timing_dirty WHERE day < $1", TODAY) == 0


async def test_a_case_told_again_in_the_same_words_makes_no_day_dirty(database: Database) -> None:
    rows = some_rows(random.Random(7), 300)
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, rows)
        await fold(store.pool)
        await write(store.pool, rows)
        assert await fold(store.pool) == []
        other = [row for row in rows if row[COLUMNS.index("office")] == "13.02" and row[COLUMNS.index("ended_on")]]
        place = COLUMNS.index("overdue")
        await write(store.pool, [(*row[:place], not row[place], *row[place + 1 :]) for row in other[:1]])
        dirty = await store.pool.fetch("SELECT office, day FROM view.timing_dirty")
        assert [tuple(row) for row in dirty] == [("13.02", other[0][COLUMNS.index("ended_on")])]
        assert await fold(store.pool) == ["13.02"]


async def test_today_is_left_to_be_read_row_by_row(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(random.Random(3), 500))
        today = await store.pool.fetchval("SELECT max(day) FROM view.timing_dirty")
        await fold(store.pool, today)
        assert await store.pool.fetchval("SELECT array_agg(DISTINCT day) FROM view.timing_dirty") == [today]
        assert await fold(store.pool, today) == []
        assert await same(store.pool, FiguresQuery(None, None, today, today), "hari") > 0


async def test_a_rebuild_packs_the_months_beside_those_in_use(database: Database) -> None:
    async with ledger_of(database) as ledger:
        async with projecting(ledger, database):
            await ledger.paraf("2022-07-04 09:00", "2022-07-04 09:30", "2022-07-04 09:32")
            await ledger.paraf("2022-07-29 09:00", "2022-08-02 09:30", "2022-08-02 09:32")
            await ledger.paraf("2022-09-01 09:00", "2022-09-01 09:30", "2022-09-01 09:32")
            await abreast(ledger)
        pool = ledger.stores["ledger"].pool
        await pool.execute("DELETE FROM view.timing_month")
        await views_of(ledger).rebuild(lambda *_: None)
        months = await pool.fetch("SELECT month FROM view.timing_month ORDER BY 1")
        assert [row[0] for row in months] == [date(2022, 7, 1), date(2022, 8, 1)]
        assert await pool.fetchval("SELECT array_agg(day) FROM view.timing_dirty") == [date(2022, 9, 1)]
        query = FiguresQuery("13.01", None, date(2022, 7, 1), date(2022, 9, 30), None, None, "main", "4")
        assert {line.of["kind"]: line.counts["jumlah"] for line in await figures(pool, ROOMY, query, None)} == {
            "langkah": 3,
            "tugas": 3,
        }
        assert await same(pool, FiguresQuery("13.01", None, date(2022, 7, 3), date(2022, 9, 30)), "bulan") > 0


async def test_figures_of_years_are_found_by_index(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(random.Random(1), 20_000))
        async with await Store.connect(database.url, size=1) as admin:
            await admin.pool.execute("ANALYZE view.step_time")
            day = [date(2022, 2, 1)]
            assert "step_time_ended" in await plan(
                store.pool, timings_sql.EXECUTIONS.format(new=""), ["13.01"], day, day, []
            )
            await fold(store.pool)
            # As many rows as a province's offices have months in years; their contents do not matter to the plan.
            await store.pool.execute(MANY_MONTHS)
            await admin.pool.execute("ANALYZE view.timing_month")
        assert "timing_month_pkey" in await plan(store.pool, timings_sql.FOLDED, "13.01")
        assert "timing_month_pkey" in await plan(store.pool, timings_sql.MONTHS, "13.01", [date(2022, 2, 1)])


MANY_MONTHS = """
INSERT INTO view.timing_month
SELECT '14.' || office, (date '2000-01-01' + make_interval(months => month))::date, ''
FROM generate_series(1, 50) AS office, generate_series(0, 240) AS month
"""
