"""Appends as the flat arrays that the append() function takes, and its answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jejak.store.types import Append, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

APPEND: Final = (
    "SELECT status, version, position, recorded_at FROM es.append("
    "$1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::int[], "
    "$8::uuid[], $9::text[], $10::bytea[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], "
    "$16::text[], $17::text[], $18::timestamptz[], "
    "$19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::timestamptz[], $25::timestamptz[], "
    "$26::boolean[], $27::text[], $28::text[], $29::boolean[])"
)
_DUE_COLUMNS: Final = 11


def arguments(commands: Sequence[Append]) -> list[Any]:
    """The parameters of APPEND for these commands, which name each stream once."""
    events = [
        (e.id, e.type, e.payload, e.slot, e.langkah, e.tugas, e.hasil, e.oleh, e.actor, e.recorder, e.occurred_at)
        for command in commands
        for e in command.events
    ]
    due = [
        (
            d.slot,
            d.service,
            d.tugas,
            d.langkah,
            d.who,
            d.since,
            d.not_before,
            d.automatic,
            d.owner,
            d.kumpulan,
            d.urgent,
        )
        for command in commands
        for d in command.due
    ]
    heads = [(c.stream, c.kind, c.expected, c.office, c.sop, len(c.events), len(c.due)) for c in commands]
    return [*zip(*heads, strict=True), *zip(*events, strict=True), *_columns(due, _DUE_COLUMNS)]


def outcomes(rows: Iterable[Any]) -> list[Outcome]:
    """append()'s rows, in the order of the commands."""
    return [Outcome(status, version, position, recorded_at) for status, version, position, recorded_at in rows]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Iterable[tuple[Any, ...]]:
    return zip(*rows, strict=True) if rows else ((),) * width
