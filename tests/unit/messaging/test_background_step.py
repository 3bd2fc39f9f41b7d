"""Work in the background of a loop: one step at a time, none lost when the loop ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jejak.messaging.publishing.background_step import BackgroundStep


class Work:
    """Steps that end when they are released; records their fates."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.go = asyncio.Event()

    async def step(self, name: str) -> None:
        self.events.append(f"{name} begun")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.events.append(f"{name} cancelled")
            raise
        self.events.append(f"{name} done")


async def fails() -> None:
    raise OSError("gone")


async def test_the_next_step_waits_for_the_previous_and_leaving_for_the_last() -> None:
    work = Work()
    async with BackgroundStep() as background:
        await background.begin(work.step("a"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(work.go.set)
        await background.begin(work.step("b"))
        assert work.events == ["a begun", "a done"]

    assert work.events == ["a begun", "a done", "b begun", "b done"]


async def test_the_loop_raises_the_error_of_a_step_and_the_next_is_not_begun() -> None:
    work = Work()

    async def loop() -> None:
        async with BackgroundStep() as background:
            await background.begin(fails())
            await background.begin(work.step("b"))

    with pytest.raises(OSError, match="gone"):
        await loop()

    assert work.events == []


async def test_an_error_of_the_loop_prevails_over_that_of_a_step() -> None:
    async def loop() -> None:
        async with BackgroundStep() as background:
            await background.begin(fails())
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await loop()


async def assert_cancelled_with(step: Coroutine[Any, Any, None]) -> None:
    """A loop that is cancelled once this has begun ends cancelled."""

    async def loop() -> None:
        async with BackgroundStep() as background:
            await background.begin(step)
            await asyncio.Event().wait()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def test_a_loop_is_cancelled_also_after_a_failed_step() -> None:
    await assert_cancelled_with(fails())


async def test_a_cancelled_loop_cancels_its_step() -> None:
    work = Work()

    await assert_cancelled_with(work.step("a"))

    assert work.events == ["a begun", "a cancelled"]
