"""What became of one answer, for the client that sent it (decision 24)."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request

from bpjs_sync.rates import Rates
from bpjs_sync.replies.parsing import IncomingEdition
from jejak.contracts.bpjs.http import STATUS, STATUS_ERRORS, ReplyStatus
from jejak.contracts.bpjs.settlements import ReplyReason, ReplySettled, ReplyState, SettledState
from jejak.platform.errors import Missing
from jejak.web.openapi.route_descriptions import problems
from jejak.web.runtime import Runtime

PLACED: Final = "ditempatkan"
"""The resolution of an answer that an official placed; any other text is the reason for setting it aside."""
FIND: Final = """
SELECT r.id, r.submission, r.result, r.state, r.kind, r.resolution, r.received_at, r.settled_at, r.times,
       EXISTS (SELECT FROM bpjs.reply o WHERE o.reply = r.id AND o.id <> o.reply) AS contradicted
FROM bpjs.reply r WHERE r.id = $1 AND r.reply = $1 AND (r.client = $2 OR r.client IS NULL)
"""
"""A record on Kafka names no client: any client may read what became of it."""
_SETTLED: Final[Mapping[str, SettledState]] = {"applied": "recorded", "kept": "kept", "resolved": "resolved"}
_STATES: Final[Mapping[str, ReplyState]] = {"waiting": "waiting", **_SETTLED}
_REASONS: Final[Mapping[str, ReplyReason]] = {
    "tidak_dikenal": "unknown_submission",
    "ditarik": "withdrawn",
    "diganti": "replaced",
    "tanggal": "future_date",
    "bertentangan": "contradicting",
    "berulang": "already_recorded",
    "tidak_menunggu": "not_awaited",
    "dicatat": "not_awaited",
    "gagal": "failed",
}


def routes(runtime: Runtime, edition: IncomingEdition, rates: Rates) -> APIRouter:
    """`GET /bpjs/replies/{id}`, and the same under the path of another version of the contract."""
    router = APIRouter(tags=["bpjs"])

    @router.get(
        f"{edition.contract.path}/replies/{{id}}",
        name=f"reply_v{edition.contract.version}",
        summary="What became of a reply",
        description=STATUS,
        response_model_exclude_none=True,
        responses=problems(STATUS_ERRORS),
    )
    async def status(request: Request, id: uuid.UUID) -> ReplyStatus:  # noqa: A002 - its name in the address
        client = await rates.client(request)
        row = await runtime.store.pool.fetchrow(FIND, id, client)
        if row is None:
            raise Missing("jawaban_tidak_ada", "Jawaban dengan id ini tidak ada, atau dikirim klien lain.")
        return status_of(row)

    return router


def status_of(row: Any) -> ReplyStatus:
    """A row of `bpjs.reply` for its sender: without an official's words, and without the case."""
    return ReplyStatus(
        id=row["id"],
        submission=row["submission"],
        result=row["result"],
        state=_STATES[row["state"]],
        reason=_reason(row),
        contradicted=row["contradicted"],
        times=row["times"],
        received_at=row["received_at"],
        settled_at=row["settled_at"],
    )


def settled_of(row: Any) -> ReplySettled:
    """The same as a message, for an answer that no longer waits. KeyError for one that waits."""
    return ReplySettled(
        id=row["reply"],
        submission=row["submission"],
        result=row["result"],
        state=_SETTLED[row["state"]],
        reason=_reason(row),
        contradicts=row["id"] != row["reply"],
        settled_at=row["settled_at"],
    )


def _reason(row: Any) -> ReplyReason | None:
    if row["state"] == "resolved":
        return "placed" if row["resolution"] == PLACED else "set_aside"
    if row["state"] == "waiting" or (row["state"] == "applied" and row["kind"] is None):
        return None
    return _REASONS.get(row["kind"], "other")
