"""Tokens signed with the installation's key (HS256), and development tokens, which name an official.

Development tokens are refused outside development.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.platform.ids import real_seconds
from jejak.web.requests.bodies import token_needed

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


def sign(key: bytes, claims: Mapping[str, str], seconds: float) -> str:
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
    """Verifies development tokens; caches those it has verified until they end."""

    key: bytes
    development: bool
    _cache: dict[str, tuple[float, Actor]] = field(default_factory=dict)

    def actor(self, authorization: str | None) -> Actor:
        """The official an Authorization header names. Problem 401 for none, a wrong or an ended token."""
        if (token := bearer_token(authorization)) is None:
            raise token_needed()
        if not self.development:
            raise Problem("token_pengembangan", "Token pengembangan hanya berlaku bila JEJAK_ENV=development.", 401)
        cached = self._cache.get(token)
        if cached is None or cached[0] <= real_seconds():
            cached = self._verified(token)
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[token] = cached
        return cached[1]

    def is_valid(self, token: str) -> bool:
        """Whether it names an official now."""
        try:
            self.actor(f"Bearer {token}")
        except Problem:
            return False
        return True

    def was_issued(self, token: str) -> bool:
        """Whether the installation issued it, even if it ended within `COOKIE_DAYS`: a form outlives its session."""
        required = {"iss": ISSUER, "kantor": None}
        claims = verified_claims(self.key, token, required, leeway=COOKIE_DAYS * _DAY)
        return self.development and claims is not None

    def _verified(self, token: str) -> tuple[float, Actor]:
        required = {"iss": ISSUER, "kantor": None, "sub": None, "jabatan": None}
        if (claims := verified_claims(self.key, token, required)) is None:
            raise Problem("token_salah", "Token tidak sah atau sudah berakhir. Minta token baru.", 401)
        return float(claims["exp"]), Actor(str(claims["kantor"]), str(claims["sub"]), str(claims["jabatan"]))
