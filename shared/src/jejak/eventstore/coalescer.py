"""Many callers, few calls: the commands that wait when a connection becomes free go to PostgreSQL as one append().

Every caller awaits the durable acknowledgement of its own command. Commands of a stream are sent first in, first out,
never two in one call nor in two calls at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.types import Append, LedgerUnavailableError, Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

_log: Final = structlog.get_logger(__name__)

MAX_BYTES: Final = 4 << 20
_MAX_COMMANDS: Final = 256
_EVENT_OVERHEAD: Final = 200
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    command: Append
    size: int
    answer: asyncio.Future[Outcome]


class Coalescer:
    """Runs `workers` senders over `send`, which makes one call and raises one of LOST when the outcome is unknown.

    `patience` is in seconds; a call carries more than `max_bytes` only if one command does.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Append]], Awaitable[Sequence[Outcome]]],
        *,
        workers: int = 2,
        patience: float = 30.0,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._send = send
        self._patience = patience
        self._max_bytes = max_bytes
        self._queue: deque[_Waiting] = deque()
        self._in_flight: set[UUID] = set()
        self._closing = False
        self._wake = asyncio.Event()
        self._tasks = [asyncio.create_task(self._work(), name=f"coalescer-{n}") for n in range(workers)]

    async def append(self, command: Append) -> Outcome:
        """Waits until the command is durable or lost to another. Cancelling the wait does not cancel the command.

        Raises PostgreSQL's error about this command, or LedgerUnavailableError after `patience` without a connection.
        """
        if self._closing:
            raise LedgerUnavailableError("the ledger's store is closed")
        size = sum(len(event.payload) + _EVENT_OVERHEAD for event in command.events)
        waiting = _Waiting(command, size, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        return await waiting.answer

    async def close(self) -> None:
        """Refuses further commands, sends those accepted, and returns when all are answered."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._tasks)

    async def _work(self) -> None:
        while True:
            batch = self._take()
            if batch:
                try:
                    await self._deliver(batch)
                finally:
                    self._in_flight.difference_update(waiting.command.stream for waiting in batch)
                    self._wake.set()
            elif self._closing and not self._queue:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> list[_Waiting]:
        """The oldest commands, one per stream; those that must wait keep their place."""
        taken: list[_Waiting] = []
        passed: deque[_Waiting] = deque()
        streams = set(self._in_flight)
        size = 0
        while self._queue and len(taken) < _MAX_COMMANDS:
            waiting = self._queue[0]
            if taken and size + waiting.size > self._max_bytes:
                break
            self._queue.popleft()
            if waiting.command.stream in streams:
                passed.append(waiting)
                continue
            streams.add(waiting.command.stream)
            taken.append(waiting)
            size += waiting.size
        self._queue.extendleft(reversed(passed))
        self._in_flight.update(waiting.command.stream for waiting in taken)
        return taken

    async def _deliver(self, batch: Sequence[_Waiting]) -> None:
        """Sends the batch; if PostgreSQL refuses it, each command alone, so that only the faulty command fails."""
        try:
            outcomes = await self._persist([waiting.command for waiting in batch])
        except Exception as error:  # noqa: BLE001 - handed to the caller of the command
            if len(batch) == 1 or isinstance(error, LedgerUnavailableError):
                for waiting in batch:
                    _fail(waiting.answer, error)
                return
            _log.warning("append_batch_refused", commands=len(batch), error=type(error).__name__)
            for waiting in batch:
                await self._deliver([waiting])
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(outcome)

    async def _persist(self, commands: Sequence[Append]) -> Sequence[Outcome]:
        """Sends until an answer comes: the event ids stay the same, so PostgreSQL recognises what it has stored."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return await self._send(commands)
            except LOST as error:
                if loop.time() + pause > deadline:
                    raise LedgerUnavailableError("PostgreSQL cannot be reached") from error
                _log.warning("append_connection_lost", commands=len(commands), error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _fail(answer: asyncio.Future[Outcome], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # a caller that was cancelled never reads it, which asyncio would log
