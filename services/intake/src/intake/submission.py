"""How an application becomes a case: keys, person index and documents first, then the event that names them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Final, Self
from urllib.parse import unquote

from pydantic import Field

from intake import domain
from intake.entry import entry_area
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
from jejak.cases.people.newborn import named_twice, number_of, person_key
from jejak.contracts import events as e
from jejak.contracts.parts import Funding, Part, TypedName, TypedPerson, TypedText, absent
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, NotYours, Refused
from jejak.privacy import nik
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official
from jejak.timekeeping import dates
from jejak.web.http_app import File
from jejak.web.runtime import Runtime, attachments

MOST_MEMBERS: Final = 10


class Application(Part):
    """An application as it comes to the counter. `diterima`: when it was received, if not just now."""

    # The order of the fields is part of the identity of a bulk row (`intake.bulk`).
    layanan: e.Name | None = None
    pemohon: TypedPerson
    peserta: TypedPerson | None = None
    hubungan: TypedName | None = None
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)
    keperluan: TypedText | None = None
    pendanaan: Funding | None = None
    diterima: dates.ReceiptTime | None = None
    wilayah: e.Name | None = Field(default=None, exclude_if=absent)
    """The kelurahan or kecamatan whose case it becomes: its code, or its name in the kantor file."""

    @property
    def participant(self) -> e.Person:
        """Whose membership it is about; the applicant, if nobody else is named."""
        return self.peserta or self.pemohon


class Member(Part):
    """One participant of a family, what the applicant is to him, and the answers about him."""

    peserta: TypedPerson
    hubungan: TypedName | None = None
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)


type MemberName = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,20}$")]


class Family(Part):
    """A family that comes together: one applicant, a case for each participant, and for himself if he is one.

    The sender chooses the names in `anggota`: a file called `KTP.2` is the document KTP of member 2, one called `KK`
    belongs to all. A dot within a document's own code is written `%2E`. The applicant as a participant is member
    `pemohon`; `jawaban` are his answers.
    """

    layanan: e.Name | None = None
    pemohon: TypedPerson
    pemohon_peserta: bool = False
    jawaban: tuple[e.Name, ...] = Field(default=(), max_length=20)
    anggota: Mapping[MemberName, Member] = Field(default_factory=dict, max_length=MOST_MEMBERS)
    keperluan: TypedText | None = None
    pendanaan: Funding | None = None
    diterima: dates.ReceiptTime | None = None
    wilayah: e.Name | None = Field(default=None, exclude_if=absent)

    def applications(self) -> dict[str, Application]:
        """One application for each participant, by member. Malformed for none, and for one person twice."""
        alike = {"layanan", "keperluan", "pendanaan", "diterima", "wilayah"}
        shared = self.model_dump(include=alike) | {"pemohon": self.pemohon}
        applications = {name: Application(**dict(member), **shared) for name, member in self.anggota.items()}
        if self.pemohon_peserta:
            applications = {"pemohon": Application(jawaban=self.jawaban, **shared), **applications}
        if not applications:
            raise Malformed("peserta_perlu", "Isi sedikitnya satu peserta, atau pilih pemohon sendiri sebagai peserta.")
        named: dict[tuple[str, ...], e.Person] = {}
        for person in (application.participant for application in applications.values()):
            if named.setdefault(person_key(person), person) is not person:
                same = "memakai NIK yang sama" if person.nik else "sama ibu, hari lahir dan namanya"
                raise Malformed("peserta_ganda", f"Dua peserta {same}. {named_twice(person)}")
        return applications


@dataclass(frozen=True, slots=True)
class Counter:
    """An official at the counter of his office at one moment, with the sheet in force there."""

    actor: Actor
    office: Kantor
    official: Official
    sop: Sop
    now: datetime

    @classmethod
    async def of(cls, runtime: Runtime, actor: Actor, service: str | None, now: datetime) -> Self:
        """NotYours for a post that the actor does not hold today; Malformed for a service the office does not offer."""
        office = await runtime.procedures.kantor(actor.office, now)
        official = check_post(office, actor, now)
        sop = await runtime.procedures.sop_in_force(office.kode, service, office.calendar.local_date(now))
        return cls(actor, office, official, sop, now)

    def decided(
        self, body: Application, documents: tuple[e.Attachment, ...] = (), family: tuple[str, ...] | None = None
    ) -> tuple[Decision, Attribution]:
        """The event of this application, and who enters it. Malformed, NotYours."""
        received, today = self._received(body.diterima), self.office.calendar.local_date(self.now)
        if body.hubungan and body.peserta is None:
            raise Malformed("hubungan_tanpa_peserta", "Isi data peserta, atau kosongkan hubungannya dengan pemohon.")
        by = self.may_enter(body.diterima)
        people = e.People(applicant=body.pemohon, participant=body.peserta, relationship=body.hubungan)
        event = e.ApplicationSubmitted(
            people=people,
            service=self.sop.layanan,
            answers=body.jawaban,
            documents=documents,
            entry_office=entry_area(self.office, self.official, body.wilayah, today),
            purpose=body.keperluan,
            funding=body.pendanaan,
            family=family,
        )
        return domain.application_submitted(event, people, self.sop, received), by

    def _received(self, claimed: datetime | None) -> date:
        """The day of receipt. Malformed in the future, and further back than the office allows (`batas_mundur`)."""
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
    """Makes the case with this identity; a repeated request gets the receipt of the case it made.

    NotYours if the case exists and this official may not see it; Refused if another request made it.
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
    """Stores keys, files and event in this order: a crash between them leaves unreferenced bytes, and no case."""
    command_handler, sop = runtime.command_handler, counter.sop
    fresh = command_handler.keyring.wrap(case, command_handler.keyring.new_keys())
    wrapped = await runtime.store.put_keys(case, *fresh, indexes(runtime, body.pemohon, body.participant))
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


