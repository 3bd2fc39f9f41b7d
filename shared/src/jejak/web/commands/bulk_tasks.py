"""A human task done at once for several cases, one event per case.

`POST /tasks/{verb}` takes the cases by name (several parafs or signatures), `POST
/batches/{office}/{kumpulan}/tasks/{verb}` those of a closed batch, in every service with such a task. Each
case is judged as if it were handled alone; its event says how many cases share the time, and the batch.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, FailFast, Field, create_model

from jejak.cases.command_handler import Act
from jejak.cases.decision import (
    CommandRequest,
    Decision,
    LoadedCase,
    Receipt,
    admitted_task,
    attribution_of,
    check_post,
    repeated_receipt,
)
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.task_bodies import SECRETS, Body
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, NotYours, Problem, Refused
from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.commands.receipts import BulkReceipt, CaseDone, CaseRefusal
from jejak.web.commands.task_routes import AnyCommand, Commands, TaskRequest, decide_and_store
from jejak.web.http_app import MAX_VALUES, File
from jejak.web.runtime import Runtime, attachments

# A closed batch is the first event of its stream; a member waits while its task is due and was not done since then.
_CLOSED: Final = """
  SELECT s.key AS batch, said ->> 'period' AS period, said -> 'members' AS members,
         ARRAY (SELECT es.readable(x.payload) ->> 'member' FROM es.event x
                WHERE x.stream_no = s.stream_no AND x.type = 'BatchMemberDropped') AS dropped,
         coalesce((said ->> 'closed_at')::timestamptz, e.recorded_at) AS closed_at
  FROM {streams} AS s JOIN es.event e ON e.stream_no = s.stream_no AND e.version = 1 AND e.type = 'BatchClosed'
  CROSS JOIN LATERAL (SELECT es.readable(e.payload) AS said OFFSET 0) AS p
  WHERE said ->> 'batch' = $2"""
_ACTED: Final = """
  EXISTS (SELECT FROM es.event a WHERE a.stream_no = d.stream_no AND a.slot = d.slot AND a.tugas = $3
          AND a.hasil IS NOT NULL AND a.recorded_at >= c.closed_at)"""
_STILL_IN: Final = "NOT m.member = ANY (array_remove(c.dropped, NULL))"
"""A member dropped from a batch waits for the next one."""
OPEN: Final = f"""
WITH waiting AS MATERIALIZED (
  SELECT stream_no, stream, slot, since FROM es.due WHERE office = $1 AND kumpulan = $2 AND tugas = $3
), closed AS MATERIALIZED ({
    _CLOSED.format(
        streams='''(SELECT * FROM es.stream WHERE office = $1 AND kind = 'batch'
        AND recorded_at >= (SELECT min(since) FROM waiting) OFFSET 0)'''
    )
})
SELECT c.batch, c.period, c.closed_at FROM closed c
WHERE EXISTS (SELECT FROM jsonb_array_elements_text(c.members) AS m (member) JOIN waiting d ON d.stream = m.member::uuid
              WHERE d.since <= c.closed_at AND NOT {_ACTED} AND {_STILL_IN})
ORDER BY c.closed_at
"""  # noqa: S608 - conditions of ours
# A repeated request comes soon after the first: its batch is among the office's last.
LAST: Final = f"""
WITH closed AS MATERIALIZED ({
    _CLOSED.format(
        streams='''(SELECT * FROM es.stream WHERE office = $1 AND kind = 'batch'
        ORDER BY stream_no DESC LIMIT 100)'''
    )
})
SELECT c.batch FROM closed c
WHERE EXISTS (SELECT FROM jsonb_array_elements_text(c.members) AS m (member) JOIN es.stream d ON d.key = m.member::uuid
              JOIN es.event a ON a.stream_no = d.stream_no
              WHERE a.tugas = $3 AND a.hasil IS NOT NULL AND a.recorded_at >= c.closed_at)
