"""The simulator of BPJS as a process: it answers by the contract, on the due day, and goes on after a kill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from bpjs_sync.outgoing.encryption import ContentKey, parse_reader_key
from bpjs_sync.outgoing.signing import Signer, keys_of
from jejak.contracts.bpjs.http import SigningKeys
from jejak.contracts.bpjs.messages import Reply
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import kafka
from jejak_local.child import Child
from jejak_local.environment import of_outsider
from jejak_local.files import free_port
from jejak_tools.simulators.bpjs import keys
from tests.bpjs import heard
from tests.servers import served
from tests.signing import KEYS, SIGNER, new_key
from tests.store.ledger import until
from tests.unit.local.test_bpjs_rules import NIK, person, submission

RULES = """
zone = "Asia/Makassar"

[[rule]]
match = { attempt = [1] }
[[rule.outcome]]
replies = [
  { result = "accepted", after = "10 working days", at = "10:00", times = 2 },
  { result = "active", after = "3 months", at = "08:00" },
]

[[rule]]
[[rule.outcome]]
replies = [{ result = "rejected", after = "1 day", at = "10:00", reason = "Tidak padan." }]
"""
BEFORE, YES, ON = "2023-10-13T09:59:00+08:00", "2023-10-13T10:00:01+08:00", "2024-01-01T08:00:01+08:00"


@dataclass
class Border:
    """The surroundings of the simulator: the topics, the clock, and the addresses for keys and answers."""

    cluster: KafkaCluster
    prefix: str
    url: str
    producer: AIOKafkaProducer
    folder: Path
    clock: list[str]
    posted: list[Reply]
    shown: list[Signer]
    down: list[int] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    """The time at each reading of the clock."""
    signer: Signer = SIGNER

    async def asks(self, number: int, **changes: Any) -> UUID:
        """Sends an office's submission, encrypted to the simulator's key."""
        submitted = submission(UUID(int=number), **changes)
        to = parse_reader_key(json.loads((self.folder / "public.json").read_text()))
        personal = ContentKey([to]).seal(person(NIK, submitted.submission).model_dump_json().encode())
        await self.says("submission", submitted.submission, submitted.model_dump_json(exclude_none=True), personal)
        return submitted.submission

    async def withdraws(self, number: int) -> None:
        data = {"submission": str(UUID(int=number)), "case": "7K3M-9QXA-2BCD", "withdrawn_at": BEFORE}
        await self.says("submission.withdrawn", UUID(int=number), json.dumps(data))

    async def says(self, name: str, about: UUID, body: str, personal: str | None = None) -> None:
        value = f'{body[:-1]},"not_yet_known":1' + (f',"personal":{personal}}}' if personal else "}")
        attributes = {"type": f"id.jejak.bpjs.{name}.v1", "subject": str(about)}
        await self.sends({**attributes, "signature": self.signer.sign(attributes, value)}, value)

    async def sends(self, attributes: Mapping[str, str], value: str) -> None:
        """Writes a message on the topic."""
        headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
        key = attributes["subject"].encode()
        await self.producer.send_and_wait(f"{self.prefix}.bpjs", value.encode(), key=key, headers=headers)

    async def replies(self, count: int) -> Sequence[tuple[str, str]]:
        """Submission and result of every answer on the topic, once there are `count`."""
        return [
            (message.data["submission"], message.data["result"])
            for message in await heard(self.cluster, f"{self.prefix}.bpjs.replies", count)
        ]


@asynccontextmanager
async def border(cluster: KafkaCluster, prefix: str, folder: Path) -> AsyncIterator[Border]:
    clock, posted, down, looks, app, shown = [BEFORE], list[Reply](), list[int](), list[str](), FastAPI(), [SIGNER]

    @app.get("/dev/clock")
    async def now() -> dict[str, str]:
        looks.append(clock[-1])
        return {"now": clock[-1]}

    @app.get("/bpjs/keys")
    async def shows() -> SigningKeys:
        return shown[-1].public

    @app.post("/bpjs/replies")
    async def replies(request: Request) -> JSONResponse:
        if down or request.headers["authorization"] != "Bearer bpjs":
            return JSONResponse({}, 503)
        lines = (await request.body()).splitlines()
        posted.extend(Reply.model_validate_json(line) for line in lines)
        return JSONResponse({"stored": len(lines), "wrong": 0}, 202)

    keys.make(folder / "private.json", folder / "public.json")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap)
    await ensure_topic(cluster, f"{prefix}.bpjs", 2)
    await ensure_topic(cluster, f"{prefix}.bpjs.replies", 2)
    await producer.start()
    try:
        async with served(app) as url:
            yield Border(cluster, prefix, url, producer, folder, clock, posted, shown, down, looks)
    finally:
        await producer.stop()


@contextmanager
def simulated(at: Border, way: str = "kafka") -> Iterator[Child]:
    """The simulator as a process, until the block is left."""
    environment = {
        "JEJAK_ENV": "development",
        "JEJAK_BPJS_SIMULATOR": way,
        "JEJAK_BPJS_SIMULATOR_KEY": str(at.folder / "private.json"),
        "JEJAK_BPJS_SIMULATOR_RULES": str(at.folder / "rules.toml"),
        "JEJAK_BPJS_SIMULATOR_TOKEN": "bpjs",
        "JEJAK_BPJS_SIMULATOR_JWKS": f"{at.url}/bpjs/keys",
        "JEJAK_PUBLIC_URL": at.url,
        "JEJAK_TOPIC_PREFIX": at.prefix,
        "KAFKA_BOOTSTRAP_SERVERS": at.cluster.bootstrap,
    }
    child = Child("jejak_tools.simulators.bpjs", of_outsider(environment, free_port()), at.folder)
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.stop()


async def ready(child: Child) -> Mapping[str, Any]:
    """The simulator's open answers, once it has read everything."""
    await asyncio.to_thread(child.wait_ready)
    async with httpx.AsyncClient(trust_env=False) as http:
        answers: Mapping[str, Any] = (await http.get(f"{child.url}/answers")).json()
        return answers


