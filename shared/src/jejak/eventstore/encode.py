"""Appends as the arguments that append() and append_one() take, and their answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jejak.eventstore.types import Append, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

APPEND: Final = (
    "SELECT status, version, position, recorded_at FROM es.append($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], "
    "$5::text[], $6::bytea[], $7::timestamptz[], $8::text[], $9::timestamptz[], $10::boolean[])"
)
APPEND_ONE: Final = (
    "SELECT status, version, position, recorded_at FROM es.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "$12, $13, $14, $15, $16, $17, $18, $19)"
)
_ONES_DUE: Final = 2


def call(commands: Sequence[Append]) -> tuple[Any, ...]:
    """The statement for these commands, which name each stream once, followed by its arguments."""
    if len(commands) == 1 and len(commands[0].events) == 1 and len(commands[0].due) <= _ONES_DUE:
        return APPEND_ONE, *_one(commands[0])
    return APPEND, *arguments(commands)


def outcomes(rows: Iterable[Any]) -> list[Outcome]:
    """append()'s rows, in the order of the commands."""
    return [Outcome(status, version, position, recorded_at) for status, version, position, recorded_at in rows]


def _one(c: Append) -> tuple[Any, ...]:
    (e,) = c.events
    said = (e.id, e.type, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder, e.payload, e.occurred_at)
    return (c.stream, c.kind, c.office, c.sop, c.expected, *said, *_due((c,)))


def arguments(commands: Sequence[Append]) -> tuple[list[Any], ...]:
    """What append() takes, flat: see migrations/0002_append.sql."""
    events = [e for c in commands for e in c.events]
    return (
        [c.stream for c in commands],
        [word for c in commands for word in (c.kind, c.office, c.sop)],
        [number for c in commands for number in (c.expected, len(c.events), len(c.due))],
        [e.id for e in events],
        [w for e in events for w in (e.type, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder)],
        [e.payload for e in events],
        [e.occurred_at for e in events],
        *_due(commands),
    )


def _due(commands: Iterable[Append]) -> tuple[list[Any], list[Any], list[Any]]:
    due = [d for c in commands for d in c.due]
    return (
        [w for d in due for w in (d.slot, d.service, d.tugas, d.langkah, d.who, d.owner, d.kumpulan)],
        [at for d in due for at in (d.since, d.not_before)],
        [flag for d in due for flag in (d.automatic, d.urgent)],
    )
