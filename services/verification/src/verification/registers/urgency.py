"""Whom of a list a sheet serves, as far as registers tell, and who comes first. Pure.

For the thousands whom one SK deactivates: before anyone applies, an office learns who is urgent, who is served once the
counter has asked, and for whom an official has to look. The rules are those of the sheet, judged as in a case.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from jejak.cases.case import Application, Case
from jejak.cases.engine import is_urgent
from jejak.contracts import events as e
from jejak.messaging.task_runner import Undecided
from jejak.procedure.meanings import Words, put_off_words
from jejak.procedure.model import Rule, Sop
from jejak.procedure.office.vocabularies import spelt
from jejak.timekeeping.regions import local_day
from verification import domain
from verification.registers.agreement import StatedMember, check_members, check_readable, listing_of
from verification.registers.lookup import Answering, RegisterAnswers, words_of_list


class Group(IntEnum):
    """The groups of a list, in the order in which an office works."""

    URGENT = 0
    URGENT_OPEN = 1
    SERVED = 2
    TO_ASK = 3
    OPEN = 4
    ACTIVE = 5
    UNSERVED = 6
    WRONG = 7


GROUP_WORDS: Final[Mapping[Group, str]] = {
    Group.URGENT: "mendesak",
    Group.URGENT_OPEN: "mendesak, diperiksa petugas",
    Group.SERVED: "memenuhi syarat",
    Group.TO_ASK: "tanyakan di loket",
    Group.OPEN: "diperiksa petugas",
    Group.ACTIVE: "masih aktif",
    Group.UNSERVED: "tidak memenuhi syarat",
    Group.WRONG: "baris salah",
}
_NOBODY: Final = UUID(int=0)
_BY_OFFICIAL: Final = "dinilai petugas"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet by which a list is ordered, on the day it would be received, and the registers it names."""

    sop: Sop
    at: datetime
    words: Words
    answering: Mapping[str, Answering]
    office: str

    def words_of(self, answering: Answering) -> Words:
        """The words for one list; a province's list has words of its own."""
        return words_of_list(self.words, self.office, answering.office)


def group_of(sheet: Sheet, answers: RegisterAnswers, need: str | None) -> tuple[Group, str]:
    """The group of a person by the registers and by the need that the list states, and why; no personal data."""
    held = _held(sheet.sop, need)
    urgent = held is not None and is_urgent(sheet.sop, held)
    if held is None:
        return Group.OPEN, f"kebutuhan «{need}» tidak dikenal"
    try:
        case = _known(sheet, answers, held)
    except Undecided as reason:
        return (Group.URGENT_OPEN if urgent else Group.OPEN), put_off_words(reason.shown) or reason.shown
    active = case.membership is not None and case.membership.active
    if active and not sheet.sop.inverse:
        return Group.ACTIVE, "kepesertaan masih aktif"
    if sheet.sop.inverse and case.membership is not None and not active:
        return (Group.URGENT_OPEN if urgent else Group.OPEN), "kepesertaan sudah nonaktif"
    return _judged(sheet, case, held | sheet.sop.periods_on(local_day(sheet.at, sheet.sop.dinas)), urgent=urgent)


def _held(sop: Sop, need: str | None) -> frozenset[str] | None:
    """The answer that the list's word gives to a question of the sheet; None for a word that is no answer."""
    if not need:
        return frozenset()
    word = spelt(need.replace("_", " "))
    names = (name for question in sop.pertanyaan.values() for name in question.names)
    return frozenset(name for name in names if spelt(name.replace("_", " ")) == word) or None


