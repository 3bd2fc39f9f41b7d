"""How an application becomes a case: keys, person index and documents first, then the event that names them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from intake import domain
from jejak.cases import engine
from jejak.cases.case import Case
from jejak.cases.command_handler import Conflict
from jejak.cases.decision import (
    Actor,
    Attribution,
    CommandRequest,
    Decision,
    LoadedCase,
    Receipt,
    check_office,
    check_post,
    earlier_receipt,
)
from jejak.contracts import events as e
from jejak.contracts.parts import Funding
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, NotYours, Refused
from jejak.privacy import nik
from jejak.procedure.kantor import Kantor, Official
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments

MOST_MEMBERS: Final = 10


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Application(_Asked):
    """An application as it is brought to the counter. `diterima`: when it was received, if not just now."""

    layanan: e.Name | None = None
    pemohon: e.Person
    peserta: e.Person | None = None
    hubungan: e.Name | None = None
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)
    keperluan: e.Text | None = None
    pendanaan: Funding | None = None
    diterima: AwareDatetime | None = None


class Member(_Asked):
    """One participant of a family, what the applicant is to him, and the answers that are about him."""

    peserta: e.Person
    hubungan: e.Name | None = None
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)


type MemberName = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,20}$")]


class Family(_Asked):
    """A family that comes together: one applicant, a case for each participant, and for himself if he is one.

    `anggota` goes by names of the sender's own choosing: a file called `KTP.2` is the document KTP of member 2, one
    called `KK` is everybody's. The applicant as a participant is member `pemohon`; `jawaban` are his answers.
    """

    layanan: e.Name | None = None
    pemohon: e.Person
    pemohon_peserta: bool = False
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)
    anggota: Mapping[MemberName, Member] = Field(default_factory=dict, max_length=MOST_MEMBERS)
    keperluan: e.Text | None = None
    pendanaan: Funding | None = None
    diterima: AwareDatetime | None = None

    def applications(self) -> dict[str, Application]:
        """One application a participant, by member. Malformed for none, and for one person twice."""
        applications = {
            name: self._for(member.peserta, member.hubungan, member.jawaban) for name, member in self.anggota.items()
        }
        if self.pemohon_peserta:
            applications = {"pemohon": self._for(None, None, self.jawaban), **applications}
        if not applications:
            raise Malformed("peserta_perlu", "Isi sedikitnya satu peserta, atau pilih pemohon sendiri sebagai peserta.")
        niks = [(application.peserta or application.pemohon).nik for application in applications.values()]
        if len(set(niks)) < len(niks):
            raise Malformed("peserta_ganda", "Dua peserta memakai NIK yang sama. Satu orang cukup diajukan sekali.")
        return applications

    def _for(self, person: e.Person | None, relationship: str | None, answers: tuple[str, ...]) -> Application:
        return Application(
            layanan=self.layanan,
            pemohon=self.pemohon,
            peserta=person,
            hubungan=relationship,
            jawaban=answers,
            keperluan=self.keperluan,
            pendanaan=self.pendanaan,
            diterima=self.diterima,
        )


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter at which an official sits at one moment: his office, and the sheet in force there."""

    actor: Actor
    office: Kantor
    official: Official
    sop: Sop
    now: datetime

    @classmethod
    async def of(cls, runtime: Runtime, actor: Actor, service: str | None, now: datetime) -> Self:
        """NotYours for a post that is not held today; Malformed for a service that the office does not offer."""
        office = await runtime.procedures.kantor(actor.office, now)
        official = check_post(office, actor, now)
        sop = await runtime.procedures.sop_in_force(office.kode, service, office.calendar.local_date(now))
        return cls(actor, office, official, sop, now)

    def decided(
        self, body: Application, documents: tuple[e.Attachment, ...] = (), family: tuple[str, ...] | None = None
    ) -> tuple[Decision, Attribution]:
        """The event this application becomes, and who enters it. Malformed, NotYours."""
        received = self._received(body.diterima)
        if body.hubungan and body.peserta is None:
            raise Malformed("hubungan_tanpa_peserta", "Isi data peserta, atau kosongkan hubungannya dengan pemohon.")
        by = self.may_enter(body.diterima)
        people = e.People(applicant=body.pemohon, participant=body.peserta, relationship=body.hubungan)
        event = e.ApplicationSubmitted(
            people=people,
            service=self.sop.layanan,
            answers=body.jawaban,
            documents=documents,
            entry_office=self.office.entry_office(self.official),
            purpose=body.keperluan,
            funding=body.pendanaan,
            family=family,
        )
        return domain.application_submitted(event, people, self.sop, received), by

    def _received(self, claimed: datetime | None) -> date:
        """The day of receipt. Malformed for one to come, and for one further back than the office dates."""
        local = self.office.calendar.local_date
        if claimed and claimed > self.now:
            raise Malformed("waktu_depan", "Waktu penerimaan tidak boleh di masa depan.")
        day = local(claimed or self.now)
        dates.check(dates.receipt_date_fault(day, local(self.now), self.office.batas_mundur), "waktu_lampau")
        return day

    def may_enter(self, received: datetime | None = None) -> Attribution:
        """Who enters it: the official whose task submit is, or the recorder for the applicant. NotYours for others."""
        performer = self.sop.pelaksana[self.sop.pemohon]
        if self.actor.post in performer.jabatan:
            return Attribution(actor=self.actor.code, occurred_at=received)
        if self.actor.post in self.sop.posts_recording(self.sop.pemohon):
            return Attribution(recorder=self.actor.code, occurred_at=received)
        raise NotYours("bukan_tugas_anda", "Permohonan dicatat oleh petugas loket kantor ini.")


