"""How a service stops: at SIGTERM it says so at `/open` and `/ready`, goes on answering, then closes its socket."""

from __future__ import annotations

import signal
import time
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
    def over(self) -> bool:
        return self.ends is not None and time.monotonic() >= self.ends

    def check(self) -> None:
        """NotReady once the service is about to stop."""
        if self.ends is not None:
            raise NotReady(*_STOPS)


class Server(uvicorn.Server):
    """uvicorn's, which stops after its drain, and then returns, so that what was opened can be closed.

    uvicorn would raise the signal again, which ends the process at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            super().handle_exit(sig, frame)
        else:
            self._drain.begin()

    async def on_tick(self, counter: int) -> bool:
        self.should_exit |= self._drain.over
        ends = await super().on_tick(counter)
        if self._drain.ends is not None and _CLOSE not in self.server_state.default_headers:
            self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        return ends
