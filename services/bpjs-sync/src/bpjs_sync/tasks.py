"""The automatic task of bpjs-sync: look in the newest imported membership list whether the card is on."""

from collections import defaultdict
from collections.abc import Sequence

from bpjs_sync import domain
from jejak import engine
from jejak.contracts import events as e
from jejak.decision import Decided
from jejak.loop import Automatic, Unavailable, Work
from jejak.registers import Found, Kind, LookUp, lookup
from jejak.runtime import Runtime


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
                answers |= {work.opened.case.id: _status(work, looked, looked.found[_nik(work)]) for work in group}
        return [answers[work.opened.case.id] for work in works]

    return {"confirm_status": Automatic(status)}


def _nik(work: Work) -> str:
    application = work.opened.case.application
    if application is None or isinstance(application.people, e.Forgotten):
        raise Unavailable("data_pribadi_dimusnahkan")
    return application.people.subject.nik


def _status(work: Work, looked: LookUp, found: Found) -> Decided | None:
    """Active in a list made since the submission; an unchanged "not yet" appends nothing."""
    if not looked.answering:
        raise Unavailable("daftar_kepesertaan_belum_diimpor")
    opened, due = work.opened, work.due
    answering = next(iter(looked.answering.values()))
    source = e.Source(way="impor", reference=str(answering.import_id), as_of=answering.as_of)
    asked_since = opened.office.calendar.local(due.since).date()
    active = answering.as_of >= asked_since and any(one.active for one in found.members)
    if not active and _already_said(work, source):
        return None
    held = engine.names_held(opened.sop, opened.case)
    since = answering.as_of if active else None
    return domain.confirmed(opened.sop, held, source, e.Act(), active=active, since=since, today=opened.today.date())


def _already_said(work: Work, source: e.Source) -> bool:
    said = [one.data for one in work.opened.history if one.type == "MembershipNotYetActive"]
    return bool(said) and getattr(said[-1], "source", None) == source
