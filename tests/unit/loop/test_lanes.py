"""Who waits on somebody outside: so many at once in a lane, everybody once, and no lane waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from jejak.platform.keyed_concurrency import Job, KeyedConcurrency


class Doors:
    """Jobs that wait behind a door of their own; who is through, and who knocks now."""

    def __init__(self) -> None:
        self.knocking: list[str] = []
        self.through: list[str] = []
        self._open: dict[str, asyncio.Event] = {}

    def job(self, name: str) -> Job:
        self._open[name] = asyncio.Event()

        async def knock() -> None:
            self.knocking.append(name)
            try:
                await self._open[name].wait()
            finally:
                self.knocking.remove(name)
            self.through.append(name)

        return knock

    async def open(self, *names: str) -> None:
        for name in names:
            self._open[name].set()
        await settled()


async def settled() -> None:
    """Until whatever can run has run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def lanes() -> AsyncIterator[KeyedConcurrency[str]]:
    lanes = KeyedConcurrency[str]()
    yield lanes
    await lanes.close()


async def test_so_many_at_once_and_the_next_when_one_is_through(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in "abcd":
        assert lanes.add("kantor", 2, name, doors.job(name))
    await settled()
    assert doors.knocking == ["a", "b"]
    await doors.open("b")
    assert (doors.knocking, doors.through) == (["a", "c"], ["b"])
    await doors.open("a", "c", "d")
    assert sorted(doors.through) == list("abcd")
    assert lanes.keys() == []


async def test_a_lane_whose_outside_says_nothing_holds_up_no_other(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in ("diam-1", "diam-2"):
        lanes.add("diam", 1, name, doors.job(name))
    lanes.add("lancar", 1, "x", doors.job("x"))
    await settled()
    await doors.open("x")
    assert doors.through == ["x"]
    assert doors.knocking == ["diam-1"]


async def test_a_case_that_is_in_line_or_under_way_is_not_there_twice(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    job = doors.job("a")
    assert lanes.add("kantor", 1, "a", job)
    assert not lanes.add("kantor", 1, "a", job)
    await settled()
    assert not lanes.add("kantor", 1, "a", job)
    await doors.open("a")
    assert doors.through == ["a"]
    assert lanes.add("kantor", 1, "a", job)


async def test_the_line_can_be_sent_home_while_who_is_under_way_goes_on(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in "abc":
        lanes.add("kantor", 1, name, doors.job(name))
    await settled()
    assert lanes.clear("kantor") == ["b", "c"]
    assert lanes.clear("lain") == []
    assert lanes.keys() == ["a"]
    await doors.open("a", "b", "c")
    assert doors.through == ["a"]


async def test_closing_ends_what_is_under_way(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in "ab":
        lanes.add("kantor", 1, name, doors.job(name))
    await settled()
    await lanes.close()
    assert (doors.knocking, doors.through, lanes.keys()) == ([], [], [])
