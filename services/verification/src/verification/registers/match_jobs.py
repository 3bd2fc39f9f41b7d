"""Matchings begun from a page: one at a time in an office, a few in a process, their progress in the database.

The uploaded list stays in the memory of the process that runs its matching, and is gone with it: what that process
leaves unfinished is uploaded again.
"""

import asyncio
import gzip
import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from jejak.platform import ids
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.errors import Problem, Refused
from jejak.procedure.model import Sop
from jejak.tables.reading import ReadingError
from jejak.uploads.parsing import Limits
from jejak.web.authorisation import Requester
from jejak.web.runtime import Runtime
from verification.registers.lookup import RegisterKeys
from verification.registers.matching import MatchRefusedError, Report, Request, match_list
from verification.registers.rows import Field
from verification.registers.urgency import GROUP_WORDS

MOST_ROWS: Final = 50_000
KEPT: Final = 10
"""Matchings of an office that are kept, for at most `KEPT_DAYS`: as `register.begin_matching` says."""
KEPT_DAYS: Final = 30
_AT_ONCE: Final = 2
"""Matchings of one process: each holds its list, at most 30 MB, and a connection."""
_TICK: Final = 1.0
"""Seconds between two reports of the progress."""
_LIMITS: Final = Limits(memory=512 << 20, cpu=60, wall=300, answer_bytes=128 << 20)
_BEGIN: Final = "SELECT register.begin_matching($1, $2, $3, $4)"
_MOVE: Final = "SELECT register.move_matching($1, $2, $3)"
_END: Final = "SELECT register.end_matching($1, $2, $3, $4)"
_FAULT: Final = "Pencocokan ini berhenti karena kesalahan sistem. Unggah daftarnya lagi; bila tetap gagal, laporkan."

_log = structlog.get_logger()


@dataclass(slots=True)
class _Progress:
    fraction: float = 0.0
    rows: int = 0

    def move(self, fraction: float, rows: int) -> None:
        self.fraction, self.rows = min(fraction, 1.0), rows


@dataclass(slots=True)
class MatchJobs:
    """The matchings of this process."""

    runtime: Runtime
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _beginning: int = 0
    """Matchings that take a place and have no task yet."""

    async def begin(self, who: Requester, service: str | None, sop: Sop | None, need: str | None, data: bytes) -> UUID:
        """Begins a matching, and returns its identity.

        Problem 503 while the process has its fill; Refused while the office has another.
        """
        if len(self._running) + self._beginning >= _AT_ONCE:
            raise Problem(
                "antrean_penuh", "Sedang banyak daftar dicocokkan. Tunggu beberapa menit, lalu unggah lagi.", 503
            )
        self._beginning += 1
        try:
            identity = await self._begun(who, service)
        finally:
            self._beginning -= 1
        task = asyncio.create_task(self._carry_out(identity, who, sop, need, data))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return identity

    async def _begun(self, who: Requester, service: str | None) -> UUID:
        identity = ids.new_uuid()
        pool = self.runtime.store.pool
        if not await pool.fetchval(_BEGIN, identity, who.office.kode, who.actor.code, service):
            raise Refused("pencocokan_berjalan", "Daftar lain kantor ini sedang dicocokkan. Tunggu sampai selesai.")
        return identity

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A matching whose end could not be stored shows as interrupted, once it is silent for a minute."""
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("matching_not_stored", error=type(error).__name__)

    async def run(self) -> None:
        """Until the service ends, which ends its matchings."""
        try:
            await asyncio.Event().wait()
        finally:
            await cancel_and_wait(*self._running)

    async def _carry_out(self, identity: UUID, who: Requester, sop: Sop | None, need: str | None, data: bytes) -> None:
        pool, progress = self.runtime.store.pool, _Progress()
        work = asyncio.create_task(self._matched(who, sop, need, data, progress))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=_TICK)
                await pool.execute(_MOVE, identity, progress.fraction, progress.rows)
            report, result = await work
            await pool.execute(_END, identity, None, json.dumps(report), result)
        except (ReadingError, MatchRefusedError) as refused:
            await pool.execute(_END, identity, str(refused), None, None)
        except Exception as error:  # noqa: BLE001 - any end has to be shown on the page
            _log.error("matching_failed", office=who.office.kode, error=type(error).__name__)
            await pool.execute(_END, identity, _FAULT, None, None)
        finally:
            await cancel_and_wait(work)

    async def _matched(
        self, who: Requester, sop: Sop | None, need: str | None, data: bytes, progress: _Progress
    ) -> tuple[dict[str, object], bytes]:
        """The report, and the result compressed."""
        with tempfile.TemporaryDirectory(prefix="jejak-") as folder:
            request = Request(
                path=data,
                out=Path(folder) / "hasil.csv",
                office=who.office.kode,
                mapping={Field.NEED: need} if need else {},
                words=who.office.kata,
                sop=sop,
                at=who.now if sop else None,
                limits=_LIMITS,
                most_rows=MOST_ROWS,
            )
            keys = RegisterKeys.of(self.runtime.settings)
            async with self.runtime.store.pool.acquire() as connection:
                report = await match_list(connection, keys, request, progress.move)
            return report_of(report), await asyncio.to_thread(lambda: gzip.compress(request.out.read_bytes(), mtime=0))


def report_of(report: Report) -> dict[str, object]:
    """The counts of a matching, as they are stored and shown."""
    return {
        "dicocokkan": report.matched,
        "terdaftar": report.listed_anywhere,
        "salah": report.bad,
        "daftar": [
            {"nama": row.register, "per": row.as_of.isoformat(), "terdaftar": report.listed[row.register]}
            for row in report.registers
        ],
        "golongan": [
            {"kode": int(group), "nama": GROUP_WORDS[group], "jumlah": count}
            for group, count in sorted(report.groups.items())
        ],
        "sebab_salah": [{"sebab": reason, "jumlah": count} for reason, count in report.reasons.most_common(10)],
    }


def is_interrupted(finished: datetime | None, seen: datetime, now: datetime) -> bool:
    """Whether the process of a matching ended before it: silent for longer than a minute."""
    return finished is None and (now - seen).total_seconds() > 60  # noqa: PLR2004 - as `register.begin_matching` counts
