"""What the signatures of a PDF say, and whether they match its bytes. Pure; foreign bytes reach it in a child process.

A signature proves that the bytes did not change since, and which certificate signed them. Whose the certificate is says
its issuer alone, and an issuer is believed only where its root is given.
"""

import decimal
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from io import BytesIO
from typing import Any, Final

from asn1crypto import cms  # type: ignore[import-untyped]  # carries no types
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from letters.signatures.facts import PdfFacts, SignatureFacts

MOST_SIGNATURES: Final = 20
_LONGEST: Final = 200
_MOST_NAMES: Final = 40
UNREADABLE: Final = (
    *(PdfError, SignatureValidationError, SigningError, zlib.error, decimal.InvalidOperation),
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError),
    *(NotImplementedError, RecursionError, OverflowError),
)
"""The errors of pyHanko and its parsers on damaged files."""
_MAY_GROW: Final[Mapping[str, frozenset[str]]] = {
    "/Catalog": frozenset({"/AcroForm", "/DSS", "/Extensions", "/Version", "/Metadata"}),
    "/Page": frozenset({"/Annots"}),
}
"""The entries that a signature adds, by the type of the object."""


def examine(pdf: bytes, *, sent_size: int | None = None, roots: Sequence[asn1_x509.Certificate] = ()) -> PdfFacts:
    """The facts of a PDF's signatures, without network access; `sent_size`: its first bytes are a PDF that was sent.

    Raises one of UNREADABLE for what is no PDF.
    """
    reader = PdfFileReader(BytesIO(pdf), strict=False)
    if reader.encrypted:
        raise PdfError("encrypted")
    embedded = reader.embedded_regular_signatures[: MOST_SIGNATURES + 1]
    return PdfFacts(
        sha256=hashlib.sha256(pdf).hexdigest(),
        signatures=tuple(_facts(signature, roots) for signature in embedded[:MOST_SIGNATURES]),
        more=len(embedded) > MOST_SIGNATURES,
        only_signed=None if sent_size is None else _only_signed(pdf, sent_size, reader),
    )


def nothing_hidden(embedded: EmbeddedPdfSignature) -> bool:
    """The reserved room is the one part that the signature cannot cover: after the signature it must be zeros."""
    contents = embedded.pkcs7_content
    return not contents[len(cms.ContentInfo.load(contents).dump()) :].strip(b"\0")


def _facts(embedded: EmbeddedPdfSignature, roots: Sequence[asn1_x509.Certificate]) -> SignatureFacts:
    """The facts of one signature; an unreadable one is not intact."""
    try:
        return _validated(embedded, roots)
    except UNREADABLE:
        return SignatureFacts(readable=False)


def _validated(embedded: EmbeddedPdfSignature, roots: Sequence[asn1_x509.Certificate]) -> SignatureFacts:
    at = embedded.self_reported_timestamp
    context = ValidationContext(trust_roots=list(roots), allow_fetching=False, moment=at)
    status = validate_pdf_signature(embedded, context)
    certificate = status.signing_cert
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE and nothing_hidden(embedded)
    grown = status.coverage is not None and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    harmless = status.modification_level is not None and status.modification_level <= ModificationLevel.FORM_FILLING
    validity = certificate["tbs_certificate"]["validity"]
    return SignatureFacts(
        claimed_name=_text(embedded.sig_object.get("/Name")),
        at=at.astimezone(UTC) if at is not None and at.tzinfo is not None else at,
        subject=tuple(_names(certificate.subject)),
        common_name=_common_name(certificate.subject),
        organization=_attribute(certificate.subject, "organization_name"),
        issuer=_common_name(certificate.issuer),
        issuer_organization=_attribute(certificate.issuer, "organization_name"),
        valid_from=validity["not_before"].native,
        valid_until=validity["not_after"].native,
        intact=bool(status.intact and status.valid),
        whole=bool(whole),
        only_added=bool(not whole and grown and harmless and nothing_hidden(embedded)),
        trusted=bool(status.trusted),
    )


def _names(name: asn1_x509.Name) -> Iterator[str]:
    """Every value in a certificate's name, short."""
    values = (str(part["value"].native) for attributes in name.chosen for part in attributes)
    for _, value in zip(range(_MOST_NAMES), values, strict=False):
        yield value[:_LONGEST]


def _attribute(name: asn1_x509.Name, kind: str) -> str | None:
    for attributes in name.chosen:
        for part in attributes:
            if part["type"].native == kind:
                return str(part["value"].native)[:_LONGEST]
    return None


def _common_name(name: asn1_x509.Name) -> str | None:
    return _attribute(name, "common_name")


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:_LONGEST]


