"""Parses an answer: a CloudEvent in binary or structured mode, or the plain answer. Pure.

The fault of an unreadable answer is one English sentence for its sender, which repeats nothing of it.
"""

import codecs
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from jejak.contracts.bpjs.http import EVENT, JSON, MAX_REPLY_BYTES
from jejak.contracts.bpjs.messages import REPLY, V1, Contract, Reply
from jejak.contracts.bpjs.parts import Message
from jejak.timekeeping.dates import ANSWER, STATUS

_NIK: Final = re.compile(r"\d{16}")
_EXAMPLES: Final = {"since": "2026-07-31", "replied_at": "2026-07-10T08:00:00+07:00"}
_GZIP: Final = b"\x1f\x8b"
_REQUIRED: Final = ("specversion", "type", "id", "source")
_NO_INSTANT: Final = f"is no instant such as {_EXAMPLES['replied_at']}"
_NO_DATE: Final = f"is no date such as {_EXAMPLES['since']}"
_HINTS: Final = {
    "missing": "is required",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "string_type": "is no string",
    "string_pattern_mismatch": "holds a character that its pattern does not allow",
    "uuid_parsing": "is no UUID",
    "uuid_type": "is no UUID",
    "timezone_aware": "has no time zone",
    "datetime_parsing": _NO_INSTANT,
    "datetime_from_date_parsing": _NO_INSTANT,
    "datetime_type": _NO_INSTANT,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
    "date_type": _NO_DATE,
}


