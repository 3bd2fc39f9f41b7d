"""What a sheet prints under `pencatatan`, and the book it is taken to mean."""

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
    return tuple(load_sop(one.read_bytes()) for one in files if "langkah" in tomllib.loads(one.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "kind"),
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
def test_a_printed_name_says_what_the_book_holds(name: str, kind: str | None) -> None:
    found = kind_of(name)
    assert (found.kunci if found else None) == kind


@pytest.mark.parametrize(
    ("office", "kept", "outside"),
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
def test_each_office_keeps_what_its_sheets_name_and_a_book_of_its_numbers(
    office: str, kept: dict[str, str], outside: list[str]
) -> None:
    found = registers_of(sheets(office))
    assert {one.kind.kunci: one.nama for one in found} == kept
    assert list(elsewhere(sheets(office))) == outside
    assert {one.kind.kunci for one in found if "nama" in one.tersirat} == {
        code for code, name in kept.items() if name == "Buku nomor surat"
    }


def test_a_register_holds_the_cases_of_the_sheets_that_name_it() -> None:
    archive = next(one for one in registers_of(sheets("13.99")) if one.kind.kunci == "arsip")
    assert {one.layanan for one in archive.sops} == {"reaktivasi-kis-pbi"}
