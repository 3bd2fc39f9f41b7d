"""The personal parts of the published examples, really encrypted: to the example keys, which everybody may have."""

import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ENC: Final = "A256GCM"
ALG: Final = "ECDH-ES+A256KW"
_ALGORITHMS: Final = [ALG, ENC]


def decrypted(sealed: Mapping[str, Any] | None, keys: KeySet) -> Any:
    """The JSON that every one of these keys reads in a JWE; None where there is none, or a key does not open it."""
    if sealed is None:
        return None
    try:
        (text,) = {_one(sealed, key) for key in keys.keys}
        return json.loads(text)
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def encrypted_for(data: Mapping[str, Any], keys: KeySet) -> dict[str, Any]:
    """A JWE of this JSON to all of these keys (general serialisation). Every call gives another one."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    message = jwe.GeneralJSONEncryption({"enc": ENC}, plain)
    for key in keys.keys:
        message.add_recipient({"alg": ALG, "kid": key.kid}, key)
    return dict(jwe.encrypt_json(message, None, algorithms=_ALGORITHMS))


def _one(sealed: Mapping[str, Any], key: Any) -> bytes:
    """What one key reads, by the recipient that names it: as a consumer does it."""
    mine: Any = {**sealed, "recipients": [one for one in sealed["recipients"] if one["header"]["kid"] == key.kid]}
    return jwe.decrypt_json(mine, key, algorithms=_ALGORITHMS).plaintext or b""
