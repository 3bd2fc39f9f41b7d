"""The executions behind a figure are found by index in any number, and in the same order page after page."""

from __future__ import annotations

import random
from datetime import date
from typing import Any, Final

from jejak.eventstore.store import Store
from ledger.timings.drill_down import EXECUTIONS, executions_query
from ledger.timings.figures import FiguresQuery
from ledger.timings.sql import Clock
from tests.servers import Database
from tests.store.test_timings import some_rows, write
from tests.store.test_views import plan

QUARTER = FiguresQuery("13.01", None, date(2022, 2, 1), date(2022, 4, 30))
CLOCKS: Final[tuple[Clock, ...]] = ("sentuh", "dinding")


async def test_a_page_goes_on_where_the_one_before_ended(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(random.Random(5), 6_000))
        for clock in CLOCKS:
            query, given = executions_query("semua", clock), (*QUARTER.arguments(), "langkah", None)
            whole = await store.pool.fetch(query, *given, 1_000, *EXECUTIONS.read(None))
            durations = [row["touch" if clock == "sentuh" else "wall"] for row in whole]
            measured = [duration for duration in durations if duration is not None]
            assert durations == sorted(measured, reverse=True) + [None] * (len(durations) - len(measured))
            paged: list[Any] = []
            place: str | None = None
            while len(paged) < len(whole):
                page = await store.pool.fetch(query, *given, 37, *EXECUTIONS.read(place))
                paged += page
                place = EXECUTIONS.text(page[-1])
            assert paged == whole
            assert len(whole) > 2 * 37


async def test_the_executions_behind_a_figure_are_found_by_index(database: Database) -> None:
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(random.Random(1), 20_000))
        async with await Store.connect(database.url, size=1) as admin:
            await admin.pool.execute("ANALYZE view.step_time")
        day = FiguresQuery("13.01", None, date(2022, 2, 1), date(2022, 2, 2))
        arguments = (*day.arguments(), "langkah", None, 100, *EXECUTIONS.read(None))
        assert "step_time_ended" in await plan(store.pool, executions_query("luar", "dinding"), *arguments)
