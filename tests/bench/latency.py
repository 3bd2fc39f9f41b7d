"""From commit to consumer: events appended at a steady rate, and when each arrives out of Kafka, on either topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer

from jejak.ids import new_uuid
from jejak.store.store import Store
from jejak.store.types import Append, NewEvent, StreamRead
from jejak_local.installation import Installation

SECONDS = 8.0
WARM_UP = 2.0
_CASES = "SELECT stream FROM es.event WHERE type = 'CaseClosed' ORDER BY position LIMIT 2000"


@dataclass(frozen=True, slots=True)
class Flow:
    """What is appended, how often a second, by whose login, and what it becomes on which topic."""

    service: str
    per_second: int
    kind: str
    payload: bytes
    topic: str
    ce_type: bytes


EVENTS = Flow("intake", 500, "WorkStarted", b'{"v":1}', "jejak.cases", b"id.jejak.WorkStarted")
"""Somebody begins the follow-up of a case again and again."""
SUBMISSIONS = Flow(
    "bpjs_sync",
    200,
    "SubmissionSent",
    b'{"letters":[],"to":"bpjs","v":1,"via":"dibawa_pemohon"}',
    "jejak.bpjs",
    b"id.jejak.bpjs.submission.v1",
)
"""A case is sent to BPJS again and again: derived, its person encrypted, and said."""


@dataclass(slots=True)
class Case:
    """A case that has ended but for its follow-up."""

    read: StreamRead
    version: int

    def again(self, flow: Flow) -> Append:
        due = self.read.due[0]
        event = NewEvent(
            new_uuid(), flow.kind, flow.payload, due.slot, due.langkah, due.tugas, None, due.who, None, "staf"
        )
        self.version += 1
        rows = tuple(one.row() for one in self.read.due)
        return Append(self.read.stream, "case", self.version - 1, (event,), rows, self.read.office, self.read.sop)


async def measure(installation: Installation, flow: Flow = EVENTS) -> float:
    """p99 in milliseconds of what a consumer waits for a message, from the acknowledgement of its event's commit.

    Needs cases that were carried to their end on this installation.
    """
    environment = installation.environment
    login = environment[f"JEJAK_DATABASE_URL_{flow.service.upper()}"]
    async with await Store.connect(login, application="bench") as store:
        cases = cycle(await _cases(environment["JEJAK_DATABASE_URL"], store))
        count = int(flow.per_second * (WARM_UP + SECONDS))
        committed: dict[UUID, float] = {}
        arrived: dict[UUID, float] = {}
        reader = AIOKafkaConsumer(flow.topic, bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"])
        await reader.start()
        await reader.seek_to_end()
        reading = asyncio.create_task(_read(reader, flow, arrived, count))
        began = time.perf_counter()
        await _append_steadily(store, flow, cases, count, committed)
        async with asyncio.timeout(60):
            await reading
        await reader.stop()
    waits = sorted(arrived[one] - at for one, at in committed.items() if at - began > WARM_UP)
    return waits[int(len(waits) * 0.99)] * 1000


async def _cases(url: str, store: Store) -> list[Case]:
    admin = await asyncpg.connect(url)
    found = [row[0] for row in await admin.fetch(_CASES)]
    await admin.close()
    streams = (await store.read(found)).streams.values()
    return [Case(one, one.version) for one in streams if one.due]


async def _append_steadily(
    store: Store, flow: Flow, cases: Iterator[Case], count: int, committed: dict[UUID, float]
) -> None:
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(began + number / flow.per_second - time.perf_counter())
            group.create_task(_append(store, next(cases).again(flow), committed))


async def _append(store: Store, command: Append, committed: dict[UUID, float]) -> None:
    outcome = await store.append(command)
    if outcome.status != "appended":
        raise RuntimeError(f"{command.stream}: {outcome.status} at version {outcome.version}")
    committed[command.events[0].id] = time.perf_counter()


async def _read(reader: AIOKafkaConsumer, flow: Flow, arrived: dict[UUID, float], count: int) -> None:
    while len(arrived) < count:
        batches = await reader.getmany(timeout_ms=500, max_records=2_000)
        now = time.perf_counter()
        for records in batches.values():
            for record in records:
                headers = dict(record.headers)
                if headers["ce_type"] == flow.ce_type:
                    arrived[UUID(headers["ce_id"].decode())] = now
