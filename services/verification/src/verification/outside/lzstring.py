"""LZString's `decompressFromEncodedURIComponent`, in which BPJS packs what it answers. Pure.

The one library on PyPI has had no release since 2018 and knows no bound, so it stands here.

A packed text is a stream of codes. Codes 0 and 1 announce a new character of 8 or 16 bits, 2 ends the text, every other
names a phrase that was built before. A code takes as many bits as the number of phrases known has; each phrase but the
first also teaches a new one: the phrase before it and its own first character.
"""

from typing import Final

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
"""The last letter is LZString's padding; it stands for 64 and is met in no text of ours."""
MOST: Final = 256 * 1024
"""Characters. A participant is a few thousand; a few hundred letters can name millions."""
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET[:64])} | {" ": 62}
_END: Final = 2
_CHARACTER_BITS: Final = (8, 16)


class NotPackedError(ValueError):
    """The text is no packed text, or unpacks to more than it may. Carries none of it."""


def decompress(packed: str, most: int = MOST) -> str:
    """The text that was packed. NotPackedError for anything else, and for a text of more than `most` characters."""
    bits = _Bits(packed)
    phrases = [""] * (_END + 1)
    text: list[str] = []
    before, length = "", 0
    while (code := bits.take(len(phrases).bit_length())) != _END:
        if code < _END:
            phrases.append(chr(bits.take(_CHARACTER_BITS[code])))
            code = len(phrases) - 1
        phrase = _phrase(phrases, code, before)
        length += len(phrase)
        if length > most:
            raise NotPackedError("more than it may unpack to")
        text.append(phrase)
        if before:
            phrases.append(before + phrase[0])
        before = phrase
    return _joined("".join(text))


def _phrase(phrases: list[str], code: int, before: str) -> str:
    """A phrase by its code; the one that this very code is about to teach is known by its beginning."""
    if code < len(phrases):
        return phrases[code]
    if code == len(phrases) and before:
        return before + before[0]
    raise NotPackedError("names a phrase that is not there")


def _joined(units: str) -> str:
    """LZString packs UTF-16 units: what lies beyond the first plane comes in halves."""
    try:
        return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise NotPackedError("half a character") from None


class _Bits:
    """The bits of a packed text: six a letter, highest first; a number's own bits come lowest first."""

    def __init__(self, packed: str) -> None:
        try:
            self._bits = "".join(f"{_VALUES[letter]:06b}" for letter in packed)
        except KeyError:
            raise NotPackedError("a letter that is not of the alphabet") from None
        self._at = 0

    def take(self, count: int) -> int:
        """The next number of `count` bits. NotPackedError where the text ends before it."""
        taken = self._bits[self._at : self._at + count]
        if len(taken) < count:
            raise NotPackedError("it breaks off")
        self._at += count
        return int(taken[::-1], 2)
