"""A bound for compressed batches: a few kilobytes of zstd hold gigabytes, and would end any process that reads them.

aiokafka unpacks a batch whole and sets no bound. This module replaces its decoders by ones that raise beyond a bound;
`jejak.messaging.kafka.records` passes over such a batch like any other that cannot be decoded.
"""

import struct
import sys
import zlib
from collections.abc import Callable
from typing import Any, Final

import cramjam
from aiokafka.record.default_records import DefaultRecordBatch

MAX_UNPACKED: Final = 16 * 1024 * 1024
"""Of one batch, in bytes: five hundred answers of the longest kind."""
_FIRST: Final = 64 * 1024
_GROWTH: Final = 8
_GZIP: Final = 16
"""Added to the width of the window: zlib expects the header and sum of GZIP."""
_XERIAL: Final = b"\x82SNAPPY\x00"
_XERIAL_HEADER: Final = 16


class TooLargeError(Exception):
    """A batch unpacks to more than the bound."""


def gunzip(packed: Any) -> bytes:
    """GZIP, one member as Kafka's clients write it. Raises for bytes that are not, are cut off, or exceed the bound."""
    member = zlib.decompressobj(zlib.MAX_WBITS | _GZIP)
    unpacked = member.decompress(packed, MAX_UNPACKED + 1)
    if len(unpacked) > MAX_UNPACKED:
        raise TooLargeError
    if not member.eof or member.unused_data:
        raise zlib.error("cut off, or followed by other bytes")
    return unpacked


def unsnap(packed: Any) -> bytes:
    """Snappy, in the frames of Java's client or raw. Raises for bytes that are neither, and beyond the bound."""
    whole = bytes(packed)
    if not whole.startswith(_XERIAL):
        return _raw(whole, MAX_UNPACKED)
    unpacked, place = bytearray(), _XERIAL_HEADER
    while place < len(whole):
        (size,) = struct.unpack_from("!I", whole, place)
        place += 4 + size
        unpacked += _raw(whole[place - size : place], MAX_UNPACKED - len(unpacked))
    return bytes(unpacked)


def _raw(block: bytes, at_most: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(block) > at_most:
        raise TooLargeError
    return bytes(cramjam.snappy.decompress_raw(block))


def _within_bound(unpack_into: Callable[[bytes, bytearray], int]) -> Callable[[Any], bytes]:
    """A decoder into a buffer that grows up to the bound."""

    def unpack(packed: Any) -> bytes:
        size = max(_FIRST, _GROWTH * len(packed))
        while True:
            unpacked = bytearray(min(size, MAX_UNPACKED))
            try:
                return bytes(memoryview(unpacked)[: unpack_into(bytes(packed), unpacked)])
            except cramjam.DecompressionError:  # damaged bytes raise in the largest buffer too
                if size >= MAX_UNPACKED:
                    raise
                size *= _GROWTH

    return unpack


DECODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    "gzip": gunzip,
    "snappy": unsnap,
    "lz4": _within_bound(cramjam.lz4.decompress_into),
    "zstd": _within_bound(cramjam.zstd.decompress_into),
}


def bound_decoders() -> None:
    """Installs them in aiokafka's module of records, the compiled module where that is in use."""
    module = sys.modules[DefaultRecordBatch.__module__]
    for codec, decoder in DECODERS.items():
        setattr(module, f"{codec}_decode", decoder)
