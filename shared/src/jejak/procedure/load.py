"""From the bytes of a sheet to the procedure the engine runs; a file with a mistake never gets that far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.procedure.checks.circles import circle_mistakes
from jejak.procedure.checks.columns import column_mistakes
from jejak.procedure.checks.documents import document_mistakes
from jejak.procedure.checks.letters import letter_mistakes
from jejak.procedure.checks.names import name_mistakes
from jejak.procedure.checks.order import approval_mistakes, order_mistakes
from jejak.procedure.checks.parties import party_mistakes
from jejak.procedure.checks.targets import landings, resolve_targets
from jejak.procedure.format import explain
from jejak.procedure.format.file import SopFile
from jejak.procedure.format.source import read
from jejak.procedure.model import (
    IMPLICIT_SUBMIT,
    MAIN,
    FollowUp,
    Performer,
    SheetHead,
    Sop,
    Step,
    StepCells,
    Target,
    Task,
)
from jejak.procedure.parties import BPJS, addressee, answerer, is_answered, pihak_of
from jejak.timekeeping.dates import OUTSIDE
from jejak.timekeeping.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel

    from jejak.procedure.format.file import StepFile, TindakLanjutFile, TugasFile
    from jejak.procedure.format.source import Mistake

_RECORDER = "staf"
_LAST_OF_MONTH = 31


class SopError(ValueError):
    """A file that cannot be used, and why: one line per mistake, in Indonesian."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class Parsed[M: BaseModel]:
    """A file as far as it could be understood. ``file`` None: its shape is wrong; ``mistakes`` then say how."""

    file: M | None
    mistakes: tuple[str, ...]
    warnings: tuple[str, ...]

    def checked(self) -> M:
        """The file; SopError with every mistake when it has any."""
        if self.file is None or self.mistakes:
            raise SopError(self.mistakes)
        return self.file


def parse_file[M: BaseModel](
    data: bytes, model: type[M], checks: Callable[[M], Iterable[Mistake]], *, stored: bool = False
) -> Parsed[M]:
    """Read a file, validate its shape and, where that is right, check what it says; never raises.

    A ``stored`` file was taken before: its dates are read as they are.
    """
    source = read(data)
    if source.tree is None:
        return Parsed(None, tuple(mistake.text for mistake in source.mistakes), ())
    tree = source.tree
    wrong = [block for block in explain.lists_of(model) if isinstance(tree.get(block), dict)]
    mistakes = [*source.mistakes, *map(explain.misplaced_list, wrong), *explain.absent_keys(source.absent, model)]
    file: M | None = None
    try:
        file = model.model_validate(tree, context=None if stored else OUTSIDE)
        mistakes += checks(file)
    except ValidationError as error:
        shaped = explain.shape(error.errors(include_url=False, include_input=False), model)
        mistakes += [mistake for mistake in shaped if not (mistake.path and mistake.path[0] in wrong)]
    lines, warnings = (
        tuple(dict.fromkeys(explain.line(mistake, tree) for mistake in listed))
        for listed in (mistakes, source.warnings)
    )
    return Parsed(file, lines, warnings)


def parse_sop(data: bytes, *, stored: bool = False) -> Parsed[SopFile]:
    """The file with every mistake that can be found in it: its shape, its names, their order; never raises."""
    parsed = parse_file(data, SopFile, partial(_mistakes, stored=stored), stored=stored)
    if parsed.file is None or parsed.mistakes:
        return parsed
    return replace(parsed, mistakes=tuple(dict.fromkeys(circle_mistakes(compile_sop(parsed.file, data)))))


def _mistakes(file: SopFile, *, stored: bool) -> Iterable[Mistake]:
    """Those of names first: the others presuppose names that hold.

    A stored sheet may predate what the other checks ask: its cases go on as they did.
    """
    asked_of_new = (
        () if stored else (document_mistakes, letter_mistakes, approval_mistakes, column_mistakes, party_mistakes)
    )
    others = chain.from_iterable(find(file) for find in (order_mistakes, *asked_of_new))
    return tuple(name_mistakes(file)) or tuple(others)


def load_sop(data: bytes, *, stored: bool = False) -> Sop:
    """The procedure of a file; SopError with every mistake when it has any."""
    return compile_sop(parse_sop(data, stored=stored).checked(), data)


