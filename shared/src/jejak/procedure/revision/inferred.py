"""What was concluded of a sheet and is not printed on it: every such reading, for the office to confirm."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.procedure.model import IMPLICIT_SUBMIT, Performer
from jejak.procedure.parties import addressee, answerer, is_answered, slot_of
from jejak.procedure.words import in_words
from jejak.timekeeping.printed.printed_time import is_approximate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

from jejak.procedure.format.file import Printed, SopFile


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
    yield from readings_of_times(file)
    yield from _parties(file)
    if all(task.tugas != SUBMIT for step in file.langkah for task in step.tugas):
        yield Inferred(f"langkah {IMPLICIT_SUBMIT}", "tugas", "submit: pemohon menyerahkan berkas, staf mencatatnya")
    for block, _, row in file.rows():
        for key in row.tersirat:
            if key == "terdaftar_di" and len(row.terdaftar_di) > 1:
                yield Inferred(f"{block} {row.known_as}", key, f"salah satu dari {in_words(row.terdaftar_di)}")
                continue
            outside = ": bukan kolom lembar" if key == "nama" and isinstance(row, Performer) else ""
            yield Inferred(f"{block} {row.known_as}", key, f"{in_words(getattr(row, key))}{outside}")


def readings_of_times(file: SopFile) -> Iterator[Inferred]:
    """How printed times are read where the sheet leaves it open: the total's two ends, and "about so long"."""
    yield from _total(file)
    yield from _approximate(file)


def _total(file: SopFile) -> Iterator[Inferred]:
    """Between what the printed total counts, where the sheet does not say it."""
    if not (file.waktu_total or any(route.waktu_total for route in file.jalur)):
        return
    if file.total_dari is None:
        said = file.total_counted_from
        why = "dari kata pada waktu_total" if said else "lembar tidak menyebut sejak kapan waktu totalnya dihitung"
        yield Inferred("lembar", "total_dari", f"{said or 'diterima'}: {why}")
    if file.total_sampai is None:
        why = "lembar tidak menyebut sampai kapan waktu totalnya dihitung"
        yield Inferred("lembar", "total_sampai", f"selesai: {why}")


def _parties(file: SopFile) -> Iterator[Inferred]:
    """To whom a task sends, and who answers one, where the sheet names neither."""
    for block, _, step in file.steps():
        for task in step.tugas:
            kind = TASKS[task.tugas]
            sends = kind.delivery == "sends"
            if not (sends or is_answered(kind)):
                continue
            named = addressee(file, step, task) if sends else answerer(file, slot_of(block, step), step, task)
            if named.inferred is not None:
                key = "kepada" if sends else "dijawab_oleh"
                yield Inferred(f"{block} {step.known_as}", key, f"{named.kode} ({task.tugas}): {named.inferred}")


def _approximate(file: SopFile) -> Iterator[Inferred]:
    """A time that is printed as about so long."""
    times: list[tuple[str, str, Printed | None]] = [("lembar", "waktu_total", file.waktu_total)]
    times += [(f"{block} {row.known_as}", "waktu", row.waktu) for block, _, row in file.steps()]
    for place, key, waktu in times:
        if waktu is not None and waktu.text is not None and is_approximate(waktu.text):
            yield Inferred(place, key, f'dinilai tepat, walaupun tercetak "{waktu.text}"')
