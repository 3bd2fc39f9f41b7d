"""From bytes to a TOML tree, with every trap of TOML and of word processors explained in the user's words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, time
from typing import Self

type Path = tuple[str | int, ...]

# The quotes a word processor makes of plain ones.
_CURLY = re.compile("[“”„‘’]")
_UNSEEN = re.compile("[\u00a0\u2007\u202f\u200b\u200c\u200d\ufeff]")
_SWAPPED_DATE = re.compile(r"(?<![0-9])([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(?![0-9])")
_EMPTY_VALUE = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=\s*(#.*)?$")
_AT_LINE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)")
_HEADER = re.compile(r"^\s*\[+\s*([A-Za-z0-9_.-]+)\s*\]+")
ABSENT = "-"


class NumberText(float):
    """A number with a point, and how it was written: TOML would make 13.1 of 13.10."""

    written: str

    def __new__(cls, written: str) -> Self:
        number = super().__new__(cls, written.replace("_", ""))
        number.written = written
        return number


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake before it has words for its place: where in the tree, and what to do about it."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The tree, cleaned ("-" taken away), and what was wrong with it on the way. ``tree`` None: it is no TOML."""

    tree: dict[str, object] | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    absent: tuple[Path, ...] = ()
    """Keys written as "-"."""


def read(data: bytes) -> Source:
    """Parse the bytes of a file; never raises."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _failed("berkas tersimpan sebagai UTF-16 — simpan ulang sebagai UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        return _failed("berkas diawali tanda tak terlihat (BOM) — simpan ulang sebagai UTF-8 tanpa BOM")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _failed(f"baris {line}: ada huruf yang bukan UTF-8 — simpan ulang berkas sebagai UTF-8")
    try:
        tree = tomllib.loads(text, parse_float=NumberText)
    except tomllib.TOMLDecodeError as error:
        return _failed(_explain(text, str(error)))
    except RecursionError:
        return _failed("kurung bersarang terlalu dalam — satu daftar cukup satu pasang kurung")
    mistakes: list[Mistake] = []
    absent: list[Path] = []
    cleaned = _clean(tree, (), mistakes, absent)
    assert isinstance(cleaned, dict)
    unseen = tuple(
        Mistake((), f"baris {number}: ada spasi tak putus atau tanda tak terlihat — ganti dengan spasi biasa")
        for number, line in enumerate(text.split("\n"), 1)
        if _UNSEEN.search(line)
    )
    return Source(cleaned, tuple(mistakes), unseen, tuple(absent))


def _failed(text: str) -> Source:
    return Source(None, (Mistake((), text),), ())


def _clean(value: object, path: Path, mistakes: list[Mistake], absent: list[Path]) -> object:
    """Drop what is absent ("-"), and turn values TOML read wrongly back into texts, each with its mistake."""
    match value:
        case dict():
            gone = [key for key, inner in value.items() if isinstance(inner, str) and inner.strip() == ABSENT]
            absent += [(*path, key) for key in gone]
            return {
                key: _clean(inner, (*path, key), mistakes, absent) for key, inner in value.items() if key not in gone
            }
        case list():
            return [_clean(inner, (*path, n), mistakes, absent) for n, inner in enumerate(value)]
        case NumberText():
            written = value.written
            mistakes.append(Mistake(path, f'{written} terbaca sebagai angka — tulis dalam tanda kutip: "{written}"'))
            return written
        case time() | datetime():
            written = value.isoformat()
            mistakes.append(Mistake(path, f'{written} terbaca sebagai jam — tulis dalam tanda kutip: "{written[:5]}"'))
            return written
        case str() if not value.strip():
            mistakes.append(Mistake(path, 'kosong — isi, hapus barisnya, atau tulis "-" bila memang tidak ada'))
            return "kosong"
        case _:
            return value


def _explain(text: str, error: str) -> str:
    """One line for a syntax error of TOML: the content of the line explains more than the parser."""
    lines = text.split("\n")
    at = _AT_LINE.search(error)
    number = int(at[1]) if at else len(lines)
    line = lines[number - 1] if number <= len(lines) else ""
    if any(word in error for word in ("overwrite", "twice", "immutable", "mutate")):
        number, line = _last_with_words(lines, number)
        if header := _HEADER.match(line):
            return _single_bracket(lines, header[1], number)
    where = f"baris {number}: "
    return where + (_seen_in(line) or _parser_words(error, line))


def _last_with_words(lines: list[str], number: int) -> tuple[int, str]:
    """The parser stops after the key it objects to, which may be on a line before."""
    while number > 1 and not lines[min(number, len(lines)) - 1].strip():
        number -= 1
    return number, lines[min(number, len(lines)) - 1]


def _single_bracket(lines: list[str], name: str, number: int) -> str:
    """Two headers collide: the header with single brackets is wrong."""
    single = re.compile(rf"^\s*\[\s*{re.escape(name)}\s*\]")
    at = next((n for n, line in enumerate(lines, 1) if single.match(line)), number)
    return f"baris {at}: [{name}] harus ditulis dengan kurung ganda: [[{name}]]"


def _seen_in(line: str) -> str | None:
    if _CURLY.search(line):
        return 'ada tanda kutip melengkung — ganti dengan tanda kutip lurus "…"'
    if _UNSEEN.search(line):
        return "ada spasi tak putus atau tanda tak terlihat — ganti dengan spasi biasa"
    value = line.partition("=")[2].strip()
    if swapped := _SWAPPED_DATE.match(value):
        day, month, year = swapped.groups()
        return f"tanggal ditulis tahun-bulan-hari: {year}-{int(month):02}-{int(day):02}"
    if empty := _EMPTY_VALUE.match(line):
        return f'{empty[1]} tidak berisi — isi, hapus barisnya, atau tulis "-" bila memang tidak ada'
    return None


def _parser_words(error: str, line: str) -> str:
    if "overwrite" in error:
        key = line.partition("=")[0].strip()
        return f"{key} ditulis dua kali dalam satu blok — hapus salah satu, atau pindahkan ke blok yang dimaksud"
    if "nterminated string" in error or "Illegal character" in error or "Unclosed" in error:
        return "tanda kutip atau kurung belum ditutup"
    if "Invalid value" in error:
        key = line.partition("=")[0].strip()
        return f'isi {key} tidak terbaca — tulisan harus di dalam tanda kutip: {key} = "…"'
    if "Expected '='" in error:
        return 'bukan pasangan kunci dan isi — tulis kunci = "isi"'
    if "Expected newline" in error:
        return "ada sisa tulisan sesudah isi — satu kunci satu baris, tulisan di dalam tanda kutip"
    return "tidak terbaca sebagai TOML — periksa tanda kutip, kurung dan tanda sama dengan di baris ini"
