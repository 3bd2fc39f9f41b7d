"""Batches for Kafka by chance: good answers and hints among all that a client, also a damaged one, may write.

The same seed makes the same batches.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.batches import CODECS, ENCODERS, Headers, damaged, packed, payload_of
from tests.store.replies import reply

BINARY: Final = (
    ("ce_specversion", b"1.0"),
    ("ce_type", b"id.jejak.bpjs.reply.v1"),
    ("ce_id", b"1"),
    ("ce_source", b"/bpjs"),
    ("content-type", b"application/json"),
)
DUE: Final = ("due", b"verification/check_registry;2;kasi;main")
_LONGEST_BATCH: Final = 4
_NAMES: Final = ("ce_type", "ce_id", "ce_specversion", "content-type", "due", "replay", "version", "x", "", "é" * 40)
_UNNAMED: Final = "no utf 8"
type Record = tuple[bytes | None, bytes | None, Headers]


@dataclass(frozen=True, slots=True)
class Made:
    """A batch, and its expected result: the stored answers and the cases of its hints."""

    whole: bytes
    count: int
    replies: frozenset[uuid.UUID]
    cases: frozenset[uuid.UUID]


def batches(seed: int, messages: int) -> Iterator[Made]:
    """`messages` messages, in batches."""
    chance = random.Random(seed)
    while messages > 0:
        count = min(chance.randint(1, _LONGEST_BATCH), messages)
        messages -= count
        yield _batch(chance, count)


def _batch(chance: random.Random, count: int) -> Made:
    replies: set[uuid.UUID] = set()
    cases: set[uuid.UUID] = set()
    records: list[Record] = []
    for _ in range(count):
        identity = uuid.UUID(int=chance.getrandbits(128), version=4)
        match chance.randrange(4):
            case 0:
                records.append((b"x", _answer(identity), (*BINARY, *_harmless(chance))))
                replies.add(identity)
            case 1:
                records.append((str(identity).encode(), _body(chance, identity), (DUE, *_harmless(chance))))
                cases.add(identity)
            case _:
                records.append((_bytes(chance), _body(chance, identity), _headers(chance)))
    codec, sound = chance.choice((None, *CODECS)), packed(records)
    unnamed = any(name == _UNNAMED for _, _, headers in records for name, _ in headers)
    payload = payload_of(sound).replace(_UNNAMED.encode(), b"\xff\xfe utf 8")
    if codec:
        payload = ENCODERS[codec](payload)
    hurt = chance.random() < 0.2
    if hurt:
        payload = _hurt(chance, payload)
    whole = damaged(sound, payload, attributes=CODECS[codec] if codec else 0)
    if hurt or unnamed:
        return Made(whole, count, frozenset(), frozenset())
    return Made(whole, count, frozenset(replies), frozenset(cases))


def _answer(identity: uuid.UUID) -> bytes:
    return reply(identity, "accepted", id=identity).model_dump_json().encode()


def _harmless(chance: random.Random) -> Headers:
    """Headers that change nothing."""
    return [(f"own-{number}", _bytes(chance)) for number in range(chance.randrange(3))]


def _headers(chance: random.Random) -> Headers:
    count = chance.randrange(6)
    return [(chance.choice((*_NAMES, _UNNAMED)), _bytes(chance)) for _ in range(count)] + (
        list(BINARY) if chance.random() < 0.5 else []
    )


def _bytes(chance: random.Random) -> bytes | None:
    return chance.choice(
        (None, b"", b"\x00", b"\xff\xfe", b"1", b"application/json", chance.randbytes(chance.randrange(64)))
    )


def _body(chance: random.Random, identity: uuid.UUID) -> bytes | None:
    answer: Any = json.loads(_answer(identity))
    match chance.randrange(9):
        case 0:
            return None
        case 1:
            return chance.randbytes(chance.randrange(200))
        case 2:
            return b"[" * chance.randrange(1, 20_000)
        case 3:
            return json.dumps({"data": answer, "specversion": chance.choice(("1.0", None, 1))}).encode()
        case 4:
            return json.dumps(
                answer | {chance.choice(list(answer)): chance.choice((None, -1, [], "\ud800", "x" * 500))}
            ).encode()
        case 5:
            return _answer(identity)[: chance.randrange(100)]
        case 6:
            return b'{"id": ' + b"9" * chance.randrange(1, 9_000) + b"}"
        case 7:
            return _answer(identity).decode().encode(chance.choice(("utf-16", "utf-32", "utf-8-sig")))
        case _:
            return json.dumps(
                answer | {"replied_at": chance.choice(("9999-12-31T23:59:59+14:00", "now", 1e300))}
            ).encode()


def _hurt(chance: random.Random, payload: bytes) -> bytes:
    """The payload with some bytes changed, or with more bytes behind it."""
    made = bytearray(payload)
    if chance.random() < 0.5:
        return bytes(made + chance.randbytes(chance.randint(1, 20)))
    for _ in range(chance.randint(1, 3)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)
