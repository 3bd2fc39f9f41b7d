"""Certificates and signatures of the simulated BSrE, made by pyHanko's own signer as a foreign program makes them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final, cast

from asn1crypto import keys as asn1_keys  # type: ignore[import-untyped]  # carries no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

_FROM, _UNTIL = datetime(2017, 1, 1, tzinfo=UTC), datetime(2046, 12, 31, tzinfo=UTC)
_FIELD: Final = "Signature1"
_CHAIN_USAGE: Final = {"key_cert_sign", "crl_sign"}
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Authority:
    """A root, and one certificate for each signer, made when it is first needed."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Akar SIMULASI - bukan BSrE", None)
        self._root = self._issued(self._name, self._key, {"key_cert_sign", "crl_sign"})
        self._signers: dict[tuple[str | None, str], signers.SimpleSigner] = {}
        self._lock = threading.Lock()

    @property
    def pem(self) -> str:
        """The root."""
        return self._root.public_bytes(Encoding.PEM).decode()

    def sign(self, pdf: bytes, nik: str | None, name: str) -> bytes:
        """The PDF with an invisible signature by the certificate of this NIK; None: a certificate without a NIK."""
        with self._lock:
            signer = self._signers.get((nik, name)) or self._signers.setdefault((nik, name), self._signer(nik, name))
        metadata = signers.PdfSignatureMetadata(field_name=_FIELD, md_algorithm="sha256")
        output = signers.PdfSigner(metadata, signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
        signed: bytes = output.getvalue()
        return signed

    def other_pdf(self) -> bytes:
        """A PDF that nobody sent."""
        new, page = cast("Any", PdfFileWriter), cast("Any", PageObject)
        writer = new()
        writer.insert_page(page(contents=writer.add_object(_stream()), media_box=(0, 0, 200, 200)))
        output = BytesIO()
        writer.write(output)
        return output.getvalue()

    def _signer(self, nik: str | None, name: str) -> signers.SimpleSigner:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issued(_name(name, nik), key, {"digital_signature", "content_commitment"})
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store: Any = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's
        store.register_multiple([_asn1(self._root)])
        return signers.SimpleSigner(
            signing_cert=_asn1(certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(private),
            cert_registry=store,
        )

    def _issued(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, usages: set[str]) -> x509.Certificate:
        root = usages == _CHAIN_USAGE
        return (
            x509.CertificateBuilder(subject_name=name, issuer_name=self._name, public_key=key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_FROM)
            .not_valid_after(_UNTIL)
            .add_extension(x509.BasicConstraints(ca=root, path_length=0 if root else None), critical=True)
            .add_extension(x509.KeyUsage(**{usage: usage in usages for usage in _USAGES}), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def changed(pdf: bytes) -> bytes:
    """The PDF with an update that puts another content behind its first page."""
    writer: Any = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), writer.add_object(_stream())])
    writer.update_container(page)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def tampered(signed: bytes) -> bytes:
    """The signed PDF with one figure of its form changed, which the signature covers."""
    return signed.replace(b"/SigFlags 3", b"/SigFlags 1")


def _stream() -> generic.StreamObject:
    return generic.StreamObject(stream_data=b"0 0 100 100 re f")


def _name(common: str, nik: str | None) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Jejak SIMULASI"),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if nik is not None:
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, nik))
    return x509.Name(attributes)


def _asn1(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
