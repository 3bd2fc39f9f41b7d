"""Development tokens: who is asking, signed with the installation's token key. Refused outside development."""

from dataclasses import dataclass, field
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.platform.ids import real_seconds
from jejak.web.requests.bodies import token_needed

ISSUER: Final = "jejak-dev"
COOKIE_DAYS: Final = 7
"""A browser shows its ended session so long: by it we know that a form is of our pages, and keep what was typed."""
_HOURS: Final = 12
_DAY: Final = 86_400
_REMEMBERED: Final = 4096


def issue(key: bytes, actor: Actor, *, hours: float = _HOURS) -> str:
    """A token that names an official. `hours` of real time until it ends."""
    claims = {
        "iss": ISSUER,
        "sub": actor.code,
        "kantor": actor.office,
        "jabatan": actor.post,
        "exp": int(real_seconds() + hours * 3600),
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


@dataclass(slots=True)
class Verifier:
    """Verifies tokens; remembers those it has verified until they end."""

    key: bytes
    development: bool
    _known: dict[str, tuple[float, Actor]] = field(default_factory=dict)

    def actor(self, authorization: str | None) -> Actor:
        """The official an Authorization header names. Problem 401 for none, a wrong or an ended one."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise token_needed()
        if not self.development:
            raise Problem("token_pengembangan", "Token pengembangan hanya berlaku bila JEJAK_ENV=development.", 401)
        kept = self._known.get(token)
        if kept is None or kept[0] <= real_seconds():
            kept = self._verified(token)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[token] = kept
        return kept[1]

    def holds(self, token: str) -> bool:
        """Whether it names an official now."""
        try:
            self.actor(f"Bearer {token}")
        except Problem:
            return False
        return True

    def issued(self, token: str) -> bool:
        """Whether it is one of ours, though it may have ended some days ago: who typed for too long is shown it."""
        try:
            claims = jwt.decode(token, OctKey.import_key(self.key), algorithms=["HS256"]).claims
        except (JoseError, ValueError):
            return False
        until = claims.get("exp")
        recent = isinstance(until, int) and until > real_seconds() - COOKIE_DAYS * _DAY
        return self.development and recent and claims.get("iss") == ISSUER and "kantor" in claims

    def _verified(self, token: str) -> tuple[float, Actor]:
        try:
            claims = jwt.decode(token, OctKey.import_key(self.key), algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(iss={"essential": True, "value": ISSUER}, exp={"essential": True}).validate(claims)
            return float(claims["exp"]), Actor(str(claims["kantor"]), str(claims["sub"]), str(claims["jabatan"]))
        except (JoseError, KeyError, ValueError):
            raise Problem("token_salah", "Token tidak sah atau sudah berakhir. Minta token baru.", 401) from None
