"""One case after another, as its office would have carried it: who does what is due next, and when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from intake.submission import submit
from jejak.cases.decision import Actor, Attribution, CommandRequest, Decision, LoadedCase, admitted_task, attribution_of
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork
from jejak.platform import ids
from jejak.procedure.kantor import Official
from jejak.web.commands.task_routes import TaskRequest
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments
from jejak_tools.load import pace, people
from jejak_tools.load.acts import COMMANDS, body_of
from jejak_tools.load.past import MOMENT
from jejak_tools.papers import Paper, pdf
from verification.tasks import rules

ROUTE: Final = "muat"
_AUTOMATIC: Final = timedelta(seconds=2)
_UNNOTED: Final = 0.1
"""So many tasks are done without a note of when they were begun."""
_LATER: Final = timedelta(seconds=1)
_EARLIER: Final = timedelta(minutes=30)

type Services = dict[str, Runtime]


@dataclass(frozen=True, slots=True)
class Step:
    """A task and when it will be done. `begun` is when somebody takes it up, where he says so."""

    due: DueTask
    at: datetime
    begun: datetime | None


@dataclass(frozen=True, slots=True)
class Life:
    """Cases of one load: `seed` decides everything that chance decides."""

    services: Services
    seed: int
    paper: Paper
    """Stands for every document; a case keeps it once."""
    scan: Paper
    """Stands for every signed letter."""

    @classmethod
    def of(cls, services: Services, seed: int) -> Life:
        """With one sheet of paper for documents, and one for letters."""
        return cls(services, seed, pdf("contoh", "Dokumen contoh"), pdf("surat", "Pindaian surat contoh"))

    async def begin(self, office: str, number: int, at: datetime) -> LoadedCase:
        """The case with this number of an office, submitted at this time; or as it stands, if it was loaded before."""
        MOMENT.set(at)
        intake = self.services["intake"]
        draws = ids.draws(self.seed, office, number)
        kantor = await intake.procedures.kantor(office, at)
        day = kantor.calendar.local_date(at)
        serving = await intake.procedures.services_in_force(office, day)
        sop = serving[draws.choice(sorted(serving))]
        posts = sop.pelaksana[sop.pemohon].jabatan or sop.posts_recording(sop.pemohon)
        clerk = draws.choice([one for one in kantor.officials_at(day) if one.jabatan in posts])
        body = people.application(sop, office, draws)
        asked = self._asked(_actor(office, clerk), ROUTE, f"{self.seed}/{office}/{number}", body.model_dump_json())
        case = ids.derived_uuid(self.seed, office, number)
        document = next(iter(sop.persyaratan), None)
        await submit(intake, asked, case, body, [_file(document, self.paper)] if document else [])
        return await intake.command_handler.load(case)

    def next(self, opened: LoadedCase) -> Step | None:
        """What is done next, and when; None when nothing is, or nobody ever does it."""
        steps = [step for due in opened.due if (step := self._step(opened, due))]
        return min(steps, key=lambda one: (one.begun or one.at, one.due.slot), default=None)

    def _step(self, opened: LoadedCase, due: DueTask) -> Step | None:
        last = opened.history[-1].at + _LATER
        if due.automatic:
            return None if due.kumpulan else Step(due, max(due.since + _AUTOMATIC, last), None)
        trail = sum(one.slot == due.slot for one in opened.case.trail)
        draws = ids.draws(self.seed, opened.case.id, due.slot, due.langkah, due.tugas, due.who, trail)
        calendar, inside = opened.office.calendar, bool(opened.sop.pelaksana[due.who].jabatan)
        since = max([due.since, *(one.at for one in opened.case.trail if one.slot == due.slot)])
        begun = pace.taken_up(calendar, due.tugas, since, draws, inside=inside, urgent=due.urgent)
        if begun is None:
            return None
        begun = max(begun, last)
        noted = inside and draws.random() > _UNNOTED
        return Step(due, pace.put_down(calendar, begun, draws) if inside else begun, begun if noted else None)

    async def do(self, opened: LoadedCase, step: Step, now: datetime) -> LoadedCase:
        """The case after this step; what would end later than now is only begun."""
        due = step.due
        runtime = self.services[due.service]
        if due.automatic:
            return await self._automatic(runtime, _at(opened, step.at), due)
        draws = ids.draws(self.seed, opened.case.id, opened.case.version, "who")
        performer = opened.sop.pelaksana[due.who]
        posts = performer.jabatan or opened.sop.posts_recording(due.who)
        day = opened.office.calendar.local_date(step.at)
        able = [one for one in opened.office.officials_at(day) if one.jabatan in posts and _answers(one, opened)]
        actor = _actor(opened.case.office, draws.choice(able))
        if step.begun and not _has_begun(opened, due):
            opened = await self._started(runtime, _at(opened, step.begun), due, actor)
        return opened if step.at > now else await self._ended(runtime, _at(opened, step.at), due, actor)

    async def _automatic(self, runtime: Runtime, opened: LoadedCase, due: DueTask) -> LoadedCase:
        if due.tugas != "check_rules":
            raise LookupError(f"{due.tugas} is automatic in {opened.office.kode}")
        after, _ = await runtime.command_handler.append(opened, rules(DueWork(opened, due)), due, Attribution())
        return after

    async def _started(self, runtime: Runtime, opened: LoadedCase, due: DueTask, actor: Actor) -> LoadedCase:
        asked = self._asked(actor, f"{due.tugas}/start", f"{opened.case.id}/{opened.case.version}", "{}")
        by = attribution_of(opened, actor, due, None)
        after, _ = await runtime.command_handler.append(opened, Decision(e.WorkStarted()), due, by, asked)
        return after

    async def _ended(self, runtime: Runtime, opened: LoadedCase, due: DueTask, actor: Actor) -> LoadedCase:
        draws = ids.draws(self.seed, opened.case.id, opened.case.version, "how")
        body = body_of(opened, due, draws)
        asked = self._asked(actor, due.tugas, f"{opened.case.id}/{opened.case.version}", body.model_dump_json())
        outside = not opened.sop.pelaksana[due.who].jabatan
        occurred = max(due.since, opened.now - draws.random() * _EARLIER) if outside else None
        admitted_task(opened, asked, due.tugas, due.slot)
        by = attribution_of(opened, actor, due, occurred)
        command = COMMANDS[due.tugas]
        files = self._files(opened, due, outside=outside)
        decided = await command.decided(
            runtime, TaskRequest(actor, opened, due, body, attachments(files), tuple(files))
        )
        if command.keep and not opened.case.documents:
            await runtime.keep(opened, files)
        after, _ = await runtime.command_handler.append(opened, decided, due, by, asked)
        return after

    def _files(self, opened: LoadedCase, due: DueTask, *, outside: bool) -> list[File]:
        if due.tugas == "sign":
            return [_file("scan", self.scan)]
        if due.tugas == "complete":
            return [_file(next(iter(opened.sop.persyaratan)), self.paper)] if opened.sop.persyaratan else []
        return [_file("bukti", self.paper)] if outside else []

    def _asked(self, actor: Actor, route: str, key: str, body: str) -> CommandRequest:
        told = ids.keyed_hash(self.services["intake"].settings.hmac_key, body.encode())
        return CommandRequest(actor, route, key, told)


def _file(name: str, paper: Paper) -> File:
    return File(name, paper.data, paper.media_type, hashlib.sha256(paper.data).hexdigest())


def _actor(office: str, official: Official) -> Actor:
    return Actor(office, official.kode, official.jabatan)


def _at(opened: LoadedCase, moment: datetime) -> LoadedCase:
    """The case at another time, and this task of the event loop with it."""
    MOMENT.set(moment)
    return replace(opened, now=moment)


def _answers(official: Official, opened: LoadedCase) -> bool:
    application = opened.case.application
    return application is not None and official.answers_for(application.entry_office)


def _has_begun(opened: LoadedCase, due: DueTask) -> bool:
    """Whether somebody has noted that he began this very task."""
    for one in reversed(opened.history):
        if one.slot == due.slot:
            return one.type == "WorkStarted" and (one.tugas, one.oleh) == (due.tugas, due.who)
    return False
