"""The master keys of an installation: one that wraps, and others that open what they wrapped or will wrap. Pure.

A key is named by its id, four bytes that follow from it, so that a stored value can say which key it needs. The ring
holds the next key before it becomes the writing key, and former keys until `jejak keys status` no longer counts them.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
WRITING: Final = "JEJAK_MASTER_KEY"
OTHERS: Final = ("JEJAK_MASTER_KEY_NEXT", "JEJAK_MASTER_KEYS_OLD")
"""Keys that open and do not wrap: the next one, and the former ones, separated by blanks, commas or lines."""
_LEAST_DIFFERENT: Final = 16
"""Of 32 random bytes fewer than 16 are different once in more than 10^18 keys."""
_MAKE_ONE: Final = "python3 -c 'import base64,os;print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """A ring of master keys (32 bytes each): `writing` wraps, `others` open too. `repr` shows ids only."""

    writing: bytes
    others: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if any(len(key) != KEY_BYTES for key in self.all):
            raise ValueError(f"A master key has {KEY_BYTES} bytes.")

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key of the ring, the writing key first."""
        return (self.writing, *self.others)

    @property
    def by_id(self) -> Mapping[bytes, bytes]:
        return {key_id(key): key for key in self.all}

    @property
    def names_keys(self) -> bool:
        """Whether what this ring wraps names its key.

        A ring of one key wraps as releases before the ring did, which two releases side by side can both open.
        """
        return bool(self.others)

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(key_id(key).hex() for key in self.all)})"


@cache
def key_id(key: bytes) -> bytes:
    """The four bytes that name a key; they say nothing that helps to find it."""
    return hmac.digest(key, b"jejak master key", "sha256")[:KEY_ID_BYTES]


def decoded_key(name: str, text: str) -> bytes:
    """A secret of 32 bytes in URL-safe base64. ValueError, with a sentence that names the setting, for any other."""
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{name} must be {KEY_BYTES} bytes in URL-safe base64: {_MAKE_ONE}.")
    return key


def check_secret(keys: Mapping[str, bytes]) -> None:
    """ValueError, with a sentence that names the setting, for a key that is no secret or has two uses.

    A key of zeros, of one byte or of a short pattern is what an example or a typing hand makes, and no random source.
    """
    for name, key in keys.items():
        if len(set(key)) < _LEAST_DIFFERENT:
            raise ValueError(f"{name} is no random key: its bytes repeat; make one by {_MAKE_ONE}.")
    for name, key in keys.items():
        if same := next((other for other in keys if other != name and hmac.compare_digest(keys[other], key)), None):
            raise ValueError(f"{name} and {same} are the same key: each needs one of its own, made by {_MAKE_ONE}.")


def ring_of(writing: bytes, others: Mapping[str, str]) -> MasterKeys:
    """The ring of the writing key and the settings in `OTHERS` that are given. A key given twice counts once.

    ValueError with a sentence for a key of the wrong form, and for two keys of one id (one in four thousand million).
    """
    keys = [
        decoded_key(name, text) for name, texts in others.items() for text in re.split(r"[\s,]+", texts.strip(", \n"))
    ]
    ring = MasterKeys(writing, tuple(key for key in dict.fromkeys(keys) if key != writing))
    if len(ring.by_id) != len(ring.all):
        raise ValueError(f"Two keys of {WRITING}, {' and '.join(OTHERS)} have the same id; make another next key.")
    return ring
