"""Answers to interpretations: an official who works by a sheet confirms or denies each."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from approval.interpretations import KIND, NO_KEYS, answers_of, check_answerer, interpretations_of, newest, stream_of
from jejak.cases.decision import CommandRequest
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.envelope import NewEvent
from jejak.contracts.parts import Part
from jejak.eventstore.types import Append, StoredStream
from jejak.platform import ids
from jejak.platform.errors import Malformed, Missing, Refused
from jejak.procedure.revision.inferred import Inferred
from jejak.web.authorisation import SentCommand, sent_command
from jejak.web.commands.receipts import Answer
from jejak.web.runtime import Runtime

_TRIES: Final = 5
_MOST: Final = 500

type Code = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
type Sheet = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class Answers(Part):
    """By the code of each interpretation: benar or salah. Interpretations that are not named stay as they are."""

    jawaban: dict[Code, Literal["benar", "salah"]] = Field(min_length=1, max_length=_MOST)


class Answered(Answer):
    """How many of the answers were new."""

    lembar: str
    dijawab: int


def routes(runtime: Runtime) -> APIRouter:
    """`POST /inferred/{sheet}`."""
    router = APIRouter(tags=["lembar"])

    @router.post("/inferred/{sheet}", summary="Jawab simpulan dari lembar SOP: benar atau salah")
    async def answer(
        answers: Annotated[SentCommand[Answers], Depends(sent_command(Answers))], sheet: Sheet
    ) -> Answered:
        command, body, files = answers
        if files:
            raise Malformed("tanpa_berkas", "Jawaban atas simpulan tidak disertai berkas.")
        return Answered(lembar=sheet, dijawab=await _answered(runtime, command, sheet, body.jawaban))

    return router


async def _answered(runtime: Runtime, command: CommandRequest, sheet: str, given: Mapping[str, str]) -> int:
    """Records the new answers and returns how many there are. Safe to repeat."""
    sop, now = await runtime.procedures.sop(sheet), await runtime.store.now()
    office = await runtime.procedures.kantor(command.actor.office, now)
    check_answerer(office, sop, command.actor, now)
    known = interpretations_of(sop, office)
    if not given.keys() <= known.keys():
        raise Missing("simpulan_tidak_ada", "Simpulan itu tidak ada pada lembar ini. Muat ulang halamannya.")
    stream = stream_of(office.kode, sheet)
    for _ in range(_TRIES):
        read = (await runtime.store.read([stream])).streams.get(stream)
        if (before := _repeated(read, command)) is not None:
            return before
        events = _events(command, stream, read, known, given)
        if not events:
            return 0
        append = Append(stream, KIND, read.version if read else 0, tuple(events), (), office.kode, sop.sha256)
        if (await runtime.store.append(append)).status != "conflict":
            return len(events)
    raise Refused("ramai", "Lembar ini sedang dijawab orang lain. Tunggu sebentar, lalu ulangi.")


def _repeated(read: StoredStream | None, command: CommandRequest) -> int | None:
    """How many answers this very request gave before; None if it gave none. Malformed if its body has changed."""
    own = {command.event_id(number) for number in range(_MOST)} if read and command.key else set()
    mine = [answer for answer in answers_of(read) if answer.id in own]
    if any(answer.data.request != command.body_hash for answer in mine):
        raise Malformed("kunci_dipakai", "Idempotency-Key ini sudah dipakai untuk isi yang lain. Pakai kunci baru.")
    return len(mine) or None


def _events(
    command: CommandRequest,
    stream: uuid.UUID,
    read: StoredStream | None,
    known: Mapping[str, Inferred],
    given: Mapping[str, str],
) -> list[NewEvent]:
    """The new answers: the same answer of the same official is recorded once."""
    before = newest(answers_of(read))
    version, events = read.version if read else 0, list[NewEvent]()
    for code, verdict in given.items():
        right = verdict == "benar"
        last = before.get(code)
        if last and last.actor == command.actor.code and last.data.right is right:
            continue
        data = e.ReadingAnswered(
            reading=code, words=known[code].kalimat, right=right, request=command.body_hash if command.key else None
        )
        payload = codec.encode(data, stream, version + len(events) + 1, NO_KEYS, ids.random_bytes)
        events.append(NewEvent(command.event_id(len(events)), e.type_of(data), payload, actor=command.actor.code))
    return events
