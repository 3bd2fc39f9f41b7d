"""One version of the contract with its examples, and the checks of the examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import ECKey, KeySet
from pydantic import BaseModel, ValidationError

from jejak.contracts.bpjs.messages import REPLY, REPLY_REJECTED, REPLY_SETTLED, Attributes, Contract
from jejak.contracts.bpjs.settlements import SettledAttributes
from jejak.contracts.bpjs.signature import SignatureError, line_of, signed, verified
from jejak.contracts.published.jwe import decrypted, encrypted_for
from jejak.contracts.published.schemas import Side

KEYS: Final = "examples/example-key.json"
SIGNING_KEYS: Final = "examples/signing-key.json"
LINES: Final = "examples/submissions.ndjson"
REJECTED: Final = "examples/rejected.json"
SETTLED: Final = "examples/settled.json"
DATA: Final = "data"
PERSONAL: Final = "personal"
SIGNATURE: Final = "signature"
PREFIX: Final = "jejak"
"""The default prefix of an installation's topics."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version and its examples: path within the version's folder → JSON.

    `examples/messages/NAME.json` is a whole message (CloudEvents, structured), `examples/personal/NAME.json` the
    content of its JWE, `examples/replies/RESULT.json` a reply, `rejected.json` the data about a reply that could not be
    read, `settled.json` the whole message about a resolved one.
    """

    contract: Contract
    examples: Mapping[str, Any]

    @property
    def keys(self) -> KeySet:
        """The example key pairs. ValueError where they are missing or unreadable."""
        return self._key_set(KEYS)

    @property
    def signing_keys(self) -> KeySet:
        """The example key pair that signs. ValueError where it is missing or unreadable."""
        return self._key_set(SIGNING_KEYS)

    def _key_set(self, path: str) -> KeySet:
        try:
            return KeySet.import_key_set(self.examples[path])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is missing or holds no key set") from error

    @property
    def replies(self) -> Mapping[str, Any]:
        """Examples of replies by their name."""
        folder = "examples/replies/"
        return {
            path.removeprefix(folder).removesuffix(".json"): value
            for path, value in sorted(self.examples.items())
            if path.startswith(folder)
        }

    def message(self, name: str) -> Mapping[str, Any]:
        """The whole example message."""
        message: Mapping[str, Any] = self.examples[message_path(name)]
        return message


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A published model: the name of its schema, and its side."""

    name: str
    model: type[BaseModel]
    side: Side

    @property
    def path(self) -> str:
        return f"schemas/{self.name}.schema.json"


def topic(name: str) -> str:
    """A topic's name in full."""
    return f"{PREFIX}.{name}"


def message_path(name: str) -> str:
    """The path of the whole example of a message."""
    return f"examples/messages/{name}.json"


def personal_path(name: str) -> str:
    """The path of the example of a JWE's content."""
    return f"examples/personal/{name}.json"


def personal_name(contract: Contract, name: str) -> str:
    """The schema's name of a message's JWE content: its own, or the shared `reason.personal`."""
    return f"{name if name in contract.personal else 'reason'}.personal"


def models(contract: Contract) -> tuple[PublishedModel, ...]:
    """Every published model of a version."""
    messages = [PublishedModel(name, model, Side.READS) for name, model in contract.messages.items()]
    inside = {personal_name(contract, name): contract.personal_of(name) for name in contract.messages}
    return (
        *messages,
        *(PublishedModel(name, model, Side.READS) for name, model in inside.items()),
        PublishedModel("attributes", Attributes, Side.READS),
        PublishedModel(REPLY, contract.reply, Side.WRITES),
        PublishedModel(REPLY_REJECTED, contract.rejected, Side.READS),
        PublishedModel(REPLY_SETTLED, contract.settled, Side.READS),
    )


