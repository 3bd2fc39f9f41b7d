"""The running simulator: it reads Kafka, follows the installation's clock, and sends answers.

It stores nothing. At its start it reads the whole topic again and decides as before; answers on the topic of replies
are not sent again, and one sent twice after a crash has the same identity, which the contract allows. Submissions
older than the topic's retention are not answered.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import batched
from typing import Final, Literal
from uuid import UUID

import httpx
import structlog
import uvicorn
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from joserfc.jwk import ECKey

from jejak.contracts.bpjs.messages import REPLY, V1, Reply, Submission, SubmissionWithdrawn
from jejak.contracts.bpjs.signature import SignatureError
from jejak.messaging.broker import Bus, Publisher
from jejak.messaging.kafka.reader import Reader
from jejak.messaging.kafka.records import Poll, read_each
from jejak.platform.ids import real_seconds
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.simulators.bpjs.keys import SealedError, decrypted
from jejak_tools.simulators.bpjs.plan import Plan
from jejak_tools.simulators.bpjs.rules import Answer
from jejak_tools.simulators.bpjs.senders import Senders, text_of

type Way = Literal["kafka", "http"]
type Say = Callable[[Sequence[Answer]], Awaitable[None]]
"""Returns once these answers are accepted."""

SOURCE: Final = "/bpjs-simulator"
_CLIENT: Final = "bpjs-simulator"
_LOOK_SECONDS: Final = 0.25
"""How often a settable clock is polled while an answer waits for it."""
_PAUSE: Final = 2.0
_REST: Final = 60.0
"""The longest rest by a real clock: a machine may sleep."""
_TIMEOUT: Final = 10.0
_CONFIRMED_WITHIN: Final = 15.0
_AT_ONCE: Final = 500

_log = structlog.get_logger()


class UnreachableError(Exception):
    """An unexpected answer of the installation; the message names the request and the status."""


@dataclass(frozen=True, slots=True)
class Access:
    """BPJS' access to an installation: its Kafka and its URL, a token for answers over HTTP.

    `jwks` is the URL of its signing keys; without it no signature is checked.
    """

    kafka: KafkaCluster
    prefix: str
    url: str
    way: Way = "kafka"
    token: str | None = field(default=None, repr=False)
    jwks: str | None = None

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
    _replies: Reader | None = None
    """The reader of the topic of replies; set while `_replies_read` is."""
    _replies_read: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    senders: Senders = field(init=False)

    def __post_init__(self) -> None:
        self.senders = Senders(self.access.jwks)

    async def run(self) -> None:
        """Runs for ever; after an outage of Kafka the topic is read again."""
        bus = Bus(self.access.kafka, _CLIENT)
        bearer = {"Authorization": f"Bearer {self.access.token}"} if self.access.token else {}
        async with httpx.AsyncClient(
            base_url=self.access.url, headers=bearer, timeout=_TIMEOUT, trust_env=False
        ) as http:
            say = partial(_post, http)
            if self.access.way == "kafka":
                bus.read(self.access.replies, None, self._on_replies, at_most=_AT_ONCE, alongside=self._keep_replies)
                say = partial(_send, bus.publisher(self.access.replies))
            answer = partial(self._answer_when_due, http, say)
            bus.read(
                self.access.topic,
                None,
                partial(self._on_messages, http),
                at_most=_AT_ONCE,
                before=self._until_known,
                alongside=answer,
            )
            try:
                await bus.run()
            finally:
                await bus.halt()

    async def _on_replies(self, poll: Poll) -> None:
        self.plan.sent |= {reply for _, reply in read_each(poll.records, _own)[0] if reply}

    async def _keep_replies(self, reader: Reader) -> None:
        self._replies = reader
        self._replies_read.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._replies_read.clear()

    async def _until_known(self) -> None:
        """Before submissions are read: reads the topic of replies to its present end."""
        if self.access.way == "kafka":
            await self._replies_read.wait()
            assert self._replies is not None
            await self._replies.read_to_end()

    async def _on_messages(self, http: httpx.AsyncClient, poll: Poll) -> None:
        for gap in poll.undecoded:
            place = f"{gap.partition.topic}/{gap.partition.partition}/{gap.begin}-{gap.end - 1}"
            _log.warning("messages_not_decoded", place=place, error=gap.error)
        await self._know_senders(poll.records, http)
        for record, error in read_each(poll.records, self._hear)[1]:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            if isinstance(error, SignatureError):
                _log.warning("message_refused", place=place, why=str(error))
            else:
                _log.warning("message_not_understood", place=place, error=type(error).__name__)
        self._heard.set()

    async def _know_senders(self, records: Sequence[ConsumerRecord], http: httpx.AsyncClient) -> None:
        """Waits for the keys that sign these records: a refused record is not read again."""
        while True:
            try:
                return await self.senders.know(records, http)
            except (httpx.HTTPError, ValueError) as error:
                _log.warning("keys_not_read", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)

    def _hear(self, record: ConsumerRecord) -> None:
        """Unknown types and fields are ignored. Raises for an unreadable or unsigned record."""
        self.senders.check(record)
        kind = text_of(record).get("ce_type")
        if kind == V1.ce_type("submission"):
            data = json.loads(record.value)
            submission = Submission.model_validate(data, extra="ignore")
            try:
                self.plan.hear(submission, decrypted(data.get("personal"), str(submission.submission), self.key))
            except SealedError as error:
                _log.warning("submission_not_opened", submission=str(submission.submission), why=str(error))
        elif kind == V1.ce_type("submission.withdrawn"):
            self.plan.stop(SubmissionWithdrawn.model_validate_json(record.value, extra="ignore").submission)

    async def _answer_when_due(self, http: httpx.AsyncClient, say: Say, reader: Reader) -> None:
        """Rests until a message comes or an answer is due. KafkaError where sent answers are not confirmed."""
        await reader.read_to_end()
        self.caught_up = True
        while True:
            self._heard.clear()
            try:
                pause = await self._answer(http, say)
            except (httpx.HTTPError, UnreachableError) as error:
                _log.warning("jejak_away", error=type(error).__name__, why=str(error))
                pause = _PAUSE
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._heard.wait()

    async def _answer(self, http: httpx.AsyncClient, say: Say) -> float | None:
        """Sends the answers due by the installation's clock; returns the seconds until the next, None for never."""
        if not self.plan.waiting:
            return None
        clock = await _clock(http)
        for some in batched(self.plan.due(clock.now), _AT_ONCE, strict=False):
            await say(some)
            for answer in some:
                self.plan.done(answer)
                reply = answer.reply
                _log.info("answered", submission=str(reply.submission), case=answer.case, result=reply.result)
        return clock.pause(self.plan.waiting)


