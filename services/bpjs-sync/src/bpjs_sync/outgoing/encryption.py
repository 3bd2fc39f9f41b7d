"""Personal parts of messages, encrypted to their readers: JWE by joserfc, to every key that is valid now.

Agreeing on a key with every reader costs as much as thirty encryptions, so one content key serves the messages made
while the readers' keys are fresh (`readers.FRESH_SECONDS`), each under a nonce of its own. Readers get an ordinary JWE,
and a reader of one message may read the others anyway.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.util import urlsafe_b64encode

from jejak.platform.errors import Malformed

WINDOW: Final = 1_000
"""Messages under one content key, at most."""
ENC: Final = "A256GCM"
_PROTECTED: Final = urlsafe_b64encode(json.dumps({"enc": ENC}, separators=(",", ":")).encode())
_MOST_KEYS: Final = 10
_MIN_RSA_BITS: Final = 2048
_BITS_OF_A_LETTER: Final = 6
_RSA: Final = "RSA-OAEP-256"
_ECDH: Final = "ECDH-ES+A256KW"
_CURVES: Final = ("P-256", "P-384", "P-521", "X25519")

type PublicKey = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """One public key of a consumer, and its algorithm."""

    kid: str
    alg: str
    key: PublicKey


def parse_reader_key(jwk: Mapping[str, Any]) -> ReaderKey:
    """A key as its owner gave it (RFC 7517). Malformed names the fault, and what to send instead."""
    if jwk.get("kty") not in ("RSA", "EC", "OKP"):
        raise Malformed("kunci_jenis", "Kunci harus berjenis RSA, EC atau OKP (JWK menurut RFC 7517).")
    if "d" in jwk:
        raise Malformed("kunci_rahasia", "Ini kunci rahasia. Kirimkan kunci publiknya saja, dan ganti kunci ini.")
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Malformed("kunci_tanpa_kid", "Kunci harus menyebut kid, supaya penerima tahu kunci mana yang dipakai.")
    if jwk.get("use", "enc") != "enc":
        raise Malformed("kunci_bukan_enc", 'Kunci ini bukan untuk enkripsi. Pakai kunci dengan "use": "enc".')
    if jwk["kty"] == "RSA" and len(str(jwk.get("n", ""))) * _BITS_OF_A_LETTER < _MIN_RSA_BITS:
        raise Malformed("kunci_lemah", f"Kunci RSA harus paling sedikit {_MIN_RSA_BITS} bit.")
    try:
        key = JWKRegistry.import_key({**jwk})
    except (JoseError, ValueError, TypeError, KeyError):
        raise Malformed("kunci_rusak", "Kunci tidak dapat dibaca. Periksa isi JWK-nya.") from None
    if not isinstance(key, RSAKey | ECKey | OKPKey) or (key.key_type != "RSA" and key.get("crv") not in _CURVES):
        raise Malformed("kunci_kurva", f"Kurva kunci harus salah satu dari {', '.join(_CURVES)}.")
    alg = _RSA if isinstance(key, RSAKey) else _ECDH
    if jwk.get("alg", alg) != alg:
        raise Malformed("kunci_alg", f"Untuk kunci ini hanya alg {alg} yang dipakai.")
    return ReaderKey(kid, alg, key)


class ContentKey:
    """One content key, wrapped for each of `readers`; `left` counts the messages that it still serves."""

    def __init__(self, readers: Sequence[ReaderKey]) -> None:
        if not 0 < len(readers) <= _MOST_KEYS:
            msg = f"a message goes to 1 to {_MOST_KEYS} keys, not {len(readers)}"
            raise ValueError(msg)
        registry = jwe.JWERegistry(algorithms=[_RSA, _ECDH, ENC])
        self._enc = registry.get_enc(ENC)
        self._key = self._enc.generate_cek()
        self.readers, self.left = readers, WINDOW
        wrapped = [_wrapped(registry, self._enc, self._key, reader) for reader in readers]
        self._tail = f',"recipients":{json.dumps(wrapped, separators=(",", ":"))}}}'

    def seal(self, plain: bytes) -> str:
        """A JWE of these bytes as JSON (general serialisation). ValueError once the window is used up."""
        self.left -= 1
        if self.left < 0:
            msg = "a content key serves one window"
            raise ValueError(msg)
        nonce = self._enc.generate_iv()
        ciphertext, tag = self._enc.encrypt(plain, self._key, nonce, _PROTECTED)
        parts = {"protected": _PROTECTED, "iv": urlsafe_b64encode(nonce), "ciphertext": urlsafe_b64encode(ciphertext)}
        text = ",".join(f'"{name}":"{value.decode()}"' for name, value in parts.items())
        return f'{{{text},"tag":"{urlsafe_b64encode(tag).decode()}"{self._tail}'


def _wrapped(registry: jwe.JWERegistry, enc: Any, key: bytes, reader: ReaderKey) -> dict[str, Any]:
    """The content key for one reader, by the algorithms of joserfc."""
    recipient: jwe.Recipient[Any] = jwe.Recipient(_NO_PARENT, {"alg": reader.alg, "kid": reader.kid}, reader.key)
    alg: Any = registry.get_alg(reader.alg)
    if reader.alg == _ECDH:
        alg.prepare_ephemeral_key(recipient)
        encrypted = alg.wrap_cek_with_auk(key, alg.encrypt_agreed_upon_key(enc, recipient))
    else:
        encrypted = alg.encrypt_cek(key, recipient)
    return {"header": recipient.header, "encrypted_key": urlsafe_b64encode(encrypted).decode()}


_NO_PARENT: Final = jwe.GeneralJSONEncryption({"enc": ENC})