async def submit(
    runtime: Runtime,
    command: CommandRequest,
    case: uuid.UUID,
    body: Application,
    files: Sequence[File] = (),
    family: tuple[str, ...] | None = None,
) -> Receipt:
    """The case of this identity; a request that comes again finds the one it made.

    NotYours if the case is there and this official may not see it; Refused if another request made it.
    """
    for _ in range(2):
        read = await runtime.store.read([case])
        if case in read.streams and read.streams[case].events:
            loaded = await runtime.command_handler.load(case)
            check_office(loaded, command.actor)
            done = earlier_receipt(loaded, command)
            if done is None:
                raise Refused("sudah_ada", "Permohonan dengan nomor ini sudah ada.")
            return done
        counter = await Counter.of(runtime, command.actor, body.layanan, read.now)
        decided, by = counter.decided(body, attachments(files), family)
        try:
            return await _entered(runtime, counter, command, case, body, files, decided, by)
        except Conflict:
            continue
    raise Refused("ramai", "Permohonan ini sedang disimpan oleh permintaan lain. Ulangi sebentar lagi.")


async def _entered(
    runtime: Runtime,
    counter: Counter,
    command: CommandRequest,
    case: uuid.UUID,
    body: Application,
    files: Sequence[File],
    decided: Decision,
    by: Attribution,
) -> Receipt:
    """A crash between keys, files and event leaves bytes that nothing names, and no case."""
    command_handler, sop = runtime.command_handler, counter.sop
    fresh = command_handler.keyring.wrap(case, command_handler.keyring.new_keys())
    wrapped = await runtime.store.put_keys(case, *fresh, _indexes(runtime, body))
    blank = Case(id=case, office=counter.office.kode, sop=sop.sha256)
    loaded = LoadedCase(blank, sop, counter.office, command_handler.keyring.unwrap(case, wrapped), counter.now, (), ())
    await runtime.keep(loaded, files)
    first = sop.main[0]
    due = engine.DueTask(
        slot=first.slot,
        service=TASKS[first.verb].service,
        langkah=first.langkah,
        tugas=first.verb,
        who=first.pelaksana[0],
        task=first,
        since=counter.now,
        not_before=None,
        owner=sop.pelaksana[first.pelaksana[0]].pihak,
        automatic=False,
        kumpulan=None,
        urgent=False,
    )
    return await command_handler.commit(loaded, decided, due, by, command)


def _indexes(runtime: Runtime, body: Application) -> list[bytes]:
    niks = {body.pemohon.nik, (body.peserta or body.pemohon).nik}
    return [nik.index(runtime.settings.hmac_key, number) for number in sorted(niks)]


async def submit_family(
    runtime: Runtime, command: CommandRequest, body: Family, files: Sequence[File]
) -> dict[str, Receipt]:
    """A case for each member, each naming all. All are judged before the first is kept: with one mistake nobody is.

    What a crash leaves undone, the same request under the same key does. The first case answers for the whole request:
    another body under this key finds it there, and keeps nothing.
    """
    if command.key is None:
        raise Malformed("kunci_perlu", "Permohonan sekeluarga perlu Idempotency-Key, supaya tidak tercatat dua kali.")
    applications = body.applications()
    papers = {name: files_of(name, files, applications) for name in applications}
    counter = await Counter.of(runtime, command.actor, body.layanan, await runtime.store.now())
    for name, application in applications.items():
        counter.decided(application, attachments(papers[name]))
    own = {name: replace(command, route=f"{command.route} {n}") for n, name in enumerate(applications)}
    cases = {name: request.case_id() for name, request in own.items()}
    family = tuple(str(case) for case in cases.values())
    return {
        name: await submit(runtime, own[name], cases[name], application, papers[name], family)
        for name, application in applications.items()
    }


def files_of(member: str, files: Sequence[File], members: Mapping[str, object]) -> list[File]:
    """The documents of one member: those of his own under their plain names, and everybody's.

    Malformed for a file of a member who is not there.
    """
    own = []
    for file in files:
        document, _, owner = file.name.partition(".")
        if owner and owner not in members:
            raise Malformed("anggota_tidak_ada", f"Berkas {file.name} milik peserta yang tidak diisi.")
        if owner in ("", member):
            own.append(replace(file, name=document))
    return own
