"""PDF (ISO 32000) as qpdf reads it: whole, in clear, of bearable size, without acts of its own; pages are not drawn."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from typing import Final

import pikepdf
from pikepdf.settings import set_qpdf_limits

from jejak.platform.errors import Malformed
from jejak.uploads.images import check_size

PDF_START: Final = b"%PDF-"
MAX_OBJECTS: Final = 20_000
"""A hundred scanned pages have about a thousand."""
MAX_CLEAR_BYTES: Final = 32 * 1024 * 1024
"""All objects of a file together, unpacked. Streams of pages and pictures stay packed."""
MAX_PARTS: Final = 100_000
"""Of an array or a dictionary: the widths of a large font are some ten thousand."""
set_qpdf_limits(
    flate_max_memory=MAX_CLEAR_BYTES,
    run_length_max_memory=MAX_CLEAR_BYTES,
    png_max_memory=MAX_CLEAR_BYTES,
    tiff_max_memory=MAX_CLEAR_BYTES,
    max_stream_filters=4,
    parser_max_container_size=MAX_PARTS,
)

_VERSION: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_END: Final = re.compile(rb"startxref[\s\0]{1,20}([0-9]{1,10})[\s\0]{1,20}%%EOF[\s\0]{0,2048}\Z")
_TAIL_BYTES: Final = 4096
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoTo[RE])(?![A-Za-z0-9])"
)
_UNREADABLE: Final = re.compile(r"\(object ([0-9]+) [0-9]+, offset")
"""How qpdf's complaints name the object that they are about."""
_BY_ITSELF: Final = re.compile(rb"/(?:OpenAction|AA)(?![A-Za-z0-9])")


def check_pdf(data: bytes) -> None:
    """Malformed unless the file is whole, unencrypted, of bearable size, and neither acts nor holds other files.

    It is judged by its references, and again as a reader judges it that takes them for damaged: by every object in it.
    """
    end = _END.search(data, max(0, len(data) - _TAIL_BYTES))
    if not _VERSION.match(data) or end is None:
        raise _damaged()
    unreferenced = data[: end.start(1)] + b"0" + data[end.end(1) :]
    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True) as document:
            _check(document)
        if rebuilt := _rebuilt(unreferenced):
            with rebuilt:
                _check(rebuilt)
    except pikepdf.PasswordError:
        raise _encrypted() from None
    except (pikepdf.PikepdfError, ValueError):
        raise _damaged() from None


def _rebuilt(data: bytes) -> pikepdf.Pdf | None:
    """The document by its objects alone; None for one that cannot be read so."""
    try:
        return pikepdf.open(BytesIO(data), suppress_warnings=True)
    except pikepdf.PikepdfError:
        return None


def _check(document: pikepdf.Pdf) -> None:
    if document.is_encrypted:
        raise _encrypted()
    if max(len(document.objects), _number(document.trailer, "/Size")) > MAX_OBJECTS:
        raise _too_complex()
    left, objects = MAX_CLEAR_BYTES, [document.trailer, *list[object](document.objects)]
    for found in objects:
        if isinstance(found, pikepdf.Object):
            text = _clear_text(found, document)
            if (left := left - len(text)) < 0:
                raise _too_complex()
            if _ACTIVE.search(text) or (_BY_ITSELF.search(text) and _opens_address(found)):
                raise _acts()
    complaints = "\n".join(document.get_warnings())
    if "bad_alloc" in complaints:
        raise MemoryError
    if any(not _is_there(document, int(number[1])) for number in _UNREADABLE.finditer(complaints)):
        raise _damaged()  # another reader may see more in it than qpdf does


def _clear_text(found: pikepdf.Object, document: pikepdf.Pdf) -> bytes:
    """An object without escapes in its names; of a stream its dictionary, and its content where that is objects.

    Malformed for a picture of unbearable size, and for packed objects that no reference names: a reader that rebuilds
    the references may take them.
    """
    if not isinstance(found, pikepdf.Stream):
        return found.unparse(resolved=True)
    text = found.stream_dict.unparse(resolved=True)
    if found.get("/Subtype") == "/Image":
        check_size(_number(found, "/Width"), _number(found, "/Height"))
    if found.get("/Type") != "/ObjStm" and not ("/N" in found and "/First" in found):
        return text
    if _number(found, "/N") > MAX_OBJECTS:
        raise _too_complex()
    packed = found.read_bytes()
    content = _ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), packed)
    numbers = packed[: _number(found, "/First")].split()[::2]
    if not _ACTIVE.search(content) and not all(_is_there(document, int(number)) for number in numbers):
        raise _damaged()
    return text + content


def _is_there(document: pikepdf.Pdf, number: int) -> bool:
    found: object = document.get_object(number, 0)
    return found is not None


def _number(found: pikepdf.Object, key: str) -> int:
    value: object = found.get(key)
    return int(value) if isinstance(value, (int, Decimal)) else 0


def _opens_address(found: pikepdf.Object) -> bool:
    """Whether opening or leaving what stands here leads to an address. A link that waits for a click may."""
    todo, seen = [*_begun(found)], set[tuple[int, int]]()
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


def _begun(found: pikepdf.Object) -> Iterator[object]:
    """The actions in an object and its parts that wait for no click. What it refers to is an object of its own."""
    todo: list[object] = [found.stream_dict if isinstance(found, pikepdf.Stream) else found]
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
