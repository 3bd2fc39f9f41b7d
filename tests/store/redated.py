"""Stored history with other dates: every event claims another time and holds another day, and its chain is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from jejak.contracts import codec
from jejak.contracts.codec import CaseKeys, Keyring
from jejak.eventstore.integrity import chain
from jejak.eventstore.store import EVENT_COLUMNS, event_of_row
from jejak.platform import ids
from tests.servers import Database

_STREAMS = "SELECT key, kind, office, sop FROM es.stream ORDER BY stream_no"
_EVENTS = f"SELECT {EVENT_COLUMNS} FROM es.event WHERE stream = $1 ORDER BY version"  # noqa: S608 - column names only
_KEYS = "SELECT stream, working, archive FROM keys.case_key"
_WRITE = "UPDATE es.event SET occurred_at = $2, payload = $3, hash = $4 WHERE position = $1"
_HEAD = "UPDATE es.stream SET head = $2 WHERE key = $1"


def redated(value: Any, at: datetime, day: date) -> Any:
    """A value of a model with every instant and every day in it replaced by these."""
    match value:
        case datetime():
            return at
        case date():
            return day
        case BaseModel():
            fields = {name: redated(getattr(value, name), at, day) for name in type(value).model_fields}
            return value.model_copy(update=fields)
        case tuple():
            return tuple(redated(part, at, day) for part in value)
        case _:
            return value


async def redate(database: Database, keyring: Keyring, at: datetime, day: date) -> None:
    """Every event of the ledger, as one writes it who has every right on the server."""
    connection = await asyncpg.connect(database.url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            keys = {row["stream"]: (row["working"], row["archive"]) for row in await connection.fetch(_KEYS)}
            for stream in await connection.fetch(_STREAMS):
                await _redate(connection, stream, _keys_of(keyring, stream["key"], keys), at, day)
    finally:
        await connection.close()


def _keys_of(keyring: Keyring, stream: UUID, wrapped: Mapping[UUID, tuple[bytes, bytes]]) -> CaseKeys:
    return keyring.unwrap(stream, wrapped[stream]) if stream in wrapped else CaseKeys(None, None)


async def _redate(connection: Any, stream: Any, keys: CaseKeys, at: datetime, day: date) -> None:
    head = chain.genesis(stream["key"], stream["kind"], stream["office"], stream["sop"])
    for row in await connection.fetch(_EVENTS, stream["key"]):
        event = event_of_row(row)
        data = codec.decode(event.type, event.payload, event.stream, event.version, keys)
        payload = codec.encode(redated(data, at, day), event.stream, event.version, keys, ids.random_bytes)
        written = event._replace(occurred_at=at, payload=payload)
        head = chain.event_hash(head, written)
        await connection.execute(_WRITE, event.position, at, payload, head)
    await connection.execute(_HEAD, stream["key"], head)
