"""A second version of the contract beside the first: BPJS answers in either, and it is the same answer."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import httpx
from pydantic import AwareDatetime

from bpjs_sync.rates import Rates
from bpjs_sync.replies import api
from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.parsing import EDITION_1, IncomingEdition, UnreadableError
from jejak.contracts.bpjs.messages import V1, Reply
from jejak.contracts.bpjs.parts import Message
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.settings import Source
from jejak.web.access.clients import issue
from jejak.web.http_app import create_app
from tests.flow.test_bpjs_replies_topic import BINARY, reading
from tests.servers import Database
from tests.store.bpjs import KEY, runtime_of

ON = datetime(2026, 7, 4, 3, tzinfo=UTC)


class Decision(Message):
    """The answer of a second version: a decision in fewer fields, under names of its own."""

    answer: uuid.UUID
    submission: uuid.UUID
    decision: Literal["yes", "no", "maybe"]
    why: str | None = None
    at: AwareDatetime


def understood(decision: Decision) -> Reply:
    """The decision as version 1's reply."""
    if decision.decision == "maybe":
        raise UnreadableError("The decision maybe is not taken yet.")
    result: Literal["accepted", "rejected"] = "accepted" if decision.decision == "yes" else "rejected"
    return Reply(
        id=decision.answer, submission=decision.submission, result=result, reason=decision.why, replied_at=decision.at
    )


SECOND = IncomingEdition(replace(V1, version=2, reply=Decision), understood)
HEADERS = [(name, b"id.jejak.bpjs.reply.v2" if name == "ce_type" else value) for name, value in BINARY]


def decided(**changes: object) -> Decision:
    base = {"answer": uuid.uuid4(), "submission": uuid.uuid4(), "decision": "yes", "at": ON}
    return Decision.model_validate(base | changes)


async def test_a_second_version_is_answered_at_its_own_path_and_is_the_same_answer_in_both(database: Database) -> None:
    async with runtime_of(database, "bpjs_sync") as runtime:
        app = create_app("bpjs_sync", "", runtime.store.ping)
        rates = Rates.of(runtime.gate, Source({}))
        for edition in (EDITION_1, SECOND):
            app.include_router(api.routes(Inbox(runtime), edition, rates))
        headers = {"Authorization": f"Bearer {issue(KEY, 'bpjs')}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http:

            async def post(path: str, body: Message) -> httpx.Response:
                return await http.post(path, content=body.model_dump_json(), headers=headers)

            new = decided(decision="no", why="Sudah terdaftar.")
            first = await post("/bpjs/v2/replies", new)
            again = await post("/bpjs/replies", understood(new))
            other = await post("/bpjs/v2/replies", understood(new))
            unclear = await post("/bpjs/v2/replies", decided(decision="maybe"))
            paths = (await http.get("/openapi.json")).json()["paths"]

    assert (first.status_code, first.json()["stored"], again.json()["repeated"]) == (202, 1, 1)
    assert (other.status_code, "decision is required" in other.text) == (422, True)
    assert (unclear.status_code, "maybe" in unclear.text) == (422, True)
    described = paths["/bpjs/v2/replies"]["post"]["requestBody"]["content"]
    assert described["application/json"]["schema"]["title"] == "Decision"
    assert described["application/cloudevents+json"]["schema"]["properties"]["type"]["const"].endswith("reply.v2")


async def test_a_second_version_is_answered_on_a_topic_of_its_own(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    async with reading(database, kafka_server, topic, SECOND) as scene:
        assert scene.topic.name == f"{topic}.bpjs.v2.replies"
        answer = understood(new := decided())
        await scene.send(new.model_dump_json().encode(), HEADERS)
        await scene.send(answer)
        await scene.stored(answer)
        [(headers, rejected)] = await scene.rejected(1)

    assert headers["ce_type"] == "id.jejak.bpjs.reply.rejected.v2"
    assert (rejected.topic, rejected.reason) == (
        f"{topic}.bpjs.v2.replies",
        "The header ce_type is not id.jejak.bpjs.reply.v2.",
    )
