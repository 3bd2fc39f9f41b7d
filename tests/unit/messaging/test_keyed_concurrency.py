"""Keyed concurrency: a limit per lane, each key once, and no lane waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from jejak.platform.keyed_concurrency import Job, KeyedConcurrency


class Doors:
    """Jobs that each wait at a door of their own; the names at a door, and those let through."""

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
    """Until every task that can run has run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def lanes() -> AsyncIterator[KeyedConcurrency[str]]:
    lanes = KeyedConcurrency[str]()
    yield lanes
    await lanes.close()


async def test_a_lane_runs_up_to_its_limit_and_the_next_job_when_a_job_ends(lanes: KeyedConcurrency[str]) -> None:
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


async def test_a_lane_without_answers_delays_no_other_lane(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in ("diam-1", "diam-2"):
        lanes.add("diam", 1, name, doors.job(name))
    lanes.add("lancar", 1, "x", doors.job("x"))
    await settled()
    await doors.open("x")
    assert doors.through == ["x"]
    assert doors.knocking == ["diam-1"]


async def test_a_key_that_waits_or_runs_is_not_added_twice(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    job = doors.job("a")
    assert lanes.add("kantor", 1, "a", job)
    assert not lanes.add("kantor", 1, "a", job)
    await settled()
    assert not lanes.add("kantor", 1, "a", job)
    await doors.open("a")
    assert doors.through == ["a"]
    assert lanes.add("kantor", 1, "a", job)


async def test_waiting_keys_can_be_cleared_while_running_jobs_go_on(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in "abc":
        lanes.add("kantor", 1, name, doors.job(name))
    await settled()
    assert lanes.clear("kantor") == ["b", "c"]
    assert lanes.clear("lain") == []
    assert lanes.keys() == ["a"]
    await doors.open("a", "b", "c")
    assert doors.through == ["a"]


async def test_closing_ends_the_running_jobs(lanes: KeyedConcurrency[str]) -> None:
    doors = Doors()
    for name in "ab":
        lanes.add("kantor", 1, name, doors.job(name))
    await settled()
    await lanes.close()
    assert (doors.knocking, doors.through, lanes.keys()) == ([], [], [])
