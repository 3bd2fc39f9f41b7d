"""Whether the ring of master keys belongs to a database: it has to open what is stored there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jejak.contracts.codec import CodecError, unwrap
from jejak.contracts.wrapped_keys import CASE_KEYS
from jejak.platform.settings import SettingsError

if TYPE_CHECKING:
    import asyncpg

    from jejak.platform.key_settings import MasterKeys

_EACH: Final = 20
"""Cases at either end: a ring that lacks a former key opens the newest, one that lacks the present key the oldest."""
_OF_CASES: Final = """
(SELECT k.* FROM es.stream s JOIN keys.case_key k ON k.stream = s.key ORDER BY s.stream_no LIMIT $1)
UNION (SELECT k.* FROM es.stream s JOIN keys.case_key k ON k.stream = s.key ORDER BY s.stream_no DESC LIMIT $1)
"""


class TriedKeys(NamedTuple):
    """How many of the stored keys that were tried open with the ring, and how many do not."""

    opened: int
    closed: int


async def tried_keys(
    connection: asyncpg.Connection[Any] | asyncpg.Pool[asyncpg.Record], masters: MasterKeys
) -> TriedKeys:
    """Tries the keys of the oldest and of the newest cases."""
    opens = [
        _opens(masters, row[column], bound_to(row["stream"]))
        for row in await connection.fetch(_OF_CASES, _EACH)
        for column, bound_to in CASE_KEYS.columns.items()
        if row[column] is not None
    ]
    return TriedKeys(sum(opens), len(opens) - sum(opens))


async def check_ring(pool: asyncpg.Pool[asyncpg.Record], masters: MasterKeys) -> None:
    """Returns if the ring opens any stored key that it is tried on, or there is none. SettingsError if it opens none.

    A process with the keys of another installation would fail case by case, and seal new cases under a wrong key.
    """
    tried = await tried_keys(pool, masters)
    if tried.closed and not tried.opened:
        raise SettingsError(
            f"JEJAK_MASTER_KEY opens none of the {tried.closed} stored keys of cases that were tried: give this process"
            " the master keys with which this database was written (docs/operations/backup.md)."
        )


def _opens(masters: MasterKeys, wrapped: bytes, bound_to: bytes) -> bool:
    try:
        unwrap(masters, wrapped, bound_to)
    except CodecError:
        return False
    return True
