"""What a sheet does not print and somebody concluded: every such reading, for the office to confirm."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from jejak.contracts.tasks import SUBMIT
from jejak.procedure.model import IMPLICIT_SUBMIT, Performer
from jejak.procedure.words import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from jejak.procedure.format.fields import Block
from jejak.procedure.format.file import SopFile


@dataclass(frozen=True, slots=True)
class Inferred:
    """One reading: where, which key, and what was read into it."""

    tempat: str
    kunci: str
    bacaan: str

    @property
    def kalimat(self) -> str:
        """One line an official can say yes or no to."""
        return f"{self.tempat}: {self.kunci} {self.bacaan}"

    @property
    def kode(self) -> str:
        """What an answer to it is recorded under: another reading of the same place is another."""
        return sha256(self.kalimat.encode()).hexdigest()[:16]


def inferred(file: SopFile, undated: date | None = None) -> tuple[Inferred, ...]:
    """Everything marked ``tersirat``, and what the format adds. ``undated``: the office's date for such sheets."""
    return tuple(_inferred(file, undated))


def _inferred(file: SopFile, undated: date | None) -> Iterator[Inferred]:
    for key in file.tersirat:
        if key == "tanggal_efektif" and file.tanggal_efektif is None:
            since = f"{undated}, ditetapkan kantor" if undated else "belum ditetapkan kantor"
            yield Inferred("lembar", key, since)
        else:
            yield Inferred("lembar", key, in_words(getattr(file, key)))
    if file.hari is None:
        yield Inferred("lembar", "hari", "kerja: lembar tidak menyebut hari kerja atau hari kalender")
    if all(task.tugas != SUBMIT for step in file.langkah for task in step.tugas):
        yield Inferred(f"langkah {IMPLICIT_SUBMIT}", "tugas", "submit: pemohon menyerahkan berkas, staf mencatatnya")
    for block, rows in file:
        if isinstance(rows, tuple):
            for row in rows:
                for key in getattr(row, "tersirat", ()):
                    yield Inferred(f"{block} {_name(row)}", key, _reading(row, key))


def _name(row: Block) -> str:
    return str(getattr(row, "no", None) or getattr(row, "kode", None) or getattr(row, "nama", ""))


def _reading(row: Block, key: str) -> str:
    if key == "nama" and isinstance(row, Performer):
        return f"{in_words(row.nama)}: bukan kolom lembar"
    return in_words(getattr(row, key))
