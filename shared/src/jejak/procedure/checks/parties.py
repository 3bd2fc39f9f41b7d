"""Parties outside: a sheet that sends or waits for an answer has to leave no doubt about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.format.source import Mistake
from jejak.procedure.parties import addressee, answerer, is_answered, slot_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.format.file import SopFile


def party_mistakes(file: SopFile) -> Iterator[Mistake]:
    """What the office has to be asked; a stored sheet was taken before, and goes on as it did (to BPJS)."""
    for block, number, step in file.steps():
        for place, task in enumerate(step.tugas):
            kind, path = TASKS[task.tugas], (block, number, "tugas", place)
            if kind.delivery == "sends" and addressee(file, step, task).kode is None:
                yield Mistake(path, 'dikirim kepada siapa? — tulis kepada = "…"')
            if (
                kind.delivery in ("answers", "compares")
                and answerer(file, slot_of(block, step), step, task).kode is None
            ):
                yield Mistake(path, 'siapa yang menjawab? — tulis dijawab_oleh = "…"')
            if task.dijawab_oleh and not is_answered(kind):
                yield Mistake(path, f"dijawab_oleh: {task.tugas} tidak menunggu jawaban pihak luar — hapus")
        if step.dijawab_oleh and not any(is_answered(TASKS[task.tugas]) for task in step.tugas):
            verbs = ", ".join(verb for verb, kind in TASKS.items() if is_answered(kind))
            yield Mistake((block, number), f"dijawab_oleh: tidak ada tugas yang dijawab ({verbs}) — hapus")
