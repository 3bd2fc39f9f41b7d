"""What became of answers, published: each in its present state, in the order of settling, per submission.

The table of answers is the outbox: a trigger gives an answer a place whenever its state changes, and notifies the
publishing process. A slow sweep finds what no notification announced.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from bpjs_sync.outgoing.messages import yielding_loop
from bpjs_sync.outgoing.signing import Signer
from bpjs_sync.replies.status import settled_of
from jejak.contracts.bpjs.messages import REPLY_SETTLED, Contract
from jejak.contracts.bpjs.settlements import ReplySettled
from jejak.eventstore.postgres.leader_election import Leadership
from jejak.messaging.publishing.event_log import EventWindow
from jejak.messaging.publishing.relay import Record
from jejak.platform import ids

SOURCE: Final = "/jejak/bpjs-sync"
CHANNEL: Final = "bpjs_settled"
_AT_ONCE: Final = 1_000
_SWEEP_SECONDS: Final = 30.0
_HEAD: Final = "SELECT coalesce(max(place), 0) FROM bpjs.settled"
AFTER: Final = """
SELECT s.place, r.id, r.reply, r.submission, r.result, r.state, r.kind, r.resolution, r.settled_at
FROM bpjs.settled s JOIN bpjs.reply r ON r.id = s.reply WHERE s.place > $1 AND s.place <= $2 ORDER BY s.place LIMIT $3
"""
WINDOW_BEGINS: Final = "SELECT min(s.place + 0) - 1 FROM bpjs.settled s WHERE s.at >= (SELECT es.now()) - $3::interval"
"""The + 0 makes it use the index on times, as for messages."""
AGE: Final = """
SELECT extract(epoch FROM es.now() - at)::float8 FROM bpjs.settled
WHERE place > $1 AND place <= $2 ORDER BY place LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class SettledReply:
    """One answer as it was last settled, and its place."""

    position: int
    message_id: str
    """Identifies this state of this answer: published again it has the same id, settled anew another."""
    status: ReplySettled


@dataclass(slots=True)
class Settlements:
    """Follows the table while its process leads; the relay reads `window`."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    sweep_seconds: float = _SWEEP_SECONDS
    window: EventWindow[SettledReply] = field(init=False)

    def __post_init__(self) -> None:
        self.window = EventWindow(self._fetch)

    async def follow(self, lead: Leadership) -> None:
        """Follows while leadership is held, woken when any process settles an answer."""
        woken = asyncio.Event()
        await lead.connection.add_listener(CHANNEL, lambda *_: woken.set())
        await self.window.begin(await self._head())
        while lead.held:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), self.sweep_seconds)
            woken.clear()
            await self._move(await self._head())

    async def _move(self, head: int) -> None:
        while self.window.head < head:
            window = await self._fetch(self.window.head, head, _AT_ONCE)
            await self.window.move(window[-1].position if len(window) == _AT_ONCE else head, window)

    async def _head(self) -> int:
        return int(await self.pool.fetchval(_HEAD))

    async def _fetch(self, position: int, head: int, limit: int) -> list[SettledReply]:
        return [_settled_reply(row) for row in await self.pool.fetch(AFTER, position, head, limit)]


def _settled_reply(row: Any) -> SettledReply:
    message_id = ids.derived_uuid("settled", row["id"], row["state"], row["settled_at"].isoformat())
    return SettledReply(row["place"], str(message_id), settled_of(row))


@dataclass(frozen=True, slots=True)
class SettledMessages:
    """Makes the messages of one version for the relay; their key is the submission."""

    contract: Contract
    signer: Signer

    async def records(self, window: Sequence[SettledReply], epoch: str, replay_until: int) -> list[Record]:
        """The records of a window, signed."""
        return [self._record(answer, epoch, replay_until) async for answer in yielding_loop(window)]

    def _record(self, answer: SettledReply, epoch: str, replay_until: int) -> Record:
        message = self.contract.settled.model_validate(answer.status.model_dump())
        attributes = {
            "specversion": "1.0",
            "id": answer.message_id,
            "type": self.contract.ce_type(REPLY_SETTLED),
            "source": SOURCE,
            "subject": str(answer.status.submission),
            "time": answer.status.settled_at.isoformat(),
            "sequence": str(answer.position),
            "epoch": epoch,
        }
        data = message.model_dump_json(exclude_none=True)
        return self.signer.record(answer.position, attributes, data, replay=answer.position <= replay_until)
