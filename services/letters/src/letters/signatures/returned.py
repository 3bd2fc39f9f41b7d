"""Whether a signed PDF is the letter that was sent, signed by its signer and nobody else. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from letters.signatures.bsre import Signer
from letters.signatures.facts import PdfFacts, SignatureFacts

_NIK: Final = re.compile(r"(?<!\d)\d{16}(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SentLetter:
    """The letter that was sent, by size and SHA-256."""

    size: int
    sha256: bytes

    @classmethod
    def of(cls, pdf: bytes) -> "SentLetter":
        """The letter of these bytes."""
        return cls(len(pdf), hashlib.sha256(pdf).digest())


def fault(
    signed: bytes, facts: PdfFacts | None, sent: SentLetter, signer: Signer, at: datetime, *, rooted: bool
) -> str | None:
    """What is wrong with a returned PDF, as a reason of `bsre_words`; None where it is the letter as signed.

    `rooted`: the signature has to lead to one of the roots by which `facts` were made.
    """
    if hashlib.sha256(signed[: sent.size]).digest() != sent.sha256 or facts is None:
        return "surat_lain"
    if len(facts.signatures) != 1 or facts.more or not facts.only_signed:
        return "surat_lain"
    [signature] = facts.signatures
    if not signature.unchanged:
        return "rusak"
    if reason := identity_fault(signature, signer):
        return reason
    if rooted and not signature.trusted:
        return "penerbit_lain"
    if signature.valid_from is None or signature.valid_until is None:
        return "di_luar_masa"
    return None if signature.valid_from <= at <= signature.valid_until else "di_luar_masa"


def identity_fault(signature: SignatureFacts, signer: Signer) -> str | None:
    """Whether the certificate is the signer's: by its NIK, else by the name that the office has recorded for it."""
    numbers = {number for value in signature.subject for number in _NIK.findall(value)}
    if numbers:
        return None if numbers == {signer.nik} else "orang_lain"
    if signer.nama is None:
        return "tanpa_nik"
    named = signature.common_name is not None and _folded(signature.common_name) == _folded(signer.nama)
    return None if named else "orang_lain"


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
