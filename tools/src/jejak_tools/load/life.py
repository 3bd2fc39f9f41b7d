"""Cases one by one, as their offices would have carried them: the next task, its official, its time."""

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
from jejak.procedure.office.officials import Official
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
"""The share of tasks without a record of their begin."""
_LATER: Final = timedelta(seconds=1)
_EARLIER: Final = timedelta(minutes=30)

type Services = dict[str, Runtime]


@dataclass(frozen=True, slots=True)
class Step:
    """A task and when it ends. `begun` is the recorded begin, if there is one."""

    due: DueTask
    at: datetime
    begun: datetime | None


@dataclass(frozen=True, slots=True)
class Life:
    """Cases of one load: `seed` decides everything that chance decides."""

    services: Services
    seed: int
    paper: Paper
    """The file of every document; a case stores it once."""
    scan: Paper
    """The scan of every signed letter."""

    @classmethod
    def of(cls, services: Services, seed: int) -> Life:
        """With one file for documents, and one for letters."""
        return cls(services, seed, pdf("contoh", "Dokumen contoh"), pdf("surat", "Pindaian surat contoh"))

    async def begin(self, office: str, number: int, at: datetime) -> LoadedCase:
        """The case with this number of an office, submitted at this time; its present state if it was loaded before."""
        MOMENT.set(at)
        intake = self.services["intake"]
        draws = ids.draws(self.seed, office, number)
        kantor = await intake.procedures.kantor(office, at)
        day = kantor.calendar.local_date(at)
        serving = await intake.procedures.services_in_force(office, day)
        sop = serving[draws.choice(sorted(serving))]
        posts = sop.pelaksana[sop.pemohon].jabatan or sop.posts_recording(sop.pemohon)
        clerk = draws.choice([official for official in kantor.officials_at(day) if official.jabatan in posts])
        body = people.application(sop, office, draws)
        command = self._command(_actor(office, clerk), ROUTE, f"{self.seed}/{office}/{number}", body.model_dump_json())
        case = ids.derived_uuid(self.seed, office, number)
        document = next(iter(sop.persyaratan), None)
        await submit(intake, command, case, body, [_file(document, self.paper)] if document else [])
        return await intake.command_handler.load(case)

    def next(self, loaded: LoadedCase) -> Step | None:
        """The next task and its time; None when nothing is due, or is never done."""
        steps = [step for due in loaded.due if (step := self._step(loaded, due))]
        return min(steps, key=lambda step: (step.begun or step.at, step.due.slot), default=None)

    def _step(self, loaded: LoadedCase, due: DueTask) -> Step | None:
        last = loaded.history[-1].at + _LATER
        if due.automatic:
            return None if due.kumpulan else Step(due, max(due.since + _AUTOMATIC, last), None)
        done = sum(task.slot == due.slot for task in loaded.case.completed)
        draws = ids.draws(self.seed, loaded.case.id, due.slot, due.langkah, due.tugas, due.who, done)
        calendar, inside = loaded.office.calendar, bool(loaded.sop.pelaksana[due.who].jabatan)
        since = max([due.since, *(task.at for task in loaded.case.completed if task.slot == due.slot)])
        begun = pace.taken_up(calendar, due.tugas, since, draws, inside=inside, urgent=due.urgent)
        if begun is None:
            return None
        begun = max(begun, last)
        noted = inside and draws.random() > _UNNOTED
        return Step(due, pace.put_down(calendar, begun, draws) if inside else begun, begun if noted else None)

    async def do(self, loaded: LoadedCase, step: Step, now: datetime) -> LoadedCase:
        """The case after this step; a step that ends after `now` is only begun."""
        due = step.due
        runtime = self.services[due.service]
        if due.automatic:
            return await self._automatic(runtime, _at(loaded, step.at), due)
        draws = ids.draws(self.seed, loaded.case.id, loaded.case.version, "who")
        performer = loaded.sop.pelaksana[due.who]
        posts = performer.jabatan or loaded.sop.posts_recording(due.who)
        day = loaded.office.calendar.local_date(step.at)
        able = [
            official
            for official in loaded.office.officials_at(day)
            if official.jabatan in posts and _answers(official, loaded)
        ]
        actor = _actor(loaded.case.office, draws.choice(able))
        if step.begun and not _has_begun(loaded, due):
            loaded = await self._started(runtime, _at(loaded, step.begun), due, actor)
        return loaded if step.at > now else await self._ended(runtime, _at(loaded, step.at), due, actor)

    async def _automatic(self, runtime: Runtime, loaded: LoadedCase, due: DueTask) -> LoadedCase:
        if due.tugas != "check_rules":
            raise LookupError(f"{due.tugas} is automatic in {loaded.office.kode}")
        after, _ = await runtime.command_handler.append(loaded, rules(DueWork(loaded, due)), due, Attribution())
        return after

    async def _started(self, runtime: Runtime, loaded: LoadedCase, due: DueTask, actor: Actor) -> LoadedCase:
        command = self._command(actor, f"{due.tugas}/start", f"{loaded.case.id}/{loaded.case.version}", "{}")
        by = attribution_of(loaded, actor, due, None)
        after, _ = await runtime.command_handler.append(loaded, Decision(e.WorkStarted()), due, by, command)
        return after

    async def _ended(self, runtime: Runtime, loaded: LoadedCase, due: DueTask, actor: Actor) -> LoadedCase:
        draws = ids.draws(self.seed, loaded.case.id, loaded.case.version, "how")
        body = body_of(loaded, due, draws)
        command = self._command(actor, due.tugas, f"{loaded.case.id}/{loaded.case.version}", body.model_dump_json())
        outside = not loaded.sop.pelaksana[due.who].jabatan
        occurred = max(due.since, loaded.now - draws.random() * _EARLIER) if outside else None
        admitted_task(loaded, command, due.tugas, due.slot)
        by = attribution_of(loaded, actor, due, occurred)
        handler = COMMANDS[due.tugas]
        files = self._files(loaded, due, outside=outside)
        decided = await handler.decided(
            runtime, TaskRequest(actor, loaded, due, body, attachments(files), tuple(files))
        )
        if handler.keep and not loaded.case.documents:
            await runtime.keep(loaded, files)
        after, _ = await runtime.command_handler.append(loaded, decided, due, by, command)
        return after

    def _files(self, loaded: LoadedCase, due: DueTask, *, outside: bool) -> list[File]:
        if due.tugas == "sign":
            return [_file("scan", self.scan)]
        if due.tugas == "complete":
            return [_file(next(iter(loaded.sop.persyaratan)), self.paper)] if loaded.sop.persyaratan else []
        return [_file("bukti", self.paper)] if outside else []

    def _command(self, actor: Actor, route: str, key: str, body: str) -> CommandRequest:
        digest = ids.keyed_hash(self.services["intake"].settings.hmac_key, body.encode())
        return CommandRequest(actor, route, key, digest)


def _file(name: str, paper: Paper) -> File:
    return File(name, paper.data, paper.media_type, hashlib.sha256(paper.data).hexdigest())


def _actor(office: str, official: Official) -> Actor:
    return Actor(office, official.kode, official.jabatan)


def _at(loaded: LoadedCase, moment: datetime) -> LoadedCase:
    """The case at another time; the moment of this asyncio task is set too."""
    MOMENT.set(moment)
    return replace(loaded, now=moment)


def _answers(official: Official, loaded: LoadedCase) -> bool:
    application = loaded.case.application
    return application is not None and loaded.office.answers_for(
        official, application.entry_office, loaded.today.date()
    )


def _has_begun(loaded: LoadedCase, due: DueTask) -> bool:
    """Whether the begin of this very task is recorded."""
    for event in reversed(loaded.history):
        if event.slot == due.slot:
            return event.type == "WorkStarted" and (event.tugas, event.oleh) == (due.tugas, due.who)
    return False