class UnreadableError(Exception):
    """The fault of an answer in one sentence, which repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class IncomingEdition:
    """A version of the contract in which BPJS answers.

    Version 1's reply is stored; `understand` makes it of another version's, or raises UnreadableError.
    """

    contract: Contract
    understand: Callable[[Any], Reply]


EDITION_1: Final = IncomingEdition(V1, lambda reply: reply)
SERVED: Final = (EDITION_1,)
"""The versions in which answers are taken, side by side."""


def fault_sentence(error: Exception) -> str:
    """Why a message cannot be read, for its sender; of an unforeseen error only its class."""
    return str(error) if isinstance(error, UnreadableError) else f"The answer cannot be read ({type(error).__name__})."


def parse_record(
    headers: Mapping[str, bytes | None], value: bytes | None, edition: IncomingEdition = EDITION_1
) -> Reply:
    """A Kafka record, in binary or structured mode. UnreadableError for anything else."""
    if value is None:
        raise UnreadableError("The record has no value.")
    kind = _media_type((headers.get("content-type") or JSON.encode()).decode("latin-1"))
    if kind == EVENT:
        return parse_structured(value, edition)
    if kind != JSON:
        raise UnreadableError(f"The header content-type is neither {JSON} nor {EVENT}.")
    attributes = {name: (headers.get(f"ce_{name}") or b"").decode("utf-8", "replace") for name in _REQUIRED}
    _check(attributes, "The header ce_", edition)
    return parse_plain(value, edition)


def parse_structured(value: bytes, edition: IncomingEdition = EDITION_1) -> Reply:
    """A CloudEvent in structured mode (JSON)."""
    return parse_envelope(_json(value), edition)


def parse_envelope(event: Any, edition: IncomingEdition = EDITION_1) -> Reply:
    """A CloudEvent as parsed JSON."""
    if not isinstance(event, dict):
        raise UnreadableError("A CloudEvent in structured mode is a JSON object.")
    _check({name: event.get(name) for name in _REQUIRED}, "The attribute ", edition)
    data = event.get("data")
    if not isinstance(data, dict):
        raise UnreadableError("The CloudEvent has no data: put the answer there as a JSON object.")
    return parse_plain(json.dumps(data).encode(), edition)


def parse_plain(value: bytes, edition: IncomingEdition = EDITION_1) -> Reply:
    """The plain answer, as JSON."""
    if len(value) > MAX_REPLY_BYTES:
        raise UnreadableError(f"The answer is larger than {MAX_REPLY_BYTES} bytes.")
    _check_times(_json(value))
    try:
        message = edition.contract.reply.model_validate_json(value, strict=True)
    except ValidationError as error:
        raise UnreadableError(_sentence(error, edition.contract.reply)) from None
    reply = edition.understand(message)
    if fault := next(_faults(reply), None):
        raise UnreadableError(f"The answer {fault}.")
    return reply


def named_reply(raw: Any, field: str = "id") -> uuid.UUID | None:
    """The id (or submission) of an otherwise unreadable answer, in bytes or parsed; None where it has none."""
    try:
        value = json.loads(raw) if isinstance(raw, bytes) else raw
        return uuid.UUID(value.get("data", value)[field])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _check_times(value: Any) -> None:
    """Pydantic reads mere digits as an instant in seconds; validators of the published schema do not."""
    for name in ("since", "replied_at"):
        text = value.get(name) if isinstance(value, dict) else None
        if isinstance(text, str) and text.isdecimal():
            raise UnreadableError(f"{name} is written out, such as {_EXAMPLES[name]}.")


def _faults(reply: Reply) -> Iterator[str]:
    """The faults that the types of the fields let through."""
    if any("\x00" in text for text in (reply.reason, reply.reference) if text):
        yield "holds a NUL character"
    if reply.reason is not None and not reply.reason.strip():
        yield "has a reason of nothing but spaces"
    if reply.reference is not None and _NIK.search(reply.reference):
        yield "has a reference of 16 digits, which may be a NIK: it is passed on in clear"
    if ANSWER.fault(reply.replied_at) or (reply.since and STATUS.fault(reply.since)):
        yield f"names a year that is not between {ANSWER.first.year} and {ANSWER.last.year}"


def _check(attributes: Mapping[str, object], where: str, edition: IncomingEdition) -> None:
    for name, value in attributes.items():
        if not isinstance(value, str) or not value:
            raise UnreadableError(f"{where}{name} is missing.")
    if attributes["specversion"] != "1.0":
        raise UnreadableError(f"{where}specversion is not 1.0.")
    if attributes["type"] != (reply_type := edition.contract.ce_type(REPLY)):
        raise UnreadableError(f"{where}type is not {reply_type}.")


def _json(value: bytes) -> Any:
    if len(value) > 2 * MAX_REPLY_BYTES:
        raise UnreadableError(f"The CloudEvent is larger than {2 * MAX_REPLY_BYTES} bytes.")
    if value.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableError("The value begins with a byte order mark: send UTF-8 without one.")
    if value.startswith(_GZIP):
        raise UnreadableError("The value is compressed with gzip: send it as it is.")
    try:
        return json.loads(value.decode("utf-8"), object_pairs_hook=unique_names)
    except UnicodeDecodeError:
        raise UnreadableError("The value is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"The value is no JSON: line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise UnreadableError("The value is no JSON.") from None


def unique_names(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object with these names. UnreadableError for a repeated name, of which parsers take different values."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise UnreadableError("The value names a field twice.")
    return fields


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _sentence(error: ValidationError, model: type[Message]) -> str:
    """Names only fields of the schema: a sender's own field names may hold anything."""
    errors = error.errors(include_url=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in errors):
        return "The value is no JSON."
    return (
        "The answer is not as its schema says: "
        + "; ".join(dict.fromkeys(_hint(fault, model) for fault in errors))
        + "."
    )


def _hint(error: Any, model: type[Message]) -> str:
    kind, field = str(error["type"]), str(error["loc"][0]) if error["loc"] else ""
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if field not in model.model_fields:
        known = f"it has a field that is not in the schema (which has {', '.join(model.model_fields)})"
        return known if kind == "extra_forbidden" else "it is no JSON object"
    if kind == "literal_error":
        return f"{field} is none of {error['ctx']['expected'].replace(' or ', ', ').replace("'", '')}"
    return f"{field} {_HINTS.get(kind, 'is not as the schema says')}"
