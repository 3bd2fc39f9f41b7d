"""A window of the ledger: a reader misses nothing, from memory or from the database, also after another writer."""

from typing import NamedTuple

import pytest

from bpjs_sync.outgoing import outbox
from jejak.messaging.publishing import event_log
from jejak.messaging.publishing.event_log import EventWindow


class Positioned(NamedTuple):
    position: int


class Stored:
    """The stored records; notes which were fetched."""

    def __init__(self, *positions: int) -> None:
        self.records = [Positioned(position) for position in positions]
        self.fetched: list[tuple[int, int]] = []

    async def fetch(self, after: int, head: int, limit: int) -> list[Positioned]:
        self.fetched.append((after, head))
        return [record for record in self.records if after < record.position <= head][:limit]


async def read(window: EventWindow[Positioned], position: int, limit: int = 100) -> list[int]:
    """The positions a reader sees on its way to the head."""
    seen: list[int] = []
    while position < window.head:
        records, position = await window.after(position, limit, 0)
        seen += [record.position for record in records]
    return seen


async def test_a_reader_that_is_up_to_date_is_served_from_memory() -> None:
    database = Stored()
    window = EventWindow(database.fetch)
    await window.begin(4)
    await window.move(9, [Positioned(6), Positioned(8)])

    assert [await read(window, position) for position in (4, 5, 6, 8)] == [[6, 8], [6, 8], [8], []]
    assert database.fetched == []


async def test_records_that_are_not_stored_yet_are_not_fetched() -> None:
    database = Stored(1, 3)
    window = EventWindow(database.fetch)
    await window.begin(4)
    await window.move(9, [Positioned(6), Positioned(8)])

    assert await read(window, 0) == [1, 3, 6, 8]
    assert database.fetched == [(0, 4)]


async def test_records_of_another_writer_are_not_passed_over() -> None:
    database = Stored(2, 5, 7, 9)
    window = EventWindow(database.fetch)
    await window.begin(0)
    await window.move(2, [Positioned(2)])

    await window.begin(9)
    await window.move(12, [Positioned(11)])

    assert await read(window, 2) == [5, 7, 9, 11]
    assert await read(window, 9) == [11]


async def test_a_window_begins_again_where_less_was_stored_than_published() -> None:
    window = EventWindow(Stored(2).fetch)
    await window.begin(0)
    await window.move(5, [Positioned(2), Positioned(5)])

    await window.begin(2)
    await window.move(5, [Positioned(5)])

    assert await read(window, 0) == [2, 5]


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_only_the_newest_stay_in_memory_and_each_is_read_once(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(event_log, "IN_MEMORY", 4)
    database = Stored(*range(1, 11))
    window = EventWindow(database.fetch)
    await window.begin(0)
    for position in range(1, 11):
        await window.move(position, [Positioned(position)])

    assert await read(window, 0, limit) == list(range(1, 11))
    assert max(head for _, head in database.fetched) == 6


def test_derived_messages_that_are_not_stored_yet_are_always_in_memory() -> None:
    assert 2 * (outbox._STORED_AT_ONCE + outbox._WINDOW) <= event_log.IN_MEMORY
