"""Wrapped keys name their master key as soon as the ring has two, and are read with and without a name."""

from __future__ import annotations

import pytest

from jejak.contracts.codec import NAMED_BYTES, CodecError, UnknownMasterKey, seal_bytes, unwrap, unwrap_with, wrap
from jejak.platform import ids
from jejak.platform.key_settings import MasterKeys, key_id

OLD, NEW, STRANGE = b"o" * 32, b"n" * 32, b"s" * 32
SECRET, PLACE = b"k" * 32, b"place"


def wrapped_by(*ring: bytes) -> bytes:
    return wrap(MasterKeys(ring[0], ring[1:]), SECRET, PLACE, ids.random_bytes)


def test_a_ring_of_one_key_wraps_as_the_release_before_did() -> None:
    wrapped = wrapped_by(OLD)

    assert len(wrapped) == len(seal_bytes(OLD, SECRET, PLACE, ids.random_bytes))
    assert unwrap(MasterKeys(OLD), wrapped, PLACE) == SECRET


def test_a_ring_of_two_keys_names_the_one_that_wraps() -> None:
    wrapped = wrapped_by(NEW, OLD)

    assert len(wrapped) == NAMED_BYTES
    assert wrapped.startswith(key_id(NEW))
    assert unwrap(MasterKeys(OLD, (NEW,)), wrapped, PLACE) == SECRET


def test_a_ring_of_one_key_reads_what_names_it() -> None:
    assert unwrap(MasterKeys(NEW), wrapped_by(NEW, OLD), PLACE) == SECRET


def test_what_names_no_key_is_opened_by_the_key_of_the_ring_that_wrapped_it() -> None:
    assert unwrap_with(MasterKeys(NEW, (OLD,)), wrapped_by(OLD), PLACE) == (key_id(OLD), SECRET)


def test_a_key_that_is_not_in_the_ring_is_named_in_one_sentence() -> None:
    with pytest.raises(UnknownMasterKey, match=f"^a key is wrapped under the master key {key_id(NEW).hex()}, which"):
        unwrap(MasterKeys(STRANGE), wrapped_by(NEW, OLD), PLACE)
    with pytest.raises(UnknownMasterKey, match="opens with no master key of the ring"):
        unwrap(MasterKeys(STRANGE), wrapped_by(OLD), PLACE)


def test_a_wrapped_key_opens_in_its_own_place_only() -> None:
    for wrapped in (wrapped_by(OLD), wrapped_by(OLD, NEW)):
        with pytest.raises(CodecError):
            unwrap(MasterKeys(OLD, (NEW,)), wrapped, b"elsewhere")


@pytest.mark.parametrize("length", [0, 11, 59, 61, 63, 65, 200])
def test_bytes_of_another_length_open_nowhere(length: int) -> None:
    with pytest.raises(CodecError):
        unwrap(MasterKeys(OLD, (NEW,)), bytes(length), PLACE)


def test_only_keys_are_wrapped_as_their_length_tells_named_from_unnamed() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        wrap(MasterKeys(OLD), b"short", PLACE, ids.random_bytes)
