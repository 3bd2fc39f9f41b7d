"""Machines as clients, by an OAuth client credentials token (RFC 6749, RFC 9068) or by a certificate.

In development also a token of `jejak token --client`, signed with the installation's own key.
"""

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
from joserfc import jwt
from joserfc.errors import InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey
from starlette.types import Scope

from jejak.platform.errors import NotYours, Problem
from jejak.platform.ids import real_seconds
from jejak.platform.settings import Clients
from jejak.web.access.certificates import CLIENT_SUBJECT
from jejak.web.access.tokens import ISSUER

_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
_LEEWAY_SECONDS: Final = 30
_AGE_SECONDS: Final = 600.0
"""Keys older than this are read again, so that a key the issuer took back is not valid for ever."""
_AGAIN_SECONDS: Final = 10.0
"""The issuer is asked at most once in this time, for any key that tokens name."""
_FETCH_SECONDS: Final = 5
_MAX_JWKS: Final = 256 * 1024
_OF_OTHERS: Final = {"iss": "dari penerbit (iss) yang tidak dikenal", "aud": "untuk penerima (aud) lain"}
_HOURS: Final = 12.0

_log = structlog.get_logger()


def subject_of(scope: Scope) -> str | None:
    """The subject of the connection's certificate; None without a certificate."""
    subject: str | None = scope.get("state", {}).get(CLIENT_SUBJECT)
    return subject


def issue(key: bytes, client: str, *, hours: float = _HOURS) -> str:
    """A development token that names a client and ends after `hours` of real time."""
    claims = {"iss": ISSUER, "client_id": client, "exp": int(real_seconds() + hours * 3600)}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


class ClientVerifier:
    """Identifies the clients of an installation."""

    def __init__(self, clients: Clients, token_key: bytes, development: bool) -> None:
        self._clients, self._token_key, self._development = clients, token_key, development
        self._keys = _IssuersKeys(clients.jwks) if clients.jwks else None

    async def client(self, authorization: str | None, subject: str | None) -> str:
        """The client's name by its token, else by its certificate.

        Problem 401 for neither or an invalid token, 403 for a client that is not registered, 503 while the issuer's
        keys cannot be read.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return await self._by_token(token)
        if subject is None:
            raise Problem("klien_perlu", "Sertakan token klien (OAuth client credentials) atau sertifikat klien.", 401)
        return _admitted(self._clients.subjects.get(subject))

    async def _by_token(self, token: str) -> str:
        if self._development and (name := self._development_client(token)):
            return name
        if self._keys is None:
            raise _wrong()
        claims = await self._checked(token, self._keys)
        if self._clients.scope not in _scopes(claims):
            raise NotYours("cakupan_kurang", f"Token klien ini tidak memuat cakupan {self._clients.scope}.")
        return _admitted(self._clients.ids.get(str(claims.get("client_id") or claims.get("azp") or claims.get("sub"))))

    def _development_client(self, token: str) -> str | None:
        """None for a token that is not the installation's own: then it is the issuer's, or invalid."""
        try:
            claims = jwt.decode(token, OctKey.import_key(self._token_key), algorithms=["HS256"]).claims
            registry = jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": ISSUER}, client_id={"essential": True}, exp={"essential": True}
            )
            registry.validate(claims)
        except (JoseError, ValueError):
            return None
        return str(claims["client_id"])

    async def _checked(self, token: str, keys: "_IssuersKeys") -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": str(self._clients.issuer)},
            aud={"essential": True, "value": str(self._clients.audience)},
            exp={"essential": True},
        )
        try:
            try:
                claims = jwt.decode(token, await keys.known(), algorithms=_ALGORITHMS).claims
            except InvalidKeyIdError:
                claims = jwt.decode(token, await keys.refreshed(), algorithms=_ALGORITHMS).claims
            registry.validate(claims)
        except InvalidClaimError as error:
            raise _of_others(error.claim) from None
        except (JoseError, ValueError):
            raise _wrong() from None
        return claims


@dataclass(slots=True)
class _IssuersKeys:
    """The issuer's public keys: read when first needed, read again when old or when a token names another key."""

    place: str
    _keys: KeySet | None = None
    _read_at: float = 0.0
    _tried_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def known(self) -> KeySet:
        """The keys. Problem 503 while there are none."""
        if self._keys is None or _now() - self._read_at > _AGE_SECONDS:
            await self._refresh()
        if self._keys is None:
            raise Problem(
                "kunci_penerbit", "Kunci penerbit token sedang tidak dapat dibaca. Ulangi sebentar lagi.", 503
            )
        return self._keys

    async def refreshed(self) -> KeySet:
        """As `known`, read again unless they were read a moment ago."""
        await self._refresh()
        return await self.known()

    async def _refresh(self) -> None:
        async with self._lock:
            if _now() - self._tried_at < _AGAIN_SECONDS:
                return
            self._tried_at = _now()
            try:
                self._keys = KeySet.import_key_set(json.loads(await asyncio.to_thread(_read, self.place)))
            except (OSError, JoseError, ValueError, LookupError, TypeError) as error:
                _log.warning("issuer_keys_unread", error=type(error).__name__)
            else:
                self._read_at = _now()


def _scopes(claims: dict[str, Any]) -> list[object]:
    """The scopes of a token: words in one string (RFC 9068), or a list, or named `scp`, as some issuers give them."""
    scopes = claims.get("scope", claims.get("scp"))
    if isinstance(scopes, str):
        return list(scopes.split())
    return scopes if isinstance(scopes, list) else []


def _read(place: str) -> bytes:
    if not place.startswith(("https://", "http://")):
        return Path(place).read_bytes()
    with urllib.request.urlopen(place, timeout=_FETCH_SECONDS) as answer:  # noqa: S310 - http(s) only, see above
        data: bytes = answer.read(_MAX_JWKS)
        return data


def _now() -> float:
    return asyncio.get_running_loop().time()


def _admitted(name: str | None) -> str:
    if name is None:
        raise NotYours("klien_tidak_terdaftar", "Klien ini tidak terdaftar. Mintalah pengelola mendaftarkannya.")
    return name


def _of_others(claim: str) -> Problem:
    """Problem 401 for a token that is validly signed, but by another issuer or for another system."""
    if claim not in _OF_OTHERS:
        return _wrong()
    detail = f"Token klien ini {_OF_OTHERS[claim]}. Minta token untuk sistem ini."
    return Problem("token_klien_salah", detail, 401)


def _wrong() -> Problem:
    return Problem("token_klien_salah", "Token klien tidak sah atau sudah berakhir. Minta token baru.", 401)
