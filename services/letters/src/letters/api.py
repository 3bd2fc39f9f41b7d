"""Letters over HTTP: draft with its number, sign electronically or record a signature by pen, hand over, archive."""

import asyncio
import hashlib
import uuid
from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from jejak import ids
from jejak.acts import Asking, Body, Command, Commands, Decide, act_of
from jejak.contracts import events as e
from jejak.contracts.codec import open_bytes, seal_bytes
from jejak.desk import Decided, Opened, check_office
from jejak.refusal import Malformed, Missing, NotYours, Refused
from jejak.runtime import Runtime, unsealed
from jejak.sop.kantor import Official
from jejak.web import answer, form_of
from letters import compose, domain
from letters.numbers import (
    NumberStays,
    NumberTaken,
    keep_signed,
    number_of,
    reserve,
    reserve_typed,
    signed_before,
    signed_bytes,
)
from letters.pdf import LetterNotRendered, render
from letters.sign import SigningCertificate, sign_pdf
from pydantic import Field

_CLAIM_SECONDS: Final = 20
_INLINE: Final = {
    "Content-Disposition": "inline",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
_CORRECTED: Final = ("perbaiki", "tolak")


class Draft(Body):
    """`nomor`: typed from the agenda, by letter, where the office numbers so. The rest mends what the letter says."""

    nomor: dict[e.Name, e.Name] = Field(default_factory=dict, max_length=10)
    pemohon: e.Person | None = None
    peserta: e.Person | None = None
    keperluan: e.Text | None = None
    pembuka: tuple[e.Text, ...] | None = Field(default=None, max_length=5)
    penutup: tuple[e.Text, ...] | None = Field(default=None, max_length=5)


class Signature(Body):
    """By pen: who signed (the post's holder if unsaid) and on which day; the scan comes as file `scan`."""

    penanda_tangan: e.Name | None = None
    tanggal: date | None = None


class HandOver(Body):
    """To whom the letter was given."""

    penerima: e.Name | None = None


class Revocation(Body):
    """Which letters are taken back."""

    surat: tuple[e.Name, ...] = Field(min_length=1, max_length=10)


async def draft_letter(runtime: Runtime, asking: Asking[Draft]) -> Decided:
    """Reserve the number, or keep the one the letter has, and write the next draft."""
    opened = asking.opened
    said = domain.content(opened, _changes(opened, asking.body))
    domain.check_letters(said)
    names = asking.due.task.surat or tuple(opened.sop.surat)
    numbers = [e.DraftLetter(letter=name, number=await _number(runtime, opened, name, asking.body)) for name in names]
    return domain.drafted(opened.case, numbers, said, e.Act(note=asking.body.catatan, evidence=asking.files))


def _changes(opened: Opened, body: Draft) -> dict[str, object]:
    changes: dict[str, object] = {}
    if body.pemohon or body.peserta:
        application = opened.case.application
        before = application.people if application and isinstance(application.people, e.People) else None
        applicant = body.pemohon or (before.applicant if before else None)
        if applicant is None:
            raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
        changes["people"] = e.People(
            applicant=applicant, participant=body.peserta or (before.participant if before else None)
        )
    named = {"purpose": body.keperluan, "opening": body.pembuka, "closing": body.penutup}
    return changes | {name: value for name, value in named.items() if value is not None}


async def _number(runtime: Runtime, opened: Opened, name: str, body: Draft) -> str:
    """By the office's template, or typed from its agenda; a letter that has a number keeps it."""
    case, office, today = opened.case, opened.office, opened.today.date()
    rule = office.number_rule(name)
    pool = runtime.store.pool
    try:
        if rule.template is not None:
            return (
                await reserve(pool, office=office.kode, template=rule.template, day=today, case=case.id, surat=name)
            ).nomor
        typed = body.nomor.get(name)
        if typed is None:
            kept = await number_of(pool, case.id, name)
            if kept is None:
                raise Malformed("nomor_perlu", f"Isi nomor surat {name} dari buku agenda.")
            return kept.nomor
        return (await reserve_typed(pool, office=office.kode, nomor=typed, day=today, case=case.id, surat=name)).nomor
    except (NumberTaken, NumberStays) as error:
        raise Refused("nomor_surat", str(error)) from None
    except ValueError as error:
        raise Malformed("nomor_surat", str(error)) from None


def signing(certificate: SigningCertificate | None) -> Decide[Signature]:
    """How `sign` is done with this installation's certificate."""

    async def sign(runtime: Runtime, asking: Asking[Signature]) -> Decided:
        act = e.Act(note=asking.note_for(*_CORRECTED), evidence=asking.files)
        match asking.outcome():
            case "perbaiki":
                return Decided(e.CorrectionRequested(note=act.note, evidence=act.evidence), "perbaiki")
            case "tolak":
                return Decided(e.CaseRefused(note=act.note, evidence=act.evidence), "tolak")
            case _ if asking.opened.office.tanda_tangan == "basah":
                return await _signed_by_pen(runtime, asking)
            case _:
                return await _signed_electronically(runtime, asking, certificate)

    return sign


async def _signed_by_pen(runtime: Runtime, asking: Asking[Signature]) -> Decided:
    """Printed, signed and stamped on paper: recorded with signer, day and scan. The scan is the letter that is kept."""
    opened, body = asking.opened, asking.body
    if len(asking.uploads) != 1:
        raise Malformed("scan_perlu", "Sertakan satu pindaian (scan) surat yang sudah ditandatangani dan dicap.")
    today = opened.today.date()
    signed_on = body.tanggal or today
    posts = opened.sop.pelaksana[asking.due.who].jabatan
    signer = domain.pen_signer(opened.office, posts, body.penanda_tangan, signed_on, today)
    scan = asking.uploads[0]
    names = domain.to_be_signed(opened.case, asking.due.task.surat)
    await runtime.keep_sealed(opened.case.id, opened.keys.archive, [scan])
    letters = [
        e.SignedLetter.model_validate(
            {
                "letter": name,
                "number": opened.case.letters[name].number,
                "sha256": scan.sha256,
                "media_type": scan.media_type,
            }
        )
        for name in names
    ]
    return _signed(asking, letters, signer, signed_on, "basah")


async def _signed_electronically(
    runtime: Runtime, asking: Asking[Signature], certificate: SigningCertificate | None
) -> Decided:
    """Sign each letter once: what was signed before a crash is found again and named, not signed anew."""
    opened, due = asking.opened, asking.due
    if certificate is None:
        raise Refused("sertifikat_tidak_ada", "Tanda tangan elektronik belum disiapkan di instalasi ini.")
    signer = _signer(asking)
    names = domain.to_be_signed(opened.case, due.task.surat)
    if not await runtime.store.claim(opened.case.id, due.slot, due.tugas, _CLAIM_SECONDS):
        raise Refused("sedang_ditandatangani", "Surat ini sedang ditandatangani. Ulangi sebentar lagi.")
    try:
        letters = [await _sign_one(runtime, opened, name, signer, certificate) for name in names]
    except BaseException:
        await runtime.store.defer(opened.case.id, due.slot, timedelta(0), "tanda_tangan_gagal")
        raise
    return _signed(asking, letters, signer, opened.today.date(), "elektronik")


def _signer(asking: Asking[Signature]) -> Official:
    day = asking.opened.today.date()
    posts = asking.opened.sop.pelaksana[asking.due.who].jabatan
    holders = [one for post in posts for one in asking.opened.office.holders(post, day)]
    holder = next((one for one in holders if one.kode == asking.actor.code), None)
    if holder is None:
        raise Refused("bukan_penanda_tangan", "Tanda tangan elektronik hanya oleh pejabatnya sendiri.")
    return holder


async def _sign_one(
    runtime: Runtime, opened: Opened, name: str, signer: Official, certificate: SigningCertificate
) -> e.SignedLetter:
    case, archive, pool = opened.case, opened.keys.archive, runtime.store.pool
    if archive is None or case.draft is None:
        raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    what = compose.same_letter(str(case.id), name, case.draft.count, signer.kode)
    kept = await signed_before(pool, case=case.id, surat=name, unsigned_sha256=what)
    if kept is None:
        data = compose.letter_data(
            opened,
            name,
            signer,
            draft=False,
            made=opened.now,
            dated=opened.today.date(),
            public_url=runtime.settings.public_url,
        )

        def sign() -> bytes:
            drawn = render(data)
            return sign_pdf(
                drawn.pdf,
                certificate,
                signer_name=signer.nama,
                reason=data.hal,
                location=opened.office.tempat,
                at=opened.now,
                box=drawn.box,
            )

        try:
            signed = await asyncio.to_thread(sign)
        except LetterNotRendered as error:
            raise Refused("surat_tidak_tercetak", f"{error} Minta perbaikan konsep.") from None
        digest = hashlib.sha256(signed).digest()
        sealed = seal_bytes(archive, signed, case.id.bytes + digest, ids.random_bytes)
        kept = await keep_signed(
            pool, case=case.id, surat=name, unsigned_sha256=what, sealed=sealed, sha256=digest
        )
    return e.SignedLetter(
        letter=name, number=case.letters[name].number, sha256=kept.sha256.hex(), media_type="application/pdf"
    )


def _signed(
    asking: Asking[Signature], letters: list[e.SignedLetter], signer: Official, day: date, method: str
) -> Decided:
    draft = asking.opened.case.draft
    event = e.LetterSigned.model_validate(
        {
            "draft": draft.count if draft else 0,
            "letters": tuple(letters),
            "method": method,
            "signed_on": day,
            "signatory": domain.signatory(asking.opened.office, signer),
            "note": asking.body.catatan,
            "evidence": asking.files if method != "basah" else (),
        }
    )
    return Decided(event, "ditandatangani", actor=signer.kode)


async def hand_over(_: Runtime, asking: Asking[HandOver]) -> Decided:
    body = asking.body
    event = e.LetterHandedOver(receiver=body.penerima, note=body.catatan, evidence=asking.files)
    return Decided(event, asking.outcome())


def commands(certificate: SigningCertificate | None) -> Commands:
    """What letters takes over HTTP. `sign` stores its scan itself, under the archive key."""
    return {
        "draft_letter": Command(Draft, draft_letter),
        "sign": Command(Signature, signing(certificate), keep=False),
        "hand_over": Command(HandOver, hand_over),
        "archive": Command(Body, act_of(e.LetterArchived)),
    }


def routes(runtime: Runtime) -> APIRouter:
    """Looking at a draft, fetching a signed letter, taking one back."""
    router = APIRouter(tags=["surat"])

    async def opened_for(case: uuid.UUID, request: Request) -> Opened:
        opened = await runtime.desk.open(case)
        check_office(opened, runtime.door.actor(request))
        return opened

    @router.get("/cases/{case}/letters/{name}/draft", summary="Konsep surat, seperti akan ditandatangani (PDF)")
    async def draft(case: uuid.UUID, name: str, request: Request) -> Response:
        opened = await opened_for(case, request)
        if name not in opened.case.letters:
            raise Missing("surat_tidak_ada", "Surat ini belum dibuat.")
        pen = opened.office.tanda_tangan == "basah"
        sign = next((one for one in opened.sop.all_tasks() if one.verb == "sign" and name in one.surat), None)
        posts = opened.sop.pelaksana[sign.pelaksana[0]].jabatan if sign else ("kadis",)
        day = opened.today.date()
        signer = next((one for post in posts for one in opened.office.holders(post, day)), None)
        if signer is None:
            raise Refused("jabatan_kosong", "Tidak ada pejabat penanda tangan pada berkas kantor hari ini.")
        data = compose.letter_data(
            opened,
            name,
            signer,
            draft=not pen,
            made=opened.now,
            dated=day if pen else None,
            public_url=runtime.settings.public_url,
        )
        try:
            pdf = await asyncio.to_thread(lambda: render(data).pdf)
        except LetterNotRendered as error:
            raise Refused("surat_tidak_tercetak", str(error)) from None
        return Response(pdf, media_type="application/pdf", headers=_INLINE)

    @router.get("/cases/{case}/letters/{name}", summary="Surat yang sudah ditandatangani")
    async def signed(case: uuid.UUID, name: str, request: Request) -> Response:
        opened = await opened_for(case, request)
        letter = opened.case.letters.get(name)
        if letter is None or letter.signed is None:
            raise Missing("surat_tidak_ada", "Surat ini belum ditandatangani.")
        media_type, data = await _fetch(runtime, opened, letter.signed)
        return Response(data, media_type=media_type, headers=_INLINE)

    @router.post("/cases/{case}/letters/revoke", summary="Cabut surat yang sudah ditandatangani")
    async def revoke(case: uuid.UUID, request: Request) -> JSONResponse:
        body, _, raw = await form_of(request, Revocation)
        asked = runtime.door.asked(request, raw)

        async def act(opened: Opened) -> Decided:
            posts = {post for one in opened.sop.all_tasks() if one.verb == "sign" for post in _posts(opened, one.pelaksana)}
            if asked.actor.post not in posts:
                raise NotYours("bukan_tugas_anda", "Surat hanya dapat dicabut oleh pejabat yang menandatanganinya.")
            return domain.revoked(opened.case, body.surat, body.catatan)

        return answer(await runtime.desk.outside(asked, case, act))

    return router


def _posts(opened: Opened, performers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(post for one in performers for post in opened.sop.pelaksana[one].jabatan)


async def _fetch(runtime: Runtime, opened: Opened, sha256: str) -> tuple[str, bytes]:
    """Only bytes that a LetterSigned names: the PDF as signed, or the scan of a letter signed by pen."""
    digest = bytes.fromhex(sha256)
    sealed = await signed_bytes(runtime.store.pool, case=opened.case.id, sha256=digest)
    if sealed is not None:
        if opened.keys.archive is None:
            raise Missing("data_dimusnahkan", "Data pribadi surat ini sudah dimusnahkan.")
        return "application/pdf", open_bytes(opened.keys.archive, sealed, opened.case.id.bytes + digest)
    blob = await runtime.store.get_blob(opened.case.id, sha256)
    if blob is None:
        raise Missing("surat_tidak_ada", "Isi surat ini tidak ditemukan.")
    return blob.media_type, unsealed(opened, blob)
