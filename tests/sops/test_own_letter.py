"""An office with a template of its own: its letters are drafted, signed and verified by it, until it is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import ZULFAN
from letters.signatures.pades import load_roots, verify_pdf
from tests.sops.test_good_cases import text_of
from tests.stories import Jejak, command

FORM = '#import "bagian.typ": *\n#show: halaman\n#kop()\nBentuk khas kantor ini, nomor #surat.nomor\n#isi()'


@pytest.fixture
def own_form(jejak: Jejak, tmp_path: Path) -> Iterator[None]:
    file = tmp_path / "surat.typ"
    file.write_text(FORM, encoding="utf-8")
    command(jejak, "letter", "put", str(file), "--office", "13.01", "--jenis", "rekomendasi")
    yield
    command(jejak, "letter", "drop", "--office", "13.01", "--jenis", "rekomendasi")


def drafted(office: Office, day: str) -> Berkas:
    case = checked(apply(office, f"{day} 08:00", ZULFAN), "08:05", "08:08")
    case.work("draft_letter", by="staf-1", begun="08:10", ended="08:13")
    case.until_due("paraf")
    return case


def test_a_letter_is_drafted_and_signed_in_the_offices_own_form(
    jejak: Jejak, pesisir_selatan: Office, own_form: None
) -> None:
    case = drafted(pesisir_selatan, "2022-11-07")
    draft = text_of(case.letter("rekomendasi/draft"))
    case.work("paraf", by="kabid-1", begun="08:20", ended="08:22")
    case.work("sign", by="kadis-1", begun="08:30", ended="08:32")

    signed = case.letter()

    assert "Bentuk khas kantor ini" in draft
    assert "KONSEP" in draft
    assert "Bentuk khas kantor ini" in text_of(signed)
    assert verify_pdf(signed, load_roots(jejak.certificates)).good
    assert "rekomendasi" in command(jejak, "letter", "list", "--office", "13.01")


def test_without_one_it_is_the_form_that_comes_with_the_program(pesisir_selatan: Office) -> None:
    assert "Bentuk khas" not in text_of(drafted(pesisir_selatan, "2022-11-08").letter("rekomendasi/draft"))
