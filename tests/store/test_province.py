"""The times of a whole province equal those counted row by row, folded or not."""

from __future__ import annotations

import random
from datetime import date

from jejak.eventstore.store import Store
from jejak.timekeeping.buckets import percentiles
from ledger.timings.date_ranges import Span
from ledger.timings.figures import ends_of
from ledger.timings.months import Months
from tests.servers import Database
from tests.store.test_timings import fold, some_rows, write

SPAN = Span(date(2022, 3, 5), date(2022, 10, 20))
ROW_BY_ROW = """
SELECT kind, wall_bucket, count(*) AS jumlah FROM view.step_time
WHERE office = ANY ($1) AND ended_on BETWEEN $2 AND $3 AND kind IN ('selesai', 'aktif', 'nonaktif') GROUP BY 1, 2
"""


async def test_the_cases_of_several_offices_are_counted_together_folded_or_not(database: Database) -> None:
    offices = ["13.01", "13.03"]
    async with await Store.connect(database.urls["ledger"]) as store:
        await write(store.pool, some_rows(random.Random(11), 3_000))
        counts: dict[str, dict[int, int]] = {}
        for row in await store.pool.fetch(ROW_BY_ROW, offices, SPAN.first, SPAN.last):
            counts.setdefault(row["kind"], {})[row["wall_bucket"]] = row["jumlah"]
        expected = {kind: percentiles(some) for kind, some in counts.items()}
        assert expected
        months = Months()
        assert await ends_of(store.pool, months, SPAN, offices) == expected
        for today in (date(2022, 7, 16), date(2023, 4, 1)):
            await fold(store.pool, today)
            assert await ends_of(store.pool, months, SPAN, offices) == expected
        assert await ends_of(store.pool, months, SPAN, ["13.09"]) == {}
