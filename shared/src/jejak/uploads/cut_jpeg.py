"""A JPEG that ends within a scan: whether only the marker of its end is missing, or a part of the picture too."""

import warnings
from collections.abc import Iterable
from hashlib import sha256, shake_128
from io import BytesIO
from typing import Final

_END: Final = b"\xff\xd9"
_PLACES: Final = 64
"""Of a block."""
_PADDING: Final = 2048
"""Bytes that decoders read behind the last of the file: more than the blocks of a row have at the end of a cut one."""


def all_sent(frame: bytes, scans: Iterable[bytes]) -> bool:
    """Whether scans, by their headers, send every component of a frame to its last bit (ITU T.81, annex G)."""
    left = {(component, place) for component in frame[6::3] for place in range(_PLACES)}
    for scan in scans:
        first, last, bits = scan[-3:].rjust(3, b"\1")
        if bits & 0xF == 0:
            left -= {(component, place) for component in scan[1:-3:2] for place in range(first, last + 1)}
    return not left


def shows_all(data: bytes) -> bool:
    """Whether a picture decodes alike with different bytes behind its last one: then nothing of it is missing.

    The only place where a picture is decoded, grey: what stands behind a cut would be decoded as its next part.
    """
    try:
        return len({_decoded(data.rstrip(b"\xff") + padding + _END) for padding in _paddings()}) == 1
    except (OSError, SyntaxError, ValueError, IndexError):  # how Pillow says that it cannot read a picture
        return False


def _paddings() -> tuple[bytes, bytes]:
    """Two texts of equal length and without markers, under which the same code means something else."""
    one, other = (shake_128(seed).digest(_PADDING).replace(b"\xff", b"\xfe") for seed in (b"1", b"2"))
    return one, other


def _decoded(data: bytes) -> bytes:
    from PIL import Image  # noqa: PLC0415 - takes long, and hardly any picture needs it

    Image.MAX_IMAGE_PIXELS = None  # `check_size` has bounded it
    with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(data), formats=["JPEG"]) as picture:
        picture.draft("L", picture.size)
        return sha256(picture.tobytes()).digest()
