"""Looks people up in the membership lists of verification, over HTTP, many people of one office at a time.

A NIK stands in the body and nowhere else. A failure has a code, and no value of a request or an answer.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import httpx
from pydantic import ValidationError

from jejak.contracts.memberlists import PATH, MemberQuery, MemberQueryAnswer
from jejak.messaging.task_runner import OutsideUnavailable, Unavailable
from jejak.platform.settings import Settings
from jejak.web.access.service_tokens import issue
from jejak.web.requests.trace import handed_on

_SERVICE: Final = "verification"
_SECONDS: Final = 10.0
"""The time limit of one request, from the connection to the last byte."""


@dataclass(frozen=True, slots=True)
class MemberLists:
    """The lists that verification holds."""

    url: str
    token_key: bytes = field(repr=False)
    service: str
    seconds: float = _SECONDS
    _context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "MemberLists":
        """Those of this installation."""
        return cls(settings.address_of(_SERVICE), settings.token_key, settings.service)

    async def look_up(self, office: str, niks: Sequence[str]) -> MemberQueryAnswer:
        """What the lists of an office say of these people, at most `MOST_PEOPLE`.

        OutsideUnavailable while verification does not answer, Unavailable where it fails on this query.
        """
        query = MemberQuery(office=office, niks=tuple(niks))
        headers = {"Authorization": f"Bearer {issue(self.token_key, self.service, _SERVICE)}", **handed_on()}
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpx.AsyncClient(
                    base_url=self.url, verify=self._context, trust_env=False, timeout=self.seconds
                ) as http,
            ):
                answer = await http.post(PATH, json=query.model_dump(), headers=headers)
        except (httpx.HTTPError, TimeoutError):
            raise OutsideUnavailable("verifikasi_tidak_menjawab") from None
        return _read(answer, len(niks))


def _read(answer: httpx.Response, people: int) -> MemberQueryAnswer:
    """An answer about so many people. A failure may be due to one of them, who are then looked up one by one."""
    match answer.status_code:
        case HTTPStatus.OK:
            try:
                lists = MemberQueryAnswer.model_validate_json(answer.content)
            except ValidationError:
                raise OutsideUnavailable("verifikasi_tidak_terbaca") from None
            if len(lists.rows) != people:
                raise OutsideUnavailable("verifikasi_tidak_terbaca")
            return lists
        case HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unavailable("verifikasi_gangguan")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            raise OutsideUnavailable("verifikasi_tidak_menjawab")
        case _:
            raise OutsideUnavailable("verifikasi_menolak")
