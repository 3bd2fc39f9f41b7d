"""Any bytes sent as a document or as a table are taken, or refused in a sentence.

The seeds are fixed. JEJAK_FUZZ_ROUNDS is the number of mutations of each file; without it there are a few.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Final

import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject

from jejak.platform.errors import Malformed
from jejak.tables.files import UPLOADED
from jejak.uploads.inspection import JPEG, PDF, PNG, inspect
from tests.fuzz.mutations import ROUNDS, TABLES, growth, mutated, tables_read
from tests.unit.intake.test_uploads import chunk, jpeg, pdf, pdf_with_reference_stream, png, segment

_DOCUMENTS_A_ROUND: Final = 50
"""A document takes a millisecond; a table is read in a process of its own."""
_OWN_GROWTH: Final = 256 << 20


def pdf_by_another_program() -> bytes:
    """Pages, a link and a title, as an office program writes them."""
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(595, 842)
    writer.add_metadata({"/Title": "SKTM"})
    writer.root_object[NameObject("/OpenAction")] = writer.pages[0].indirect_reference
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


DOCUMENTS: Final[Mapping[str, tuple[bytes, str]]] = {
    "pdf": (pdf([b"<< /Type /Annot /A << /S /URI /URI (https://contoh.example) >> >>"]), PDF),
    "pdf-references": (pdf_with_reference_stream(), PDF),
    "pdf-of-another-program": (pdf_by_another_program(), PDF),
    "jpeg": (jpeg(comment=b"kamera", scans=3)[:-2] + segment(0xE1, b"Exif\0\0" + bytes(64)) + b"\xff\xd9", JPEG),
    "png": (png(extra=chunk(b"tEXt", b"Comment\0kamera")), PNG),
}


def judged(data: bytes, declared: str) -> str:
    """The type of a document, or the sentence of its refusal."""
    try:
        return inspect(data, declared)
    except Malformed as problem:
        return problem.detail


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_changed_document_is_taken_or_refused_in_a_sentence(name: str) -> None:
    whole, declared = DOCUMENTS[name]
    assert judged(whole, declared) == declared
    chance = Random(f"{name} 1")
    grown = growth()
    outcomes = {judged(mutated(whole, chance), declared) for _ in range(ROUNDS * _DOCUMENTS_A_ROUND)}
    assert declared in outcomes
    assert all(sentence.endswith(".") for sentence in outcomes - {declared})
    assert grown() < _OWN_GROWTH


@pytest.mark.parametrize("name", TABLES)
def test_a_changed_table_is_read_or_refused_in_a_sentence(name: str) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        whole, outcomes, grown, largest_reader = alone.submit(tables_read, name).result()
    assert whole in (1, 3)
    assert all(sentence.endswith(".") for sentence in outcomes if isinstance(sentence, str))
    assert grown < _OWN_GROWTH
    assert 0 < largest_reader < UPLOADED.memory
