"""The automatic task of bpjs-sync: look in the newest imported membership list whether it is as the sheet asks."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from bpjs_sync import domain
from jejak.contracts import events as e
from jejak.decision import Decided
from jejak.loop import Automatic, Unavailable, Undecided, Work
from jejak.meanings import Words
from jejak.registers import Answering, Found, Kind, LookUp, Member, lookup
from jejak.runtime import Runtime

_NOT_YET: Final = (e.MembershipNotYetActive, e.MembershipNotYetDeactivated)


def automatic(runtime: Runtime) -> dict[str, Automatic]:
    """What the task loop runs for this service."""

    async def status(works: Sequence[Work]) -> list[Decided | None]:
        by_office: dict[str, list[Work]] = defaultdict(list)
        for work in works:
            by_office[work.opened.office.kode].append(work)
        answers: dict[object, Decided | None] = {}
        async with runtime.store.pool.acquire() as connection:
            for office, group in by_office.items():
                niks = {work.opened.case.id: _nik(work) for work in group}
                looked = await lookup(connection, runtime.register_keys, office, list(niks.values()), [Kind.MEMBERS])
                answers |= {work.opened.case.id: status_of(work, looked, looked.found[_nik(work)]) for work in group}
        return [answers[work.opened.case.id] for work in works]

    return {"confirm_status": Automatic(status)}


def _nik(work: Work) -> str:
    application = work.opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        raise Unavailable("data_pribadi_dimusnahkan")
    return application.people.subject.nik


def status_of(work: Work, looked: LookUp, found: Found) -> Decided | None:
    """What a list made since the submission says; an unchanged "not yet" appends nothing."""
    if not looked.answering:
        raise Unavailable("daftar_kepesertaan_belum_diimpor")
    opened, due = work.opened, work.due
    answering = next(iter(looked.answering.values()))
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    asked_since = opened.office.calendar.local(due.since).date()
    looked_at = found.members if answering.as_of >= asked_since else ()
    judged = _ended if opened.sop.inverse else _active
    standing = judged(looked_at, answering, opened.office.kata)
    decided = domain.confirmed(opened.sop, opened.case, standing, source, e.Act(), opened.today.date())
    return None if decided.hasil == "belum" and _already_said(work, source) else decided


def _active(members: Sequence[Member], answering: Answering, words: Words) -> domain.Standing:
    """Active where a row says so. A word that says neither yes nor no is a person's to judge."""
    if any(words.active(one.status, one.deactivated_on) for one in members):
        return domain.Standing(active=True, since=answering.as_of)
    _check_words(members, words)
    return domain.Standing(active=False)


def _ended(members: Sequence[Member], answering: Answering, words: Words) -> domain.Standing:
    """Ended once the list names him, and nowhere as a state-paid member who is active.

    A list that does not name him proves nothing: it may be of other people.
    """
    may_be_paid = [one for one in members if words.state_paid(one.segment) is not False]
    if any(words.active(one.status, one.deactivated_on) and words.state_paid(one.segment) for one in may_be_paid):
        return domain.Standing(active=True)
    _check_words(may_be_paid, words)
    since = max((one.deactivated_on or answering.as_of for one in may_be_paid), default=answering.as_of)
    off = members and since <= answering.as_of
    return domain.Standing(active=False, since=since) if off else domain.Standing(active=True)


def _check_words(members: Sequence[Member], words: Words) -> None:
    """Undecided for a status that is for neither, and for an active one in a segment that nobody knows."""
    for one in members:
        active = words.active(one.status, one.deactivated_on)
        if active is None:
            raise Undecided("status", one.status)
        if active and words.state_paid(one.segment) is None:
            raise Undecided("segmen", one.segment)


def _already_said(work: Work, source: e.Source) -> bool:
    said = [one.data for one in work.opened.history if isinstance(one.data, _NOT_YET)]
    return bool(said) and said[-1].source == source
