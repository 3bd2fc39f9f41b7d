"""The simulator at work: Kafka on one side, the installation's clock and its answers on the other.

It keeps nothing of its own. When it starts it hears the topic again from as far back as that reaches, and decides again
as it decided before; answers that stand on the topic of replies already are not sent again, and one that is sent twice
all the same (killed in between) has the same identity, which the contract lets pass. Whatever the topic no longer holds
is longer ago than the retention: nothing is answered then, as nothing would be by anybody who reads it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import batched
from typing import Final, Literal
from uuid import UUID

import httpx
import structlog
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from joserfc.jwk import ECKey

from jejak.contracts.bpjs import REPLY, V1, Reply, Submission, SubmissionWithdrawn
from jejak.messaging.records import each, poll
from jejak.platform.ids import real_seconds
from jejak_tools.simulators.bpjs.keys import SealedError, opened
from jejak_tools.simulators.bpjs.plan import Plan
from jejak_tools.simulators.bpjs.rules import Answer

type Way = Literal["kafka", "http"]

SOURCE: Final = "/bpjs-simulator"
_CLIENT: Final = "bpjs-simulator"
_POLL_MS: Final = 200
_LOOK_SECONDS: Final = 0.25
_AGAIN: Final = 0.2
_PAUSE: Final = 2.0
_TIMEOUT: Final = 10.0
_AT_ONCE: Final = 500

_log = structlog.get_logger()


class UnreachableError(Exception):
    """The installation does not answer as it should; the message says which request, and how it was answered."""


@dataclass(frozen=True, slots=True)
class Access:
    """What BPJS has of an installation: its Kafka and its address, a token where it answers over HTTP."""

    bootstrap: str
    prefix: str
    url: str
    way: Way = "kafka"
    token: str | None = field(default=None, repr=False)

    @property
    def topic(self) -> str:
        return f"{self.prefix}.{V1.topic}"

    @property
    def replies(self) -> str:
        return f"{self.prefix}.{V1.replies}"


@dataclass(slots=True)
class Simulator:
    """BPJS, for one installation."""

    access: Access
    key: ECKey
    plan: Plan
    caught_up: bool = False

    async def run(self) -> None:
        """For ever; begins again when Kafka went away."""
        while True:
            try:
                self.plan.said |= await self._said_before()
                async with self._connected() as (reader, producer, http):
                    await self._work(reader, producer, http)
            except (KafkaError, TimeoutError, OSError) as error:
                _log.warning("kafka_away", error=type(error).__name__)
            await asyncio.sleep(_AGAIN)

    async def _work(self, reader: AIOKafkaConsumer, producer: AIOKafkaProducer, http: httpx.AsyncClient) -> None:
        look_at = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            for record, error in each(await _polled(reader), self._hear)[1]:
                place = f"{record.topic}/{record.partition}/{record.offset}"
                _log.warning("message_not_understood", place=place, error=type(error).__name__)
            self.caught_up = self.caught_up or await _at_end(reader)
            if not self.caught_up or clock() < look_at or not self.plan.waiting:
                continue
            look_at = clock() + _LOOK_SECONDS
            try:
                await self._answer(producer, http)
            except (httpx.HTTPError, UnreachableError) as error:
                _log.warning("jejak_away", error=type(error).__name__, why=str(error))
                look_at = clock() + _PAUSE

    def _hear(self, record: ConsumerRecord) -> None:
        """A type that is not known is passed over, as is a field. Raises for what cannot be read."""
        kind = _text(record).get("ce_type")
        if kind == V1.ce_type("submission"):
            data = json.loads(record.value)
            one = Submission.model_validate(data, extra="ignore")
            try:
                self.plan.hear(one, opened(data.get("personal"), str(one.submission), self.key))
            except SealedError as error:
                _log.warning("submission_not_opened", submission=str(one.submission), why=str(error))
        elif kind == V1.ce_type("submission.withdrawn"):
            self.plan.stop(SubmissionWithdrawn.model_validate_json(record.value, extra="ignore").submission)

    async def _answer(self, producer: AIOKafkaProducer, http: httpx.AsyncClient) -> None:
        """Whatever is due by the installation's own clock, in its order."""
        due = self.plan.due(await now(http))
        if self.access.way == "kafka":
            await self._send(producer, due)
        else:
            await _post(http, due)
        for one in due:
            self.plan.done(one)
            _log.info("answered", submission=str(one.reply.submission), case=one.case, result=one.reply.result)

    async def _send(self, producer: AIOKafkaProducer, due: Sequence[Answer]) -> None:
        sent = [
            await producer.send(self.access.replies, _body(one.reply), key=key, headers=_headers(one.reply))
            for one in due
            for key in [str(one.reply.submission).encode()] * one.times
        ]
        await asyncio.gather(*sent)

    async def _said_before(self) -> set[UUID]:
        """Identities of the answers that stand on the topic of replies; none where answers go over HTTP."""
        found: set[UUID] = set()
        if self.access.way == "http":
            return found
        async with _reader(self.access.bootstrap, self.access.replies) as reader:
            while not await _at_end(reader):
                found |= {one for _, one in each(await _polled(reader), _own)[0] if one}
        return found

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[AIOKafkaConsumer, AIOKafkaProducer, httpx.AsyncClient]]:
        bearer = {"Authorization": f"Bearer {self.access.token}"} if self.access.token else {}
        producer = AIOKafkaProducer(
            bootstrap_servers=self.access.bootstrap, client_id=_CLIENT, acks="all", enable_idempotence=True
        )
        async with (
            httpx.AsyncClient(base_url=self.access.url, headers=bearer, timeout=_TIMEOUT, trust_env=False) as http,
            _reader(self.access.bootstrap, self.access.topic) as reader,
        ):
            try:
                await producer.start()
                yield reader, producer, http
            finally:
                await producer.stop()


