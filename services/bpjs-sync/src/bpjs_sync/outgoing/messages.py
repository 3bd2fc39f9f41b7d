"""Messages as readers get them: CloudEvents 1.0, binary on Kafka, structured over HTTP, in every version."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bpjs_sync.outgoing.encryption import ContentKey, ReaderKey
from bpjs_sync.outgoing.outbox import OutboxRow
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.outgoing.signing import Signer
from jejak.contracts.bpjs.messages import V1, Contract
from jejak.contracts.codec import Keyring
from jejak.messaging.publishing.relay import Record, UnpublishableError

SOURCE: Final = "/jejak/ledger"
_AT_ONCE: Final = 50
"""Messages sealed and signed, some 0.2 ms each, before other coroutines run."""

type Json = dict[str, Any]
type Rendered = tuple[str, Json, Json | None]


@dataclass(frozen=True, slots=True)
class OutgoingEdition:
    """A version of the contract as it is served.

    Version 1 is stored; `render` makes another version's name, data and personal part of it.
    """

    contract: Contract
    render: Callable[[str, Json, Json | None], Rendered] | None = None


SERVED: Final = (OutgoingEdition(V1),)
"""The versions that are served, side by side."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message: its type, and its data with the personal part encrypted."""

    row: OutboxRow
    type: str
    data: str


@dataclass(slots=True)
class Messages:
    """Makes the messages of one version, for the relay and for replays."""

    edition: OutgoingEdition
    keyring: Keyring
    readers: ReaderKeys
    signer: Signer
    _key: ContentKey | None = None

    async def made(self, rows: Sequence[OutboxRow]) -> list[OutgoingMessage]:
        """Each row as a message to all keys that are valid now. UnpublishableError while there is none."""
        readers = await self.readers.valid()
        if not readers:
            raise UnpublishableError("no_key")
        return [self._made(row, self._content_key(readers)) async for row in yielding_loop(rows)]

    def _content_key(self, readers: Sequence[ReaderKey]) -> ContentKey:
        if self._key is None or self._key.readers is not readers or not self._key.left:
            self._key = ContentKey(readers)
        return self._key

    def _made(self, row: OutboxRow, key: ContentKey) -> OutgoingMessage:
        name, body, personal = row.name, row.body, row.personal(self.keyring)
        if self.edition.render is not None:
            name, clear, private = self.edition.render(
                name, json.loads(body), json.loads(personal) if personal else None
            )
            body, personal = _compact(clear), _compact(private).encode() if private is not None else None
        if personal is not None:
            body = f'{body[:-1]},"personal":{key.seal(personal)}}}'
        return OutgoingMessage(row, self.edition.contract.ce_type(name), body)

    async def records(self, window: Sequence[OutboxRow], epoch: str, replay_until: int) -> list[Record]:
        """A window as records of the topic; their key is the submission."""
        made = [(attributes(message, epoch), message) for message in await self.made(window)]
        return [
            self.signer.record(message.row.position, head, message.data, replay=message.row.position <= replay_until)
            async for head, message in yielding_loop(made)
        ]

    async def lines(self, rows: Sequence[OutboxRow], epoch: str) -> list[str]:
        """Each row as a line of a replay."""
        made = await self.made(rows)
        return [self.signer.line(attributes(message, epoch), message.data) async for message in yielding_loop(made)]


async def yielding_loop[T](items: Sequence[T]) -> AsyncIterator[T]:
    """The items; other coroutines run now and then between them."""
    for place, item in enumerate(items):
        if place and place % _AT_ONCE == 0:
            await asyncio.sleep(0)
        yield item


def attributes(message: OutgoingMessage, epoch: str) -> dict[str, str]:
    """The CloudEvents attributes of a message, extensions last."""
    row = message.row
    return {
        "specversion": "1.0",
        "id": str(row.id),
        "type": message.type,
        "source": SOURCE,
        "subject": str(row.submission),
        "time": row.recorded_at.isoformat(),
        "office": row.office,
        "sequence": str(row.sequence),
        "position": str(row.position),
        "epoch": epoch,
    }


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