def compile_sop(file: SopFile, data: bytes) -> Sop:
    """A file without mistakes, compiled: names resolved, defaults applied, the implicit submit added."""
    performers = {row.kode: row for row in file.pelaksana}
    compiler = _Compiler(file)
    steps = tuple(compiler.step(MAIN, no, step.no, step) for no, step in enumerate(file.langkah, compiler.offset))
    submit = compiler.implicit_submit(performers)
    follow_ups = {row.kode: compiler.follow_up(row) for row in file.tindak_lanjut}
    by_place = {(MAIN, step.no): step for step in (*submit, *steps)}
    by_place |= {(row.kode, row.kode): row.step for row in follow_ups.values()}
    total, hari = file.waktu_total, file.hari or "kerja"
    totals = {route.kode: route.waktu_total.standard(hari) for route in file.jalur if route.waktu_total}
    whole = total.standard(hari) if total else None
    return Sop.model_construct(
        None,
        **_shared(file, SheetHead)
        | {
            "tersirat": (*file.tersirat, *(() if file.hari else ("hari",))),
            "total_dari": file.total_counted_from,
        },
        sha256=sha256(data).hexdigest(),
        text=data,
        waktu_total=whole,
        waktu_total_cetak=file.waktu_total_cetak or (whole.text if whole else None),
        total_jalur=MappingProxyType(totals),
        hari=hari,
        pelaksana=MappingProxyType(performers),
        **{
            block: MappingProxyType({row.kode: row for row in getattr(file, block)})
            for block in ("jalur", "pertanyaan", "masa", "persyaratan", "surat", "kumpulan")
        },
        aturan=file.aturan,
        langkah=steps,
        main=tuple(task for step in (*submit, *steps) for task in step.tasks),
        follow_ups=MappingProxyType(follow_ups),
        steps=MappingProxyType(by_place),
    )


def _window(row: TugasFile | StepFile) -> Window | None:
    """The days of the month of a task, where either end is written."""
    if row.dari_tanggal is None and row.sampai_tanggal is None:
        return None
    return Window(row.dari_tanggal or 1, row.sampai_tanggal or _LAST_OF_MONTH)


def _shared(block: BaseModel, base: type[BaseModel]) -> dict[str, Any]:
    """What a block and its resolved form have in common."""
    return {key: getattr(block, key) for key in base.model_fields}


