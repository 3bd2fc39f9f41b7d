"""The installation's signing keys: the key that signs its messages, and the keys that readers are shown.

They are read once at the start, as a JWK Set: its first key signs, the others are only shown. A new key is shown first
and signs from a later start on, so that readers can check every message.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from bpjs_sync.rates import Rates
from jejak.contracts.bpjs.http import JSON, JWK_SET, KEYS, KEYS_ERRORS, SigningKey, SigningKeys
from jejak.contracts.bpjs.messages import Contract
from jejak.contracts.bpjs.parts import EXAMPLE_KEYS
from jejak.contracts.bpjs.signature import ALG, CURVE, line_of, signed
from jejak.messaging.publishing.relay import Record
from jejak.platform.settings import SIGNING_KEYS, Settings, SettingsError
from jejak.web.openapi.route_descriptions import problems

MOST_KEYS: Final = 10
_FRESH: Final = "public, max-age=60"
_MAKE: Final = f"`jejak bpjs signing make FILE` makes a file of keys, which {SIGNING_KEYS}_FILE names."


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The signing keys of one installation; the first one signs."""

    keys: tuple[ECKey, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Signer":
        """The keys of the setting. SettingsError where it is not set: no environment has a default."""
        if settings.signing_keys is None:
            raise SettingsError(f"{SIGNING_KEYS} is not set; {_MAKE}")
        try:
            return cls(keys_of(json.loads(settings.signing_keys)))
        except json.JSONDecodeError:
            raise SettingsError(f"{SIGNING_KEYS} is no JSON; {_MAKE}") from None
        except ValueError as error:
            raise SettingsError(f"{SIGNING_KEYS} cannot be used: {error}; {_MAKE}") from None

    @property
    def public(self) -> SigningKeys:
        """The public keys by which readers check signatures."""
        return SigningKeys(keys=tuple(_public(key) for key in self.keys))

    def sign(self, attributes: Mapping[str, str], data: str) -> str:
        """The signature of a message, some 0.1 ms of the processor."""
        return signed(attributes, data.encode(), self.keys[0])

    def headers(self, attributes: Mapping[str, str], data: str) -> dict[str, str]:
        """The headers of a message on Kafka (CloudEvents, binary mode), with its signature."""
        complete = {**attributes, "signature": self.sign(attributes, data)}
        return {f"ce_{name}": value for name, value in complete.items()} | {"content-type": JSON}

    def record(self, position: int, attributes: Mapping[str, str], data: str, *, replay: bool) -> Record:
        """A message for Kafka, signed; its key is its subject."""
        complete = {**attributes, "replay": "true"} if replay else attributes
        headers = [(name, value.encode()) for name, value in self.headers(complete, data).items()]
        return Record(position, attributes["subject"].encode(), data.encode(), headers, replay)

    def line(self, attributes: Mapping[str, str], data: str) -> str:
        """A message as one line of JSON (CloudEvents, structured mode), signed."""
        return line_of({**attributes, "datacontenttype": JSON, "signature": self.sign(attributes, data)}, data)


def keys_of(jwks: Any) -> tuple[ECKey, ...]:
    """The keys of a JWK Set. ValueError for an unusable set, in a sentence that repeats no key."""
    given = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_KEYS:
        raise ValueError(f"it must be a JWK Set of 1 to {MOST_KEYS} keys")
    keys = tuple(_key(jwk) for jwk in given)
    if not keys[0].is_private:
        raise ValueError("its first key signs, and must have its private part")
    if len({key.kid for key in keys}) < len(keys):
        raise ValueError("it names a key twice")
    return keys


def _key(jwk: Any) -> ECKey:
    try:
        key = ECKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("it holds something else than EC keys") from None
    if key.get("crv") != CURVE:
        raise ValueError(f"its keys must be on {CURVE}")
    if key.kid != key.thumbprint():
        raise ValueError("the kid of a key must be its thumbprint (RFC 7638)")
    if key.kid in EXAMPLE_KEYS:
        raise ValueError("it holds the key of the examples, whose private part is published")
    return key


def _public(key: ECKey) -> SigningKey:
    named = {name: str(key.get(name)) for name in ("x", "y")}
    return SigningKey(kty="EC", crv="P-256", use="sig", alg=ALG, kid=str(key.kid), **named)


def routes(signer: Signer, served: Sequence[Contract], rates: Rates) -> APIRouter:
    """`GET /bpjs/keys`, once for every version of the contract; it needs no access."""
    router = APIRouter(tags=["bpjs"])
    for contract in served:
        _add(router, signer, contract, rates)
    return router


class _JwkSet(JSONResponse):
    media_type = JWK_SET


def _add(router: APIRouter, signer: Signer, contract: Contract, rates: Rates) -> None:
    @router.get(
        f"{contract.path}/keys",
        summary="The keys by which messages are signed",
        name=f"signing_keys_v{contract.version}",
        description=KEYS,
        response_class=_JwkSet,
        response_model=SigningKeys,
        responses=problems(KEYS_ERRORS),
    )
    async def keys(request: Request) -> JSONResponse:
        await rates.check_stranger(request)
        return _JwkSet(signer.public.model_dump(mode="json"), headers={"Cache-Control": _FRESH})
