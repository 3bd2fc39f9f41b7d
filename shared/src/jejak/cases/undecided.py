"""Whether BPJS still has to decide on a case. Pure."""

from dataclasses import replace

from jejak.cases.case import Case
from jejak.cases.positions import bpjs_stages
from jejak.procedure.model import Sop
from jejak.procedure.parties import BPJS, pihak_of
from jejak.procedure.task_words import task_at


def bpjs_decides_still(case: Case, sop: Sop) -> bool:
    """Whether a submission was sent to BPJS and it has not decided, by the ended tasks and the membership."""
    of_bpjs = tuple(done for done in case.trail if concerns_bpjs(sop, done.slot, done.langkah, done.tugas, done.oleh))
    stages = bpjs_stages(replace(case, trail=of_bpjs))
    return "sent" in stages and "decided" not in stages and case.activated is None and case.deactivated is None


def concerns_bpjs(sop: Sop, slot: str | None, langkah: str | None, verb: str | None, who: str | None) -> bool:
    """Whether a task is about BPJS, and not about another party that the sheet names."""
    task = task_at(sop, slot, langkah, verb, who)
    return task is None or task.party is None or pihak_of(sop.pelaksana, task.party) == BPJS
