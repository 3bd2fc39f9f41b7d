"""The AsyncAPI 3 document of one version: channels, operations, messages with examples, bindings.

It is written from the side of Jejak, as AsyncAPI asks: Jejak *sends* what the other team reads. Schemas are own files.
"""

from collections.abc import Iterable, Mapping
from inspect import getdoc
from typing import Any, Final

from pydantic import BaseModel

from jejak.contracts.bpjs.messages import REPLY, REPLY_REJECTED, REPLY_SETTLED, Contract
from jejak.contracts.bpjs.parts import DETACHED_JWS
from jejak.contracts.published.edition import (
    DATA,
    REJECTED,
    SETTLED,
    Edition,
    attributes_of,
    personal_name,
    personal_path,
)
from jejak.contracts.published.edition import topic as topic_of
from jejak.contracts.published.schemas import Schema, Side, info, schema_of

ASYNCAPI: Final = "3.0.0"
BINDING: Final = "0.5.0"
HEADERS: Final = "schemas/headers.schema.json"
REPLY_HEADERS: Final = "schemas/reply.headers.schema.json"
SETTLED_HEADERS: Final = "schemas/reply.settled.headers.schema.json"
_CONTENT_TYPE: Final = "datacontenttype"
_YOU: Final = "/bpjs-kesehatan/bridging"
_KEY: Final = {"type": "string", "format": "uuid", "description": "the submission: its messages are in order"}
_ABOUT: Final = """\
What social offices ask BPJS Kesehatan to do for a person, and how BPJS answers.

Every message is a CloudEvent 1.0 in binary mode: attributes are headers `ce_…`, the value is the data as JSON. Personal
data is in `personal`, a JWE to the reader's own public keys; everything else names no person. Delivery is at least
once: skip a `ce_id` that you have processed and a `ce_type` that you do not know, and ignore a field that you do not
know. README.md, one folder up, is the guide."""
_READS: Final = """\
Jejak sends; **you receive**. Read with a consumer group of your own and commit the messages that you have stored. The
key is the submission, so its messages are in order within their partition; `ce_sequence` grows with each of them. A
header `traceparent` (W3C Trace Context) may be there, unsigned: name it when you ask the operators about a message."""
_WRITES: Final = """\
Jejak receives; **you send**. Key: the submission that you answer. In doubt whether an answer arrived, send it again
with the same `id`. Records may be compressed with gzip, snappy, lz4 or zstd. Over HTTP the same body goes to
`POST {path}/replies`."""
_REFUSED: Final = """\
Jejak sends; **you receive**. Each message is about a record on the topic of replies that could not be read: its place,
and what is wrong with it. An answer that can be read but not applied (withdrawn submission, contradiction) is not here:
it is recorded, and an official looks at it, or the operator of the installation where no office made the submission."""

_SETTLED: Final = """\
Jejak sends; **you receive**. The outcome of each reply that could be read, over Kafka or HTTP: recorded, or kept for a
person, and then once more when that person has resolved it. `GET {path}/replies/{{id}}` returns the same outcome."""


def asyncapi_of(edition: Edition) -> Schema:
    """The document; the same edition always gives the same."""
    contract = edition.contract
    facts, replies = contract.topic, contract.replies
    rejected, settled = contract.replies_rejected, contract.replies_settled
    return {
        "asyncapi": ASYNCAPI,
        "id": f"urn:jejak:bpjs:v{contract.version}",
        "info": info(contract, _ABOUT),
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {
            "facts": _channel(
                facts, "What offices ask, and what happens to their requests.", contract.messages.values()
            ),
            "replies": _channel(replies, "What BPJS answers.", [contract.reply]),
            "rejected": _channel(rejected, "Replies that could not be read.", [contract.rejected]),
            "settled": _channel(settled, "The outcomes of replies.", [contract.settled]),
        },
        "operations": {
            "sendFacts": _operation("send", "facts", "Read what offices ask.", _READS),
            "receiveReplies": _operation("receive", "replies", "Answer.", _WRITES.format(path=contract.path)),
            "sendRejected": _operation("send", "rejected", "Learn which replies could not be read.", _REFUSED),
            "sendSettled": _operation(
                "send", "settled", "Learn the outcomes of replies.", _SETTLED.format(path=contract.path)
            ),
        },
        "components": {"messages": _messages(edition)},
    }


def headers_schema(attributes: type[BaseModel], side: Side) -> Schema:
    """The headers of a message on Kafka, made from its CloudEvents attributes."""
    schema = schema_of(attributes, side)
    named = {name: header(name) for name in schema["properties"]}
    return schema | {
        "title": attributes.__name__.replace("Attributes", "Headers"),
        "properties": {named[name]: value for name, value in schema["properties"].items()},
        "required": [named[name] for name in schema["required"]],
    }


def header(attribute: str) -> str:
    """The Kafka header that carries an attribute (CloudEvents Kafka binding)."""
    return "content-type" if attribute == _CONTENT_TYPE else f"ce_{attribute}"


