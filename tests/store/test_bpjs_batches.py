"""A batch on a real database: closed once, carried out to the end whatever stops it, sent once, served sealed."""

from __future__ import annotations

from tests.servers import Database
from tests.store.bpjs import monthly, town


async def test_a_months_batch_closes_when_the_month_is_over_and_everybody_in_it_is_sent(database: Database) -> None:
    async with town(database, monthly()) as office:
        await office.at("2022-07-04 09:00")
        first, second = await office.submit(), await office.submit()
        assert await office.batches.sweep() == 0
        await office.at("2022-08-01 00:01")
        third = await office.submit()
        assert await office.batches.sweep() == 1
        assert await office.batches.sweep() == 0
        for case in (first, second):
            assert await office.types(case) == ["ApplicationSubmitted", "SubmissionSent", "CaseClosed"]
        assert await office.types(third) == ["ApplicationSubmitted"]
