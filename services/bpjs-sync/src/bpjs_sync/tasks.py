"""The automatic task of bpjs-sync: whether a membership is as the sheet asks, by the newest imported lists."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from bpjs_sync import domain
from bpjs_sync.memberlists import MemberLists
from jejak.cases.decision import Decision
from jejak.contracts import events as e
from jejak.contracts.memberlists import MOST_PEOPLE, MemberList, MemberRow
from jejak.messaging.task_runner import Answer, DueWork, Unavailable, Undecided, nik_of
from jejak.procedure.meanings import Words

_NOT_YET: Final = (e.MembershipNotYetActive, e.MembershipNotYetDeactivated)


async def statuses(member_lists: MemberLists, works: Sequence[DueWork]) -> list[Answer]:
    """What the membership lists say of each case; one query for up to `MOST_PEOPLE` people of an office."""
    answers: dict[object, Answer] = {}
    by_office: dict[str, list[tuple[DueWork, str]]] = defaultdict(list)
    for work in works:
        try:
            by_office[work.opened.office.kode].append((work, _nik(work)))
        except Unavailable as reason:
            answers[work.opened.case.id] = reason
    for office, group in by_office.items():
        for part in itertools.batched(group, MOST_PEOPLE):
            listed = await member_lists.look_up(office, [nik for _, nik in part])
            for (work, _), rows in zip(part, listed.rows, strict=True):
                answers[work.opened.case.id] = _answer(work, listed.lists, rows)
    return [answers[work.opened.case.id] for work in works]


def _nik(work: DueWork) -> str:
    """The NIK of the participant. Unavailable once it is destroyed, and for a newborn, who has none yet."""
    people = work.opened.case.people
    if people is None:
        raise Unavailable("data_pribadi_dimusnahkan")
    return nik_of(people.subject)


def _answer(work: DueWork, lists: Sequence[MemberList], listed: Sequence[MemberRow]) -> Answer:
    """As `status_of`, with the reason where a case has no status: the other cases are not looked up again for it."""
    try:
        return status_of(work, lists, listed)
    except Unavailable as reason:
        return reason


def status_of(work: DueWork, lists: Sequence[MemberList], listed: Sequence[MemberRow]) -> Decision | None:
    """What lists made since the submission say; an unchanged "not yet" appends nothing.

    A row counts from its own list's day. The source is the newest list that names the participant, else the newest.
    """
    if not lists:
        raise Unavailable("daftar_kepesertaan_belum_diimpor")
    loaded, due = work.opened, work.due
    due_since = loaded.office.calendar.local(due.since).date()
    rows = [row for row in listed if row.source.as_of >= due_since]
    answering = max((row.source for row in rows) if rows else lists, key=lambda source: source.as_of)
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    for row in rows:
        if row.fault is not None:
            raise Undecided("baris", row.fault)
    stated = [(row, loaded.office.kata.of_list(own=row.source.own)) for row in rows]
    status = (_ended if loaded.sop.inverse else _active)(stated, answering)
    decision = domain.status_confirmed(loaded.sop, loaded.case, status, source, e.Act(), loaded.today.date())
    return None if decision.hasil == "belum" and _is_recorded(work, source) else decision


type _Stated = Sequence[tuple[MemberRow, Words]]
"""Rows, each with the words by which its list is read."""


def _active(members: _Stated, answering: MemberList) -> domain.ObservedStatus:
    """Active where the rows say so. Rows that contradict each other are judged by a person.

    So is an active membership in a segment that is not state-paid: no proposal of the office led to it.
    """
    for row, words in members:
        _check_word(words.open_word(row.status, row.segment, row.deactivated_on, row.source.as_of))
    statuses = {row.status or "kosong": words.active(row.status, row.deactivated_on) for row, words in members}
    if len(set(statuses.values())) > 1:
        raise Undecided("status", " / ".join(statuses))
    active = any(statuses.values())
    if active and (others := [row.segment for row, words in members if not words.state_paid(row.segment)]):
        raise Undecided("segmen", others[0])
    return domain.ObservedStatus(active, answering.as_of if active else None, _word(members))


def _ended(members: _Stated, answering: MemberList) -> domain.ObservedStatus:
    """Ended once a list names the participant, and none as an active state-paid member.

    A list that does not name the participant proves nothing: it may be of other people.
    """
    may_be_paid = [(row, words) for row, words in members if words.state_paid(row.segment) is not False]
    for row, words in may_be_paid:
        _check_word(words.open_word(row.status, row.segment, row.deactivated_on, row.source.as_of))
    if not members or any(words.active(row.status, row.deactivated_on) for row, words in may_be_paid):
        return domain.ObservedStatus(active=True, word=_word(may_be_paid))
    since = max((row.deactivated_on or row.source.as_of for row, _ in may_be_paid), default=answering.as_of)
    return domain.ObservedStatus(active=False, since=since, word=_word(may_be_paid))


def _word(members: _Stated) -> str | None:
    """The status of the newest list that names the participant, in its own word where that is listed."""
    newest = max(members, key=lambda stated: stated[0].source.as_of, default=None)
    return newest[1].listed_status(newest[0].status) if newest else None


def _check_word(unknown: tuple[str, str | None] | None) -> None:
    if unknown is not None:
        raise Undecided(*unknown)


def _is_recorded(work: DueWork, source: e.Source) -> bool:
    sources = [event.data.source for event in work.opened.history if isinstance(event.data, _NOT_YET)]
    return sources[-1:] == [source]
