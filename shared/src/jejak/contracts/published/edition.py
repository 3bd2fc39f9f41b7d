"""One version of the contract together with its examples, and whether those are what they say."""

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
"""What names of topics begin with, unless an installation says otherwise."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version and its examples: path within the version's folder → JSON.

    `examples/messages/NAME.json` is a whole message (CloudEvents, structured), `examples/personal/NAME.json` what its
    JWE holds, `examples/replies/RESULT.json` a reply, `rejected.json` what is told of one that was
    refused, `settled.json` the whole message about one that was resolved.
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
        begins = "examples/replies/"
        return {
            path.removeprefix(begins).removesuffix(".json"): value
            for path, value in sorted(self.examples.items())
            if path.startswith(begins)
        }

    def message(self, name: str) -> Mapping[str, Any]:
        """The whole example message."""
        found: Mapping[str, Any] = self.examples[message_path(name)]
        return found


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model that is published: the name of its schema, and what the other team does with it."""

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
    """Where the whole example of a message is."""
    return f"examples/messages/{name}.json"


def personal_path(name: str) -> str:
    """Where the example of what its JWE holds is."""
    return f"examples/personal/{name}.json"


def personal_name(contract: Contract, name: str) -> str:
    """Name of the schema of what the JWE of a message holds: its own, or the one that several share."""
    return f"{name if name in contract.personal else 'reason'}.personal"


def models(contract: Contract) -> tuple[PublishedModel, ...]:
    """All that is published of a version."""
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
    """Example messages whose JWE or signature is missing or is of something else, with those that are right."""
    sealed = _sealed_anew(edition)
    return sealed | _signed_anew(Edition(edition.contract, {**edition.examples, **sealed}))


def _signed_anew(edition: Edition) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in (SETTLED, *map(message_path, edition.contract.messages)):
        message = edition.examples.get(path)
        if message is not None and not _is_signed(message, edition.signing_keys):
            [key, *_] = (one for one in edition.signing_keys.keys if isinstance(one, ECKey))
            signature = signed(_signed_of(message), data_of(message).encode(), key)
            rest = {name: value for name, value in message.items() if name not in (SIGNATURE, DATA)}
            found[path] = {**rest, SIGNATURE: signature, DATA: message[DATA]}
    return found


def _is_signed(message: Mapping[str, Any], keys: KeySet) -> bool:
    try:
        return verified(message.get(SIGNATURE), data_of(message).encode(), keys) == _signed_of(message)
    except SignatureError:
        return False


def _signed_of(message: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that are signed."""
    return {name: value for name, value in message.items() if name not in (SIGNATURE, DATA, "datacontenttype")}


def data_of(message: Mapping[str, Any]) -> str:
    """The data of a whole message as it is on the wire."""
    return json.dumps(message[DATA], ensure_ascii=False, separators=(",", ":"))


def lines_of(edition: Edition) -> str:
    """The example messages as they are read over HTTP, byte by byte."""
    messages = [edition.message(name) for name in edition.contract.messages]
    parts = [({name: one[name] for name in one if name != DATA}, data_of(one)) for one in messages]
    return "".join(f"{line_of(head, data)}\n" for head, data in parts)


def _sealed_anew(edition: Edition) -> dict[str, Any]:
    return {
        message_path(name): {**message, DATA: _with(message[DATA], encrypted_for(inside, edition.keys))}
        for name, message, inside in _with_personal(edition)
        if decrypted(message[DATA].get(PERSONAL), edition.keys) != inside
    }


def faults(edition: Edition) -> Iterator[str]:
    """What is wrong with the examples, a sentence each: missing, not what the model takes, or contradicting itself."""
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
        head, data = {key: value for key, value in message.items() if key != DATA}, message.get(DATA, {})
        yield from _refused(path, attributes, head)
        yield from _refused(path, model, data)
        if (head.get("type"), head.get("subject")) != (contract.ce_type(name), data.get("submission")):
            yield f"{path}: type must be {contract.ce_type(name)}, and subject the submission"
        if not _is_signed(message, edition.signing_keys):
            yield f"{path}: its signature is not of what it says; `jejak contract write` signs it"
    for name, message, inside in _with_personal(edition):
        yield from _refused(personal_path(name), contract.personal_of(name), inside)
        if decrypted(message[DATA].get(PERSONAL), edition.keys) != inside:
            yield f"{message_path(name)}: its JWE does not hold {personal_path(name)}; `jejak contract write` seals it"
    for name, reply in edition.replies.items():
        yield from _refused(f"examples/replies/{name}.json", contract.reply, reply)
    if not edition.replies:
        yield "examples/replies holds no reply"
    yield from _refused(REJECTED, contract.rejected, edition.examples.get(REJECTED))


def _with_personal(edition: Edition) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Name, whole message and personal part of those examples that have one."""
    for name in edition.contract.messages:
        path, inside = message_path(name), edition.examples.get(personal_path(name))
        if inside is not None and path in edition.examples:
            yield name, edition.examples[path], inside


def _with(data: Mapping[str, Any], sealed: Mapping[str, Any]) -> dict[str, Any]:
    """The JWE is the last field: it is long, and read last."""
    return {key: value for key, value in data.items() if key != PERSONAL} | {PERSONAL: sealed}


def _refused(path: str, model: type[BaseModel], value: Any) -> Iterator[str]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield f"{path}: {'.'.join(map(str, one['loc'])) or 'the whole'}: {one['msg']}"
