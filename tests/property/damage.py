"""The files of the offices, split for damage, and the damage that no check can notice, with the reason."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from jejak.procedure.checks.check import check
from jejak.procedure.checks.stops import office_stops
from jejak.procedure.format.file import SopFile
from jejak.procedure.load import Parsed, compile_sop, load_sop, parse_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import load_kantor, office_warnings, parse_kantor
from jejak.procedure.walk import Walk, Walker
from tests.unit.sop.sheets import OFFICES

KANTORS: Final = tuple(sorted(OFFICES.rglob("kantor*.toml")))
SHEETS: Final = tuple(sorted(set(OFFICES.rglob("*.toml")) - set(KANTORS)))

_LATER: Final = date(2026, 2, 2)
"""A day on which every version of a kantor file is in force."""
_KEY = re.compile(r"^([A-Za-z_*\"]+) = ")
_INNER = re.compile(r"[{,]\s*([a-z_]+) = ")
_TABLE = re.compile(r"^\[+([a-z_.]+)\]+")
_STRING = re.compile(r'"[^"]*"')


def named(path: Path) -> str:
    return path.relative_to(OFFICES).as_posix()


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a file: its block, its first line, and the line after its value."""

    block: str
    name: str
    line: int
    end: int

    @property
    def place(self) -> tuple[str, str]:
        return self.block, self.name


class File(ABC):
    """A file, line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = tuple(path.read_text(encoding="utf-8").split("\n"))

    def __repr__(self) -> str:
        return named(self.path)

    @abstractmethod
    def noticed(self, damaged: bytes) -> bool:
        """Whether the damage shows."""

    @abstractmethod
    def same(self, damaged: bytes) -> bool:
        """Whether the damaged file says the same: the lost value is the default."""

    def all_keys(self) -> Iterator[Key]:
        """Every key at the beginning of a line."""
        block = ""
        for number, line in enumerate(self.lines):
            if table := _TABLE.match(line):
                block = table[1]
            if key := _KEY.match(line):
                yield Key(block, key[1], number, self._end(number))

    def _end(self, number: int) -> int:
        """The line after a value; a value in brackets or triple quotes may have several lines."""
        end, text = number + 1, self.lines[number]
        while text.count('"""') == 1 or _depth(text) > 0:
            text += "\n" + self.lines[end]
            end += 1
        return end

    def inner_keys(self) -> Iterator[tuple[int, int]]:
        """The ends of keys within a value: line and column."""
        for number, line in enumerate(self.lines):
            for key in _INNER.finditer(_code(line)):
                yield number, key.end(1)

    def names(self) -> Iterator[tuple[int, int]]:
        """The ends of single words in quotes: line and column."""
        for number, line in enumerate(self.lines):
            for word in re.finditer(r'"[A-Za-z0-9_]+(?=")', line.partition("#")[0]):
                yield number, word.end()

    def tables(self) -> list[int]:
        return [number for number, line in enumerate(self.lines) if line.startswith("[")]

    def with_value(self, key: Key, *lines: str) -> bytes:
        """The file with other lines for a key, or without the key."""
        return "\n".join((*self.lines[: key.line], *lines, *self.lines[key.end :])).encode()

    def with_line(self, number: int, line: str) -> bytes:
        return "\n".join((*self.lines[:number], line, *self.lines[number + 1 :])).encode()

    def with_letters(self, place: tuple[int, int], letters: str) -> bytes:
        number, column = place
        line = self.lines[number]
        return self.with_line(number, line[:column] + letters + line[column:])


def _code(line: str) -> str:
    """A line without its comment; strings are blank, at their length."""
    return _STRING.sub(lambda match: '"' + "·" * (len(match[0]) - 2) + '"', line).partition("#")[0]


def _depth(text: str) -> int:
    code = "".join(map(_code, text.split("\n")))
    return len(re.findall(r"[\[{]", code)) - len(re.findall(r"[\]}]", code))


class Sheet(File):
    """A sheet, with its own warnings and walks."""

    def noticed(self, damaged: bytes) -> bool:
        """A mistake, other warnings, or another walk by some route and answers."""
        report, before = check(damaged), _before(self.path)
        return not report.ok or report.warnings != before[0] or walks(damaged) != before[1]

    def same(self, damaged: bytes) -> bool:
        return _parsed(damaged).file == _parsed(self.path.read_bytes()).file


class KantorFile(File):
    """A kantor file, beside the sheets of its office."""

    def noticed(self, damaged: bytes) -> bool:
        """A mistake, or a warning by itself or beside one of its sheets. The undamaged file has none."""
        parsed = parse_kantor(damaged)
        if parsed.mistakes or parsed.warnings:
            return True
        kantor = load_kantor(damaged)
        day = kantor.berlaku_sejak or _LATER
        sheets = _beside(self.path.parent)
        return any(any(office_warnings(kantor, sop)) or any(office_stops(kantor, sop, day)) for sop in sheets)

    def same(self, damaged: bytes) -> bool:
        return parse_kantor(damaged).file == parse_kantor(self.path.read_bytes()).file


@lru_cache(maxsize=4)  # a damaged sheet is walked and then compared with the undamaged one
def _parsed(sheet: bytes) -> Parsed[SopFile]:
    return parse_sop(sheet)


@cache
def _beside(folder: Path) -> list[Sop]:
    return [load_sop(path.read_bytes()) for path in SHEETS if path.parent == folder]


