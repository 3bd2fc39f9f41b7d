"""The automatic tasks of verification: look-ups of many cases in imported registers, and the sheet's rules."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from jejak.cases import engine
from jejak.cases.decision import Decision, LoadedCase, received_on
from jejak.contracts import events as e
from jejak.messaging.task_runner import Answer, DueWork, Run, Unavailable, Undecided, nik_of
from jejak.procedure.meanings import Words
from jejak.procedure.office.vocabularies import Living
from jejak.web.runtime import Runtime
from verification import domain
from verification.outside.dukcapil import normalised
from verification.registers.agreement import StatedMember, check_members, check_readable, listing_of
from verification.registers.lookup import (
    Answering,
    LookUp,
    MemberEntry,
    RegisterAnswers,
    RegisterKeys,
    RegisterKind,
    ResidentEntry,
    lookup,
    words_of_list,
)


def asks_outside(work: DueWork) -> bool:
    """Whether the office asks the outside system itself."""
    return work.opened.office.cara[work.due.tugas] == "http"


def looked_up(
    runtime: Runtime,
    kind: RegisterKind,
    ask: Callable[[LoadedCase, e.Person], Awaitable[Decision]],
    judge: Callable[[DueWork, LookUp, RegisterAnswers], Decision],
) -> Run:
    """Asks the outside system for the offices with access to it, and the imported registers for the others."""

    async def run(works: Sequence[DueWork]) -> list[Answer]:
        answers = await _ask(runtime, [work for work in works if not asks_outside(work)], kind, judge)
        return [
            await ask(work.opened, _person(work)) if asks_outside(work) else answers[work.opened.case.id]
            for work in works
        ]

    return run


async def registered(runtime: Runtime, works: Sequence[DueWork]) -> list[Answer]:
    """Looks each case up in the registers of the poor."""
    answers = await _ask(runtime, works, RegisterKind.POOR, registry_of)
    return [answers[work.opened.case.id] for work in works]


def rules(work: DueWork) -> Decision:
    """Judges the sheet's rules for a case by its look-ups."""
    loaded = work.opened
    held = engine.conditions_met(loaded.sop, loaded.case)
    return domain.eligibility_judged(loaded.case, loaded.sop, held, received_on(loaded))


type _Judge = Callable[[DueWork, LookUp, RegisterAnswers], Decision | None]


async def _ask(runtime: Runtime, works: Sequence[DueWork], kind: RegisterKind, judge: _Judge) -> dict[object, Answer]:
    """One query for each office; a case without a usable answer does not affect the others."""
    answers: dict[object, Answer] = {}
    by_office: dict[str, list[tuple[DueWork, e.Person, str]]] = defaultdict(list)
    for work in works:
        try:
            person = _person(work)
            by_office[work.opened.office.kode].append((work, person, nik_of(person)))
        except Unavailable as reason:
            answers[work.opened.case.id] = reason
    keys = RegisterKeys.of(runtime.settings)
    async with runtime.store.pool.acquire() as connection:
        for office, group in by_office.items():
            names = {number: person.name for _, person, number in group}
            looked = await lookup(connection, keys, office, list(names), [kind], names)
            for work, _, number in group:
                answers[work.opened.case.id] = _answer(work, kind, looked, number, judge)
    return answers


def _answer(work: DueWork, kind: RegisterKind, looked: LookUp, nik: str, judge: _Judge) -> Answer:
    if not looked.answering:
        return Unavailable(f"daftar_{kind}_belum_diimpor")
    try:
        return judge(work, looked, looked.answers[nik])
    except Unavailable as reason:
        return reason


def _person(work: DueWork) -> e.Person:
    people = work.opened.case.people
    if people is None:
        raise Unavailable("data_pribadi_dimusnahkan")
    return people.subject


def _source_of(answering: Answering) -> e.Source:
    return e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)


def registry_of(work: DueWork, looked: LookUp, answers: RegisterAnswers) -> Decision | None:
    """One listing for every register of the rules. Unavailable while one of them was never imported.

    Undecided for a row that cannot be read, for words that are open, where rows contradict each other, and where the
    rules depend on a decile that no register names.
    """
    listings: list[e.Listing] = []
    numbers: dict[str, str] = {}
    for name in work.opened.sop.daftar or tuple(looked.answering):
        answering = looked.answering.get(name)
        if answering is None:
            raise Unavailable(f"daftar_{name}_belum_diimpor")
        rows = [entry for entry in answers.listed if entry.source.register == name]
        check_readable((unread for unread in answers.unread if unread.source.register == name), rows)
        listing, number = listing_of(name, answering, rows, words_of(work.opened, answering))
        listings.append(listing)
        if number is not None:
            numbers[name] = number
    decision = domain.dtks_verified(listings, work.opened.sop, e.Act(), numbers)
    known = replace(work.opened.case, listings=tuple(listings))
    held = engine.conditions_met(work.opened.sop, known)
    if domain.depends_on_desil(known, work.opened.sop, held, received_on(work.opened)):
        raise Undecided("desil", None)
    return decision


