"""A file of answers, put on the cases it names: each row through the same desk as if staff had typed it in.

Every row's events have ids derived from the file and the row: a file read twice, or read on after a crash, changes
nothing. What cannot be placed is kept, sealed under the file's own key, for a person.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any, Final

from bpjs_sync.answers import apply_answer
from bpjs_sync.answers.apply_answer import AnswerOutcome, AnswerSource
from bpjs_sync.answers.rows import (
    Answer,
    AnswerSheet,
    UnplacedRow,
    compact,
    is_about,
    placed_rows,
    ranges,
    read,
    tasks_ended,
)
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
from jejak.contracts.codec import open_bytes, seal_bytes
from jejak.platform import ids
from jejak.platform.errors import NotYours
from jejak.privacy import nik
from jejak.uploads.parsing import TABLES
from jejak.web.runtime import Runtime

_KEY_BYTES: Final = 32
_AT_ONCE: Final = 20
_UNREAD: Final = "berkasnya tidak dapat dibaca; hubungi pengelola sistem"
"""Of a row that may be about a case that does not open: nobody can tell whether it is."""
_BY_NIK: Final = "SELECT hmac, stream FROM es.person WHERE hmac = ANY ($1::bytea[])"
_AWAITING: Final = """
SELECT DISTINCT stream FROM es.due WHERE office = $1 AND tugas IN ('await_reply', 'confirm_status')
"""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file, and of each row. `again`: it was read before, and nothing was done: no row is told of."""

    id: uuid.UUID
    rows: int
    applied: int
    unplaced: int
    again: bool = False
    put: tuple[tuple[Answer, uuid.UUID], ...] = ()
    kept: tuple[UnplacedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """A file under way: its number, its key, and what makes its requests the same when it comes again."""

    no: int
    id: uuid.UUID
    key: bytes
    sha256: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Importer:
    """Reads files of answers for one installation."""

    runtime: Runtime

    async def load(self, actor: Actor, data: bytes) -> ImportResult:
        """Reads a file for the official's office. ReadingError for no table; NotYours for who may not record it."""
        store = self.runtime.store
        now = await store.now()
        check_post(await self.runtime.procedures.kantor(actor.office, now), actor, now)
        await check_works(self.runtime, actor)
        sheet = await TABLES.run(read, data)
        digest = hashlib.sha256(data).digest()
        row = await self._begin(actor, digest)
        if row["finished"]:
            return ImportResult(row["id"], row["rows"], row["applied"], row["unplaced"], again=True)
        key = open_bytes(self.runtime.settings.master_key, row["wrapped_key"], associated_data(row["id"]))
        file = _File(row["no"], row["id"], key, digest.hex(), actor)
        applied, unplaced = await self._place(file, sheet)
        await self._keep(file, sheet, unplaced)
        counts = (len(sheet.raw), len(applied), len(unplaced))
        await store.pool.execute("SELECT bpjs.finish_answers($1, $2, $3, $4)", file.no, *counts)
        return ImportResult(file.id, *counts, put=tuple(applied), kept=tuple(unplaced))

    async def _begin(self, actor: Actor, digest: bytes) -> Any:
        identity, key = ids.new_uuid(), ids.random_bytes(_KEY_BYTES)
        wrapped = seal_bytes(self.runtime.settings.master_key, key, associated_data(identity), ids.random_bytes)
        return await self.runtime.store.pool.fetchrow(
            "SELECT * FROM bpjs.begin_answers($1, $2, $3, $4, $5)",
            *(identity, actor.office, digest, actor.code, wrapped),
        )

    async def _place(self, file: _File, sheet: AnswerSheet) -> tuple[list[tuple[Answer, uuid.UUID]], list[UnplacedRow]]:
        """Applies what can be; returns the rows that were, and the others."""
        unplaced = list(sheet.unreadable)
        found: list[tuple[Answer, uuid.UUID]] = []
        for answer, case in await self._matched(file.actor.office, sheet.answers):
            if isinstance(case, str):
                unplaced.append(UnplacedRow(answer.row, case))
            else:
                found.append((answer, case))
        to_apply: list[tuple[Answer, uuid.UUID]] = []
        for one in placed_rows(found):
            if isinstance(one, UnplacedRow):
                unplaced.append(one)
            else:
                to_apply.append(one)
        applied: list[tuple[Answer, uuid.UUID]] = []
        for chunk in batched(to_apply, _AT_ONCE, strict=False):
            reasons = await asyncio.gather(*(self.apply(file.actor, file.sha256, *one) for one in chunk))
            for (answer, case), why in zip(chunk, reasons, strict=True):
                if why is None:
                    applied.append((answer, case))
                else:
                    unplaced.append(UnplacedRow(answer.row, why, case))
        return applied, sorted(unplaced, key=lambda one: one.row)

    async def _matched(self, office: str, answers: Sequence[Answer]) -> list[tuple[Answer, uuid.UUID | str]]:
        """Each row with the one case it names, or with why there is none."""
        candidates = await self._candidates(office, answers)
        matched: list[tuple[Answer, uuid.UUID | str]] = []
        for chunk in batched(answers, 100, strict=False):
            wanted = {case for answer in chunk for case in candidates[answer.row]}
            opened = await self.runtime.command_handler.load_all(list(wanted))
            for answer in chunk:
                mine = [opened[case] for case in candidates[answer.row] if case in opened]
                unread = [opened.unread[case] for case in candidates[answer.row] if case in opened.unread]
                named = answer.proposal is not None or answer.nik is not None
                if named and any(one.office == office for one in unread):
                    matched.append((answer, _UNREAD))
                else:
                    matched.append((answer, _the_one(answer, mine, office)))
        return matched

    async def _candidates(self, office: str, answers: Sequence[Answer]) -> dict[int, list[uuid.UUID]]:
        """The cases a row might be about: by proposal number, else by NIK, else whoever awaits an answer."""
        store = self.runtime.store
        by_nik: dict[bytes, list[uuid.UUID]] = {}
        indexes = {one.row: nik.index(self.runtime.settings.hmac_key, one.nik) for one in answers if one.nik}
        for row in await store.pool.fetch(_BY_NIK, list(set(indexes.values()))):
            by_nik.setdefault(row["hmac"], []).append(row["stream"])
        awaiting: list[uuid.UUID] = []
        if any(one.proposal is None and one.nik is None for one in answers):
            awaiting = [row["stream"] for row in await store.pool.fetch(_AWAITING, office)]
        found: dict[int, list[uuid.UUID]] = {}
        for one in answers:
            span = ranges(one.proposal) if one.proposal else None
            if one.proposal:
                found[one.row] = await store.find(*span) if span else []
            else:
                found[one.row] = by_nik.get(indexes[one.row], []) if one.nik else awaiting
        return found

    async def apply(self, actor: Actor, source: str, answer: Answer, case: uuid.UUID) -> str | None:
        """Puts one row on one case: None when it is done (now or by this same row before), else why it cannot be.

        NotYours when this official may not record what BPJS answers.
        """
        on = answer.on or answer.since
        reference = e.Source(way="impor", reference=f"jawaban {source[:16]}", as_of=on)
        return await self.place(actor, answer, case, reference, f"jawaban {source}", str(answer.row))

    async def place(
        self, actor: Actor, answer: Answer, case: uuid.UUID, source: e.Source, route: str, key: str
    ) -> str | None:
        """As `apply`, of anything an official puts on a case; route and key make it the same when it comes again.

        NotYours, before anything of the case is told, when he may not see it.
        """
        opened = await self.runtime.command_handler.load(case)
        check_office(opened, actor)
        body = ids.keyed_hash(self.runtime.settings.hmac_key, repr(answer).encode())

        def asked(verb: str) -> CommandRequest:
            return CommandRequest(actor, route, f"{key}/{verb}", body)

        return await apply_answer.apply_answer(
            self.runtime.command_handler, answer, case, AnswerSource(source, asked, self._perform), opened
        )

    async def _perform(self, asked: CommandRequest, opened: LoadedCase, due: DueTask, saying: AnswerOutcome) -> None:
        async def act(now: LoadedCase, task: DueTask) -> Decision:
            return saying.decided(now, task)

        at = apply_answer.answered_at(opened, saying.answer)
        await self.runtime.command_handler.handle(asked, opened.case.id, due.tugas, act, slot=due.slot, occurred_at=at)

    async def _keep(self, file: _File, sheet: AnswerSheet, unplaced: Sequence[UnplacedRow]) -> None:
        if not unplaced:
            return
        rows = [(ids.derived_uuid(file.id, one.row), one.row, one.why, one.case) for one in unplaced]
        sealed = [
            seal_bytes(file.key, compact(sheet.raw[row]), identity.bytes, ids.random_bytes)
            for identity, row, _, _ in rows
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await self.runtime.store.pool.execute(
            "SELECT bpjs.keep_unplaced($1, $2, $3, $4, $5, $6)", file.no, *columns, sealed
        )


async def check_works(runtime: Runtime, actor: Actor) -> None:
    """NotYours for an official whom no sheet of his office names: he reads, and changes nothing."""
    sheets = [await runtime.procedures.sop(one) for one in await runtime.store.list_sops(actor.office)]
    if not post_in_any_sheet(sheets, actor):
        raise NotYours("bukan_tugas_anda", "Jabatan Anda tidak disebut pada lembar SOP kantor ini: Anda hanya membaca.")


def _the_one(answer: Answer, opened: Sequence[LoadedCase], office: str) -> uuid.UUID | str:
    """The case a row names, or why there is no one: several are told apart by who of them awaits an answer."""
    mine = [one for one in opened if is_about(answer, one, office)]
    if not mine:
        if any(one.case.office == office for one in opened) and answer.proposal and (answer.nik or answer.card):
            return "nomor usulan dan orangnya tidak cocok"
        return "tidak ada berkas yang cocok"
    awaiting = [one for one in mine if not isinstance(tasks_ended(answer, one), str)]
    if len(awaiting) > 1:
        return "lebih dari satu berkas cocok"
    if awaiting:
        return awaiting[0].case.id
    return mine[0].case.id if len(mine) == 1 else max(mine, key=_last).case.id


def _last(opened: LoadedCase) -> datetime:
    return opened.history[-1].at
