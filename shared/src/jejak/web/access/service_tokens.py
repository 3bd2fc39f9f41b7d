"""Services that ask each other: a token of a minute that names who asks and who is asked.

It is signed with the installation's token key, which every service has and nobody outside.
"""

from dataclasses import dataclass, field
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from jejak.platform.errors import Problem
from jejak.platform.ids import real_seconds

ISSUER: Final = "jejak-layanan"
"""No token of an official or a client has it, so that neither is taken for the other."""
_SECONDS: Final = 60
_LEEWAY_SECONDS: Final = 30
"""Between the clocks of two machines."""


def issue(key: bytes, asking: str, asked: str, *, seconds: int = _SECONDS) -> str:
    """A token by which the service `asking` asks the service `asked`."""
    claims = {"iss": ISSUER, "sub": asking, "aud": asked, "exp": int(real_seconds()) + seconds}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


@dataclass(frozen=True, slots=True)
class ServiceVerifier:
    """Knows the other services; `service` is the one that is asked."""

    key: bytes = field(repr=False)
    service: str

    def asking(self, authorization: str | None) -> str:
        """The service that asks, by an Authorization header. Problem 401 for none, a wrong or an ended token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _wrong()
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": self.service},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(token, OctKey.import_key(self.key), algorithms=["HS256"]).claims
            registry.validate(claims)
        except (JoseError, ValueError):
            raise _wrong() from None
        return str(claims["sub"])


def _wrong() -> Problem:
    return Problem("token_layanan_salah", "Alamat ini hanya untuk layanan Jejak sendiri.", 401)
