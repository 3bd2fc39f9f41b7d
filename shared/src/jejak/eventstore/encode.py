"""Appends as the arguments of the SQL functions append() and append_one()."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jejak.eventstore.types import Append

APPEND: Final = (
    "SELECT status, version, position, recorded_at FROM es.append($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], "
    "$5::text[], $6::bytea[], $7::timestamptz[], $8::text[], $9::timestamptz[], $10::boolean[])"
)
APPEND_ONE: Final = (
    "SELECT status, version, position, recorded_at FROM es.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "$12, $13, $14, $15, $16, $17, $18, $19)"
)
TRACED: Final = (
    "SELECT a.status, a.version, a.position, a.recorded_at FROM es.append($1::uuid[], $2::text[], $3::bigint[], "
    "$4::uuid[], $5::text[], $6::bytea[], $7::timestamptz[], $8::text[], $9::timestamptz[], $10::boolean[]) "
    "WITH ORDINALITY AS a, es.put_trace(a.position, ($3::bigint[])[3 * a.ordinality - 1], ($11::text[])[a.ordinality])"
)
"""APPEND, with the trace of each command."""
TRACED_ONE: Final = (
    "SELECT a.status, a.version, a.position, a.recorded_at FROM es.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$11, $12, $13, $14, $15, $16, $17, $18, $19) AS a, es.put_trace(a.position, 1, $20)"
)
_MOST_DUE_OF_ONE: Final = 2
_EVENT_WORDS: Final = attrgetter("type", "slot", "langkah", "tugas", "hasil", "oleh", "actor", "recorder")
_DUE_WORDS: Final = attrgetter("slot", "service", "tugas", "langkah", "who", "owner", "kumpulan")


def call(commands: Sequence[Append]) -> tuple[Any, ...]:
    """The statement for these commands, which name each stream once, followed by its arguments.

    One event of one stream goes to append_one(), which takes scalars and about a fifth less of PostgreSQL's time.
    """
    if len(commands) == 1 and len(commands[0].events) == 1 and len(commands[0].due) <= _MOST_DUE_OF_ONE:
        [c] = commands
        [e] = c.events
        event = (e.id, *_EVENT_WORDS(e), e.payload, e.occurred_at)
        plain = (c.stream, c.kind, c.office, c.sop, c.expected, *event, *_due_arguments(commands))
        return (TRACED_ONE, *plain, c.traceparent) if c.traceparent else (APPEND_ONE, *plain)
    traces = [c.traceparent for c in commands]
    return (TRACED, *arguments(commands), traces) if any(traces) else (APPEND, *arguments(commands))


def arguments(commands: Sequence[Append]) -> tuple[list[Any], ...]:
    """The arguments of append(), flat: see migrations/0002_append.sql."""
    events = [e for c in commands for e in c.events]
    return (
        [c.stream for c in commands],
        [word for c in commands for word in (c.kind, c.office, c.sop)],
        [number for c in commands for number in (c.expected, len(c.events), len(c.due))],
        [e.id for e in events],
        [word for e in events for word in _EVENT_WORDS(e)],
        [e.payload for e in events],
        [e.occurred_at for e in events],
        *_due_arguments(commands),
    )


def _due_arguments(commands: Iterable[Append]) -> tuple[list[Any], list[Any], list[Any]]:
    due = [d for c in commands for d in c.due]
    return (
        [word for d in due for word in _DUE_WORDS(d)],
        [at for d in due for at in (d.since, d.not_before)],
        [flag for d in due for flag in (d.automatic, d.urgent)],
    )
