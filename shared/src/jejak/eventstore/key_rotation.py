"""Counts keys by the master key that wraps them, and wraps them anew under the writing key, while services go on.

Both work as jejak_owner (`as_owner`), over the administrator's login: no service may change a stored key. A batch is
locked, wrapped and committed alone, and rows that another run or an erasure holds are left for later; so a run may die
at any moment, several may run at once, and a key that is destroyed meanwhile stays destroyed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from jejak.contracts.codec import NAMED_BYTES, CodecError, UnknownMasterKey, unwrap, unwrap_with, wrap
from jejak.contracts.wrapped_keys import CASE_KEYS, ENTRY_POINTS, WrappedKeys
from jejak.eventstore.postgres import migration_files
from jejak.platform import ids
from jejak.platform.key_settings import KEY_ID_BYTES, MasterKeys, key_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import asyncpg

BATCH: Final = 500
"""Rows of one transaction: a service that waits for one of them waits some milliseconds."""
_READ: Final = 5_000
_FIRST: Final = UUID(int=0)
UNOPENED: Final = ""
"""Stands for a key id where no master key of the ring opens a wrapping that names none, or it is damaged."""

type Progress = Callable[[str, int, int], None]


class NotAllOfThem(Exception):
    """The programs installed here do not know all tables with wrapped keys; the message says whose are missing."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a run did with one table: rows wrapped anew, and rows left as they are, by reason."""

    table: str
    rows: int
    left: Counter[str]


async def tables_of(connection: asyncpg.Connection[Any]) -> Sequence[WrappedKeys]:
    """Every table of this database that holds wrapped keys. NotAllOfThem where a service's package is not installed."""
    folders = {row[0] for row in await connection.fetch("SELECT split_part(name, '/', 1) FROM jejak.migration")}
    if missing := sorted(folders - migration_files.installed().keys()):
        raise NotAllOfThem(
            f"This database has tables of {', '.join(missing)}, whose programs are not installed here;"
            " run the command where all services are installed."
        )
    points = sorted(metadata.entry_points(group=ENTRY_POINTS))
    return [CASE_KEYS, *(table for point in points for table in point.load())]


async def counted(connection: asyncpg.Connection[Any], masters: MasterKeys, table: WrappedKeys) -> Mapping[str, int]:
    """How many wrapped keys of a table need which master key, by its id in hex; `UNOPENED` where none opens."""
    counts: Counter[str] = Counter()
    for column, bound_to in table.columns.items():
        for name, count in await connection.fetch(
            f"SELECT encode(substr({column}, 1, {KEY_ID_BYTES}), 'hex'), count(*) FROM {table.table}"  # noqa: S608 - declared names
            f" WHERE octet_length({column}) = {NAMED_BYTES} GROUP BY 1"
        ):
            counts[name] += count
        after = _FIRST
        while rows := await connection.fetch(
            f"SELECT {table.id} AS id, {column} AS wrapped FROM {table.table} WHERE {table.id} > $1"  # noqa: S608
            f" AND octet_length({column}) <> {NAMED_BYTES} ORDER BY {table.id} LIMIT {_READ}",
            after,
        ):
            counts.update(_opened_by(masters, row["wrapped"], bound_to(row["id"])) for row in rows)
            after = rows[-1]["id"]
    return counts


def _opened_by(masters: MasterKeys, wrapped: bytes, bound_to: bytes) -> str:
    try:
        return unwrap_with(masters, wrapped, bound_to)[0].hex()
    except CodecError:
        return UNOPENED


async def rewrap(
    connection: asyncpg.Connection[Any],
    masters: MasterKeys,
    table: WrappedKeys,
    progress: Progress,
    *,
    batch: int = BATCH,
    write: bool = True,
) -> Rewrapped:
    """Wraps under the writing key what another key wraps, or what names no key. What does not open is left as it is.

    Without `write` it opens and counts the same rows, and changes none.
    """
    statements, name = _Statements(table), key_id(masters.writing)
    lock = " FOR UPDATE SKIP LOCKED" if write else ""
    total = await connection.fetchval(statements.count, name)
    rows, seen, after, left = 0, 0, _FIRST, Counter[str]()
    while True:
        async with connection.transaction():
            read = await connection.fetch(statements.batch + lock, after, name, batch)
            fresh = [row for old in read if (row := _wrapped_anew(masters, table, old, left))]
            if write and fresh:
                await connection.execute(statements.update, *map(list, zip(*fresh, strict=True)))
        if not read:
            progress(table.table, total, total)
            return Rewrapped(table.table, rows, left)
        rows, seen, after = rows + len(fresh), seen + len(read), read[-1][0]
        progress(table.table, min(seen, total), total)


def _wrapped_anew(
    masters: MasterKeys, table: WrappedKeys, row: asyncpg.Record, left: Counter[str]
) -> tuple[Any, ...] | None:
    """The id and columns of a row, under the writing key; None, with the reason counted, where one does not open."""
    identity, *values = row
    columns = zip(table.columns.values(), values, strict=True)
    try:
        return (
            identity,
            *(
                None
                if value is None
                else wrap(masters, unwrap(masters, value, bound_to(identity)), bound_to(identity), ids.random_bytes)
                for bound_to, value in columns
            ),
        )
    except UnknownMasterKey as error:
        left[str(error)] += 1
    except CodecError:
        left["a wrapped key is damaged"] += 1
    return None


class _Statements:
    """The statements for one table; $2 (in `count` $1) is the id of the writing key."""

    def __init__(self, table: WrappedKeys) -> None:
        columns = list(table.columns)
        needs = " OR ".join(
            f"octet_length({column}) <> {NAMED_BYTES} OR substr({column}, 1, {KEY_ID_BYTES}) <> $2::bytea"
            for column in columns
        )
        self.count = f"SELECT count(*) FROM {table.table} WHERE {needs.replace('$2', '$1')}"  # noqa: S608
        self.batch = (
            f"SELECT {table.id}, {', '.join(columns)} FROM {table.table} WHERE {table.id} > $1 AND ({needs})"  # noqa: S608
            f" ORDER BY {table.id} LIMIT $3"
        )
        arrays = ", ".join(f"${place}::bytea[]" for place in range(2, len(columns) + 2))
        self.update = (
            f"UPDATE {table.table} t SET {', '.join(f'{column} = n.{column}' for column in columns)}"  # noqa: S608
            f" FROM unnest($1::uuid[], {arrays}) AS n (id, {', '.join(columns)}) WHERE t.{table.id} = n.id"
        )
