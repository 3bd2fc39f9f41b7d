"""Inspects an upload where it holds nobody up: quick work here, other work in a process of its own."""

from contextlib import suppress
from typing import Final

from jejak.platform.errors import Malformed, Problem
from jejak.uploads.inspection import inspect
from jejak.uploads.parsing import DOCUMENTS, DiedError, Limits, in_memory, parsed
from jejak.uploads.work import TooMuchWorkError, Work

QUICK: Final = 96 * 1024
"""The work that is done at once on all files of a request: some milliseconds, whatever they are. A process takes 50."""
LIMITS: Final = Limits(memory=384 << 20, cpu=15, wall=20, said=64 << 10)
_DECLARED: Final = 200


async def inspected(data: bytes, declared: str, work: Work) -> str:
    """As `uploads.inspect`, in a process of its own where it takes more `work` than is left.

    Malformed also for a file whose inspection takes too much of that; 503 when many are inspected.
    """
    with suppress(TooMuchWorkError):
        return inspect(data, declared, work)
    return await DOCUMENTS.run(_in_child, data, declared[:_DECLARED], LIMITS)


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
