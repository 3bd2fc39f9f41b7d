"""A file of answers, applied to the cases it names: each row by the same tasks as when staff type it in.

The ids of a row's events derive from the file and the row: reading a file again, or on after a crash, changes nothing.
A row that cannot be placed is stored for a person, sealed under the key of its file.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from bpjs_sync.answers.answer import Answer, Objection
from bpjs_sync.answers.apply_answer import AnswerOutcome, AnswerSource, answered_at, apply_answer
from bpjs_sync.answers.rows import AnswerSheet, UnplacedRow, compact, named_case, ranges, read, without_repeats
from bpjs_sync.answers.unmatched_store import associated_data
from jejak.cases.decision import (
    Actor,
    CommandRequest,
    Decision,
    LoadedCase,
    check_office,
    check_post,
    post_in_any_sheet,
)
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.codec import seal_bytes, unwrap, wrap
from jejak.platform import ids
from jejak.platform.errors import NotYours
from jejak.privacy import nik
from jejak.procedure.batches import ListHeadings
from jejak.uploads.parsing import TABLES
from jejak.web.runtime import Runtime

_KEY_BYTES: Final = 32
_APPLIED_AT_ONCE: Final = 20
_MATCHED_AT_ONCE: Final = 100
_UNREADABLE: Final = "berkasnya tidak dapat dibaca; hubungi pengelola sistem"
"""Of a row that may be about a case that does not open: whether it is cannot be known."""
_BY_NIK: Final = "SELECT hmac, stream FROM es.person WHERE hmac = ANY ($1::bytea[])"
_AWAITING: Final = """
SELECT DISTINCT stream FROM es.due WHERE office = $1 AND tugas IN ('await_reply', 'confirm_status')
"""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file and of each row. `again`: it was read before, nothing is done, and no row is listed."""

    id: uuid.UUID
    rows: int
    applied: int
    unplaced: int
    again: bool = False
    applied_rows: tuple[tuple[Answer, uuid.UUID], ...] = ()
    unplaced_rows: tuple[UnplacedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports files of answers for one installation."""

    runtime: Runtime

    async def load(self, actor: Actor, data: bytes) -> ImportResult:
        """Imports a file for the official's office. ReadingError for no table; NotYours when the official may not."""
        store = self.runtime.store
        now = await store.now()
        office = await self.runtime.procedures.kantor(actor.office, now)
        check_post(office, actor, now)
        await check_works(self.runtime, actor)
        sheet = await TABLES.run(read, data, office.kata, await self.lists(actor.office))
        digest = hashlib.sha256(data).digest()
        row = await self._begin(actor, digest)
        if row["finished"]:
            return ImportResult(row["id"], row["rows"], row["applied"], row["unplaced"], again=True)
        key = unwrap(self.runtime.settings.master_keys, row["wrapped_key"], associated_data(row["id"]))
        applied, unplaced = await self._place(actor, digest.hex(), sheet)
        await self._store_unplaced(row, key, sheet, unplaced)
        counts = (len(sheet.raw), len(applied), len(unplaced))
        await store.pool.execute("SELECT bpjs.finish_answers($1, $2, $3, $4)", row["no"], *counts)
        return ImportResult(row["id"], *counts, applied_rows=tuple(applied), unplaced_rows=tuple(unplaced))

    async def lists(self, office: str) -> tuple[ListHeadings, ...]:
        """The layouts of the lists that the office's sheets name."""
        editions = await self.runtime.procedures.editions(office)
        batches = (batch for sop in editions for batch in sop.kumpulan.values() if batch.kolom)
        return tuple(batch.read_back for batch in batches)

    async def _begin(self, actor: Actor, digest: bytes) -> Any:
        identity, key = ids.new_uuid(), ids.random_bytes(_KEY_BYTES)
        wrapped = wrap(self.runtime.settings.master_keys, key, associated_data(identity), ids.random_bytes)
        return await self.runtime.store.pool.fetchrow(
            "SELECT * FROM bpjs.begin_answers($1, $2, $3, $4, $5)",
            *(identity, actor.office, digest, actor.code, wrapped),
        )

    async def _place(
        self, actor: Actor, sha256: str, sheet: AnswerSheet
    ) -> tuple[list[tuple[Answer, uuid.UUID]], list[UnplacedRow]]:
        """Applies the rows that can be applied; returns those, and the others."""
        rows = list(without_repeats(await self._matched(actor.office, sheet.answers)))
        unplaced = [*sheet.unreadable, *(row for row in rows if isinstance(row, UnplacedRow))]
        applied: list[tuple[Answer, uuid.UUID]] = []
        for chunk in batched([row for row in rows if not isinstance(row, UnplacedRow)], _APPLIED_AT_ONCE, strict=False):
            objections = await asyncio.gather(*(self.apply_row(actor, sha256, *row) for row in chunk))
            for (answer, case), objection in zip(chunk, objections, strict=True):
                if objection is None:
                    applied.append((answer, case))
                else:
                    unplaced.append(UnplacedRow(answer.row, objection.words, case))
        return applied, sorted(unplaced, key=lambda row: row.row)

    async def _matched(self, office: str, answers: Sequence[Answer]) -> list[tuple[Answer, uuid.UUID] | UnplacedRow]:
        """Each row with the case it names, or why there is none."""
        candidates = await self._candidates(office, answers)
        matched: list[tuple[Answer, uuid.UUID] | UnplacedRow] = []
        for chunk in batched(answers, _MATCHED_AT_ONCE, strict=False):
            cases = {case for answer in chunk for case in candidates[answer.row]}
            loaded = await self.runtime.command_handler.load_all(list(cases))
            for answer in chunk:
                named = answer.proposal is not None or answer.nik is not None
                unread = [loaded.unread[case] for case in candidates[answer.row] if case in loaded.unread]
                if named and any(case.office == office for case in unread):
                    matched.append(UnplacedRow(answer.row, _UNREADABLE))
                else:
                    readable = [loaded[case] for case in candidates[answer.row] if case in loaded]
                    case = named_case(answer, readable, office)
                    matched.append(UnplacedRow(answer.row, case) if isinstance(case, str) else (answer, case))
        return matched

    async def _candidates(self, office: str, answers: Sequence[Answer]) -> dict[int, list[uuid.UUID]]:
        """The cases a row may be about: by proposal number, else by NIK, else all that await an answer."""
        store = self.runtime.store
        by_nik: dict[bytes, list[uuid.UUID]] = {}
        indexes = {
            answer.row: nik.index(self.runtime.settings.hmac_key, answer.nik) for answer in answers if answer.nik
        }
        for row in await store.pool.fetch(_BY_NIK, list(set(indexes.values()))):
            by_nik.setdefault(row["hmac"], []).append(row["stream"])
        awaiting: list[uuid.UUID] = []
        if any(answer.proposal is None and answer.nik is None for answer in answers):
            awaiting = [row["stream"] for row in await store.pool.fetch(_AWAITING, office)]
        candidates: dict[int, list[uuid.UUID]] = {}
        for answer in answers:
            if answer.proposal:
                span = ranges(answer.proposal)
                candidates[answer.row] = await store.find(*span) if span else []
            else:
                candidates[answer.row] = by_nik.get(indexes[answer.row], []) if answer.nik else awaiting
        return candidates

    async def apply_row(self, actor: Actor, sha256: str, answer: Answer, case: uuid.UUID) -> Objection | None:
        """Applies one row of a file: None when it is recorded (now or by the same row before), else why it cannot be.

        NotYours when this official may not record what BPJS answers.
        """
        source = e.Source(way="impor", reference=f"jawaban {sha256[:16]}", as_of=answer.on or answer.since)
        return await self.apply(actor, answer, case, source, f"jawaban {sha256}", str(answer.row))

    async def apply(
        self, actor: Actor, answer: Answer, case: uuid.UUID, source: e.Source, route: str, key: str
    ) -> Objection | None:
        """As `apply_row`, for any answer that an official places; route and key identify it when it comes again.

        NotYours, before the case is disclosed, when the official may not see it.
        """
        loaded = await self.runtime.command_handler.load(case)
        check_office(loaded, actor)
        hmac_key = self.runtime.settings.hmac_key
        by = AnswerSource.of(answer, source, self._record, actor=actor, route=route, key=f"{key}/", hmac_key=hmac_key)
        objection, _ = await apply_answer(self.runtime.command_handler, answer, case, by, loaded)
        return objection

    async def _record(self, request: CommandRequest, loaded: LoadedCase, due: DueTask, outcome: AnswerOutcome) -> None:
        async def act(current: LoadedCase, task: DueTask) -> Decision:
            return outcome.decide(current, task)

        at = answered_at(loaded, outcome.answer)
        await self.runtime.command_handler.handle(
            request, loaded.case.id, due.tugas, act, slot=due.slot, occurred_at=at
        )

    async def _store_unplaced(self, file: Any, key: bytes, sheet: AnswerSheet, unplaced: Sequence[UnplacedRow]) -> None:
        if not unplaced:
            return
        rows = [(ids.derived_uuid(file["id"], row.row), row.row, row.why, row.case) for row in unplaced]
        sealed = [
            seal_bytes(key, compact(sheet.raw[number]), identity.bytes, ids.random_bytes)
            for identity, number, _, _ in rows
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await self.runtime.store.pool.execute(
            "SELECT bpjs.keep_unplaced($1, $2, $3, $4, $5, $6)", file["no"], *columns, sealed
        )


async def works_here(runtime: Runtime, actor: Actor) -> bool:
    """Whether a sheet of the office names the official's post: otherwise the official only reads."""
    sheets = [await runtime.procedures.sop(sha256) for sha256 in await runtime.store.list_sops(actor.office)]
    return post_in_any_sheet(sheets, actor)


async def check_works(runtime: Runtime, actor: Actor) -> None:
    """NotYours for an official whose post no sheet of the office names."""
    if not await works_here(runtime, actor):
        raise NotYours("bukan_tugas_anda", "Jabatan Anda tidak disebut pada lembar SOP kantor ini: Anda hanya membaca.")
