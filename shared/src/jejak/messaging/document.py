"""The topics inside an installation as AsyncAPI, made by FastStream from the models published on them."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any, Final

from faststream.specification import AsyncAPI
from pydantic import BaseModel, create_model

from jejak.contracts.codec import personal_fields
from jejak.contracts.events import MODELS, Key, Payload
from jejak.contracts.tasks import SERVICES
from jejak.messaging.broker import Bus
from jejak.messaging.rejected import RejectedTopic
from jejak.platform.kafka_cluster import KafkaCluster

_CASES: Final = """
Every event of every case, in order per case: the key is the case. CloudEvents 1.0 in binary mode: `ce_type` is
`id.jejak.` and the name of the event, `ce_id` its identity, `ce_subject` the case. Further headers: `office`,
`version` (of the case), `position` (in the event store), `epoch`, on the last event of a command `due` (tokens
`service/task;step;who;line`, comma-separated), `traceparent` (W3C Trace Context) of the request or reaction that
appended it, where there was one, and `replay` where it is published again because Kafka had lost it.
The body is the payload as it is stored: personal fields are not in clear, but in `sealed`, by key.
"""
_OF_NO_CASE: Final = frozenset({"BatchClosed", "BatchMemberDropped", "BatchFileMade", "ReadingAnswered"})
"""Events of batches and of sheets, which the relay does not publish on the topic of cases."""


def document(prefix: str = "jejak") -> Mapping[str, Any]:
    """The topic of cases, and of the rejected messages of each service."""
    bus = Bus(KafkaCluster("kafka:9092"), "ledger")
    stored: Any = reduce(or_, (_stored(model) for (name, _), model in MODELS.items() if name not in _OF_NO_CASE))
    bus.publisher(f"{prefix}.cases", schema=stored, title=f"{prefix}.cases", description=_CASES.strip())
    for service in SERVICES:
        RejectedTopic(bus, prefix, service=service)
    made = AsyncAPI(
        bus,
        title="Jejak: topics inside an installation",
        version="1",
        description="For services of Jejak. What BPJS reads is the contract in docs/bpjs.",
    )
    ordered: Mapping[str, Any] = _ordered(made.to_specification().to_jsonable())
    return ordered


def _ordered(value: Any) -> Any:
    """Keys in alphabetical order: FastStream stores topics in sets, whose order is random."""
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _stored(model: type[Payload]) -> type[BaseModel]:
    """The model of the stored bytes: each personal field is in the sealed envelope of its key."""
    personal = personal_fields(model)
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in model.model_fields.items() if name not in personal
    }
    if personal:
        fields["sealed"] = (dict[Key, str] | None, None)
    doc = vars(model).get("__doc__")
    return create_model(model.__name__, __config__=model.model_config, __doc__=doc, **fields)
