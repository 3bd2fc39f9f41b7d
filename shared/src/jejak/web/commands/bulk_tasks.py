"""A human task done once for several cases, one event per case.

`POST /tasks/{verb}` for the cases that are named (several parafs or signatures), `POST
/batches/{office}/{kumpulan}/tasks/{verb}` for those of a closed batch. Every service that owns such a task answers for
it. Each case is judged alone, as if it had been done alone, and says how many shared the time, and with which batch it
was done.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, FailFast, Field, create_model

from jejak.cases.command_handler import Act
from jejak.cases.decision import CommandRequest, Decision, LoadedCase, Receipt, check_post
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, NotYours, Problem, Refused
from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.commands.receipts import BulkReceipt, CaseDone, CaseRefusal
from jejak.web.commands.task_routes import AnyCommand, Commands, TaskRequest
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments

# A closed batch is what the first event of its stream says; who still waits in it is due, and has not acted since.
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
"""A member that could not go along was dropped, and waits for the next batch."""
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
# A request that comes again comes soon: its batch is among the office's last.
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
# Those who wait, and those who acted since it closed.
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
"""What a command has one after the other that names so many cases."""

type Which = Annotated[uuid.UUID | None, Query(description="Hanya kumpulan ini; tanpa ini semua yang sudah ditutup")]


@dataclass(frozen=True, slots=True)
class Member:
    """One case of the batch. `waiting`: its task has still to be done, as far as was noted."""

    case: uuid.UUID
    slot: str | None
    batch: uuid.UUID | None = None
    closed_at: datetime | None = None
    waiting: bool = True


type Cases = Annotated[
    tuple[uuid.UUID, ...],
    FailFast(),
    Field(max_length=_MOST, description="Hanya berkas ini dari kumpulannya; tanpa ini semua"),
]


class ChosenMembers(BaseModel):
    """Which cases of the batch."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: Cases = ()


type BulkRequest = Annotated[
    tuple[uuid.UUID, ...],
    FailFast(),
    Field(min_length=1, max_length=200, description="Berkas yang dikerjakan sekaligus"),
]