def headers_of(message: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a whole example message."""
    return {header(name): value for name, value in attributes_of(message).items()}


def headers_of_reply(contract: Contract, reply: Mapping[str, Any]) -> dict[str, str]:
    """The headers with which an example reply may be sent."""
    attributes = {"specversion": "1.0", "type": contract.ce_type(REPLY), "id": reply["id"], "source": _YOU}
    return headers_of({**attributes, _CONTENT_TYPE: "application/json"})


def summary_of(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring."""
    return (getdoc(model) or "").partition("\n\n")[0].replace("\n", " ")


_WAYS_IN: Final = {
    "scramSha512": "SASL: a user's name and password by SCRAM-SHA-512",
    "scramSha256": "SASL: a user's name and password by SCRAM-SHA-256",
    "plain": "SASL: a user's name and password by PLAIN, only over TLS",
    "X509": "TLS: a certificate of your own",
}


def _server() -> Schema:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "The Kafka of the installation; its operator gives you the address and credentials, and says "
        "which way in holds there. Over TLS the protocol is `kafka-secure`. On a closed network there may be none.",
        "security": [{"type": way, "description": words} for way, words in _WAYS_IN.items()],
        "variables": {"bootstrap": {"default": "localhost:9092", "description": "bootstrap servers, host:port"}},
    }


def _channel(topic: str, summary: str, models: Iterable[type[BaseModel]]) -> Schema:
    return {
        "address": topic_of(topic),
        "summary": summary,
        "description": f"The prefix may differ from `{topic_of('')}`: the operator of the installation names it.",
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"} for model in models},
        "bindings": {"kafka": {"topic": topic_of(topic), "bindingVersion": BINDING}},
    }


def _operation(action: str, channel: str, summary: str, description: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "description": description,
    }


def _messages(edition: Edition) -> Schema:
    """The messages by the names of their models, which are valid names in any language."""
    contract = edition.contract
    facts = {model.__name__: _fact(edition, name) for name, model in contract.messages.items()}
    replies = [_example(name, body, headers_of_reply(contract, body)) for name, body in edition.replies.items()]
    reply = _message(REPLY, contract.reply, replies) | _headers(REPLY_HEADERS, contract.ce_type(REPLY))
    rejected = _message(REPLY_REJECTED, contract.rejected, [_example("unreadable", edition.examples[REJECTED])])
    del rejected["bindings"], rejected["correlationId"]  # the key is that of the unreadable record
    rejected |= {"headers": _rejected_headers(contract.ce_type(REPLY_REJECTED))}
    whole = edition.examples[SETTLED]
    settled = _message(REPLY_SETTLED, contract.settled, [_example("resolved", whole[DATA], headers_of(whole))])
    settled |= _headers(SETTLED_HEADERS, contract.ce_type(REPLY_SETTLED))
    return {**facts, **{message["name"]: message for message in (reply, rejected, settled)}}


def _rejected_headers(ce_type: str) -> Schema:
    text: Schema = {"type": "string"}
    constants = {"ce_specversion": "1.0", "ce_type": ce_type, "content-type": "application/json"}
    fields = {name: text | {"const": value} for name, value in constants.items()}
    fields |= {"ce_signature": text | {"pattern": DETACHED_JWS}}
    fields |= {"ce_id": text | {"format": "uuid"}, "ce_source": text, "ce_time": text | {"format": "date-time"}}
    return {"title": "RejectedHeaders", "type": "object", "properties": fields, "required": sorted(fields)}


def _fact(edition: Edition, name: str) -> Schema:
    contract, whole = edition.contract, edition.message(name)
    example = _example(name, whole[DATA], headers_of(whole))
    message = _message(name, contract.messages[name], [example]) | _headers(HEADERS, contract.ce_type(name))
    if personal_path(name) in edition.examples:
        message["x-personal"] = f"schemas/{personal_name(contract, name)}.schema.json"
    return message


def _headers(path: str, ce_type: str) -> Schema:
    constant = {"type": "object", "properties": {"ce_type": {"const": ce_type}}}
    return {"headers": {"allOf": [{"$ref": path}, constant]}}


def _message(name: str, model: type[BaseModel], examples: list[Schema]) -> Schema:
    return {
        "name": model.__name__,
        "title": model.__name__,
        "summary": summary_of(model),
        "description": getdoc(model) or "",
        "contentType": "application/json",
        "payload": {"$ref": f"schemas/{name}.schema.json"},
        "correlationId": {"location": "$message.payload#/submission", "description": "the submission"},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": BINDING}},
        "examples": examples,
    }


def _example(name: str, payload: Any, headers: Mapping[str, str] | None = None) -> Schema:
    return {"name": name, **({"headers": headers} if headers else {}), "payload": payload}


def types_of(contract: Contract) -> dict[str, str]:
    """The CloudEvents type of every message and of the reply."""
    return {name: contract.ce_type(name) for name in (*contract.messages, REPLY, REPLY_REJECTED, REPLY_SETTLED)}
