"""What people type, in one form: text without invisible marks, names, identity numbers, telephones. Pure.

Forms, programs, lists, registers, search and letters all use it, so that a name or number is the same wherever it
comes in: what nobody can see decides nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

_SHAPELESS: Final = frozenset({"Cc", "Cf"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters without a shape: fillers of Hangul and of Braille."""
_APOSTROPHES: Final = re.compile("[‘’‛ʹʻʼʽʾʿˈˊˋ′`´\uff07\ua78c]")
"""What keyboards and word processors write for the apostrophe of Nur'aini, and Arabists for ain and hamzah."""
_LAST_LATIN: Final = 0x24F
_PUNCTUATION: Final = frozenset("‐‑–—‘’“”…•′″€™−№")

_SEPARATORS: Final = re.compile(r"[\s.'_‐‑‒–—−-]")
_DECIMALS: Final = re.compile(r"(\d{8,})[.,]0+", re.ASCII)

PHONE: Final = r"^\+?[0-9 -]{6,20}(?: / \+?[0-9 -]{6,20}){0,2}$"
"""Up to three telephone numbers."""
_MOST_PHONES: Final = 3
_NO_PHONE: Final = re.compile(
    r"[-–—.\s0]*|(?:tidak|tdk|tak|gak|nggak|belum|blm)\s*(?:ada|punya|memiliki)(?:\s*(?:no|nomor|hp|telepon|telpon|telp))*"
    r"|nihil|kosong|null|none|n\s*/\s*a|#n/a",
    re.IGNORECASE,
)
_BETWEEN_PHONES: Final = re.compile(r"[/,;&|\n\r]|\b(?:atau|dan|or)\b", re.IGNORECASE)
_PHONE_MARKS: Final = re.compile(r"[\s.'()\[\]_‐‑‒–—−-]")
_PHONE_NAMES: Final = re.compile(
    r"(?:\b(?:no|nomor|hp|wa|whatsapp|telp|telepon|telpon|tlp|tel|rumah|kantor)\b[\s.:]*)+", re.IGNORECASE
)
_PHONE_REMARK: Final = re.compile(r"\([^()\d]*\)")
"""Whose number it is, or what for: "(WA)", "(anak)"."""
_PHONE_FORM: Final = re.compile(r"\+?\d{6,15}", re.ASCII)
_WHOLE_PHONE: Final = 9
"""Digits of the shortest number that is written beside another without a separator."""
_LONGEST_PHONE: Final = 15


def line(text: str) -> str:
    """NFC, single blanks, without marks that have no shape (controls, directions, zero width, soft hyphens)."""
    if text.isascii() and text.isprintable():  # most cells of a register of a million rows
        return " ".join(text.split())
    seen = "".join(
        char
        for char in text
        if char.isspace() or (char not in _BLANK_LETTERS and unicodedata.category(char) not in _SHAPELESS)
    )
    return " ".join(unicodedata.normalize("NFC", seen).split())


def paragraphs(text: str) -> str:
    """The same for text of several lines, which stay."""
    return "\n".join(map(line, text.splitlines())).strip("\n")


def name(text: str) -> str:
    """A name as it is stored, compared and printed: one line, and every apostrophe the typewriter's."""
    return _APOSTROPHES.sub("'", line(text))


def comparable(text: str) -> str:
    """A name as it is compared: capitals, single blanks."""
    return name(text).upper()


def digits(text: str) -> str:
    """An identity number without what people put between its digits; anything else in it stays, to be refused."""
    if text.isascii() and text.isdigit():
        return text
    plain = unicodedata.normalize("NFKC", line(text))
    if whole := _DECIMALS.fullmatch(plain):
        plain = whole[1]
    return unicodedata.normalize("NFKC", _SEPARATORS.sub("", _APOSTROPHES.sub("'", plain)))


def digits_pattern(length: int) -> str:
    """The `pattern` of a field for an identity number: its digits, and between them all that `digits` removes."""
    return rf"[^0-9A-Za-z*]*([0-9][^0-9A-Za-z*]*){{{length}}}"


def phone(text: str) -> str | None:
    """Telephone numbers, digits only, national ones with their 0: "0812… / 0813…"; None for "tidak ada".

    ValueError for what is no number. A mobile number whose 0 a spreadsheet took gets it back.
    """
    plain = unicodedata.normalize("NFKC", "\n".join(map(line, text.splitlines())))
    if _NO_PHONE.fullmatch(plain.strip()):
        return None
    numbers = [number for part in _BETWEEN_PHONES.split(plain) for number in _numbers(part)]
    if not 0 < len(numbers) <= _MOST_PHONES:
        raise ValueError("no telephone number, or too many")
    return " / ".join(dict.fromkeys(numbers))


def _numbers(part: str) -> list[str]:
    """The numbers of a part: one, or several that only blanks separate."""
    bare = _PHONE_NAMES.sub("", _PHONE_REMARK.sub(" ", part)).strip()
    whole = _PHONE_MARKS.sub("", bare)
    if not whole:
        return []
    pieces = [_PHONE_MARKS.sub("", piece) for piece in bare.split()]
    if len(whole) > _LONGEST_PHONE and all(len(piece) >= _WHOLE_PHONE for piece in pieces):
        return [_national(piece) for piece in pieces]
    return [_national(whole)]


def _national(number: str) -> str:
    if not _PHONE_FORM.fullmatch(number):
        raise ValueError("no telephone number")
    for abroad in ("+62", "0062", "62"):
        if number.startswith(abroad) and len(number) > _WHOLE_PHONE:
            return "0" + number.removeprefix(abroad).removeprefix("0")
    return f"0{number}" if number.startswith("8") and len(number) >= _WHOLE_PHONE else number


def unprintable(text: str) -> str:
    """The characters of a text that the letters' fonts lack."""
    return "".join(sorted({char for char in printed(text) if not _prints(char)}))


def printed(text: str) -> str:
    """A line as a letter prints it: the typographic quotes stay, other signs for an apostrophe become one."""
    return "".join(char if _prints(char) else _APOSTROPHES.sub("'", char) for char in line(text))


def _prints(char: str) -> bool:
    return ord(char) <= _LAST_LATIN or char in _PUNCTUATION


def folded(text: str) -> str:
    """A name for an index: without case, marks on letters and apostrophes within words."""
    plain = unicodedata.normalize("NFKD", name(text).casefold())
    return re.sub(r"(?<=\w)'(?=\w)", "", "".join(char for char in plain if not unicodedata.combining(char)))


PERSON: Final[Mapping[str, Callable[[str], str | None]]] = {
    "nik": digits,
    "mother": digits,
    "birth_paper": line,
    "birth_order": digits,
    "kk": digits,
    "card": digits,
    "name": name,
    "birthplace": name,
    "address": line,
    "phone": phone,
}
"""How each field of a person is normalised."""


def person(fields: object) -> object:
    """The fields of a person as a program or form sends them, normalised; what cannot be stays, to be refused."""
    if not isinstance(fields, Mapping):
        return fields
    return {name: field(str(name), value) for name, value in fields.items()}


def field(name: str, value: object) -> object:
    """One field of a person, normalised; what cannot be stays."""
    rule = PERSON.get(name)
    if rule is None or not isinstance(value, str):
        return value
    try:
        return rule(value)
    except ValueError:
        return value
