"""Gauges of stalled work, read from the database at intervals: a scrape itself asks no query."""

import asyncio
from typing import Final

import asyncpg
import structlog
from prometheus_client import Gauge

from jejak.contracts.tasks import SERVICES
from jejak.eventstore.postgres.leader_election import Leadership

_EVERY_SECONDS: Final = 30.0
_PARKED: Final = "SELECT service, count(*) AS count FROM es.due WHERE parked IS NOT NULL GROUP BY service"
_OVERDUE: Final = """
SELECT owner, count(*) AS count FROM view.step_time
WHERE state = 'terbuka' AND kind = 'langkah' AND (overdue OR deadline <= es.now()) GROUP BY owner
"""

_log = structlog.get_logger()
_PARKED_NOW: Final = Gauge("jejak_tasks_parked", "Automatic tasks set aside because a rule raised", ["service"])
_OVERDUE_NOW: Final = Gauge("jejak_steps_overdue", "Open steps past their standard or waiting limit", ["owner"])


async def set_stalled_gauges(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Sets the gauges to the counts of this moment."""
    parked = {row["service"]: row["count"] for row in await pool.fetch(_PARKED)}
    overdue = await pool.fetch(_OVERDUE)
    for service in SERVICES:
        _PARKED_NOW.labels(service).set(parked.get(service, 0))
    _OVERDUE_NOW.clear()
    for row in overdue:
        _OVERDUE_NOW.labels(row["owner"]).set(row["count"])


async def watch_stalled_work(pool: "asyncpg.Pool[asyncpg.Record]", lead: Leadership) -> None:
    """Sets the gauges while the process leads; afterwards it shows none."""
    try:
        while lead.held:
            try:
                await set_stalled_gauges(pool)
            except Exception as error:  # noqa: BLE001 - a failed query of a figure must not stop the service
                _log.error("standing_not_counted", error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)
    finally:
        _PARKED_NOW.clear()
        _OVERDUE_NOW.clear()
