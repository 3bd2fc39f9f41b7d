"""Appends as the flat arrays that the append() function takes, and its answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jejak.store.types import Append, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

APPEND: Final = (
    "SELECT status, version, position, recorded_at FROM es.append($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], "
    "$5::text[], $6::bytea[], $7::timestamptz[], $8::text[], $9::timestamptz[], $10::boolean[])"
)


def arguments(commands: Sequence[Append]) -> tuple[list[Any], ...]:
    """The parameters of APPEND for these commands, which name each stream once."""
    events = [e for c in commands for e in c.events]
    due = [d for c in commands for d in c.due]
    return (
        [c.stream for c in commands],
        [word for c in commands for word in (c.kind, c.office, c.sop)],
        [number for c in commands for number in (c.expected, len(c.events), len(c.due))],
        [e.id for e in events],
        [w for e in events for w in (e.type, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder)],
        [e.payload for e in events],
        [e.occurred_at for e in events],
        [w for d in due for w in (d.slot, d.service, d.tugas, d.langkah, d.who, d.owner, d.kumpulan)],
        [at for d in due for at in (d.since, d.not_before)],
        [flag for d in due for flag in (d.automatic, d.urgent)],
    )


def outcomes(rows: Iterable[Any]) -> list[Outcome]:
    """append()'s rows, in the order of the commands."""
    return [Outcome(status, version, position, recorded_at) for status, version, position, recorded_at in rows]
