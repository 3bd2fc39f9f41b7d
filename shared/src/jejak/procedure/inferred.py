"""What was concluded of a sheet and is not printed on it: every such reading, for the office to confirm."""

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

from jejak.procedure.format.file import SopFile


@dataclass(frozen=True, slots=True)
class Inferred:
    """One reading: where, which key, and what was read into it."""

    tempat: str
    kunci: str
    bacaan: str

    @property
    def kalimat(self) -> str:
        """One line that an official can confirm or deny."""
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
    for block, _, row in file.rows():
        for key in row.tersirat:
            outside = ": bukan kolom lembar" if key == "nama" and isinstance(row, Performer) else ""
            yield Inferred(f"{block} {row.known_as}", key, f"{in_words(getattr(row, key))}{outside}")
