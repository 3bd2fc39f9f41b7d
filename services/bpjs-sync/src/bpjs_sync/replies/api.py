"""Answers over HTTP, from the machines of BPJS: one, or many in a request."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request

from bpjs_sync.rates import Rates
from bpjs_sync.replies import parsing
from bpjs_sync.replies.inbox import Inbox, IncomingReply, ReplyOrigin
from bpjs_sync.replies.parsing import IncomingEdition, UnreadableError
from bpjs_sync.replies.topic import count
from jejak.contracts.bpjs import http
from jejak.contracts.bpjs.http import Outcome, Taken
from jejak.contracts.bpjs.messages import REPLY, Reply
from jejak.platform.errors import Malformed, Problem
from jejak.web.openapi.route_descriptions import problems, schema_of
from jejak.web.requests.bodies import may_send

_KINDS: Final = (http.JSON, http.EVENT, http.BATCH, http.NDJSON, http.JSONL)


@dataclass(frozen=True, slots=True)
class UnreadableReply:
    """An answer that cannot be read: the fault, and its id where it has one."""

    reason: str
    id: uuid.UUID | None


def routes(inbox: Inbox, edition: IncomingEdition, rates: Rates) -> APIRouter:
    """`POST /bpjs/replies`, and the same under the path of another version of the contract."""
    router = APIRouter(tags=["bpjs"])

    @router.post(
        f"{edition.contract.path}/replies",
        name=f"replies_v{edition.contract.version}",
        status_code=202,
        summary="Answer submissions",
        description=http.ANSWERING,
        response_model_exclude_none=True,
        responses=problems(http.REPLY_ERRORS),
        openapi_extra=_documented(edition),
    )
    async def replies(request: Request) -> Taken:
        client = await rates.client(request)
        may_send(request, http.MAX_BYTES)
        answers = list(_read(request, await request.body(), edition))
        await rates.check_replies(client, len(answers))
        readable = [answer for answer in answers if isinstance(answer, Reply)]
        if not readable:
            raise _all_wrong([answer for answer in answers if isinstance(answer, UnreadableReply)])
        fates = iter(await inbox.store(ReplyOrigin(client=client), [IncomingReply(reply) for reply in readable]))
        outcomes = [
            Outcome(index=index, id=answer.id, outcome=next(fates))
            if isinstance(answer, Reply)
            else _wrong(index, answer)
            for index, answer in enumerate(answers)
        ]
        count("http", [outcome.outcome for outcome in outcomes])
        counted = Counter(outcome.outcome for outcome in outcomes)
        return Taken(
            stored=counted["stored"],
            repeated=counted["repeated"],
            contradicting=counted["contradicting"],
            wrong=counted["wrong"],
            replies=tuple(outcomes),
        )

    return router


def _read(request: Request, body: bytes, edition: IncomingEdition) -> Iterator[Reply | UnreadableReply]:
    """Every answer in a body, or its fault. Malformed where the body itself is faulty."""
    kind = request.headers.get("content-type", http.JSON).partition(";")[0].strip().lower()
    if kind == http.BATCH:
        yield from (_answer(item, partial(parsing.parse_envelope, item, edition)) for item in _items(body))
    elif kind in (http.NDJSON, http.JSONL):
        lines = [line for line in body.split(b"\n") if line.strip()]
        _check_count(lines)
        yield from (_answer(line, partial(_line, line, edition)) for line in lines)
    elif kind in (http.JSON, http.EVENT):
        headers = {name.replace("ce-", "ce_", 1): value.encode() for name, value in request.headers.items()}
        bare = kind == http.JSON and "ce_type" not in headers
        parse = partial(parsing.parse_plain, body) if bare else partial(parsing.parse_record, headers, body)
        yield _answer(body, partial(parse, edition))
    else:
        raise Problem("jenis_isi", f"Content-Type harus salah satu dari {', '.join(_KINDS)}.", 415)


def _items(body: bytes) -> list[Any]:
    try:
        items = json.loads(body, object_pairs_hook=parsing.unique_names)
    except (ValueError, RecursionError, UnreadableError):
        items = None
    if not isinstance(items, list):
        raise Malformed("json_salah", f"Isi {http.BATCH} harus larik (array) JSON, tanpa isian yang disebut dua kali.")
    _check_count(items)
    return items


def _check_count(items: Sequence[object]) -> None:
    if not items:
        raise Malformed("kosong", "Permintaan ini tidak berisi satu jawaban pun.")
    if len(items) > http.MAX_REPLIES:
        most = f"paling banyak {http.MAX_REPLIES}. Kirim dalam beberapa permintaan."
        raise Problem("terlalu_banyak", f"Permintaan ini berisi {len(items)} jawaban; {most}", 413)


def _line(line: bytes, edition: IncomingEdition) -> Reply:
    """A line is a plain answer, or a CloudEvent around it."""
    return (parsing.parse_structured if b'"specversion"' in line else parsing.parse_plain)(line, edition)


def _answer(raw: object, parse: Callable[[], Reply]) -> Reply | UnreadableReply:
    try:
        return parse()
    except Exception as error:  # noqa: BLE001 - reported to its sender; the others of the request are stored
        return UnreadableReply(parsing.fault_sentence(error), parsing.named_reply(raw))


def _wrong(index: int, answer: UnreadableReply) -> Outcome:
    return Outcome(index=index, id=answer.id, outcome="wrong", reason=answer.reason)


def _all_wrong(answers: Sequence[UnreadableReply]) -> Malformed:
    count("http", ["wrong"] * len(answers))
    replies = [_wrong(index, answer).model_dump(mode="json", exclude_none=True) for index, answer in enumerate(answers)]
    return Malformed(
        "jawaban_salah", "Tidak satu jawaban pun dapat dibaca; lihat reason pada setiap replies.", replies=replies
    )


def _documented(edition: IncomingEdition) -> dict[str, Any]:
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
    lines = {"description": "one answer, or one CloudEvent around it, a line", "anyOf": [reply, event]}
    schemas = {
        http.JSON: reply,
        http.EVENT: event,
        http.BATCH: {"type": "array", "items": event, "minItems": 1, "maxItems": http.MAX_REPLIES},
        http.NDJSON: lines,
        http.JSONL: lines,
    }
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}