ORDER BY c.closed_at DESC LIMIT 1
"""  # noqa: S608 - conditions of ours
# The members that wait, and those whose task was done since the batch closed.
MEMBERS: Final = f"""
WITH closed AS MATERIALIZED ({
    _CLOSED.format(streams="(SELECT * FROM es.stream WHERE key = $4 AND office = $1 AND kind = 'batch')")
})
SELECT c.batch, c.closed_at, s.key AS "case", o.slot, o.open
FROM closed c CROSS JOIN LATERAL jsonb_array_elements_text(c.members) AS m (member)
JOIN es.stream s ON s.key = m.member::uuid AND {_STILL_IN}
CROSS JOIN LATERAL (
  SELECT d.slot, true AS open FROM es.due d
  WHERE d.stream_no = s.stream_no AND d.kumpulan = $2 AND d.tugas = $3 AND d.since <= c.closed_at AND NOT {_ACTED}
  UNION ALL
  SELECT DISTINCT a.slot, false FROM es.event a
  WHERE a.stream_no = s.stream_no AND a.tugas = $3 AND a.hasil IS NOT NULL AND a.recorded_at >= c.closed_at
) AS o
ORDER BY s.key
"""  # noqa: S608 - conditions of ours
_AT_ONCE: Final = 20
_MOST: Final = 5_000
VALUES: Final = _MOST + 1_000
"""Most values of a command that may name `_MOST` cases."""

type Cases = Annotated[
    tuple[uuid.UUID, ...],
    FailFast(),
    Field(max_length=_MOST, description="Hanya berkas ini dari kumpulannya; tanpa ini semua"),
]
type BulkRequest = Annotated[
    tuple[uuid.UUID, ...],
    FailFast(),
    Field(min_length=1, max_length=200, description="Berkas yang dikerjakan sekaligus"),
]


class ChosenMembers(BaseModel):
    """The cases of the batch that are meant; all where none is named."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: Cases = ()


class NamedCases(ChosenMembers):
    """The cases that are meant."""

    berkas: BulkRequest


@dataclass(frozen=True, slots=True)
class Member:
    """One case of a bulk task. `waiting`: its task is still to be done."""

    case: uuid.UUID
    slot: str | None
    batch: uuid.UUID | None = None
    closed_at: datetime | None = None
    waiting: bool = True


class Batch(NamedTuple):
    """The batch of an address: its office, its name, and its identity where several of the name are closed."""

    office: str
    kumpulan: str
    identity: uuid.UUID | None


type BatchId = Annotated[uuid.UUID | None, Query(description="Hanya kumpulan ini; tanpa ini semua yang sudah ditutup")]


async def _batch(office: str, kumpulan: str, kumpulan_id: BatchId = None) -> Batch:
    return Batch(office, kumpulan, kumpulan_id)


async def _no_batch() -> None:
    """In the place of `_batch` where the body names the cases."""


type Do = Callable[[CommandRequest, Member, int], Awaitable[Receipt]]
"""Handles the command for one member; the number counts the cases that share its time."""


def routes(runtime: Runtime, commands: Commands) -> APIRouter:
    """The routes of every verb of a service."""
    router = APIRouter(tags=["kumpulan"])
    for verb, command in commands.items():
        _add(router, runtime, verb, command, of_batch=True)
        _add(router, runtime, verb, command, of_batch=False)
    return router


