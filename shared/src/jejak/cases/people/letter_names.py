"""What people call a letter of a case: never its code. Pure."""

from jejak.cases.case import Case
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.procedure.letter import refused_name
from jejak.procedure.model import Sop

_NO = ("tolak", "kembalikan")


def letter_name(sop: Sop, case: Case, kode: str) -> str:
    """The name of a letter within a sentence: the sheet's own, else by its kind.

    A letter of any kind that is drafted after the case was refused or returned is a letter of refusal.
    """
    draft = case.drafts.get(kode)
    ended_with_no = case.ending is not None and case.ending.kind in _NO
    return _named(sop, kode, refuses=ended_with_no and draft is not None and _says_no(sop, case, kode, draft.content))


def _says_no(sop: Sop, case: Case, kode: str, content: e.LetterContent | e.Forgotten) -> bool:
    """Whether the draft of a case that ended with no is its refusal: of a forgotten one the line shows it."""
    if isinstance(content, e.LetterContent):
        return bool(content.refusal)
    after = {slot for slot, follow_up in sop.follow_ups.items() if follow_up.sesudah in _NO}
    done = {(ended.slot, ended.langkah, ended.tugas) for ended in case.completed if ended.slot in after}
    tasks = (task for slot in after for task in sop.tasks(slot) if TASKS[task.verb].letters == "drafts")
    return any(kode in task.surat and (task.slot, task.langkah, task.verb) in done for task in tasks)


def name_in_line(sop: Sop, kode: str, slot: str) -> str:
    """The name of a letter that is drafted and signed in a line of the sheet, where the case is not at hand."""
    follow_up = sop.follow_ups.get(slot)
    return _named(sop, kode, refuses=follow_up is not None and follow_up.sesudah in _NO)


def _named(sop: Sop, kode: str, *, refuses: bool) -> str:
    letter = sop.surat.get(kode)
    if letter is None:
        return "surat"
    return refused_name(letter) if refuses else letter.disebut


def numbered(sop: Sop, case: Case, kode: str) -> str:
    """A letter by name and number: "surat rekomendasi nomor 460/1/DINSOS/2022"."""
    return f"{letter_name(sop, case, kode)} nomor {case.letters[kode].number}"


def sentence(words: str) -> str:
    """Words that begin a sentence."""
    return words[:1].upper() + words[1:]
