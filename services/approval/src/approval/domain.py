"""The decisions of approval: dispositions, reviews and parafs. Pure."""

from collections.abc import Collection

from jejak.cases.case import Case
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.platform.errors import Refused


def disposition_given(hasil: str, act: e.Act) -> Decision:
    """The head sends a file down with an instruction, or refuses it with a reason."""
    if hasil == "tolak":
        return Decision(e.CaseRefused(note=act.note, evidence=act.evidence), hasil)
    return Decision(e.DispositionGiven(note=act.note, evidence=act.evidence), hasil)


def draft_reviewed(verb: str, hasil: str, case: Case, act: e.Act, letters: Collection[str] = ()) -> Decision:
    """A review or an approval: yes, back to the drafter with a reason, or no with a reason. `letters`: of the task."""
    newest = case.draft_of(letters)
    draft = newest.count if newest else None
    match hasil:
        case "perbaiki":
            return corrected(act)
        case "tolak":
            return Decision(e.CaseRefused(note=act.note, evidence=act.evidence), hasil)
        case _ if verb == "review":
            return Decision(e.DraftReviewed(draft=draft, note=act.note, evidence=act.evidence), hasil)
        case _:
            return Decision(e.ApplicationApproved(draft=draft, note=act.note, evidence=act.evidence), hasil)


def paraf_given(hasil: str, case: Case, act: e.Act, letters: Collection[str] = ()) -> Decision:
    """A paraf on the newest draft of the task's letters, or the draft sent back with what is wrong.

    Refused while there is no draft.
    """
    draft = case.draft_of(letters)
    if draft is None:
        raise Refused("belum_ada_konsep", "Belum ada konsep surat untuk diparaf.")
    match hasil:
        case "paraf":
            return Decision(e.ParafGiven(draft=draft.count, note=act.note, evidence=act.evidence), hasil)
        case "perbaiki":
            return corrected(act)
        case _:
            raise Refused("hanya_mesin", "Paraf hanya dilewati oleh sistem, bila pemaraf juga penanda tangan.")


def corrected(act: e.Act) -> Decision:
    """Back to the drafter; the number stays, parafs and signatures are void."""
    return Decision(e.CorrectionRequested(note=act.note, evidence=act.evidence), "perbaiki")
