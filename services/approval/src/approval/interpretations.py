"""Interpretations: what was read into an office's sheet and is not printed there, and its officials' answers.

Each answer is an event in a stream of the office and the sheet (kind `sheet`); the newest answer to each counts.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jejak.cases.decision import Actor, check_post, check_post_in_sheet
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.eventstore.types import StoredStream
from jejak.platform import ids
from jejak.platform.errors import NotYours
from jejak.procedure.load import parse_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.revision.inferred import Inferred, inferred

KIND: Final = "sheet"
NO_KEYS: Final = CaseKeys(None, None)
"""Nothing in these events is personal."""


def stream_of(office: str, sheet: str) -> uuid.UUID:
    """The stream of the answers to a sheet's interpretations."""
    return ids.derived_uuid("lembar", office, sheet)


def interpretations_of(sop: Sop, office: Kantor) -> Mapping[str, Inferred]:
    """Every interpretation of a sheet by its code, in the sheet's order."""
    file = parse_sop(sop.text, stored=True).file
    return {read.kode: read for read in inferred(file, office.sop_berlaku_sejak)} if file else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One stored answer."""

    id: uuid.UUID
    data: e.ReadingAnswered
    actor: str
    at: datetime
    hash: bytes


def answers_of(stream: StoredStream | None) -> list[Answer]:
    """Every answer to a sheet's interpretations, the oldest first."""
    answers = []
    for event in stream.events if stream else ():
        data = codec.decode(event.type, event.payload, event.stream, event.version, NO_KEYS)
        if isinstance(data, e.ReadingAnswered) and event.actor:
            answers.append(Answer(event.id, data, event.actor, event.recorded_at, event.hash))
    return answers


def newest(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The answer that counts, by the code of its interpretation."""
    return {answer.data.reading: answer for answer in answers}


def check_answerer(office: Kantor, sop: Sop, actor: Actor, now: datetime) -> None:
    """An official of the sheet's office whose post it names may answer.

    NotYours for another office, an official of a kelurahan, and a post that the sheet does not name.
    """
    if actor.office != office.kode or sop.dinas != office.kode:
        raise NotYours("kantor_lain", "Lembar ini milik kantor lain.")
    check_post_in_sheet(sop, actor)
    if check_post(office, actor, now).wilayah is not None:
        raise NotYours("wilayah_lain", "Simpulan dari lembar dijawab oleh pejabat dinas.")
