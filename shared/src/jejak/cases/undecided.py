"""Whether BPJS still has to decide on a case. Pure."""

from dataclasses import replace

from jejak.cases.case import Case
from jejak.cases.positions import bpjs_stages, conditions_met
from jejak.procedure.model import Sop
from jejak.procedure.parties import is_of_bpjs
from jejak.procedure.task_words import task_at


def bpjs_decides_still(case: Case, sop: Sop) -> bool:
    """Whether a submission was sent to BPJS and it has not decided, by the ended tasks and the membership."""
    names = conditions_met(sop, case)
    of_bpjs = tuple(
        done
        for done in case.completed
        if is_of_bpjs(sop, task_at(sop, done.slot, done.langkah, done.tugas, done.oleh, names))
    )
    stages = bpjs_stages(replace(case, completed=of_bpjs))
    return "sent" in stages and "decided" not in stages and case.activated is None and case.deactivated is None
