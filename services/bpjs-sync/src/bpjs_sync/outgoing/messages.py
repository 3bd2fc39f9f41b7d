"""Messages as their readers get them: CloudEvents 1.0, binary on Kafka, structured over HTTP, in every version."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bpjs_sync.outgoing.outbox import Row
from bpjs_sync.outgoing.readers import Readers
from bpjs_sync.outgoing.seal import ContentKey, Reader
from jejak.contracts.bpjs import V1, Contract
from jejak.contracts.codec import Keyring
from jejak.messaging.publisher import CannotSay, Record

SOURCE: Final = "/jejak/ledger"

type Json = dict[str, Any]
type Rendered = tuple[str, Json, Json | None]


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the contract as it is served.

    What is kept is version 1; `render` makes another version's name, data and personal part of it.
    """

    contract: Contract
    render: Callable[[str, Json, Json | None], Rendered] | None = None


SERVED: Final = (Edition(V1),)
"""Every version that is served now, side by side."""


@dataclass(frozen=True, slots=True)
class Made:
    """One message: what it is called, and its data with the personal part encrypted."""

    row: Row
    type: str
    data: str


@dataclass(slots=True)
class Messages:
    """Makes the messages of one version, and is how the relay says them."""

    edition: Edition
    keyring: Keyring
    readers: Readers
    _key: ContentKey | None = None

    async def made(self, rows: Sequence[Row]) -> list[Made]:
        """Each row as a message to all keys that are valid now. CannotSay while there is none."""
        readers = await self.readers.valid()
        if not readers:
            raise CannotSay("no_key")
        return [self._made(row, self._content_key(readers)) for row in rows]

    def _content_key(self, readers: Sequence[Reader]) -> ContentKey:
        if self._key is None or self._key.readers is not readers or not self._key.left:
            self._key = ContentKey(readers)
        return self._key

    def _made(self, row: Row, key: ContentKey) -> Made:
        name, body, personal = row.name, row.body, row.personal(self.keyring)
        if self.edition.render is not None:
            name, clear, said = self.edition.render(name, json.loads(body), json.loads(personal) if personal else None)
            body, personal = _compact(clear), _compact(said).encode() if said is not None else None
        if personal is not None:
            body = f'{body[:-1]},"personal":{key.seal(personal)}}}'
        return Made(row, self.edition.contract.ce_type(name), body)

    async def records(self, window: Sequence[Row], epoch: str, replay_until: int) -> list[Record]:
        """A window for the topic: key is the submission."""
        return [_record(one, epoch, replay=one.row.position <= replay_until) for one in await self.made(window)]


def attributes(one: Made, epoch: str) -> dict[str, str]:
    """The CloudEvents attributes of a message, extensions last."""
    row = one.row
    return {
        "specversion": "1.0",
        "id": str(row.id),
        "type": one.type,
        "source": SOURCE,
        "subject": str(row.submission),
        "time": row.recorded_at.isoformat(),
        "office": row.office,
        "sequence": str(row.sequence),
        "position": str(row.position),
        "epoch": epoch,
    }


def structured(one: Made, epoch: str) -> str:
    """A message as one line of JSON (CloudEvents structured mode)."""
    head = _compact({**attributes(one, epoch), "datacontenttype": "application/json"})
    return f'{head[:-1]},"data":{one.data}}}'


def _record(one: Made, epoch: str, *, replay: bool) -> Record:
    said = {f"ce_{name}": value for name, value in attributes(one, epoch).items()}
    said["content-type"] = "application/json"
    if replay:
        said["ce_replay"] = "true"
    headers = [(name, value.encode()) for name, value in said.items()]
    return Record(one.row.position, str(one.row.submission).encode(), one.data.encode(), headers, replay)


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