def indexes(runtime: Runtime, *people: e.Person) -> list[bytes]:
    """The entries of these people in the index of persons."""
    niks = {number_of(person) for person in people}
    return [nik.index(runtime.settings.hmac_key, number) for number in sorted(filter(None, niks))]


async def submit_family(
    runtime: Runtime, command: CommandRequest, body: Family, files: Sequence[File]
) -> dict[str, Receipt]:
    """A case for each member, each naming all. One mistake in any application stores none.

    After a crash the same request under the same key completes the rest. The first case stands for the whole request:
    another body under this key finds it and stores nothing.
    """
    if command.key is None:
        raise Malformed("kunci_perlu", "Permohonan sekeluarga perlu Idempotency-Key, supaya tidak tercatat dua kali.")
    applications = body.applications()
    documents = {name: files_of(name, files, applications) for name in applications}
    counter = await Counter.of(runtime, command.actor, body.layanan, await runtime.store.now())
    for name, application in applications.items():
        counter.decided(application, attachments(documents[name]))
    requests = {name: replace(command, route=f"{command.route} {n}") for n, name in enumerate(applications)}
    cases = {name: request.case_id() for name, request in requests.items()}
    family = tuple(str(case) for case in cases.values())
    return {
        name: await submit(runtime, requests[name], cases[name], application, documents[name], family)
        for name, application in applications.items()
    }


def files_of(member: str, files: Sequence[File], members: Mapping[str, object]) -> list[File]:
    """The documents of one member under their plain names: his own, and those of all.

    Malformed for a file of a member that the request does not have.
    """
    own = []
    for file in files:
        document, _, owner = file.name.partition(".")
        if owner and owner not in members:
            raise Malformed("anggota_tidak_ada", f"Berkas {file.name} milik peserta yang tidak diisi.")
        if owner in ("", member):
            own.append(replace(file, name=unquote(document)))
    return own
