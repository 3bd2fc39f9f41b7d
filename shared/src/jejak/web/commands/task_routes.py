"""Human tasks over HTTP: one route to begin a task and one to end it, for every verb a service owns.

A service gives a table: verb → the function that turns body and case into a decision. What the body is, the table of
tasks says.
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
from jejak.platform.errors import Malformed
from jejak.web.authorisation import EmptyCommand, SentCommand, sent_command
from jejak.web.commands.receipts import CommandReceipt, receipt_response
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments

type Slot = Annotated[str | None, Query(max_length=60, description="Bila tugas yang sama menunggu di beberapa tempat")]


@dataclass(frozen=True, slots=True)
class TaskRequest[B: Body]:
    """One request to end a task: the case as it is, the task, the body, and the files as the event names them."""

    actor: Actor
    opened: LoadedCase
    due: DueTask
    body: B
    files: tuple[e.Attachment, ...]
    uploads: tuple[File, ...]

    def outcome(self, allowed: Sequence[str] | None = None) -> str:
        """The outcome asked for; the good one when none is named. Malformed for one the task does not have."""
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
"""A decision: all that it needs stands in the request and in the case."""
type Act[B: Body] = Callable[[Runtime, TaskRequest[B]], Awaitable[Decision]]
"""A decision with what it takes of the world or leaves there: a number, a signature, a line of an online sheet."""


@dataclass(frozen=True, slots=True)
class Command[B: Body]:
    """A verb that a service decides; the files are stored under the working key before the event names them."""

    decide: Decide[B]
    keep: ClassVar[bool] = True

    async def decided(self, _: Runtime, asking: TaskRequest[B]) -> Decision:
        return self.decide(asking)


@dataclass(frozen=True, slots=True)
class Shell[B: Body]:
    """A verb whose decision is carried out too. `keep` False: it stores its files itself."""

    act: Act[B]
    keep: bool = True

    async def decided(self, runtime: Runtime, asking: TaskRequest[B]) -> Decision:
        return await self.act(runtime, asking)


type AnyCommand = Command[Any] | Shell[Any]
type Commands = Mapping[str, AnyCommand]


def routes(runtime: Runtime, commands: Commands) -> APIRouter:
    """`POST /cases/{case}/tasks/{verb}` and `…/start` for each verb."""
    router = APIRouter(tags=["tugas"])
    for verb, command in commands.items():
        _add(router, runtime, verb, command)
    return router


def _add(router: APIRouter, runtime: Runtime, verb: str, command: AnyCommand) -> None:
    kind = TASKS[verb]

    async def start(asked: EmptyCommand, case: uuid.UUID, response: Response, slot: Slot = None) -> CommandReceipt:
        return receipt_response(response, await runtime.command_handler.start_task(asked, case, verb, slot=slot))

    async def end(
        command_sent: Annotated[SentCommand[Any], Depends(sent_command(kind.body, files=True))],
        case: uuid.UUID,
        response: Response,
        slot: Slot = None,
    ) -> CommandReceipt:
        asked, body, files = command_sent

        async def act(opened: LoadedCase, due: DueTask) -> Decision:
            asking = TaskRequest(asked.actor, opened, due, body, attachments(files), tuple(files))
            decided = await command.decided(runtime, asking)
            if command.keep:
                await runtime.keep(opened, files)
            return decided

        done = await runtime.command_handler.handle(asked, case, verb, act, slot=slot, occurred_at=body.waktu_kejadian)
        return receipt_response(response, done)

    router.post(f"/cases/{{case}}/tasks/{verb}/start", name=f"start_{verb}", summary=f"Mulai {verb}")(start)
    router.post(f"/cases/{{case}}/tasks/{verb}", name=verb, summary=f"Selesaikan {verb} ({kind.good} …)")(end)


def plain_completion(asking: TaskRequest[Body]) -> Decision:
    """A task of which there is only to say that it was done, how, with what note and files: its event, by the table."""
    hasil, kind = asking.outcome(), TASKS[asking.due.tugas]
    event = e.MODELS[kind.event_of(hasil, inverse=asking.opened.sop.inverse), 1]
    return Decision(event.model_validate({"note": asking.note(), "evidence": asking.files}), hasil)