@cache
def _before(path: Path) -> tuple[tuple[str, ...], list[Walk]]:
    return check(path.read_bytes()).warnings, walks(path.read_bytes())


def walks(sheet: bytes) -> list[Walk]:
    """The sheet walked by every route with every answer."""
    sop = compile_sop(_parsed(sheet).checked(), sheet)
    walker = Walker(sop)
    choices = [question.pilihan or ("ya", "tidak") for question in sop.pertanyaan.values()]
    given = [dict(zip(sop.pertanyaan, answers, strict=True)) for answers in product(*choices)]
    return [walker.walk(route, answers) for route in sop.jalur or (None,) for answers in given]


type Reasons = Mapping[tuple[str, str], str]


def _all(block: str, keys: str, reason: str) -> Reasons:
    return dict.fromkeys([(block, key) for key in keys.split()], reason)


_PRINTED = "only printed, in the words of the sheet: nothing is decided by it"
_WIDER = "a rule with another condition left stands; fewer conditions are a wider rule"
_OWN_NAME = "a name for people: everything refers to the kode, or to nothing"
_SHEETS_TEXT: Final[Reasons] = {
    **_all("", "catatan dasar_hukum disahkan_oleh instansi judul_tabel kaki keterkaitan kualifikasi nomor", _PRINTED),
    **_all("", "pemerintah pencatatan peringatan tanggal_pembuatan tanggal_revisi unit", _PRINTED),
    **_all("langkah", "kelengkapan keterangan output", _PRINTED),
    **_all("judul", "disahkan_oleh kelengkapan kualifikasi nama no output", "what the sheet calls a column or a list"),
    **_all("judul", "pelaksana pencatatan peralatan waktu waktu_total", "what the sheet calls a column or a list"),
    **_all("langkah.pesan", "ditolak perbaiki peserta_ganda segmen_lain sudah", "told in just these words"),
    **_all("langkah.pesan", "tidak_layak tidak_memenuhi tidak_padan", "told in just these words"),
    ("aturan", "sumber"): "shown beside a reason: the step or the law as it is cited",
    ("langkah", "waktu_cetak"): "how waktu stands on paper; the clocks run by waktu",
    ("persyaratan", "periksa"): "what the official looks for, in words; the official judges",
}
ANYTHING_GOES: Final[Reasons] = {
    **_SHEETS_TEXT,
    **_all("", "nama peralatan", _PRINTED),
    **_all("aturan", "nama", _OWN_NAME),
    **_all("jalur", "nama", _OWN_NAME),
    **_all("persyaratan", "nama", _OWN_NAME),
    **_all("aturan", "terdaftar_di tidak_terdaftar_di", "registers have the names that each office gives them"),
    ("pertanyaan", "teks"): "what the counter asks, in its own words",
    ("surat", "isi"): "what the letter says, in the words of the sheet",
    ("surat", "kepada"): "the addressee as the letter prints it; that there is one is asked",
    ("surat", "nama"): _OWN_NAME,
    ("tindak_lanjut", "catatan_waktu"): _PRINTED,
    ("tindak_lanjut", "sebutan"): "what people call its task",
}
"""Keys of a sheet with text that only people read: the checker accepts any other text."""

MAY_BE_LOST: Final[Reasons] = {
    **{place: f"a sheet need not have it; {reason}" for place, reason in _SHEETS_TEXT.items()},
    (
        "",
        "hari",
    ): "without it days are working days, and `sop inferred` says so; where it is marked, losing it is noticed",
    ("", "tanggal_efektif"): "an undated sheet marks the key too, and `sop inferred` says so",
    **_all("aturan", "desil jawaban nonaktif_paling_banyak nonaktif_paling_lama terdaftar_di", _WIDER),
    ("jalur", "cara"): "without it an activation by this route is what the sheet is for",
    ("langkah", "kepada"): "without it what is delivered goes to BPJS",
    ("langkah", "pesan"): "without it the citizen is told in the system's own words",
    ("langkah", "surat"): "without it the step is of the sheet's letter of that kind",
    ("persyaratan", "salah_satu"): "without it the document has no alternatives",
    ("persyaratan", "untuk"): "without it the document is asked of all",
    ("surat", "nama"): "without it the letter is called as its kind is",
}
"""Keys that a valid sheet may lose with a change of meaning: only `sop diff` shows it."""

KANTOR_ANYTHING_GOES: Final[Reasons] = {
    **_all("", "alamat kop nama pengaduan telepon tempat", "printed in letters and shown to citizens as it is"),
    **_all("jabatan", "jafung kabid kadis kasi korpel operator pengelola_data petugas", "how letters print the post"),
    **_all("jabatan", "pengawas petugas_desa sekdis sekretaris staf", "how letters print the post"),
    **_all("pejabat", "nama pangkat", "how letters print the official"),
}
KANTOR_MAY_BE_LOST: Final[Reasons] = {
    ("", "berlaku_sejak"): "a file without it has always been in force",
    ("", "pengaduan"): "an office may have no desk for complaints",
    ("", "pendanaan"): "where it is not said, the region itself pays: the office's own kabupaten, kota or province",
    ("", "telepon"): "an office may have no telephone",
    ("nomor", "rekomendasi"): "other rules than * are for letters of any sheet, also one that is yet to be loaded",
    ("pejabat", "nip"): "staff without a civil servant's number have none",
    ("pejabat", "pangkat"): "staff without a rank have none",
    ("pejabat", "sampai"): "without it the official still holds the post",
}
