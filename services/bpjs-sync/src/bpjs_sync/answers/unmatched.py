"""Answers that could not be placed, from files and messages: a person places each, or sets it aside."""

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, TypedDict

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bpjs_sync.answers.answer import Objection
from bpjs_sync.answers.importing import Importer, check_works
from bpjs_sync.answers.rows import from_raw, ranges
from bpjs_sync.answers.unmatched_store import COUNT, REPLY, ROW, UnmatchedRow, opened_row, unmatched_rows
from bpjs_sync.batches.api import AtOffice, own_office
from bpjs_sync.cursors import cursor_of, place_of
from bpjs_sync.pages.desk import SHOWN
from bpjs_sync.pages.page import MOST, DeskPages
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.status import PLACED
from jejak.cases.decision import Actor
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Missing, Refused
from jejak.procedure.office.kantor import Kantor
from jejak.tables.cells import BadValueError
from jejak.web.authorisation import ByRequester, SentCommand, sent_command
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from jejak.web.runtime import Runtime

type Limit = Annotated[int, Query(ge=1, le=MOST)]
type Cursor = Annotated[str | None, Query(max_length=200, description="Isi `cursor` dari halaman sebelumnya")]


class Resolution(BaseModel):
    """The case that the answer is about (number or code), or the reason for which it is set aside."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    berkas: str | None = Field(default=None, max_length=40)
    kesampingkan: e.Text | None = None


class UnmatchedAnswer(TypedDict):
    """A page of the answers that wait for a person, the longest waiting first, and how many wait.

    `cursor` asks for the next page, null where there is none.
    """

    jumlah: int
    baris: list[UnmatchedRow]
    cursor: str | None


class ResolutionResult(TypedDict):
    """The answer that was placed on a case, or set aside."""

    id: str
    berkas: str | None


@dataclass(frozen=True, slots=True)
class UnmatchedAnswers:
    """The answers that wait for a person, by file or by message."""

    runtime: Runtime
    importer: Importer
    inbox: Inbox

    async def resolve(
        self, actor: Actor, office: Kantor, identity: uuid.UUID, case: uuid.UUID | None, resolution: str
    ) -> None:
        """Applies an answer to a case, if there is one, and resolves it.

        Missing where no answer waits under this id, Refused where it cannot be applied to the case.
        """
        pool = self.runtime.store.pool
        if row := await pool.fetchrow(ROW, actor.office, identity):
            query, apply = "SELECT bpjs.resolve_unplaced($1, $2, $3, $4)", partial(self._apply_row, actor, office, row)
        elif row := await pool.fetchrow(REPLY, actor.office, identity):
            query, apply = "SELECT bpjs.resolve_reply($1, $2, $3, $4)", partial(self._apply_reply, actor, office, row)
        else:
            raise Missing("baris_tidak_ada", "Baris itu tidak ada, atau sudah diselesaikan.")
        if case is not None and (objection := await apply(case)) is not None:
            raise Refused("tidak_dapat_diterapkan", f"Jawaban ini tidak dapat diterapkan: {objection.words}.")
        await pool.execute(query, identity, actor.code, resolution, case)

    async def _apply_row(self, actor: Actor, office: Kantor, row: Any, case: uuid.UUID) -> Objection | None:
        try:
            raw = opened_row(self.runtime.settings.master_keys, row)
            answer = from_raw(row["row_no"], raw, office.kata, await self.importer.lists(office.kode))
        except BadValueError as error:
            raise Refused(
                "baris_tidak_terbaca", f"Baris ini tidak dapat diterapkan: {error}. Catat dengan tangan."
            ) from None
        return await self.importer.apply_row(actor, row["sha256"].hex(), answer, case)

    async def _apply_reply(self, actor: Actor, office: Kantor, row: Any, case: uuid.UUID) -> Objection | None:
        [answer] = await self.inbox.answers([row])
        answer = replace(answer, on=office.calendar.local_date(row["replied_at"]))
        source = e.Source(way="http", reference=str(row["reply"]))
        return await self.importer.apply(actor, answer, case, source, f"jawaban {row['id']}", "orang")


def routes(runtime: Runtime, inbox: Inbox, pages: DeskPages) -> APIRouter:
    """`/bpjs/unmatched`: for officials of the office."""
    router = APIRouter(tags=["bpjs"])
    answers = UnmatchedAnswers(runtime, Importer(runtime), inbox)

    @router.get(
        "/bpjs/unmatched",
        summary="Jawaban yang belum dapat ditempatkan",
        response_model=UnmatchedAnswer,
        responses=PAGE,
    )
    async def unmatched(
        request: Request, requester: AtOffice, limit: Limit = SHOWN, cursor: Cursor = None
    ) -> UnmatchedAnswer | Response:
        if wants_page(request):
            return await pages.unmatched(request, requester, limit, cursor)
        office, pool = own_office(requester).kode, runtime.store.pool
        lines, after = await unmatched_rows(pool, runtime.settings.master_keys, office, limit, place_of(cursor))
        onward = cursor_of(after) if after else None
        return {"jumlah": await pool.fetchval(COUNT, office), "baris": lines, "cursor": onward}

    @router.post("/bpjs/unmatched/{row}", summary="Tempatkan satu jawaban pada berkasnya, atau kesampingkan")
    async def resolve(
        resolution: Annotated[SentCommand[Resolution], Depends(sent_command(Resolution))],
        requester: ByRequester,
        row: uuid.UUID,
    ) -> ResolutionResult:
        body, actor = resolution.body, requester.actor
        office = own_office(requester)
        await check_works(runtime, actor)
        if (body.berkas is None) == (body.kesampingkan is None):
            raise Malformed("pilih_satu", "Sebutkan berkas yang dimaksud, atau alasan mengesampingkan baris ini.")
        case = await _named_case(runtime, body.berkas) if body.berkas is not None else None
        await answers.resolve(actor, office, row, case, body.kesampingkan or PLACED)
        return {"id": str(row), "berkas": str(case) if case else None}

    return router


async def _named_case(runtime: Runtime, name: str) -> uuid.UUID:
    span = ranges(name)
    cases = await runtime.store.find(*span) if span else []
    if len(cases) != 1:
        raise Missing("berkas_tidak_ada", "Berkas dengan nomor itu tidak ada. Periksa nomornya pada tanda terima.")
    return cases[0]
