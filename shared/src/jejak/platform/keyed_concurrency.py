"""Jobs that wait for systems outside: limited concurrency within a lane, a queue for the rest, independent lanes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

_LONGEST_QUEUE: Final = 20_000
"""A job for a longer queue is rejected; the caller adds it again later."""

type Job = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Lane[Key: Hashable]:
    queue: deque[Key] = field(default_factory=deque)
    jobs: dict[Key, Job] = field(default_factory=dict)
    """The jobs in the queue and those that run."""
    workers: set[asyncio.Task[None]] = field(default_factory=set)


class KeyedConcurrency[Key: Hashable]:
    """Lanes by name. A key is in its lane at most once, from the queue until its job has ended."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane[Key]] = {}

    def add(self, name: str, at_once: int, key: Key, job: Job) -> bool:
        """Queues a job; False if the key is in its lane already, or the queue is full. A job does not raise."""
        lane = self._lanes.setdefault(name, _Lane())
        if key in lane.jobs or len(lane.queue) >= _LONGEST_QUEUE:
            return False
        lane.jobs[key] = job
        lane.queue.append(key)
        if len(lane.workers) < at_once:
            lane.workers.add(asyncio.create_task(self._work(name, lane)))
        return True

    def clear(self, name: str) -> list[Key]:
        """Empties a queue and returns its keys; jobs that run go on."""
        lane = self._lanes.get(name)
        if lane is None:
            return []
        waiting = list(lane.queue)
        lane.queue.clear()
        for key in waiting:
            del lane.jobs[key]
        return waiting

    def keys(self) -> list[Key]:
        """The keys whose jobs wait or run."""
        return [key for lane in self._lanes.values() for key in lane.jobs]

    async def close(self) -> None:
        """Cancels the jobs that run, and waits until they have ended."""
        workers = [worker for lane in self._lanes.values() for worker in lane.workers]
        self._lanes.clear()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, name: str, lane: _Lane[Key]) -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            while lane.queue:
                key = lane.queue.popleft()
                try:
                    await lane.jobs[key]()
                finally:
                    del lane.jobs[key]
        finally:
            lane.workers.discard(me)
            if not lane.jobs and self._lanes.get(name) is lane:
                del self._lanes[name]
