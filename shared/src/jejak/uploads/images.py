"""JPEG (ITU T.81) and PNG (ISO 15948), walked from the first marker to the last without decoding the picture."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from jejak.platform.errors import Malformed
from jejak.uploads.cut_jpeg import all_sent, shows_all

JPEG_START: Final = b"\xff\xd8\xff"
PNG_START: Final = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS: Final = 100_000_000
"""A3 at 600 dpi has 70 million. It bounds the memory that a viewer needs."""
MAX_SIDE: Final = 30_000
MAX_PARTS: Final = 20_000
MAX_SCANS: Final = 100
"""A progressive picture has about ten scans; a small file with thousands of them takes minutes to show."""

_SOI, _EOI, _SOS, _TEM, _COM = 0xD8, 0xD9, 0xDA, 0x01, 0xFE
_NO_END: Final = -1
"""In place of a marker: the file ends within a scan."""
_RESTARTS: Final = range(0xD0, 0xD8)
_FRAMES: Final = {0xC0, 0xC1, 0xC2}
_OTHER_FRAMES: Final = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_COMPONENTS: Final = {1, 3, 4}
_APPLICATION: Final = range(0xE0, 0xF0)
_NEXT_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL: Final = re.compile(rb"\xff+(?=\xff)")
_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_PNG_TEXT: Final = {b"tEXt", b"iTXt", b"zTXt", b"eXIf"}
_HEADER_BYTES: Final = 13

# Bytes that make a browser or a reader take the file for another format. The picture data itself is not searched.
_ANOTHER_FORMAT: Final = re.compile(
    rb"%PDF-[12]|PK\x03\x04[\x0a\x14\x2d]\0|<!doctype|<html|<script|<iframe|<\?php|<svg[\s>]", re.IGNORECASE
)


def check_jpeg(data: bytes) -> None:
    """Malformed unless the picture has a frame within the size limits, its scans, and an end.

    The marker of the end may lack where nothing of the picture does: some cameras and messengers leave it
    out, and every viewer shows the picture.
    """
    frame = b""
    scans = list[bytes]()
    for marker, start, end in _segments(data):
        if marker in _FRAMES:
            _check_frame(data[start:end])
            frame = data[start:end]
        elif marker in _OTHER_FRAMES:
            raise Malformed("gambar_tidak_didukung", "Jenis JPEG ini tidak umum. Foto ulang dokumennya, lalu unggah.")
        elif marker == _SOS:
            scans.append(data[start:end])
            if not frame or len(scans) > MAX_SCANS:
                raise _damaged()
        elif marker in {_EOI, _NO_END}:
            if not scans or (marker == _NO_END and not (all_sent(frame, scans) and shows_all(data))):
                raise _damaged()
            _carries_nothing_else(data[end:])
            return
        elif marker == _COM or marker in _APPLICATION:
            _carries_nothing_else(data[start:end])
    raise _damaged()


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each marker with the start and end of its content. Stops early where the file is cut off or is no JPEG."""
    at = 2
    for _ in range(MAX_PARTS):
        if fill := _FILL.match(data, at):
            at = fill.end()
        if at + 2 > len(data) or data[at] != 0xFF:  # noqa: PLR2004 - every marker begins with FF
            return
        marker = data[at + 1]
        at += 2
        if marker in _RESTARTS or marker in {_SOI, _EOI, _TEM}:
            yield marker, at, at
            continue
        length = int.from_bytes(data[at : at + 2])
        if length < 2 or at + length > len(data):  # noqa: PLR2004 - the length counts its own two bytes
            return
        yield marker, at + 2, at + length
        at += length
        if marker == _SOS:
            marker_match = _NEXT_MARKER.search(data, at)
            if marker_match is None:
                yield _NO_END, len(data), len(data)
                return
            at = marker_match.start()


def _check_frame(frame: bytes) -> None:
    if len(frame) < 6:  # noqa: PLR2004 - precision, height, width, components
        raise _damaged()
    _precision, height, width, components = struct.unpack(">BHHB", frame[:6])
    if components not in _COMPONENTS or len(frame) != 6 + 3 * components:
        raise _damaged()
    check_size(width, height)


def check_png(data: bytes) -> None:
    """Malformed unless every chunk is whole, the header is possible, and the picture is within the size limits."""
    at, names, first_data = len(PNG_START), set[bytes](), b""
    for _ in range(MAX_PARTS):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise _damaged()
        content = data[at + 8 : end - 4]
        if (name == b"IHDR") != (not names):
            raise _damaged()
        if name == b"IHDR":
            _check_header(content)
        elif name == b"IDAT":
            first_data = first_data or content
        elif name == b"acTL":
            raise Malformed("gambar_tidak_didukung", "Gambar bergerak tidak diterima. Foto ulang dokumennya.")
        elif name in _PNG_TEXT:
            _carries_nothing_else(content)
        names.add(name)
        at = end
        if name == b"IEND":
            break
    if not {b"IDAT", b"IEND"} <= names or not _inflates(first_data):
        raise _damaged()
    _carries_nothing_else(data[at:])


def _check_header(header: bytes) -> None:
    if len(header) != _HEADER_BYTES:
        raise _damaged()
    width, height, depth, colour, compression, filtering, interlace = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise _damaged()
    check_size(width, height)


def _inflates(data: bytes) -> bool:
    """Whether picture data begins as compressed data. One byte is inflated, the rest is left to the viewer."""
    try:
        return bool(zlib.decompressobj().decompress(data, 1))
    except zlib.error:
        return False


def check_size(width: int, height: int) -> None:
    """Malformed for a picture without area, or with more pixels than a viewer can hold."""
    if not width or not height:
        raise _damaged()
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Malformed(
            "gambar_terlalu_besar",
            "Ukuran gambar ini terlalu besar (lebih dari 100 juta titik). Foto ulang dengan ukuran lebih kecil.",
        )


def _carries_nothing_else(part: bytes) -> None:
    """Malformed for a document or a page beside the picture; previews and short films of cameras are allowed."""
    if _ANOTHER_FORMAT.search(part):
        raise Malformed(
            "berkas_ganda",
            "Gambar ini memuat berkas jenis lain di dalamnya. Foto ulang dokumennya, lalu unggah foto itu.",
        )


def _damaged() -> Malformed:
    return Malformed(
        "berkas_rusak", "Gambar ini rusak atau terpotong. Foto ulang atau simpan ulang gambarnya, lalu unggah lagi."
    )
