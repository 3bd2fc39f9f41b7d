"""A sign-in under way, sealed in a cookie between the request to the issuer and the return. Pure.

Source: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE); RFC 9207 (`iss` of the return).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.platform.identity_settings import Identity
from jejak.web.access.issuer import Addresses
from jejak.web.access.issuer_keys import LEEWAY_SECONDS
from jejak.web.access.persons import Person
from jejak.web.access.step_up import SignIn

SECONDS: Final = 600
"""How long a sign-in may take."""
MOST: Final = 3_800
"""Characters of a sealed cookie: with its name and attributes browsers keep 4,096 bytes."""
_ENCRYPTED: Final = {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}
_REGISTRY: Final = JWERegistry(algorithms=list(_ENCRYPTED.values()))

type RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be found again at the return.

    `place` and `form` are where the person goes on; `fresh`: the sign-in is to be a new one. `session` is the session
    that it replaces, `post` the official of that session, who need not choose again.
    """

    state: str
    nonce: str
    verifier: str
    place: str | None = None
    form: str | None = None
    fresh: bool = False
    session: str | None = None
    post: tuple[str, str, str] | None = None

    @classmethod
    def begin(cls, random: RandomBytes, **onward: Any) -> "Attempt":
        """A new attempt; `onward` are the fields after `verifier`."""
        return cls(_word(random(32)), _word(random(32)), _word(random(32)), **onward)

    def address(self, addresses: Addresses, identity: Identity, redirect: str, max_age: int) -> str:
        """The address at the issuer. `max_age`: seconds since the person was last asked for password or factor."""
        challenge = _word(hashlib.sha256(self.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": identity.client_id,
            "redirect_uri": redirect,
            "scope": "openid",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "max_age": str(max_age),
        }
        if self.fresh:
            asked["prompt"] = "login"
        if self.fresh and identity.second_factor:
            asked["acr_values"] = " ".join(identity.second_factor)
        joint = "&" if "?" in addresses.authorization else "?"
        return f"{addresses.authorization}{joint}{urlencode(asked)}"

    def is_answered_by(self, state: str | None, issuer: str | None, identity: Identity) -> bool:
        """Whether a return belongs to this attempt, and names no other issuer."""
        same = hmac.compare_digest(self.state.encode(), (state or "").encode())
        return same and issuer in (None, identity.issuer)


@dataclass(frozen=True, slots=True)
class Proven:
    """A person whom the issuer named, and who has yet to choose a post; a form that waits is carried in the page."""

    person: Person
    sign_in: SignIn
    issuer_session: str | None
    place: str | None
    session: str | None


def cookie_of(key: bytes, what: Attempt | Proven, now: float) -> str | None:
    """`sealed`, at most `MOST` characters; None for a form that is longer. A place that is longer is left out."""
    cookies = (sealed(key, each, now) for each in (what, replace(what, place=None)))
    return next((cookie for cookie in cookies if len(cookie) <= MOST), None)


def sealed(key: bytes, what: Attempt | Proven, now: float) -> str:
    """The cookie: encrypted, so that nobody reads or changes it, and valid for `SECONDS`. May exceed `MOST`."""
    claims = {"typ": type(what).__name__, "exp": int(now) + SECONDS, "isi": asdict(what)}
    return jwt.encode(_ENCRYPTED, claims, _key(key), registry=_REGISTRY)


def opened_attempt(key: bytes, cookie: str | None) -> Attempt | None:
    """The attempt in a cookie; None for none, for another's, and for one that took too long."""
    if (values := _opened(key, cookie, Attempt.__name__)) is None:
        return None
    post = values.pop("post")
    return Attempt(**values, post=tuple(post) if post else None)


def opened_proven(key: bytes, cookie: str | None) -> Proven | None:
    """As `opened_attempt`."""
    if (values := _opened(key, cookie, Proven.__name__)) is None:
        return None
    person, sign_in = values.pop("person"), SignIn(**values.pop("sign_in"))
    return Proven(Person(tuple(person["offices"]), person["nip"], person["kode"]), sign_in, **values)


def _opened(key: bytes, cookie: str | None, kind: str) -> dict[str, Any] | None:
    try:
        claims: Mapping[str, Any] = jwt.decode(cookie or "", _key(key), registry=_REGISTRY).claims
        jwt.JWTClaimsRegistry(exp={"essential": True}, typ={"essential": True, "value": kind}).validate(dict(claims))
    except (JoseError, ValueError):
        return None
    values: dict[str, Any] = claims["isi"]
    return values


def check_age(sign_in: SignIn, max_age: int, now: float) -> None:
    """Problem 401 where the issuer did not ask again within `max_age` seconds, as requested, or does not say when."""
    if sign_in.at is None or now - sign_in.at > max_age + LEEWAY_SECONDS:
        raise Problem(
            "masuk_terlalu_lama", "Layanan akun tidak meminta Anda masuk lagi. Keluar dahulu, lalu masuk.", 401
        )


def actor_of(post: tuple[str, str, str] | None) -> Actor | None:
    """The official of the session that an attempt replaces."""
    return Actor(*post) if post else None


def _key(key: bytes) -> OctKey:
    """A key for this alone, derived from the installation's."""
    return OctKey.import_key(hmac.new(key, b"masuk", hashlib.sha256).digest())


def _word(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
