"""Whole cases through all services: what an office's people ask over HTTP, as fast as the services answer.

A closed loop: so many cases are under way at a time, and whoever is done begins the next. The services are spoken to
directly; the load runs in this one process. Between the check of documents and the draft lie three automatic tasks,
which come by Kafka; whether they are done is asked of the worklist, once for all who wait.
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
from jejak.procedure.kantor import Kantor, load_kantor
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
    """What is due of the main line, and whose it is."""

    tugas: str
    langkah: str
    who: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one run. `milliseconds`: processor time a case, by who spent it."""

    cases: int
    seconds: float
    requests: int
    milliseconds: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return self.cases / self.seconds


@dataclass(slots=True)
class Worklist:
    """Who waits for the automatic tasks before his own to be done; one query for all of them."""

    connection: asyncpg.Connection[asyncpg.Record]
    waiting: dict[UUID, asyncio.Future[Step]] = field(default_factory=dict)

    async def until_somebodys(self, case: UUID) -> Step:
        """The next task that a person does. TimeoutError when none comes: the case took another way."""
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
    """One application as it goes over the wire, made before the clock runs."""

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
        """Whoever holds this post, as headers."""
        if jabatan not in self._headers:
            code = next(one.kode for one in self.kantor.pejabat if one.jabatan == jabatan)
            token = issue(self.token_key, Actor(self.kantor.kode, code, jabatan))
            self._headers[jabatan] = f"Authorization: Bearer {token}\r\n"
        return self._headers[jabatan]

    async def one_case(self, number: int, application: Application) -> None:
        """From the counter to the archive: 13 requests, 17 events."""
        key = f"Idempotency-Key: {self.prefix}{number}\r\n"
        answer = await self.services["intake"].post(
            "/cases", self.as_post("staf") + key, application.body, application.kind
        )
        case = json.loads(answer)["berkas"]
        await self._task(case, "check_documents", "staf")
        await self.worklist.until_somebodys(UUID(case))
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
        """All of these, so many at a time."""
        waiting = iter(applications.items())

        async def person() -> None:
            for number, application in waiting:
                await self.one_case(number, application)

        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(person())


def _application(who: Resident) -> dict[str, Any]:
    return {"layanan": "reaktivasi-kis-pbi", "pemohon": who.body(), "keperluan": "Cuci darah dua kali seminggu."}


def _files(who: Resident, mark: str) -> dict[str, tuple[str, bytes, str]]:
    return {name: _file(one) for name, one in papers({"name": f"{who.name} {mark}"}).items()}


def _file(one: Any) -> tuple[str, bytes, str]:
    return one.name, one.data, one.media_type


@asynccontextmanager
async def at_work(installation: Installation, folder: Path, prefix: str) -> AsyncIterator[Office]:
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
    """Name → process id of everything that runs, this process as `client`."""
    roots = {name: child.process.pid for name, child in installation.children.items()}
    assert installation.postgres is not None
    assert installation.kafka is not None
    return roots | {"postgres": installation.postgres.pid, "kafka": installation.kafka.pid}


async def measure(installation: Installation, folder: Path, *, prefix: str, warm_up: int, cases: int) -> Measured:
    """Cases per second of one office, after so many to warm up. Processor time is counted over the same span."""
    roots = processes(installation)
    async with at_work(installation, folder, prefix) as office:
        first = {number: office.application(number) for number in range(warm_up)}
        then = {number: office.application(number) for number in range(warm_up, warm_up + cases)}
        await office.work(first, IN_FLIGHT)
        before, own = cpu.usage(roots), time.process_time()
        requests = sum(one.requests for one in office.services.values())
        began = time.perf_counter()
        await office.work(then, IN_FLIGHT)
        seconds = time.perf_counter() - began
        used = cpu.spent(before, cpu.usage(roots)) | {"client": time.process_time() - own}
        requests = sum(one.requests for one in office.services.values()) - requests
    return Measured(cases, seconds, requests, {name: used[name] / cases * 1000 for name in used})
