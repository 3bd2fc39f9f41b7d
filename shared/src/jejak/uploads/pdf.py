"""PDF (ISO 32000) as qpdf reads it: whole, unencrypted, within limits, without actions; pages are not drawn."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from typing import Final

import pikepdf
from pikepdf.settings import set_qpdf_limits

from jejak.platform.errors import Malformed
from jejak.uploads.images import check_size
from jejak.uploads.pdf_names import are_references, named, packed

PDF_START: Final = b"%PDF-"
MAX_OBJECTS: Final = 20_000
"""A file of a hundred scanned pages has about a thousand."""
MAX_CLEAR_BYTES: Final = 32 * 1024 * 1024
"""The size of all objects of a file, unpacked. Streams of pages and pictures stay packed."""
MAX_PARTS: Final = 100_000
"""The entries of an array or a dictionary: the widths of a large font are about ten thousand."""
set_qpdf_limits(
    flate_max_memory=MAX_CLEAR_BYTES,
    run_length_max_memory=MAX_CLEAR_BYTES,
    png_max_memory=MAX_CLEAR_BYTES,
    tiff_max_memory=MAX_CLEAR_BYTES,
    max_stream_filters=4,
    parser_max_container_size=MAX_PARTS,
)

_VERSION: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_HEADER: Final = b"%PDF-1.7"
_BEFORE: Final = 1024
"""Bytes in which readers look for the beginning (ISO 32000-1, annex H.3.4.1)."""
_END: Final = re.compile(rb"startxref[\s\0]{1,20}([0-9]{1,10})[\s\0]{1,20}%%EOF")
_GOES_ON: Final = re.compile(rb"[0-9][\s\0]+obj|endobj|xref|trailer|%PDF-")
"""What stands behind an end only where the document goes on, and was cut off."""
_ANOTHER_FORMAT: Final = re.compile(
    rb"PK\x03\x04[\x0a\x14\x2d]\0|<!doctype|<html|<script|<iframe|<\?php|<svg[\s>]", re.IGNORECASE
)
"""What stands before or behind a document only where the file is to be taken for another."""
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoTo[RE])(?![A-Za-z0-9])"
)
_UNREADABLE: Final = re.compile(r"\(object ([0-9]+) [0-9]+, offset")
"""The number of the object that a complaint of qpdf is about."""
_BY_ITSELF: Final = re.compile(rb"/(?:OpenAction|AA)(?![A-Za-z0-9])")


def check_pdf(data: bytes) -> None:
    """Malformed unless the file is whole, unencrypted, within limits, and has neither actions nor embedded files.

    The file is checked by its references, and again by every object in it, as a reader does that finds the references
    damaged.
    Bytes that a server or a mail program adds before or behind the document, and a wrong place of its references, are
    ignored, as readers ignore them.
    """
    own, end = _document_in(data)
    unreferenced = own[: end.start(1)] + b"0" + own[end.end(1) :]
    referenced = _by_references(data, own, int(end[1]))
    try:
        for whole in referenced:
            with pikepdf.open(BytesIO(whole), attempt_recovery=False, suppress_warnings=True) as document:
                _check(document)
        rebuilt = _rebuilt(unreferenced)
        if rebuilt is None and not referenced:
            raise _damaged()
        if rebuilt:
            with rebuilt:
                _check(rebuilt)
    except pikepdf.PasswordError:
        raise _encrypted() from None
    except (pikepdf.PikepdfError, ValueError):
        raise _damaged() from None


def starts_as_pdf(data: bytes) -> bool:
    """Whether readers take it for a PDF, behind a byte order mark or a warning of the server that made it."""
    begin = data.find(PDF_START, 0, _BEFORE + len(PDF_START))
    return begin >= 0 and b"\0" not in data[:begin] and _ANOTHER_FORMAT.search(data, 0, begin) is None


def _document_in(data: bytes) -> tuple[bytes, re.Match[bytes]]:
    """The document without what stands before and behind it, and its end. Malformed for one without, or cut off."""
    own = data[data.find(PDF_START) :]
    end = next(reversed(list(_END.finditer(own))), None)
    if not _VERSION.match(own) or end is None or _GOES_ON.search(own, end.end()):
        raise _damaged()
    if _ANOTHER_FORMAT.search(own, end.end()):
        raise Malformed(
            "berkas_ganda", "PDF ini memuat berkas jenis lain di belakangnya. Cetak ulang ke PDF, lalu unggah hasilnya."
        )
    return own[: end.end()], end


def _by_references(data: bytes, own: bytes, place: int) -> list[bytes]:
    """The document as its references are found: counted from its own beginning, or from that of the file.

    None where they are at neither: every reader rebuilds them. Malformed where what stands before it is too short to
    be replaced by a header.
    """
    before = data.find(PDF_START)
    found = [own] if are_references(own, place) else []
    if before and place >= before and are_references(own, place - before):
        if before < len(_HEADER):
            raise _damaged()
        found.append(_HEADER.ljust(before, b"\n") + own)
    return found


def _rebuilt(data: bytes) -> pikepdf.Pdf | None:
    """The document by its objects alone; None where they do not suffice."""
    try:
        return pikepdf.open(BytesIO(data), suppress_warnings=True)
    except pikepdf.PikepdfError:
        return None


def _check(document: pikepdf.Pdf) -> None:
    if document.is_encrypted:
        raise _encrypted()
    if not document.pages:
        raise Malformed("pdf_kosong", "PDF ini tidak punya halaman. Simpan atau pindai ulang dokumennya, lalu unggah.")
    if max(len(document.objects), _number(document.trailer, "/Size")) > MAX_OBJECTS:
        raise _too_complex()
    left, objects = MAX_CLEAR_BYTES, [document.trailer, *list[object](document.objects)]
    for obj in objects:
        if isinstance(obj, pikepdf.Object):
            texts = _clear_texts(obj, document)
            if (left := left - sum(map(len, texts))) < 0:
                raise _too_complex()
            if any(map(_acts_by_name, texts)) or (_BY_ITSELF.search(b" ".join(texts)) and _opens_address(obj)):
                raise _acts()
    complaints = "\n".join(document.get_warnings())
    if "bad_alloc" in complaints:
        raise MemoryError
    if any(not _is_there(document, int(number[1])) for number in _UNREADABLE.finditer(complaints)):
        raise _damaged()  # another reader may see more in the file than qpdf does


def _clear_texts(obj: pikepdf.Object, document: pikepdf.Pdf) -> list[bytes]:
    """An object; of a stream its dictionary, and its content where that is objects.

    Malformed for a picture that is too large, and for packed objects without a reference: a reader that rebuilds the
    references may use them.
    """
    if not isinstance(obj, pikepdf.Stream):
        return [obj.unparse(resolved=True)]
    text = obj.stream_dict.unparse(resolved=True)
    if obj.get("/Subtype") == "/Image":
        check_size(_number(obj, "/Width"), _number(obj, "/Height"))
    if obj.get("/Type") != "/ObjStm" and not ("/N" in obj and "/First" in obj):
        return [text]
    if _number(obj, "/N") > MAX_OBJECTS:
        raise _too_complex()
    content, first = obj.read_bytes(), _number(obj, "/First")
    objects, numbers = packed(content, first), content[:first].split()[::2]
    if not any(map(_acts_by_name, objects)) and not all(_is_there(document, int(number)) for number in numbers):
        raise _damaged()
    return [text, *objects]


def _acts_by_name(objects: bytes) -> bool:
    if _ACTIVE.search(objects) is None and b"#" not in objects:
        return False  # as of nearly every object: strings and names need not be distinguished
    return _ACTIVE.search(named(objects)) is not None


def _is_there(document: pikepdf.Pdf, number: int) -> bool:
    obj: object = document.get_object(number, 0)
    return obj is not None


def _number(obj: pikepdf.Object, key: str) -> int:
    value: object = obj.get(key)
    return int(value) if isinstance(value, (int, Decimal)) else 0


def _opens_address(obj: pikepdf.Object) -> bool:
    """Whether opening or closing the object leads to an address. A link that waits for a click may lead there."""
    todo, seen = [*_begun(obj)], set[tuple[int, int]]()
    while todo:
        action = todo.pop()
        if isinstance(action, pikepdf.Object) and action.is_indirect:
            if action.objgen in seen:
                continue
            seen.add(action.objgen)
        if isinstance(action, pikepdf.Array):
            todo.extend(action)
        elif isinstance(action, pikepdf.Dictionary):
            if "/URI" in action:
                return True
            todo.append(action.get("/Next"))
    return False


def _begun(obj: pikepdf.Object) -> Iterator[object]:
    """The actions in an object and its parts that wait for no click. References are not followed."""
    todo: list[object] = [obj.stream_dict if isinstance(obj, pikepdf.Stream) else obj]
    while todo:
        part = todo.pop()
        if isinstance(part, pikepdf.Dictionary):
            yield part.get("/OpenAction")
            triggers = part.get("/AA")
            yield from triggers.as_dict().values() if isinstance(triggers, pikepdf.Dictionary) else ()
        if isinstance(part, (pikepdf.Dictionary, pikepdf.Array)):
            values: Iterable[object] = (
                part.as_dict().values() if isinstance(part, pikepdf.Dictionary) else part.as_list()
            )
            todo += [value for value in values if isinstance(value, pikepdf.Object) and not value.is_indirect]


def _acts() -> Malformed:
    return Malformed(
        "pdf_beraksi",
        "PDF ini memuat skrip, formulir aktif, berkas sisipan, atau membuka alamat dengan sendirinya. "
        "Cetak ulang ke PDF, lalu unggah hasilnya.",
    )


def _encrypted() -> Malformed:
    return Malformed("pdf_bersandi", "PDF ini bersandi. Simpan ulang tanpa kata sandi, lalu unggah lagi.")


def _damaged() -> Malformed:
    return Malformed(
        "berkas_rusak", "PDF ini rusak atau terpotong. Simpan atau pindai ulang dokumennya, lalu unggah lagi."
    )


def _too_complex() -> Malformed:
    return Malformed(
        "pdf_terlalu_rumit", "PDF ini terlalu rumit. Cetak ulang ke PDF atau foto dokumennya, lalu unggah hasilnya."
    )