def _add(router: APIRouter, runtime: Runtime, verb: str, command: AnyCommand, *, of_batch: bool) -> None:
    handler, task, cases = runtime.command_handler, TASKS[verb].body, ChosenMembers if of_batch else NamedCases
    suffix, words = ("together", "satu kumpulan") if of_batch else ("several", "beberapa berkas")
    path = f"/batches/{{office}}/{{kumpulan}}/tasks/{verb}" if of_batch else f"/tasks/{verb}"
    address, values = Depends(_batch if of_batch else _no_batch), VALUES if of_batch else MAX_VALUES
    berkas: Any = (Cases, ()) if of_batch else (BulkRequest, ...)
    model: Any = create_model(f"{task.__name__}{suffix.capitalize()}", __base__=task, berkas=berkas)
    secrets: dict[str, Any] = {
        name: (task.model_fields[name].annotation, None) for name in SECRETS & {*task.model_fields}
    }
    begun: Any = create_model(f"{model.__name__}Start", __base__=cases, **secrets) if secrets else cases

    async def members_of(sent: SentCommand[Any], batch: Batch | None) -> list[Member]:
        if batch is None:
            return [Member(case, None) for case in dict.fromkeys(sent.body.berkas)]
        return await chosen_members(runtime, sent.request, batch, verb, sent.body.berkas)

    async def start(
        sent: Annotated[SentCommand[Any], Depends(sent_command(begun, values=values))],
        batch: Annotated[Batch | None, address],
    ) -> BulkReceipt:
        async def begin(request: CommandRequest, member: Member, _: int) -> Receipt:
            if not member.waiting:
                raise _done_before()
            return await handler.start_task(request, member.case, verb, slot=member.slot)

        return await do_each(sent.request, await members_of(sent, batch), begin)

    async def end(
        sent: Annotated[SentCommand[Any], Depends(sent_command(model, files=True, values=values))],
        batch: Annotated[Batch | None, address],
    ) -> BulkReceipt:
        members = await members_of(sent, batch)
        _check_alone(sent.body, sent.files, members)
        shared = await _done_together(runtime, command, verb, sent, members)
        body, files = sent.body.without_secrets(), sent.files

        async def finish(request: CommandRequest, member: Member, share: int) -> Receipt:
            if problem := shared.get(member.case):
                raise problem
            act = acting_with(runtime, command, request, body, files, member, share)
            time = body.waktu_kejadian
            return await handler.handle(request, member.case, verb, act, slot=member.slot, occurred_at=time)

        return await do_each(sent.request, members, finish)

    router.post(f"{path}/start", name=f"start_{verb}_{suffix}", summary=f"Mulai {verb} untuk {words}")(start)
    router.post(path, name=f"{verb}_{suffix}", summary=f"Selesaikan {verb} untuk {words}")(end)


def _check_alone(body: Body, files: Sequence[File], members: Sequence[Member]) -> None:
    """Malformed for what is true of one case and would be recorded of several."""
    if len(members) > 1 and (own := body.of_one_case([file.name for file in files])):
        raise Malformed(
            "isian_sendiri", f"Isian {', '.join(own)} berbeda tiap berkas: kerjakan berkasnya satu per satu."
        )


async def _done_together(
    runtime: Runtime, command: AnyCommand, verb: str, sent: SentCommand[Any], members: Sequence[Member]
) -> Mapping[uuid.UUID, Problem]:
    """What the command does once for all tasks that may be done now; the others get their refusal one by one."""
    if command.together is None or not (waiting := [member for member in members if member.waiting]):
        return {}
    loaded_cases = await runtime.command_handler.load_all([member.case for member in waiting])
    tasks: list[TaskRequest[Any]] = []
    for member in waiting:
        loaded, request = loaded_cases.get(member.case), _of_member(sent.request, member)
        if loaded is None:
            continue
        with contextlib.suppress(Problem):
            if repeated_receipt(loaded, request) is None:
                due = admitted_task(loaded, request, verb, member.slot)
                attribution_of(loaded, request.actor, due, sent.body.waktu_kejadian)
                tasks.append(TaskRequest(request.actor, loaded, due, sent.body, attachments(sent.files), ()))
    return await command.together(runtime, tasks)


def _of_member(request: CommandRequest, member: Member) -> CommandRequest:
    """The request of one member; it is repeated for this case alone."""
    return replace(request, route=f"{request.route} {member.case}")


