"""Work beside a loop: one piece at a time, nothing of it lost when the loop ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from jejak.messaging.publishing.background_step import BackgroundStep


class Work:
    """Pieces of work that end when they are let go; notes what became of them."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.go = asyncio.Event()

    async def piece(self, name: str) -> None:
        self.noted.append(f"{name} begun")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.noted.append(f"{name} cancelled")
            raise
        self.noted.append(f"{name} done")


async def fails() -> None:
    raise OSError("gone")


async def test_the_next_piece_waits_for_the_one_before_and_leaving_for_the_last() -> None:
    work = Work()
    async with BackgroundStep() as aside:
        await aside.begin(work.piece("a"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(work.go.set)
        await aside.begin(work.piece("b"))
        assert work.noted == ["a begun", "a done"]

    assert work.noted == ["a begun", "a done", "b begun", "b done"]


async def test_what_a_piece_raised_comes_up_in_the_loop_and_the_next_is_not_begun() -> None:
    work = Work()

    async def loop() -> None:
        async with BackgroundStep() as aside:
            await aside.begin(fails())
            await aside.begin(work.piece("b"))

    with pytest.raises(OSError, match="gone"):
        await loop()

    assert work.noted == []


async def test_what_the_loop_itself_raised_stands_whatever_becomes_of_the_piece() -> None:
    async def loop() -> None:
        async with BackgroundStep() as aside:
            await aside.begin(fails())
            raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await loop()


async def cancelled_beside(piece: Coroutine[Any, Any, None]) -> None:
    """A loop that is cancelled once this has begun ends cancelled."""

    async def loop() -> None:
        async with BackgroundStep() as aside:
            await aside.begin(piece)
            await asyncio.Event().wait()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def test_a_loop_is_cancelled_also_when_a_piece_had_failed() -> None:
    await cancelled_beside(fails())


async def test_a_loop_that_is_cancelled_cancels_what_is_under_way() -> None:
    work = Work()

    await cancelled_beside(work.piece("a"))

    assert work.noted == ["a begun", "a cancelled"]
