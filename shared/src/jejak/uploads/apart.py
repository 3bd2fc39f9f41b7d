"""Inspects an upload where it holds nobody up: a small one here, a larger one in a process of its own."""

from typing import Final

from jejak.parsing import DOCUMENTS, DiedError, Limits, in_memory, parsed
from jejak.refusal import Malformed, Problem
from jejak.uploads import MAX_BYTES, inspect

QUICK_BYTES: Final = 128 * 1024
"""Checked at once, in milliseconds: starting a process would take longer, even for a hostile file."""
LIMITS: Final = Limits(memory=384 << 20, cpu=15, wall=20, said=64 << 10)
_DECLARED: Final = 200


async def inspected(data: bytes, declared: str) -> str:
    """As `uploads.inspect`. Malformed also for a file whose inspection takes too much; 503 when many are inspected."""
    if QUICK_BYTES < len(data) <= MAX_BYTES:
        return await DOCUMENTS.run(_in_child, data, declared[:_DECLARED], LIMITS)
    return inspect(data, declared)


def _in_child(data: bytes, declared: str, limits: Limits) -> str:
    try:
        with in_memory(data) as file, parsed("jejak.uploads.child", file, {"declared": declared}, limits) as messages:
            said = next(messages)
    except DiedError:
        raise Malformed(
            "berkas_terlalu_rumit",
            "Berkas ini terlalu rumit untuk diperiksa. Cetak ulang ke PDF atau foto dokumennya, lalu unggah hasilnya.",
        ) from None
    if "refused" in said:
        raise Problem(*said["refused"])
    return str(said["found"])
