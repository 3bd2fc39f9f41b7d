"""The officials among whom a form lets its reader choose a signer. Pure."""

from collections.abc import Iterable

from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.cases.people.signers import able_signers, official_words, signer_before, signer_named, signing_posts
from jejak.cases.positions import letters_drafted
from jejak.contracts.task_bodies import Choices
from jejak.procedure.office.officials import Official


def signers(loaded: LoadedCase, due: DueTask) -> Choices:
    """Whom the draft names, the others who may sign today, then all who ever held the post: recorded late, perhaps."""
    posts, day = loaded.sop.pelaksana[due.who].jabatan, loaded.today.date()
    today = able_signers(loaded, posts, day)
    letters = letters_drafted(loaded.sop, loaded.case, due.task.surat)
    first = signer_named(loaded, letters, today)
    ever = [official for official in loaded.office.pejabat if official.jabatan in posts]
    return tuple(_named(loaded, (*([first] if first else []), *today, *ever)).items())


def candidates(loaded: LoadedCase, due: DueTask) -> Choices:
    """The officials who may sign the letters of a draft today, whom the draft before named first."""
    letters = due.task.surat or tuple(loaded.sop.surat)
    posts = dict.fromkeys(post for name in letters for post in signing_posts(loaded, name))
    able = able_signers(loaded, posts, loaded.today.date())
    first = signer_before(loaded, letters, able)
    return tuple(_named(loaded, (*([first] if first else []), *able)).items())


def _named(loaded: LoadedCase, officials: Iterable[Official]) -> dict[str, str]:
    """By code: name and post, each official once."""
    named: dict[str, str] = {}
    for holder in officials:
        named.setdefault(holder.kode, official_words(loaded, holder, loaded.today.date()))
    return named
