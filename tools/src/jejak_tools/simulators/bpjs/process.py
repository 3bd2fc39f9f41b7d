"""The simulator at work: Kafka on one side, the installation's clock and its answers on the other.

It keeps nothing of its own. When it starts it hears the topic again from as far back as that reaches, and decides again
as it decided before; answers that stand on the topic of replies already are not sent again, and one that is sent twice
all the same (killed in between) has the same identity, which the contract lets pass. Whatever the topic no longer holds
is longer ago than the retention: nothing is answered then, as nothing would be by anybody who reads it.
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
from jejak_tools.simulators.bpjs.keys import SealedError, opened
from jejak_tools.simulators.bpjs.plan import Plan
from jejak_tools.simulators.bpjs.rules import Answer
from jejak_tools.simulators.bpjs.senders import Senders, text_of

type Way = Literal["kafka", "http"]
type Say = Callable[[Sequence[Answer]], Awaitable[None]]
"""Returns once these answers are taken."""

SOURCE: Final = "/bpjs-simulator"
_CLIENT: Final = "bpjs-simulator"
_LOOK_SECONDS: Final = 0.25
"""How often a clock that can be set is looked at, as long as an answer waits for it."""
_PAUSE: Final = 2.0
_REST: Final = 60.0
"""The longest that a real clock is trusted to run on as it did: a machine may sleep."""
_TIMEOUT: Final = 10.0
_CONFIRMED_WITHIN: Final = 15.0
_AT_ONCE: Final = 500

_log = structlog.get_logger()


class UnreachableError(Exception):
    """The installation does not answer as it should; the message says which request, and how it was answered."""


@dataclass(frozen=True, slots=True)
class Access:
    """What BPJS has of an installation: its Kafka and its address, a token where it answers over HTTP.

    `jwks` is the address of its signing keys; without it nothing is checked.
    """

    bootstrap: str
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
    """Who reads the topic of replies; set while `_replies_read` is."""
    _replies_read: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)
    senders: Senders = field(init=False)

    def __post_init__(self) -> None:
        self.senders = Senders(self.access.jwks)

    async def run(self) -> None:
        """For ever; the broker begins a topic again when Kafka went away."""
        bus = Bus(self.access.bootstrap, _CLIENT)
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
        self.plan.said |= {one for _, one in read_each(poll.records, _own)[0] if one}

    async def _keep_replies(self, reader: Reader) -> None:
        self._replies = reader
        self._replies_read.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._replies_read.clear()

    async def _until_known(self) -> None:
        """Each time before submissions are heard: which answers stand by now on the topic of replies."""
        if self.access.way == "kafka":
            await self._replies_read.wait()
            assert self._replies is not None
            await self._replies.read_to_end()

    async def _on_messages(self, http: httpx.AsyncClient, poll: Poll) -> None:
        for one in poll.undecoded:
            place = f"{one.partition.topic}/{one.partition.partition}/{one.begin}-{one.end - 1}"
            _log.warning("messages_not_decoded", place=place, error=one.error)
        await self._know_senders(poll.records, http)
        for record, error in read_each(poll.records, self._hear)[1]:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            if isinstance(error, SignatureError):
                _log.warning("message_refused", place=place, why=str(error))
            else:
                _log.warning("message_not_understood", place=place, error=type(error).__name__)
        self._heard.set()

    async def _know_senders(self, records: Sequence[ConsumerRecord], http: httpx.AsyncClient) -> None:
        """The keys by which these are signed, however long it takes: what is refused once is not read again."""
        while True:
            try:
                return await self.senders.know(records, http)
            except (httpx.HTTPError, ValueError) as error:
                _log.warning("keys_not_read", error=type(error).__name__)
                await asyncio.sleep(_PAUSE)

    def _hear(self, record: ConsumerRecord) -> None:
        """A type that is not known is passed over, as is a field. Raises for what cannot be read or is not signed."""
        self.senders.check(record)
        kind = text_of(record).get("ce_type")
        if kind == V1.ce_type("submission"):
            data = json.loads(record.value)
            one = Submission.model_validate(data, extra="ignore")
            try:
                self.plan.hear(one, opened(data.get("personal"), str(one.submission), self.key))
            except SealedError as error:
                _log.warning("submission_not_opened", submission=str(one.submission), why=str(error))
        elif kind == V1.ce_type("submission.withdrawn"):
            self.plan.stop(SubmissionWithdrawn.model_validate_json(record.value, extra="ignore").submission)

    async def _answer_when_due(self, http: httpx.AsyncClient, say: Say, reader: Reader) -> None:
        """Rests until a message comes or an answer is due. KafkaError where what was said is not known to stand."""
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
        """Whatever is due by the installation's own clock, in its order; seconds until more may be, None for never."""
        if not self.plan.waiting:
            return None
        clock = await _clock(http)
        for some in batched(self.plan.due(clock.now), _AT_ONCE, strict=False):
            await say(some)
            for one in some:
                self.plan.done(one)
                _log.info("answered", submission=str(one.reply.submission), case=one.case, result=one.reply.result)
        return clock.pause(self.plan.waiting)


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is for the installation; `settable`: it may be any other the next moment."""

    now: datetime
    settable: bool

    def pause(self, waiting: Sequence[Answer]) -> float | None:
        """Seconds until one of these may be due; None where nothing waits."""
        if not waiting:
            return None
        if self.settable:
            return _LOOK_SECONDS
        return min(max((waiting[0].not_before - self.now).total_seconds(), 0.0), _REST)


async def _clock(http: httpx.AsyncClient) -> Clock:
    """The installation's clock; real time where it has none that can be set. Unreachable when it does not say."""
    answer = await http.get("/dev/clock")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return Clock(datetime.fromtimestamp(real_seconds(), UTC), settable=False)
    if answer.status_code != HTTPStatus.OK:
        raise UnreachableError(f"GET /dev/clock: {answer.status_code}")
    return Clock(datetime.fromisoformat(answer.json()["now"]), settable=True)


async def _send(publisher: Publisher, due: Sequence[Answer]) -> None:
    """Each as often as it says. Returns once all of it is confirmed."""
    async with asyncio.timeout(_CONFIRMED_WITHIN):
        sent = [
            await publisher.publish(_body(one.reply), key=key, headers=_headers(one.reply), no_confirm=True)
            for one in due
            for key in [str(one.reply.submission).encode()] * one.times
        ]
        await asyncio.gather(*sent)


async def _post(http: httpx.AsyncClient, due: Sequence[Answer]) -> None:
    """One request for many answers, as the contract has it. Unreachable when not all of them were taken."""
    for some in batched([one for one in due for _ in range(one.times)], _AT_ONCE, strict=False):
        content = b"".join(_body(one.reply) + b"\n" for one in some)
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
    """The identity of an answer of ours; None for another's."""
    told = text_of(record)
    return UUID(told["ce_id"]) if told.get("ce_source") == SOURCE else None


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
