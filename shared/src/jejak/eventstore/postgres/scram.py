"""A password as PostgreSQL keeps it (SCRAM-SHA-256, RFC 5803), so that what is sent and logged is no password."""

import hashlib
import hmac
import stringprep
import unicodedata
from base64 import b64encode
from typing import Final

_PROHIBITED: Final = (
    stringprep.in_table_a1,
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def verifier(password: str, salt: bytes, iterations: int) -> str:
    """What `ALTER ROLE … PASSWORD` stores as it is given; nobody can log in with it."""
    salted = hashlib.pbkdf2_hmac("sha256", _prepared(password).encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    words = [b64encode(one).decode() for one in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{words[0]}${words[1]}:{words[2]}"


def _prepared(password: str) -> str:
    """The password as every client prepares it (SASLprep); one that cannot be prepared is taken as it is, as there."""
    kept = (" " if stringprep.in_table_c12(one) else one for one in password if not stringprep.in_table_b1(one))
    plain = unicodedata.normalize("NFKC", "".join(kept))
    if not plain or any(bad(one) for one in plain for bad in _PROHIBITED) or not _one_way(plain):
        return password
    return plain


def _one_way(text: str) -> bool:
    """RFC 3454, 6: with a letter written from the right, none from the left, and such letters at both ends."""
    if not any(map(stringprep.in_table_d1, text)):
        return True
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return ends and not any(map(stringprep.in_table_d2, text))
