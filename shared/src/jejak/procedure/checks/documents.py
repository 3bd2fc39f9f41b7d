"""What a sheet records of documents (`catat`): where, and whether a letter that names it always finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.documents import Named
from jejak.procedure.format.source import Mistake
from jejak.procedure.model import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.format.file import SopFile
    from jejak.procedure.model import Sop
    from jejak.procedure.walk import Walk

_NO = ("tolak", "kembalikan")


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


def unrecorded_facts(sop: Sop, path: Walk) -> Iterator[str]:
    """What a letter of this walk prints of documents without a check that recorded it before."""
    recorded: set[Named] = set()
    for slot in path.slots:
        # A letter drafted after a no says no in words of its own, unless it is the sheet's letter of refusal.
        refuses = slot.slot != MAIN and path.slots[0].ending in _NO
        for visit in slot.visits:
            kind = TASKS[visit.tugas]
            if kind.finds == "documents" and visit.hasil == kind.good:
                asked = sop.documents_for(frozenset(visit.berlaku))
                recorded = {Named(document.kode, fact) for document in asked for fact in document.catat}
            elif kind.letters == "drafts":
                letters = [
                    sop.surat[kode] for kode in visit.surat if not refuses or sop.surat[kode].jenis == "penolakan"
                ]
                for letter in letters:
                    for named in letter.facts:
                        if named not in recorded:
                            yield _unrecorded(sop, letter.kode, named, path)


def _unrecorded(sop: Sop, letter: str, named: Named, path: Walk) -> str:
    document = sop.persyaratan[named.document]
    held = [name for name in (path.jalur, *path.jawaban) if name]
    where = f" pada {', '.join(held)}" if held else ""
    cure = (
        f"samakan untuk persyaratan {named.document} dengan untuk suratnya"
        if document.untuk
        else f"tulis check_documents sebelum draft_letter di jalur itu, atau surat sendiri tanpa {named}"
    )
    return f"surat {letter}: {named} belum dicatat{where} ketika suratnya disusun — {cure}"
