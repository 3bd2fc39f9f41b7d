"""The automatic tasks of verification: look up many cases at once in the imported registers, and judge the rules."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from jejak import engine
from jejak.contracts import events as e
from jejak.decision import Decided, received_on
from jejak.loop import Automatic, Outside, Run, Unavailable, Undecided, Work
from jejak.registers import Found, Kind, LookUp, Resident, lookup
from jejak.runtime import Runtime
from verification import domain
from verification.bridging import Bridging
from verification.dukcapil import plain
from verification.population import Population

_NAME: Final = 100


def automatic(runtime: Runtime, bridging: Bridging, population: Population) -> dict[str, Automatic]:
    """What the task loop runs for this service."""

    async def registry(works: Sequence[Work]) -> list[Decided | None]:
        answers = await _ask(runtime, works, Kind.POOR)
        return [_registry(work, *answers[work.opened.case.id]) for work in works]

    return {
        "check_registry": Automatic(registry),
        "check_membership": Automatic(
            _looked_up(runtime, Kind.MEMBERS, bridging.membership, _membership),
            Outside(_asks_outside, bridging.at_once),
        ),
        "check_population": Automatic(
            _looked_up(runtime, Kind.RESIDENTS, population.matched, population_of),
            Outside(_asks_outside, population.at_once),
        ),
        "check_rules": Automatic(rules),
    }


def _asks_outside(work: Work) -> bool:
    """Whether the office asks the system itself that knows."""
    return work.opened.office.cara[work.due.tugas] == "http"


def _looked_up(
    runtime: Runtime,
    kind: Kind,
    ask: Callable[[Work, e.Person], Awaitable[Decided]],
    judge: Callable[[Work, LookUp, Found], Decided],
) -> Run:
    """Asks outside for the offices that do, and in the imported registers for the others."""

    async def run(works: Sequence[Work]) -> list[Decided | None]:
        answers = await _ask(runtime, [work for work in works if not _asks_outside(work)], kind)
        return [
            await ask(work, _person(work)) if _asks_outside(work) else judge(work, *answers[work.opened.case.id])
            for work in works
        ]

    return run


async def rules(works: Sequence[Work]) -> list[Decided | None]:
    """Judge the sheet's rules for each case on what was looked up."""
    return [_rules(work) for work in works]


def _rules(work: Work) -> Decided:
    opened = work.opened
    held = engine.names_held(opened.sop, opened.case)
    return domain.judged(opened.case, opened.sop, held, received_on(opened))


type _Answer = tuple[LookUp, Found]


async def _ask(runtime: Runtime, works: Sequence[Work], kind: Kind) -> dict[object, _Answer]:
    """One query an office, however many cases wait."""
    by_office: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        by_office[work.opened.office.kode].append(work)
    answers: dict[object, _Answer] = {}
    async with runtime.store.pool.acquire() as connection:
        for office, group in by_office.items():
            niks = {work.opened.case.id: _person(work).nik for work in group}
            found = await lookup(connection, runtime.register_keys, office, list(niks.values()), [kind])
            if not found.answering:
                raise Unavailable(f"daftar_{kind}_belum_diimpor")
            answers |= {case: (found, found.found[nik]) for case, nik in niks.items()}
    return answers


def _person(work: Work) -> e.Person:
    application = work.opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        raise Unavailable("data_pribadi_dimusnahkan")
    return application.people.subject


def _registry(work: Work, looked: LookUp, found: Found) -> Decided | None:
    """One listing for every register that the rules name; one never imported says nothing, so the task waits for it."""
    listings: list[e.Listing] = []
    numbers: dict[str, str] = {}
    for name in work.opened.sop.daftar or tuple(looked.answering):
        answering = looked.answering.get(name)
        if answering is None:
            raise Unavailable(f"daftar_{name}_belum_diimpor")
        row = next((one for one in found.listed if one.source.register == name), None)
        source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
        listings.append(
            e.Listing(register_name=name, listed=row is not None, desil=row.desil if row else None, source=source)
        )
        if row and row.number:
            numbers[name] = row.number
    return domain.registered(listings, work.opened.sop, e.Act(), numbers)


def _membership(work: Work, looked: LookUp, found: Found) -> Decided:
    """The newest membership list's word. Two rows of one person in one list are a double participant.

    Undecided for a status that is neither for nor against, and for an active one in a segment that nobody knows.
    """
    answering = next(iter(looked.answering.values()))
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    if not found.members:
        return domain.member(work.opened.sop, e.Membership(active=False), source, e.Act())
    first, words = found.members[0], work.opened.office.kata
    double = len({one.card for one in found.members}) > 1
    active = words.active(first.status, first.deactivated_on)
    if not double and active is None:
        raise Undecided("status", first.status)
    if not double and active and words.state_paid(first.segment) is None:
        raise Undecided("segmen", first.segment)
    membership = e.Membership(
        segment=_name(first.segment),
        active=bool(active),
        status=_name(first.status),
        deactivated_on=first.deactivated_on,
        deactivations=first.deactivations,
        decree=first.decree,
    )
    return domain.member(work.opened.sop, membership, source, e.Act(), words=words, card=first.card, double=double)


def _name(words: str | None) -> str | None:
    """A list's own words, as long as an event holds them."""
    return words[:_NAME] if words else None


def population_of(work: Work, looked: LookUp, found: Found) -> Decided:
    """What the newest population extract says: nobody there, somebody whose NIK is no longer in use, or who differs.

    Undecided for a status that nobody knows: it may say that he has died.
    """
    answering = next(iter(looked.answering.values()))
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    if not found.residents:
        return Decided(e.PopulationChecked(source=source), "tidak_ditemukan")
    resident = found.residents[0]
    living = work.opened.office.kata.living(resident.status) if resident.status else "hidup"
    if living is None:
        raise Undecided("status", resident.status)
    if living != "hidup":
        return Decided(e.PopulationChecked(source=source), living)
    differing = _differing(_person(work), resident)
    return Decided(e.PopulationChecked(source=source, differing=differing), "tidak_padan" if differing else "padan")


def _differing(person: e.Person, resident: Resident) -> tuple[str, ...]:
    """Which elements differ; what the extract does not hold is not compared."""
    pairs = {
        "NO_KK": (person.kk, resident.kk),
        "NAMA_LGKP": (plain(person.name), plain(resident.name)),
        "TGL_LHR": (person.born, resident.born),
    }
    return tuple(name for name, (ours, theirs) in pairs.items() if theirs is not None and ours != theirs)
