"""What a sheet records of documents (`catat`), and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.format.source import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.format.file import SopFile


def document_mistakes(file: SopFile) -> Iterator[Mistake]:
    """Facts that no task records, and facts of one case in a task that is done for a whole batch."""
    checks = [
        (block, number, place, task.kumpulan or step.kumpulan)
        for block, number, step in file.steps()
        for place, task in enumerate(step.tugas)
        if TASKS[task.tugas].finds == "documents"
    ]
    recording = [number for number, document in enumerate(file.persyaratan) if document.catat]
    for number in recording:
        if not checks:
            why = "tidak ada tugas check_documents yang mencatatnya — tambahkan di langkahnya, atau hapus catat"
            yield Mistake(("persyaratan", number, "catat"), why)
    for block, number, place, batch in checks:
        if recording and batch:
            why = "yang dicatat dari dokumen berbeda tiap berkas — hapus kumpulan pada pemeriksaan dokumennya"
            yield Mistake((block, number, "tugas", place), why)
