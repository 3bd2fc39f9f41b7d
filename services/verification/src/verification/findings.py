"""Lists imported after a look-up: what they say of the cases that still run, and the end of a case by it.

The newest list is looked up again for every running case of its office; a finding that differs becomes an event of the
case (FindingChanged), which the officials who hold the file see. Nothing ends by itself.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final

import structlog
from fastapi import APIRouter

from jejak.cases.command_handler import Conflict
from jejak.cases.decision import Actor, Attribution, Decision, LoadedCase, attribution_of
from jejak.cases.event_descriptions import UNCLEAR
from jejak.cases.newer_findings import changed_findings, known_outcome, last_look_up
from jejak.contracts import events as e
from jejak.contracts.parts import Part
from jejak.eventstore.postgres.outage import DATABASE_DOWN, repeat
from jejak.messaging.task_runner import DueWork, Unavailable, Undecided
from jejak.platform.errors import NotYours, Refused
from jejak.procedure.task_words import words_at
from jejak.web.authorisation import SentCommand
from jejak.web.commands.ad_hoc import add_ad_hoc
from jejak.web.runtime import Runtime
from verification import tasks
from verification.registers.lookup import Answering, LookUp, RegisterAnswers, RegisterKeys, RegisterKind, lookup

_AT_ONCE: Final = 100
"""Running cases of an office looked up in one query."""
ANSWERING: Final = "SELECT office, id FROM register.import WHERE status = 'answering' ORDER BY office, id"
RUNNING: Final = """
SELECT d.office, d.stream FROM es.due d
WHERE d.slot = 'main' AND NOT d.automatic AND (d.office = ANY ($1::text[]) OR left(d.office, 2) = ANY ($1::text[]))
ORDER BY d.office, d.stream
"""
type _Judge = Callable[[DueWork, LookUp, RegisterAnswers], Decision | None]
_JUDGES: Final[Mapping[str, tuple[RegisterKind, _Judge, Callable[[RegisterAnswers], Sequence[object]]]]] = {
    "check_registry": (RegisterKind.POOR, tasks.registry_of, lambda answers: answers.listed),
    "check_membership": (RegisterKind.MEMBERS, tasks.membership_of, lambda answers: answers.members),
    "check_population": (RegisterKind.RESIDENTS, tasks.population_of, lambda answers: answers.residents),
}
"""By look-up: the kind of list, its judgement, and the rows of that kind."""

_log = structlog.get_logger()


@dataclass(slots=True)
class Rechecks:
    """Looks running cases up again once a list is imported; remembers in the process what it has looked up."""

    runtime: Runtime
    _seen: frozenset[tuple[str, uuid.UUID]] = frozenset()
    """The imports by which running cases were looked up, with their offices."""

    async def run(self) -> None:
        """Sweep for ever."""
        await repeat(self.sweep, self.runtime.settings.sweep_seconds, "findings_not_rechecked", at_once=False)

    async def sweep(self) -> None:
        """Looks up the running cases of each office whose lists have changed since the last sweep."""
        rows = await self.runtime.store.pool.fetch(ANSWERING)
        imports = frozenset((row["office"], row["id"]) for row in rows)
        changed = {office for office, _ in imports - self._seen}
        running: dict[str, list[uuid.UUID]] = {}
        for row in await self.runtime.store.pool.fetch(RUNNING, sorted(changed)) if changed else ():
            running.setdefault(row["office"], []).append(row["stream"])
        whole = [await self._recheck(office, cases) for office, cases in running.items()]
        if all(whole):
            self._seen = imports

    async def _recheck(self, office: str, cases: Sequence[uuid.UUID]) -> bool:
        """Whether all of these cases were looked up; the next sweep repeats it for those that were not."""
        whole = True
        for some in batched(cases, _AT_ONCE, strict=False):
            loaded = [case for case in (await self.runtime.command_handler.load_all(some)).values() if _concerned(case)]
            people = [case.case.people.subject for case in loaded if case.case.people]
            names = {person.nik: person.name for person in people if person.nik is not None}
            if not names:
                continue
            async with self.runtime.store.pool.acquire() as connection:
                looked = await lookup(
                    connection, RegisterKeys.of(self.runtime.settings), office, list(names), names=names
                )
            for case in loaded:
                try:
                    await self._append(case, looked)
                except Conflict:
                    whole = False
                except DATABASE_DOWN:
                    raise
                except Exception as error:  # noqa: BLE001 - one case stops no other; the next sweep tries it again
                    whole = False
                    _log.error("finding_not_rechecked", case=str(case.case.id), error=type(error).__name__)
        return whole

    async def _append(self, loaded: LoadedCase, looked: LookUp) -> None:
        for changed in findings_changed(loaded, looked):
            loaded, _ = await self.runtime.command_handler.append(loaded, Decision(changed), None, Attribution())


def _concerned(loaded: LoadedCase) -> bool:
    """Whether a NIK was looked up, nothing has ended, and no letter is signed."""
    case = loaded.case
    signed = any(letter.signed and not letter.revoked for letter in case.letters.values())
    has_nik = case.people is not None and case.people.subject.nik is not None
    return has_nik and case.ending is None and not signed and bool(loaded.due)


def findings_changed(loaded: LoadedCase, looked: LookUp) -> Iterable[e.FindingChanged]:
    """What the newest lists say otherwise than the case knows, look-up by look-up."""
    people = loaded.case.people
    nik = people.subject.nik if people else None
    for verb, (kind, judge, rows_of) in _JUDGES.items():
        done = last_look_up(loaded.case, verb)
        lists = {name: answering for name, answering in looked.answering.items() if answering.kind is kind}
        if done is None or nik is None or not lists:
            continue
        answers = looked.answers[nik]
        if not _is_newer(loaded, verb, lists.values(), named=bool(rows_of(answers))):
            continue
        try:
            decision = judge(DueWork(loaded, loaded.due[0]), LookUp(lists, looked.answers), answers)
        except Undecided as open_word:
            found, status = UNCLEAR, open_word.shown.rpartition(":")[2][:100] or None
        except Unavailable:
            continue
        else:
            if decision is None or decision.hasil is None:
                continue
            found, status = decision.hasil, _word_of(decision.data)
        if found != known_outcome(loaded.case, verb):
            newest = max(lists.values(), key=lambda answering: answering.as_of)
            source = e.Source(way="impor", reference=str(newest.import_id), as_of=newest.as_of)
            yield e.FindingChanged(task=verb, before=done.hasil, found=found, status=status, source=source)


def _word_of(data: e.AnyEvent) -> str | None:
    return data.membership.status[:100] if isinstance(data, e.MembershipChecked) and data.membership.status else None


def _is_newer(loaded: LoadedCase, verb: str, lists: Collection[Answering], *, named: bool) -> bool:
    """Whether a list came after the look-up: another import than those it was made by, or made on a later day.

    That a list does not name the participant says nothing against what an official or another system saw.
    """
    event = next(event for event in reversed(loaded.history) if event.tugas == verb and event.hasil is not None)
    used = _sources(event.data)
    by_list = {source.reference for source in used if source.way == "impor"}
    if by_list:
        return not {str(answering.import_id) for answering in lists} <= by_list
    looked_on = loaded.office.calendar.local_date(event.occurred_at or event.at)
    return named and any(answering.as_of > looked_on for answering in lists)


def _sources(data: e.AnyEvent) -> Sequence[e.Source]:
    match data:
        case e.DtksVerified(listings=listings):
            return [listing.source for listing in listings]
        case e.MembershipChecked(source=source) | e.PopulationChecked(source=source):
            return [source]
        case _:
            return []


class FindingRecord(Part):
    """The look-up whose newer finding ends the case."""

    pengecekan: e.Name
    catatan: e.Text | None = None


def ended_by(loaded: LoadedCase, actor: Actor, record: FindingRecord) -> Decision:
    """The case ends as the sheet says of the newer finding, by an official who holds the file.

    NotYours for any other official. Refused without such a finding, for one with which the sheet goes on, and while a
    signed letter stands.
    """
    if not any(_holds(loaded, actor, number) for number in range(len(loaded.due))):
        raise NotYours("bukan_tugas_anda", "Berkas diakhiri oleh pejabat yang sedang memegangnya.")
    finding = next(
        (row for row in changed_findings(loaded.sop, loaded.case) if row.done.tugas == record.pengecekan), None
    )
    if finding is None or finding.end is None or loaded.case.ending is not None:
        raise Refused("tanpa_temuan", "Tidak ada temuan baru yang mengakhiri berkas ini. Muat ulang berkasnya.")
    if any(letter.signed and not letter.revoked for letter in loaded.case.letters.values()):
        raise Refused("surat_berlaku", "Surat berkas ini sudah ditandatangani. Cabut suratnya dahulu.")
    if finding.end == "kembalikan":
        return Decision(e.CaseReturned(message=finding.message, note=record.catatan))
    text = finding.message or finding.words
    done = finding.done
    name = words_at(loaded.sop, done.slot, done.langkah, done.tugas, done.oleh, loaded.names)
    reason = e.Reason(rule=done.tugas, key=finding.found, text=text, source=name)
    return Decision(e.CaseRefused(reasons=(reason,), note=record.catatan))


def _holds(loaded: LoadedCase, actor: Actor, number: int) -> bool:
    try:
        attribution_of(loaded, actor, loaded.due[number], None)
    except NotYours:
        return False
    return True


def routes(runtime: Runtime) -> APIRouter:
    """`POST /cases/{case}/end-by-finding`."""
    router = APIRouter(tags=["permohonan"])

    async def end(loaded: LoadedCase, sent: SentCommand[FindingRecord]) -> Decision:
        return ended_by(loaded, sent.request.actor, sent.body)

    summary = "Akhiri berkas menurut temuan daftar yang lebih baru"
    add_ad_hoc(router, runtime, "end-by-finding", FindingRecord, end, name="end_by_finding", summary=summary)
    return router