class _Compiler:
    """Steps in their order: a letter's tasks take the letters of the draft before them when they name none."""

    def __init__(self, file: SopFile) -> None:
        self._hari: Literal["kerja", "kalender"] = file.hari or "kerja"
        self._routes = tuple(row.kode for row in file.jalur)
        self._inverse = file.tujuan == "nonaktif"
        self._letters = tuple(row.kode for row in file.surat)
        self._file = file
        self._columns = {row.kode: row for row in file.pelaksana}
        self._drafted: tuple[str, ...] = ()
        self._unsigned: dict[str, tuple[str, ...]] = {}
        self._made: dict[str, tuple[str, ...]] = {}
        self._counted: dict[str, int] = {}
        self._drafting: set[str] = set()
        self._landing = landings(file)
        printed = any(task.tugas == SUBMIT for step in file.langkah for task in step.tugas)
        self.offset = 0 if printed else 1

    def step(self, slot: str, position: int, no: str, row: StepFile) -> Step:
        """One step of a slot, its tasks numbered on from those before."""
        waktu = row.waktu
        shared = _shared(row, StepCells) | {"waktu_cetak": row.waktu_cetak or (waktu.text if waktu else None)}
        return Step.model_construct(
            **shared | {"kegiatan": row.kegiatan or no},
            no=no,
            waktu=waktu.standard(self._hari, row.ukuran) if waktu else None,
            tasks=tuple(self._task(slot, position, no, row, task) for task in row.tugas),
        )

    def follow_up(self, row: TindakLanjutFile) -> FollowUp:
        """A follow-up; its slot is its kode."""
        return FollowUp(
            row.kode,
            row.sesudah,
            row.untuk,
            self.step(row.kode, 0, row.kode, row),
            since_active=row.waktu_sejak == "aktif",
            reminders=tuple(sorted(row.ingatkan)),
        )

    def implicit_submit(self, performers: dict[str, Performer]) -> tuple[Step, ...]:
        """Langkah 0 of a sheet that prints no submit: the applicant's, recorded by staf."""
        if self.offset == 0:
            return ()
        kode = next((row.kode for row in performers.values() if row.pihak == "pemohon"), "pemohon")
        inferred = ("nama", "pihak", "pencatat")
        applicant = Performer(kode=kode, nama="Pemohon", pihak="pemohon", pencatat=_RECORDER, tersirat=inferred)
        performers.setdefault(kode, applicant)
        targets = MappingProxyType(resolve_targets(SUBMIT, MAIN, self._routes, {}))
        task = Task(MAIN, IMPLICIT_SUBMIT, SUBMIT, 0, (kode,), (), (), None, None, targets, None, 0)
        return (
            Step.model_construct(
                no=IMPLICIT_SUBMIT,
                kegiatan="Pemohon menyerahkan berkas",
                pelaksana=(kode,),
                tersirat=("no", "kegiatan", "tugas", "pelaksana"),
                waktu=None,
                tasks=(task,),
            ),
        )

    def _task(self, slot: str, position: int, no: str, step: StepFile, row: TugasFile) -> Task:
        index = self._counted.get(slot, self.offset if slot == MAIN else 0)
        self._counted[slot] = index + 1
        role, answered = TASKS[row.tugas].delivery, self._answerer(slot, step, row)
        own = TASKS[row.tugas].outcomes
        bila = {**{key: value for key, value in step.bila.items() if key in own or key in self._routes}, **row.bila}
        return Task(
            slot=slot,
            langkah=no,
            verb=row.tugas,
            index=index,
            pelaksana=row.pelaksana or step.pelaksana,
            # What a follow-up is for decides whether it opens; once it is open it is done to its end.
            untuk=tuple(frozenset(names) for names in (step.untuk if slot == MAIN else (), row.untuk) if names),
            surat=self._letters_of(slot, row.tugas, row.surat or step.surat),
            kepada=(addressee(self._file, step, row).kode or BPJS) if role == "sends" else None,
            kumpulan=row.kumpulan or step.kumpulan,
            targets=MappingProxyType(self._targets(row.tugas, slot, no, bila)),
            waktu=row.waktu.standard(self._hari, step.ukuran) if row.waktu else None,
            step_no=position,
            window=_window(row) or _window(step),
            dijawab_oleh=answered,
            sebutan=row.sebutan or step.sebutan,
            awaits=pihak_of(self._columns, answered) if answered and TASKS[row.tugas].clock == "outside" else None,
        )

    def _answerer(self, slot: str, step: StepFile, row: TugasFile) -> str | None:
        """Who answers a task, if a party outside does; BPJS where a stored sheet leaves it open."""
        kind = TASKS[row.tugas]
        named = answerer(self._file, slot, step, row).kode if is_answered(kind) else None
        return named or (BPJS if kind.delivery in ("answers", "compares") else None)

    def _targets(self, verb: str, slot: str, no: str, bila: Mapping[str, str]) -> dict[str, Target]:
        """Targets the engine can always go to.

        "konsep" with no draft before it is the same step again, and a step without tasks is the next that has some.
        """
        targets = resolve_targets(verb, slot, self._routes, bila, inverse=self._inverse)
        for outcome, target in targets.items():
            if target.kind == "konsep" and slot not in self._drafting:
                targets[outcome] = Target("langkah", no)
            elif target.langkah is not None:
                targets[outcome] = Target(target.kind, self._landing.get(target.langkah, target.langkah))
        if TASKS[verb].letters == "drafts":
            self._drafting.add(slot)
        return targets

    def _letters_of(self, slot: str, verb: str, named: tuple[str, ...]) -> tuple[str, ...]:
        """The letters of a task. One that names none takes those of its slot that are drafted and not signed yet.

        Handing over and filing take all of the slot; a slot without a draft takes those of the draft before it.
        """
        role = TASKS[verb].letters
        if role == "drafts":
            self._drafted = named or self._letters[:1]
            for waiting in (self._unsigned, self._made):
                waiting[slot] = tuple(dict.fromkeys((*waiting.get(slot, ()), *self._drafted)))
            return self._drafted
        if role is None:
            return named
        waiting = self._made if role in ("gives", "files") else self._unsigned
        letters = named or waiting.get(slot) or self._drafted or (self._letters if len(self._letters) == 1 else ())
        if role == "signs":
            self._unsigned[slot] = tuple(name for name in self._unsigned.get(slot, ()) if name not in letters)
        return letters
