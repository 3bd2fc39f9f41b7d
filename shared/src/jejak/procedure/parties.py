"""The parties of a procedure: whose clock runs, to whom an application goes, who answers, and what each is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from jejak.contracts.tasks import TASKS
from jejak.timekeeping.timing_rules import OFFICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.contracts.task_kinds import TaskKind
    from jejak.procedure.format.file import SopFile, StepFile, TugasFile
    from jejak.procedure.model import Performer, Sop, Task

BPJS: Final = "bpjs"


@dataclass(frozen=True, slots=True)
class Party:
    """What a party is called within a sentence, and by its full name."""

    words: str
    full: str
    single: bool = False
    """One institution, called the same on every sheet; of others (a province, a hospital) a sheet names its own."""


PARTIES: Final[Mapping[str, Party]] = MappingProxyType(
    {
        OFFICE: Party("dinas", "dinas"),
        "pemohon": Party("pemohon", "pemohon"),
        "kelurahan": Party("kelurahan", "kelurahan"),
        "kecamatan": Party("kecamatan", "kecamatan"),
        BPJS: Party("BPJS", "BPJS Kesehatan", single=True),
        "kemensos": Party("Kemensos", "Kementerian Sosial", single=True),
        "dukcapil": Party("Dukcapil", "Dukcapil", single=True),
        "provinsi": Party("provinsi", "pemerintah provinsi"),
        "faskes": Party("faskes", "fasilitas kesehatan"),
    }
)
"""Whose clocks are known."""
NEAR: Final = frozenset({"dinas", "pemohon", "kelurahan", "kecamatan"})
"""Parties at which a case is handled; every other decides on what was sent to it."""
OUTSIDE: Final = tuple(kode for kode in PARTIES if kode not in NEAR)


def pihak_of(pelaksana: Mapping[str, Performer], kode: str) -> str:
    """The party behind a name of a sheet: a column's own, or the name of a party itself."""
    performer = pelaksana.get(kode)
    return performer.pihak if performer is not None and kode not in OUTSIDE else kode


def party_of(pelaksana: Mapping[str, Performer], kode: str) -> Party:
    """What a sheet calls a party to which it sends, or that answers: an institution, else the column as printed."""
    known, performer = PARTIES.get(pihak_of(pelaksana, kode)), pelaksana.get(kode)
    if performer is not None and not (known and known.single):
        return Party(performer.nama, performer.nama)
    return known or Party(kode, kode)


@dataclass(frozen=True, slots=True)
class Named:
    """The party of a task, and why where the sheet does not name it; no party where it has to be asked."""

    kode: str | None
    inferred: str | None = None


def owner_of(sop: Sop, task: Task, verb: str, who: str) -> str:
    """Whose clock runs while a task is due: its performer's.

    Where the office only records what a party outside answers, that party's: waiting is no delay of the office.
    """
    own = sop.pelaksana[who].pihak
    return task.awaits if task.awaits and verb == task.verb and own == OFFICE else own


def is_of_bpjs(sop: Sop, task: Task | None) -> bool:
    """Whether a task is about BPJS, and not about another party that the sheet names."""
    return task is None or task.party is None or pihak_of(sop.pelaksana, task.party) == BPJS


def is_answered(kind: TaskKind) -> bool:
    """Whether a party outside answers such a task."""
    return kind.delivery in ("answers", "compares") or (kind.clock == "outside" and kind.service == "bpjs_sync")


def addressee(file: SopFile, step: StepFile, task: TugasFile) -> Named:
    """To whom a task sends: as written, else to the only outside party of the sheet."""
    return Named(kode) if (kode := task.kepada or step.kepada) else _only(_outside(file), _ALONE)


def answerer(file: SopFile, slot: str, step: StepFile, task: TugasFile) -> Named:
    """Who answers a task: as written, else its outside performer, else the party to which the sheet sends.

    The line that waits for the answer sends itself, or the sheet does elsewhere. A membership is BPJS's own: another
    party tells of it only where the sheet names it.
    """
    if kode := task.dijawab_oleh or step.dijawab_oleh:
        return Named(kode)
    parties = _outside(file)
    if own := next((kode for kode in task.pelaksana or step.pelaksana if kode in parties), None):
        return Named(own)
    if TASKS[task.tugas].delivery not in ("answers", "compares"):
        return Named(None)
    sent = list(_sent_to(file))
    beside = [kode for line, kode in sent if line == slot] or [kode for _, kode in sent]
    columns = {row.kode: row for row in file.pelaksana}
    addressees = {pihak_of(columns, kode): kode for kode in beside}
    if addressees:
        return _only(tuple(addressees.values()), "tidak tertulis; kepadanyalah berkas dikirim")
    return _only(parties, _ALONE)


_ALONE: Final = "tidak tertulis; satu-satunya pihak luar pada lembar"


def _only(parties: tuple[str, ...], why: str) -> Named:
    return Named(parties[0], why) if len(parties) == 1 else Named(None)


def _outside(file: SopFile) -> tuple[str, ...]:
    """The columns of outside parties, each party once, in their order."""
    columns = {row.kode: row for row in file.pelaksana}
    parties: dict[str, str] = {}
    for kode in columns:
        if (pihak := pihak_of(columns, kode)) not in NEAR:
            parties.setdefault(pihak, kode)
    return tuple(parties.values())


def _sent_to(file: SopFile) -> Iterator[tuple[str, str]]:
    """Every task that sends: its line, and to whom."""
    for block, _, step in file.steps():
        for task in step.tugas:
            if task.tugas in TASKS and TASKS[task.tugas].delivery == "sends":
                named = addressee(file, step, task)
                if named.kode is not None:
                    yield slot_of(block, step), named.kode


def slot_of(block: str, step: StepFile) -> str:
    """The line of a step of the file."""
    return "main" if block == "langkah" else step.known_as
