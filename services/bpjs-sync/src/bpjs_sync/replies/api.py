"""Answers over HTTP, from the machine that BPJS answers with: one, or many at once."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from bpjs_sync.replies import reading
from bpjs_sync.replies.inbox import Came, Inbox, Item
from bpjs_sync.replies.reading import Edition, UnreadableError
from bpjs_sync.replies.topic import count
from jejak.contracts.bpjs import REPLY, Reply
from jejak.platform.errors import Malformed, Problem
from jejak.web.bodies import may_send
from jejak.web.described import schema_of

MAX_ITEMS: Final = 1_000
MAX_BYTES: Final = 4 * 1024 * 1024
_BATCH: Final = "application/cloudevents-batch+json"
_LINES: Final = ("application/x-ndjson", "application/jsonl")
_KINDS: Final = (reading.JSON, reading.STRUCTURED, _BATCH, *_LINES)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(_Told):
    """What became of one answer. `id` is null where none could be read."""

    index: int
    id: uuid.UUID | None
    outcome: Literal["stored", "repeated", "contradicting", "wrong"]
    reason: str | None = None


class Taken(_Told):
    """What became of a request: stored durably, come before, contradicting what came under its id, not readable."""

    stored: int
    repeated: int
    contradicting: int
    wrong: int
    replies: tuple[Outcome, ...]


def routes(inbox: Inbox, edition: Edition) -> APIRouter:
    """`POST /bpjs/replies`, and the same under the path of another version of the contract."""
    router = APIRouter(tags=["bpjs"])

    @router.post(
        f"{edition.contract.path}/replies",
        name=f"replies_v{edition.contract.version}",
        status_code=202,
        summary="Answer submissions",
        description=(
            "Stores answers durably; they are put on their cases at once, or as soon as their turn comes. "
            "Sending again does no harm: the same `id` is the same answer. "
            f"At most {MAX_ITEMS} answers or {MAX_BYTES // 1024**2} MB a request, {reading.MAX_BYTES // 1024} KB an "
            "answer. Authenticate by an OAuth access token (client credentials) or by a client certificate."
        ),
        responses={401: {"description": "neither token nor certificate"}, 403: {"description": "not let in"}},
        openapi_extra=_documented(edition),
    )
    async def replies(request: Request) -> Taken:
        client = await inbox.runtime.door.client(request)
        may_send(request, MAX_BYTES)
        found = list(_read(request, await request.body(), edition))
        readable = [(index, reply) for index, reply in enumerate(found) if isinstance(reply, Reply)]
        if not readable:
            raise _all_wrong(found)
        fates = await inbox.store(Came(client=client), [Item(reply) for _, reply in readable])
        told: dict[int, Outcome] = {
            index: Outcome(index=index, id=reply.id, outcome=fate)
            for (index, reply), fate in zip(readable, fates, strict=True)
        }
        taken = _taken([told.get(index) or _wrong(index, reply) for index, reply in enumerate(found)])
        count("http", [one.outcome for one in taken.replies])
        return taken

    return router


def _read(request: Request, body: bytes, edition: Edition) -> Iterator[Reply | UnreadableError]:
    """Every answer in a body, or what is wrong with it. Malformed where the body itself is."""
    kind = request.headers.get("content-type", reading.JSON).partition(";")[0].strip().lower()
    if kind == _BATCH:
        items = _items(body)
        yield from (_one(lambda item=item: reading.enveloped(item, edition)) for item in items)
    elif kind in _LINES:
        lines = [line for line in body.split(b"\n") if line.strip()]
        _check_count(lines)
        yield from (_one(lambda line=line: _line(line, edition)) for line in lines)
    elif kind in (reading.JSON, reading.STRUCTURED):
        headers = {name.replace("ce-", "ce_", 1): value.encode() for name, value in request.headers.items()}
        bare = kind == reading.JSON and "ce_type" not in headers
        yield _one(lambda: reading.plain(body, edition) if bare else reading.record(headers, body, edition))
    else:
        raise Malformed("jenis_isi", f"Content-Type harus salah satu dari {', '.join(_KINDS)}.")


def _items(body: bytes) -> list[Any]:
    try:
        items = json.loads(body)
    except (ValueError, RecursionError):
        items = None
    if not isinstance(items, list):
        raise Malformed("json_salah", f"Isi {_BATCH} harus larik (array) JSON.")
    _check_count(items)
    return items


def _check_count(items: Sequence[object]) -> None:
    if not items:
        raise Malformed("kosong", "Permintaan ini tidak berisi satu jawaban pun.")
    if len(items) > MAX_ITEMS:
        detail = (
            f"Permintaan ini berisi {len(items)} jawaban; paling banyak {MAX_ITEMS}. Kirim dalam beberapa permintaan."
        )
        raise Problem("terlalu_banyak", detail, 413)


def _line(line: bytes, edition: Edition) -> Reply:
    """A line is an answer alone, or a CloudEvent around it."""
    return (reading.structured if b'"specversion"' in line else reading.plain)(line, edition)


def _one(read: Any) -> Reply | UnreadableError:
    try:
        reply: Reply = read()
    except Exception as error:  # noqa: BLE001 - told to its sender; the others of the request are stored
        return UnreadableError(reading.reason(error))
    return reply


def _wrong(index: int, found: object) -> Outcome:
    return Outcome(index=index, id=None, outcome="wrong", reason=str(found))


def _taken(told: Sequence[Outcome]) -> Taken:
    def counted(outcome: str) -> int:
        return sum(one.outcome == outcome for one in told)

    return Taken(
        stored=counted("stored"),
        repeated=counted("repeated"),
        contradicting=counted("contradicting"),
        wrong=counted("wrong"),
        replies=tuple(told),
    )


def _all_wrong(found: Sequence[object]) -> Malformed:
    count("http", ["wrong"] * len(found))
    replies = [_wrong(index, one).model_dump(mode="json") for index, one in enumerate(found)]
    return Malformed(
        "jawaban_salah", "Tidak satu jawaban pun dapat dibaca; lihat reason pada setiap replies.", replies=replies
    )


def _documented(edition: Edition) -> dict[str, Any]:
    """The request body and how to authenticate, for OpenAPI."""
    reply = schema_of(edition.contract.reply)
    event = {
        "type": "object",
        "required": ["specversion", "type", "id", "source", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "type": {"const": edition.contract.ce_type(REPLY)},
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "data": reply,
        },
    }
    schemas = {
        reading.JSON: reply,
        reading.STRUCTURED: event,
        _BATCH: {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_ITEMS},
        _LINES[0]: {"description": "one answer, or one CloudEvent around it, a line", "anyOf": [reply, event]},
    }
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}
