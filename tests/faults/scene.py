"""The scene of faults: an installation on servers of its own, clients that repeat requests, and ways to break it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
from aiokafka import ConsumerRecord

from jejak.eventstore.integrity.verify import verify
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local.child import Child
from jejak_local.environment import of_service
from jejak_local.files import free_port, wait_until
from jejak_local.installation import Installation
from jejak_tools.delivery import compare, event_of, stored_events, whole_topic
from jejak_tools.papers import Paper
from jejak_tools.play import Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import DARWIS, ROSNA, Person
from tests.waits import PATIENCE

FENCE: Final = "SELECT pg_advisory_xact_lock(7300171)"
"""A lock that, held alone, lets no append begin."""
REFUSED: Final = (
    *("ApplicationSubmitted", "DocumentsComplete", "DtksVerified", "MembershipChecked", "EligibilityDenied"),
    "CaseRefused",
)
"""The whole case of a person who is in no register and came too late: two acts of people, the rest automatic."""
SIGNED: Final = (
    *("ApplicationSubmitted", "DocumentsComplete", "DtksVerified", "MembershipChecked", "EligibilityConfirmed"),
    *("LetterDrafted", "ParafGiven", "LetterSigned"),
)
_ENDINGS: Final = ("CaseRefused", "CaseReturned", "CaseClosed")
_LOOK_AGAIN: Final = 0.05
_UNAVAILABLE: Final = 500
_DOWN: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """One installation, and one office on it."""

    jejak: Installation
    office: Office

    @property
    def database(self) -> str:
        """The administrator's URL."""
        return self.jejak.environment["JEJAK_DATABASE_URL"]

    @property
    def cluster(self) -> KafkaCluster:
        return KafkaCluster(self.jejak.environment["KAFKA_BOOTSTRAP_SERVERS"])

    @property
    def topic(self) -> str:
        return "jejak.cases"

    def child(self, name: str) -> Child:
        return self.jejak.children[name]

    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self.jejak.children.items()}

    def all_alive(self, before: Mapping[str, int]) -> None:
        """Fails unless every service is still the same process."""
        assert {name: child.process.alive() for name, child in self.jejak.children.items()} == dict.fromkeys(
            before, True
        )
        assert self.pids() == before

    def freeze(self, name: str) -> None:
        """SIGSTOP: alive, connected, and doing nothing."""
        os.kill(self.child(name).process.pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT; does nothing to a process that runs."""
        os.kill(self.child(name).process.pid, signal.SIGCONT)

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows, as the administrator sees them."""
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    async def value(self, statement: str, *arguments: object) -> Any:
        rows = await self.fetch(statement, *arguments)
        return rows[0][0] if rows else None


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    """Waits until the condition holds, also while the database is away. Fails if it never does."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if await condition():
                        return
                except _DOWN:
                    pass
                await asyncio.sleep(_LOOK_AGAIN)
    except TimeoutError:
        raise AssertionError(f"waited {PATIENCE:g} s until {what}") from None


# People


async def insist(
    scene: Scene, person: str, path: str, body: Json, shown: Mapping[str, Paper] | None = None, again: str = ""
) -> Json:
    """Repeats a request under one Idempotency-Key until it has a final answer, as a careful client does.

    `again` is the code of a refusal after which the request is repeated.
    """
    key = str(new_uuid())
    give_up = asyncio.get_running_loop().time() + PATIENCE
    while True:
        last = ""
        try:
            answer = await _request(scene, person, path, body, shown or {}, key)
            if answer.is_success:
                done: Json = answer.json()
                return done
            last = answer.text
            if answer.status_code < _UNAVAILABLE and not (again and again in last):
                raise AssertionError(f"{path}: {answer.status_code} {last}")
        except httpx.TransportError as error:
            last = type(error).__name__
        if asyncio.get_running_loop().time() > give_up:
            raise AssertionError(f"{path}: not answered in {PATIENCE:g} s; the last was {last}")
        await asyncio.sleep(_LOOK_AGAIN)


async def _request(
    scene: Scene, person: str, path: str, body: Json, shown: Mapping[str, Paper], key: str
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {scene.office.token(person)}", "Idempotency-Key": key}
    files = {name: (paper.name, paper.data, paper.media_type) for name, paper in shown.items()}
    form: dict[str, Any] = {"data": {"data": json.dumps(body)}, "files": files} if files else {"json": body}
    async with httpx.AsyncClient(base_url=scene.jejak.url, timeout=PATIENCE, trust_env=False) as client:
        return await client.post(path, headers=headers, **form)


async def submitted(scene: Scene, who: Person = DARWIS) -> UUID:
    """An application brought to the counter, with its documents."""
    application = {"layanan": "reaktivasi-kis-pbi", "pemohon": who, "keperluan": "Rawat jalan."}
    return UUID((await insist(scene, "staf-1", "/cases", application, papers(who)))["berkas"])


async def do(scene: Scene, case: UUID, verb: str, by: str, body: Json | None = None, again: str = "") -> Json:
    """An official ends a task."""
    return await insist(scene, by, f"/cases/{case}/tasks/{verb}", body or {}, again=again)


async def checked(scene: Scene, who: Person = DARWIS) -> UUID:
    """A submitted case with complete documents: the tasks up to its end are automatic."""
    case = await submitted(scene, who)
    await do(scene, case, "check_documents", "staf-1")
    return case


async def checked_all(scene: Scene, count: int, at_once: int = 6) -> list[UUID]:
    """`count` checked cases from several counters."""
    counters = asyncio.Semaphore(at_once)

    async def checked_case() -> UUID:
        async with counters:
            return await checked(scene)

    return await asyncio.gather(*(checked_case() for _ in range(count)))


async def due(scene: Scene, case: UUID, verb: str) -> None:
    """Waits until this task is due."""
    await until(
        lambda: scene.value("SELECT 1 FROM es.due WHERE stream = $1 AND tugas = $2 AND parked IS NULL", case, verb),
        f"{verb} is due",
    )


async def ready_to_sign(scene: Scene) -> UUID:
    """A case whose letter waits for the Kadis."""
    case = await checked(scene, ROSNA)
    await due(scene, case, "draft_letter")
    await do(scene, case, "draft_letter", "staf-1")
    await do(scene, case, "paraf", "kabid-1")
    await due(scene, case, "sign")
    return case


# Outcomes


async def endings(scene: Scene, cases: Collection[UUID] | None = None) -> int:
    """The number of ended cases, of these or of all."""
    chosen = None if cases is None else list(cases)
    return int(
        await scene.value(
            "SELECT count(DISTINCT stream) FROM es.event"
            " WHERE type = ANY($1) AND ($2::uuid[] IS NULL OR stream = ANY($2))",
            list(_ENDINGS),
            chosen,
        )
    )


async def some_have_ended(scene: Scene, more_than: int) -> None:
    """Waits until more than `more_than` cases have ended in all."""

    async def enough() -> bool:
        return await endings(scene) > more_than

    await until(enough, "some cases have ended")


async def all_end(scene: Scene, cases: Sequence[UUID]) -> None:
    """Waits until every case is refused, by exactly the events of REFUSED."""

    async def ended() -> bool:
        return await endings(scene, cases) == len(cases)

    await until(ended, f"{len(cases)} cases have ended")
    assert {case: await types_of(scene, case) for case in cases} == dict.fromkeys(cases, REFUSED)


async def types_of(scene: Scene, case: UUID) -> tuple[str, ...]:
    """The types of a case's events in order, without WorkStarted."""
    rows = await scene.fetch("SELECT type FROM es.event WHERE stream = $1 ORDER BY version", case)
    return tuple(row["type"] for row in rows if row["type"] != "WorkStarted")


async def ledger_and_kafka_agree(scene: Scene, what: str) -> int:
    """Checks that every chain holds, and that Kafka has every event in the order of its case. Returns the repeats."""
    chains = await verify(scene.database)
    assert chains.broken is None
    await all_is_published(scene)
    genuine = [event_of(record) async for record in whole_topic(scene.cluster, scene.topic) if _is_ours(record)]
    delivered = compare(await stored_events(scene.database), genuine)
    counted = f"{delivered.lost} lost, {delivered.doubled} delivered again, {delivered.reordered} out of order"
    print(f"\n{what}: {delivered.stored} events, {counted}, {delivered.changed} changed")  # noqa: T201 - for who reads the run
    assert (delivered.lost, delivered.reordered, delivered.changed) == (0, 0, 0)
    return delivered.doubled


async def all_is_published(scene: Scene) -> None:
    """Waits until the relay's checkpoint has reached the end of the ledger."""
    reached = "SELECT position >= (SELECT coalesce(max(position), 0) FROM es.event) FROM es.checkpoint WHERE topic = $1"
    await until(lambda: scene.value(reached, scene.topic), "the relay has published everything")


def _is_ours(record: ConsumerRecord) -> bool:
    return any(name == "ce_id" for name, _ in record.headers)


# Faults


@asynccontextmanager
async def holding(scene: Scene, statement: str, *arguments: object) -> AsyncIterator[None]:
    """Holds the locks of this statement until the block is left."""
    connection = await asyncpg.connect(scene.database)
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def frozen(scene: Scene, name: str) -> AsyncIterator[None]:
    """Freezes a service until the block is left."""
    scene.freeze(name)
    try:
        yield
    finally:
        scene.resume(name)


async def sessions_waiting(scene: Scene, service: str) -> list[int]:
    """Backends of a service that wait for a lock."""
    rows = await scene.fetch(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'",
        service,
    )
    return [row["pid"] for row in rows]


async def is_held_up(scene: Scene, service: str) -> None:
    """Waits until a service waits for the lock."""
    await until(lambda: sessions_waiting(scene, service), f"{service} waits for the lock")


async def kill(scene: Scene, name: str, *, with_sessions: bool) -> None:
    """SIGKILL. With its sessions, its statements that wait for a lock are ended too."""
    waiting = await sessions_waiting(scene, name)
    await asyncio.to_thread(scene.child(name).kill)
    if with_sessions:
        await scene.fetch("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", waiting)


async def restarted(scene: Scene, *names: str) -> None:
    """Starts the dead services again, as `jejak up` does."""
    died = [scene.child(name) for name in names or scene.jejak.children]
    await asyncio.gather(*(asyncio.to_thread(revive, child) for child in died))


def revive(child: Child) -> None:
    """Starts a dead service again and waits until it is ready."""

    def ready() -> bool:
        child.revive(lambda _: None)
        return child.process.alive() and child.ready()

    assert wait_until(ready, seconds=PATIENCE), child.process.last_lines()


@contextmanager
def second(scene: Scene, name: str) -> Iterator[Child]:
    """Another process of the same service, on another port, with the same database and Kafka."""
    logs = scene.jejak.data / "second"
    logs.mkdir(exist_ok=True)
    twin = Child(name, of_service(scene.jejak.environment, name, free_port()), logs)
    twin.start()
    try:
        twin.wait_ready()
        yield twin
    finally:
        twin.stop()


def logged(scene: Scene, name: str) -> str:
    """The log of a service."""
    return (Path(scene.jejak.data) / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
