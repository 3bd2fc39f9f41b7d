"""Requests between services: a token of one minute that names the calling and the called service.

It is signed with the installation's token key, which only the services have.
"""

from dataclasses import dataclass, field
from typing import Final

from jejak.platform.errors import Problem
from jejak.web.access.tokens import bearer_token, sign, verified_claims

ISSUER: Final = "jejak-layanan"
"""No token of an official or a client has this issuer, so neither passes for a service."""
_SECONDS: Final = 60
_LEEWAY_SECONDS: Final = 30
"""Between the clocks of two machines."""


def issue(key: bytes, caller: str, called: str, *, seconds: int = _SECONDS) -> str:
    """A token with which the service `caller` sends requests to the service `called`."""
    return sign(key, {"iss": ISSUER, "sub": caller, "aud": called}, seconds)


@dataclass(frozen=True, slots=True)
class ServiceVerifier:
    """Verifies the tokens of other services; `service` is the called one, in which this runs."""

    key: bytes = field(repr=False)
    service: str

    def caller(self, authorization: str | None) -> str:
        """The calling service by an Authorization header. Problem 401 for none, a wrong or an ended token."""
        token = bearer_token(authorization)
        required = {"iss": ISSUER, "aud": self.service, "sub": None}
        claims = verified_claims(self.key, token, required, leeway=_LEEWAY_SECONDS) if token else None
        if claims is None:
            raise Problem("token_layanan_salah", "Alamat ini hanya untuk layanan Jejak sendiri.", 401)
        return str(claims["sub"])
