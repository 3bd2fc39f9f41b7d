"""One trace leads from a request through its event to what a service does about it, also in OpenTelemetry."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import httpx
import pytest
import structlog

from jejak.contracts import events as e
from jejak.messaging.handlers import Fact, Handlers
from jejak.messaging.publishing.relay import Topic
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.trace import Trace, current_trace
from jejak.web.http_app import create_app
from tests.messaging import WITHDRAWN, prepared, reading
from tests.otlp import receiving
from tests.relays import all_published, heard, relaying
from tests.servers import Database
from tests.store.ledger import command, event, opened, until

SENDER = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01")
type Reactions = list[tuple[UUID, Trace | None, str]]


async def a_request_that_is_reacted_to(
    database: Database, cluster: KafkaCluster, topic: str, headers: dict[str, str]
) -> tuple[str, Reactions]:
    """A request appends a withdrawal, the relay publishes it, a service reacts: the request's id, and the reaction.

    A reaction is the case, the trace under way, and the trace in the lines of the log.
    """
    case, reactions = new_uuid(), Reactions.__value__()
    handlers = Handlers("letters")

    @handlers.on(e.ApplicationWithdrawn)
    async def react(fact: Fact[e.ApplicationWithdrawn]) -> None:
        named = structlog.contextvars.get_contextvars()
        reactions.append((fact.message.case, current_trace(), str(named.get("trace_id"))))

    async def ready() -> None:
        """Always."""

    async with opened(database) as store, prepared(cluster, topic) as scene:
        app = create_app("intake", "", ready)

        @app.post("/cabut")
        async def withdraw() -> None:
            await store.append(command(case, 0, [event("ApplicationWithdrawn", WITHDRAWN)]))

        async with (
            relaying(database, Topic(cluster, topic, partitions=2)),
            reading(scene, handlers=handlers),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak") as http,
        ):
            answer = await http.post("/cabut", headers=headers)
            assert answer.status_code == 200
            await all_published(database)

            async def reacted() -> bool:
                return bool(reactions)

            await until(reacted)
            await scene.committed()
    assert [reaction[0] for reaction in reactions] == [case]
    return answer.headers["x-request-id"], reactions


async def test_the_trace_of_a_request_is_in_the_header_of_its_event_and_bound_where_a_service_reacts(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    request_id, [(case, under_way, logged)] = await a_request_that_is_reacted_to(database, kafka_server, topic, {})

    async with opened(database) as store:
        stored = (await store.traces([case]))[case]
    [record] = await heard(Topic(kafka_server, topic, partitions=2))
    assert stored.trace_id == UUID(request_id).hex
    assert dict(record.headers)["traceparent"].decode() == stored.traceparent
    assert under_way == stored
    assert logged == stored.trace_id


async def test_spans_of_request_append_publication_and_reaction_are_one_trace(
    database: Database, kafka_server: KafkaCluster, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving(monkeypatch) as received:
        await a_request_that_is_reacted_to(database, kafka_server, topic, {"traceparent": SENDER.traceparent})

    spans = received.spans
    [request], [append], [react] = (spans[name] for name in ("POST /cabut", "append", "react ApplicationWithdrawn"))
    trace_id, sender = bytes.fromhex(SENDER.trace_id), bytes.fromhex(SENDER.span_id)
    assert {span.trace_id for span in (request, append, react)} == {trace_id}
    assert (request.parent_span_id, append.parent_span_id, react.parent_span_id) == (
        sender,
        request.span_id,
        append.span_id,
    )
    [publish] = [span for span in spans[f"publish {topic}"] if span.links]
    assert [(link.trace_id, link.span_id) for link in publish.links] == [(trace_id, append.span_id)]
    assert spans[f"process {topic}"]


def test_without_an_endpoint_nothing_of_opentelemetry_is_imported() -> None:
    code = (
        "import sys, jejak.service\n"
        "from jejak.platform.spans import span\n"
        "with span('append'): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={})
    assert done.stdout.strip() == "[]"
