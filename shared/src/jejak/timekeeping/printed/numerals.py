"""Numbers in words, as official papers print them beside the digits: "3 (tiga) hari", "dua puluh lima"."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_WORDS: Final = {word: number for number, word in enumerate(_UNITS)}
_SHORT: Final = {"sepuluh": 10, "sebelas": 11, "seratus": 100, "seribu": 1000}
_SCALES: Final = {"puluh": 10, "ratus": 100, "ribu": 1000}
NUMERAL_WORDS: Final = frozenset({*_WORDS, *_SHORT, *_SCALES, "belas", "setengah"})
_HUNDRED, _THOUSAND, _TEN, _TWENTY = 100, 1000, 10, 20


def number_in_words(words: list[str]) -> int | None:
    """The number that words name ("dua", "puluh", "lima"); None where they name none. Below a million."""
    total = below_thousand = pending = 0
    for word in words:
        if word in _WORDS and not pending:
            pending = _WORDS[word]
            if pending == 0 and len(words) > 1:
                return None
        elif word in ("sepuluh", "sebelas", "seratus") and not pending:
            below_thousand += _SHORT[word]
        elif word == "seribu" and not (pending or total or below_thousand):
            total = _THOUSAND
        elif word == "belas" and pending:
            below_thousand, pending = below_thousand + _TEN + pending, 0
        elif word in ("puluh", "ratus") and pending:
            below_thousand, pending = below_thousand + pending * _SCALES[word], 0
        elif word == "ribu" and (pending or below_thousand) and not total:
            total, below_thousand, pending = (below_thousand + pending) * _THOUSAND, 0, 0
        else:
            return None
    return (total + below_thousand + pending) if words else None


def words_of_number(number: int) -> str:
    """A number below a million in words: 25 is "dua puluh lima"."""
    if number >= _THOUSAND:
        thousands, rest = divmod(number, _THOUSAND)
        head = "seribu" if thousands == 1 else f"{words_of_number(thousands)} ribu"
    elif number >= _HUNDRED:
        hundreds, rest = divmod(number, _HUNDRED)
        head = "seratus" if hundreds == 1 else f"{_UNITS[hundreds]} ratus"
    elif number >= _TWENTY:
        tens, rest = divmod(number, _TEN)
        head = f"{_UNITS[tens]} puluh"
    elif number >= _TEN:
        return {10: "sepuluh", 11: "sebelas"}.get(number) or f"{_UNITS[number - _TEN]} belas"
    else:
        return _UNITS[number]
    return f"{head} {words_of_number(rest)}" if rest else head
