"""Keeps the views abreast of the event store, a range at a time, while it leads."""

import asyncio
from typing import Final

import structlog
from prometheus_client import Gauge

from jejak.eventstore.postgres import leader_election
from jejak.eventstore.postgres.outage import DATABASE_DOWN
from jejak.messaging.publishing.event_log import EventLogReader
from ledger.timings.projections import Progress, ProgressMoved, Views

_EVENTS_AT_ONCE: Final = 5_000
_GATHER: Final = 1.0
"""Seconds between writes: a case with several events meanwhile is folded once."""
_FOLD_EVERY: Final = 30.0
"""Seconds at least between folds; until then changed days that are over are read row by row."""
_IDLE_SECONDS: Final = 5.0
_PAUSE: Final = 0.5

_log = structlog.get_logger()
_LAG: Final = Gauge("jejak_view_lag_positions", "Positions of the ledger not yet in the views")


class Projector:
    """Folds the events of the feed into the views."""

    def __init__(self, views: Views, url: str, feed: EventLogReader) -> None:
        self._views, self._url, self._feed = views, url, feed

    async def run(self) -> None:
        """Runs for ever; after an outage it restarts from the progress."""
        while True:
            try:
                async with leader_election.leading(self._url, leader_election.VIEWS, self._views.store.epoch) as lead:
                    await self._project_while(lead)
            except DATABASE_DOWN as error:
                _log.warning("views_wait", error=type(error).__name__)
            await asyncio.sleep(_PAUSE)

    async def _project_while(self, lead: leader_election.Leadership) -> None:
        progress = await self._views.progress()
        now, folded_at = asyncio.get_running_loop().time, -_FOLD_EVERY
        while lead.held:
            if now() - folded_at >= _FOLD_EVERY:
                await self._views.fold_days()
                folded_at = now()
            try:
                progress = await self._step(progress)
            except ProgressMoved:
                progress = await self._views.progress()

    async def _step(self, progress: Progress) -> Progress:
        events, reach = await self._feed.after(progress.position, _EVENTS_AT_ONCE, _IDLE_SECONDS)
        _LAG.set(max(0, self._feed.head - progress.position))
        if reach == progress.position:
            return await self._views.progress()
        streams = list(dict.fromkeys(event.stream for event in events))
        moved = await self._views.project(progress, reach, streams)
        _LAG.set(max(0, self._feed.head - reach))
        if len(events) < _EVENTS_AT_ONCE:
            await asyncio.sleep(_GATHER)
        return moved
