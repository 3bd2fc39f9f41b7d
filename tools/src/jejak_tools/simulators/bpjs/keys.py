"""The simulator's key pair, and the decryption of submissions by the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from jejak.contracts.bpjs.messages import SubmissionPersonal
from jejak.platform.settings import SettingsError
from jejak_local.files import write_private

_ALG: Final = "ECDH-ES+A256KW"
_ALGORITHMS: Final = (_ALG, "A256GCM")


class SealedError(Exception):
    """A message that this key does not decrypt, with the reason."""


def make(private: Path, public: Path) -> None:
    """Makes the pair on first use: `private` (mode 0600) stays with its owner, `public` is for the installation.

    The kid derives from the key: another pair never has the same.
    """
    if private.exists() and public.exists():
        return
    private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"use": "enc", "alg": _ALG})
    named = {**key.as_dict(private=True), "kid": f"simulator-{key.thumbprint()[:12]}"}
    write_private(private, json.dumps(named))
    write_private(public, json.dumps({name: value for name, value in named.items() if name != "d"}))


def load(private: Path) -> ECKey:
    """The private key in a file that `make` wrote. SettingsError when there is none."""
    try:
        key = ECKey.import_key(json.loads(private.read_text(encoding="utf-8")))
    except (OSError, ValueError, JoseError):
        raise SettingsError(f"{private} holds no private key; `jejak simulate bpjs key` makes one.") from None
    return key


def decrypted(personal: Mapping[str, Any] | None, submission: str, key: ECKey) -> SubmissionPersonal:
    """The content of a submission's JWE. SealedError when it is not for this key, or of another submission."""
    if personal is None:
        raise SealedError("the person was forgotten")
    mine = [recipient for recipient in personal["recipients"] if recipient["header"].get("kid") == key.kid]
    if not mine:
        raise SealedError("no recipient has our kid")
    sealed: Any = {**personal, "recipients": mine}
    try:
        plain = jwe.decrypt_json(sealed, key, algorithms=list(_ALGORITHMS)).plaintext or b""
    except JoseError as error:
        raise SealedError(type(error).__name__) from None
    content = SubmissionPersonal.model_validate_json(plain, extra="ignore")
    if str(content.submission) != submission:
        raise SealedError("the JWE is of another submission")
    return content
