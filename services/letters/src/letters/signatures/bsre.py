"""The protocol of BSrE's Esign Client Service, versions 1 and 2: requests, answers, refusals. Pure.

Version 1 signs one PDF a request (multipart) and answers with its bytes; version 2 signs several (JSON, base64). A
signature cannot be taken back, so each failure says whether it is certain that nothing was signed. BSrE's own words are
never repeated: an error may quote the request, and a request names the NIK and the passphrase.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from cryptography import x509
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from jejak.platform.office_access import BaseAccess, UnusableError, envelope
from letters.signatures.bsre_words import NotSigned

OK, BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY, SERVER_ERROR = 200, 400, 401, 403, 404, 429, 500
ID_HEADER: Final = "id_dokumen"
_REFUSALS: Final[Mapping[str, str]] = {"2031": "sandi_salah", "2011": "tidak_terdaftar"}
"""BSrE's codes with a known meaning."""
_STATUSES: Final[Mapping[str, str]] = {
    "EXPIRED": "sertifikat_berakhir",
    "RENEW": "sertifikat_diperbarui",
    "REVOKE": "sertifikat_dicabut",
    "REVOKED": "sertifikat_dicabut",
    "SUSPEND": "sertifikat_dibekukan",
    "SUSPENDED": "sertifikat_dibekukan",
    "NOT_REGISTERED": "tidak_terdaftar",
    "NO_CERTIFICATE": "tanpa_sertifikat",
}
"""Statuses of a certificate by which nothing is signed; any other word is shown as it came."""
_WORD: Final = re.compile(r"[A-Za-z_ ]{1,40}")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_CODE: Final = re.compile(r"[0-9]{4}")
"""As long as BSrE's codes are; a one-time code has six digits."""
_ERRORS: Final = ("error", "errors", "error_code")
_PDF: Final = b"%PDF-"


def _certificates(text: str) -> str:
    """PEM of at least one certificate. ValueError for anything else."""
    x509.load_pem_x509_certificates(text.encode())
    return text


def _named(text: str) -> str:
    """A name as on a certificate. ValueError without a letter: it would be that of a certificate without a name."""
    if not any(map(str.isalpha, text)):
        raise ValueError("a name has letters")
    return text


