"""PAdES: the signature in the letter's PDF, and its verification.

The signature is an approval signature (ETSI.CAdES.detached, PAdES baseline B-B) added as an incremental update. The
template draws the visible part, so the field itself is transparent and the file stays PDF/A-2b.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final, Self

from asn1crypto import cms  # type: ignore[import-untyped]  # carries no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigAppearanceSetup, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp.static import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from letters.printing.pdf import FieldBox

FIELD: Final = "TandaTangan"
VALID_FROM: Final = datetime(2017, 1, 1, tzinfo=UTC)
"""Of the development certificate: the demo's stories of past years are signed with it."""
VALID_FOR: Final = timedelta(days=365 * 30)
ROOT_FILE: Final = "akar-pengembangan.pem"
SIGNER_FILE: Final = "penanda-tangan-pengembangan.pem"
_ROOM: Final = 8192
"""Hexadecimal digits reserved for the signature: twice the need of a P-256 chain of two."""

_TRANSPARENT: Final = StaticStampStyle(border_width=0)
"""The field shows nothing over the page; PDF/A requires an appearance all the same."""


class SignatureUnreadable(Exception):
    """The bytes do not hold exactly one readable signature."""


class OutsideValidity(ValueError):
    """The certificate was not, or is no longer, valid at the moment of signing."""


class _InMemory(Signer):
    """A pyHanko signer whose key is parsed once; pyHanko's own parses it for every signature."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, chain: Sequence[x509.Certificate]) -> None:
        own, *others = (_asn1(certificate) for certificate in chain)
        self._key = key
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's
        store.register_multiple(others)
        super().__init__(signing_cert=own, cert_registry=store, embed_roots=False)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT002 - pyHanko's signature
        del digest_algorithm, dry_run
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A key with its chain, parsed once and used for every letter, from any thread."""

    signer: Signer
    chain: tuple[x509.Certificate, ...]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a PEM file of an EC P-256 private key and its chain, the signer's certificate first."""
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the signing key must be an EC key")
        chain = tuple(x509.load_pem_x509_certificates(pem))
        return cls(_InMemory(key, chain), chain)

    @property
    def sha256(self) -> str:
        """Fingerprint of the signer's certificate, in hexadecimal, for the event that names it."""
        return self.chain[0].fingerprint(hashes.SHA256()).hex()


def make_development_certificate(folder: Path) -> SigningCertificate:
    """Make, once, a certificate for signing in development; later calls load the same, also of other processes.

    Writes the root (to be trusted by a verifier) and, mode 0600, the signer's key and chain. The root's own key is not
    stored: nothing else can ever be issued under it. Every name says PENGEMBANGAN.
    """
    target = folder / SIGNER_FILE
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _issue(_ROOT_NAME, root_key.public_key(), _ROOT_NAME, root_key, is_root=True)
        leaf = _issue(_SIGNER_NAME, key.public_key(), _ROOT_NAME, root_key, is_root=False)
        pem = serialization.Encoding.PEM
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _write_once(target, private + leaf.public_bytes(pem) + root.public_bytes(pem))
    certificate, trusted = SigningCertificate.load(target), folder / ROOT_FILE
    if not trusted.exists():
        trusted.write_bytes(certificate.chain[-1].public_bytes(serialization.Encoding.PEM))
    return certificate


def load_roots(folder: Path) -> tuple[x509.Certificate, ...]:
    """Return the trusted roots in `folder`: every *.pem that holds no private key."""
    return tuple(
        root
        for path in sorted(folder.glob("*.pem"))
        if b"PRIVATE KEY" not in (pem := path.read_bytes())
        for root in x509.load_pem_x509_certificates(pem)
    )


