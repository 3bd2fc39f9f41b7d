"""Whether PostgreSQL answers this service, as a gauge: a scrape asks the database nothing."""

import asyncio
from typing import Final

import structlog
from prometheus_client import Gauge

from jejak.store.store import Store

_EVERY_SECONDS: Final = 5.0
_WITHIN_SECONDS: Final = 5.0

_log = structlog.get_logger()
_UP: Final = Gauge("jejak_database_up", "1 while PostgreSQL answers this service", ["service"])


async def look(store: Store, service: str) -> None:
    """Sets the gauge by whether it answers now."""
    try:
        async with asyncio.timeout(_WITHIN_SECONDS):
            await store.ping()
    except Exception as error:  # noqa: BLE001 - whatever keeps it from answering
        _log.warning("database_away", service=service, error=type(error).__name__)
        _UP.labels(service).set(0)
    else:
        _UP.labels(service).set(1)


async def watch(store: Store, service: str) -> None:
    """For ever."""
    while True:
        await look(store, service)
        await asyncio.sleep(_EVERY_SECONDS)
