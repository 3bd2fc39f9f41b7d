"""Signing through BSrE: every letter of a pile in one request, and each stored before an event names it.

What was stored is not signed again. A letter whose answer never came whole is asked for by its document's id; without
one nothing can be asked, and it is signed anew.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from typing import Final

import structlog
from pydantic import SecretStr

from jejak.cases.decision import LoadedCase
from jejak.contracts.task_bodies import Signature
from jejak.platform.errors import Malformed, Missing, Problem, Refused
from jejak.procedure.model import MAIN
from jejak.procedure.office.officials import Official
from jejak.web.commands.task_routes import TaskRequest
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, sealed_under
from letters import domain
from letters.numbering.numbers import store_signed, stored_signature
from letters.printing import compose
from letters.printing.compose import signature_name
from letters.printing.forms import template_of
from letters.printing.letter import BSRE
from letters.printing.pdf import LetterNotRendered, render
from letters.signatures import bsre
from letters.signatures.bsre import Access, Signer
from letters.signatures.bsre_client import BsreClient
from letters.signatures.bsre_words import NotSigned
from letters.signatures.examining import SIGNED, examined
from letters.signatures.returned import SentLetter, fault
from letters.signatures.sent_letters import (
    SentDocument,
    note_document,
    note_outcome,
    note_sent,
    sent_document,
)

_STATUS_BYTES: Final = 64 * 1024
_ROOM: Final = 1024 * 1024
"""Bytes by which a signature, with its chain and time stamp, may make a letter grow."""
_MOST_BYTES: Final = 96 * 1024 * 1024
_BUDGET_SECONDS: Final = 75.0
"""After so long no further request is sent: the edge waits for an answer two minutes."""
_MARGIN_SECONDS: Final = 30.0
_log = structlog.get_logger()


@dataclass(slots=True)
class _Letter:
    """One letter to be signed: its case, its name, and the name of the signature."""

    loaded: LoadedCase
    name: str
    official: Official
    what: bytes
    pdf: bytes = field(default=b"", repr=False)
    place: tuple[str, str] = ("", "")
    row: int = 0

    @property
    def case(self) -> uuid.UUID:
        return self.loaded.case.id


@dataclass(slots=True)
class Pile:
    """The letters that one official signs with one secret."""

    client: BsreClient
    access: Access
    runtime: Runtime
    body: Signature
    code: str
    """The official who signs, by the kantor file."""
    problems: dict[uuid.UUID, Problem] = field(default_factory=dict)
    _letters: list[_Letter] = field(default_factory=list)
    _tasks: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)

    async def add(self, request: TaskRequest[Signature]) -> None:
        """Take the letters of a task that are not signed yet, and claim the task."""
        loaded, due = request.opened, request.due
        try:
            if due.slot == MAIN:
                domain.check_newer_findings(loaded, request.note())
            names = domain.to_be_signed(loaded, due.task.surat)
            official = domain.electronic_signer(loaded, due.who, names, self.code)
            letters = [letter for name in names if not await self._is_stored(letter := _letter(loaded, name, official))]
            if letters and loaded.keys.archive is None:
                raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
            if letters and not await self.runtime.store.claim(loaded.case.id, due.slot, due.tugas, self._claim_seconds):
                raise Refused("sedang_ditandatangani", "Surat ini sedang ditandatangani. Ulangi sebentar lagi.")
        except Problem as problem:
            self.problems[loaded.case.id] = problem
            return
        if letters:
            self._letters += letters
            self._tasks[loaded.case.id] = (due.slot, due.tugas)

    @property
    def _claim_seconds(self) -> float:
        return _BUDGET_SECONDS + 2 * self.access.seconds + _MARGIN_SECONDS

    async def _is_stored(self, letter: _Letter) -> bool:
        pool = self.runtime.store.pool
        stored = await stored_signature(pool, case=letter.case, surat=letter.name, unsigned_sha256=letter.what)
        return stored is not None

    async def sign(self) -> None:
        """Sign what was added; the claims of cases that failed are released, also by an error."""
        try:
            await self._sign()
        except BaseException:
            await self._release(self._tasks)
            raise
        await self._release(self.problems)

    async def _sign(self) -> None:
        waiting = [letter for letter in self._letters if not await self._fetched(letter)]
        waiting = [letter for letter in waiting if letter.case not in self.problems]
        if not waiting:
            return
        try:
            secret, signer = self._secret(), self._signer()
            request = bsre.status_request(self.access, signer)
            bsre.check_status(self.access, *await self.client.send(self.access, request, _STATUS_BYTES))
        except (Problem, NotSigned) as error:
            self._refuse(waiting, error)
            return
        drawn = [letter for letter in waiting if await self._drawn(letter)]
        await self._sign_in_turn(drawn, secret, signer)

    async def _sign_in_turn(self, letters: Sequence[_Letter], secret: SecretStr, signer: Signer) -> None:
        """One request a letter (version 1), or one for all; the first failure stops the rest."""
        at_once = self.access.letters_at_once if self.access.version == 2 else 1  # noqa: PLR2004 - BSrE's version
        clock = asyncio.get_running_loop()
        until, stopped = clock.time() + _BUDGET_SECONDS, None
        for some in batched(letters, at_once, strict=False):
            if stopped is None and clock.time() > until:
                stopped = NotSigned("belum_sempat")
            if stopped is not None:
                self._refuse(some, stopped)
                continue
            stopped = await self._signed(some, secret, signer)
            if stopped is None and self.access.secret == "totp":  # noqa: S105 - as above
                stopped = NotSigned("belum_sempat")  # a code signs once

    async def _signed(self, letters: Sequence[_Letter], secret: SecretStr, signer: Signer) -> NotSigned | None:
        """Send letters and store what comes back; the failure of the request, if it failed."""
        pool = self.runtime.store.pool
        for letter in letters:
            sent = SentLetter.of(letter.pdf)
            letter.row = await note_sent(pool, letter.case, letter.name, letter.what, sent)
        try:
            pdfs = await self._requested(letters, secret, signer)
        except NotSigned as error:
            await note_outcome(pool, [letter.row for letter in letters], "ditolak" if error.sure else "tidak_pasti")
            self._refuse(letters, error)
            return error
        sent_letters = [SentLetter.of(letter.pdf) for letter in letters]
        await self._store(list(zip(letters, pdfs, sent_letters, strict=True)), signer)
        return None

    async def _requested(self, letters: Sequence[_Letter], secret: SecretStr, signer: Signer) -> list[bytes]:
        """The signed PDFs, in the order of the letters."""
        pdfs = [letter.pdf for letter in letters]
        room = sum(map(len, pdfs)) + len(pdfs) * _ROOM

        async def note(document: str) -> None:
            if len(letters) == 1:
                await note_document(self.runtime.store.pool, letters[0].row, document)

        if self.access.version == 1:
            request, most = bsre.sign_request(signer, secret, pdfs[0]), room
        else:
            places = [letter.place for letter in letters]
            request, most = bsre.sign_all_request(self.access, signer, secret, pdfs, places), room * 4 // 3
        answer = await self.client.send(self.access, request, min(most, _MOST_BYTES), signs=True, note=note)
        return [bsre.signed_pdf(*answer)] if self.access.version == 1 else bsre.signed_pdfs(*answer, len(pdfs))

    async def _fetched(self, letter: _Letter) -> bool:
        """Whether the letter was at BSrE already, and its document is stored now."""
        pool = self.runtime.store.pool
        sent = await sent_document(pool, letter.case, letter.name, letter.what)
        if sent is None:
            return False
        try:
            pdf, signer = await self._downloaded(sent), self._signer()
        except NotSigned as error:
            self._refuse([letter], error)
            return False
        letter.row = sent.row
        if pdf is None:
            await note_outcome(pool, [sent.row], "ditolak")
            return False
        await self._store([(letter, pdf, sent.letter)], signer)
        return letter.case not in self.problems

    async def _downloaded(self, sent: SentDocument) -> bytes | None:
        request, most = bsre.download_request(sent.document), sent.letter.size + _ROOM
        try:
            return bsre.downloaded_pdf(*await self.client.send(self.access, request, most))
        except NotSigned as error:
            raise error if error.reason == "akses_ditolak" else NotSigned("belum_diambil", sure=False) from None

    async def _store(self, returned: Sequence[tuple[_Letter, bytes, SentLetter]], signer: Signer) -> None:
        """Store each PDF that is the letter with its signer's signature; refuse the others."""
        pool, roots = self.runtime.store.pool, [self.access.roots] if self.access.roots else []
        facts = await examined(SIGNED, [(pdf, sent.size) for _, pdf, sent in returned], roots)
        for (letter, pdf, sent), its_facts in zip(returned, facts, strict=True):
            now, rooted = letter.loaded.now, bool(roots)
            if reason := fault(pdf, its_facts, sent, signer, now, rooted=rooted):
                await note_outcome(pool, [letter.row], "dibuang")
                self._refuse([letter], NotSigned(reason, sure=False))
                continue
            archive = letter.loaded.keys.archive
            assert archive is not None
            file = File(letter.name, pdf, "application/pdf", hashlib.sha256(pdf).hexdigest())
            blob = sealed_under(letter.case, archive, file)
            await store_signed(pool, case=letter.case, surat=letter.name, unsigned_sha256=letter.what, signed=blob)
            await note_outcome(pool, [letter.row], "tersimpan")

    async def _drawn(self, letter: _Letter) -> bool:
        """Whether the letter could be drawn as it is to be signed."""
        loaded = letter.loaded
        try:
            data = compose.letter_data(
                loaded,
                letter.name,
                letter.official,
                draft=False,
                made=loaded.now,
                dated=loaded.today.date(),
                public_url=self.runtime.settings.public_url,
                issuer=BSRE,
            )
            template = await template_of(self.runtime.store.pool, loaded.office.kode, data.jenis)
            drawn = await asyncio.to_thread(render, data, template)
        except LetterNotRendered as error:
            self._refuse([letter], Refused("surat_tidak_tercetak", f"{error} Minta perbaikan konsep."))
            return False
        except Problem as problem:
            self._refuse([letter], problem)
            return False
        letter.pdf, letter.place = drawn.pdf, (data.tempat, data.hal)
        return True

    def _secret(self) -> SecretStr:
        """The secret of the request. Malformed without one."""
        given = self.body.totp if self.access.secret == "totp" else self.body.passphrase  # noqa: S105 - see bsre
        if given is None or not given.get_secret_value().strip():
            words = "kode OTP" if self.access.secret == "totp" else "passphrase"  # noqa: S105 - as above
            raise Malformed("sandi_perlu", f"Isi {words} BSrE Anda: tanpa itu surat tidak dapat ditandatangani.")
        return given

    def _signer(self) -> Signer:
        """The official at BSrE. NotSigned for one that the access does not name."""
        signer = self.access.signers.get(self.code)
        if signer is None:
            raise NotSigned("bukan_penanda_tangan")
        return signer

    def _refuse(self, letters: Sequence[_Letter], error: Problem | NotSigned) -> None:
        """The problem of each letter's case; the first one stays."""
        if isinstance(error, NotSigned):
            if error.reason == "sandi_salah" and self.access.secret == "totp":  # noqa: S105 - as above
                error = NotSigned("kode_salah")
            cases = sorted({str(letter.case) for letter in letters})
            # The reason is one of SENTENCES; a word of the answer may be what the signer typed.
            _log.info("not_signed", reason=error.reason, cases=cases, sure=error.sure)
        problem = error.problem() if isinstance(error, NotSigned) else error
        for letter in letters:
            self.problems.setdefault(letter.case, problem)

    async def _release(self, cases: Mapping[uuid.UUID, object]) -> None:
        for case in list(cases):
            if case in self._tasks:
                slot, tugas = self._tasks[case]
                await self.runtime.store.defer(case, slot, timedelta(0), "tanda_tangan_gagal", tugas=tugas)


def _letter(loaded: LoadedCase, name: str, official: Official) -> _Letter:
    return _Letter(loaded, name, official, signature_name(loaded, name, official))
