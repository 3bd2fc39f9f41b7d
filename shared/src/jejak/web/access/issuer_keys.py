"""The public keys of a token's issuer, by which its tokens are checked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from jejak.platform.errors import Problem
from jejak.web.access.fetching import fetch

LEEWAY_SECONDS: Final = 30
"""Between the clocks of two machines."""
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
_AGE_SECONDS: Final = 600.0
"""Keys older than this are read again, so that a key the issuer took back is not valid for ever."""
_AGAIN_SECONDS: Final = 10.0
"""The issuer is asked at most once in this time, for any key that tokens name."""

_log = structlog.get_logger()


@dataclass(slots=True)
class IssuerKeys:
    """The keys: read when first needed, read again when old or when a token names another key.

    The pause after an attempt begins at its end: an issuer that is silent takes long to fail, and of the requests that
    wait meanwhile each would else wait for an attempt of its own.
    """

    read: Callable[[], Awaitable[bytes]]
    """The JWK Set; raises OSError while it cannot be read."""
    _keys: KeySet | None = None
    _read_at: float = 0.0
    _tried_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token signed by the issuer, not checked otherwise.

        Raises JoseError or ValueError for any other token, Problem 503 while there are no keys.
        """
        try:
            return jwt.decode(token, await self._known(), algorithms=_ALGORITHMS).claims
        except InvalidKeyIdError:
            await self._refresh()
            return jwt.decode(token, await self._known(), algorithms=_ALGORITHMS).claims

    async def _known(self) -> KeySet:
        if self._keys is None or _now() - self._read_at > _AGE_SECONDS:
            await self._refresh()
        if self._keys is None:
            raise Problem(
                "kunci_penerbit", "Kunci penerbit token sedang tidak dapat dibaca. Ulangi sebentar lagi.", 503
            )
        return self._keys

    async def _refresh(self) -> None:
        """Read them, unless they were read a moment ago; those known before stay while they cannot be read."""
        async with self._lock:
            if _now() - self._tried_at < _AGAIN_SECONDS:
                return
            try:
                self._keys = KeySet.import_key_set(json.loads(await self.read()))
            except (OSError, JoseError, ValueError, LookupError, TypeError) as error:
                _log.warning("issuer_keys_unread", error=type(error).__name__)
            else:
                self._read_at = _now()
            finally:
                self._tried_at = _now()


async def key_set_at(place: str) -> bytes:
    """The JWK Set at an address, or in a file. OSError where it cannot be read."""
    if not place.startswith(("https://", "http://")):
        return await asyncio.to_thread(Path(place).read_bytes)
    status, body = await fetch(place)
    if status != HTTPStatus.OK:
        raise OSError(f"the issuer's keys: {status}")
    return body


def scopes(claims: dict[str, Any]) -> list[object]:
    """The scopes of a token: words in one string (RFC 9068), or a list, or named `scp`, as some issuers give them."""
    scopes = claims.get("scope", claims.get("scp"))
    if isinstance(scopes, str):
        return list(scopes.split())
    return scopes if isinstance(scopes, list) else []


def _now() -> float:
    return asyncio.get_running_loop().time()
