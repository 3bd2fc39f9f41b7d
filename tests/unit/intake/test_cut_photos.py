"""A photo that ends without the marker of its end is taken where nothing of the picture is missing."""

import io

import pytest
from PIL import Image

from jejak.uploads.inspection import inspect
from tests.unit.intake.test_uploads import refusal


def photo(**options: bool) -> bytes:
    """A JPEG with every pixel another grey, as a camera writes it."""
    written = io.BytesIO()
    Image.effect_noise((24, 24), 90).convert("RGB").save(written, "JPEG", **options)
    return written.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}], ids=str)
def test_a_photo_cut_off_before_the_end_of_its_picture_is_refused(options: dict[str, bool]) -> None:
    """The last bytes of a picture may be blank, or colour alone; nobody misses them."""
    whole = photo(**options)

    assert all(refusal(whole[:end]) in {"berkas_rusak", "jenis_berkas_salah"} for end in range(1, len(whole) - 8))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}], ids=str)
@pytest.mark.parametrize("behind", [b"", b"\xff"], ids=["no end", "half an end"])
def test_a_photo_whose_end_alone_is_missing_shows_all_and_is_taken(options: dict[str, bool], behind: bytes) -> None:
    assert inspect(photo(**options)[:-2] + behind, "image/jpeg") == "image/jpeg"
