"""Replays messages to BPJS from any time on: over HTTP as lines of JSON, or onto the topic.

Replayed messages are those of before, encrypted to the keys that are valid now; the tables stay private.
"""

import re
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from bpjs_sync.outgoing.messages import Messages
from bpjs_sync.outgoing.outbox import ROWS, OutboxRow, row_of
from bpjs_sync.rates import Rates
from jejak.contracts.bpjs.http import NDJSON, READING_AGAIN, SUBMISSIONS_ERRORS
from jejak.platform.errors import Malformed, Problem, Refused
from jejak.timekeeping.dates import MESSAGE, typed_instant
from jejak.web.openapi.route_descriptions import problems
from jejak.web.runtime import Runtime

_PAGE: Final = 250
"""Messages read, encrypted and sent before the next are read: it bounds the memory of a replay."""
BEGIN: Final = "SELECT min(position + 0) - 1 FROM bpjs.message WHERE recorded_at >= $1"
"""The + 0 makes it use the index on times, instead of a scan from the first message."""
NEXT: Final = f"""
{ROWS} WHERE m.position > $1 AND ($2::timestamptz IS NULL OR m.recorded_at >= $2) ORDER BY m.position LIMIT $3
"""
NEXT_OF_OFFICE: Final = f"""
{ROWS} WHERE m.office = $4 AND m.position > $1 AND ($2::timestamptz IS NULL OR m.recorded_at >= $2)
ORDER BY m.position LIMIT $3
"""

EPOCH: Final = "SELECT epoch FROM es.current_epoch()"
HEAD: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_CURSOR: Final = re.compile(r"([0-9a-f-]{36})\.(\d{1,18})")
_PARAMETERS: Final = frozenset({"office", "since", "cursor", "limit"})

type Office = Annotated[str | None, Query(max_length=20, description="only this kabupaten or kota")]
type Since = Annotated[str | None, Query(description="only what was recorded then or later, with its zone")]
type Cursor = Annotated[str | None, Query(description="`epoch`.`position` of the last line: what comes after it")]
type Limit = Annotated[int | None, Query(ge=1, description="so many lines at most")]


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The part of the messages to replay."""

    office: str | None = None
    since: datetime | None = None
    cursor: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Reads the stored messages of one installation."""

    runtime: Runtime

    async def pages(self, request: ReplayRequest) -> AsyncIterator[Sequence[OutboxRow]]:
        """Pages in the order of the ledger, up to its end when the last page is read."""
        pool, left = self.runtime.store.pool, request.limit or sys.maxsize
        position = request.cursor
        if position is None:
            position = await pool.fetchval(BEGIN, request.since) if request.since else 0
        query, office = (NEXT_OF_OFFICE, (request.office,)) if request.office is not None else (NEXT, ())
        while position is not None and left:
            page = min(_PAGE, left)
            records = await pool.fetch(query, position, request.since, page, *office)
            rows = [row_of(record) for record in records]
            if rows:
                yield rows
            left -= len(rows)
            position = rows[-1].position if len(rows) == page else None


def routes(runtime: Runtime, served: Sequence[Messages], rates: Rates) -> APIRouter:
    """`GET /bpjs/submissions`, once for every version of the contract."""
    router = APIRouter(tags=["bpjs"])
    for messages in served:
        _add(router, runtime, messages, rates)
    return router


def _add(router: APIRouter, runtime: Runtime, messages: Messages, rates: Rates) -> None:
    contract = messages.edition.contract

    @router.get(
        f"{contract.path}/submissions",
        summary="The messages to BPJS again: one CloudEvent a line (NDJSON)",
        name=f"replay_v{contract.version}",
        description=READING_AGAIN,
        response_class=StreamingResponse,
        responses=problems(SUBMISSIONS_ERRORS) | {200: {"content": {NDJSON: {}}}},
    )
    async def submissions(
        request: Request, office: Office = None, since: Since = None, cursor: Cursor = None, limit: Limit = None
    ) -> StreamingResponse:
        await rates.client(request)
        if unknown := sorted(request.query_params.keys() - _PARAMETERS):
            known = ", ".join(sorted(_PARAMETERS))
            raise Malformed(
                "parameter_tidak_dikenal", f"Ada parameter yang tidak dikenal ({len(unknown)}); ada {known}."
            )
        epoch = str(await runtime.store.pool.fetchval(EPOCH))
        place = None if cursor is None else place_of(cursor, epoch, await runtime.store.pool.fetchval(HEAD))
        if office is not None:
            await runtime.procedures.kantors(office)
        replay = ReplayRequest(office, None if since is None else instant_of(since), place, limit)
        if not await messages.readers.valid():
            raise no_key()
        lines = _lines(runtime, messages, replay, epoch)
        return StreamingResponse(lines, media_type=NDJSON, headers={"Cache-Control": "no-store"})


async def _lines(runtime: Runtime, messages: Messages, request: ReplayRequest, epoch: str) -> AsyncIterator[bytes]:
    """The lines end with the epoch: a reader who goes on after the last gets `epoch_lain`."""
    async for rows in Replay(runtime).pages(request):
        if str(await runtime.store.pool.fetchval(EPOCH)) != epoch:
            return
        yield "".join(f"{line}\n" for line in await messages.lines(rows, epoch)).encode()


def place_of(cursor: str, epoch: str, head: int) -> int:
    """The position of a cursor. Refused for another epoch, Malformed for no cursor or a position beyond the ledger."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        detail = "Tulis cursor sebagai epoch dan position dari baris terakhir, dipisahkan titik."
        raise Malformed("cursor_salah", detail)
    if match[1] != epoch:
        detail = "Buku besar kembali ke keadaan sebelumnya: epoch pada cursor sudah berakhir. Baca lagi dari awal."
        raise Refused("epoch_lain", detail, epoch=epoch)
    if int(match[2]) > head:
        raise Malformed("cursor_terlalu_jauh", "Cursor ini menunjuk tempat yang belum ada di buku besar.")
    return int(match[2])


def instant_of(since: str) -> datetime:
    """The instant. Malformed for no instant, one without its zone, and an unescaped `+`, which arrives as a space."""
    if " " in since:
        raise Malformed("plus_perlu_ditulis", "Tanda + dalam alamat berarti spasi. Tulis zona sebagai %2B07:00.")
    try:
        return typed_instant(since, MESSAGE)
    except ValueError:
        detail = "Tulis since dengan tahun dan zona, seperti 2026-02-01T00:00:00%2B07:00."
        raise Malformed("zona_perlu", detail) from None


def no_key() -> Problem:
    """The problem while no reader has a valid key."""
    detail = "Belum ada kunci publik penerima yang berlaku. Tambahkan: jejak bpjs key add kunci.json --consumer NAMA."
    return Problem("kunci_penerima", detail, 503)
