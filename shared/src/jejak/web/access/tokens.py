"""Tokens signed with the installation's key (HS256), and development tokens, which name an official.

Development tokens are refused outside development.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.datastructures import Headers

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.platform.ids import real_seconds
from jejak.web.requests.bodies import token_needed

if TYPE_CHECKING:
    from jejak.web.access.person_tokens import PersonTokens
    from jejak.web.access.sessions import Sessions

ISSUER: Final = "jejak-dev"
COOKIE_DAYS: Final = 7
"""How long a browser keeps sending an ended session; by it a form of our own pages is recognised and not lost."""
_HOURS: Final = 12
_DAY: Final = 86_400
_CACHED: Final = 4096


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header; None without one, or for another scheme."""
    scheme, _, token = (authorization or "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None


def is_use(headers: Headers) -> bool:
    """Whether a person asks, rather than a page that refreshes a part of itself: that keeps no session open."""
    return headers.get("sec-fetch-mode", "navigate") == "navigate"


def sign(key: bytes, claims: Mapping[str, object], seconds: float) -> str:
    """A token with these claims, valid for so many seconds of real time."""
    return jwt.encode({"alg": "HS256"}, {**claims, "exp": int(real_seconds() + seconds)}, OctKey.import_key(key))


def verified_claims(
    key: bytes, token: str, required: Mapping[str, str | None], *, leeway: int = 0
) -> dict[str, Any] | None:
    """The claims of a token signed with this key and still valid; None for any other.

    `required`: claims it must have, with the value each must have (None: any). `leeway`: seconds after its end.
    """
    options: dict[str, Any] = {
        name: {"essential": True} | ({"value": value} if value else {}) for name, value in required.items()
    }
    try:
        claims = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
        jwt.JWTClaimsRegistry(leeway=leeway, exp={"essential": True}, **options).validate(claims)
    except (JoseError, ValueError):
        return None
    return claims


def issue(key: bytes, actor: Actor, *, hours: float = _HOURS) -> str:
    """A development token that names an official, valid for so many hours of real time."""
    claims = {"iss": ISSUER, "sub": actor.code, "kantor": actor.office, "jabatan": actor.post}
    return sign(key, claims, hours * 3600)


@dataclass(slots=True)
class Verifier:
    """Names the official of a request: by a session, by an access token of the issuer, in development by its token.

    Caches the development tokens it has verified until they end.
    """

    key: bytes
    development: bool
    sessions: Sessions | None = None
    persons: PersonTokens | None = None
    _cache: dict[str, tuple[float, Actor]] = field(default_factory=dict)

    async def actor(self, authorization: str | None, *, post: str | None = None, used: bool = True) -> Actor:
        """The official whom an Authorization header names.

        Problem 401 for none, a wrong or an ended token; 403 for a person without a post today. `post`: which one, where
        a program's user holds several. `used`: whether a person did something, so that the session does not end.
        """
        if (token := bearer_token(authorization)) is None:
            raise token_needed()
        if self.development and (actor := self._of_development(token)):
            return actor
        if self.sessions and (session := self.sessions.issued(token)):
            return await self.sessions.actor(session, used=used)
        if self.persons:
            return await self.persons.actor(token, post)
        raise wrong_token()

    async def of_session(self, token: str, *, used: bool) -> Actor | None:
        """The official of a browser's session; None for one that has ended. Problem 503 while that is unknown."""
        try:
            return await self.actor(f"Bearer {token}", used=used) if self.was_issued(token) else None
        except Problem as problem:
            if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return None

    def was_issued(self, token: str) -> bool:
        """Whether the installation issued it, even if it ended within `COOKIE_DAYS`: a form outlives its session."""
        if self.sessions and self.sessions.issued(token, leeway=COOKIE_DAYS * _DAY):
            return True
        required = {"iss": ISSUER, "kantor": None}
        claims = verified_claims(self.key, token, required, leeway=COOKIE_DAYS * _DAY)
        return self.development and claims is not None

    def _of_development(self, token: str) -> Actor | None:
        cached = self._cache.get(token)
        if cached is None or cached[0] <= real_seconds():
            required = {"iss": ISSUER, "kantor": None, "sub": None, "jabatan": None}
            if (claims := verified_claims(self.key, token, required)) is None:
                return None
            actor = Actor(str(claims["kantor"]), str(claims["sub"]), str(claims["jabatan"]))
            cached = float(claims["exp"]), actor
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[token] = cached
        return cached[1]


def wrong_token() -> Problem:
    """401: a token that names nobody here."""
    return Problem("token_salah", "Token tidak sah atau sudah berakhir. Minta token baru.", 401)
