"""The names a sheet prints under `pencatatan`, and the registers they stand for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.model import Sop
from ledger.audit.registers.kinds import elsewhere, kind_of, registers_of

OFFICES: Final = Path(__file__).parents[3] / "shared" / "offices"


def sheets(office: str) -> tuple[Sop, ...]:
    files = sorted((OFFICES / office).glob("*.toml"))
    return tuple(load_sop(file.read_bytes()) for file in files if "langkah" in tomllib.loads(file.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Buku Rekomendasi", "buku"),
        ("File Arsip Rekap Rekomendasi", "arsip"),
        ("Hasil Rekon", "rekon"),
        ("Buku Kendali/Dokumen kepesertaan", "kendali"),
        ("Dicatat dan disimpan sebagai arsip dokumen", "arsip"),
        ("Disimpan dalam file manual dan elektronik", "arsip"),
        ("LEMBAR DISPOSISI", "kendali"),
        ("Aplikasi DTKS", None),
    ],
)
def test_a_printed_name_tells_the_kind_of_register(name: str, code: str | None) -> None:
    kind = kind_of(name)
    assert (kind.kunci if kind else None) == code


@pytest.mark.parametrize(
    ("office", "names", "outside"),
    [
        ("13.01", {"buku": "Buku Rekomendasi", "arsip": "File Arsip Rekap Rekomendasi"}, []),
        ("12.72", {"buku": "Buku nomor surat", "arsip": "Dicatat dan disimpan sebagai arsip dokumen"}, []),
        ("51.07", {"buku": "Buku nomor surat", "arsip": "Disimpan dalam file manual dan elektronik"}, []),
        (
            "13.02",
            {"buku": "Buku nomor surat", "kendali": "Buku Kendali/Dokumen kepesertaan", "rekon": "Hasil Rekon"},
            ["Aplikasi DTKS"],
        ),
    ],
)
def test_each_office_keeps_the_registers_its_sheets_name_and_a_book_of_its_numbers(
    office: str, names: dict[str, str], outside: list[str]
) -> None:
    registers = registers_of(sheets(office))
    assert {register.kind.kunci: register.nama for register in registers} == names
    assert list(elsewhere(sheets(office))) == outside
    assert {register.kind.kunci for register in registers if "nama" in register.tersirat} == {
        code for code, name in names.items() if name == "Buku nomor surat"
    }


def test_a_register_holds_the_cases_of_the_sheets_that_name_it() -> None:
    archive = next(register for register in registers_of(sheets("13.99")) if register.kind.kunci == "arsip")
    assert {sop.layanan for sop in archive.sops} == {"reaktivasi-kis-pbi"}