def _only_signed(pdf: bytes, sent_size: int, reader: PdfFileReader) -> bool:
    """Whether the file is the PDF that was sent, grown by one signature that shows nothing.

    Each object of the sent file is read again from the signed one: an update could put other objects in their place,
    and the signature would cover them.
    """
    sent = PdfFileReader(BytesIO(pdf[:sent_size]))
    if sent.root_ref.idnum != reader.root_ref.idnum:
        return False
    about = {
        reference.idnum
        for reference in (_reference(sent.trailer_view, "/Info"), _reference(sent.root, "/Metadata"))
        if reference
    }
    for reference in _references(sent):
        before, after = _object(sent, reference), _object(reader, reference)
        if reference.idnum not in about and not _grown(before, after):
            return False
    return _only_field_is_hidden(sent, reader)


def _references(reader: PdfFileReader) -> list[generic.Reference]:
    """Every object of the file."""
    return [
        reference
        for revision in range(reader.xrefs.total_revisions)
        for reference in reader.xrefs.explicit_refs_in_revision(revision)
    ]


def _reference(place: generic.DictionaryObject, name: str) -> generic.Reference | None:
    raw = place.raw_get(name) if name in place else None
    return raw.reference if isinstance(raw, generic.IndirectObject) else None


def _object(reader: PdfFileReader, reference: generic.Reference) -> Any:
    own = generic.Reference(reference.idnum, reference.generation, reader)
    return reader.get_object(own)  # type: ignore[no-untyped-call]  # pyHanko's


def _grown(before: Any, after: Any) -> bool:
    """Whether an object is the same, or has only got the entries that a signature adds."""
    if not isinstance(before, generic.DictionaryObject) or isinstance(before, generic.StreamObject):
        return bool(_plain(before) == _plain(after))
    if not isinstance(after, generic.DictionaryObject):
        return False
    may_grow = _MAY_GROW.get(str(before.get("/Type")), frozenset())
    return all(
        name in may_grow or _plain(_raw(before, name)) == _plain(_raw(after, name)) for name in {*before, *after}
    )


def _raw(place: generic.DictionaryObject, name: str) -> Any:
    return place.raw_get(name) if name in place else None


def _plain(value: Any) -> Any:
    """A value without its file: references by number."""
    match value:
        case generic.IndirectObject():
            return ("R", value.idnum, value.generation)
        case generic.StreamObject():
            return (_entries(value), value.encoded_data)
        case generic.DictionaryObject():
            return _entries(value)
        case generic.ArrayObject():
            return [_plain(value.raw_get(place)) for place in range(len(value))]
        case _:
            return (type(value).__name__, repr(value))


def _entries(place: generic.DictionaryObject) -> dict[str, Any]:
    return {str(name): _plain(place.raw_get(name)) for name in place}


def _only_field_is_hidden(sent: PdfFileReader, reader: PdfFileReader) -> bool:
    """Whether the form is the one signature field, and pages got no annotation but this field, which shows nothing."""
    form = reader.root["/AcroForm"]
    fields = form["/Fields"]
    if "/AcroForm" in sent.root or "/XFA" in form or len(fields) != 1:
        return False
    field = fields[0]
    if field.get("/FT") != "/Sig" or "/AA" in field or "/A" in field:
        return False
    corners = [float(corner) for corner in field.get("/Rect", (0, 0, 0, 0))]
    shows = corners[0] != corners[2] and corners[1] != corners[3]
    known = {annotation for page in _pages(sent) for annotation in _annotations(page)}
    added = [annotation for page in _pages(reader) for annotation in _annotations(page) if annotation not in known]
    return not shows and added in ([], [_field_number(fields)])


def _pages(reader: PdfFileReader) -> Iterator[generic.DictionaryObject]:
    """The pages, by a walk that no tree makes endless: each node once."""
    waiting, seen = [reader.root.raw_get("/Pages")], set[int]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, generic.IndirectObject):
            if node.idnum in seen:
                continue
            seen.add(node.idnum)
            node = reader.get_object(node.reference)  # type: ignore[no-untyped-call]  # as above
        kids = node.get("/Kids")
        if kids is None:
            yield node
        else:
            waiting += [kids.raw_get(place) for place in range(len(kids))]


def _annotations(page: generic.DictionaryObject) -> Iterator[Any]:
    annotations = page.get("/Annots") or generic.ArrayObject()
    yield from (_number(annotations.raw_get(place)) for place in range(len(annotations)))


def _field_number(fields: generic.ArrayObject) -> Any:
    return _number(fields.raw_get(0))


def _number(raw: Any) -> Any:
    """An annotation by its number; one that stands in the page itself by nothing known."""
    return raw.idnum if isinstance(raw, generic.IndirectObject) else id(raw)
