"""Signing: electronically, once per draft and signer, or by pen with the scan that records it."""

import asyncio
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from jejak.cases.decision import Decision, LoadedCase
from jejak.cases.people.signers import signs_by_pen
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Signature
from jejak.platform.errors import Malformed, Missing, Problem, Refused
from jejak.procedure.model import MAIN
from jejak.procedure.office.officials import Official
from jejak.web.access.step_up import sign_in_again
from jejak.web.commands.task_routes import Act, TaskRequest, Together
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, sealed_under
from letters import domain
from letters.numbering.numbers import store_signed, stored_signature
from letters.printing import compose
from letters.printing.forms import template_of
from letters.printing.pdf import LetterNotRendered, render
from letters.signatures.pades import SigningCertificate, sign_pdf
from letters.signatures.remote_signing import RemoteSigning

_CLAIM_SECONDS: Final = 20
_SIGNED: Final = "ditandatangani"


def signing(certificate: SigningCertificate | None, remote: RemoteSigning) -> Act[Signature]:
    """How `sign` is done: by pen, through BSrE, or with this installation's own certificate."""

    async def sign(runtime: Runtime, request: TaskRequest[Signature]) -> Decision:
        act = e.Act(note=request.note(), evidence=request.files)
        if request.outcome() == _SIGNED and request.due.slot == MAIN:
            domain.check_newer_findings(request.opened, act.note)
        if _is_electronic(request) and not request.actor.fresh:
            raise sign_in_again(runtime.settings)
        match request.outcome():
            case "perbaiki":
                return Decision(e.CorrectionRequested(note=act.note, evidence=act.evidence), "perbaiki")
            case "tolak":
                return Decision(e.CaseRefused(note=act.note, evidence=act.evidence), "tolak")
            case _ if signs_by_pen(request.opened, request.due):
                return await _signed_by_pen(runtime, request)
            case _ if remote.access(request.opened.office.kode):
                return await _signed_remotely(runtime, request, remote)
            case _:
                return await _signed_electronically(runtime, request, certificate)

    return sign


async def _signed_by_pen(runtime: Runtime, request: TaskRequest[Signature]) -> Decision:
    """Printed, signed and stamped on paper: recorded with signer, day and scan. The scan is the letter that is kept."""
    loaded, body = request.opened, request.body
    if len(request.uploads) != 1:
        raise Malformed("scan_perlu", "Sertakan satu pindaian (scan) surat yang sudah ditandatangani dan dicap.")
    today = loaded.today.date()
    signed_on = body.tanggal or today
    posts = loaded.sop.pelaksana[request.due.who].jabatan
    names = domain.to_be_signed(loaded, request.due.task.surat)
    signer = domain.pen_signer(loaded, posts, names, body.penanda_tangan, signed_on)
    scan = request.uploads[0]
    await runtime.keep_sealed(loaded.case.id, loaded.keys.archive, [scan])
    letters = [_letter(loaded, name, scan.sha256, scan.media_type) for name in names]
    return _signed(request, letters, signer, signed_on, "basah")


def together(remote: RemoteSigning) -> Together[Signature]:
    """What is done once for several tasks to be signed: their letters go to BSrE in one request."""

    async def sign(runtime: Runtime, requests: Sequence[TaskRequest[Signature]]) -> Mapping[uuid.UUID, Problem]:
        electronic = [request for request in requests if _is_electronic(request)]
        if not all(request.actor.fresh for request in electronic):
            raise sign_in_again(runtime.settings)
        return await remote.sign_all(runtime, electronic)

    return sign


def _is_electronic(request: TaskRequest[Signature]) -> bool:
    """Whether this installation or BSrE signs, for the official who asks. What a pen signed is only recorded."""
    return request.outcome() == _SIGNED and not signs_by_pen(request.opened, request.due)


