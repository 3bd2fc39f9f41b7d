"""What was said to BPJS, said again from any time on: over HTTP as lines of JSON, or onto the topic.

Our own tables stay closed; what comes out is what came before, encrypted to the keys that are valid now.
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
from jejak.timekeeping.dates import is_queryable
from jejak.web.openapi.route_descriptions import problems
from jejak.web.runtime import Runtime

_PAGE: Final = 250
"""Messages read, encrypted and sent before the next are read: the memory of a replay, however long it is."""
BEGIN: Final = "SELECT min(position + 0) - 1 FROM bpjs.message WHERE recorded_at >= $1"
"""By the index on times: without the + 0 it would be looked for from the first message there ever was."""
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
    """Which part of what was said."""

    office: str | None = None
    since: datetime | None = None
    cursor: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Reads what was said of one installation."""

    runtime: Runtime

    async def pages(self, wanted: ReplayRequest) -> AsyncIterator[Sequence[OutboxRow]]:
        """In the order of the ledger, a page at a time, up to where it ends when the last page is read."""
        pool, left = self.runtime.store.pool, wanted.limit or sys.maxsize
        position = wanted.cursor
        if position is None:
            position = await pool.fetchval(BEGIN, wanted.since) if wanted.since else 0
        while position is not None and left:
            which = (NEXT, ()) if wanted.office is None else (NEXT_OF_OFFICE, (wanted.office,))
            page = min(_PAGE, left)
            rows = [row_of(one) for one in await pool.fetch(which[0], position, wanted.since, page, *which[1])]
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
        summary="What was said to BPJS, again: one CloudEvent a line (NDJSON)",
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
        wanted = ReplayRequest(office, None if since is None else instant_of(since), place, limit)
        if not await messages.readers.valid():
            raise no_key()
        lines = _lines(runtime, messages, wanted, epoch)
        return StreamingResponse(lines, media_type=NDJSON, headers={"Cache-Control": "no-store"})


async def _lines(runtime: Runtime, messages: Messages, wanted: ReplayRequest, epoch: str) -> AsyncIterator[bytes]:
    """They end when the epoch does: whoever goes on after the last is told so."""
    async for rows in Replay(runtime).pages(wanted):
        if str(await runtime.store.pool.fetchval(EPOCH)) != epoch:
            return
        yield "".join(f"{line}\n" for line in await messages.lines(rows, epoch)).encode()


def place_of(cursor: str, epoch: str, head: int) -> int:
    """The position that a cursor names. Refused for one of another epoch, Malformed for one that leads nowhere."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        detail = "Tulis cursor sebagai epoch dan position dari baris terakhir, dipisahkan titik."
        raise Malformed("cursor_salah", detail)
    if found[1] != epoch:
        detail = "Buku besar kembali ke keadaan sebelumnya: epoch pada cursor sudah berakhir. Baca lagi dari awal."
        raise Refused("epoch_lain", detail, epoch=epoch)
    if int(found[2]) > head:
        raise Malformed("cursor_terlalu_jauh", "Cursor ini menunjuk tempat yang belum ada di buku besar.")
    return int(found[2])


def instant_of(since: str) -> datetime:
    """Malformed for no instant, and for one without its zone; a `+` that was not escaped came as a space."""
    if " " in since:
        raise Malformed("plus_perlu_ditulis", "Tanda + dalam alamat berarti spasi. Tulis zona sebagai %2B07:00.")
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not is_queryable(at):
        raise Malformed("zona_perlu", "Tulis since dengan tahun dan zona, seperti 2026-02-01T00:00:00%2B07:00.")
    return at


def no_key() -> Problem:
    """Nothing can be said while nobody could read it."""
    detail = "Belum ada kunci publik penerima yang berlaku. Tambahkan: jejak bpjs key add kunci.json --consumer NAMA."
    return Problem("kunci_penerima", detail, 503)
