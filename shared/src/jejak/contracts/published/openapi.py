"""The OpenAPI 3.1 document of one version: the requests of BPJS over HTTP. It refers to nothing outside itself."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from jejak.contracts.bpjs import http
from jejak.contracts.bpjs.messages import REPLY, Attributes, Contract
from jejak.contracts.published.edition import DATA, Edition
from jejak.contracts.published.schemas import DEFS, Schema, Side, info, schema_of

OPENAPI: Final = "3.1.0"
_ABOUT: Final = """\
What social offices ask BPJS Kesehatan to do for a person, and how BPJS answers: over HTTP. README.md, one folder up, is
the guide; asyncapi.yaml describes the same on Kafka."""


def openapi_of(edition: Edition) -> Schema:
    """The document; the same edition always gives the same."""
    contract = edition.contract
    return {
        "openapi": OPENAPI,
        "info": info(contract, _ABOUT),
        "servers": [_server()],
        "security": [{"oauth": [http.SCOPE]}, {"certificate": []}],
        "paths": {
            f"{contract.path}/submissions": {"get": _submissions(edition)},
            f"{contract.path}/replies": {"post": _replies(edition)},
            f"{contract.path}/replies/{{id}}": {"get": _status()},
            f"{contract.path}/keys": {"get": _keys()},
        },
        "components": {"schemas": dict(sorted(_schemas(contract))), "securitySchemes": _security()},
    }


def _submissions(edition: Edition) -> Schema:
    shown = edition.message(next(iter(edition.contract.messages)))
    return {
        "operationId": "readSubmissions",
        "summary": "Read the messages to BPJS again.",
        "description": http.READING_AGAIN,
        "parameters": [
            _parameter("office", "only this kabupaten or kota, by its code", {"type": "string"}, shown["office"]),
            _parameter(
                "since",
                "only messages that the ledger recorded then or later; with a zone, whose `+` is written `%2B`",
                {"type": "string", "format": "date-time"},
                "2026-01-01T00:00:00+07:00",
            ),
            _parameter(
                "cursor",
                "`epoch`.`position` of the last line you have: the stream begins after it",
                {"type": "string", "pattern": r"^[0-9a-f-]{36}\.[0-9]{1,18}$"},
                f"{shown['epoch']}.{shown['position']}",
            ),
            _parameter("limit", "the greatest number of lines; without it, all", {"type": "integer", "minimum": 1}),
        ],
        "responses": {
            "200": {"description": "one message a line", "content": {http.NDJSON: {"schema": _ref("Event")}}},
            **_errors(http.SUBMISSIONS_ERRORS),
        },
    }


def _replies(edition: Edition) -> Schema:
    bodies = {
        http.JSON: _ref(edition.contract.reply.__name__),
        http.EVENT: _ref("ReplyEvent"),
        http.BATCH: {"type": "array", "items": _ref("ReplyEvent"), "minItems": 1, "maxItems": http.MAX_REPLIES},
        http.NDJSON: {"description": "one reply, or one CloudEvent around it, a line", **_ref("ReplyLine")},
        http.JSONL: {"description": "the same under another name", **_ref("ReplyLine")},
    }
    content: Schema = {kind: {"schema": schema} for kind, schema in bodies.items()}
    content[http.JSON]["examples"] = {name: {"value": value} for name, value in edition.replies.items()}
    return {
        "operationId": "sendReplies",
        "summary": "Answer submissions.",
        "description": http.ANSWERING,
        "requestBody": {"required": True, "content": content},
        "responses": {"202": _answer("stored, or already known; `wrong` counts the replies to mend", "Taken")}
        | _errors(http.REPLY_ERRORS),
    }


def _status() -> Schema:
    path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {
        "operationId": "readReply",
        "summary": "Learn the outcome of a reply.",
        "description": http.STATUS,
        "parameters": [path],
        "responses": {"200": _answer("the outcome of the reply", "ReplyStatus"), **_errors(http.STATUS_ERRORS)},
    }


def _keys() -> Schema:
    return {
        "operationId": "readSigningKeys",
        "summary": "The keys by which messages are signed.",
        "description": http.KEYS,
        "security": [],
        "responses": {"200": _answer("a JWK Set", "SigningKeys", http.JWK_SET), **_errors(http.KEYS_ERRORS)},
    }


def _schemas(contract: Contract) -> Iterator[tuple[str, Schema]]:
    """Every model and the models within it by name; and the CloudEvents around them."""
    others: list[type[BaseModel]] = [Attributes, http.Taken, http.ReplyStatus, http.SigningKeys, http.ProblemDocument]
    for model in (*contract.messages.values(), *others):
        yield from _lifted(model, Side.READS)
    yield from _lifted(contract.reply, Side.WRITES)
    events = {contract.ce_type(name): model.__name__ for name, model in contract.messages.items()}
    for ce_type, name in events.items():
        yield f"{name}Event", _event(ce_type, name)
    known = [_ref(f"{name}Event") for name in events.values()]
    mapping = {ce_type: _ref(f"{name}Event")["$ref"] for ce_type, name in events.items()}
    yield "Event", {"oneOf": known, "discriminator": {"propertyName": "type", "mapping": mapping}}
    reply = contract.reply.__name__
    yield "ReplyEvent", _reply_event(contract.ce_type(REPLY), reply)
    yield "ReplyLine", {"anyOf": [_ref(reply), _ref("ReplyEvent")]}


def _lifted(model: type[BaseModel], side: Side) -> Iterator[tuple[str, Schema]]:
    schema = schema_of(model, side)
    del schema["$schema"]
    inner = schema.pop(DEFS, {})
    yield from ((name, _with_document_refs(body)) for name, body in {**inner, model.__name__: schema}.items())


def _with_document_refs(node: Any) -> Any:
    """References within a schema as references within the document."""
    if isinstance(node, list):
        return [_with_document_refs(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: str(value).replace(f"#/{DEFS}/", "#/components/schemas/") if key == "$ref" else _with_document_refs(value)
        for key, value in node.items()
    }


def _event(ce_type: str, name: str) -> Schema:
    own = {"type": {"type": "string", "const": ce_type}, DATA: _ref(name)}
    return {"allOf": [_ref("Attributes"), {"type": "object", "properties": own, "required": ["type", DATA]}]}


def _reply_event(ce_type: str, reply: str) -> Schema:
    return {
        "type": "object",
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "type": {"type": "string", "const": ce_type},
            "id": {"type": "string", "minLength": 1, "description": "you choose it; the reply's own `id` will do"},
            "source": {"type": "string", "minLength": 1, "description": "the sender, as a URI reference"},
            DATA: _ref(reply),
        },
        "required": ["specversion", "type", "id", "source", DATA],
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, description: str, schema: Schema, example: str | None = None) -> Schema:
    shown = {"example": example} if example else {}
    return {"name": name, "in": "query", "description": description, "schema": schema, **shown}


def _answer(description: str, model: str, kind: str = http.JSON) -> Schema:
    return {"description": description, "content": {kind: {"schema": _ref(model)}}}


def _errors(statuses: Mapping[int, str]) -> Schema:
    errors = {str(status): _answer(says, "ProblemDocument", http.PROBLEM) for status, says in statuses.items()}
    if "429" in errors:
        errors["429"]["headers"] = http.RETRY_AFTER
    return errors


def _server() -> Schema:
    return {
        "url": "{address}",
        "description": "The installation; its operator gives you the address.",
        "variables": {"address": {"default": "http://127.0.0.1:8080", "description": "base address"}},
    }


def _security() -> Schema:
    flow = {
        "tokenUrl": "https://login.example/token",
        "scopes": {http.SCOPE: "read what offices ask, and answer it"},
    }
    return {
        "oauth": {
            "type": "oauth2",
            "description": "An access token of the client credentials grant, from the issuer that the installation "
            "trusts; its operator gives you the token address.",
            "flows": {"clientCredentials": flow},
        },
        "certificate": {"type": "mutualTLS", "description": "A client certificate that the installation knows."},
    }
