"""The automatic tasks of verification: look up many cases at once in the imported registers, and judge the rules."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from jejak.cases import engine
from jejak.cases.decision import Decision, received_on
from jejak.contracts import events as e
from jejak.messaging.task_runner import Answer, DueWork, Run, Unavailable, Undecided
from jejak.procedure.meanings import Living, Words
from jejak.web.runtime import Runtime
from verification import domain
from verification.outside.dukcapil import normalised
from verification.registers.lookup import (
    Answering,
    LookUp,
    MemberEntry,
    RegisterAnswers,
    RegisterKeys,
    RegisterKind,
    ResidentEntry,
    lookup,
)


def asks_outside(work: DueWork) -> bool:
    """Whether the office asks the system itself that knows."""
    return work.opened.office.cara[work.due.tugas] == "http"


def looked_up(
    runtime: Runtime,
    kind: RegisterKind,
    ask: Callable[[DueWork, e.Person], Awaitable[Decision]],
    judge: Callable[[DueWork, LookUp, RegisterAnswers], Decision],
) -> Run:
    """Asks outside for the offices that do, and in the imported registers for the others."""

    async def run(works: Sequence[DueWork]) -> list[Answer]:
        answers = await _ask(runtime, [work for work in works if not asks_outside(work)], kind, judge)
        return [
            await ask(work, _person(work)) if asks_outside(work) else answers[work.opened.case.id] for work in works
        ]

    return run


async def registered(runtime: Runtime, works: Sequence[DueWork]) -> list[Answer]:
    """What the registers of poverty say of each case."""
    answers = await _ask(runtime, works, RegisterKind.POOR, _registry)
    return [answers[work.opened.case.id] for work in works]


def rules(work: DueWork) -> Decision:
    """Judges the sheet's rules for a case on what was looked up."""
    opened = work.opened
    held = engine.conditions_met(opened.sop, opened.case)
    return domain.eligibility_judged(opened.case, opened.sop, held, received_on(opened))


type _Judge = Callable[[DueWork, LookUp, RegisterAnswers], Decision | None]


async def _ask(runtime: Runtime, works: Sequence[DueWork], kind: RegisterKind, judge: _Judge) -> dict[object, Answer]:
    """One query an office, however many cases wait; what cannot be said of one case asks for no other again."""
    answers: dict[object, Answer] = {}
    by_office: dict[str, list[tuple[DueWork, str]]] = defaultdict(list)
    for work in works:
        try:
            by_office[work.opened.office.kode].append((work, _person(work).nik))
        except Unavailable as reason:
            answers[work.opened.case.id] = reason
    keys = RegisterKeys.of(runtime.settings)
    async with runtime.store.pool.acquire() as connection:
        for office, group in by_office.items():
            looked = await lookup(connection, keys, office, [nik for _, nik in group], [kind])
            for work, nik in group:
                answers[work.opened.case.id] = _answer(work, kind, looked, nik, judge)
    return answers


def _answer(work: DueWork, kind: RegisterKind, looked: LookUp, nik: str, judge: _Judge) -> Answer:
    if not looked.answering:
        return Unavailable(f"daftar_{kind}_belum_diimpor")
    try:
        return judge(work, looked, looked.found[nik])
    except Unavailable as reason:
        return reason


def _person(work: DueWork) -> e.Person:
    application = work.opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        raise Unavailable("data_pribadi_dimusnahkan")
    return application.people.subject


def _source_of(answering: Answering) -> e.Source:
    return e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)


def _registry(work: DueWork, looked: LookUp, found: RegisterAnswers) -> Decision | None:
    """One listing for every register that the rules name; one never imported says nothing, so the task waits for it."""
    listings: list[e.Listing] = []
    numbers: dict[str, str] = {}
    for name in work.opened.sop.daftar or tuple(looked.answering):
        answering = looked.answering.get(name)
        if answering is None:
            raise Unavailable(f"daftar_{name}_belum_diimpor")
        rows = [one for one in found.listed if one.source.register == name]
        if len({one.desil for one in rows}) > 1:
            raise Undecided("desil", " / ".join("kosong" if one.desil is None else str(one.desil) for one in rows))
        row = rows[0] if rows else None
        source = _source_of(answering)
        listings.append(
            e.Listing(register_name=name, listed=row is not None, desil=row.desil if row else None, source=source)
        )
        if row and row.number:
            numbers[name] = row.number
    return domain.dtks_verified(listings, work.opened.sop, e.Act(), numbers)