def acting_with(
    runtime: Runtime,
    command: AnyCommand,
    request: CommandRequest,
    body: Body,
    files: Sequence[File],
    member: Member,
    share: int,
) -> Act:
    """The act on one member of a bulk task; Refused where it was done with this batch before."""

    async def act(loaded: LoadedCase, due: DueTask) -> Decision:
        if not member.waiting:
            raise _done_before()
        task = TaskRequest(request.actor, loaded, due, body, attachments(files), tuple(files))
        decision = await decide_and_store(runtime, command, task)
        if not isinstance(decision.data, e.Act):
            return decision
        batch = {"batch": str(member.batch), "batch_closed_at": member.closed_at} if member.batch else {}
        return replace(decision, data=decision.data.model_copy(update={"share": share, **batch}))

    return act


async def chosen_members(
    runtime: Runtime, request: CommandRequest, batch: Batch, verb: str, cases: Sequence[uuid.UUID]
) -> list[Member]:
    """The members of a closed batch that a request means; those already done too, so that its repetition finds them.

    NotYours for another office's batch, or a post that is not held today; Refused when no member waits.
    """
    office, kumpulan, identity = batch
    if request.actor.office != office:
        raise NotYours("kantor_lain", "Kumpulan ini milik kantor lain.")
    now = await runtime.store.now()
    check_post(await runtime.procedures.kantor(office, now), request.actor, now)
    pool = runtime.store.pool
    if identity is None:
        waiting = await pool.fetch(OPEN, office, kumpulan, verb)
        if len(waiting) > 1:
            known = {str(row["batch"]): row["period"] for row in waiting}
            raise Malformed(
                "kumpulan_perlu", "Beberapa kumpulan menunggu; sebutkan satu: ?kumpulan_id=…", kumpulan=known
            )
        identity = waiting[0]["batch"] if waiting else await pool.fetchval(LAST, office, kumpulan, verb)
    rows = await pool.fetch(MEMBERS, office, kumpulan, verb, identity)
    members = [
        Member(row["case"], row["slot"], row["batch"], row["closed_at"], row["open"])
        for row in rows
        if not cases or row["case"] in cases
    ]
    if not any(member.waiting for member in members) and not (members and request.key):
        raise Refused(
            "kumpulan_kosong",
            f"Tidak ada yang menunggu {verb} dalam kumpulan {kumpulan} yang sudah ditutup. Tutup dahulu kumpulannya.",
        )
    return members


def _done_before() -> Refused:
    return Refused("sudah_dikerjakan", "Tidak ada berkas yang masih menunggu dalam kumpulan ini.")


async def do_each(request: CommandRequest, members: Sequence[Member], do: Do) -> BulkReceipt:
    """Handle the command for every member, each judged alone, and report the result of each.

    Where all are refused, the first refusal is raised, as for a single case.
    """
    if request.if_match is not None:
        raise Malformed("if_match_salah", "If-Match tidak berlaku untuk satu kumpulan.")
    share = sum(member.waiting for member in members) or 1
    problems: list[Problem] = []

    async def result_of(member: Member) -> CaseDone | CaseRefusal | None:
        try:
            receipt = await do(_of_member(request, member), member, share)
        except Problem as problem:
            if not member.waiting:
                return None
            problems.append(problem)
            return CaseRefusal(berkas=member.case, masalah=problem.code, sebab=problem.detail)
        return CaseDone(berkas=member.case, versi=receipt.version, ulangan=receipt.repeated)

    results: list[CaseDone | CaseRefusal] = []
    for chunk in batched(members, _AT_ONCE, strict=False):
        results += filter(None, await asyncio.gather(*map(result_of, chunk)))
    if not results:
        raise _done_before()
    if len(problems) == len(results):
        raise problems[0]
    return BulkReceipt(selesai=len(results) - len(problems), gagal=len(problems), berkas=tuple(results))
