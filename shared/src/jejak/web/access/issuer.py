"""The issuer (OpenID Connect): its addresses and keys, its tokens, and the exchange of a code for a token."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import structlog
from joserfc import jwt
from joserfc.errors import JoseError

from jejak.platform.errors import NotYours, Problem
from jejak.platform.identity_settings import Identity
from jejak.web.access.fetching import fetch
from jejak.web.access.issuer_keys import LEEWAY_SECONDS, IssuerKeys, key_set_at, scopes
from jejak.web.access.tokens import wrong_token

_AGE_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 5.0
"""An issuer that did not answer is left alone for this time: each request that asks it waits for it."""
_SILENT: Final = "Layanan akun sedang tidak menjawab. Ulangi sebentar lagi."
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the issuer publishes about itself (OpenID Connect Discovery 1.0)."""

    authorization: str
    token: str
    keys: str
    end_session: str | None


@dataclass(slots=True)
class Issuer:
    """The issuer of an installation. Every failure to reach it is a Problem 503."""

    identity: Identity
    keys: IssuerKeys = field(init=False)
    _addresses: Addresses | None = None
    _read_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.keys = IssuerKeys(self._key_set)

    async def addresses(self) -> Addresses:
        """Its addresses, read again every ten minutes; those known before serve while they cannot be read."""
        async with self._lock:
            now = _now()
            if now - self._read_at > _AGE_SECONDS and now - self._tried_at > _AGAIN_SECONDS:
                await self._refresh(now)
                self._tried_at = _now()
        if self._addresses is None:
            raise silent()
        return self._addresses

    async def _refresh(self, now: float) -> None:
        try:
            self._addresses = await self._discovered()
        except (OSError, ValueError, LookupError, TypeError) as error:
            _log.warning("issuer_unread", error=type(error).__name__)
        else:
            self._read_at = now

    async def _discovered(self) -> Addresses:
        issuer = self.identity.issuer
        status, body = await fetch(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
        if status != HTTPStatus.OK:
            raise OSError(f"the issuer's configuration: {status}")
        said = json.loads(body)
        if said["issuer"] != issuer:
            raise ValueError("the issuer names itself otherwise than JEJAK_OIDC_ISSUER")
        authorization, token = str(said["authorization_endpoint"]), str(said["token_endpoint"])
        keys, end = str(said["jwks_uri"]), said.get("end_session_endpoint")
        scheme = "https://" if issuer.startswith("https://") else "http"
        if not all(address.startswith(scheme) for address in (authorization, token, keys, str(end or scheme))):
            raise ValueError("an address of the issuer is not encrypted")
        return Addresses(authorization, token, keys, str(end) if end else None)

    async def _key_set(self) -> bytes:
        try:
            return await key_set_at((await self.addresses()).keys)
        except Problem as problem:
            raise OSError(problem.code) from None

    async def id_token(self, code: str, verifier: str, redirect: str) -> str:
        """The id_token for a code (RFC 6749, 4.1.3; RFC 7636). Problem 401 for a code that the issuer refuses."""
        identity = self.identity
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        pair = f"{quote(identity.client_id, safe='')}:{quote(identity.client_secret or '', safe='')}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        try:
            status, body = await fetch((await self.addresses()).token, form, headers)
            answer = json.loads(body)
        except (OSError, ValueError):
            raise silent() from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(answer, dict):
            raise silent()
        token = answer.get("id_token")
        if status != HTTPStatus.OK or not isinstance(token, str):
            _log.warning("code_refused", error=str(answer.get("error"))[:40])
            raise wrong_token()
        return token

    async def id_claims(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an id_token (OpenID Connect Core 3.1.3.7). Problem 401 for one that is not for this sign-in."""
        claims = await self._checked(token, nonce={"essential": True, "value": nonce}, iat={"essential": True})
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.identity.client_id) != self.identity.client_id:
            raise wrong_token()
        return claims

    async def access_claims(self, token: str) -> dict[str, Any]:
        """The claims of a person's access token. Problem 401 for an invalid one, NotYours for one without the scope."""
        claims = await self._checked(token)
        if self.identity.scope not in scopes(claims):
            raise NotYours("cakupan_kurang", f"Token ini tidak memuat cakupan {self.identity.scope}.")
        return claims

    async def logout_claims(self, token: str) -> dict[str, Any]:
        """The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Problem 401 for any other."""
        claims = await self._checked(token, iat={"essential": True}, events={"essential": True})
        events = claims["events"]
        if not isinstance(events, Mapping) or _LOGOUT not in events or "nonce" in claims:
            raise wrong_token()
        return claims

    async def _checked(self, token: str, **claims: Any) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.identity.issuer},
            aud={"essential": True, "value": self.identity.client_id},
            exp={"essential": True},
            **claims,
        )
        try:
            checked = await self.keys.claims(token)
            registry.validate(checked)
        except (JoseError, ValueError):
            raise wrong_token() from None
        return checked


def _now() -> float:
    return asyncio.get_running_loop().time()


def silent() -> Problem:
    """503: the issuer does not answer."""
    return Problem("penerbit_mati", _SILENT, 503)
