"""Asks a child process what the signatures of PDFs say."""

from collections.abc import Sequence
from typing import Final

from jejak.uploads.parsing import DiedError, Limits, WorkerSlots, in_memory, parse_in_child
from letters.signatures.facts import PdfFacts

type Examined = tuple[bytes, int | None]
"""A PDF, and how many of its first bytes are the PDF that was sent, if one was."""

_MODULE: Final = "letters.signatures.examination_child"
_MEMORY: Final = 384 << 20
_CPU_SECONDS: Final = 10
_WALL_SECONDS: Final = 60
_ANSWER_BYTES: Final = 512 * 1024
SIGNED: Final = WorkerSlots(at_once=2, in_line=50)
RECEIVED: Final = WorkerSlots(at_once=1, in_line=8)
"""Separate, so that no signature waits behind files of strangers."""


async def examined(slots: WorkerSlots, files: Sequence[Examined], roots: Sequence[str] = ()) -> list[PdfFacts | None]:
    """The facts of each file by its place; None for what cannot be read, or not within the limits.

    `roots`: PEM of the issuers that are believed. Problem 503 when the queue is full.
    """
    return await slots.run(_examined, files, roots)


def _examined(files: Sequence[Examined], roots: Sequence[str]) -> list[PdfFacts | None]:
    request = {"files": [(len(data), sent) for data, sent in files], "roots": list(roots)}
    limits = Limits(_MEMORY, _CPU_SECONDS + len(files), _WALL_SECONDS, _ANSWER_BYTES * len(files))
    facts: list[PdfFacts | None] = []
    try:
        with (
            in_memory(b"".join(data for data, _ in files)) as file,
            parse_in_child(_MODULE, file, request, limits) as messages,
        ):
            facts += [PdfFacts.model_validate(message["facts"]) if message["facts"] else None for message in messages]
    except DiedError:
        facts += [None] * (len(files) - len(facts))
    return facts