def nothing_left(child: Child) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def answered() -> bool:
        return not (await ready(child))["waiting"]

    return answered


async def test_it_answers_on_the_topic_when_the_day_has_come_and_no_earlier(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        first = str(await at.asks(1))
        second = str(await at.asks(2, attempt=2))
        with simulated(at) as child:
            assert (await ready(child))["heard"] == 2
            assert await at.replies(1) == [(second, "rejected")]
            at.clock.append(YES)
            assert sorted(await at.replies(3)) == [(first, "accepted"), (first, "accepted"), (second, "rejected")]
            assert [answer["result"] for answer in (await ready(child))["waiting"]] == ["active"]
            at.clock.append(ON)
            assert (first, "active") in await at.replies(4)
        ids = [message.headers["ce_id"] for message in await heard(kafka_server, f"{topic}.bpjs.replies", 4)]
        assert len(set(ids)) == 3
        assert (tmp_path / "jejak_tools.simulators.bpjs.log").read_text().count(NIK) == 0


async def test_killed_and_started_again_it_answers_what_is_left_and_nothing_twice(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        first = str(await at.asks(1))
        at.clock.append(YES)
        with simulated(at):
            assert await at.replies(2) == [(first, "accepted")] * 2
        later = str(await at.asks(3))
        await at.asks(4)
        await at.withdraws(4)
        with simulated(at) as child:
            await at.replies(4)
            at.clock.append(ON)
            await until(nothing_left(child))
        every = [(first, "accepted")] * 2 + [(first, "active")] + [(later, "accepted")] * 2 + [(later, "active")]
        assert sorted(await at.replies(6)) == every


async def test_when_kafka_was_away_it_goes_on_and_answers_nothing_twice(
    own_kafka: kafka.Kafka, topic: str, tmp_path: Path
) -> None:
    async with border(own_kafka.cluster, topic, tmp_path) as at:
        first = str(await at.asks(1))
        at.clock.append(YES)
        with simulated(at) as child:
            assert await at.replies(2) == [(first, "accepted")] * 2
            await asyncio.to_thread(own_kafka.kill)
            at.clock.append(ON)
            await asyncio.to_thread(own_kafka.restart)
            await until(nothing_left(child), 120)
            later = str(await at.asks(2, attempt=2))
            assert sorted(await at.replies(4)) == [
                *[(first, "accepted")] * 2, (first, "active"), (later, "rejected")
            ]  # fmt: skip


async def test_the_clock_is_not_read_while_no_answer_waits(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        await at.says("something.new", UUID(int=7), "{}")
        with simulated(at) as child:
            await ready(child)
            assert at.looks == []
            second = str(await at.asks(2, attempt=2))
            assert await at.replies(1) == [(second, "rejected")]
            assert len(at.looks) == 1


async def test_over_http_it_repeats_its_answer_until_it_is_taken(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        at.down.append(1)
        first = await at.asks(1)
        at.clock.append(YES)
        with simulated(at, "http") as child:
            assert (await ready(child))["said"] == 0
            log = tmp_path / "jejak_tools.simulators.bpjs.log"

            async def complained() -> bool:
                return "POST /bpjs/replies: 503" in log.read_text()

            await until(complained)
            assert at.posted == []
            at.down.clear()

            async def taken() -> bool:
                return len(at.posted) == 2

            await until(taken)
        assert at.posted[0] == at.posted[1]
        assert (at.posted[0].submission, at.posted[0].result) == (first, "accepted")
        assert at.posted[0].replied_at == datetime.fromisoformat("2023-10-13T10:00:00+08:00")


async def test_what_it_cannot_read_or_open_is_named_and_stops_nothing(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        await at.says("submission", UUID(int=7), '{"submission":"x"}')
        await at.says("something.new", UUID(int=7), "{}")
        await at.says("submission", UUID(int=8), submission(UUID(int=8)).model_dump_json(exclude_none=True))
        with simulated(at) as child:
            assert (await ready(child))["heard"] == 0
            second = str(await at.asks(2, attempt=2))
            assert await at.replies(1) == [(second, "rejected")]
        logged = (tmp_path / "jejak_tools.simulators.bpjs.log").read_text()
        assert "message_not_understood" in logged
        assert "the person was forgotten" in logged


async def test_a_message_not_signed_by_the_installation_is_refused_and_a_new_key_is_fetched(
    kafka_server: KafkaCluster, topic: str, tmp_path: Path
) -> None:
    async with border(kafka_server, topic, tmp_path) as at:
        forger, fresh = Signer(keys_of({"keys": [new_key()]})), Signer(keys_of({"keys": [new_key(), *KEYS["keys"]]}))
        at.signer = forger
        await at.asks(1, attempt=2)
        at.signer = SIGNER
        with simulated(at) as child:
            assert (await ready(child))["heard"] == 0
            body = submission(UUID(int=5), attempt=2).model_dump_json(exclude_none=True)
            attributes = {"type": "id.jejak.bpjs.submission.v1", "subject": str(UUID(int=5))}
            signature = SIGNER.sign(attributes, body)
            await at.sends(attributes, body)
            await at.sends({**attributes, "signature": signature}, body.replace("7K3M", "7K3N"))
            await at.sends({**attributes, "signature": signature, "subject": str(UUID(int=6))}, body)
            await at.sends({**attributes, "signature": signature, "office": "13.99"}, body)
            at.shown.append(fresh)
            at.signer = fresh
            second = str(await at.asks(2, attempt=2))
            assert await at.replies(1) == [(second, "rejected")]
            log = tmp_path / "jejak_tools.simulators.bpjs.log"

            async def refused() -> bool:
                return log.read_text().count('"message_refused"') == 5

            await until(refused)
            assert (await ready(child))["heard"] == 1
