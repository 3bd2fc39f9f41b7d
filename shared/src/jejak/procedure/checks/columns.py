"""The columns of a list: every source known, every date in a known form."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.batches import DATE_FORMS, DATED, READ_BACK, SOURCES, ListColumn
from jejak.procedure.format.explain import suggestion
from jejak.procedure.format.source import Mistake, Path
from jejak.procedure.parties import BPJS, is_answered, party_of, pihak_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.format.file import SopFile
    from jejak.procedure.model import Sop


def column_mistakes(file: SopFile) -> Iterator[Mistake]:
    """Columns that a list cannot have."""
    for number, batch in enumerate(file.kumpulan):
        path = ("kumpulan", number)
        if batch.kolom and batch.bentuk == "lembar_daring":
            yield Mistake(path, "kolom hanya ada pada daftar xlsx atau csv — ubah bentuknya, atau hapus kolom")
        for title, count in Counter(
            column.judul for column in batch.kolom if column.isi or column.tetap or column.dibaca
        ).items():
            if count > 1:
                yield Mistake(path, f'kolom "{title}": judul ini dipakai {count} kali — beri judul yang berbeda')
        for field, count in Counter(column.dibaca for column in batch.kolom if column.dibaca).items():
            if count > 1:
                yield Mistake(path, f'kolom: dibaca "{field}" ditulis {count} kali — tulis pada satu kolom saja')
        for column in batch.kolom:
            yield from _column(path, column)


def _column(path: Path, column: ListColumn) -> Iterator[Mistake]:
    where = f'kolom "{column.judul}"'
    if column.isi is not None and column.tetap is not None:
        yield Mistake(path, f"{where}: isi dan tetap tidak dapat bersama — hapus salah satu")
    if column.dibaca is not None and column.dibaca not in READ_BACK:
        yield Mistake(path, f'{where}: dibaca "{column.dibaca}" — tulis salah satu dari {", ".join(READ_BACK)}')
    if column.dibaca is not None and (column.isi or column.tetap):
        yield Mistake(path, f"{where}: dibaca hanya bagi kolom yang dikirim kosong — hapus isi atau tetap")
    if column.isi is not None and column.isi not in SOURCES:
        known = ", ".join(SOURCES)
        hint = suggestion(column.isi, SOURCES).partition(", atau")[0]
        yield Mistake(path, f'{where}: isi "{column.isi}" tidak dikenal{hint}; semua isi: {known}')
    if column.tanggal is not None and column.tanggal not in DATE_FORMS:
        yield Mistake(path, f'{where}: tanggal "{column.tanggal}" — tulis salah satu dari {", ".join(DATE_FORMS)}')
    if column.tanggal is not None and column.isi not in DATED:
        yield Mistake(path, f"{where}: tanggal hanya bagi isi {' atau '.join(sorted(DATED))} — hapus")


def column_warnings(sop: Sop) -> Iterator[str]:
    """Columns that are read from answers of BPJS alone, of a list that another party answers."""
    answering = [task.dijawab_oleh or BPJS for task in sop.all_tasks() if is_answered(TASKS[task.verb])]
    for kode, batch in sop.kumpulan.items():
        sent_to = {task.kepada for task in sop.all_tasks() if task.kumpulan == kode and task.kepada}
        others = dict.fromkeys(answering) if answering else dict.fromkeys(sorted(sent_to))
        if any(pihak_of(sop.pelaksana, name) == BPJS for name in others) or not others:
            continue
        read = ", ".join(column.judul for column in batch.kolom if column.dibaca)
        if read:
            names = ", ".join(party_of(sop.pelaksana, name).words for name in others)
            yield (
                f"kumpulan {kode}: kolom {read} dibaca dari jawaban BPJS saja, padahal yang menjawab {names} — hapus "
                "dibaca; jawabannya dicatat petugas pada tugasnya"
            )
