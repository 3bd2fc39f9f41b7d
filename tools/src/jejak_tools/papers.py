"""Small valid documents of synthetic applicants, made in code. Different texts give different bytes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

_TABLE_LINE: Final = "{:010} 00000 n \n"


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as it is uploaded."""

    name: str
    data: bytes
    media_type: str


def pdf(name: str, text: str) -> Paper:
    """One A4 page with a line of text."""
    shown = text.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    content = b"BT /F1 14 Tf 72 760 Td (" + shown + b") Tj ET"
    fonts = b"<< /Font << /F1 5 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources " + fonts + b" >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(map(_TABLE_LINE.format, places))
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return Paper(f"{name}.pdf", bytes(data) + (table + trailer).encode("ascii"), "application/pdf")


def png(name: str, text: str) -> Paper:
    """A white picture of 8 by 8 dots, the text beside it."""
    rows = b"".join(b"\0" + b"\xff" * 8 for _ in range(8))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)),
        (b"tEXt", b"Comment\0" + text.encode("latin-1", "replace")),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)
    return Paper(f"{name}.png", data, "image/png")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def jpeg(name: str, text: str) -> Paper:
    """A grey picture of 8 by 8 dots (one block, its Huffman tables of one code each), the text as its comment."""
    huffman = b"\x01" + b"\0" * 15 + b"\0"
    parts = (
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        (0xFE, text.encode("latin-1", "replace")),
        (0xDB, b"\0" + b"\x01" * 64),
        (0xC0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\x01\x11\0"),
        (0xC4, b"\0" + huffman),
        (0xC4, b"\x10" + huffman),
        (0xDA, b"\x01\x01\0\0\x3f\0"),
    )
    segments = b"".join(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content for marker, content in parts)
    return Paper(f"{name}.jpg", b"\xff\xd8" + segments + b"\x3f\xff\xd9", "image/jpeg")
