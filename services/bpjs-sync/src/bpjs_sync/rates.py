"""Rate limits of BPJS's machines over HTTP: requests and answers a minute, counted by this process, in memory.

A client that asks in a loop, or sends the answers of another environment, keeps no other waiting.
"""

import math
import time
import zlib
from dataclasses import dataclass, field
from typing import Final, Self

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from jejak.contracts.bpjs.http import MAX_REPLIES
from jejak.platform.errors import TooOften
from jejak.platform.settings import SettingsError, Source
from jejak.web.access.rate_limit import client_network
from jejak.web.http_app import RequestGate

REQUESTS: Final = "JEJAK_BPJS_REQUESTS_PER_MINUTE"
REPLIES: Final = "JEJAK_BPJS_REPLIES_PER_MINUTE"
_STRANGERS: Final = 4_096
"""Buckets of addresses without a token: the memory of the counts is bounded."""
_SENTENCE: Final = "Terlalu banyak dalam satu menit. Tunggu sebanyak detik pada Retry-After, lalu ulangi."


@dataclass(frozen=True, slots=True)
class Rates:
    """How many requests and replies one client may send a minute."""

    gate: RequestGate
    requests: RateLimitItem
    replies: RateLimitItem
    _counted: SlidingWindowCounterRateLimiter = field(
        default_factory=lambda: SlidingWindowCounterRateLimiter(MemoryStorage())
    )

    @classmethod
    def of(cls, gate: RequestGate, source: Source) -> Self:
        """The rates of the settings. SettingsError where one full request of replies would exceed them."""
        replies = source.integer(REPLIES, 60_000)
        if replies < MAX_REPLIES:
            raise SettingsError(f"{REPLIES} must be at least {MAX_REPLIES}: one request may hold so many.")
        requests = source.integer(REQUESTS, 6_000)
        return cls(gate, RateLimitItemPerMinute(requests), RateLimitItemPerMinute(replies, namespace="replies"))

    async def client(self, request: Request) -> str:
        """As `RequestGate.client`, counted. TooOften beyond the rate."""
        name = await self.gate.client(request)
        await self._check(self.requests, name)
        return name

    async def check_stranger(self, request: Request) -> None:
        """As `client`, for an address without a token."""
        address = client_network(request.client.host if request.client else "")
        await self._check(self.requests, f"alamat {zlib.crc32(address.encode()) % _STRANGERS}")

    async def check_replies(self, client: str, count: int) -> None:
        """Counts answers. TooOften beyond the rate: none of them is taken."""
        await self._check(self.replies, client, count)

    async def _check(self, rate: RateLimitItem, name: str, cost: int = 1) -> None:
        if not await self._counted.hit(rate, name, cost=cost):
            free_at, _ = await self._counted.get_window_stats(rate, name)
            seconds = free_at - time.time()  # noqa: TID251 - the library counts by it
            raise TooOften(_SENTENCE, max(1, math.ceil(seconds)))
