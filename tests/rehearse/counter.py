"""The people of one office at their counters: five cases a second through the one address, come what may.

Each request has an Idempotency-Key and is repeated until it is answered, as a careful client does. Every failure and
every answer is noted.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from jejak.cases.decision import Actor
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.web.access.tokens import issue
from jejak_tools.papers import Paper, pdf
from jejak_tools.stories.counter import papers
from tests.bench.offices import Resident, resident
from tests.rehearse.acknowledged import SUBMIT, Acknowledged
from tests.rehearse.moments import Failure

RATE: Final = 5.0
"""Cases a second."""
_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
"""After it a client believes a request lost, and repeats it."""
_AGAIN_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 0.3
_LONGEST_LOOK_SECONDS: Final = 4.0
_UNAVAILABLE: Final = 500
_BUSY: Final = ("sedang_ditandatangani", "ramai")
"""Refusals that say themselves that the request is to be repeated."""
_POSTS: Final = (("draft_letter", "staf"), ("paraf", "kabid"), ("sign", "staf"), ("hand_over", "staf"))


class Refused(Exception):
    """A service refused what the procedure allows: a fault of the product or of the rehearsal."""


@dataclass(slots=True)
class Counter:
    """The load, and what it noted. Times are those of `time.monotonic`."""

    http: httpx.AsyncClient
    kantor: Kantor
    token_key: bytes = field(repr=False)
    answers: list[Acknowledged] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    open: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _begun: int = 0
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    async def bring(self) -> None:
        """Brings cases at the rate of this module until it is cancelled; cases that are under way go on."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            number = self._begun = self._begun + 1
            self.open[number] = task = asyncio.create_task(self._carry(number))
            task.add_done_callback(partial(self._end, number))
            due += 1 / RATE
            await asyncio.sleep(max(0.0, due - clock()))

    def _end(self, number: int, task: asyncio.Task[None]) -> None:
        self.open.pop(number)
        if task.cancelled():
            return
        if error := task.exception():
            self.refused.append(f"case {number}: {type(error).__name__}: {error}")
        else:
            self.finished.append(time.monotonic())

    async def _carry(self, number: int) -> None:
        """From the counter to the archive: seven acts of officials."""
        who = resident(self.kantor.kode, number)
        answer = await self._send("/cases", "staf", f"{number}", _application(who), _shown(who, number))
        case = UUID(answer["berkas"])
        self.answers.append(Acknowledged(case, SUBMIT))
        await self._act(number, case, "check_documents", "staf")
        await self._until_due(case, "draft_letter")
        for verb, post in _POSTS:
            scan = {"scan": pdf("scan", f"Surat {number}")} if verb == "sign" else {}
            body = {"penerima": who.name} if verb == "hand_over" else {}
            await self._act(number, case, verb, post, body, scan)
        await self._act(number, case, "archive", "staf")

    async def _act(
        self,
        number: int,
        case: UUID,
        verb: str,
        post: str,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, Paper] | None = None,
    ) -> None:
        await self._send(f"/cases/{case}/tasks/{verb}", post, f"{number}-{verb}", body or {}, files or {})
        self.answers.append(Acknowledged(case, verb))

    async def _until_due(self, case: UUID, verb: str) -> None:
        """The tasks before it are automatic. It is asked less and less often: many wait while something is away."""
        pause = _LOOK_SECONDS
        while True:
            status = await self._ask("GET", f"/cases/{case}", "staf", {})
            if any(due["tugas"] == verb for due in status["jatuh_tempo"]):
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK_SECONDS)

    async def _send(
        self, path: str, post: str, key: str, body: Mapping[str, Any], files: Mapping[str, Paper]
    ) -> Mapping[str, Any]:
        form: dict[str, Any] = {"json": body}
        if files:
            parts = {name: (paper.name, paper.data, paper.media_type) for name, paper in files.items()}
            form = {"data": {"data": json.dumps(body)}, "files": parts}
        return await self._ask("POST", path, post, {"Idempotency-Key": f"latihan-{key}"}, **form)

    async def _ask(
        self, method: str, path: str, post: str, headers: Mapping[str, str], **form: Any
    ) -> Mapping[str, Any]:
        """The answer, after as many repetitions as it takes. Refused where a repetition would not help."""
        headers = {"Authorization": f"Bearer {self._token(post)}", **headers}
        while True:
            try:
                answer = await self.http.request(method, path, headers=headers, **form)
            except httpx.TransportError as error:
                self._failed(type(error).__name__)
            else:
                if answer.is_success:
                    done: Mapping[str, Any] = answer.json()
                    return done
                code = _code(answer)
                if answer.status_code < _UNAVAILABLE and code not in _BUSY:
                    raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
                self._failed(f"{answer.status_code} {code}")
            await asyncio.sleep(_AGAIN_SECONDS)

    def _failed(self, how: str) -> None:
        self.failures.append(Failure(time.monotonic(), how))

    def _token(self, jabatan: str) -> str:
        if jabatan not in self._tokens:
            code = next(official.kode for official in self.kantor.pejabat if official.jabatan == jabatan)
            self._tokens[jabatan] = issue(self.token_key, Actor(self.kantor.kode, code, jabatan))
        return self._tokens[jabatan]


def _code(answer: httpx.Response) -> str:
    """The code of a problem document; empty for another body."""
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, LookupError, TypeError):
        return ""


def _application(who: Resident) -> Mapping[str, Any]:
    return {"layanan": "reaktivasi-kis-pbi", "pemohon": who.body(), "keperluan": "Cuci darah dua kali seminggu."}


def _shown(who: Resident, number: int) -> Mapping[str, Paper]:
    return papers({"name": f"{who.name} {number}"})


@asynccontextmanager
async def opened(
    url: str, office: Path, token_key: bytes, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Counter]:
    """The people of the office in this folder, at the one address. Cases under way are given up at the end."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=50)
    async with httpx.AsyncClient(
        base_url=url, timeout=_TIMEOUT, limits=limits, trust_env=False, transport=transport
    ) as http:
        counter = Counter(http, load_kantor((office / "kantor.toml").read_bytes()), token_key)
        try:
            yield counter
        finally:
            left = list(counter.open.values())
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)
