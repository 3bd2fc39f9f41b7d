"""Whether BPJS still has to decide on a case. Pure."""

from jejak.cases.case import Case
from jejak.cases.positions import bpjs_stages


def bpjs_decides_still(case: Case) -> bool:
    """Whether a submission was sent and has not been decided, by the ended tasks and the membership."""
    stages = bpjs_stages(case)
    return "sent" in stages and "decided" not in stages and case.activated is None and case.deactivated is None
