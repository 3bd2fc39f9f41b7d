"""Letters over HTTP: draft with its number, sign electronically or record a signature by pen, hand over, archive."""

import asyncio
from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Response
from pydantic import Field

from jejak.cases.decision import Decision, LoadedCase
from jejak.cases.people.letter_names import letter_name
from jejak.cases.people.signers import expected_signer, signing_posts
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Body, Draft, HandOver
from jejak.platform.errors import Malformed, Missing, NotYours, Refused
from jejak.procedure.office.signing import signing_form
from jejak.web.authorisation import OwnCase, SentCommand
from jejak.web.commands.ad_hoc import add_ad_hoc
from jejak.web.commands.task_routes import Command, Commands, Shell, TaskRequest, plain_completion
from jejak.web.openapi.route_descriptions import file_of
from jejak.web.runtime import Runtime, unsealed
from letters import domain
from letters.listed import listed_people, lists_people
from letters.numbering.numbers import NumberStays, NumberTaken, ReservedNumber, number_of, reserve, reserve_typed
from letters.printing import compose
from letters.printing.forms import template_of
from letters.printing.pdf import LetterNotRendered, render
from letters.signatures.pades import SigningCertificate
from letters.signatures.remote_signing import RemoteSigning
from letters.signatures.signing import signing, together

