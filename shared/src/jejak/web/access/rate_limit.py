"""Against guessing codes: an address that asks for many cases that do not exist is not answered for a while.

A code has 60 bits, so nobody finds one by trying; this keeps those who try from costing anything. Only what a stranger
asks in vain counts, and an address may stand for a whole village behind one mobile mast: the allowance is generous.

Who asks is the address the server sees; behind a proxy it is what that proxy says (uvicorn's FORWARDED_ALLOW_IPS).
"""

import asyncio
import math
import re
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jejak.platform.errors import Problem, TooOften
from jejak.web.access.tokens import Verifier
from jejak.web.problems import problem_response
from jejak.web.requests.browser import session_of

BY_CODE: Final = re.compile(r"/(?:cases|periksa)/[^/]+(?:/.*)?")
"""The addresses that somebody who knows a code may ask without a token."""
_MISSES: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_SENTENCE: Final = "Terlalu banyak kode yang tidak dikenal dari sambungan ini. Periksa kodenya, lalu coba lagi nanti."
_SUBNET: Final = 64
"""Bits of an IPv6 address that name one household or phone."""


@dataclass(slots=True)
class Allowance:
    """How often each address may miss: `misses` at once, and one more every `seconds`. Keeps `most` addresses.

    Not by the library `limits`, which bpjs-sync uses: it has no leaky bucket, keeps as many addresses as come, and asks
    the system's clock, so that what stands here would be as long and its tests would wait.
    """

    misses: int = 60
    seconds: float = 10.0
    most: int = 10_000
    _owed: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """Address -> misses not yet forgiven, and when that was reckoned; the one that missed last stands last."""

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address is answered again; 0 while it is. `now` is any steady clock's seconds."""
        return max(0.0, (self._now_owed(address, now) - self.misses + 1) * self.seconds)

    def missed(self, address: str, now: float) -> None:
        """It asked for what does not exist."""
        self._owed[address] = (self._now_owed(address, now) + 1, now)
        self._owed.move_to_end(address)
        while len(self._owed) > self.most:
            self._owed.popitem(last=False)

    def _now_owed(self, address: str, now: float) -> float:
        owed, since = self._owed.get(address, (0.0, now))
        return max(0.0, owed - (now - since) / self.seconds)


def client_network(host: str) -> str:
    """What counts as one asker: an IPv4 address, or the network of an IPv6 address, whose owner has all of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> (128 - _SUBNET) << (128 - _SUBNET)))
    return str(address.ipv4_mapped or address) if isinstance(address, IPv6Address) else str(address)


@dataclass(slots=True)
class CodeRateLimit:
    """Around a service's routes: counts what strangers ask in vain by code, and refuses who does it too often."""

    app: ASGIApp
    verifier: Verifier
    allowance: Allowance = field(default_factory=Allowance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not BY_CODE.fullmatch(scope["path"]) or self._known(scope):
            await self.app(scope, receive, send)
            return
        address = client_network((scope.get("client") or ("",))[0])
        wait = self.allowance.wait(address, _seconds())
        if wait > 0:
            await problem_response(TooOften(_SENTENCE, math.ceil(wait)), scope)(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _MISSES:
                self.allowance.missed(address, _seconds())
            await send(message)

        await self.app(scope, receive, counted)

    def _known(self, scope: Scope) -> bool:
        """Whether an official asks, by a token or with a form of his browser's: he is known by name."""
        headers = Headers(scope=scope)
        try:
            self.verifier.actor(headers.get("authorization", f"Bearer {session_of(headers) or ''}"))
        except Problem:
            return False
        return True


def _seconds() -> float:
    return asyncio.get_running_loop().time()
