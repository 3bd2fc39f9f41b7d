"""The inbox: every readable answer is stored durably, once, before it is processed.

Free text in an answer may name a person: until it is on its case it is sealed under a key of this process.
"""

import asyncio
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final, Literal

import asyncpg

from bpjs_sync.answers.answer import SAYS, Answer
from bpjs_sync.answers.unmatched_store import associated_data, reply_keys, reply_text
from jejak.contracts.bpjs.messages import Reply
from jejak.contracts.codec import seal_bytes, wrap
from jejak.platform import ids
from jejak.platform.key_settings import KEY_BYTES
from jejak.web.runtime import Runtime

type Fate = Literal["stored", "repeated", "contradicting"]

_KEY_SECONDS: Final = 24 * 3600.0
_KEYS_KNOWN: Final = 1000
_TRIES: Final = 5
_TAKE: Final = "SELECT * FROM bpjs.take_replies($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


@dataclass(frozen=True, slots=True)
class ReplyOrigin:
    """Where a batch came from: a client over HTTP, or a topic."""

    client: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingReply:
    """One answer, with its place on the topic."""

    reply: Reply
    partition: int | None = None
    offset: int | None = None


@dataclass(slots=True)
class Inbox:
    """Stores answers for one process. `arrived` is set when something new was stored."""

    runtime: Runtime
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _key: tuple[uuid.UUID, bytes, float] | None = None
    _opened: dict[uuid.UUID, bytes] = field(default_factory=dict)

    async def store(self, origin: ReplyOrigin, items: Sequence[IncomingReply]) -> list[Fate]:
        """Durable when it returns: what became of each. Raises errors of DATABASE_DOWN while the database is down."""
        if not items:
            return []
        columns = await self._columns(origin, items)
        for tries_left in reversed(range(_TRIES)):
            try:
                rows = await self.runtime.store.pool.fetch(_TAKE, *columns)
                break
            except asyncpg.DeadlockDetectedError:  # two processes count the same answers again
                if not tries_left:
                    raise
            except asyncpg.ForeignKeyViolationError:  # a ledger restored from a copy may lack the key of the day
                if not tries_left:
                    raise
                self._key = None
                columns = await self._columns(origin, items)
        before = {row["place"]: row["contradicts"] for row in rows}
        if len(before) < len(items):
            self.arrived.set()
        return [_fate(before.get(place)) for place in range(1, len(items) + 1)]

    async def _columns(self, origin: ReplyOrigin, items: Sequence[IncomingReply]) -> list[Any]:
        replies = [item.reply for item in items]
        texts = [_text(reply) for reply in replies]
        key, secret = await self._sealing() if any(texts) else (None, b"")
        hash_key = self.runtime.settings.hmac_key
        return [
            [reply.id for reply in replies],
            [bytes.fromhex(ids.keyed_hash(hash_key, canonical(reply))) for reply in replies],
            [reply.submission for reply in replies],
            [reply.result for reply in replies],
            [reply.since for reply in replies],
            [reply.replied_at for reply in replies],
            key,
            [
                seal_bytes(secret, text, associated_data(reply.id), ids.random_bytes) if text else None
                for reply, text in zip(replies, texts, strict=True)
            ],
            origin.client,
            origin.topic,
            [item.partition for item in items],
            [item.offset for item in items],
        ]

    async def _sealing(self) -> tuple[uuid.UUID, bytes]:
        """This process's key of the day; it is stored, wrapped, before it seals anything."""
        now = asyncio.get_running_loop().time()
        if self._key is None or self._key[2] <= now:
            identity, secret = ids.new_uuid(), ids.random_bytes(KEY_BYTES)
            wrapped = wrap(self.runtime.settings.master_keys, secret, associated_data(identity), ids.random_bytes)
            await self.runtime.store.pool.execute("SELECT bpjs.put_reply_key($1, $2)", identity, wrapped)
            self._key = (identity, secret, now + _KEY_SECONDS)
        return self._key[0], self._key[1]

    async def answers(self, rows: Sequence[Any]) -> list[Answer]:
        """The answers in stored messages (columns reply, result, since, key, sealed)."""
        missing = {row["key"] for row in rows if row["sealed"] is not None} - self._opened.keys()
        if missing:
            if len(self._opened) + len(missing) > _KEYS_KNOWN:
                self._opened.clear()
            self._opened |= await reply_keys(self.runtime.store.pool, self.runtime.settings.master_keys, missing)
        texts = [reply_text(self._opened, row) for row in rows]
        return [
            Answer(
                0, SAYS[row["result"]], reason=text.get("reason"), since=row["since"], reference=text.get("reference")
            )
            for row, text in zip(rows, texts, strict=True)
        ]


def canonical(reply: Reply) -> bytes:
    """The same bytes for the same answer: its instant in UTC, without fields that have their default."""
    in_utc = reply.model_copy(update={"replied_at": reply.replied_at.astimezone(UTC)})
    return json.dumps(in_utc.model_dump(mode="json", exclude_defaults=True), sort_keys=True).encode()


def _text(reply: Reply) -> bytes | None:
    texts = {name: text for name, text in (("reason", reply.reason), ("reference", reply.reference)) if text}
    return json.dumps(texts, ensure_ascii=False).encode() if texts else None


def _fate(contradicts: bool | None) -> Fate:
    if contradicts is None:
        return "stored"
    return "contradicting" if contradicts else "repeated"