_SIGNED: Final = ("application/pdf", "image/jpeg", "image/png")
"""A letter signed electronically, or the scan of one signed by pen."""
_INLINE: Final = {
    "Content-Disposition": "inline",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


class Revocation(Body):
    """The letters to be revoked."""

    surat: tuple[e.Name, ...] = Field(min_length=1, max_length=10)


async def draft_letter(runtime: Runtime, request: TaskRequest[Draft]) -> Decision:
    """Reserve the number, or keep the letter's own, and write the next draft."""
    loaded = request.opened
    names = request.due.task.surat or tuple(loaded.sop.surat)
    refuses = any(domain.is_refusal(loaded.case, loaded.sop.surat[name]) for name in names)
    act = e.Act(note=request.body.catatan, evidence=request.files)
    correction = domain.corrected_by_drafter(loaded, request.body.pemohon, request.body.peserta, act)
    people = correction.people if correction and isinstance(correction.people, e.People) else None
    changes = _changes(request.body) | await _attached(loaded, names, request.body, refuses=refuses)
    content = domain.content(loaded, changes, refuses=refuses, people=people, letters=names)
    domain.check_letters(content)
    domain.check_chosen(loaded, names, request.body.penanda_tangan)
    numbers = [
        (await _number(runtime, loaded, name, request.body))
        .of(name)
        .model_copy(update={"signer": domain.chosen_signer(loaded, name, request.body.penanda_tangan)})
        for name in names
    ]
    return domain.letter_drafted(loaded.case, numbers, content, act, correction)


async def _attached(loaded: LoadedCase, names: Sequence[str], body: Draft, *, refuses: bool) -> dict[str, object]:
    """The list of a letter for many, where it is given. Malformed where it is missing, or where no letter has one."""
    if not lists_people(loaded.sop, names) or refuses:
        if body.daftar:
            raise Malformed("tanpa_daftar", "Surat ini tidak punya daftar terlampir (daftar_terlampir pada lembarnya).")
        return {}
    if body.daftar and loaded.case.people:
        return {"listed": await listed_people(body.daftar, loaded.case.people.subject)}
    draft = loaded.case.draft_of(names)
    if draft is None or not isinstance(draft.content, e.LetterContent) or not draft.content.listed:
        raise Malformed("daftar_perlu", "Surat ini untuk banyak orang: tempel daftar namanya, dengan baris judul.")
    return {}


def _changes(body: Draft) -> dict[str, object]:
    named = {"purpose": body.keperluan, "opening": body.pembuka, "closing": body.penutup, "refusal": body.alasan}
    return {name: value for name, value in named.items() if value is not None}


async def _number(runtime: Runtime, loaded: LoadedCase, name: str, body: Draft) -> ReservedNumber:
    """By the office's template, or typed from its agenda; a numbered letter keeps its number."""
    case, office, today = loaded.case, loaded.office, loaded.today.date()
    rule = office.number_rule(name)
    pool = runtime.store.pool
    try:
        if rule.template is not None:
            return await reserve(pool, office=office.kode, template=rule.template, day=today, case=case.id, surat=name)
        typed = body.nomor.get(name)
        if typed is None:
            reserved = await number_of(pool, case.id, name)
            if reserved is None:
                raise Malformed("nomor_perlu", f"Isi nomor {letter_name(loaded.sop, case, name)} dari buku agenda.")
            return reserved
        return await reserve_typed(pool, office=office.kode, nomor=typed, day=today, case=case.id, surat=name)
    except (NumberTaken, NumberStays) as error:
        raise Refused("nomor_surat", str(error)) from None
    except ValueError as error:
        raise Malformed("nomor_surat", str(error)) from None


def hand_over(request: TaskRequest[HandOver]) -> Decision:
    """The letter is in the hands of the applicant, or of his messenger."""
    body = request.body
    event = e.LetterHandedOver(receiver=body.penerima, note=body.catatan, evidence=request.files)
    return Decision(event, request.outcome())


def commands(certificate: SigningCertificate | None, remote: RemoteSigning) -> Commands:
    """The commands of letters. `sign` stores its scan itself, under the archive key."""
    return {
        "draft_letter": Shell(draft_letter),
        "sign": Shell(signing(certificate, remote), keep=False, together=together(remote), asks=remote.asks),
        "hand_over": Command(hand_over),
        "archive": Command(plain_completion),
    }


def routes(runtime: Runtime) -> APIRouter:
    """A draft, a signed letter, and the revocation of letters."""
    router = APIRouter(tags=["surat"])

    @router.get(
        "/cases/{case}/letters/{name}/draft",  # noqa: FAST003 - OwnCase loads the case
        summary="Konsep surat, seperti akan ditandatangani (PDF)",
        response_class=Response,
        responses=file_of("application/pdf"),
    )
    async def draft(loaded: OwnCase, name: str) -> Response:
        if name not in loaded.case.letters:
            raise Missing("surat_tidak_ada", "Surat ini belum dibuat.")
        return Response(await _drawn(runtime, loaded, name), media_type="application/pdf", headers=_INLINE)

    @router.get(
        "/cases/{case}/letters/{name}",  # noqa: FAST003 - as above
        summary="Surat yang sudah ditandatangani",
        response_class=Response,
        responses=file_of(*_SIGNED),
    )
    async def signed(loaded: OwnCase, name: str) -> Response:
        letter = loaded.case.letters.get(name)
        if letter is None or letter.signed is None:
            raise Missing("surat_tidak_ada", "Surat ini belum ditandatangani.")
        blob = await runtime.store.get_blob(loaded.case.id, letter.signed)
        if blob is None:
            raise Missing("surat_tidak_ada", "Isi surat ini tidak ditemukan.")
        return Response(unsealed(loaded, blob), media_type=blob.media_type, headers=_INLINE)

    async def revoke(loaded: LoadedCase, sent: SentCommand[Revocation]) -> Decision:
        if not all(sent.request.actor.post in signing_posts(loaded, name) for name in sent.body.surat):
            raise NotYours("bukan_tugas_anda", "Surat hanya dapat dicabut oleh pejabat yang menandatanganinya.")
        return domain.letter_revoked(loaded.case, sent.body.surat, sent.body.catatan)

    summary = "Cabut surat yang sudah ditandatangani"
    add_ad_hoc(router, runtime, "letters/revoke", Revocation, revoke, name="revoke", summary=summary)
    return router


async def _drawn(runtime: Runtime, loaded: LoadedCase, name: str) -> bytes:
    """The newest draft as a page: marked KONSEP, or ready for the pen with today's date."""
    day = loaded.today.date()
    signer = expected_signer(loaded, [name], signing_posts(loaded, name), day)
    if signer is None:
        raise Refused("jabatan_kosong", "Tidak ada pejabat penanda tangan pada berkas kantor hari ini.")
    pen = signing_form(loaded.office, signer, day).way == "basah"
    data = compose.letter_data(
        loaded,
        name,
        signer,
        draft=not pen or domain.is_overtaken(loaded.case, (name,)),
        made=loaded.now,
        dated=day if pen else None,
        public_url=runtime.settings.public_url,
    )
    template = await template_of(runtime.store.pool, loaded.office.kode, data.jenis)
    try:
        return await asyncio.to_thread(lambda: render(data, template).pdf)
    except LetterNotRendered as error:
        raise Refused("surat_tidak_tercetak", str(error)) from None
