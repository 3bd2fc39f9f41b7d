"""After any corrections in any order every reader names the same person, who was looked up before a signature."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bpjs_sync.batches.files import line_of
from bpjs_sync.outgoing.facts import outgoing_facts
from jejak.cases.people.participants import corrected, draft_overtaken, people_named
from jejak.contracts import events as e
from jejak.contracts.bpjs.messages import SubmissionPersonal
from jejak.contracts.parts import PersonField
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.model import MAIN
from letters import domain
from letters.printing.compose import letter_data
from tests.procedure import Scenario, office, person, sheet, submitted
from tests.property.examples import examples

ONE_LINE: Final = """
[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_documents", "check_registry", "check_population", "check_membership"]
pelaksana = ["staf"]
bila = { tidak_terdaftar = "lanjut", sudah = "lanjut" }

[[langkah]]
no = 2
kegiatan = "Surat"
tugas = ["draft_letter", {tugas = "paraf", pelaksana = ["kabid"]}, {tugas = "sign", pelaksana = ["kadis"]}]
pelaksana = ["kasi"]
"""
FOLLOWED: Final = f"""{ONE_LINE}
[[langkah]]
no = 3
kegiatan = "Serahkan"
tugas = ["hand_over"]
pelaksana = ["staf"]

[[tindak_lanjut]]
kode = "bpjs"
kegiatan = "Sampai kartu aktif"
tugas = [{{tugas = "deliver", pelaksana = ["staf"]}}, "await_reply", "confirm_status"]
kepada = "bpjs"
pelaksana = ["bpjs"]
"""
SENT_AT_ONCE: Final = f"""{ONE_LINE}
[[langkah]]
no = 3
kegiatan = "Kirim"
tugas = ["deliver", "await_reply"]
kepada = "bpjs"
pelaksana = ["bpjs"]

[[langkah]]
no = 4
kegiatan = "Arsip"
tugas = ["archive"]
pelaksana = ["staf"]
"""
SHEETS: Final = tuple(sheet(steps) for steps in (ONE_LINE, FOLLOWED, SENT_AT_ONCE))
SCAN: Final = e.Attachment(document="KK", sha256="1" * 64, media_type="image/png", size=68)
VALUES: Final[dict[PersonField, tuple[object, ...]]] = {
    "nik": ("1399010101900001", "1399010101900007", "1399010101900008"),
    "kk": ("1399010101010001", "1399010101010002"),
    "name": ("Contoh Warga", "Contoh Wargi"),
    "born": (date(1990, 1, 1), date(1990, 1, 2)),
    "address": ("Jorong Contoh", "Jorong Baru Nomor 9"),
    "birthplace": (None, "Padang"),
    "phone": (None, "0812345678"),
    "card": (None, "0001234567890"),
}
CHANGES: Final = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
).filter(bool)


@dataclass(frozen=True)
class Told:
    """A case with what its readers were given: the people of each submission, in order."""

    case: Scenario
    sent: tuple[e.People, ...] = field(default=())

    @property
    def people(self) -> e.People:
        people = self.case.case.people
        assert people is not None
        return people

    def corrected(self, changes: dict[str, object], *, whose: str) -> Told:
        """The change of one person, unless it is refused: another person, one NIK for two, an ended case."""
        person_now = self.people.participant if whose == "peserta" else self.people.applicant
        if person_now is None:
            return self
        mended = e.Person.model_validate(person_now.model_dump() | changes)
        applicant, participant = (None, mended) if whose == "peserta" else (mended, None)
        try:
            event = corrected(self.case.loaded, applicant, participant, e.Act(evidence=(SCAN,)))
        except (Refused, Malformed):
            return self
        return self if event is None else replace(self, case=self.case.happens(event))

    def worked(self, nth: int, choice: int) -> Told:
        """One of the due tasks ends with one of its outcomes."""
        if not self.case.due:
            return self
        due = self.case.due[nth % len(self.case.due)]
        outcomes = list(due.task.targets) if due.tugas != "complete" else ["selesai"]
        outcome = outcomes[0] if choice >= len(outcomes) else outcomes[choice]
        data = drafted(self.case) if TASKS[due.tugas].letters == "drafts" else None
        sent = (*self.sent, self.people) if TASKS[due.tugas].delivery == "sends" else self.sent
        if TASKS[due.tugas].letters == "signs" and outcome == "ditandatangani":
            check_signature(self)
        return Told(self.case.then(outcome, slot=due.slot, data=data), sent)


def drafted(case: Scenario) -> e.LetterDrafted:
    """A draft as the service writes it."""
    return e.LetterDrafted(
        draft=case.case.draft.count + 1 if case.case.draft else 1,
        letters=(e.DraftLetter(letter="surat", number="460/1/DINSOS/2022"),),
        content=domain.content(case.loaded, {}, refuses=False),
    )


def check_signature(told: Told) -> None:
    """What is signed names the people of now, and every look-up that it rests on was made of them."""
    case = told.case.case
    assert not draft_overtaken(case)
    assert case.draft is not None
    assert isinstance(case.draft.content, e.LetterContent)
    assert printed(case.draft.content.people) == printed(told.people)
    latest = {done.tugas: number for number, done in enumerate(case.completed)}
    for correction in case.corrections:
        for verb, number in latest.items():
            if number < correction.done and TASKS[verb].finds != "documents":
                assert not TASKS[verb].looks_at & correction.participant, (verb, correction)


def printed(people: e.People) -> e.People:
    """Without telephone numbers, which no letter prints."""
    silent = {"phone": None}
    participant = people.participant.model_copy(update=silent) if people.participant else None
    return people.model_copy(
        update={"applicant": people.applicant.model_copy(update=silent), "participant": participant}
    )


def check_readers(told: Told, expected: e.People) -> None:
    """Case, list, letter, message and indexes name the same people."""
    story, subject = told.case, expected.subject
    case = story.case
    assert case.people == expected
    line = line_of(story.loaded)
    assert line is not None
    assert (line.nik, line.no_kk, line.nama, line.alamat) == (subject.nik, subject.kk, subject.name, subject.address)
    stated = [people for event in story.history if (people := people_named(event.data))]
    assert printed(stated[-1]) == printed(expected)
    for number, event in enumerate(story.history, 1):
        fact = outgoing_facts(uuid.UUID(int=1), story.history[:number], story.sop, office(), "https://jejak.example")
        if fact is not None and isinstance(event.data, e.SubmissionSent):
            assert isinstance(fact.personal, SubmissionPersonal)
            people = told.sent[sum(isinstance(row.data, e.SubmissionSent) for row in story.history[:number]) - 1]
            assert (fact.personal.participant.nik, fact.personal.participant.name) == (
                people.subject.nik,
                people.subject.name,
            )
    if case.draft is not None and not domain.is_overtaken(case):
        [signer] = [who for who in office().officials_at(story.now.date()) if who.jabatan == "kadis"]
        letter = letter_data(
            story.loaded, "surat", signer, draft=False, made=story.now, dated=story.now.date(), public_url="https://a.b"
        )
        [named] = letter.peserta
        assert (named.nik, named.nomor_kk, named.nama, named.tanggal_lahir, named.nomor_kartu) == (
            subject.nik,
            subject.kk,
            subject.name,
            subject.born,
            subject.card,
        )


def check_due(story: Scenario) -> None:
    """A draft that a correction overtook is neither initialled nor signed; a case that runs has something due."""
    if draft_overtaken(story.case):
        roles = {TASKS[due.tugas].letters for due in story.due if due.slot == MAIN}
        assert not roles & {"judges", "initials", "signs"}, story.waits
    if story.case.ending is None:
        assert story.due


WORK: Final = st.tuples(st.integers(0, 1), st.sampled_from([0] * 20 + [1, 2]))
"""Mostly the good outcome, so that many cases reach a signature."""
ACTS: Final = st.lists(
    st.one_of(WORK, WORK, WORK, st.tuples(st.sampled_from(["pemohon", "peserta"]), CHANGES)), min_size=8, max_size=45
)


@settings(max_examples=examples(300), deadline=None)
@given(sop=st.sampled_from(SHEETS), family=st.booleans(), acts=ACTS)
def test_every_reader_names_the_same_person_who_was_looked_up(
    sop: object, family: bool, acts: list[tuple[object, object]]
) -> None:
    child = person(nik="1399010101900002", name="Anak Warga") if family else None
    people = e.People(applicant=person(), participant=child)
    told = Told(submitted(next(known for known in SHEETS if known is sop), people=people))
    for first, second in acts:
        if isinstance(first, str) and isinstance(second, dict):
            told = told.corrected(second, whose=first)
        elif isinstance(first, int) and isinstance(second, int):
            told = told.worked(first, second)
        check_due(told.case)
    check_readers(told, told.people)
