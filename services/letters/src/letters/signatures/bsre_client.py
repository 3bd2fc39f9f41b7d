"""Requests to BSrE over HTTP, with the access of the office. Paths and bodies name persons: neither is logged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

import aiohttp
from yarl import URL

from letters.signatures.bsre import ID_HEADER, Access, Request, document_id
from letters.signatures.bsre_words import NotSigned

type Note = Callable[[str], Awaitable[None]]
"""What is done with the id of a document as soon as it is known."""

_CONNECT_SECONDS: Final = 5.0
_PLAIN: Final = {"Accept-Encoding": "identity"}


class BsreClient:
    """BSrE for the offices that have access, over connections that live as long as `run`."""

    def __init__(self, accesses: Mapping[str, Access]) -> None:
        self.accesses = accesses
        self._session: aiohttp.ClientSession | None = None
        self._places = {office: asyncio.Semaphore(access.at_once) for office, access in accesses.items()}

    async def run(self) -> None:
        """Holds the connections until cancelled."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False) as session:
            self._session = session
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self._session = None

    def place(self, office: str) -> AbstractAsyncContextManager[object]:
        """A place among the concurrent requests of an office."""
        return self._places.get(office, nullcontext())

    async def send(
        self, access: Access, request: Request, most: int, *, signs: bool = False, note: Note | None = None
    ) -> tuple[int, bytes]:
        """Status and body of one request. NotSigned without a whole answer of at most `most` bytes.

        `signs`: once it was sent, an answer that fails leaves open whether BSrE signed. `note` hears the document's id
        before the body is read.
        """
        if self._session is None:
            raise NotSigned("tidak_menjawab")
        try:
            async with self._session.request(
                request.method,
                URL(access.url.rstrip("/") + request.path, encoded=True),
                headers={"Authorization": access.authorization, **_PLAIN},
                json=request.json,
                data=_multipart(request),
                timeout=aiohttp.ClientTimeout(total=access.seconds, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as answer:
                if note and (document := document_id(answer.headers.get(ID_HEADER))):
                    await note(document)
                return answer.status, await _bounded(answer, most, signs=signs)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotSigned("tidak_menjawab") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise NotSigned("jawaban_terputus" if signs else "tidak_menjawab", sure=not signs) from None


def _multipart(request: Request) -> aiohttp.FormData | None:
    if request.file is None:
        return None
    form = aiohttp.FormData()
    for name, value in (request.form or {}).items():
        form.add_field(name, value)
    form.add_field("file", request.file, filename="surat.pdf", content_type="application/pdf")
    return form


async def _bounded(answer: aiohttp.ClientResponse, most: int, *, signs: bool) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > most:
            raise NotSigned("terlalu_besar", sure=not signs)
    return bytes(body)
