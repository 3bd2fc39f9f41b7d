"""Who signs the letters of a case: the officials who may, and the one whom the draft names. Pure.

A letter is drafted for one signer, whose block and letterhead it shows from the first paraf on. Another who may sign as
well signs a draft of his own. Where the named signer no longer holds the post, the one who holds it now takes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jejak.cases.positions import conditions_met, letters_drafted
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Refused
from jejak.procedure.office.signing import signing_form, way_of_vacant
from jejak.procedure.office.vacancies import holders_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from jejak.cases.decision import LoadedCase
    from jejak.cases.engine import DueTask
    from jejak.procedure.model import Task
    from jejak.procedure.office.officials import Official


def signing_posts(loaded: LoadedCase, letter: str) -> tuple[str, ...]:
    """The posts that sign a letter of this case by the sheet; none for an unsigned letter.

    Of several tasks that sign it those of the case's own route, in the line that drafts it; else all. Who only
    acknowledges it (`mengetahui`) and signs in turn before the other has a block of his own.
    """
    signing = [who for task in _signing(loaded, letter) for who in task.pelaksana]
    beside = loaded.sop.surat[letter].mengetahui if letter in loaded.sop.surat else None
    performers = [loaded.sop.pelaksana[who] for who in [row for row in signing if row != beside] or signing]
    return tuple(dict.fromkeys(post for performer in performers for post in performer.jabatan))


def _signing(loaded: LoadedCase, letter: str) -> list[Task]:
    sop, names, slot = loaded.sop, conditions_met(loaded.sop, loaded.case), _drafting_slot(loaded, letter)
    signing = [
        task
        for task in sop.all_tasks()
        if TASKS[task.verb].letters == "signs" and (not task.surat or letter in task.surat)
    ]
    signing = [task for task in signing if task.applies(names)] or signing
    return [task for task in signing if task.slot == slot] or signing


def _drafting_slot(loaded: LoadedCase, letter: str) -> str | None:
    """The slot in which a letter is to be drafted now, else the one of its newest draft."""
    drafting = (due for due in loaded.due if TASKS[due.tugas].letters == "drafts")
    due = next((due for due in drafting if not due.task.surat or letter in due.task.surat), None)
    draft = loaded.case.drafts.get(letter)
    return due.slot if due else loaded.case.completed[draft.done - 1].slot if draft else None


def able_signers(loaded: LoadedCase, posts: Iterable[str], day: date) -> tuple[Official, ...]:
    """The officials who may sign for one of these posts on a day, for a case of this area; acting ones come first."""
    application = loaded.case.application
    return holders_of(loaded.office, posts, application.entry_office if application else loaded.case.office, day)


def signer_named(loaded: LoadedCase, letters: Iterable[str], able: Sequence[Official]) -> Official | None:
    """Of those who may sign, the one whom the draft of the first of these letters names, else the next."""
    chosen = [letter.signer for name in letters if (letter := loaded.case.letters.get(name)) and letter.signer]
    return next((row for who in chosen for row in able if (row.kode, row.jabatan) == (who.code, who.post)), None)


def signer_before(loaded: LoadedCase, letters: Iterable[str], able: Sequence[Official]) -> Official | None:
    """Of those who may sign, the one for whom these letters were drafted last, or those signed together with them."""
    signed = [name for letter in letters for task in _signing(loaded, letter) for name in (letter, *task.surat)]
    standing = letters_drafted(loaded.sop, loaded.case, dict.fromkeys(signed)) if signed else ()
    newest_first = sorted(standing, key=lambda name: loaded.case.drafts[name].count, reverse=True)
    return signer_named(loaded, newest_first, able)


def acknowledging(loaded: LoadedCase, letter: str, day: date) -> Official | None:
    """Who acknowledges a letter (`mengetahui`) on a day, for a case of this area; None where the sheet names none.

    Refused while nobody holds the post: the letter would promise a signature that nobody gives.
    """
    column = loaded.sop.surat[letter].mengetahui
    if column is None:
        return None
    posts = loaded.sop.pelaksana[column].jabatan
    if official := next(iter(able_signers(loaded, posts, day)), None):
        return official
    names = " atau ".join(loaded.office.post_name(post) for post in posts)
    raise Refused(
        "mengetahui_kosong",
        f"Surat ini perlu diketahui {names}, dan jabatan itu tidak ada pejabatnya hari ini. Lengkapi berkas kantornya.",
    )


def expected_signer(loaded: LoadedCase, letters: Iterable[str], posts: Iterable[str], day: date) -> Official | None:
    """Whom the paper names on this day: the draft's signer, else the first who may sign; None for a vacant post."""
    able = able_signers(loaded, posts, day)
    return signer_named(loaded, letters, able) or next(iter(able), None)


def signer_words(loaded: LoadedCase, letter: str) -> str | None:
    """Name and post of the official whom a draft names today; None while nobody holds the post."""
    day = loaded.today.date()
    signer = expected_signer(loaded, [letter], signing_posts(loaded, letter), day)
    return official_words(loaded, signer, day) if signer else None


def official_words(loaded: LoadedCase, official: Official, day: date) -> str:
    """A signer as forms name him: "Contoh Sekretaris, Plt. Kepala Dinas"."""
    acting = f"{official.sebagai} " if official.sebagai else ""
    return f"{official.nama}, {acting}{signing_form(loaded.office, official, day).jabatan}"


def signs_by_pen(loaded: LoadedCase, due: DueTask) -> bool:
    """Whether the signature that is due is made by pen, by the way of the one who signs."""
    day, posts = loaded.today.date(), loaded.sop.pelaksana[due.who].jabatan
    signer = expected_signer(loaded, _letters(loaded, due), posts, day)
    way = signing_form(loaded.office, signer, day).way if signer else way_of_vacant(loaded.office, posts)
    return way == "basah"


def _letters(loaded: LoadedCase, due: DueTask) -> tuple[str, ...]:
    return letters_drafted(loaded.sop, loaded.case, due.task.surat)
