"""How long the oldest of what is stuck between us and BPJS has waited, as a gauge."""

import asyncio
from datetime import datetime
from typing import Any, Final

import structlog
from prometheus_client import Gauge

from bpjs_sync.replies.backlog import COUNTS_OF_ALL, UNMATCHED_OF_ALL
from jejak.web.runtime import Runtime

_EVERY_SECONDS: Final = 60.0

_log = structlog.get_logger()
_OLDEST: Final = Gauge("jejak_bpjs_oldest_seconds", "Age of the oldest that is stuck; 0 where nothing is", ["what"])


async def set_age_gauges(runtime: Runtime) -> None:
    """Sets the gauge by what is so now: `unanswered` submissions, `unmended` ones, answers `unmatched`."""
    pool = runtime.store.pool
    stuck, unmatched = await pool.fetch(COUNTS_OF_ALL), await pool.fetch(UNMATCHED_OF_ALL)
    now = await runtime.store.now()
    _show("unanswered", [row for row in stuck if not row["mend"]], now)
    _show("unmended", [row for row in stuck if row["mend"]], now)
    _show("unmatched", unmatched, now)


async def watch_ages(runtime: Runtime) -> None:
    """For ever."""
    while True:
        try:
            await set_age_gauges(runtime)
        except Exception as error:  # noqa: BLE001 - a figure that cannot be had must not stop the service
            _log.error("ages_not_counted", error=type(error).__name__)
        await asyncio.sleep(_EVERY_SECONDS)


def _show(what: str, rows: list[Any], now: datetime) -> None:
    since = min((row["oldest"] for row in rows), default=now)
    _OLDEST.labels(what).set(max(0.0, (now - since).total_seconds()))
