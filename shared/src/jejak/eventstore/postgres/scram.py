"""The verifier of a password as PostgreSQL stores it (SCRAM-SHA-256, RFC 5803): the password is not sent nor logged."""

import hashlib
import hmac
import stringprep
import unicodedata
from base64 import b64encode
from typing import Final

_PROHIBITED: Final = [
    getattr(stringprep, f"in_table_{table}")
    for table in ("a1", "c12", "c21_c22", "c3", "c4", "c5", "c6", "c7", "c8", "c9")
]


def verifier(password: str, salt: bytes, iterations: int) -> str:
    """The text that `ALTER ROLE … PASSWORD` stores as it is; it is no use for logging in."""
    salted = hashlib.pbkdf2_hmac("sha256", _prepared(password).encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (b64encode(part).decode() for part in (salt, stored, server))
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored64}:{server64}"


def _prepared(password: str) -> str:
    """The password as every client prepares it (SASLprep); as there, one that cannot be prepared stays unchanged."""
    mapped = (" " if stringprep.in_table_c12(char) else char for char in password if not stringprep.in_table_b1(char))
    plain = unicodedata.normalize("NFKC", "".join(mapped))
    if not plain or any(prohibits(char) for char in plain for prohibits in _PROHIBITED) or not _one_direction(plain):
        return password
    return plain


def _one_direction(text: str) -> bool:
    """RFC 3454, 6: with a right-to-left letter there is no left-to-right one, and such letters are at both ends."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(map(stringprep.in_table_d2, text))