async def _signed_remotely(runtime: Runtime, request: TaskRequest[Signature], remote: RemoteSigning) -> Decision:
    """Name the letters that BSrE signed; those still missing are signed now."""
    loaded = request.opened
    names = domain.to_be_signed(loaded, request.due.task.surat)
    signer = domain.electronic_signer(loaded, request.due.who, names, request.actor.code)
    if problem := (await remote.sign_all(runtime, [request])).get(loaded.case.id):
        raise problem
    letters = []
    for name in names:
        what = compose.signature_name(loaded, name, signer)
        stored = await stored_signature(runtime.store.pool, case=loaded.case.id, surat=name, unsigned_sha256=what)
        if stored is None:
            raise LookupError("a letter was signed and is not stored")
        letters.append(_letter(loaded, name, stored.sha256.hex(), "application/pdf"))
    return _signed(request, letters, signer, loaded.today.date(), "elektronik")


async def _signed_electronically(
    runtime: Runtime, request: TaskRequest[Signature], certificate: SigningCertificate | None
) -> Decision:
    """Sign each letter once: what was signed before a crash is found again and named, not signed anew."""
    loaded, due = request.opened, request.due
    if certificate is None:
        raise Refused("sertifikat_tidak_ada", "Tanda tangan elektronik belum disiapkan di instalasi ini.")
    names = domain.to_be_signed(loaded, due.task.surat)
    signer = domain.electronic_signer(loaded, due.who, names, request.actor.code)
    if not await runtime.store.claim(loaded.case.id, due.slot, due.tugas, _CLAIM_SECONDS):
        raise Refused("sedang_ditandatangani", "Surat ini sedang ditandatangani. Ulangi sebentar lagi.")
    try:
        letters = [await _sign_one(runtime, loaded, name, signer, certificate) for name in names]
    except BaseException:
        await runtime.store.defer(loaded.case.id, due.slot, timedelta(0), "tanda_tangan_gagal")
        raise
    return _signed(request, letters, signer, loaded.today.date(), "elektronik")


async def _sign_one(
    runtime: Runtime, loaded: LoadedCase, name: str, signer: Official, certificate: SigningCertificate
) -> e.SignedLetter:
    case, archive, pool = loaded.case, loaded.keys.archive, runtime.store.pool
    if archive is None:
        raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    what = compose.signature_name(loaded, name, signer)
    stored = await stored_signature(pool, case=case.id, surat=name, unsigned_sha256=what)
    if stored is None:
        data = compose.letter_data(
            loaded,
            name,
            signer,
            draft=False,
            made=loaded.now,
            dated=loaded.today.date(),
            public_url=runtime.settings.public_url,
        )
        template = await template_of(pool, loaded.office.kode, data.jenis)

        def sign() -> bytes:
            drawn = render(data, template)
            return sign_pdf(
                drawn.pdf,
                certificate,
                signer_name=signer.nama,
                reason=data.hal,
                location=data.tempat,
                at=loaded.now,
                box=drawn.box,
            )

        try:
            signed = await asyncio.to_thread(sign)
        except LetterNotRendered as error:
            raise Refused("surat_tidak_tercetak", f"{error} Minta perbaikan konsep.") from None
        file = File(name, signed, "application/pdf", hashlib.sha256(signed).hexdigest())
        blob = sealed_under(case.id, archive, file)
        stored = await store_signed(pool, case=case.id, surat=name, unsigned_sha256=what, signed=blob)
    return _letter(loaded, name, stored.sha256.hex(), "application/pdf")


def _letter(loaded: LoadedCase, name: str, sha256: str, media_type: str) -> e.SignedLetter:
    number = loaded.case.letters[name].number
    return e.SignedLetter.model_validate({"letter": name, "number": number, "sha256": sha256, "media_type": media_type})


def _signed(
    request: TaskRequest[Signature], letters: list[e.SignedLetter], signer: Official, day: date, method: str
) -> Decision:
    draft = request.opened.case.draft_of([letter.letter for letter in letters])
    event = e.LetterSigned.model_validate(
        {
            "draft": draft.count if draft else 0,
            "letters": tuple(letters),
            "method": method,
            "signed_on": day,
            "signatory": domain.signatory(request.opened.office, signer, day),
            "note": request.body.catatan,
            "evidence": request.files if method != "basah" else (),
        }
    )
    return Decision(event, _SIGNED, actor=signer.kode)