def _known(sheet: Sheet, answers: RegisterAnswers, held: frozenset[str]) -> Case:
    """What the registers know of a person, as a case has it. Undecided as in a case."""
    listings = []
    for name in sheet.sop.daftar:
        rows = [entry for entry in answers.listed if entry.source.register == name]
        check_readable((row for row in answers.unread if row.source.register == name), rows)
        listing, _ = listing_of(name, sheet.answering[name], rows, sheet.words_of(sheet.answering[name]))
        listings.append(listing)
    members = [StatedMember(member, sheet.words_of(member.source)) for member in answers.members]
    check_members(members, to_end=sheet.sop.inverse)
    return Case(
        id=_NOBODY,
        office=sheet.office,
        sop=sheet.sop.sha256,
        application=Application(sheet.sop.layanan, tuple(held), sheet.office, sheet.at, None),
        listings=tuple(listings),
        membership=_membership(members),
    )


def _membership(members: Sequence[StatedMember]) -> e.Membership | None:
    """By the newest list; active where any of them says so."""
    newest = max(members, key=lambda member: member.row.source.as_of, default=None)
    if newest is None:
        return None
    return e.Membership(
        active=any(member.active for member in members),
        deactivated_on=newest.row.deactivated_on,
        deactivations=newest.row.deactivations,
    )


def _judged(sheet: Sheet, case: Case, held: frozenset[str], *, urgent: bool) -> tuple[Group, str]:
    """By the rules that registers can meet: as answered so far, then as if the counter heard the right answers.

    Nobody is refused whom a rule may serve that hangs on an answer or on an outcome of the case, nor where no rule
    judges: an official does then, as in a case.
    """
    day, open_group = local_day(sheet.at, sheet.sop.dinas), Group.URGENT_OPEN if urgent else Group.OPEN
    concerning = sheet.sop.rules_for(held)
    rules = [rule for rule in concerning if not _only_asked(rule) or not held.isdisjoint(rule.jawaban)]
    questions = sheet.sop.pertanyaan.values()
    unasked = {name for question in questions if held.isdisjoint(question.names) for name in question.names}
    unknown = domain.unknown_keys(case)
    for answers, group in ((held, Group.URGENT if urgent else Group.SERVED), (held | unasked, Group.TO_ASK)):
        answered = _answered(case, answers)
        against = [domain.unmet_reasons(rule, answered, day) for rule in rules]
        if met := next((rule for rule, reasons in zip(rules, against, strict=True) if not reasons), None):
            return group, met.nama
        for reasons in against:
            if {reason.key for reason in reasons} <= unknown:
                return open_group, " ".join(reason.text for reason in reasons)
    settled = sheet.sop.masa.keys() | {name for question in questions for name in question.names} - unasked
    asked = _answered(case, held | unasked)
    left_out = [rule for rule in sheet.sop.aturan if rule not in rules and not _is_settled(rule, held, settled)]
    for rule in left_out:
        reasons = domain.unmet_reasons(rule, asked, day)
        if {reason.key for reason in reasons} <= unknown:
            only_asks = not reasons and (not rule.untuk or not (held | unasked).isdisjoint(rule.untuk))
            return (Group.TO_ASK, rule.nama) if only_asks else (open_group, f"{_BY_OFFICIAL}: {rule.nama}")
    if not concerning:
        return open_group, _BY_OFFICIAL
    texts = (reason.text for rule in concerning for reason in domain.unmet_reasons(rule, asked, day))
    return Group.UNSERVED, " ".join(dict.fromkeys(texts))


def _answered(case: Case, answers: Iterable[str]) -> Case:
    """The case as if the counter had heard these answers."""
    application = replace(case.application, answers=tuple(answers)) if case.application else None
    return replace(case, application=application)


def _is_settled(rule: Rule, held: frozenset[str], settled: AbstractSet[str]) -> bool:
    """Whether a rule concerns other people only: those who answered otherwise, or applied in another period."""
    return bool(rule.untuk) and held.isdisjoint(rule.untuk) and set(rule.untuk) <= settled


def _only_asked(rule: Rule) -> bool:
    """Whether a rule asks nothing that a register or a list could tell."""
    told = (rule.salah_satu, rule.terdaftar_di_semua, rule.tidak_terdaftar_di, rule.desil)
    limits = (rule.nonaktif_paling_lama, rule.nonaktif_paling_banyak)
    return bool(rule.jawaban) and not any(told) and all(limit is None for limit in limits)
