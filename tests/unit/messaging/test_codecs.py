"""Compressed batches unpack as aiokafka packs them, and to no more than a bound."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from aiokafka.codec import snappy_encode
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.messaging.kafka.codecs import DECODERS, MAX_UNPACKED
from tests.batches import ENCODERS

RAW_SNAPPY = "snappy, raw"
PACKERS: dict[str, Callable[[bytes], bytes]] = ENCODERS | {
    RAW_SNAPPY: lambda plain: snappy_encode(plain, xerial_compatible=False)
}


def unpack(packer: str, packed: bytes) -> bytes:
    return DECODERS["snappy" if packer == RAW_SNAPPY else packer](packed)


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=20)
@given(plain=st.binary(min_size=1, max_size=500), often=st.sampled_from([1, 2, 500]))
def test_what_is_packed_is_unpacked(packer: str, plain: bytes, often: int) -> None:
    assert unpack(packer, PACKERS[packer](plain * often)) == plain * often


@pytest.mark.parametrize("packer", PACKERS)
def test_a_batch_unpacks_to_the_bound_and_no_further(packer: str) -> None:
    assert len(unpack(packer, PACKERS[packer](bytes(MAX_UNPACKED)))) == MAX_UNPACKED
    with pytest.raises(Exception):  # noqa: B017, PT011 - each library has its own
        unpack(packer, PACKERS[packer](bytes(MAX_UNPACKED + 1)))


@pytest.mark.parametrize("packer", PACKERS)
def test_damaged_bytes_end_in_an_error_or_in_bytes(packer: str) -> None:
    chance = random.Random(7)
    failed = 0
    for _ in range(40):
        packed = bytearray(PACKERS[packer](chance.randbytes(200) * 3))
        packed[chance.randrange(len(packed))] = chance.randrange(256)
        try:
            assert len(unpack(packer, bytes(packed))) <= MAX_UNPACKED
        except Exception:  # noqa: BLE001 - the reader passes over any error
            failed += 1
    assert failed
