"""Any packed text comes back, and any other text is refused at worst."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from jejak_tools.simulators.lzstring import compress
from verification.outside.lzstring import ALPHABET, NotPackedError, decompress

TEXTS = st.text() | st.text(alphabet="ab", max_size=400) | st.text(alphabet='{":,}é€😀\x00 0', max_size=400)


@given(TEXTS)
def test_what_was_packed_comes_back(text: str) -> None:
    assert decompress(compress(text)) == text


@given(st.text(alphabet=ALPHABET, max_size=200) | st.text(max_size=50))
def test_any_letters_are_a_text_or_are_refused(letters: str) -> None:
    with contextlib.suppress(NotPackedError):
        assert isinstance(decompress(letters, most=10_000), str)


@given(TEXTS.filter(bool), st.data())
def test_a_text_that_was_cut_off_is_refused(text: str, data: st.DataObject) -> None:
    packed = compress(text)
    kept = data.draw(st.integers(0, len(packed) - 2))
    with contextlib.suppress(NotPackedError):
        assert decompress(packed[:kept]) != text
