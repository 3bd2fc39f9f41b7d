"""Any interleaving of appends leaves no hole in the versions, no break in a chain, no step back in time, no loss."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.types import Append, Outcome
from jejak.platform.ids import new_uuid
from tests.servers import Database
from tests.store.ledger import command, due, event, opened

# (the case, the versions its expectation is ahead of the truth, the number of events, the number of due rows)
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0, 0, 1, -1]), st.integers(1, 4), st.integers(0, 2)),
    min_size=1,
    max_size=25,
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(writers=st.lists(STEPS, min_size=1, max_size=5))
def test_with_any_writers_at_once_the_ledger_stays_whole(
    database: Database, writers: list[list[tuple[int, int, int, int]]]
) -> None:
    asyncio.run(_play(database, writers))


async def _play(database: Database, writers: list[list[tuple[int, int, int, int]]]) -> None:
    cases = [new_uuid() for _ in range(4)]
    versions = dict.fromkeys(cases, 0)
    accepted: dict[UUID, list[UUID]] = {case: [] for case in cases}

    def noted(given: Append, outcome: Outcome) -> None:
        versions[given.stream] = max(versions[given.stream], outcome.version)
        assert outcome.status != "already"
        if outcome.status == "appended":
            assert outcome.version == given.expected + len(given.events)
            accepted[given.stream] += [stored.id for stored in given.events]

    async with opened(database) as store:

        async def live(steps: list[tuple[int, int, int, int]]) -> None:
            for number, lie, events, rows in steps:
                case = cases[number]
                slots = [due(slot) for slot in ("main", "aktif")[:rows]]
                attempt = command(case, max(0, versions[case] + lie), [event() for _ in range(events)], slots)
                noted(attempt, await store.append(attempt))

        await asyncio.gather(*map(live, writers))
        read = await store.read(cases)

    for case, stream in read.streams.items():
        assert [stored.version for stored in stream.events] == list(range(1, stream.version + 1))
        assert {stored.id for stored in stream.events} == set(accepted[case])
        assert all(a.position < b.position and a.recorded_at <= b.recorded_at for a, b in pairwise(stream.events))
        assert (stream.events[-1].due or "").count("/") == len(stream.due)
    assert (await verify(database.url)).broken is None


@pytest.mark.parametrize("writers", [4])
async def test_calls_for_overlapping_cases_in_any_order_never_wait_for_each_other_in_a_ring(
    database: Database, writers: int
) -> None:
    cases = [new_uuid() for _ in range(30)]
    async with opened(database, size=writers) as store:

        async def live(number: int) -> int:
            won = 0
            for turn in range(12):
                order = cases[number::2] + cases[turn::3] + cases
                commands = [command(case, turn) for case in dict.fromkeys(order if number % 2 else reversed(order))]
                won += sum(outcome.status == "appended" for outcome in await store.append_call(commands))
            return won

        won = sum(await asyncio.gather(*map(live, range(writers))))
        read = await store.read(cases)
    assert won == sum(stream.version for stream in read.streams.values()) == 12 * 30
