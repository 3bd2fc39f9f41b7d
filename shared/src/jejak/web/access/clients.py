"""Machines as clients, by an OAuth client credentials token (RFC 6749, RFC 9068) or by a certificate.

In development also a token of `jejak token --client`, signed with the installation's own key.
"""

from functools import partial
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError
from joserfc.jwk import OctKey
from starlette.types import Scope

from jejak.platform.errors import NotYours, Problem
from jejak.platform.ids import real_seconds
from jejak.platform.settings import Clients
from jejak.web.access.certificates import CLIENT_SUBJECT
from jejak.web.access.issuer_keys import LEEWAY_SECONDS, IssuerKeys, key_set_at, scopes
from jejak.web.access.tokens import ISSUER

_OF_OTHERS: Final = {"iss": "dari penerbit (iss) yang tidak dikenal", "aud": "untuk penerima (aud) lain"}
_HOURS: Final = 12.0


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
        self._keys = IssuerKeys(partial(key_set_at, clients.jwks)) if clients.jwks else None

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
        if self._clients.scope not in scopes(claims):
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

    async def _checked(self, token: str, keys: IssuerKeys) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": str(self._clients.issuer)},
            aud={"essential": True, "value": str(self._clients.audience)},
            exp={"essential": True},
        )
        try:
            claims = await keys.claims(token)
            registry.validate(claims)
        except InvalidClaimError as error:
            raise _of_others(error.claim) from None
        except (JoseError, ValueError):
            raise _wrong() from None
        return claims


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
