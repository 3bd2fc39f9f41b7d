"""How a service stops: at SIGTERM it says so at `/open` and `/ready`, goes on answering, then closes its socket."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from jejak.eventstore.postgres.database_health import NotReady

if TYPE_CHECKING:
    from types import FrameType

_STOPS: Final = (
    "layanan_berhenti",
    "Layanan ini sedang berhenti. Kirim permintaan baru ke proses lain dari layanan yang sama.",
)

_DATE_SECONDS: Final = 1.0
"""How often the time in the header Date of the answers is renewed."""

_CLOSE: Final = (b"connection", b"close")
"""With each answer of the drain, so that a proxy makes its next connection elsewhere."""


@dataclass(slots=True)
class Drain:
    """The time between the signal and the closed socket, in which a proxy learns to send its requests elsewhere."""

    seconds: float = 0.0
    ends: float | None = None
    """On the monotonic clock; None before the signal."""

    def begin(self) -> None:
        """Begins the time. A second signal ends it."""
        self.ends = time.monotonic() + (self.seconds if self.ends is None else 0.0)

    @property
    def left(self) -> float | None:
        """Seconds of the drain that are left, below zero once it is over; None before the signal."""
        return None if self.ends is None else self.ends - time.monotonic()

    def check(self) -> None:
        """NotReady once the service is about to stop."""
        if self.ends is not None:
            raise NotReady(*_STOPS)


class Server(uvicorn.Server):
    """uvicorn's, which stops after its drain, and then returns, so that what was opened can be closed.

    uvicorn would raise the signal again, which ends the process at once. It also looks ten times a second whether it is
    to stop; here a signal wakes it.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        self._drain = drain
        self._stops = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        super().__init__(config)

    @property
    def should_exit(self) -> bool:
        """Whether it stops now; may be set from any thread."""
        return self._stops

    @should_exit.setter
    def should_exit(self, stops: bool) -> None:
        if stops is not self._stops:
            self._stops = stops
            self._wake()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        else:
            self._drain.begin()
            self._wake()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            left = self._drain.left
            pause = _DATE_SECONDS if left is None else min(_DATE_SECONDS, max(0.0, left))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            self._woken.clear()

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def on_tick(self, counter: int) -> bool:
        if (left := self._drain.left) is not None and left <= 0:
            self.should_exit = True
        ends = await super().on_tick(counter)
        if self._drain.ends is not None and _CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        return ends
