"""Requests to an issuer of tokens: few, small, without redirects, and off the event loop."""

import asyncio
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

_SECONDS: Final = 5
_MOST: Final = 256 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: a secret goes to no other address."""

    def redirect_request(self, *_: Any) -> None:
        return None


async def fetch(
    address: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Status and body (at most 256 kB) of one request; a POST where there is a form. OSError without an answer.

    `address` begins with http:// or https://; certificates are checked by the system's authorities and SSL_CERT_FILE.
    """
    data = None if form is None else urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(address, data, dict(headers or {}))  # noqa: S310 - http(s) only, see above
    return await asyncio.to_thread(_answer, request)


def _answer(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with _opened(request) as answer:
            return answer.status, answer.read(_MOST)
    except http.client.HTTPException as error:  # also while a refusal is read
        raise OSError(type(error).__name__) from None


def _opened(request: urllib.request.Request) -> Any:
    """The answer, of any status."""
    try:
        return urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS)
    except urllib.error.HTTPError as refusal:
        return refusal