@dataclass(frozen=True, slots=True)
class Clock:
    """The installation's time; a `settable` clock may jump at any moment."""

    now: datetime
    settable: bool

    def pause(self, waiting: Sequence[Answer]) -> float | None:
        """Seconds until one of these may be due; None for none."""
        if not waiting:
            return None
        if self.settable:
            return _LOOK_SECONDS
        return min(max((waiting[0].not_before - self.now).total_seconds(), 0.0), _REST)


async def _clock(http: httpx.AsyncClient) -> Clock:
    """The installation's clock; real time where it has no settable one. UnreachableError without an answer."""
    answer = await http.get("/dev/clock")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return Clock(datetime.fromtimestamp(real_seconds(), UTC), settable=False)
    if answer.status_code != HTTPStatus.OK:
        raise UnreachableError(f"GET /dev/clock: {answer.status_code}")
    return Clock(datetime.fromisoformat(answer.json()["now"]), settable=True)


async def _send(publisher: Publisher, due: Sequence[Answer]) -> None:
    """Publishes each answer `times` times. Returns once all are confirmed."""
    async with asyncio.timeout(_CONFIRMED_WITHIN):
        sent = [
            await publisher.publish(_body(answer.reply), key=key, headers=_headers(answer.reply), no_confirm=True)
            for answer in due
            for key in [str(answer.reply.submission).encode()] * answer.times
        ]
        await asyncio.gather(*sent)


async def _post(http: httpx.AsyncClient, due: Sequence[Answer]) -> None:
    """Posts many answers in one request, by the contract. UnreachableError unless all are accepted."""
    for some in batched([answer for answer in due for _ in range(answer.times)], _AT_ONCE, strict=False):
        content = b"".join(_body(answer.reply) + b"\n" for answer in some)
        answer = await http.post("/bpjs/replies", content=content, headers={"Content-Type": "application/x-ndjson"})
        if answer.status_code != HTTPStatus.ACCEPTED or answer.json()["wrong"]:
            raise UnreachableError(f"POST /bpjs/replies: {answer.status_code}")


def _body(reply: Reply) -> bytes:
    return reply.model_dump_json(exclude_none=True).encode()


def _headers(reply: Reply) -> dict[str, str]:
    """CloudEvents 1.0, binary mode."""
    return {
        "ce_specversion": "1.0",
        "ce_type": V1.ce_type(REPLY),
        "ce_id": str(reply.id),
        "ce_source": SOURCE,
        "content-type": "application/json",
    }


def _own(record: ConsumerRecord) -> UUID | None:
    """The identity of an answer of this simulator; None for another sender's."""
    headers = text_of(record)
    return UUID(headers["ce_id"]) if headers.get("ce_source") == SOURCE else None


def make_app(simulator: Simulator) -> FastAPI:
    """`GET /ready`, and `GET /answers`: the pending answers and their times, without people."""
    app = FastAPI(title="BPJS simulator", openapi_url=None)

    @app.get("/ready")
    async def ready() -> JSONResponse:
        status = HTTPStatus.OK if simulator.caught_up else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"status": "ready" if simulator.caught_up else "not ready"}, status)

    @app.get("/answers")
    async def waiting() -> JSONResponse:
        plan = simulator.plan
        waiting_answers = [
            {
                "case": answer.case,
                "submission": str(answer.reply.submission),
                "result": answer.reply.result,
                "not_before": answer.not_before.isoformat(),
            }
            for answer in plan.waiting
        ]
        return JSONResponse({"heard": plan.heard, "said": len(plan.sent), "waiting": waiting_answers})

    return app


async def serve(simulator: Simulator, host: str, port: int) -> None:
    """Runs until a signal; an error of the simulator ends the process, and `jejak up` restarts it."""
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
