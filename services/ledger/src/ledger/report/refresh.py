"""Keeps the names, standards and late steps that the views of the schema `report` show, an office at a time."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

import asyncpg
import structlog
from prometheus_client import Counter as Metric

from jejak.eventstore.postgres.leader_election import Leadership
from jejak.eventstore.postgres.outage import DATABASE_DOWN
from jejak.eventstore.store import Store
from jejak.web.reading.timing_context import TimingContexts
from ledger.report.steps import COLUMNS, StepRow, step_rows
from ledger.timings.late import late_now

_EVERY_SECONDS: Final = 300.0
_KEPT: Final = f"SELECT {', '.join(COLUMNS)} FROM view.sheet_step WHERE office = $1 ORDER BY sop, place"  # noqa: S608 - column names
_OFFICE: Final = """
INSERT INTO view.office VALUES ($1, $2, $3, $4) ON CONFLICT (office)
DO UPDATE SET nama = excluded.nama, provinsi = excluded.provinsi, late_read_at = excluded.late_read_at
"""

_log = structlog.get_logger()
_FAILED: Final = Metric("jejak_report_failed_total", "Offices whose figures for reports could not be counted")


@dataclass(frozen=True, slots=True)
class Reports:
    """Writes `view.office`, `view.sheet_step` and `view.late`."""

    store: Store
    contexts: TimingContexts

    async def run(self, lead: Leadership) -> None:
        """Counts all offices at intervals, while the process leads."""
        while lead.held:
            await self.refresh()
            await asyncio.sleep(_EVERY_SECONDS)

    async def refresh(self) -> None:
        """Counts every office once. One that cannot be counted keeps its figures and their time, and is logged."""
        for office in await self.store.offices():
            try:
                await self._count(office)
            except DATABASE_DOWN:
                raise
            except Exception as error:  # noqa: BLE001 - a file of one office stops no other's figures
                _FAILED.inc()
                _log.error("report_not_counted", office=office, error=type(error).__name__)

    async def _count(self, office: str) -> None:
        pool, procedures = self.store.pool, self.contexts.procedures
        kantor = (await procedures.kantors(office))[-1]
        steps = sorted(step_rows(kantor, await procedures.editions(office)), key=_place)
        now = await self.store.now()
        rows = await late_now(pool, self.contexts, office, None, now)
        late = Counter((office, row["sop"], row["slot"], row["langkah"], row["owner"]) for row in rows)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_OFFICE, office, kantor.nama, kantor.provinsi, now)
            if [tuple(row) for row in await connection.fetch(_KEPT, office)] != steps:
                await _replace(connection, "sheet_step", office, steps)
            await _replace(connection, "late", office, [(*key, count) for key, count in late.items()])


def _place(row: StepRow) -> tuple[str, int]:
    values = dict(zip(COLUMNS, row, strict=True))
    return str(values["sop"]), int(values["place"] or 0)


async def _replace(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
    table: str,
    office: str,
    rows: list[tuple[str | int | None, ...]],
) -> None:
    """Replaces an office's rows of a table of the schema `view`."""
    await connection.execute(f"DELETE FROM view.{table} WHERE office = $1", office)  # noqa: S608 - a table's name
    await connection.copy_records_to_table(table, schema_name="view", records=rows)
