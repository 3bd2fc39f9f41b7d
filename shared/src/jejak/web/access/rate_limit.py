"""Rate limit against guessing codes: an address that asks for many unknown cases is not answered for a while.

A code has 60 bits and cannot be found by trying; the limit keeps the attempts cheap. Only requests without a token for
what does not exist count, and the allowance is generous: a whole village may share one mobile network's address.

The address is the one the server sees; behind a proxy, the one the proxy names (uvicorn's FORWARDED_ALLOW_IPS).
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
from jejak.web.access.person_tokens import POST
from jejak.web.access.tokens import Verifier
from jejak.web.problems import problem_response
from jejak.web.requests.bodies import sender_of
from jejak.web.requests.browser import session_of

BY_CODE: Final = re.compile(r"/(?:cases|periksa)/[^/]+(?:/.*)?")
"""The paths that a person with a code may open without a token."""
_MISSES: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_SENTENCE: Final = "Terlalu banyak kode yang tidak dikenal dari sambungan ini. Periksa kodenya, lalu coba lagi nanti."
_SUBNET: Final = 64
"""Bits of an IPv6 address that identify one household or phone."""


@dataclass(slots=True)
class Allowance:
    """How often each address may miss: `misses` at once, and one more every `seconds`. Keeps `most` addresses.

    The library `limits`, which bpjs-sync uses, has no leaky bucket, keeps any number of addresses, and reads the
    system's clock: replacing this class by it would not be shorter, and tests would have to wait.
    """

    misses: int = 60
    seconds: float = 10.0
    most: int = 10_000
    _debts: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """Address -> misses not yet forgiven, and the time of that figure; the latest to miss stands last."""

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address is answered again; 0 while it is. `now` is any steady clock's seconds."""
        return max(0.0, (self._debt(address, now) - self.misses + 1) * self.seconds)

    def missed(self, address: str, now: float) -> None:
        """Count a request of this address for what does not exist."""
        self._debts[address] = (self._debt(address, now) + 1, now)
        self._debts.move_to_end(address)
        while len(self._debts) > self.most:
            self._debts.popitem(last=False)

    def _debt(self, address: str, now: float) -> float:
        debt, since = self._debts.get(address, (0.0, now))
        return max(0.0, debt - (now - since) / self.seconds)


def client_network(host: str) -> str:
    """The unit that is limited: an IPv4 address, or the whole network of an IPv6 address, which has one owner."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    host_bits = 128 - _SUBNET
    return str(address.ipv4_mapped or IPv6Address(int(address) >> host_bits << host_bits))


@dataclass(slots=True)
class CodeRateLimit:
    """Middleware around a service's routes: counts misses by code without a token, and answers 429 after too many."""

    app: ASGIApp
    verifier: Verifier
    allowance: Allowance = field(default_factory=Allowance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not BY_CODE.fullmatch(scope["path"]) or await self._is_official(scope):
            await self.app(scope, receive, send)
            return
        address = client_network((scope.get("client") or ("",))[0])
        wait = self.allowance.wait(address, _seconds())
        if wait > 0:
            await problem_response(TooOften(_SENTENCE, math.ceil(wait)), scope)(scope, receive, send)
            return

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _MISSES:
                self.allowance.missed(address, _seconds())
            await send(message)

        await self.app(scope, receive, counting_send)

    async def _is_official(self, scope: Scope) -> bool:
        """Whether the request has a valid token, or comes from a form with a valid session."""
        if sender_of(scope) is not None:
            return True
        headers = Headers(scope=scope)
        session = session_of(headers)
        authorization = headers.get("authorization", f"Bearer {session}" if session else None)
        try:
            await self.verifier.actor(authorization, post=headers.get(POST), used=False)
        except Problem:
            return False
        return True


def _seconds() -> float:
    return asyncio.get_running_loop().time()
