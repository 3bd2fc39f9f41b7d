"""Cases of all five procedures running mixed, beside the spine's procedure alone: the same driver, taking turns.

The measure of both is requests answered a second (decision 0015 says why).

The driver knows no procedure. It does what each answer names as due, as the post that the sheet names, until the main
line has ended. It leaves out what a batch sends (12.72: the day's list goes when the office closes, so its cases stop
after step 8's `record`) and the follow-ups. 51.07 takes its reactivation route. All sign by pen.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, cast
from uuid import UUID

from jejak.cases.engine import is_automatic
from jejak.contracts.tasks import TASKS
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import load_kantor
from jejak_local.installation import Installation
from jejak_tools.papers import Paper, jpeg, pdf, png
from jejak_tools.stories.counter import papers
from tests.bench.cases import IN_FLIGHT, Office, Step, open_office
from tests.bench.offices import BY_PEN, OTHERS, SHEET, Resident, resident
from tests.bench.wire import Refusal, form

ROUNDS: Final = 6
CASES: Final = 100
_WARM_UP: Final = 75
_FIRST: Final = 2_000
"""Number of the first resident; those below belong to the other parts."""
_AFTER: Final = "SELECT count(*) FROM es.event WHERE position > $1"
_LAST: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_LATELY: Final = "SELECT (now() - interval '60 days')::date::text"
_EVIDENCE: Final = {
    "sign": ("scan", pdf),
    "deliver": ("TANDA_TERIMA", jpeg),
    "await_reply": ("JAWABAN", pdf),
    "confirm_status": ("LAYAR", png),
    "receive_card": ("FOTO", jpeg),
}
"""The evidence of a task, and its file format."""

type Application = tuple[Resident, bytes, str]
"""The applicant, and the form with its content type, made before the clock runs."""


@dataclass(frozen=True, slots=True)
class Block:
    """The result of one turn: `events` in the ledger, `requests` answered."""

    cases: int
    seconds: float
    events: int
    requests: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The sums of all turns: the spine's procedure alone, and five mixed."""

    alone: Block
    five: Block

    def figures(self) -> dict[str, float]:
        """By their names in the JSON."""
        alone, five = self.alone, self.five
        return {
            "mixed_cases_per_s": five.cases / five.seconds,
            "mixed_requests_per_s": five.requests / five.seconds,
            "spine_requests_per_s": alone.requests / alone.seconds,
            "mixed_ratio": five.requests / five.seconds / alone.requests * alone.seconds,
            "mixed_events_ratio": five.events / five.seconds / alone.events * alone.seconds,
        }


@dataclass(frozen=True, slots=True)
class Procedure:
    """One sheet and its office. `lately`: a day within every sheet's six months, for look-ups by hand."""

    office: Office
    sop: Sop
    lately: str

    def application(self, number: int) -> Application:
        """The number-th resident's application, with every document that the sheet demands of all."""
        who = resident(self.office.kantor.kode, number)
        names = tuple(document.kode for document in self.sop.persyaratan.values() if not document.untuk)
        body = {"layanan": self.sop.layanan, "pemohon": who.body(), "keperluan": "Berobat jalan di RSUD."}
        return who, *_form(body, papers({"name": f"{who.name} mixed"}, names))

    async def carry(self, application: Application) -> None:
        """One case, from the counter to the end of the main line. Refusal if it does not end as `selesai`."""
        who, body, kind = application
        headers = self.office.as_post(self._post(self.sop.pemohon)) + _key(who.nik)
        answer = json.loads(await self.office.services["intake"].post("/cases", headers, body, kind))
        numbers = count(1)
        while (step := await self._next(answer)) is not None:
            answer = await self._do(answer["berkas"], step, who, next(numbers))
        if answer["berakhir"] not in (None, "selesai"):
            raise Refusal(f"{answer['kode']} of {self.office.kantor.kode}: ended as {answer['berakhir']}")

    async def _next(self, answer: Mapping[str, Any]) -> Step | None:
        """The next task of a person; None if the main line has ended or waits for its batch."""
        if answer["berakhir"]:
            return None
        due = next(task for task in answer["jatuh_tempo"] if task["slot"] == MAIN)
        step = Step(due["tugas"], due["langkah"], due["pelaksana"])
        if any((task.verb, task.langkah) == (step.tugas, step.langkah) and task.kumpulan for task in self.sop.main):
            return None
        if is_automatic(step.tugas, None, self.office.kantor):
            return await self.office.worklist.until_manual(UUID(answer["berkas"]))
        return step

    async def _do(self, case: str, step: Step, who: Resident, number: int) -> dict[str, Any]:
        """Begins and ends the task; an act of a party outside the office is only recorded."""
        service, path = self.office.services[TASKS[step.tugas].service], f"/cases/{case}/tasks/{step.tugas}"
        headers = self.office.as_post(self._post(step.who, step.tugas))
        if self.sop.pelaksana[step.who].jabatan:
            await service.post(f"{path}/start", headers + _key(f"s{number}"))
        shown = _EVIDENCE.get(step.tugas)
        files = {shown[0]: shown[1](shown[0].lower(), f"{step.tugas} {case}")} if shown else {}
        body = self._body(step.tugas, who)
        sent = _form(body, files) if files else (json.dumps(body).encode(), "application/json")
        return cast("dict[str, Any]", json.loads(await service.post(path, headers + _key(f"d{number}"), *sent)))

    def _post(self, who: str, verb: str = "submit") -> str:
        """The post for a task: the recorder of the signature by pen, the actor's own post, or the actor's recorder."""
        pen = self.office.kantor.pencatat_tanda_tangan if verb == "sign" else None
        return pen or (*self.sop.pelaksana[who].jabatan, *self.sop.posts_recording(who))[0]

    def _body(self, verb: str, who: Resident) -> dict[str, Any]:
        """The body of a task that goes well."""
        bodies: dict[str, dict[str, Any]] = {
            "check_registry": {"daftar": [{"daftar": name, "terdaftar": True} for name in self.sop.daftar]},
            "check_population": {"hasil": "padan"},
            "check_membership": {"aktif": False, "nonaktif_sejak": self.lately, "berapa_kali_nonaktif": 1},
            "choose_route": {"hasil": "reaktivasi"},
            "hand_over": {"penerima": who.name},
            "await_reply": {"hasil": "diterima", "nomor": f"BPJS/{who.card}"},
            "confirm_status": {"aktif": True, "aktif_sejak": self.lately},
        }
        return bodies.get(verb, {})


