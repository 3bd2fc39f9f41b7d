"""The facts of a PDF's signatures, as they come out of the process that read the PDF. Pure."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SignatureFacts(_Facts):
    """One signature. Names are the certificate's own words; only `trusted` says that a known issuer stands by them."""

    readable: bool = True
    claimed_name: str | None = None
    """The name that the signature gives itself, beside its certificate."""
    at: datetime | None = None
    """By the signer's own clock."""
    subject: tuple[str, ...] = ()
    """Every value in the certificate's name of its holder."""
    common_name: str | None = None
    organization: str | None = None
    issuer: str | None = None
    issuer_organization: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    intact: bool = False
    """The bytes that the signature covers are those that were signed."""
    whole: bool = False
    """It covers the whole file."""
    only_added: bool = False
    """After it the file only got further signatures, or fields of its form filled in."""
    trusted: bool = False
    """The certificate leads to one of the given roots, and was valid at the time of signing."""

    @property
    def unchanged(self) -> bool:
        """Whether nothing was changed since this signature."""
        return self.intact and (self.whole or self.only_added)


class PdfFacts(_Facts):
    """A PDF: its hash and its signatures. `more`: it has more than are listed."""

    sha256: str = Field(min_length=64, max_length=64)
    signatures: tuple[SignatureFacts, ...] = ()
    more: bool = False
    only_signed: bool | None = None
    """Whether it is the PDF that was sent and one signature; None where none was sent."""

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json")
