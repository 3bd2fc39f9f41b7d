"""PDF (ISO 32000), by its outer structure: header, cross-reference chain, trailers, objects; pages are not drawn."""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from jejak.platform.errors import Malformed
from jejak.uploads.images import check_size
from jejak.uploads.pdf_actions import OBJECT, Unpacked, check_active, check_by_itself
from jejak.uploads.work import PART, Work

PDF_START: Final = b"%PDF-"
MAX_OBJECTS: Final = 20_000
"""A hundred scanned pages have about a thousand."""
MAX_REVISIONS: Final = 64
MAX_OBJECT_STREAM_BYTES: Final = 32 * 1024 * 1024
"""All object streams of a file together, unpacked."""

_VERSION: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_END: Final = re.compile(rb"startxref[\s\0]{1,20}([0-9]{1,10})[\s\0]{1,20}%%EOF[\s\0]{0,2048}\Z")
_TAIL_BYTES: Final = 4096
_OBJECT_HERE: Final = re.compile(rb"[\s\0]{0,20}[0-9]{1,10}[\s\0]{1,20}[0-9]{1,5}[\s\0]{1,20}obj(?![A-Za-z])")
_TABLE_HERE: Final = re.compile(rb"[\s\0]{0,20}xref[\s\0]")
_STREAM: Final = re.compile(rb">>[\s\0]{0,20}stream\r?\n")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_PREVIOUS: Final = re.compile(rb"/(?:Prev|XRefStm)[\s\0]{1,20}([0-9]{1,10})")
_SIZE: Final = re.compile(rb"/Size[\s\0]{1,20}([0-9]{1,10})")
_ENCRYPT: Final = re.compile(rb"/Encrypt(?![A-Za-z])")
_ROOT: Final = re.compile(rb"/Root(?![A-Za-z])")
_IMAGE: Final = re.compile(rb"/Subtype[\s\0]{0,20}/Image(?![A-Za-z])")
_WIDTH: Final = re.compile(rb"/Width[\s\0]{1,20}([0-9]{1,10})")
_HEIGHT: Final = re.compile(rb"/Height[\s\0]{1,20}([0-9]{1,10})")
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9])")
_FIRST: Final = re.compile(rb"/First[\s\0]{1,20}([0-9]{1,10}+)(?![\s\0]{1,20}[0-9]{1,5}[\s\0]{1,20}R)")
_DEFLATED: Final = re.compile(
    rb"/Filter[\s\0]{0,20}(?:/FlateDecode|\[[\s\0]{0,20}/FlateDecode[\s\0]{0,20}\])(?![A-Za-z0-9])"
)
_PREDICTED: Final = re.compile(rb"/(?:DecodeParms|DP)[\s\0]{0,20}(?:<<|\[[\s\0]{0,20}<<|\[?[\s\0]{0,20}[0-9])")
_COUNT: Final = re.compile(rb"/N[\s\0]{1,20}([0-9]{1,10})")
_DICTIONARY_BYTES: Final = 65_536
_MAX_ESCAPES: Final = 100_000


def check_pdf(data: bytes, work: Work) -> None:
    """Malformed unless the file is whole, unencrypted, of bearable size and, in plain sight, without script."""
    end = _END.search(data, max(0, len(data) - _TAIL_BYTES))
    if not _VERSION.match(data) or end is None:
        raise _damaged()
    _check_references(data, int(end[1]), work)
    objects = unpacked = 0
    outside, inside = list[bytes](), list[Unpacked]()
    for streams, (text, stream) in enumerate(_parts(data)):
        work.spend(PART + len(text))
        begun = sum(1 for _ in OBJECT.finditer(text))
        work.spend(PART * begun)
        objects += begun
        outside.append(_names(text, work))
        check_active(outside[-1])
        dictionary = _names(_last_object(text), work)
        if _holds_objects(outside[-1], dictionary):
            objects += _number(_COUNT, dictionary)
            content = _unpacked(dictionary, stream, MAX_OBJECT_STREAM_BYTES - unpacked, work)
            unpacked += len(content)
            inside.append((_names(content, work), _number(_FIRST, dictionary)))
            check_active(inside[-1][0])
        elif _IMAGE.search(dictionary):
            check_size(_number(_WIDTH, dictionary), _number(_HEIGHT, dictionary))
        if max(objects, streams) > MAX_OBJECTS:
            raise _too_complex()
    check_by_itself(outside, inside, work)
    if not objects:
        raise _damaged()


