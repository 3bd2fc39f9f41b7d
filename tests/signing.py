"""Signing keys of an installation in tests, and a message split and verified by them."""

from __future__ import annotations

import json
from typing import Any, Final

from joserfc.jwk import ECKey, KeySet

from bpjs_sync.outgoing.signing import Signer, keys_of
from jejak.contracts.bpjs.signature import verified


def new_key() -> dict[str, Any]:
    """A private key in the form of an installation's key file."""
    key = ECKey.generate_key("P-256")
    return {**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}


KEYS: Final[dict[str, Any]] = {"keys": [new_key()]}
JWKS: Final = json.dumps(KEYS)
"""The value of JEJAK_BPJS_SIGNING_KEYS."""
SIGNER: Final = Signer(keys_of(KEYS))


def public(signer: Signer = SIGNER) -> KeySet:
    """The public keys, by which readers verify."""
    return KeySet([ECKey.import_key(key.model_dump()) for key in signer.public.keys])


def signed_line(line: str, keys: KeySet) -> dict[str, Any]:
    """A line of the feed by its signed parts: attributes, and `data` as JSON. SignatureError for a forged line."""
    head, _, rest = line.rstrip("\n").partition(',"data":')
    data = rest[:-1]
    content = json.loads(head + "}")
    signature = content.pop("signature")
    attributes = verified(signature, data.encode(), keys)
    assert attributes == {name: value for name, value in content.items() if name != "datacontenttype"}
    return {**attributes, "data": json.loads(data)}