class NamedCases(BaseModel):
    """Which cases, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: BulkRequest


type Do = Callable[[CommandRequest, Member, int], Awaitable[Receipt]]


def routes(runtime: Runtime, commands: Commands) -> APIRouter:
    """The routes of every verb of a service."""
    router = APIRouter(tags=["kumpulan"])
    for verb, command in commands.items():
        _add(router, runtime, verb, command)
        _add_named(router, runtime, verb, command)
    return router


def _add_named(router: APIRouter, runtime: Runtime, verb: str, command: AnyCommand) -> None:
    model: Any = create_model(
        f"{TASKS[verb].body.__name__}Several", __base__=TASKS[verb].body, berkas=(BulkRequest, ...)
    )

    async def start(begun: Annotated[SentCommand[NamedCases], Depends(sent_command(NamedCases))]) -> BulkReceipt:
        asked, body, _ = begun

        async def begin(one: CommandRequest, member: Member, _: int) -> Receipt:
            return await runtime.command_handler.start_task(one, member.case, verb)

        return await do_each(asked, distinct_cases(body.berkas), begin)

    async def end(ended: Annotated[SentCommand[Any], Depends(sent_command(model, files=True))]) -> BulkReceipt:
        asked, body, files = ended

        async def finish(one: CommandRequest, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, command, one, body, files, member, share)
            return await runtime.command_handler.handle(one, member.case, verb, act, occurred_at=body.waktu_kejadian)

        return await do_each(asked, distinct_cases(body.berkas), finish)

    path = f"/tasks/{verb}"
    router.post(f"{path}/start", name=f"start_{verb}_several", summary=f"Mulai {verb} untuk beberapa berkas")(start)
    router.post(path, name=f"{verb}_several", summary=f"Selesaikan {verb} untuk beberapa berkas")(end)


def distinct_cases(cases: Sequence[uuid.UUID]) -> list[Member]:
    """Cases as they were named, each once."""
    return [Member(case, None) for case in dict.fromkeys(cases)]


def _add(router: APIRouter, runtime: Runtime, verb: str, command: AnyCommand) -> None:
    model: Any = create_model(f"{TASKS[verb].body.__name__}Together", __base__=TASKS[verb].body, berkas=(Cases, ()))

    async def start(
        begun: Annotated[SentCommand[ChosenMembers], Depends(sent_command(ChosenMembers, values=VALUES))],
        office: str,
        kumpulan: str,
        kumpulan_id: Which = None,
    ) -> BulkReceipt:
        asked, body, _ = begun
        members = await chosen_members(runtime, asked, office, kumpulan, verb, kumpulan_id, body.berkas)

        async def begin(one: CommandRequest, member: Member, _: int) -> Receipt:
            if not member.waiting:
                raise _done_before()
            return await runtime.command_handler.start_task(one, member.case, verb, slot=member.slot)

        return await do_each(asked, members, begin)

    async def end(
        ended: Annotated[SentCommand[Any], Depends(sent_command(model, files=True, values=VALUES))],
        office: str,
        kumpulan: str,
        kumpulan_id: Which = None,
    ) -> BulkReceipt:
        asked, body, files = ended
        members = await chosen_members(runtime, asked, office, kumpulan, verb, kumpulan_id, body.berkas)

        async def finish(one: CommandRequest, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, command, one, body, files, member, share)
            occurred_at = body.waktu_kejadian
            return await runtime.command_handler.handle(
                one, member.case, verb, act, slot=member.slot, occurred_at=occurred_at
            )

        return await do_each(asked, members, finish)

    path = f"/batches/{{office}}/{{kumpulan}}/tasks/{verb}"
    router.post(f"{path}/start", name=f"start_{verb}_together", summary=f"Mulai {verb} untuk satu kumpulan")(start)
    router.post(path, name=f"{verb}_together", summary=f"Selesaikan {verb} untuk satu kumpulan")(end)


def acting_with(
    runtime: Runtime,
    command: AnyCommand,
    asked: CommandRequest,
    body: Body,
    files: Sequence[File],
    member: Member,
    share: int,
) -> Act:
    """The act on one of several cases of one request; refused where it was done with this batch before."""

    async def act(opened: LoadedCase, due: DueTask) -> Decision:
        if not member.waiting:
            raise _done_before()
        decided = await command.decided(
            runtime, TaskRequest(asked.actor, opened, due, body, attachments(files), tuple(files))
        )
        if command.keep:
            await runtime.keep(opened, files)
        if not isinstance(decided.data, e.Act):
            return decided
        batch = {"batch": str(member.batch), "batch_closed_at": member.closed_at} if member.batch else {}
        return replace(decided, data=decided.data.model_copy(update={"share": share, **batch}))

    return act


async def chosen_members(
    runtime: Runtime,
    asked: CommandRequest,
    office: str,
    kumpulan: str,
    verb: str,
    batch: uuid.UUID | None,
    cases: Sequence[uuid.UUID],
) -> list[Member]:
    """The members the request is for. NotYours for another office's; Refused when nobody waits in a closed batch.

    Those who wait no longer are among them: a request that comes again finds there what it did before.
    """
    await admit(runtime, asked, office)
    pool = runtime.store.pool
    if batch is None:
        waiting = await pool.fetch(OPEN, office, kumpulan, verb)
        if len(waiting) > 1:
            known = {str(row["batch"]): row["period"] for row in waiting}
            raise Malformed(
                "kumpulan_perlu", "Beberapa kumpulan menunggu; sebutkan satu: ?kumpulan_id=…", kumpulan=known
            )
        batch = waiting[0]["batch"] if waiting else await pool.fetchval(LAST, office, kumpulan, verb)
    rows = await pool.fetch(MEMBERS, office, kumpulan, verb, batch)
    found = [Member(row["case"], row["slot"], row["batch"], row["closed_at"], row["open"]) for row in rows]
    wanted = [one for one in found if not cases or one.case in cases]
    if not any(one.waiting for one in wanted) and not (wanted and asked.key):
        raise nobody_waits(kumpulan, verb)
    return wanted


def _done_before() -> Refused:
    return Refused("sudah_dikerjakan", "Tidak ada berkas yang masih menunggu dalam kumpulan ini.")


def nobody_waits(kumpulan: str, verb: str) -> Refused:
    """Nobody waits in a closed batch."""
    return Refused(
        "kumpulan_kosong",
        f"Tidak ada yang menunggu {verb} dalam kumpulan {kumpulan} yang sudah ditutup. Tutup dahulu kumpulannya.",
    )


async def admit(runtime: Runtime, asked: CommandRequest, office: str) -> None:
    """NotYours for another office's batch, and for somebody who does not hold the post his token names."""
    if asked.actor.office != office:
        raise NotYours("kantor_lain", "Kumpulan ini milik kantor lain.")
    now = await runtime.store.now()
    check_post(await runtime.procedures.kantor(office, now), asked.actor, now)


async def do_each(asked: CommandRequest, members: Sequence[Member], do: Do) -> BulkReceipt:
    """Does it for every member, each judged alone; says of each what came of it.

    A request that may do it for nobody is answered as it would be for one.
    """
    if asked.if_match is not None:
        raise Malformed("if_match_salah", "If-Match tidak berlaku untuk satu kumpulan.")
    share = sum(one.waiting for one in members) or 1
    problems: list[Problem] = []

    async def one(member: Member) -> CaseDone | CaseRefusal | None:
        own = replace(asked, route=f"{asked.route} {member.case}")
        try:
            receipt = await do(own, member, share)
        except Problem as problem:
            if not member.waiting:
                return None
            problems.append(problem)
            return CaseRefusal(berkas=member.case, masalah=problem.code, sebab=problem.detail)
        return CaseDone(berkas=member.case, versi=receipt.version, ulangan=receipt.repeated)

    told: list[CaseDone | CaseRefusal] = []
    for chunk in batched(members, _AT_ONCE, strict=False):
        told += [said for said in await asyncio.gather(*(one(member) for member in chunk)) if said]
    if not told:
        raise _done_before()
    if len(problems) == len(told):
        raise problems[0]
    return BulkReceipt(selesai=len(told) - len(problems), gagal=len(problems), berkas=tuple(told))