def membership_of(work: DueWork, looked: LookUp, found: RegisterAnswers) -> Decision:
    """What the membership lists say of a person; the newest that names him is the source.

    Two cards, or two rows of which one has none, are a double participant. Undecided for a word that leaves it open,
    and where rows contradict each other.
    """
    office, sop = work.opened.office, work.opened.sop
    newest = max(looked.answering.values(), key=lambda one: one.as_of)
    if not found.members:
        return domain.membership_checked(sop, e.Membership(active=False), _source_of(newest), e.Act())
    first = max(found.members, key=lambda one: one.source.as_of)
    double = _double(found.members)
    if not double:
        _check_rows(found.members, office.kata, to_end=sop.inverse)
    membership = e.Membership(
        segment=office.kata.listed_segment(first.segment),
        active=bool(office.kata.active(first.status, first.deactivated_on)),
        status=office.kata.listed_status(first.status),
        deactivated_on=first.deactivated_on,
        deactivations=first.deactivations,
        decree=first.decree,
    )
    source = _source_of(first.source)
    return domain.membership_checked(
        sop, membership, source, e.Act(), words=office.kata, card=first.card, double=double
    )


def _double(members: Sequence[MemberEntry]) -> bool:
    """Whether two cards are named; in one list a row without a card stands beside none that has one."""
    cards = {(one.source, one.card) for one in members}
    return len({card for _, card in cards if card}) > 1 or len(cards) > len({source for source, _ in cards})


def _check_rows(members: Sequence[MemberEntry], words: Words, *, to_end: bool) -> None:
    """Undecided where a row leaves it open as of its own list's day, and where two rows contradict each other.

    A membership that is to end has to be known as state-paid.
    """
    for one in members:
        if found := words.open_word(one.status, one.segment, one.deactivated_on, one.source.as_of):
            raise Undecided(*found)
    active = [one for one in members if words.active(one.status, one.deactivated_on)]
    if to_end and any(one.segment is None for one in active):
        raise Undecided("segmen", None)
    said: dict[str, dict[str, object]] = {
        "status": {one.status or "kosong": words.active(one.status, one.deactivated_on) for one in members},
        "segmen": {one.segment or "kosong": words.state_paid(one.segment) for one in active},
        "tanggal_nonaktif": {
            f"{one.deactivated_on:%d-%m-%Y}": one.deactivated_on for one in members if one.deactivated_on
        },
        "jumlah_nonaktif": {
            str(one.deactivations): one.deactivations for one in members if one.deactivations is not None
        },
    }
    for column, meanings in said.items():
        if len(set(meanings.values())) > 1:
            raise Undecided(column, " / ".join(meanings))


def population_of(work: DueWork, looked: LookUp, found: RegisterAnswers) -> Decision:
    """What the newest population extract that names him says: that his NIK is no longer in use, or what differs.

    Nobody there is an outcome too. Undecided for a status that nobody knows, and for an empty one: it may say that he
    has died; and where extracts contradict each other.
    """
    newest = max(looked.answering.values(), key=lambda one: one.as_of)
    if not found.residents:
        return Decision(e.PopulationChecked(source=_source_of(newest)), "tidak_ditemukan")
    resident = max(found.residents, key=lambda one: one.source.as_of)
    source = _source_of(resident.source)
    livings = {one.status: _living(work.opened.office.kata, one) for one in found.residents}
    living = livings[resident.status]
    if len(set(livings.values())) > 1:
        raise Undecided("status", " / ".join(status or "kosong" for status in livings))
    if living != "hidup":
        return Decision(e.PopulationChecked(source=source), living)
    person = _person(work)
    differing = _differing(person, resident)
    if any(_differing(person, one) != differing for one in found.residents if one.source == resident.source):
        raise Undecided("data", "lebih dari satu baris, isinya berlainan")
    return Decision(e.PopulationChecked(source=source, differing=differing), "tidak_padan" if differing else "padan")


def _living(words: Words, resident: ResidentEntry) -> Living:
    """An extract without such a column is one of the living."""
    living = "hidup" if resident.status is None else words.living(resident.status)
    if living is None:
        raise Undecided("status", resident.status)
    return living


def _differing(person: e.Person, resident: ResidentEntry) -> tuple[str, ...]:
    """Which elements differ; what the extract does not hold is not compared."""
    pairs = {
        "NO_KK": (person.kk, resident.kk),
        "NAMA_LGKP": (normalised(person.name), normalised(resident.name)),
        "TGL_LHR": (person.born, resident.born),
    }
    return tuple(name for name, (ours, theirs) in pairs.items() if theirs is not None and ours != theirs)