def _check_references(data: bytes, start: int, work: Work) -> None:
    """Follows the cross-references from the newest to the oldest: each in its place, none encrypted, no circle."""
    seen = set[int]()
    todo = [start]
    rooted = False
    while todo:
        at = todo.pop()
        if at in seen or len(seen) == MAX_REVISIONS or not 0 < at < len(data):
            raise _damaged()
        seen.add(at)
        trailer = _names(_trailer(data, at, work), work)
        if _ENCRYPT.search(trailer):
            raise Malformed("pdf_bersandi", "PDF ini bersandi. Simpan ulang tanpa kata sandi, lalu unggah lagi.")
        if _number(_SIZE, trailer) > MAX_OBJECTS:
            raise _too_complex()
        rooted = rooted or _ROOT.search(trailer) is not None
        todo += [int(previous) for previous in _PREVIOUS.findall(trailer)]
    if not rooted:
        raise _damaged()


def _trailer(data: bytes, at: int, work: Work) -> bytes:
    """The dictionary of the cross-reference that stands at this place: after a table, or of a stream."""
    if _TABLE_HERE.match(data, at):
        begin = data.find(b"trailer", at)
        end = data.find(b"startxref", begin, begin + _DICTIONARY_BYTES)
    elif found := _OBJECT_HERE.match(data, at):
        begin = found.end()
        stream = _STREAM.search(data, begin, begin + _DICTIONARY_BYTES)
        end = stream.start() if stream else -1
    else:
        raise _damaged()
    if begin < 0 or end < 0:
        raise _damaged()
    work.spend(PART + end - at)
    return data[begin:end]


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What stands before every stream, with the stream's bytes; at last what stands after the last one."""
    at = 0
    while found := _STREAM.search(data, at):
        end = data.find(b"endstream", found.end())
        if end < 0:
            raise _damaged()
        yield data[at : found.start()], data[found.end() : end]
        at = end + len(b"endstream")
    yield data[at:], b""


def _holds_objects(text: bytes, dictionary: bytes) -> bool:
    """Whether the stream that comes next holds objects: it says so, or has what a reader needs to find them."""
    return bool(_OBJECT_STREAM.search(text) or (_FIRST.search(dictionary) and _COUNT.search(dictionary)))


def _unpacked(dictionary: bytes, stream: bytes, limit: int, work: Work) -> bytes:
    """An object stream in clear, up to a limit. Malformed when it is larger, or packed in an unusual way.

    Programs pack it once or not at all; twice, or through a predictor, is a way to hide what is in it.
    """
    if b"/Filter" not in dictionary:
        work.spend(len(stream))
        return stream
    if dictionary.count(b"/Filter") > 1 or not _DEFLATED.search(dictionary) or _PREDICTED.search(dictionary):
        raise _too_complex()
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(stream, int(min(limit, work.left)) + 1)
    except zlib.error:
        raise _damaged() from None
    work.spend(len(content))
    if len(content) > limit:
        raise _too_complex()
    if not unpacker.eof:  # "endstream" stood within it: a reader goes by the length, and sees more than we
        raise _damaged()
    return content


def _names(text: bytes, work: Work) -> bytes:
    """Text with the escapes in its names undone: "/J#53" is "/JS"."""
    escapes = text.count(b"#")
    work.spend(PART * escapes)
    if escapes > _MAX_ESCAPES:
        raise _too_complex()
    return _ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), text) if escapes else text


def _last_object(text: bytes) -> bytes:
    """The object whose stream comes next, as far as it fits a dictionary of bearable size."""
    tail = text[-_DICTIONARY_BYTES:]
    begins = [found.end() for found in OBJECT.finditer(tail)]
    return tail[begins[-1] :] if begins else tail


def _number(pattern: re.Pattern[bytes], text: bytes) -> int:
    """The number after a name; 0 where it does not stand."""
    found = pattern.search(text)
    return int(found[1]) if found else 0


def _damaged() -> Malformed:
    return Malformed(
        "berkas_rusak", "PDF ini rusak atau terpotong. Simpan atau pindai ulang dokumennya, lalu unggah lagi."
    )


def _too_complex() -> Malformed:
    return Malformed(
        "pdf_terlalu_rumit", "PDF ini terlalu rumit. Cetak ulang ke PDF atau foto dokumennya, lalu unggah hasilnya."
    )
