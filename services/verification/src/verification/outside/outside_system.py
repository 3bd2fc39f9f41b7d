"""Requests to an outside system over HTTP, with the access of the office.

A URL or a body may name a person: neither is logged or shown, and every failure has a code.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Final

import aiohttp
import structlog
from prometheus_client import Counter
from yarl import URL

from jejak.cases.decision import LoadedCase
from jejak.messaging.task_runner import OutsideUnavailable, Unavailable, Undecided
from jejak.platform.office_access import BaseAccess, UnusableError

_MOST_BYTES: Final = 128 * 1024
"""Greatest size of an answer's body; an answer about one person has a few thousand bytes."""
_log = structlog.get_logger()
_LOOK_UPS = Counter("jejak_lookups_total", "Look-ups at systems outside", ["system", "office", "outcome"])


class OutsideSystem[A: BaseAccess]:
    """One outside system, over connections that live as long as `run`. Its name begins the codes of its failures."""

    name: ClassVar[str]

    def __init__(self, accesses: Mapping[str, A]) -> None:
        self._accesses = accesses
        self._session: aiohttp.ClientSession | None = None
        self._places: dict[str, asyncio.Semaphore] = {}

    async def run(self) -> None:
        """Holds the connections until cancelled."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            self._session = session
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._session = None

    def at_once(self, office: str) -> int:
        """Concurrent look-ups of an office."""
        access = self._accesses.get(office)
        return access.at_once if access else 1

    async def look_up[F](self, loaded: LoadedCase, ask: Callable[[A], Awaitable[F]], outcome: Callable[[F], str]) -> F:
        """Asks with the access of the case's office, and counts the result by `outcome` or by the failure's code.

        Never more than `at_once` of an office together, tasks and the people of lists.

        OutsideUnavailable while the system answers nobody of this office, Unavailable without a usable answer for this
        person, Undecided where an official sees what the answer says.
        """
        office = loaded.office.kode
        try:
            access = self._accesses.get(office)
            if access is None:
                raise self._unusable("belum_diatur")
            async with self._places.setdefault(office, asyncio.Semaphore(access.at_once)):
                answer = await ask(access)
        except UnusableError as error:
            _LOOK_UPS.labels(self.name, office, error.code).inc()
            _log.info("lookup", system=self.name, case=str(loaded.case.id), outcome=error.code)
            if error.word is not None:
                raise Undecided(error.column, error.word, error.code) from None
            raise (OutsideUnavailable if error.away else Unavailable)(error.code) from None
        _LOOK_UPS.labels(self.name, office, outcome(answer)).inc()
        return answer

    def _unusable(self, reason: str) -> UnusableError:
        return UnusableError(f"{self.name}_{reason}", away=True)

    async def send(
        self,
        access: BaseAccess,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of one request. UnusableError without a whole answer within the limit of size."""
        if self._session is None:
            raise self._unusable("tidak_menjawab")
        try:
            async with self._session.request(
                method,
                URL(access.url.rstrip("/") + path, encoded=True),
                headers=headers,
                json=body,
                timeout=aiohttp.ClientTimeout(total=access.seconds),
                allow_redirects=False,
            ) as answer:
                return answer.status, await self._bounded(answer)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise self._unusable("tidak_menjawab") from None

    async def _bounded(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise self._unusable("terlalu_besar")
        return bytes(body)