@asynccontextmanager
async def _reader(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A topic from its beginning, all partitions, in no group. Waits until there is such a topic: we make none."""
    reader = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, client_id=_CLIENT, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await reader.start()
        await _subscribed(reader, topic)
        yield reader
    finally:
        await reader.stop()


async def _subscribed(reader: AIOKafkaConsumer, topic: str) -> None:
    """Asks for a topic only once it is there: a broker may make, as it likes, what it is asked for."""
    while not reader.assignment():
        if topic in await reader.topics():
            reader.subscribe([topic])
        await asyncio.sleep(_AGAIN)


async def _polled(reader: AIOKafkaConsumer) -> list[ConsumerRecord]:
    """What there is to read; what cannot be decoded is named in the log."""
    found = await poll(reader, timeout_ms=_POLL_MS, at_most=_AT_ONCE)
    for one in found.undecoded:
        place = f"{one.partition.topic}/{one.partition.partition}/{one.begin}-{one.end - 1}"
        _log.warning("messages_not_decoded", place=place, error=one.error)
    return found.records


async def _at_end(reader: AIOKafkaConsumer) -> bool:
    """Whether everything that stands there now was read."""
    ends = await reader.end_offsets(sorted(reader.assignment()))
    return all([await reader.position(partition) >= end for partition, end in ends.items()])


async def now(http: httpx.AsyncClient) -> datetime:
    """The installation's clock; real time where it has none that can be set. Unreachable when it does not say."""
    answer = await http.get("/dev/clock")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return datetime.fromtimestamp(real_seconds(), UTC)
    if answer.status_code != HTTPStatus.OK:
        raise UnreachableError(f"GET /dev/clock: {answer.status_code}")
    return datetime.fromisoformat(answer.json()["now"])


async def _post(http: httpx.AsyncClient, due: Sequence[Answer]) -> None:
    """One request for many answers, as the contract has it. Unreachable when not all of them were taken."""
    for some in batched([one for one in due for _ in range(one.times)], _AT_ONCE, strict=False):
        content = b"".join(_body(one.reply) + b"\n" for one in some)
        answer = await http.post("/bpjs/replies", content=content, headers={"Content-Type": "application/x-ndjson"})
        if answer.status_code != HTTPStatus.ACCEPTED or answer.json()["wrong"]:
            raise UnreachableError(f"POST /bpjs/replies: {answer.status_code}")


def _body(reply: Reply) -> bytes:
    return reply.model_dump_json(exclude_none=True).encode()


def _headers(reply: Reply) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0, binary mode."""
    pairs = {
        "ce_specversion": "1.0",
        "ce_type": V1.ce_type(REPLY),
        "ce_id": str(reply.id),
        "ce_source": SOURCE,
        "content-type": "application/json",
    }
    return [(name, value.encode()) for name, value in pairs.items()]


def _own(record: ConsumerRecord) -> UUID | None:
    """The identity of an answer of ours; None for another's."""
    told = _text(record)
    return UUID(told["ce_id"]) if told.get("ce_source") == SOURCE else None


def _text(record: ConsumerRecord) -> dict[str, str]:
    """A record's headers; what is no text stands there with marks for what could not be read."""
    return {name: value.decode(errors="replace") for name, value in record.headers if value is not None}


def make_app(simulator: Simulator) -> FastAPI:
    """`GET /ready`, and `GET /answers`: what will be answered, and when; nobody is named."""
    app = FastAPI(title="BPJS simulator", openapi_url=None)

    @app.get("/ready")
    async def ready() -> JSONResponse:
        status = HTTPStatus.OK if simulator.caught_up else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ready" if simulator.caught_up else "not ready"}, status)

    @app.get("/answers")
    async def waiting() -> JSONResponse:
        plan = simulator.plan
        told = [
            {
                "case": one.case,
                "submission": str(one.reply.submission),
                "result": one.reply.result,
                "not_before": one.not_before.isoformat(),
            }
            for one in plan.waiting
        ]
        return JSONResponse({"heard": plan.heard, "said": len(plan.said), "waiting": told})

    return app


async def serve(simulator: Simulator, host: str, port: int) -> None:
    """Works until it is told to stop; what ends the work ends the process, and whoever started it starts it again."""
    config = uvicorn.Config(
        make_app(simulator), host=host, port=port, log_config=None, access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    work = asyncio.create_task(simulator.run())
    work.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.serve()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
