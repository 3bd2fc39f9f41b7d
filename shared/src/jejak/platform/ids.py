"""The one module in which chance and real time enter: identities, keys, nonces, derived identities, ends of tokens."""

import hashlib
import hmac
import random
import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Final

type Draws = random.Random

_NAMESPACE: Final = uuid.UUID("6f1d6d0e-6b7e-5c56-9d0c-6a656a616b00")
_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH: Final = 12
_CODE_BITS: Final = 5 * _CODE_LENGTH


def new_uuid() -> uuid.UUID:
    """A fresh random identity."""
    return uuid.uuid4()


def random_bytes(count: int) -> bytes:
    """`count` unpredictable bytes, for keys and nonces."""
    return secrets.token_bytes(count)


def real_seconds() -> float:
    """Seconds since 1970 by this machine's clock: for the end of tokens, and for times that outsiders compare.

    The times of a case come from the ledger.
    """
    return time.time()


def real_time() -> datetime:
    """The same clock as a time, for what is checked on this machine."""
    return datetime.now(UTC)


def derived_uuid(*parts: object) -> uuid.UUID:
    """The identity of these parts: the same request, batch or attempt always has the same."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts))


def draws(*parts: object) -> Draws:
    """A generator seeded by these parts, for synthetic cases only."""
    return random.Random(derived_uuid(*parts).int)  # noqa: S311 - nothing secret is drawn from it


def keyed_hash(key: bytes, data: bytes) -> str:
    """HMAC-SHA256 in hex: compares two bodies without revealing them."""
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def case_code(case: uuid.UUID) -> str:
    """The code on the receipt: the first 60 bits of the case's identity, as XXXX-XXXX-XXXX (Crockford base 32)."""
    bits = case.int >> (128 - _CODE_BITS)
    letters = [_CODE_ALPHABET[(bits >> shift) & 31] for shift in range(_CODE_BITS - 5, -1, -5)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, _CODE_LENGTH, 4))


def code_range(code: str) -> tuple[uuid.UUID, uuid.UUID]:
    """First and last identity that a code can stand for. ValueError if it is none; O, I and L are read as 0, 1, 1."""
    plain = code.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    if len(plain) != _CODE_LENGTH or any(letter not in _CODE_ALPHABET for letter in plain):
        msg = "Kode berkas terdiri dari 12 huruf dan angka, misalnya 7K3M-9QXA-2BCD."
        raise ValueError(msg)
    bits = 0
    for letter in plain:
        bits = bits << 5 | _CODE_ALPHABET.index(letter)
    low = bits << (128 - _CODE_BITS)
    return uuid.UUID(int=low), uuid.UUID(int=low | (1 << (128 - _CODE_BITS)) - 1)
