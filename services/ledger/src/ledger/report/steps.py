"""The printed steps of an office's sheets as rows of `view.sheet_step`. Pure."""

from collections.abc import Iterable, Iterator
from typing import Final

from jejak.procedure.model import Sop, Step
from jejak.procedure.office.kantor import Kantor
from ledger.timings.pages.ratios import comparable

COLUMNS: Final = (
    *("office", "sop", "nomor", "nama", "slot", "langkah", "place", "kegiatan", "standard", "measure", "seconds"),
)

type StepRow = tuple[str | int | None, ...]


def step_rows(kantor: Kantor, sheets: Iterable[Sop]) -> list[StepRow]:
    """A row for each step of these sheets, in the order of COLUMNS."""
    return [row for sop in sheets for row in _of_sheet(kantor, sop)]


def _of_sheet(kantor: Kantor, sop: Sop) -> Iterator[StepRow]:
    for place, ((slot, langkah), step) in enumerate(sop.steps.items()):
        head = (kantor.kode, sop.sha256, sop.nomor, sop.nama, slot, langkah, place, step.kegiatan)
        yield (*head, step.waktu.text if step.waktu else None, *_measured(kantor, step))


def _measured(kantor: Kantor, step: Step) -> tuple[str | None, int | None]:
    """The clock a standard is compared with, and its seconds; a standard of no time at all is compared with none."""
    clock, seconds = (step.waktu and comparable(step.waktu, kantor.calendar.working_day)) or (None, 0)
    return (clock, seconds) if seconds else (None, None)
