"""From models to the bytes that are hashed, stored and published, and back: compact JSON, personal fields sealed.

All personal fields of one event under one key form one envelope: base64(nonce ‖ AES-256-GCM(JSON of the fields)), bound
by its additional data to case, version and key, so that an envelope moved elsewhere does not open.
"""

import base64
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from jejak.contracts.events import FORGOTTEN, MODELS, AnyEvent, Key, Payload
from jejak.platform.key_settings import KEY_BYTES, KEY_ID_BYTES, MasterKeys, key_id

_SEALED: Final = "sealed"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_NAMELESS_BYTES: Final = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
NAMED_BYTES: Final = KEY_ID_BYTES + _NAMELESS_BYTES
"""The length of a wrapped key that names its master key. A wrapped key has one of two lengths, as all keys have one."""


class CodecError(Exception):
    """Stored bytes that cannot be read: unknown type, damaged envelope. Never carries a value."""


class UnknownMasterKey(CodecError):
    """A stored key was wrapped under a master key that is not in the ring; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """The two keys of a case, unwrapped; None where a key was destroyed."""

    working: bytes | None
    archive: bytes | None

    def get(self, key: Key) -> bytes | None:
        return self.working if key is Key.WORKING else self.archive


@dataclass(frozen=True, slots=True)
class Keyring:
    """Wraps the keys of cases under the installation's master keys."""

    masters: MasterKeys
    random: Callable[[int], bytes]

    def new_keys(self) -> CaseKeys:
        return CaseKeys(self.random(32), self.random(32))

    def wrap(self, case: uuid.UUID, keys: CaseKeys) -> tuple[bytes, bytes]:
        """The wrapped working and archive key, bound to the case. ValueError if one was destroyed."""
        if keys.working is None or keys.archive is None:
            raise ValueError("a destroyed key cannot be wrapped")
        return self._wrap(case, Key.WORKING, keys.working), self._wrap(case, Key.ARCHIVE, keys.archive)

    def unwrap(self, case: uuid.UUID, wrapped: tuple[bytes | None, bytes | None] | None) -> CaseKeys:
        """The keys of a case; None for a destroyed one."""
        working, archive = wrapped or (None, None)
        return CaseKeys(self._unwrap(case, Key.WORKING, working), self._unwrap(case, Key.ARCHIVE, archive))

    def _wrap(self, case: uuid.UUID, key: Key, value: bytes) -> bytes:
        return wrap(self.masters, value, key_of_case(case, key), self.random)

    def _unwrap(self, case: uuid.UUID, key: Key, wrapped: bytes | None) -> bytes | None:
        return None if wrapped is None else unwrap(self.masters, wrapped, key_of_case(case, key))


def key_of_case(case: uuid.UUID, key: Key) -> bytes:
    """What a wrapped key of a case is bound to."""
    return case.bytes + key.encode()


def wrap(masters: MasterKeys, secret: bytes, bound_to: bytes, random: Callable[[int], bytes]) -> bytes:
    """A key (32 bytes) sealed under the writing key of the ring, with that key's id in front if the ring names keys."""
    if len(secret) != KEY_BYTES:
        raise ValueError(f"a wrapped key has {KEY_BYTES} bytes")
    name = key_id(masters.writing) if masters.names_keys else b""
    return name + seal_bytes(masters.writing, secret, bound_to, random)


def unwrap(masters: MasterKeys, wrapped: bytes, bound_to: bytes) -> bytes:
    """The key that `wrap` wrapped. UnknownMasterKey if the ring lacks its master key, CodecError for damaged bytes."""
    return unwrap_with(masters, wrapped, bound_to)[1]


def unwrap_with(masters: MasterKeys, wrapped: bytes, bound_to: bytes) -> tuple[bytes, bytes]:
    """The id of the master key that opens it, and the key. A wrapping without an id is tried with each of the ring."""
    if len(wrapped) == NAMED_BYTES:
        name = wrapped[:KEY_ID_BYTES]
        if (master := masters.by_id.get(name)) is None:
            raise UnknownMasterKey(f"a key is wrapped under the master key {name.hex()}, which is not in the ring")
        return name, open_bytes(master, wrapped[KEY_ID_BYTES:], bound_to)
    for master in masters.all:
        with suppress(CodecError):
            return key_id(master), open_bytes(master, wrapped, bound_to)
    raise UnknownMasterKey("a wrapped key opens with no master key of the ring, or is damaged")


