"""The open steps that are late at this moment."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg

from jejak.cases.unreadable import skipping_unreadable
from jejak.eventstore.store import event_of_row
from jejak.platform import ids
from jejak.timekeeping.clocks.times import case_times
from jejak.timekeeping.printed.words import instant_words
from jejak.web.reading.timing_context import TimingContexts, received
from ledger.timings import sql
from ledger.timings.step_rows import EVENTS_OF_STREAMS

_NUMBERS_OF: Final = "SELECT key, stream_no FROM es.stream WHERE key = ANY ($1::uuid[])"


async def late_now(
    pool: "asyncpg.Pool[asyncpg.Record]",
    contexts: TimingContexts,
    office: str | None,
    sop: str | None,
    now: datetime,
) -> list[asyncpg.Record]:
    """The open steps past their standard or waiting limit, of an office or of all, longest due first."""
    rows = await pool.fetch(sql.OPEN, office, now, sop)
    late = await _late_by_touch(pool, contexts, [row for row in rows if row["ask_the_clock"]], now)
    return [row for row in rows if not row["ask_the_clock"] or (row["stream"], row["slot"]) in late]


async def _late_by_touch(
    pool: "asyncpg.Pool[asyncpg.Record]", contexts: TimingContexts, rows: Sequence[asyncpg.Record], now: datetime
) -> set[tuple[Any, str]]:
    """Of steps already opened: case and slot of those whose touch time exceeds the standard by now, from the events."""
    if not rows:
        return set()
    heads = await pool.fetch(_NUMBERS_OF, [row["stream"] for row in rows])
    streams = {head["stream_no"]: head["key"] for head in heads}
    events: dict[Any, list[Any]] = defaultdict(list)
    for row in await pool.fetch(EVENTS_OF_STREAMS, list(streams), 2**62):
        events[streams[row["stream_no"]]].append(row)
    late: set[tuple[Any, str]] = set()
    for row in rows:
        with skipping_unreadable(row["stream"]):
            history = [event_of_row(event) for event in events[row["stream"]]]
            context = await contexts.of(row["office"], row["sop"], received(history))
            steps = case_times(history, context.book, now).steps
            late |= {(row["stream"], step.slot) for step in steps if step.state == "terbuka" and step.overdue}
    return late


def late_case(row: asyncpg.Record, zone: str) -> dict[str, Any]:
    """A late step as answers list it; `zone` is its office's."""
    return {
        "berkas": str(row["stream"]),
        "kode": ids.case_code(row["stream"]),
        "kantor": row["office"],
        "slot": row["slot"],
        "langkah": row["langkah"],
        "pihak": row["owner"],
        "sejak": instant_words(row["due_at"], zone),
        "batas": row["deadline"].isoformat() if row["deadline"] else None,
        "jejak": f"/cases/{row['stream']}/timeline",
    }
