"""Whole cases through all services: the requests of an office's people over HTTP, as fast as the services answer.

A closed loop: a fixed number of cases is under way, and a finished case makes room for the next. Requests go to the
services directly; the load runs in this one process. Between the check of documents and the draft lie three automatic
tasks, which come by Kafka; one query of the worklist finds out for all waiting cases whether they are done.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from jejak.cases.decision import Actor
from jejak.contracts.tasks import TASKS
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.web.access.tokens import issue
from jejak_local.installation import Installation
from jejak_tools.demo import token_key
from jejak_tools.papers import pdf
from jejak_tools.stories.counter import papers
from tests.bench import cpu
from tests.bench.offices import Resident, resident
from tests.bench.wire import Address, form

IN_FLIGHT: Final = 32
_LOOK_SECONDS: Final = 0.02
_PATIENCE_SECONDS: Final = 60
_READY: Final = """
SELECT stream, tugas, langkah, who FROM es.due WHERE stream = ANY ($1::uuid[]) AND slot = 'main' AND NOT automatic
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A due task of the main line, and its actor."""

    tugas: str
    langkah: str
    who: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of one run. `milliseconds`: processor time a case, by process."""

    cases: int
    seconds: float
    requests: int
    milliseconds: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return self.cases / self.seconds


@dataclass(slots=True)
class Worklist:
    """The cases that wait for their automatic tasks; one query serves all of them."""

    connection: asyncpg.Connection[asyncpg.Record]
    waiting: dict[UUID, asyncio.Future[Step]] = field(default_factory=dict)

    async def until_manual(self, case: UUID) -> Step:
        """The next task that a person does. TimeoutError if none becomes due: the case took another way."""
        self.waiting[case] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await self.waiting[case]

    async def run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.waiting:
                for stream, *step in await self.connection.fetch(_READY, list(self.waiting)):
                    self.waiting.pop(stream).set_result(Step(*step))


@dataclass(frozen=True, slots=True)
class Application:
    """One application as bytes on the wire, made before the clock runs."""

    body: bytes
    kind: str
    scan: bytes
    receiver: str


@dataclass(slots=True)
class Office:
    """The people of one office at work."""

    kantor: Kantor
    services: Mapping[str, Address]
    worklist: Worklist
    token_key: bytes
    begun: int = 0
    done: int = 0
    prefix: str = "b"
    _headers: dict[str, str] = field(default_factory=dict)

    def application(self, number: int) -> Application:
        who = resident(self.kantor.kode, number)
        body, kind = form(_application(who), _files(who, f"{self.prefix}{number}"))
        scan, _ = form({}, {"scan": _file(pdf("scan", f"Surat {self.prefix} {number}"))})
        return Application(body, kind, scan, who.name)

    def as_post(self, jabatan: str) -> str:
        """The headers of the official who holds this post."""
        if jabatan not in self._headers:
            code = next(official.kode for official in self.kantor.pejabat if official.jabatan == jabatan)
            token = issue(self.token_key, Actor(self.kantor.kode, code, jabatan))
            self._headers[jabatan] = f"Authorization: Bearer {token}\r\n"
        return self._headers[jabatan]

    async def carry_case(self, number: int, application: Application) -> None:
        """From the counter to the archive: 13 requests, 17 events."""
        key = f"Idempotency-Key: {self.prefix}{number}\r\n"
        answer = await self.services["intake"].post(
            "/cases", self.as_post("staf") + key, application.body, application.kind
        )
        case = json.loads(answer)["berkas"]
        await self._task(case, "check_documents", "staf")
        await self.worklist.until_manual(UUID(case))
        await self._task(case, "draft_letter", "staf")
        await self._task(case, "paraf", "kabid")
        if self.kantor.tanda_tangan == "basah":
            await self._task(case, "sign", "staf", application.scan, application.kind)
        else:
            await self._task(case, "sign", "kadis")
        await self._task(case, "hand_over", "staf", json.dumps({"penerima": application.receiver}).encode())
        await self._task(case, "archive", "staf")
        self.done += 1

    async def _task(self, case: str, verb: str, post: str, body: bytes = b"{}", kind: str = "application/json") -> None:
        service, headers = self.services[TASKS[verb].service], self.as_post(post)
        path = f"/cases/{case}/tasks/{verb}"
        await service.post(f"{path}/start", f"{headers}Idempotency-Key: s-{verb}\r\n")
        await service.post(path, f"{headers}Idempotency-Key: d-{verb}\r\n", body, kind)

    async def work(self, applications: Mapping[int, Application], in_flight: int) -> None:
        """All these applications, at most `in_flight` at a time."""
        waiting = iter(applications.items())

        async def person() -> None:
            for number, application in waiting:
                await self.carry_case(number, application)

        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(person())


def _application(who: Resident) -> dict[str, Any]:
    return {"layanan": "reaktivasi-kis-pbi", "pemohon": who.body(), "keperluan": "Cuci darah dua kali seminggu."}


def _files(who: Resident, mark: str) -> dict[str, tuple[str, bytes, str]]:
    return {name: _file(paper) for name, paper in papers({"name": f"{who.name} {mark}"}).items()}


def _file(paper: Any) -> tuple[str, bytes, str]:
    return paper.name, paper.data, paper.media_type


@asynccontextmanager
async def open_office(installation: Installation, folder: Path, prefix: str) -> AsyncIterator[Office]:
    """The people of the office in this folder, speaking to the installation's services directly."""
    urls = json.loads(installation.environment["JEJAK_SERVICES"])
    services = {name: Address.of(url) for name, url in urls.items()}
    connection = await asyncpg.connect(installation.environment["JEJAK_DATABASE_URL"])
    kantor = load_kantor((folder / "kantor.toml").read_bytes())
    worklist = Worklist(connection)
    looking = asyncio.create_task(worklist.run())
    try:
        yield Office(kantor, services, worklist, token_key(installation), prefix=prefix)
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        await connection.close()
        for service in services.values():
            service.close()


def processes(installation: Installation) -> dict[str, int]:
    """Name → process id of every process of the installation."""
    roots = {name: child.process.pid for name, child in installation.children.items()}
    assert installation.postgres is not None
    assert installation.kafka is not None
    return roots | {"postgres": installation.postgres.pid, "kafka": installation.kafka.pid}


async def measure(installation: Installation, folder: Path, *, prefix: str, warm_up: int, cases: int) -> Measured:
    """Cases per second of one office, after a warm-up. Processor time is counted over the same span."""
    roots = processes(installation)
    async with open_office(installation, folder, prefix) as office:
        first = {number: office.application(number) for number in range(warm_up)}
        then = {number: office.application(number) for number in range(warm_up, warm_up + cases)}
        await office.work(first, IN_FLIGHT)
        before, own = cpu.usage(roots), time.process_time()
        requests = sum(service.requests for service in office.services.values())
        began = time.perf_counter()
        await office.work(then, IN_FLIGHT)
        seconds = time.perf_counter() - began
        used = cpu.spent(before, cpu.usage(roots)) | {"client": time.process_time() - own}
        requests = sum(service.requests for service in office.services.values()) - requests
    return Measured(cases, seconds, requests, {name: used[name] / cases * 1000 for name in used})
