"""A small language for scenarios: a sheet of a few lines, and its tasks that end one after another."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case, OpenedEvent, fold
from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.tasks import TASKS
from jejak.procedure.load import load_sop
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor, load_kantor

START: Final = datetime(2022, 7, 4, 2, 14, tzinfo=UTC)
"""Monday, 4 July 2022, 09.14 WIB."""

_HEAD: Final = """
layanan = "contoh"
nama = "Prosedur contoh"
dinas = "13.99"
tanggal_efektif = 2022-01-03
pelaksana = [
  {kode = "pemohon", nama = "Pemohon", pihak = "pemohon", pencatat = "staf"},
  {kode = "staf", nama = "Staf", pihak = "dinas", jabatan = ["staf"]},
  {kode = "kasi", nama = "Kasi", pihak = "dinas", jabatan = ["kasi"]},
  {kode = "kabid", nama = "Kabid", pihak = "dinas", jabatan = ["kabid"]},
  {kode = "sekretaris", nama = "Sekretaris", pihak = "dinas", jabatan = ["sekretaris"]},
  {kode = "kadis", nama = "Kadis", pihak = "dinas", jabatan = ["kadis"]},
  {kode = "bpjs", nama = "BPJS", pihak = "bpjs", pencatat = "staf"},
]
surat = [{kode = "surat", jenis = "rekomendasi"}]
"""

RULE: Final = """
[[pertanyaan]]
kode = "gawat"
teks = "Gawat?"

[[aturan]]
nama = "Terdaftar"
terdaftar_di = ["DTKS"]
untuk = ["gawat"]
"""
"""A rule of the poor register, for whom an answer calls urgent."""
_KANTOR: Final = """
kode = "13.99"
nama = "Dinas Sosial Kabupaten Contoh"
zona = "Asia/Jakarta"
kop = ["PEMERINTAH KABUPATEN CONTOH", "DINAS SOSIAL"]
alamat = "Jalan Contoh 1"
tempat = "Contoh"
batas_tunggu = "1 hari kerja"
tanda_tangan = "elektronik"

[cara]
check_registry = "{way}"
check_membership = "{way}"
check_population = "manual"
confirm_status = "{way}"

[nomor]
"*" = "460/{{urut}}/DINSOS/{{tahun}}"
"""

_PEOPLE: Final = {
    "kadis-1": "kadis",
    "sekretaris-1": "sekretaris",
    "kabid-1": "kabid",
    "kasi-1": "kasi",
    "staf-1": "staf",
}


def office(*, way: str = "manual", acting: str = "") -> Kantor:
    """An office with five officials; `acting` adds more [[pejabat]] blocks."""
    blocks = "".join(
        f'\n[[pejabat]]\nkode = "{code}"\nnama = "{code}"\nnip = "19670101199203200{n}"\njabatan = "{post}"\n'
        "dari = 2017-01-02\n"
        for n, (code, post) in enumerate(_PEOPLE.items())
    )
    return load_kantor((_KANTOR.format(way=way) + blocks + acting).encode())


def sheet(steps: str, head: str = "", *, performers: str = "", letters: str = "") -> Sop:
    """A sheet of these steps; `performers` and `letters` add rows as inline tables."""
    rows = _HEAD.replace("\n]\nsurat = [", f"\n{performers}]\nsurat = [{letters}")
    return load_sop((rows + head + steps).encode())


def look_up_steps(verb: str) -> str:
    """Steps that look a person up, and are over."""
    return f"""
