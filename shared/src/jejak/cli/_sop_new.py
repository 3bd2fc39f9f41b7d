"""`jejak sop new`: asks what the paper says, and writes a first sheet and a first kantor file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from jejak.cli import CommandError
from jejak.procedure.revision.first_file import (
    Column,
    FirstSheet,
    FirstStep,
    columns_of,
    kantor_text,
    posts_of,
    sheet_text,
)
from jejak.timekeeping.dates import PAPER, typed_day
from jejak.timekeeping.printed.printed_time import parse_waktu, without_tail

type Ask = Callable[[str], str]
_MOST: Final = 60
"""Documents, columns or steps that are asked for."""


def new_files(folder: Path, ask: Ask, tell: Callable[[str], None]) -> list[Path]:
    """Asks, and writes the files that are not there yet; CommandError where the sheet is. Returns what was written."""
    sheet = _sheet(folder, ask, tell)
    texts, kantor = {folder / f"{sheet.layanan}.toml": sheet_text(sheet)}, folder / "kantor.toml"
    if not kantor.exists():
        texts[kantor] = _kantor(sheet, ask, tell)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return [*texts]


def _sheet(folder: Path, ask: Ask, tell: Callable[[str], None]) -> FirstSheet:
    tell("Jawab seperti tercetak di kertas; kosongkan yang tidak ada.")
    dinas = _checked(ask, tell, "Kode Kemendagri kabupaten/kota (misalnya 13.99): ", _region)
    nama = _checked(ask, tell, "Nama SOP atau layanan: ", _filled)
    layanan = _checked(ask, tell, "Nama pendek layanan, huruf kecil tanpa spasi (misalnya reaktivasi): ", _short)
    if (path := folder / f"{layanan}.toml").exists():
        raise CommandError(f"{path} sudah ada; pilih nama layanan lain, atau hapus dulu berkasnya.")
    nomor = ask("Nomor SOP: ").strip() or None
    effective = _checked(ask, tell, "Tanggal efektif, tahun-bulan-hari: ", _day)
    total = _checked(ask, tell, "Jangka waktu seluruh layanan: ", _total)
    documents = tuple(_listed(ask, "Persyaratan"))
    columns = _columns(ask, tell)
    steps = tuple(_steps(ask, tell, columns))
    return FirstSheet(layanan, nama, dinas, nomor, effective, total, documents, columns, steps)


def _kantor(sheet: FirstSheet, ask: Ask, tell: Callable[[str], None]) -> str:
    tell("Tentang kantornya (disimpan di kantor.toml):")
    nama = _checked(ask, tell, "Nama kantor: ", _filled)
    alamat = _checked(ask, tell, "Alamat: ", _filled)
    tempat = _checked(ask, tell, "Tempat di atas tanggal surat: ", _filled)
    holders = {post: _checked(ask, tell, f"Nama pejabat {post}: ", _filled) for post in posts_of(sheet.kolom)}
    return kantor_text(sheet, nama, alamat, tempat, holders)


def _columns(ask: Ask, tell: Callable[[str], None]) -> tuple[Column, ...]:
    while True:
        names = list(_listed(ask, "Kolom pelaksana"))
        columns = columns_of(names)
        if posts_of(columns):
            return columns
        tell("Tulis paling sedikit satu pelaksana dari kantor sendiri, misalnya Staf.")


def _steps(ask: Ask, tell: Callable[[str], None], columns: tuple[Column, ...]) -> Iterator[FirstStep]:
    choices = ", ".join(f"{number} {column.nama}" for number, column in enumerate(columns, 1))
    for number in range(1, _MOST):
        kegiatan = ask(f"Langkah {number}, kegiatan kata demi kata: ").strip()
        if not kegiatan and number > 1:
            return
        if not kegiatan:
            kegiatan = _checked(ask, tell, "Tulis paling sedikit satu langkah: ", _filled)

        by = _checked(ask, tell, f"  dikerjakan siapa ({choices}): ", lambda text: _column(text, columns, choices))
        yield FirstStep(kegiatan, by, _checked(ask, tell, "  waktu: ", _time))


def _column(text: str, columns: tuple[Column, ...], choices: str) -> int:
    """The place of a column, by its number, else by its name or the beginning of it."""
    if text in (places := {str(place): place - 1 for place in range(1, len(columns) + 1)}):
        return places[text]
    typed = " ".join(text.casefold().split())
    names = [" ".join(column.nama.casefold().split()) for column in columns]
    begun = [place for place, name in enumerate(names) if typed and name.startswith(typed)]
    if typed in names or len(begun) == 1:
        return names.index(typed) if typed in names else begun[0]
    raise ValueError(f"Pilih nomor atau nama kolomnya: {choices}.")


def _listed(ask: Ask, what: str) -> Iterator[str]:
    for number in range(1, _MOST):
        text = ask(f"{what} {number} (kosong: selesai): ").strip()
        if not text:
            return
        yield text


def _checked[T](ask: Ask, tell: Callable[[str], None], question: str, check: Callable[[str], T]) -> T:
    """Asks until the answer can be used; the sentence of the mistake names the way out."""
    while True:
        try:
            return check(ask(question).strip())
        except ValueError as mistake:
            tell(str(mistake))


def _filled(text: str) -> str:
    if not text:
        raise ValueError("Ini perlu diisi.")
    return text


def _short(text: str) -> str:
    if not text or not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in text):
        raise ValueError('Pakai huruf, angka, "-" dan "_" saja, misalnya kis-pbi.')
    return text


def _region(text: str) -> str:
    head, _, tail = text.partition(".")
    if not (len(head) == len(tail) == 2 and (head + tail).isdigit()):  # noqa: PLR2004 two digits each
        raise ValueError("Tulis dua angka, titik, dua angka, misalnya 13.99.")
    return text


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return typed_day(text, PAPER)
    except ValueError:
        raise ValueError("Tulis tahun-bulan-hari, misalnya 2024-01-15.") from None


def _time(text: str) -> str | None:
    if text:
        parse_waktu(text)
    return text or None


def _total(text: str) -> str | None:
    if text:
        parse_waktu(without_tail(text)[0])
    return text or None
