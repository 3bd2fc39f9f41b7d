"""Every way through a sheet, walked: what a letter lacks on its way to a signature, and what is signed twice. Pure.

A sheet is walked by every route and answer, and with every one outcome changed.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from jejak.contracts.tasks import TASKS
from jejak.procedure.model import MAIN
from jejak.procedure.walk import Walker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from jejak.procedure.model import Sop
    from jejak.procedure.walk import Visit, Walk

_COMBINATIONS: Final = 64
"""Combinations of answers that are walked; of a sheet with more questions, each answer alone."""
MOST_WALKS: Final = 3000
"""Walks of a sheet: a few seconds."""
type _Wish = tuple[str | None, dict[str, str], dict[str, str], date | None]
"""Route, answers, outcomes and day of receipt of a walk."""


def walks(sop: Sop) -> Iterator[Walk]:
    """Every route with every answer, also in every period, and then with every one outcome changed; as many as go."""
    walker = Walker(sop)
    yield from (walker.walk(*wish) for wish in islice(_wishes(sop), MOST_WALKS))


def _wishes(sop: Sop) -> Iterator[_Wish]:
    """What each walk is given; all routes before the next answers, so that a limit leaves out no route."""
    changed = sorted({(task.verb, outcome) for task in sop.all_tasks() for outcome in task.targets})
    days = sorted({day for period in sop.masa.values() for day in (period.dari, period.sampai) if day})
    routes = tuple(sop.jalur) or (None,)
    for answers, route in product(_answers(sop), routes):
        yield from ((route, answers, {}, day) for day in (None, *days))
    for answers, route in product(_answers(sop), routes):
        yield from ((route, answers, {verb: outcome}, None) for verb, outcome in changed)


def walk_warnings(sop: Sop) -> Iterator[str]:
    """Letters that a walk signs twice; and that a sheet has more paths than are walked."""
    yield from _signed_twice(sop)
    if next(islice(_wishes(sop), MOST_WALKS, None), None):
        yield (
            f"lembar: jalur dan jawabannya terlalu banyak, hanya {MOST_WALKS} perjalanan berkas yang dicoba — periksa "
            "sendiri jalur lainnya dengan jejak sop walk"
        )


def _answers(sop: Sop) -> Iterator[dict[str, str]]:
    choices = {kode: question.pilihan or ("tidak", "ya") for kode, question in sop.pertanyaan.items()}
    combinations = 1
    for answers in choices.values():
        combinations *= len(answers)
    if combinations <= _COMBINATIONS:
        yield from (dict(zip(choices, given, strict=True)) for given in product(*choices.values()))
    else:
        yield from ({kode: answer} for kode, answers in choices.items() for answer in answers)


def unsigned_letters(path: Walk, signed_by_sheet: Collection[str]) -> Iterator[str]:
    """What a walk does with its letters: a signature needs the draft of that letter, and a letter its signature."""
    drafted: list[str] = []
    unsigned: set[str] = set()
    for visit in (visit for slot in path.slots for visit in slot.visits):
        role = TASKS[visit.tugas].letters
        where = _where(visit)
        if role == "drafts":
            drafted += (kode for kode in visit.surat if kode not in drafted)
            unsigned |= {*visit.surat}
        elif role in ("initials", "signs") and not drafted:
            yield f"{where}: {visit.tugas}{_on(path)} tanpa konsep surat — tambahkan draft_letter sebelumnya"
        elif role == "signs":
            if visit.surat and not {*visit.surat} & {*drafted}:
                yield (
                    f"{where}: sign untuk surat {', '.join(visit.surat)}, padahal yang sudah disusun surat "
                    f"{', '.join(drafted)} — tambahkan draft_letter suratnya sebelum sign"
                )
            unsigned -= {*(visit.surat or drafted)} if visit.hasil == TASKS[visit.tugas].good else set()
    if all(slot.ending == "selesai" for slot in path.slots) and all(
        visit.hasil == next(iter(visit.tujuan)) or TASKS[visit.tugas].by_route
        for slot in path.slots
        for visit in slot.visits
    ):
        for kode in sorted(unsigned & set(signed_by_sheet)):
            yield f"surat {kode}:{_on(path)} disusun tetapi tidak ditandatangani — samakan untuk draft_letter dan sign"


def _signed_twice(sop: Sop) -> Iterator[str]:
    """A second `sign` without `surat` takes the letters of the first, whose signer the paper then names no more."""
    counted = Counter(kode for task in sop.all_tasks() if TASKS[task.verb].letters == "signs" for kode in task.surat)
    if not counted or max(counted.values()) == 1:
        return
    for path in walks(sop):
        signed: dict[str, str] = {}
        for visit in (visit for slot in path.slots for visit in slot.visits):
            role, where = TASKS[visit.tugas].letters, _where(visit)
            if role == "drafts":
                signed = {kode: place for kode, place in signed.items() if kode not in visit.surat}
            elif role == "signs" and visit.hasil == TASKS[visit.tugas].good:
                again = [kode for kode in visit.surat if signed.get(kode, where) != where]
                if again:
                    yield (
                        f"{where}: sign menandatangani lagi surat {', '.join(again)} dari {signed[again[0]]}, dan "
                        'suratnya lalu menyebut yang terakhir saja — sebut surat = "…" pada tiap sign, atau hapus satu'
                    )
                signed |= dict.fromkeys(visit.surat, where)


def _where(visit: Visit) -> str:
    return f"langkah {visit.langkah}" if visit.slot == MAIN else f"tindak_lanjut {visit.slot}"


def _on(path: Walk) -> str:
    held = [name for name in (path.jalur, *path.jawaban) if name]
    return f" pada {', '.join(held)}" if held else ""
