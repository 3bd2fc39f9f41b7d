"""LZString's `compressToEncodedURIComponent`, in which the simulator of BPJS packs what it answers, as BPJS does."""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
_END: Final = 2
_BYTE: Final = 256


def compress(text: str) -> str:
    """The text packed. Longest phrases first; a reader learns each phrase one code after it was first met."""
    units = text.encode("utf-16-le", "surrogatepass")
    letters = [chr(units[at] | units[at + 1] << 8) for at in range(0, len(units), 2)]
    written = _Written()
    codes: dict[str, int] = {}
    before, at = "", 0
    while at < len(letters):
        phrase = letters[at]
        if phrase not in codes:
            codes[phrase] = written.character(phrase)
            _teach(codes, before + phrase if before else "", written)
        else:
            if before:  # a decoder can derive this phrase from its beginning, though it only learns it now
                codes.setdefault(before + phrase, written.known)
            phrase = _longest(codes, letters, at)
            written.code(codes[phrase])
            written.known += bool(before)
        before, at = phrase, at + len(phrase)
    written.code(_END)
    return written.packed()


def _teach(codes: dict[str, int], phrase: str, written: _Written) -> None:
    if phrase:
        codes.setdefault(phrase, written.known)
        written.known += 1


def _longest(codes: dict[str, int], letters: list[str], at: int) -> str:
    phrase = letters[at]
    for letter in letters[at + 1 :]:
        if phrase + letter not in codes:
            break
        phrase += letter
    return phrase


class _Written:
    """The bits written so far, and how many phrases a reader of them knows."""

    def __init__(self) -> None:
        self.known = _END + 1
        self._bits: list[str] = []

    def character(self, letter: str) -> int:
        """A character not met before, in 8 bits or 16; returns the code a reader gives it."""
        wide = ord(letter) >= _BYTE
        self.code(int(wide))
        self._number(ord(letter), 16 if wide else 8)
        self.known += 1
        return self.known - 1

    def code(self, code: int) -> None:
        self._number(code, self.known.bit_length())

    def _number(self, value: int, count: int) -> None:
        self._bits.append(f"{value:0{count}b}"[::-1])

    def packed(self) -> str:
        bits = "".join(self._bits)
        bits += "0" * (6 - len(bits) % 6)
        return "".join(_ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