def sign_pdf(
    unsigned: bytes,
    certificate: SigningCertificate,
    *,
    signer_name: str,
    reason: str,
    location: str,
    at: datetime,
    box: FieldBox | None,
) -> bytes:
    """Return `unsigned` with one signature; `at` (the governed instant, aware) becomes its time.

    Two calls give different bytes: ECDSA draws a nonce. Runs an event loop of its own, so call it from a worker
    thread; takes a few milliseconds. Raises OutsideValidity.
    """
    leaf = certificate.chain[0]
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        raise OutsideValidity("Sertifikat tidak berlaku pada saat penandatanganan.")
    ended = unsigned if unsigned.endswith(b"\n") else unsigned + b"\n"  # PDF/A: an object begins on a line of its own
    steps = PdfCMSEmbedder(_field(box)).write_cms(FIELD, _Update(BytesIO(ended)))
    next(steps)
    placeholder = SignatureObject(
        timestamp=at,
        subfilter=SigSeedSubFilter.PADES,
        name=signer_name,
        reason=reason,
        location=location,
        bytes_reserved=_ROOM,
    )
    steps.send(SigObjSetup(placeholder, appearance_setup=SigAppearanceSetup(_TRANSPARENT, at, signer_name)))
    prepared, output = steps.send(SigIOSetup("sha256", in_place=False))
    signing = certificate.signer.async_sign(prepared.document_digest, "sha256", use_pades=True)
    steps.send(asyncio.run(signing))
    signed: bytes = output.getvalue()
    return signed


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The claims of a signature, and the result of its verification."""

    signer_name: str | None
    reason: str | None
    location: str | None
    signed_at: datetime | None
    """As claimed by the signer's clock; the ledger's LetterSigned says when it was recorded."""
    certificate: str
    """Subject of the signer's certificate (RFC 4514)."""
    intact: bool
    """The signature matches the bytes, and covers all of them."""
    trusted: bool
    """The certificate leads to one of the roots, and was valid at `signed_at`."""

    @property
    def good(self) -> bool:
        """Whether the letter is as signed, by a trusted certificate."""
        return self.intact and self.trusted


def verify_pdf(signed: bytes, roots: Sequence[x509.Certificate]) -> SignatureReport:
    """Check the one signature of a letter against `roots`, without network access.

    Raises SignatureUnreadable for bytes without exactly one signature. Call it from a worker thread.
    """
    try:
        return _verify(signed, [_asn1(root) for root in roots])
    except (PdfError, SignatureValidationError, SigningError, ValueError, KeyError, TypeError, AttributeError):
        raise SignatureUnreadable("Tanda tangan elektronik pada berkas ini tidak dapat dibaca.") from None


def _verify(signed: bytes, roots: list[asn1_x509.Certificate]) -> SignatureReport:
    [embedded] = PdfFileReader(BytesIO(signed)).embedded_regular_signatures
    claims = embedded.sig_object
    at = embedded.self_reported_timestamp
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=at)
    status = validate_pdf_signature(embedded, context)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and _nothing_hidden(embedded)
    return SignatureReport(
        signer_name=_text(claims.get("/Name")),
        reason=_text(claims.get("/Reason")),
        location=_text(claims.get("/Location")),
        signed_at=at,
        certificate=x509.load_der_x509_certificate(status.signing_cert.dump()).subject.rfc4514_string(),
        intact=bool(status.intact and status.valid and whole),
        trusted=bool(status.trusted),
    )


def _nothing_hidden(embedded: EmbeddedPdfSignature) -> bool:
    """The reserved room is the one part that the signature cannot cover: after the signature it must be zeros."""
    contents = embedded.pkcs7_content
    return not contents[len(cms.ContentInfo.load(contents).dump()) :].strip(b"\0")


class _Update(IncrementalPdfFileWriter):
    """An update that leaves the document's metadata as rendered: pyHanko would write the machine's time there."""

    def _update_meta(self) -> None:
        return


def _field(box: FieldBox | None) -> SigFieldSpec:
    if box is None:
        return SigFieldSpec(FIELD)
    corners = (round(box.left), round(box.bottom), round(box.right), round(box.top))
    return SigFieldSpec(FIELD, on_page=box.page, box=corners)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Jejak PENGEMBANGAN"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


_ROOT_NAME: Final = _name("Akar PENGEMBANGAN - bukan BSrE")
_SIGNER_NAME: Final = _name("Penanda tangan PENGEMBANGAN - bukan BSrE")


def _issue(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_FROM + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _write_once(path: Path, content: bytes) -> None:
    """Writes the file whole, and never readable by others; where another process was first, its file stays."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(file.name)
