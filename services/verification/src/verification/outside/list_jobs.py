"""Asking about the people of a list, begun from a page: one list of an office at a time, answers in the database.

What the process leaves unfinished stays unanswered, and is asked by the next request.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

import structlog

from jejak.cases.decision import Actor, LoadedCase
from jejak.contracts.codec import open_bytes, seal_bytes
from jejak.platform import ids
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.errors import Missing, Problem, Refused
from jejak.web.runtime import Runtime
from verification.outside.listed_people import Answers, Question, Said, System, ask_all

_AT_ONCE: Final = 4
"""Lists of one process."""
_TICK: Final = 1.0
"""Seconds between two reports of the progress."""
_BEGIN: Final = "SELECT register.begin_asking($1, $2, $3, $4, $5)"
_MOVE: Final = "SELECT register.move_asking($1, $2, $3, NULL, false)"
_END: Final = "SELECT register.move_asking($1, $2, $3, $4, true)"
_ONE: Final = (
    "SELECT begun_at, seen_at, finished_at, questions, answered, sealed FROM register.list_asked WHERE case_id = $1"
)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking about a list is; `said` by the question's key, as of the day that it was answered."""

    begun: datetime
    running: bool
    questions: int
    answered: int
    said: Mapping[str, tuple[Said, date]]


@dataclass(slots=True)
class ListJobs:
    """The lists that this process asks about."""

    runtime: Runtime
    systems: Mapping[str, System]
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def asked(self, loaded: LoadedCase) -> Asked | None:
        """What was asked about the list of a case; None before the first time, and once the case is forgotten."""
        row = await self.runtime.store.pool.fetchrow(_ONE, loaded.case.id)
        if row is None or loaded.keys.working is None:
            return None
        silent = (loaded.now - row["seen_at"]).total_seconds() > 60  # noqa: PLR2004 - as `register.begin_asking` counts
        running = row["finished_at"] is None and not silent
        said = _opened(loaded, row["sealed"]) if row["sealed"] else {}
        return Asked(row["begun_at"], running, row["questions"], row["answered"], said)

    async def begin(self, loaded: LoadedCase, actor: Actor, questions: Sequence[Question]) -> None:
        """Begins to ask, about those who were not answered today.

        Missing once the case is forgotten. Refused where nothing is left to ask, or another list of the office is asked
        about; Problem 503 while the process has its fill.
        """
        if loaded.keys.working is None:
            raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
        if len(self._running) >= _AT_ONCE:
            raise Problem("antrean_penuh", "Sedang banyak daftar ditanyakan. Tunggu sebentar, lalu coba lagi.", 503)
        before = await self.asked(loaded)
        today = loaded.today.date()
        known = {key: row for key, row in before.said.items() if row[1] == today} if before else {}
        left = [question for question in questions if question.key not in known]
        if not left:
            raise Refused("sudah_dijawab", "Hari ini semuanya sudah dijawab. Muat ulang halamannya untuk melihatnya.")
        run = ids.new_uuid()
        given = (loaded.case.id, run, loaded.office.kode, actor.code, len(left))
        if not await self.runtime.store.pool.fetchval(_BEGIN, *given):
            raise Refused("sedang_ditanyakan", "Daftar lain kantor ini sedang ditanyakan. Tunggu sampai selesai.")
        kept = {question.key: row for question in questions if (row := known.get(question.key))}
        task = asyncio.create_task(self._carry_out(loaded, run, left, kept))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Asking whose end could not be stored counts as ended once it is silent for a minute."""
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("list_answers_not_stored", error=type(error).__name__)

    async def run(self) -> None:
        """Until the service ends, which ends its asking."""
        try:
            await asyncio.Event().wait()
        finally:
            await cancel_and_wait(*self._running)

    async def _carry_out(
        self, loaded: LoadedCase, run: UUID, left: Sequence[Question], kept: Mapping[str, tuple[Said, date]]
    ) -> None:
        """Stores how far it is every second, and the answers once all are there, or as many as come."""
        answers, pool, case = Answers(), self.runtime.store.pool, loaded.case.id
        work = asyncio.create_task(ask_all(loaded, left, self.systems, answers))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=_TICK)
                await pool.execute(_MOVE, case, run, len(answers.said))
            await work
        finally:
            await cancel_and_wait(work)
            today = loaded.today.date()
            said = {**kept, **{key: (row, today) for key, row in answers.said.items()}}
            await pool.execute(_END, case, run, len(answers.said), _sealed(loaded, said))


def _sealed(loaded: LoadedCase, said: Mapping[str, tuple[Said, date]]) -> bytes:
    if loaded.keys.working is None:
        raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    rows = {key: [row.words, row.look, day.isoformat()] for key, (row, day) in said.items()}
    data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(loaded.keys.working, data, _bound_to(loaded), ids.random_bytes)


def _opened(loaded: LoadedCase, sealed: bytes) -> dict[str, tuple[Said, date]]:
    if loaded.keys.working is None:
        return {}
    rows = json.loads(open_bytes(loaded.keys.working, sealed, _bound_to(loaded)))
    return {key: (Said(words, look), date.fromisoformat(day)) for key, (words, look, day) in rows.items()}


def _bound_to(loaded: LoadedCase) -> bytes:
    return b"list_asked:" + loaded.case.id.bytes
