"""What was said to BPJS, said again from any time on: over HTTP as lines of JSON, or onto the topic.

Our own tables stay closed; what comes out is what came before, encrypted to the keys that are valid now.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from bpjs_sync.outgoing.messages import Messages, structured
from bpjs_sync.outgoing.outbox import ROWS, Row, row_of
from jejak.contracts.bpjs_http import NDJSON, READING_AGAIN, SUBMISSIONS_ERRORS
from jejak.platform.errors import Malformed, Problem
from jejak.timekeeping.dates import askable
from jejak.web.described import problems
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

type Office = Annotated[str | None, Query(max_length=20, description="only this kabupaten or kota")]
type Since = Annotated[datetime | None, Query(description="only what was recorded from then on, with its zone")]
type Cursor = Annotated[
    int | None, Query(ge=0, description="`position` of the last line you have: what comes after it")
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of what was said."""

    office: str | None = None
    since: datetime | None = None
    cursor: int | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Reads what was said of one installation."""

    runtime: Runtime

    async def pages(self, wanted: Wanted) -> AsyncIterator[Sequence[Row]]:
        """In the order of the ledger, a page at a time, up to where it ends when the last page is read."""
        pool = self.runtime.store.pool
        position = wanted.cursor
        if position is None:
            position = await pool.fetchval(BEGIN, wanted.since) if wanted.since else 0
        while position is not None:
            which = (NEXT, ()) if wanted.office is None else (NEXT_OF_OFFICE, (wanted.office,))
            rows = [row_of(one) for one in await pool.fetch(which[0], position, wanted.since, _PAGE, *which[1])]
            if rows:
                yield rows
            position = rows[-1].position if len(rows) == _PAGE else None


def routes(runtime: Runtime, served: Sequence[Messages]) -> APIRouter:
    """`GET /bpjs/submissions`, once for every version of the contract."""
    router = APIRouter(tags=["bpjs"])
    for messages in served:
        _add(router, runtime, messages)
    return router


def _add(router: APIRouter, runtime: Runtime, messages: Messages) -> None:
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
        request: Request, office: Office = None, since: Since = None, cursor: Cursor = None
    ) -> StreamingResponse:
        await runtime.door.client(request)
        if since is not None and (since.tzinfo is None or not askable(since)):
            raise Malformed("zona_perlu", "Tulis since dengan tahun dan zona, seperti 2026-02-01T00:00:00+07:00.")
        if not await messages.readers.valid():
            raise no_key()
        lines = _lines(runtime, messages, Wanted(office, since, cursor))
        return StreamingResponse(lines, media_type=NDJSON, headers={"Cache-Control": "no-store"})


async def _lines(runtime: Runtime, messages: Messages, wanted: Wanted) -> AsyncIterator[bytes]:
    async for rows in Replay(runtime).pages(wanted):
        yield "".join(f"{structured(one)}\n" for one in await messages.made(rows)).encode()


def no_key() -> Problem:
    """Nothing can be said while nobody could read it."""
    detail = "Belum ada kunci publik penerima yang berlaku. Tambahkan: jejak bpjs key add kunci.json --consumer NAMA."
    return Problem("kunci_penerima", detail, 503)