def words_of(opened: LoadedCase, answering: Answering) -> Words:
    """What the words of a list mean to the office of a case."""
    return words_of_list(opened.office.kata, opened.office.kode, answering.office)


def membership_of(work: DueWork, looked: LookUp, answers: RegisterAnswers) -> Decision:
    """As `membership_found`, of the participant."""
    return membership_found(work.opened, looked, answers)


def membership_found(opened: LoadedCase, looked: LookUp, answers: RegisterAnswers) -> Decision:
    """The membership by the imported lists; the newest that names the person is the source.

    Two cards, or two rows of which one has none, are a double participant. Undecided for a word whose meaning is open,
    and where rows contradict each other.
    """
    sop = opened.sop
    newest = max(looked.answering.values(), key=lambda answering: answering.as_of)
    check_readable(answers.unread, answers.members)
    if not answers.members:
        return domain.membership_checked(sop, e.Membership(active=False), _source_of(newest), e.Act(), named=False)
    first = max(answers.members, key=lambda member: member.source.as_of)
    double = _double(answers.members)
    if not double:
        rows = [StatedMember(member, words_of(opened, member.source)) for member in answers.members]
        check_members(rows, to_end=sop.inverse)
    words = words_of(opened, first.source)
    membership = e.Membership(
        segment=words.listed_segment(first.segment),
        active=bool(words.active(first.status, first.deactivated_on)),
        status=words.listed_status(first.status),
        deactivated_on=first.deactivated_on,
        deactivations=first.deactivations,
        decree=first.decree,
    )
    decision = domain.membership_checked(
        sop, membership, _source_of(first.source), e.Act(), words=words, card=first.card, double=double, named=True
    )
    known = replace(opened.case, membership=membership)
    held = engine.conditions_met(sop, known)
    if decision.hasil == "boleh" and domain.depends_on_date(known, sop, held, received_on(opened)):
        raise Undecided("tanggal_nonaktif", None)
    return decision


def _double(members: Sequence[MemberEntry]) -> bool:
    """Whether there are two cards, or in one list a row with a card and one without."""
    cards = {(member.source, member.card) for member in members}
    return len({card for _, card in cards if card}) > 1 or len(cards) > len({source for source, _ in cards})


def population_of(work: DueWork, looked: LookUp, answers: RegisterAnswers) -> Decision:
    """As `population_found`, of the participant."""
    return population_found(work.opened, _person(work), looked, answers)


def population_found(
    opened: LoadedCase, person: e.Person | e.ListedPerson, looked: LookUp, answers: RegisterAnswers
) -> Decision:
    """The comparison with the newest population extract that names the person; else "tidak_ditemukan".

    Undecided for an unknown or empty status, which may mean that the person has died, and where extracts contradict
    each other.
    """
    newest = max(looked.answering.values(), key=lambda answering: answering.as_of)
    check_readable(answers.unread, answers.residents)
    if not answers.residents:
        return Decision(e.PopulationChecked(source=_source_of(newest)), "tidak_ditemukan")
    resident = max(answers.residents, key=lambda row: row.source.as_of)
    source = _source_of(resident.source)
    livings = {row.status: _living(words_of(opened, row.source), row) for row in answers.residents}
    living = livings[resident.status]
    if len(set(livings.values())) > 1:
        raise Undecided("status", " / ".join(status or "tanpa status" for status in livings))
    if living != "hidup":
        return Decision(e.PopulationChecked(source=source, status=resident.status), living)
    differing = _differing(person, resident)
    newest_rows = [row for row in answers.residents if row.source.as_of == resident.source.as_of]
    if any(_differing(person, row) != differing for row in newest_rows):
        raise Undecided("data", "lebih dari satu baris, isinya berlainan")
    checked = e.PopulationChecked(source=source, differing=differing, status=resident.status)
    return Decision(checked, "tidak_padan" if differing else "padan")


def _living(words: Words, resident: ResidentEntry) -> Living:
    """An extract without a status column lists the living."""
    living = "hidup" if resident.status is None else words.living(resident.status)
    if living is None:
        raise Undecided("status", resident.status)
    return living


def _differing(person: e.Person | e.ListedPerson, resident: ResidentEntry) -> tuple[str, ...]:
    """The elements that differ; fields that either lacks are not compared."""
    pairs = {
        "NO_KK": (person.kk, resident.kk),
        "NAMA_LGKP": (normalised(person.name), normalised(resident.name)),
        "TGL_LHR": (getattr(person, "born", None), resident.born),
    }
    return tuple(name for name, (ours, theirs) in pairs.items() if None not in (ours, theirs) and ours != theirs)