def seal_bytes(key: bytes, data: bytes, bound_to: bytes, random: Callable[[int], bytes]) -> bytes:
    """AES-256-GCM with a fresh nonce in front; `bound_to` must be given again to open."""
    nonce = random(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, bound_to)


def open_bytes(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The data that `seal_bytes` sealed. CodecError if the key, the place or a byte is wrong."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):  # ValueError: too few bytes to hold a nonce
        raise CodecError("a sealed value does not open: wrong key, wrong place or damaged bytes") from None


@cache
def personal_fields(model: type[Payload]) -> Mapping[str, Key]:
    """The personal fields of a model and the key each is sealed under."""
    fields = ((name, (field.annotation, *field.metadata)) for name, field in model.model_fields.items())
    return {name: key for name, parts in fields if (key := _key_among(parts))}


def _key_among(parts: Iterable[Any]) -> Key | None:
    """The first key among annotations, within their aliases, metadata and arguments too."""
    for part in parts:
        if isinstance(part, Key):
            return part
        inner = [getattr(part, name) for name in ("__value__", "__origin__") if hasattr(part, name)]
        if key := _key_among((*inner, *getattr(part, "__metadata__", ()), *getattr(part, "__args__", ()))):
            return key
    return None


def encode(event: Payload, case: uuid.UUID, version: int, keys: CaseKeys, random: Callable[[int], bytes]) -> bytes:
    """The exact bytes of the event as it is hashed and stored: sorted keys, no white space, no personal value in clear.

    CodecError if a personal field is set and its key was destroyed.
    """
    plain = event.model_dump(mode="json", exclude_none=True)
    secret: dict[Key, dict[str, Any]] = {}
    for name, key in personal_fields(type(event)).items():
        if name in plain:
            secret.setdefault(key, {})[name] = plain.pop(name)
    if secret:
        plain[_SEALED] = {str(key): _seal(fields, case, version, key, keys, random) for key, fields in secret.items()}
    return _compact(plain)


def decode(kind: str, payload: bytes, case: uuid.UUID, version: int, keys: CaseKeys) -> AnyEvent:
    """The model of stored bytes; personal fields whose key was destroyed read as `Forgotten`.

    CodecError for an unknown type or version, and for an envelope that does not open.
    """
    plain = json.loads(payload.decode())  # as text: of bytes json would guess the encoding first
    model = MODELS.get((kind, plain.get("v")))
    if model is None:
        raise CodecError(f"unknown event {kind} version {plain.get('v')}")
    for key in open_fields(plain, case, version, keys):
        plain |= {field: FORGOTTEN for field, its in personal_fields(model).items() if its is key}
    event: AnyEvent = model.model_validate(plain)
    return event


def open_fields(plain: dict[str, Any], case: uuid.UUID, version: int, keys: CaseKeys) -> list[Key]:
    """Opens the sealed fields of a parsed payload in place; returns the keys that were destroyed.

    CodecError for an envelope that does not open.
    """
    missing = []
    for name, envelope in plain.pop(_SEALED, {}).items():
        key = Key(name)
        secret = keys.get(key)
        if secret is None:
            missing.append(key)
        else:
            plain |= json.loads(open_bytes(secret, base64.b64decode(envelope), _bound(case, version, key)))
    return missing


def _seal(
    fields: dict[str, Any], case: uuid.UUID, version: int, key: Key, keys: CaseKeys, random: Callable[[int], bytes]
) -> str:
    secret = keys.get(key)
    if secret is None:
        raise CodecError("the key of this case was destroyed: nothing personal can be added")
    return base64.b64encode(seal_bytes(secret, _compact(fields), _bound(case, version, key), random)).decode()


def _bound(case: uuid.UUID, version: int, key: Key) -> bytes:
    return case.bytes + version.to_bytes(8) + key.encode()


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
