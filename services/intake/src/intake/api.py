"""Intake over HTTP: parse, submit, answer."""

import uuid
from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake import domain
from jejak import engine, ids, nik
from jejak.acts import Asking, Body, Command, Commands, act_of
from jejak.case import Case
from jejak.contracts import events as e
from jejak.decision import Actor, Asked, By, Decided, Opened, Receipt, check_post, repeated
from jejak.desk import Conflict
from jejak.refusal import Malformed, NotYours, Refused
from jejak.runtime import Runtime, attachments
from jejak.sop.model import Sop
from jejak.web import File, answer


class Application(BaseModel):
    """An application as it is brought to the counter. `diterima`: when it was received, if not just now."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    layanan: e.Name | None = None
    pemohon: e.Person
    peserta: e.Person | None = None
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)
    keperluan: e.Text | None = None
    pendanaan: e.Name | None = None
    diterima: AwareDatetime | None = None


class DocumentCheck(Body):
    """`masalah`: what the official found wrong; `keterangan`: his words per document; `ditunjukkan`: seen on paper."""

    hasil: Literal["lengkap", "kurang"] = "lengkap"
    masalah: tuple[e.Problem, ...] = Field(default=(), max_length=40)
    keterangan: Mapping[e.Name, e.Text] = Field(default_factory=dict)
    ditunjukkan: tuple[e.Name, ...] = Field(default=(), max_length=40)


async def check_documents(_: Runtime, asking: Asking[DocumentCheck]) -> Decided:
    """The Daftar Kontrol of the sheet: each document asked for, found right, missing or not right."""
    opened, body = asking.opened, asking.body
    application = opened.case.application
    if application is None:
        raise Refused("belum_diajukan", "Berkas ini belum diajukan.")
    received = opened.office.calendar.local(application.received_at).date()
    held = engine.names_held(opened.sop, opened.case)
    shown, problems = domain.documents_judged(opened.case, opened.sop, held, received, body.masalah, body.ditunjukkan)
    act = e.Act(note=body.catatan, evidence=asking.files)
    return domain.checked(body.hasil, shown, problems, act, body.keterangan)


async def complete(_: Runtime, asking: Asking[Body]) -> Decided:
    """The applicant brings what was missing; every file carries the name of its document.

    The papers are also what shows that he was here at the time that is claimed, so his clock ends then.
    """
    domain.check_names(asking.opened.sop, (one.document for one in asking.files))
    return Decided(e.DocumentsAdded(documents=asking.files, note=asking.body.catatan, evidence=asking.files), "selesai")


COMMANDS: Commands = {
    "check_documents": Command(DocumentCheck, check_documents),
    "complete": Command(Body, complete),
    "enter_data": Command(Body, act_of(e.DataEntered)),
    "forward": Command(Body, act_of(e.ApplicationForwarded)),
    "record": Command(Body, act_of(e.ActRecorded)),
}


def routes(runtime: Runtime) -> APIRouter:
    """Submit and withdraw: the commands of intake that are not a task already due."""
    router = APIRouter(tags=["permohonan"])

    @router.post("/cases", status_code=201, summary="Ajukan permohonan, dengan dokumennya")
    async def submit(request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Application)
        return await _submit(runtime, asked, body, files)

    @router.post("/cases/{case}/withdraw", summary="Tarik permohonan")
    async def withdraw(case: uuid.UUID, request: Request) -> JSONResponse:
        asked, body, files = await runtime.door.take(request, Body)
        if files:
            raise Malformed("tanpa_berkas", "Penarikan tidak disertai berkas.")

        async def act(opened: Opened) -> Decided:
            return domain.withdrawn(opened.case, body.catatan)

        return answer(await runtime.desk.outside(asked, case, act))

    return router


async def _submit(runtime: Runtime, asked: Asked, body: Application, files: list[File]) -> JSONResponse:
    """Keys, person index and documents first, then the event that names them: a crash between leaves no case."""
    case = ids.derived(asked.actor.code, asked.route, asked.key) if asked.key else ids.new_uuid()
    for _ in range(2):
        read = await runtime.store.read([case])
        if case in read.streams and read.streams[case].events:
            done = repeated(await runtime.desk.open(case), asked)
            if done is None:
                raise Refused("sudah_ada", "Permohonan dengan nomor ini sudah ada.")
            return answer(done, status=201)
        office = await runtime.books.kantor(asked.actor.office, read.now)
        official = check_post(office, asked.actor, read.now)
        today = office.calendar.local(read.now).date()
        sop = await runtime.books.sop_in_force(office.kode, body.layanan, today)
        if body.diterima and body.diterima > read.now:
            raise Malformed("waktu_depan", "Waktu penerimaan tidak boleh di masa depan.")
        by = _by(sop, asked.actor, body)
        blank = Case(id=case, office=office.kode, sop=sop.sha256)
        people = e.People(applicant=body.pemohon, participant=body.peserta)
        decided = domain.submitted(_event(body, people, sop, office.entry_office(official), files), people, sop)
        fresh = runtime.desk.keyring.wrap(case, runtime.desk.keyring.new_keys())
        kept = await runtime.store.put_keys(case, *fresh, _indexes(runtime, people))
        keys = runtime.desk.keyring.unwrap(case, kept)
        opened = Opened(blank, sop, office, keys, read.now, (), ())
        await runtime.keep(opened, files)
        try:
            return answer(await _append(runtime, opened, decided, by, asked), status=201)
        except Conflict:
            continue
    raise Refused("ramai", "Permohonan ini sedang disimpan oleh permintaan lain. Ulangi sebentar lagi.")


def _event(
    body: Application, people: e.People, sop: Sop, entry_office: str, files: list[File]
) -> e.ApplicationSubmitted:
    """`entry_office`: the kelurahan of the official who enters it, else the office itself."""
    return e.ApplicationSubmitted(
        people=people,
        service=sop.layanan,
        answers=body.jawaban,
        documents=attachments(files),
        entry_office=entry_office,
        purpose=body.keperluan,
        funding=body.pendanaan,
    )


def _by(sop: Sop, actor: Actor, body: Application) -> By:
    """Who enters it: the official whose task submit is, or the recorder for the applicant."""
    performer = sop.pelaksana[sop.pemohon]
    if actor.post in performer.jabatan:
        return By(actor=actor.code, occurred_at=body.diterima)
    if actor.post in sop.posts_recording(sop.pemohon):
        return By(recorder=actor.code, occurred_at=body.diterima)
    raise NotYours("bukan_tugas_anda", "Permohonan dicatat oleh petugas loket kantor ini.")


def _indexes(runtime: Runtime, people: e.People) -> list[bytes]:
    niks = {people.applicant.nik, people.subject.nik}
    return [nik.index(runtime.settings.hmac_key, one) for one in sorted(niks)]


async def _append(runtime: Runtime, opened: Opened, decided: Decided, by: By, asked: Asked) -> Receipt:
    first = opened.sop.main[0]
    due = engine.Due(
        slot=first.slot,
        langkah=first.langkah,
        tugas=first.verb,
        who=first.pelaksana[0],
        task=first,
        since=opened.now,
        not_before=None,
        owner=opened.sop.pelaksana[first.pelaksana[0]].pihak,
        automatic=False,
        urgent=False,
    )
    return await runtime.desk.commit(opened, decided, due, by, asked)