def _form(body: Any, files: Mapping[str, Paper]) -> tuple[bytes, str]:
    return form(body, {name: (paper.name, paper.data, paper.media_type) for name, paper in files.items()})


def _key(text: str) -> str:
    return f"Idempotency-Key: mixed-{text}\r\n"


async def measure(installation: Installation, offices: Path) -> Measured:
    """A warm-up of each; then, in turns, CASES of one procedure and as many in equal shares of five.

    ROUNDS of two turns, in reverse order in every second round, so that other load falls on both alike.
    """
    async with open_office(installation, offices / BY_PEN, prefix="mixed") as spine:
        lately = str(await spine.worklist.connection.fetchval(_LATELY))
        sheets = {BY_PEN: SHEET} | {kode: sheet for kode, (_, sheet, _) in OTHERS.items()}
        five = [_procedure(spine, offices / kode, sheet, lately) for kode, sheet in sheets.items()]
        numbers = count(_FIRST)
        for some in (five[:1], five):
            await _block(some, _WARM_UP, numbers)
        alone: list[Block] = []
        mixed: list[Block] = []
        turns = ((five[:1], alone), (five, mixed))
        for number in range(ROUNDS):
            for some, blocks in turns if number % 2 else reversed(turns):
                blocks.append(await _block(some, CASES, numbers))
    return Measured(_together(alone), _together(mixed))


def _together(blocks: list[Block]) -> Block:
    columns = zip(*((block.cases, block.seconds, block.events, block.requests) for block in blocks), strict=True)
    return Block(*map(sum, columns))


def _procedure(spine: Office, folder: Path, sheet: str, lately: str) -> Procedure:
    kantor = load_kantor((folder / "kantor.toml").read_bytes())
    office = Office(kantor, spine.services, spine.worklist, spine.token_key)
    return Procedure(office, load_sop((folder / sheet).read_bytes()), lately)


async def _block(procedures: list[Procedure], cases: int, numbers: Iterator[int]) -> Block:
    """One turn of `cases` cases, the procedures in rotation."""
    turns = [procedures[n % len(procedures)] for n in range(cases)]
    waiting = iter([(procedure, procedure.application(next(numbers))) for procedure in turns])
    office = procedures[0].office
    requests = sum(service.requests for service in office.services.values())
    last = await office.worklist.connection.fetchval(_LAST)

    async def person() -> None:
        for procedure, application in waiting:
            await procedure.carry(application)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(person())
    seconds = time.perf_counter() - began
    requests = sum(service.requests for service in office.services.values()) - requests
    return Block(cases, seconds, int(await office.worklist.connection.fetchval(_AFTER, last)), requests)
