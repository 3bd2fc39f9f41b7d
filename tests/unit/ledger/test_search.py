"""What was typed into the search, and how it is meant."""

from __future__ import annotations

import pytest

from jejak.contracts.codec import Keyring
from jejak.platform import ids
from jejak.platform.errors import Malformed
from ledger.audit.names import Names, words_of
from ledger.audit.search import search_ways

NAMES = Names(bytes(32), Keyring(bytes(32), ids.random_bytes))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Siti Aminah", {"siti", "aminah"}),
        ("  SITI   aminah ", {"siti", "aminah"}),
        ("Hj. Siti Aminah binti H. Abdullah", {"siti", "aminah", "abdullah"}),
        ("Nur’aini", {"nuraini"}),
        ("M. Yusuf", {"yusuf"}),
        ("André Müller-Siregar", {"andre", "muller", "siregar"}),
        ("Drs. Ir.", set()),
        ("123", set()),
    ],
)
def test_a_name_is_found_by_its_words_whatever_their_dress(name: str, words: set[str]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7K3M-9QXA-2BCD", ["kode berkas"]),
        ("7k3m 9qxa 2bcd", ["kode berkas"]),
        ("0f6f2b34-6f0e-5b0e-9c1d-6a656a616b01", ["kode berkas"]),
        ("1301015203789001", ["NIK"]),
        ("130101 520378 9001", ["NIK"]),
        ("460/12/DINSOS/2024", ["nomor surat"]),
        ("460", ["nomor surat"]),
        ("Rosna Contoh", ["nama"]),
        ("Harsjamsjahr", ["kode berkas", "nama"]),
    ],
)
def test_what_is_typed_is_taken_for_what_it_looks_like(text: str, meant: list[str]) -> None:
    assert [way.name for way in search_ways(NAMES, "13.01", text)] == meant


@pytest.mark.parametrize("text", ["!?", "M.", "   "])
def test_what_can_be_nothing_is_refused_in_words(text: str) -> None:
    with pytest.raises(Malformed, match="NIK 16 angka"):
        search_ways(NAMES, "13.01", text)


def test_a_names_hash_is_another_in_another_office_and_says_nothing() -> None:
    here, there = NAMES.hashed("13.01", "rosna"), NAMES.hashed("13.02", "rosna")
    assert here != there
    assert b"rosna" not in here
    assert here == NAMES.hashed("13.01", "rosna")
    assert here != Names(bytes(31) + b"1", NAMES.keyring).hashed("13.01", "rosna")
    assert "0000" not in repr(NAMES)
