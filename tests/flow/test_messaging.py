"""The promises of the messaging layer on real Kafka: at least once, in order, and no message stops others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from aiokafka.admin import AIOKafkaAdminClient
from prometheus_client import REGISTRY

from jejak.contracts import events as e
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.handlers import Fact, Handlers
from jejak.messaging.kafka.reader import Reader
from jejak.messaging.kafka.records import Poll
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.spans import exporting
from jejak_tools.delivery import whole_topic
from tests.messaging import NAME, NIK, Scene, prepared, reading
from tests.otlp import receiving
from tests.store.ledger import until
from tests.waits import PATIENCE


@pytest.fixture
async def scene(kafka_server: KafkaCluster, topic: str) -> AsyncIterator[Scene]:
    async with prepared(kafka_server, topic) as made:
        yield made


async def test_a_fact_reaches_its_handler_typed_and_in_the_order_of_its_case(scene: Scene) -> None:
    cases = [new_uuid() for _ in range(5)]
    async with reading(scene):
        for version in range(1, 9):
            for case in cases:
                await scene.send(case, version)
        await scene.send(new_uuid(), ce_type="id.jejak.CaseClosed")

        async def all_heard() -> bool:
            return len(scene.heard) >= 40

        await until(all_heard)
    for case in cases:
        facts = [fact for fact in scene.heard if fact.message.case == case]
        assert [fact.message.version for fact in facts] == list(range(1, 9))
        assert {type(fact.data) for fact in facts} == {e.ApplicationWithdrawn}
        assert {fact.message.office for fact in facts} == {"13.99"}
    assert len(scene.heard) == 40


async def test_what_was_worked_on_is_committed_when_the_service_stops_and_what_was_not_comes_again(
    scene: Scene,
) -> None:
    first, second = new_uuid(), new_uuid()
    async with reading(scene):
        await scene.send(first)
        await scene.cases_heard(first)
    await scene.send(second)
    async with reading(scene):
        await scene.cases_heard(second)
    assert [fact.message.case for fact in scene.heard] == [first, second]


async def whole(scene: Scene) -> list[uuid.UUID]:
    """The ids of all messages on the topic, read without a group."""
    heard, at_the_end = list[uuid.UUID](), asyncio.Event()

    async def hear(poll: Poll) -> None:
        heard.extend(uuid.UUID(dict(record.headers)["ce_id"].decode()) for record in poll.records)

    async def wait(reader: Reader) -> None:
        await reader.read_to_end()
        at_the_end.set()

    bus = Bus(scene.cluster, "letters")
    bus.read(scene.topic, None, hear, at_most=2, alongside=wait)
    async with supervised(bus), asyncio.timeout(PATIENCE):
        await at_the_end.wait()
    return heard


async def test_a_topic_read_without_a_group_comes_whole_each_time_and_its_end_is_known(scene: Scene) -> None:
    assert await whole(scene) == []
    sent = {await scene.send(new_uuid()) for _ in range(5)}
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            heard = await whole(scene)
            assert (len(heard), set(heard)) == (5, sent)
    assert lines == []


async def test_a_handler_at_work_when_the_service_stops_is_let_finish_and_counts(scene: Scene) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow(fact: Fact[e.ApplicationWithdrawn]) -> None:
        began.set()
        await may_end.wait()
        scene.heard.append(fact)

    scene.react = slow  # type: ignore[method-assign]
    case = new_uuid()
    stack = contextlib.AsyncExitStack()
    await stack.enter_async_context(reading(scene))
    await scene.send(case)
    await began.wait()
    stopping = asyncio.create_task(stack.aclose())
    await asyncio.sleep(0)
    assert not stopping.done()
    may_end.set()
    await stopping
    assert [heard.message.case for heard in scene.heard] == [case]
    await scene.committed()


MALFORMED: dict[str, dict[str, Any]] = {
    "an identity that is none": {"ce_id": "x"},
    "a header that is not utf-8": {"office": b"\xc3\x28"},
    "a version that is no number": {"version": f"no {NIK}"},
    "no version": {"version": None},
}
"""Messages that cannot be read as an event of a case."""
NOT_HANDLED: dict[str, dict[str, Any]] = {
    "a body that is no JSON": {"value": f"{{{NIK}".encode()},
    "a body of another event": {"value": json.dumps({"v": 1, "no_field": NAME}).encode()},
    "a body that is not utf-8": {"value": b"\xff\xfe"},
    "no body": {"value": None},
}


@pytest.mark.parametrize("wrong", MALFORMED | NOT_HANDLED)
async def test_a_message_that_cannot_be_read_harms_no_other_and_is_rejected_by_its_place(
    scene: Scene, wrong: str
) -> None:
    before, after = new_uuid(), new_uuid()
    counted = "malformed" if wrong in MALFORMED else "parked"
    labels = {"service": "letters", "reason": counted}
    count = REGISTRY.get_sample_value("jejak_consumer_set_aside_total", labels) or 0
    with structlog.testing.capture_logs() as lines:
        async with reading(scene):
            await scene.send(before)
            await scene.send(new_uuid(), **(MALFORMED | NOT_HANDLED)[wrong])
            await scene.send(after)
            await scene.cases_heard(before, after)
            [rejection] = await scene.rejected(1)
            await scene.committed()
    assert rejection.topic == scene.topic
    assert (REGISTRY.get_sample_value("jejak_consumer_set_aside_total", labels) or 0) == count + 1
    for text in (str(lines), rejection.model_dump_json()):
        assert NIK not in text
        assert NAME not in text


async def test_a_topic_of_rejected_messages_that_was_deleted_is_made_again(scene: Scene) -> None:
    after, name = new_uuid(), f"{scene.topic}.letters.rejected"
    async with reading(scene):
        await scene.send(new_uuid(), **next(iter(MALFORMED.values())))
        await scene.rejected(1)
        admin = AIOKafkaAdminClient(bootstrap_servers=scene.cluster.bootstrap)
        await admin.start()
        await admin.delete_topics([name])
        await admin.close()
        await scene.send(new_uuid(), **next(iter(MALFORMED.values())))
        await scene.send(after)
        await scene.cases_heard(after)
        [rejection] = await scene.rejected(1)
        await scene.committed()
    assert rejection.topic == scene.topic


async def test_a_header_without_a_value_is_read_as_one_that_is_absent(scene: Scene) -> None:
    case = new_uuid()
    async with reading(scene):
        headers = [("ce_type", None), ("ce_id", None), ("due", None)]
        await scene.producer.send_and_wait(scene.topic, b"{}", key=b"x", headers=headers)
        await scene.send(case)
        await scene.cases_heard(case)
        await scene.committed()


async def test_a_handler_that_raises_is_tried_again_with_pauses_and_its_message_is_parked_in_the_end(
    scene: Scene,
) -> None:
    bad, good = new_uuid(), new_uuid()
    scene.raises = lambda case: ValueError(f"{NIK} {NAME}") if case == bad else None
    with structlog.testing.capture_logs() as lines:
        async with reading(scene):
            first = await scene.send(bad, 1)
            await scene.send(good)
            await scene.cases_heard(good)
            [rejection] = await scene.rejected(1)
            await scene.committed()
            tries = scene.tried.count(first)
    assert tries == 3, "at once, and after each of the two pauses"
    assert rejection.reason == "ValueError"
    assert "message_parked" in str(lines)
    assert NIK not in str(lines) + rejection.model_dump_json()
    assert NAME not in str(lines)


async def test_behind_a_message_that_is_parked_its_case_goes_on(scene: Scene) -> None:
    bad = new_uuid()
    errors = iter([ValueError()] * 3)
    scene.raises = lambda _: next(errors, None)
    async with reading(scene):
        await scene.send(bad, 1)
        await scene.rejected(1)
        await scene.send(bad, 2)
        await scene.cases_heard(bad)
    assert [fact.message.version for fact in scene.heard] == [2]


async def test_a_replay_is_passed_over_unless_the_handler_wants_it(scene: Scene) -> None:
    replayed, fresh = new_uuid(), new_uuid()
    async with reading(scene):
        await scene.send(replayed, replay="1")
        await scene.send(fresh)
        await scene.cases_heard(fresh)
        await scene.committed()
    assert [fact.message.case for fact in scene.heard] == [fresh]


async def test_a_sender_cannot_name_a_topic_to_be_answered_on(scene: Scene) -> None:
    case, elsewhere = new_uuid(), f"{scene.topic}.elsewhere"
    await ensure_topic(scene.cluster, elsewhere, 1)
    async with reading(scene):
        await scene.send(case, reply_to=elsewhere, correlation_id="1")
        await scene.cases_heard(case)
        await scene.committed()
    assert [record async for record in whole_topic(scene.cluster, elsewhere)] == []


async def test_spans_are_sent_where_opentelemetry_s_variables_say_without_personal_data(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving(monkeypatch) as received:
        case = new_uuid()
        scene.away = True
        scene.raises = lambda _: ConnectionError(NIK) if scene.away else None
        async with reading(scene):
            await scene.send(case, note=NAME)
            await until(lambda: asyncio.sleep(0, len(scene.tried) > 0))
            scene.away = False
            await scene.cases_heard(case)
            await scene.committed()
    spans = b"".join(received.raw)
    assert f"process {scene.topic}".encode() in spans
    assert b"ConnectionError" in spans
    assert NIK.encode() not in spans
    assert NAME.encode() not in spans


@pytest.fixture
def judged_anew() -> Iterator[None]:
    """Whether spans are sent is read from the environment once a process."""
    exporting.cache_clear()
    yield
    exporting.cache_clear()


@pytest.mark.usefixtures("judged_anew")
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_spans_are_sent_only_where_a_variable_names_an_endpoint(
    given: dict[str, str], sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert exporting() is sent


def test_a_task_is_handled_once_and_by_its_own_service() -> None:
    handlers = Handlers("letters")
    with pytest.raises(ValueError, match="check_registry"):
        handlers.due("check_registry")
    scene = Scene(KafkaCluster(""), "", None)
    handlers.on(e.ApplicationWithdrawn)(scene.react)
    with pytest.raises(ValueError, match="ApplicationWithdrawn"):
        handlers.on(e.ApplicationWithdrawn)
