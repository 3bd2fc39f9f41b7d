"""Encryption of the personal parts of the published examples, to the published example keys."""

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
    """The JSON that each of these keys reads in a JWE; None without a JWE, or if a key does not open it."""
    if sealed is None:
        return None
    try:
        (text,) = {_decrypted_by(key, sealed) for key in keys.keys}
        return json.loads(text)
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def encrypted_for(data: Mapping[str, Any], keys: KeySet) -> dict[str, Any]:
    """A JWE of this JSON to all of these keys (general serialisation), different at every call."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    message = jwe.GeneralJSONEncryption({"enc": ENC}, plain)
    for key in keys.keys:
        message.add_recipient({"alg": ALG, "kid": key.kid}, key)
    return dict(jwe.encrypt_json(message, None, algorithms=_ALGORITHMS))


def _decrypted_by(key: Any, sealed: Mapping[str, Any]) -> bytes:
    """The plain text by the recipient that names this key, as a consumer decrypts it."""
    recipients = [recipient for recipient in sealed["recipients"] if recipient["header"]["kid"] == key.kid]
    addressed: Any = {**sealed, "recipients": recipients}
    return jwe.decrypt_json(addressed, key, algorithms=_ALGORITHMS).plaintext or b""