def completed(edition: Edition) -> dict[str, Any]:
    """The example messages whose JWE or signature is missing or of other content, with correct ones."""
    sealed = {
        message_path(name): {**message, DATA: _with(message[DATA], encrypted_for(inside, edition.keys))}
        for name, message, inside in _with_personal(edition)
        if decrypted(message[DATA].get(PERSONAL), edition.keys) != inside
    }
    return sealed | _signed_anew(Edition(edition.contract, {**edition.examples, **sealed}))


def _signed_anew(edition: Edition) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for path in (SETTLED, *map(message_path, edition.contract.messages)):
        message = edition.examples.get(path)
        if message is not None and not _is_signed(message, edition.signing_keys):
            [key, *_] = (key for key in edition.signing_keys.keys if isinstance(key, ECKey))
            signature = signed(_signed_attributes(message), data_of(message).encode(), key)
            rest = {name: value for name, value in message.items() if name not in (SIGNATURE, DATA)}
            messages[path] = {**rest, SIGNATURE: signature, DATA: message[DATA]}
    return messages


def _is_signed(message: Mapping[str, Any], keys: KeySet) -> bool:
    try:
        return verified(message.get(SIGNATURE), data_of(message).encode(), keys) == _signed_attributes(message)
    except SignatureError:
        return False


def _signed_attributes(message: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in message.items() if name not in (SIGNATURE, DATA, "datacontenttype")}


def data_of(message: Mapping[str, Any]) -> str:
    """The data of a whole message as on the wire."""
    return json.dumps(message[DATA], ensure_ascii=False, separators=(",", ":"))


def lines_of(edition: Edition) -> str:
    """The example messages as they are read over HTTP, byte by byte."""
    messages = map(edition.message, edition.contract.messages)
    return "".join(f"{line_of(attributes_of(message), data_of(message))}\n" for message in messages)


def attributes_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """A whole message without its data."""
    return {name: value for name, value in message.items() if name != DATA}


def faults(edition: Edition) -> Iterator[str]:
    """The faults of the examples, a sentence each: missing, invalid for the model, or inconsistent."""
    contract = edition.contract
    whole: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {
        message_path(name): (name, model, Attributes) for name, model in contract.messages.items()
    }
    whole[SETTLED] = (REPLY_SETTLED, contract.settled, SettledAttributes)
    for path, (name, model, attributes) in whole.items():
        message = edition.examples.get(path)
        if message is None:
            yield f"{path} is missing: every message has an example"
            continue
        head, data = attributes_of(message), message.get(DATA, {})
        yield from _invalid(path, attributes, head)
        yield from _invalid(path, model, data)
        if (head.get("type"), head.get("subject")) != (contract.ce_type(name), data.get("submission")):
            yield f"{path}: type must be {contract.ce_type(name)}, and subject the submission"
        if not _is_signed(message, edition.signing_keys):
            yield f"{path}: its signature is not of this content; `jejak contract write` signs it"
    for name, message, inside in _with_personal(edition):
        yield from _invalid(personal_path(name), contract.personal_of(name), inside)
        if decrypted(message[DATA].get(PERSONAL), edition.keys) != inside:
            yield f"{message_path(name)}: its JWE does not hold {personal_path(name)}; `jejak contract write` seals it"
    for name, reply in edition.replies.items():
        yield from _invalid(f"examples/replies/{name}.json", contract.reply, reply)
    if not edition.replies:
        yield "examples/replies holds no reply"
    yield from _invalid(REJECTED, contract.rejected, edition.examples.get(REJECTED))


def _with_personal(edition: Edition) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Name, whole message and personal part of the examples with a personal part."""
    for name in edition.contract.messages:
        path, inside = message_path(name), edition.examples.get(personal_path(name))
        if inside is not None and path in edition.examples:
            yield name, edition.examples[path], inside


def _with(data: Mapping[str, Any], sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the JWE as its last field, since it is long."""
    return {key: value for key, value in data.items() if key != PERSONAL} | {PERSONAL: sealed}


def _invalid(path: str, model: type[BaseModel], value: Any) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            yield f"{path}: {'.'.join(map(str, detail['loc'])) or 'the whole'}: {detail['msg']}"
