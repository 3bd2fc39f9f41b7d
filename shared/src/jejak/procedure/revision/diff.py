"""What is different between two sheets, in words: for an office that follows its own sheet, or reads another's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeGuard

from jejak.procedure.format.fields import KODE
from jejak.procedure.format.file import StepFile
from jejak.procedure.words import ABSENT, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jejak.procedure.format.fields import Block
    from jejak.procedure.format.file import LangkahFile, SopFile, TugasFile


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. ``dari`` and ``ke`` are in words; None where there is nothing on that side."""

    tempat: str
    """"lembar", "langkah 2", "langkah 5: tugas deliver", "persyaratan KTP" …"""
    kunci: str | None
    """None: the whole block was added or removed."""
    dari: str | None
    ke: str | None
    jenis: Literal["ditambahkan", "dihapus", "berubah"]

    @property
    def kalimat(self) -> str:
        """One line an official can read."""
        match self.jenis:
            case "ditambahkan":
                return f"{self.tempat} ditambahkan: {self.ke}"
            case "dihapus":
                return f"{self.tempat} dihapus: {self.dari}"
            case "berubah":
                return f"{self.tempat}: {self.kunci} {self.dari or ABSENT} → {self.ke or ABSENT}"


def differences(before: SopFile, after: SopFile) -> tuple[Difference, ...]:
    """Everything the second sheet has otherwise than the first, in the order of the second."""
    return tuple(_differences(before, after))


def _differences(before: SopFile, after: SopFile) -> Iterator[Difference]:
    lists = [key for key, value in after if _is_blocks(value) or _is_blocks(getattr(before, key))]
    yield from _keys("lembar", before, after, skip=lists)
    for block in lists:
        old, new = getattr(before, block), getattr(after, block)
        for pair in _paired_steps(old, new) if block == "langkah" else _paired(old, new):
            yield from _block(block, *pair)
        yield from _order(block, old, new)


def _is_blocks(value: object) -> bool:
    return isinstance(value, tuple) and any(hasattr(row, "model_fields_set") for row in value)


type _Pair = tuple[Block | None, Block | None]


def _paired(before: Sequence[Block], after: Sequence[Block]) -> list[_Pair]:
    old = {row.known_as: row for row in before}
    new = {row.known_as for row in after}
    gone: list[_Pair] = [(row, None) for row in before if row.known_as not in new]
    return [*((old.get(row.known_as), row) for row in after), *gone]


def _paired_steps(before: Sequence[LangkahFile], after: Sequence[LangkahFile]) -> list[_Pair]:
    """Steps with the same words are the same; of the others, those with the same number."""
    words = Counter(row.kegiatan for row in (*before, *after))
    twins = {row.kegiatan: row for row in before if words[row.kegiatan] == 2}  # noqa: PLR2004 - once on either side
    partner = {row.no: twins[row.kegiatan] for row in after if row.kegiatan in twins}
    taken = {row.no for row in partner.values()}
    left = {row.no: row for row in before if row.no not in taken}
    pairs: list[_Pair] = [(partner.get(row.no) or left.pop(row.no, None), row) for row in after]
    return [*pairs, *((row, None) for row in left.values())]


def _block(block: str, old: Block | None, new: Block | None) -> Iterator[Difference]:
    if new is None:
        if old is not None:
            yield Difference(f"{block} {old.known_as}", None, _summary(old), None, "dihapus")
        return
    place = f"{block} {new.known_as}"
    if old is None:
        yield Difference(place, None, None, _summary(new), "ditambahkan")
        return
    yield from _keys(place, old, new, skip=("tugas",))
    if isinstance(old, StepFile) and isinstance(new, StepFile):
        yield from _tasks(place, old.tugas, new.tugas)


def _summary(row: Block) -> str:
    """What a block is, in a word or a sentence: its text as printed, else what it says."""
    for key in ("kegiatan", "nama", "teks"):
        if text := getattr(row, key, None):
            return in_words(text)
    return in_words(row)


def _keys(place: str, old: Block, new: Block, *, skip: Sequence[str]) -> Iterator[Difference]:
    for key in type(new).model_fields:
        before, after = getattr(old, key), getattr(new, key)
        if key in skip or before == after or key not in old.model_fields_set | new.model_fields_set:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            for name in dict.fromkeys((*before, *after)):
                yield from _changed(place, f"{key} {name}", before.get(name), after.get(name))
        else:
            yield from _changed(place, key, before, after)


def _changed(place: str, key: str, before: object, after: object) -> Iterator[Difference]:
    if before == after:
        return
    if _is_prose(before) and _is_prose(after):
        yield from _entries(f"{place}: {key}", before, after)
    else:
        yield Difference(place, key, _or_none(before), _or_none(after), "berubah")


def _is_prose(value: object) -> TypeGuard[tuple[str, ...]]:
    """A list of sentences, such as dasar_hukum: each stands for itself."""
    return isinstance(value, tuple) and all(isinstance(entry, str) and not KODE.fullmatch(entry) for entry in value)


def _entries(place: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    added, gone = [entry for entry in after if entry not in before], [entry for entry in before if entry not in after]
    for entry in added:
        yield Difference(place, None, None, in_words(entry), "ditambahkan")
    for entry in gone:
        yield Difference(place, None, in_words(entry), None, "dihapus")
    if not added and not gone:
        yield Difference(place, "urutan", in_words(before), in_words(after), "berubah")


def _or_none(value: object) -> str | None:
    words = in_words(value)
    return None if words == ABSENT else words


def _tasks(place: str, before: Sequence[TugasFile], after: Sequence[TugasFile]) -> Iterator[Difference]:
    """Tasks are known by their verb; one that comes twice, by which of them it is."""
    old, new = _counted(before), _counted(after)
    for name, task in new.items():
        if name not in old:
            yield Difference(f"{place}: tugas", None, None, in_words(task), "ditambahkan")
        else:
            yield from _keys(f"{place}: tugas {task.tugas}", old[name], task, skip=("tugas",))
    for name, task in old.items():
        if name not in new:
            yield Difference(f"{place}: tugas", None, in_words(task), None, "dihapus")
    common = [name for name in old if name in new]
    if common != [name for name in new if name in old]:
        order = [", ".join(task.tugas for task in tasks) for tasks in (before, after)]
        yield Difference(place, "urutan tugas", order[0], order[1], "berubah")


def _counted(tasks: Sequence[TugasFile]) -> dict[tuple[str, int], TugasFile]:
    seen: Counter[str] = Counter()
    counted = {}
    for task in tasks:
        seen[task.tugas] += 1
        counted[task.tugas, seen[task.tugas]] = task
    return counted


def _order(block: str, before: Sequence[Block], after: Sequence[Block]) -> Iterator[Difference]:
    """Whether what both sheets have stands in another order; steps say so by their numbers."""
    old, new = [row.known_as for row in before], [row.known_as for row in after]
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        yield Difference(block, "urutan", ", ".join(old), ", ".join(new), "berubah")
