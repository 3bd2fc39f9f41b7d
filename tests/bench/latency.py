"""From commit to consumer: events appended at a steady rate, and when each arrives out of Kafka, on either topic.

One in a hundred of a turn's 1,600 messages are sixteen: a stop of 80 ms decides the p99. On a shared host the host
causes as many stops as the system itself, so there are several turns, each with the share that the host took of it, and
only the half with the smallest shares counts (decision 0016).
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer

from jejak.contracts.envelope import NewEvent
from jejak.eventstore.store import Store
from jejak.eventstore.types import Append, StoredStream
from jejak.platform.ids import new_uuid
from jejak_local.installation import Installation

SECONDS = 8.0
WARM_UP = 2.0
_CASES = "SELECT stream FROM es.event WHERE type = 'CaseClosed' ORDER BY position LIMIT 2000"


@dataclass(frozen=True, slots=True)
class Flow:
    """A kind of event: its login, its rate, its payload, and its message and topic on Kafka."""

    service: str
    per_second: int
    kind: str
    payload: bytes
    topic: str
    ce_type: bytes


EVENTS = Flow("intake", 500, "WorkStarted", b'{"v":1}', "jejak.cases", b"id.jejak.WorkStarted")
"""The follow-up of a case is begun again and again."""
SUBMISSIONS = Flow(
    "bpjs_sync",
    200,
    "SubmissionSent",
    b'{"letters":[],"to":"bpjs","v":1,"via":"dibawa_pemohon"}',
    "jejak.bpjs",
    b"id.jejak.bpjs.submission.v1",
)
"""A case is sent to BPJS again and again: derived, its person encrypted, and published."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The delay of consumers in milliseconds; `taken`: the share of one core that the host gave to others meanwhile."""

    p50: float
    p99: float
    taken: float


def undisturbed(turns: Sequence[Turn]) -> Turn:
    """The median of the half of the turns of which the host took least."""
    least = sorted(turns, key=lambda turn: turn.taken)[: (len(turns) + 1) // 2]
    return Turn(*(statistics.median(getattr(turn, name) for turn in least) for name in ("p50", "p99", "taken")))


@dataclass(slots=True)
class Case:
    """A case of which only the follow-up is still open."""

    read: StoredStream
    version: int

    def again(self, flow: Flow) -> Append:
        due = self.read.due[0]
        event = NewEvent(
            new_uuid(), flow.kind, flow.payload, due.slot, due.langkah, due.tugas, None, due.who, None, "staf"
        )
        self.version += 1
        rows = self.read.due
        return Append(self.read.stream, "case", self.version - 1, (event,), rows, self.read.office, self.read.sop)


async def measure(installation: Installation, flow: Flow = EVENTS) -> Turn:
    """The delay of a message at a consumer, from the acknowledgement of its event's commit.

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
        with _no_stops_of_our_own():
            taken, began = _taken(), time.perf_counter()
            reading = asyncio.create_task(_read(reader, flow, arrived, count))
            await _append_steadily(store, flow, cases, count, committed)
            async with asyncio.timeout(60):
                await reading
            share = (_taken() - taken) / (time.perf_counter() - began)
        await reader.stop()
    waits = sorted(arrived[event] - at for event, at in committed.items() if at - began > WARM_UP)
    p50, p99 = (1000 * waits[int(len(waits) * part)] for part in (0.5, 0.99))
    return Turn(p50, p99, share)


@contextmanager
def _no_stops_of_our_own() -> Iterator[None]:
    """No garbage collection: a full one takes a tenth of a second, in which no message is read."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _taken() -> float:
    """Seconds since the start that the host gave to others while a core of this machine had work."""
    columns = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(columns[8]) / os.sysconf("SC_CLK_TCK")


async def _cases(url: str, store: Store) -> list[Case]:
    admin = await asyncpg.connect(url)
    keys = [row[0] for row in await admin.fetch(_CASES)]
    await admin.close()
    streams = (await store.read(keys)).streams.values()
    return [Case(stream, stream.version) for stream in streams if stream.due]


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