[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["{verb}"]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Simpan"
tugas = ["archive"]
pelaksana = ["staf"]
"""


def person(**changes: object) -> e.Person:
    """A synthetic person."""
    base: dict[str, object] = {
        "nik": "1399010101900001",
        "kk": "1399010101010001",
        "name": "Contoh Warga",
        "born": "1990-01-01",
        "address": "Jorong Contoh",
    }
    return e.Person.model_validate(base | changes)


@dataclass(frozen=True)
class Scenario:
    """A case so far. Every act takes one minute."""

    sop: Sop
    office: Kantor
    case: Case
    history: tuple[OpenedEvent, ...] = ()
    now: datetime = START

    def then(self, hasil: str | None = None, *, slot: str = MAIN, data: e.AnyEvent | None = None) -> Scenario:
        """Ends the task that is due in a slot, by default with its good outcome, and appends the consequences."""
        due = next(due for due in self.due if due.slot == slot)
        outcome = hasil or (TASKS[due.tugas].good if due.tugas != "choose_route" else next(iter(self.sop.jalur)))
        event = data or sample(engine.event_of(self.sop, due, outcome), self.case)
        return self._add(event, due, outcome)._follow()

    def opened(self) -> Scenario:
        """Appends the consequences of the submission itself."""
        return self._follow()

    def happens(self, data: e.AnyEvent) -> Scenario:
        """Appends an event outside the line."""
        return self._add(data, None, None)

    def later(self, **time: float) -> Scenario:
        return replace(self, now=self.now + timedelta(**time))

    @property
    def due(self) -> tuple[engine.DueTask, ...]:
        return engine.due_tasks(self.sop, self.case, self.office)

    @property
    def loaded(self) -> LoadedCase:
        """The case as a command handler reads it, with its keys destroyed."""
        keys = CaseKeys(None, None)
        return LoadedCase(self.case, self.sop, self.office, keys, self.now, self.history, self.due)

    @property
    def waits(self) -> list[str]:
        """The due tasks, as `verb who`, with the slot where it is not the main one."""
        return [f"{due.tugas} {due.who}" + ("" if due.slot == MAIN else f" ({due.slot})") for due in self.due]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.history]

    def _add(self, data: e.AnyEvent, due: engine.DueTask | None, hasil: str | None) -> Scenario:
        event = OpenedEvent(
            id=uuid.UUID(int=self.case.version + 1),
            version=self.case.version + 1,
            type=e.type_of(data),
            data=data,
            at=self.now,
            slot=due.slot if due else MAIN,
            langkah=due.langkah if due else None,
            tugas=due.tugas if due else None,
            hasil=hasil,
            oleh=due.who if due else None,
        )
        later = self.now + timedelta(minutes=1)
        return replace(self, case=fold(self.case, [event]), history=(*self.history, event), now=later)

    def _follow(self) -> Scenario:
        scenario = self
        while after := engine.next_consequence(
            scenario.sop, scenario.case, scenario.office, scenario.now, scenario.due
        ):
            scenario = scenario._add(after.data, after.task, after.hasil)
        return scenario


def submitted(
    sop: Sop, kantor: Kantor | None = None, *, answers: tuple[str, ...] = (), people: e.People | None = None
) -> Scenario:
    """A newly submitted case."""
    kantor = kantor or office()
    scenario = Scenario(sop, kantor, Case(id=uuid.UUID(int=1), office=kantor.kode, sop=sop.sha256))
    who = people or e.People(applicant=person())
    data = e.ApplicationSubmitted(people=who, service=sop.layanan, answers=answers, entry_office=kantor.kode)
    first = sop.main[0]
    event = OpenedEvent(
        id=uuid.UUID(int=1),
        version=1,
        type="ApplicationSubmitted",
        data=data,
        at=START,
        langkah=first.langkah,
        tugas=first.verb,
        hasil="selesai",
        oleh=first.pelaksana[0],
    )
    return replace(scenario, case=fold(scenario.case, [event]), history=(event,), now=START + timedelta(minutes=1))


def sample(kind: str, case: Case | None = None) -> e.AnyEvent:
    """The plainest event of a type."""
    draft = case.draft.count if case and case.draft else 0
    source = e.Source(way="manual")
    made: dict[str, e.AnyEvent] = {
        "DocumentsMissing": e.DocumentsMissing(problems=(e.Problem(document="KTP", problem="tidak_ada"),)),
        "DtksVerified": e.DtksVerified(listings=()),
        "PopulationChecked": e.PopulationChecked(source=source),
        "MembershipChecked": e.MembershipChecked(membership=e.Membership(active=False), source=source),
        "EligibilityConfirmed": e.EligibilityConfirmed(rules=()),
        "EligibilityDenied": e.EligibilityDenied(reasons=(e.Reason(rule="r", key="k", text="t"),)),
        "ParafGiven": e.ParafGiven(draft=draft),
        "ParafSkipped": e.ParafSkipped(draft=draft, reason="penanda_tangan_sama"),
        "LetterDrafted": e.LetterDrafted(
            draft=draft + 1,
            letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),),
            content=e.LetterContent(people=e.People(applicant=person())),
        ),
        "LetterSigned": e.LetterSigned(
            draft=draft,
            letters=(
                e.SignedLetter(
                    letter="surat", number="460/1/DINSOS/2022", sha256="0" * 64, media_type="application/pdf"
                ),
            ),
            method="elektronik",
            signed_on=START.date(),
            signatory=e.Signatory(name="Kadis", nip="196701011992032001", post="Kepala Dinas"),
        ),
        "LetterNumbered": e.LetterNumbered(
            letters=(
                e.DraftLetter(
                    letter="surat",
                    number="460/1/DINSOS/2022",
                    reserved=e.Reservation(year=2022, count=1, at=START),
                ),
            )
        ),
        "PeopleCorrected": e.PeopleCorrected(
            fields=(e.CorrectedField(who="pemohon", field="kk"),),
            subject="pemohon",
            before=e.People(applicant=person()),
            people=e.People(applicant=person(kk="1399010101010002")),
        ),
        "ApplicantTold": e.ApplicantTold(news="siap_diambil", way="telepon"),
        "ParticipantDied": e.ParticipantDied(proof="akta_kematian", paper="1399-KM-01", died_on=START.date()),
        "FindingChanged": e.FindingChanged(
            task="check_membership", before="boleh", found="sudah", status="AKTIF", source=source
        ),
        "SubmissionSent": e.SubmissionSent(via="dibawa_pemohon", to="bpjs"),
        "MembershipActivated": e.MembershipActivated(means="reaktivasi", source=source),
        "MembershipNotYetActive": e.MembershipNotYetActive(source=source),
        "MembershipDeactivated": e.MembershipDeactivated(source=source),
        "MembershipNotYetDeactivated": e.MembershipNotYetDeactivated(source=source),
    }
    if kind in made:
        return made[kind]
    plain: e.AnyEvent = e.MODELS[kind, 1].model_validate({})
    return plain
