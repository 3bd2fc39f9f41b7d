"""The automatic task of bpjs-sync: see in the newest imported membership list whether it is as the sheet asks."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from bpjs_sync import domain
from bpjs_sync.memberlists import MemberLists
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.memberlists import MOST_PEOPLE, MemberList, MemberRow
from jejak.messaging.task_runner import Answer, DueWork, Unavailable, Undecided
from jejak.procedure.meanings import Words

_NOT_YET: Final = (e.MembershipNotYetActive, e.MembershipNotYetDeactivated)


async def statuses(member_lists: MemberLists, works: Sequence[DueWork]) -> list[Answer]:
    """What the membership lists say of each case; one question for up to 500 of an office."""
    answers: dict[object, Answer] = {}
    by_office: dict[str, list[tuple[DueWork, str]]] = defaultdict(list)
    for work in works:
        if (nik := _nik(work)) is None:
            answers[work.opened.case.id] = Unavailable("data_pribadi_dimusnahkan")
        else:
            by_office[work.opened.office.kode].append((work, nik))
    for office, group in by_office.items():
        for part in itertools.batched(group, MOST_PEOPLE):
            listed = await member_lists.look_up(office, [nik for _, nik in part])
            for (work, _), rows in zip(part, listed.rows, strict=True):
                answers[work.opened.case.id] = _answer(work, listed.lists, rows)
    return [answers[work.opened.case.id] for work in works]


def _nik(work: DueWork) -> str | None:
    """None once it is destroyed."""
    application = work.opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        return None
    return application.people.subject.nik


def _answer(work: DueWork, lists: Sequence[MemberList], listed: Sequence[MemberRow]) -> Answer:
    """As `status_of`; what says nothing of one case asks for no other again."""
    try:
        return status_of(work, lists, listed)
    except Unavailable as reason:
        return reason


def status_of(work: DueWork, lists: Sequence[MemberList], listed: Sequence[MemberRow]) -> Decision | None:
    """What lists made since the submission say; an unchanged "not yet" appends nothing.

    A row is of its own list's day. The newest list that names him is the source, else the newest of all.
    """
    if not lists:
        raise Unavailable("daftar_kepesertaan_belum_diimpor")
    opened, due = work.opened, work.due
    asked_since = opened.office.calendar.local(due.since).date()
    rows = [one for one in listed if one.source.as_of >= asked_since]
    answering = max((one.source for one in rows) if rows else lists, key=lambda one: one.as_of)
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    judged = _ended if opened.sop.inverse else _active
    standing = judged(rows, answering, opened.office.kata)
    decided = domain.status_confirmed(opened.sop, opened.case, standing, source, e.Act(), opened.today.date())
    return None if decided.hasil == "belum" and _already_said(work, source) else decided


def _active(members: Sequence[MemberRow], answering: MemberList, words: Words) -> domain.ObservedStatus:
    """Active where the rows say so, whoever pays. Rows that contradict each other are a person's to judge."""
    for one in members:
        _check_word(words.open_word(one.status, None, one.deactivated_on, one.source.as_of))
    said = {one.status or "kosong": words.active(one.status, one.deactivated_on) for one in members}
    if len(set(said.values())) > 1:
        raise Undecided("status", " / ".join(said))
    return (
        domain.ObservedStatus(active=True, since=answering.as_of)
        if any(said.values())
        else domain.ObservedStatus(active=False)
    )


def _ended(members: Sequence[MemberRow], answering: MemberList, words: Words) -> domain.ObservedStatus:
    """Ended once a list names him, and none as a state-paid member who is active.

    A list that does not name him proves nothing: it may be of other people.
    """
    may_be_paid = [one for one in members if words.state_paid(one.segment) is not False]
    for one in may_be_paid:
        _check_word(words.open_word(one.status, one.segment, one.deactivated_on, one.source.as_of))
    if not members or any(words.active(one.status, one.deactivated_on) for one in may_be_paid):
        return domain.ObservedStatus(active=True)
    since = max((one.deactivated_on or one.source.as_of for one in may_be_paid), default=answering.as_of)
    return domain.ObservedStatus(active=False, since=since)


def _check_word(left_open: tuple[str, str | None] | None) -> None:
    if left_open is not None:
        raise Undecided(*left_open)


def _already_said(work: DueWork, source: e.Source) -> bool:
    said = [one.data for one in work.opened.history if isinstance(one.data, _NOT_YET)]
    return bool(said) and said[-1].source == source
