"""The signature of a message: a detached JWS over its attributes and the bytes of its data.

The compact serialisation of RFC 7515 with its middle part left out (appendix F), the payload unencoded (RFC 7797). The
protected header names the key (`kid`) and repeats the CloudEvents attributes (`ce`), so that neither data nor
attributes can be changed or moved to another message. ES256; the keys are a JWK Set at `GET /bpjs/keys`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.registry import HeaderParameter
from joserfc.util import urlsafe_b64encode

ALG: Final = "ES256"
CURVE: Final = "P-256"
ATTRIBUTES: Final = "ce"
"""The parameter of the protected header that repeats the attributes."""
_MOST_HEADER: Final = 4 * 1024
_MOST_DATA: Final = 16 * 1024 * 1024


class SignatureError(Exception):
    """The signature is missing, or not of this message; the sentence repeats nothing of the message."""


class UnknownKeyError(SignatureError):
    """The signing key is not among the given ones; it may be a new one."""


def _is_object(value: object) -> None:
    if not isinstance(value, dict):
        raise ValueError("must be an object")  # noqa: TRY004 - joserfc takes it as a wrong header


def _registry() -> jws.JWSRegistry:
    registry = jws.JWSRegistry({ATTRIBUTES: HeaderParameter("the attributes of the message", _is_object)}, [ALG])
    registry.max_header_length, registry.max_payload_length = _MOST_HEADER, _MOST_DATA
    return registry


_REGISTRY: Final = _registry()


def line_of(attributes: Mapping[str, str], data: str) -> str:
    """A message as one line of JSON (CloudEvents structured mode), its data last and unchanged."""
    head = json.dumps(dict(attributes), separators=(",", ":"), ensure_ascii=False)
    return f'{head[:-1]},"data":{data}}}'


def signed(attributes: Mapping[str, str], data: bytes, key: ECKey) -> str:
    """The signature of a message with these attributes and these bytes of data."""
    head = {"alg": ALG, "kid": key.kid, "b64": False, "crit": ["b64"], ATTRIBUTES: dict(attributes)}
    protected = urlsafe_b64encode(json.dumps(head, separators=(",", ":")).encode())
    signature = urlsafe_b64encode(_REGISTRY.get_alg(ALG).sign(protected + b"." + data, key))
    return f"{protected.decode()}..{signature.decode()}"


def verified(signature: str | None, data: bytes, keys: KeySet) -> dict[str, str]:
    """The attributes that were signed together with these bytes. SignatureError if the signature does not hold."""
    if signature is None:
        raise SignatureError("the message is not signed")
    if signature.count(".") != 2 or ".." not in signature:  # noqa: PLR2004 - header, nothing, signature
        raise SignatureError("the signature is no detached JWS")
    try:
        extracted = jws.extract_compact(signature.encode(), data, registry=_REGISTRY)
        key = _key(extracted.headers().get("kid"), keys)
        holds = jws.validate_compact(extracted, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise SignatureError(f"the signature cannot be checked ({type(error).__name__})") from None
    attributes: Any = extracted.headers().get(ATTRIBUTES)
    if not holds or not isinstance(attributes, dict):
        raise SignatureError("the signature is of other data or another key")
    return attributes


def _key(kid: object, keys: KeySet) -> ECKey:
    for key in keys.keys:
        if isinstance(key, ECKey) and key.kid == kid:
            return key
    raise UnknownKeyError("the signature names a key that is not known")
