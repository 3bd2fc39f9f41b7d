"""[[persyaratan]]: a document that is asked for, and what is recorded of it; placeholders of it in a letter's words."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import Field

from jejak.contracts.parts import Fact
from jejak.procedure.format.fields import Block, Kode, Names, Text, Texts, Whole
from jejak.timekeeping.printed.words import date_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jejak.contracts.parts import DocumentFacts

PLACEHOLDER: Final = re.compile(r"\{([^{}\s]+)\.([^{}.\s]+)\}")
"""`{FASKES.nomor}`: the kode of a document and a fact of it."""
LONGEST_FACT: Final = 100
"""Most characters that stand in the place of a placeholder: those of a `Name`."""


class Alternative(Block):
    """One of a document's salah_satu: it serves as well, for a participant younger than ``usia_di_bawah`` years."""

    kode: Kode
    nama: Text
    usia_di_bawah: Whole | None = Field(default=None, ge=1, le=150)


class Document(Block):
    """[[persyaratan]]: a document that is asked for."""

    kode: Kode
    nama: Text
    salah_satu: tuple[Alternative, ...] = Field(default=(), title="Dokumen yang sama nilainya")
    periksa: Texts = Field(default=(), title="Apa yang membuatnya benar")
    catat: tuple[Fact, ...] = Field(default=(), title="Yang dicatat dari dokumennya ketika diperiksa")
    untuk: Names = ()
    tersirat: Names = ()


class Named(NamedTuple):
    """A fact of a document that a text names."""

    document: str
    fact: str

    def __str__(self) -> str:
        return f"{{{self.document}.{self.fact}}}"


def facts_named(texts: Iterable[str]) -> tuple[Named, ...]:
    """Every placeholder in these texts, once, in their order."""
    return tuple(dict.fromkeys(Named(*match.groups()) for text in texts for match in PLACEHOLDER.finditer(text)))


def fact_in_words(facts: Mapping[str, DocumentFacts], named: Named) -> str | None:
    """A recorded fact as a letter prints it; None where it is not recorded."""
    value = getattr(facts.get(named.document), named.fact, None)
    return date_words(value) if isinstance(value, date) else value


def facts_in_words(facts: DocumentFacts) -> str:
    """What is recorded of a document, as pages show it: "nomor 445/12, tanggal 3 Januari 2022, dari RSUD Contoh"."""
    parts = (("nomor", facts.nomor), ("tanggal", facts.tanggal and date_words(facts.tanggal)), ("dari", facts.penerbit))
    return ", ".join(f"{word} {value}" for word, value in parts if value)


def with_facts(text: str, facts: Mapping[str, DocumentFacts]) -> str:
    """The text with what was recorded in the place of its placeholders, which stay where nothing was."""
    return PLACEHOLDER.sub(lambda match: fact_in_words(facts, Named(*match.groups())) or match[0], text)