class Signer(BaseModel):
    """One official at BSrE. `nama`: the name on the certificate, needed where the certificate does not show the NIK."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    nik: Annotated[str, Field(pattern=r"^[0-9]{16}$", repr=False)]
    nama: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_named)] | None = None


class Access(BaseAccess):
    """An office's access to BSrE: the application's credentials, and its signers by their codes in the kantor file."""

    username: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^:]+$")]
    password: Annotated[SecretStr, Field(min_length=1)]
    version: Literal[1, 2] = 2
    secret: Literal["passphrase", "totp"] = "passphrase"  # noqa: S105 - which of the two signs, not a secret
    signers: Annotated[Mapping[str, Signer], Field(min_length=1, max_length=200)]
    seconds: Annotated[float, Field(gt=0, le=90)] = 45.0
    status_path: Annotated[str, Field(pattern=r"^/[!-~]{1,200}$")] = "/api/v2/user/check/status"
    active: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)] = ("ISSUE",)
    """The words for a certificate that may sign."""
    letters_at_once: Annotated[int, Field(ge=1, le=1000)] = 200
    """Most letters in one request of version 2."""
    roots: Annotated[str, Field(max_length=100_000), AfterValidator(_certificates)] | None = None
    """PEM of the issuers to which a signature has to lead; without it the issuer is not checked."""

    @model_validator(mode="after")
    def _code_needs_version_2(self) -> Self:
        if self.secret == "totp" and self.version == 1:  # noqa: S105 - as above
            raise ValueError("totp needs version 2")
        return self

    @property
    def authorization(self) -> str:
        """The header of HTTP Basic."""
        pair = f"{self.username}:{self.password.get_secret_value()}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Its path and body may name a person, and its body a passphrase: neither is shown."""

    method: Literal["GET", "POST"]
    path: str = field(repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    """Fields of a multipart body beside `file`."""
    file: bytes | None = field(default=None, repr=False)


def status_request(access: Access, signer: Signer) -> Request:
    """Asks for the status of a signer's certificate."""
    if access.version == 1:
        return Request("GET", f"/api/user/status/{signer.nik}")
    return Request("POST", access.status_path, json={"nik": signer.nik})


def check_status(access: Access, status: int, body: bytes) -> None:
    """NotSigned unless the signer's certificate may sign, by BSrE's own word for it."""
    answer = _answer(status, body, sent=False)
    word = answer.get("status")
    if status != OK or not isinstance(word, str) or _names_error(answer):
        raise _refusal(status, answer)
    known = word.strip().upper()
    if known in {name.upper() for name in access.active}:
        return
    if known in _STATUSES:
        raise NotSigned(_STATUSES[known])
    raise NotSigned("status_lain", word=word.strip() if _WORD.fullmatch(word.strip()) else None)


def sign_request(signer: Signer, secret: SecretStr, pdf: bytes) -> Request:
    """Version 1: signs one PDF, showing nothing: the letter has its own signature block and QR code."""
    form = {"nik": signer.nik, "passphrase": secret.get_secret_value(), "tampilan": "invisible"}
    return Request("POST", "/api/sign/pdf", form=form, file=pdf)


def sign_all_request(
    access: Access, signer: Signer, secret: SecretStr, pdfs: Sequence[bytes], places: Sequence[tuple[str, str]]
) -> Request:
    """Version 2: signs several PDFs at once; `places`: location and reason of each."""
    properties = [{"tampilan": "INVISIBLE", "location": location, "reason": reason} for location, reason in places]
    return Request(
        "POST",
        "/api/v2/sign/pdf",
        json={
            "nik": signer.nik,
            access.secret: secret.get_secret_value(),
            "signatureProperties": properties,
            "file": [base64.b64encode(pdf).decode() for pdf in pdfs],
        },
    )


def download_request(document: str) -> Request:
    """Asks for a signed document by its id."""
    return Request("GET", f"/api/sign/download/{document}")


def document_id(header: str | None) -> str | None:
    """The id of a document in a header; None for what is none."""
    return header if header is not None and _ID.fullmatch(header) else None


def signed_pdf(status: int, body: bytes) -> bytes:
    """The PDF of an answer of version 1. NotSigned for anything else."""
    if status == OK and body.startswith(_PDF):
        return body
    raise _refusal(status, _answer(status, body, sent=True))


def signed_pdfs(status: int, body: bytes, count: int) -> list[bytes]:
    """The PDFs of an answer of version 2, in the order in which they were sent. NotSigned for anything else."""
    answer = _answer(status, body, sent=True)
    files = answer.get("file")
    if status != OK or (files is None and "status_code" in answer):
        raise _refusal(status, answer)
    if not isinstance(files, list) or len(files) != count:
        raise NotSigned("tidak_terbaca", sure=False)
    return [_decoded(text) for text in files]


def downloaded_pdf(status: int, body: bytes) -> bytes | None:
    """The PDF of a download; None where BSrE knows no such document. NotSigned for anything else."""
    if status == OK and body.startswith(_PDF):
        return body
    if status == NOT_FOUND and not body.startswith(b"<"):
        return None
    raise NotSigned("belum_diambil", sure=False)


def _decoded(text: object) -> bytes:
    try:
        pdf = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (ValueError, binascii.Error):
        pdf = b""
    if not pdf.startswith(_PDF):
        raise NotSigned("tidak_terbaca", sure=False)
    return pdf


def _answer(status: int, body: bytes, *, sent: bool) -> Mapping[str, Any]:
    """The JSON object of an answer. NotSigned where it is none, or a server's trouble."""
    if status in (UNAUTHORIZED, FORBIDDEN):
        raise NotSigned("akses_ditolak")
    if status == TOO_MANY:
        raise NotSigned("sibuk")
    try:
        return envelope(status, body, "gangguan")
    except UnusableError:
        raise NotSigned("gangguan" if status >= SERVER_ERROR else "tidak_terbaca", sure=not sent) from None


def _refusal(status: int, answer: Mapping[str, Any]) -> NotSigned:
    """Why BSrE refused, by its code; a code without a known meaning is shown."""
    code = _code_of(answer)
    if code in _REFUSALS:
        return NotSigned(_REFUSALS[code])
    refused = BAD_REQUEST <= status < SERVER_ERROR
    return NotSigned("menolak", word=code if _CODE.fullmatch(code) else None, sure=refused)


def _names_error(answer: Mapping[str, Any]) -> bool:
    """Whether an answer names an error, beside anything else that it says."""
    return any(answer.get(name) for name in _ERRORS) or _code_of(answer) in _REFUSALS


def _code_of(answer: Mapping[str, Any]) -> str:
    return str(answer.get("status_code", "")).strip()
