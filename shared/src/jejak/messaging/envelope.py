"""An event of a case as it travels on `jejak.cases`: CloudEvents 1.0 in binary mode, the payload as it is stored."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiokafka import ConsumerRecord

from jejak.contracts.codec import CaseKeys, decode
from jejak.contracts.envelope import Event, parse_due
from jejak.contracts.events import AnyEvent
from jejak.platform.trace import TRACEPARENT, Trace

SOURCE: Final = "/jejak/ledger"
TYPE: Final = "id.jejak."
"""The prefix of an event's name in `ce_type`."""
_NO_KEYS: Final = CaseKeys(None, None)


def headers_of(event: Event, *, epoch: str, replay: bool = False) -> list[tuple[str, bytes]]:
    """The headers of one event on `jejak.cases`. The body is the payload as stored, personal fields sealed."""
    pairs: list[tuple[str, str | None]] = [
        ("ce_specversion", "1.0"),
        ("ce_id", str(event.id)),
        ("ce_type", f"{TYPE}{event.type}"),
        ("ce_source", SOURCE),
        ("ce_subject", str(event.stream)),
        ("ce_time", event.recorded_at.isoformat()),
        ("content-type", "application/json"),
        ("office", event.office),
        ("version", str(event.version)),
        ("position", str(event.position)),
        ("epoch", epoch),
        ("due", event.due),
        ("replay", "1" if replay else None),
    ]
    return [(name, value.encode()) for name, value in pairs if value is not None]


@dataclass(frozen=True, slots=True)
class CaseMessage:
    """An event of a case as a service reads it. The payload stays bytes until it is needed."""

    record: ConsumerRecord
    id: uuid.UUID
    type: str
    case: uuid.UUID
    office: str
    version: int
    position: int
    epoch: str
    due: str | None
    """As `Event.due`: the tasks due after it, on the last event of an append."""
    recorded_at: datetime
    replay: bool
    """Whether it is published again because Kafka had lost it."""
    trace: Trace | None = None
    """The trace of what appended it."""

    @property
    def payload(self) -> bytes:
        return self.record.value or b""

    def data(self, keys: CaseKeys = _NO_KEYS) -> AnyEvent:
        """The event; personal fields that no key opens read as `Forgotten`. ValueError for bytes of another event."""
        return decode(self.type, self.payload, self.case, self.version, keys)


def by_epoch(messages: Iterable[CaseMessage]) -> dict[uuid.UUID, list[CaseMessage]]:
    """Messages by the epoch of the event store that they name, in order. ValueError for text that is no epoch."""
    epochs: dict[uuid.UUID, list[CaseMessage]] = {}
    for message in messages:
        epochs.setdefault(uuid.UUID(message.epoch), []).append(message)
    return epochs


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of cases concern a service: those after which a task of it is due, and those of some types."""

    tasks: frozenset[tuple[str, str]] = frozenset()
    """Service and verb of the due tokens that wake it."""
    types: frozenset[bytes] = frozenset()
    """Values of `ce_type`."""
    gathered: frozenset[bytes] = frozenset()
    """As `types`, of the events that are taken in together."""
    every_change: bool = False
    """Every event that names due tasks is taken in together."""

    @classmethod
    def of(
        cls,
        service: str,
        verbs: Iterable[str],
        events: Iterable[str],
        gathered: Iterable[str] = (),
        *,
        every_change: bool = False,
    ) -> "EventFilter":
        return cls(frozenset((service, verb) for verb in verbs), _types(events), _types(gathered), every_change)

    def wakes(self, headers: Mapping[str, bytes | None]) -> bool:
        """Whether a task of the service became due; a replayed event wakes nothing, since its first copy did.

        ValueError for text that is no due token.
        """
        if "replay" in headers or not self.tasks:
            return False
        due = parse_due((headers.get("due") or b"").decode())
        return any((token.service, token.tugas) in self.tasks for token in due)

    def is_fact(self, headers: Mapping[str, bytes | None]) -> bool:
        """Whether the service reacts to the event."""
        return headers.get("ce_type") in self.types

    def gathers(self, headers: Mapping[str, bytes | None]) -> bool:
        """Whether the service takes the event in together with others."""
        return (self.every_change and "due" in headers) or headers.get("ce_type") in self.gathered


def _types(events: Iterable[str]) -> frozenset[bytes]:
    return frozenset(f"{TYPE}{name}".encode() for name in events)


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A record for one service: a case with work for it, a fact, an event to take in; several or none of these."""

    woken: uuid.UUID | None
    fact: CaseMessage | None
    gathered: CaseMessage | None


def received_message(record: ConsumerRecord, event_filter: EventFilter) -> ReceivedMessage:
    """Reads a record as far as it concerns the service: of most only the headers. Raises for a malformed record.

    A case and its due token are enough to wake the service: the event store says whether anything is due.
    """
    headers = dict(record.headers)
    wakes, is_fact, gathers = event_filter.wakes(headers), event_filter.is_fact(headers), event_filter.gathers(headers)
    if not (wakes or is_fact or gathers or "ce_id" in headers or "replay" in headers):
        raise ValueError("no CloudEvent")
    message = case_message(record, headers) if is_fact or gathers else None
    return ReceivedMessage(
        case_of(record) if wakes else None, message if is_fact else None, message if gathers else None
    )


def case_of(record: ConsumerRecord) -> uuid.UUID:
    """The case that is a record's key."""
    return uuid.UUID(record.key.decode("ascii"))


def case_message(record: ConsumerRecord, headers: Mapping[str, bytes | None]) -> CaseMessage:
    """A record as an event of a case. Raises for a header that is missing or malformed."""
    texts = {name: value.decode() for name, value in headers.items() if value is not None}
    return CaseMessage(
        record=record,
        id=uuid.UUID(texts["ce_id"]),
        type=texts["ce_type"].removeprefix(TYPE),
        case=case_of(record),
        office=texts["office"],
        version=int(texts["version"]),
        position=int(texts["position"]),
        epoch=texts["epoch"],
        due=texts.get("due"),
        recorded_at=datetime.fromisoformat(texts["ce_time"]),
        replay="replay" in headers,
        trace=Trace.parse(texts.get(TRACEPARENT)),
    )
