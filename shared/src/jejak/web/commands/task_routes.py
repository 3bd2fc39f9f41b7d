"""Human tasks over HTTP: one route that begins a task and one that ends it, for every verb a service owns.

A service gives a table: verb → the function that turns body and case into a decision. The bodies stand in the table of
tasks (`jejak.contracts.tasks`).
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Query, Response

from jejak.cases.decision import Actor, Decision, LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform.errors import Malformed, Problem
from jejak.web.authorisation import EmptyCommand, SentCommand, sent_command
from jejak.web.commands.receipts import CommandReceipt, receipt_response
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments

type Slot = Annotated[str | None, Query(max_length=60, description="Bila tugas yang sama menunggu di beberapa tempat")]


@dataclass(frozen=True, slots=True)
class TaskRequest[B: Body]:
    """One request to end a task: the case, the task, the body, the files as the event names them, and the uploads."""

    actor: Actor
    opened: LoadedCase
    due: DueTask
    body: B
    files: tuple[e.Attachment, ...]
    uploads: tuple[File, ...]

    def outcome(self, allowed: Sequence[str] | None = None) -> str:
        """The requested outcome; the good one when none is named. Malformed for one that the task does not have."""
        known = tuple(allowed or self.due.task.targets) if self.due.tugas != COMPLETE else TASKS[COMPLETE].outcomes
        hasil = self.body.hasil or known[0]
        if hasil not in known:
            raise Malformed(
                "hasil_tidak_dikenal", f"Hasil untuk {self.due.tugas} adalah salah satu dari: {', '.join(known)}."
            )
        return hasil

    def note(self) -> str | None:
        """The note; Malformed when the outcome needs a reason and none was given."""
        if self.outcome() in TASKS[self.due.tugas].reasoned and not self.body.catatan:
            raise Malformed("alasan_perlu", f"Hasil {self.outcome()} perlu alasan: isi catatan.")
        return self.body.catatan


type Decide[B: Body] = Callable[[TaskRequest[B]], Decision]
"""A pure decision by the request and the case."""
type Act[B: Body] = Callable[[Runtime, TaskRequest[B]], Awaitable[Decision]]
"""A decision with side effects: a number, a signature, a row of an online spreadsheet."""

type Together[B: Body] = Callable[[Runtime, Sequence[TaskRequest[B]]], Awaitable[Mapping[uuid.UUID, Problem]]]
"""What is done once for several tasks, before each is decided alone; the problems, by case."""


def _nothing(_: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Command[B: Body]:
    """A verb with a pure decision; its files are stored under the working key before the event names them."""

    decide: Decide[B]
    keep: ClassVar[bool] = True
    together: ClassVar[None] = None

    def asks(self, _: str) -> frozenset[str]:
        return frozenset()

    async def decided(self, _: Runtime, request: TaskRequest[B]) -> Decision:
        return self.decide(request)


@dataclass(frozen=True, slots=True)
class Shell[B: Body]:
    """A verb whose decision has side effects. `keep` False: it stores its files itself.

    `together`: what several tasks share; `asks`: which further fields an office's form has, by their `each`.
    """

    act: Act[B]
    keep: bool = True
    together: Together[B] | None = None
    asks: Callable[[str], frozenset[str]] = _nothing

    async def decided(self, runtime: Runtime, request: TaskRequest[B]) -> Decision:
        return await self.act(runtime, request)


type AnyCommand = Command[Any] | Shell[Any]
type Commands = Mapping[str, AnyCommand]


async def decide_and_store(runtime: Runtime, command: AnyCommand, request: TaskRequest[Any]) -> Decision:
    """The decision of a request, once the files that its event names are stored."""
    decision = await command.decided(runtime, request)
    if command.keep:
        await runtime.keep(request.opened, request.uploads)
    return decision


def routes(runtime: Runtime, commands: Commands) -> APIRouter:
    """`POST /cases/{case}/tasks/{verb}` and `…/start` for each verb."""
    router = APIRouter(tags=["tugas"])
    for verb, command in commands.items():
        _add(router, runtime, verb, command)
    return router


def _add(router: APIRouter, runtime: Runtime, verb: str, command: AnyCommand) -> None:
    kind = TASKS[verb]

    async def start(request: EmptyCommand, case: uuid.UUID, response: Response, slot: Slot = None) -> CommandReceipt:
        return receipt_response(response, await runtime.command_handler.start_task(request, case, verb, slot=slot))

    async def end(
        sent: Annotated[SentCommand[Any], Depends(sent_command(kind.body, files=True))],
        case: uuid.UUID,
        response: Response,
        slot: Slot = None,
    ) -> CommandReceipt:
        request, body, files = sent

        async def act(loaded: LoadedCase, due: DueTask) -> Decision:
            task = TaskRequest(request.actor, loaded, due, body, attachments(files), tuple(files))
            return await decide_and_store(runtime, command, task)

        done = await runtime.command_handler.handle(
            request, case, verb, act, slot=slot, occurred_at=body.waktu_kejadian
        )
        return receipt_response(response, done)

    router.post(f"/cases/{{case}}/tasks/{verb}/start", name=f"start_{verb}", summary=f"Mulai {verb}")(start)
    router.post(f"/cases/{{case}}/tasks/{verb}", name=verb, summary=f"Selesaikan {verb} ({kind.good} …)")(end)


def plain_completion(request: TaskRequest[Body]) -> Decision:
    """The decision of a task whose event only holds a note and files; which event, the table of tasks says."""
    hasil, kind = request.outcome(), TASKS[request.due.tugas]
    event = e.MODELS[kind.event_of(hasil, inverse=request.opened.sop.inverse), 1]
    return Decision(event.model_validate({"note": request.note(), "evidence": request.files}), hasil)
