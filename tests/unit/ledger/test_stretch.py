"""A stretch of the ledger: whoever reads it misses nothing, from memory or fetched, whoever wrote it meanwhile."""

from typing import NamedTuple

import pytest

from bpjs_sync.outgoing import outbox
from jejak.messaging.publishing import event_log
from jejak.messaging.publishing.event_log import EventWindow


class One(NamedTuple):
    position: int


class Written:
    """What was stored, by whomever; notes what was fetched of it."""

    def __init__(self, *positions: int) -> None:
        self.stored = [One(position) for position in positions]
        self.fetched: list[tuple[int, int]] = []

    async def fetch(self, after: int, head: int, limit: int) -> list[One]:
        self.fetched.append((after, head))
        return [one for one in self.stored if after < one.position <= head][:limit]


async def read(stretch: EventWindow[One], position: int, limit: int = 100) -> list[int]:
    """The positions a reader sees on its way to the head."""
    found: list[int] = []
    while position < stretch.head:
        some, position = await stretch.after(position, limit, 0)
        found += [one.position for one in some]
    return found


async def test_a_reader_that_is_abreast_is_served_from_memory() -> None:
    written = Written()
    stretch = EventWindow(written.fetch)
    await stretch.begin(4)
    await stretch.move(9, [One(6), One(8)])

    assert [await read(stretch, position) for position in (4, 5, 6, 8)] == [[6, 8], [6, 8], [8], []]
    assert written.fetched == []


async def test_what_is_not_stored_yet_is_not_looked_for_there() -> None:
    written = Written(1, 3)
    stretch = EventWindow(written.fetch)
    await stretch.begin(4)
    await stretch.move(9, [One(6), One(8)])

    assert await read(stretch, 0) == [1, 3, 6, 8]
    assert written.fetched == [(0, 4)]


async def test_what_somebody_else_wrote_in_between_is_not_passed_over() -> None:
    written = Written(2, 5, 7, 9)
    stretch = EventWindow(written.fetch)
    await stretch.begin(0)
    await stretch.move(2, [One(2)])

    await stretch.begin(9)
    await stretch.move(12, [One(11)])

    assert await read(stretch, 2) == [5, 7, 9, 11]
    assert await read(stretch, 9) == [11]


async def test_it_begins_again_where_less_was_stored_than_said() -> None:
    stretch = EventWindow(Written(2).fetch)
    await stretch.begin(0)
    await stretch.move(5, [One(2), One(5)])

    await stretch.begin(2)
    await stretch.move(5, [One(5)])

    assert await read(stretch, 0) == [2, 5]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_only_the_newest_stay_in_memory_and_each_is_read_once(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(event_log, "IN_MEMORY", 4)
    written = Written(*range(1, 11))
    stretch = EventWindow(written.fetch)
    await stretch.begin(0)
    for position in range(1, 11):
        await stretch.move(position, [One(position)])

    assert await read(stretch, 0, limit) == list(range(1, 11))
    assert max(head for _, head in written.fetched) == 6


def test_what_is_derived_and_not_kept_yet_is_always_in_memory() -> None:
    assert 2 * (outbox._KEPT_AT_ONCE + outbox._WINDOW) <= event_log.IN_MEMORY
