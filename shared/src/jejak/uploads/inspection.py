"""PDF, JPEG and PNG, recognised by their content and never by their name.

The checks are structural and cheap (a few milliseconds for a photo of 10 MB) and decode no picture but a JPEG
without an end. They refuse a file that differs from its declared type, is cut off, unpacks to too many bytes, or
carries another format or a script.
Pages still serve an accepted file `nosniff` and sandboxed.
"""

from collections.abc import Callable
from typing import Final

from jejak.platform.errors import Malformed, Problem
from jejak.uploads import MAX_BYTES
from jejak.uploads.images import JPEG_START, PNG_START, check_jpeg, check_png
from jejak.uploads.pdf import check_pdf, starts_as_pdf

PDF: Final = "application/pdf"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"

type _Check = Callable[[bytes], None]
_PICTURES: Final = ((JPEG, JPEG_START, check_jpeg), (PNG, PNG_START, check_png))
_NAMES: Final = {PDF: "PDF", JPEG: "foto JPEG", PNG: "gambar PNG"}
_SAYS_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_ALSO_CALLED: Final = {"image/jpg": JPEG, "image/pjpeg": JPEG, "image/x-png": PNG, "application/x-pdf": PDF}
_HEIF_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


def inspect(data: bytes, declared: str = "") -> str:
    """The media type of a file by its content. `declared` is its Content-Type, empty if there is none.

    Malformed (422; 413 when too large), with one sentence that says what to do, for anything but a whole and harmless
    PDF, JPEG or PNG of at most 10 MB that agrees with its declared type.
    """
    if len(data) > MAX_BYTES:
        raise Problem("berkas_terlalu_besar", "Berkas lebih dari 10 MB. Foto ulang dengan ukuran lebih kecil.", 413)
    if not data:
        raise Malformed("berkas_kosong", "Berkas ini kosong. Pilih lagi berkasnya, lalu unggah ulang.")
    if known := _kind(data):
        media_type, check = known
        _agree(media_type, declared)
        check(data)
        return media_type
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise Malformed(
            "jenis_berkas_salah",
            "Foto ini berformat HEIC. Ubah setelan kamera ke JPEG (Paling Kompatibel), foto ulang, lalu unggah.",
        )
    raise Malformed(
        "jenis_berkas_salah",
        "Isi berkas ini bukan PDF, JPEG atau PNG, apa pun namanya. Pindai atau foto dokumennya, lalu unggah hasilnya.",
    )


def _kind(data: bytes) -> tuple[str, _Check] | None:
    for media_type, start, check in _PICTURES:
        if data.startswith(start):
            return media_type, check
    return (PDF, check_pdf) if starts_as_pdf(data) else None


def _agree(content_type: str, declared: str) -> None:
    declared_type = declared.partition(";")[0].strip().lower()
    if declared_type not in _SAYS_NOTHING and _ALSO_CALLED.get(declared_type, declared_type) != content_type:
        raise Malformed(
            "jenis_berkas_tidak_sama",
            f"Isi berkas ini {_NAMES[content_type]}, tetapi dikirim sebagai jenis lain. "
            "Beri nama dengan akhiran yang benar, lalu unggah ulang.",
        )
