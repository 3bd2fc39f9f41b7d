"""The ways to read a search text."""

from __future__ import annotations

import pytest

from jejak.contracts.codec import Keyring
from jejak.platform import ids
from jejak.platform.errors import Malformed
from jejak.platform.key_settings import MasterKeys
from ledger.audit.names import Names, words_of
from ledger.audit.search import search_ways

NAMES = Names(bytes(32), Keyring(MasterKeys(bytes(32)), ids.random_bytes))


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
def test_a_name_is_indexed_by_its_words_without_case_marks_and_titles(name: str, words: set[str]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("text", "ways"),
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
def test_a_search_text_is_read_by_its_form(text: str, ways: list[str]) -> None:
    assert [way.name for way in search_ways(NAMES, "13.01", text)] == ways


@pytest.mark.parametrize("text", ["!?", "M.", "   "])
def test_a_text_that_can_be_no_search_is_refused_in_words(text: str) -> None:
    with pytest.raises(Malformed, match="NIK 16 angka"):
        search_ways(NAMES, "13.01", text)


def test_the_hash_of_a_name_differs_by_office_and_reveals_nothing() -> None:
    here, there = NAMES.hashed("13.01", "rosna"), NAMES.hashed("13.02", "rosna")
    assert here != there
    assert b"rosna" not in here
    assert here == NAMES.hashed("13.01", "rosna")
    assert here != Names(bytes(31) + b"1", NAMES.keyring).hashed("13.01", "rosna")
    assert "0000" not in repr(NAMES)
