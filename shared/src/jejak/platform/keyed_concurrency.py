"""Work that waits on somebody outside: so much at once in a lane, the rest in line, and no lane waits for another."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

_LONGEST_LINE: Final = 20_000
"""What comes to a longer line is turned away; whoever brought it brings it again."""

type Job = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Lane[Key: Hashable]:
    line: deque[Key] = field(default_factory=deque)
    jobs: dict[Key, Job] = field(default_factory=dict)
    """Of those in line and of those under way."""
    workers: set[asyncio.Task[None]] = field(default_factory=set)


class KeyedConcurrency[Key: Hashable]:
    """Lanes by name. A key is in its lane once, from when it comes until its job has ended."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[Key]] = {}

    def add(self, name: str, at_once: int, key: Key, job: Job) -> bool:
        """Puts a job in line; False where the key is there already, or the line is too long. A job does not raise."""
        lane = self._lanes.setdefault(name, _Lane())
        if key in lane.jobs or len(lane.line) >= _LONGEST_LINE:
            return False
        lane.jobs[key] = job
        lane.line.append(key)
        if len(lane.workers) < at_once:
            lane.workers.add(asyncio.create_task(self._work(name, lane)))
        return True

    def clear(self, name: str) -> list[Key]:
        """Takes everybody out of the line; what is under way goes on."""
        lane = self._lanes.get(name)
        if lane is None:
            return []
        waiting = list(lane.line)
        lane.line.clear()
        for key in waiting:
            del lane.jobs[key]
        return waiting

    def keys(self) -> list[Key]:
        """Everybody in line or under way."""
        return [key for lane in self._lanes.values() for key in lane.jobs]

    async def close(self) -> None:
        """Ends what is under way, and waits until it has ended."""
        workers = [worker for lane in self._lanes.values() for worker in lane.workers]
        self._lanes.clear()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, name: str, lane: _Lane[Key]) -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            while lane.line:
                key = lane.line.popleft()
                try:
                    await lane.jobs[key]()
                finally:
                    del lane.jobs[key]
        finally:
            lane.workers.discard(me)
            if not lane.jobs and self._lanes.get(name) is lane:
                del self._lanes[name]
