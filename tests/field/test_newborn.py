"""A newborn without NIK: who may be entered so, what stands in its place, and where each reader says so.

BPJS takes a newborn for three months on the NIK of its mother.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from bpjs_sync import tasks as bpjs_tasks
from bpjs_sync.answers.answer import Answer
from bpjs_sync.answers.rows import is_about
from bpjs_sync.batches import files, online
from bpjs_sync.outgoing.facts import _person
from intake.domain import application_submitted
from intake.submission import Family
from jejak.cases.people.newborn import person_key, same_birth, standing_in, to_follow
from jejak.cases.people.participants import check_person, corrected
from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, WithoutNik, nik_of
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.meanings import put_off_words
from jejak.tables import applicants
from jejak.web.reading.case_status import deferral_notice
from letters import domain as letters
from letters.printing.compose import letter_data
from tests.procedure import Scenario, office, person, sheet, submitted
from tests.unit.letters.letter_samples import SITI, letter
from tests.unit.letters.test_letter_page import printed

MOTHER: Final = "1399014101900001"
PAPER: Final = "Surat keterangan lahir 12/RSUD/2022"
BORN: Final = date(2022, 6, 20)
RECEIVED: Final = date(2022, 7, 4)
"""As cases of tests are."""
STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Konsep"\ntugas = ["draft_letter"]\npelaksana = ["staf"]\n'


def baby(**changes: object) -> e.Person:
    return person(**({"nik": None, "mother": MOTHER, "birth_paper": PAPER, "name": "Bayi", "born": BORN} | changes))


def story(steps: str = STEPS, who: e.Person | None = None) -> Scenario:
    return submitted(sheet(steps), people=e.People(applicant=person(), participant=who or baby()))


@pytest.mark.parametrize("received", [BORN, date(2022, 7, 4), date(2022, 9, 20)])
def test_a_newborn_is_taken_for_three_months_on_its_mothers_nik(received: date) -> None:
    check_person("peserta", baby(), received)


@pytest.mark.parametrize(
    ("who", "given", "received", "sentence"),
    [
        ("peserta", baby(), date(2022, 9, 21), "hanya bayi sampai umur 3 bulan; bayi ini lahir 20 Juni 2022"),
        ("peserta", baby(mother=None), date(2022, 7, 4), "isi NIK ibunya dan nomor akta atau surat keterangan lahir"),
        ("peserta", baby(birth_paper=None), date(2022, 7, 4), "isi NIK ibunya dan nomor akta"),
        ("peserta", baby(mother="1399014101900000"), date(2022, 7, 4), "NIK ibu peserta tidak benar: nomor urut"),
        ("peserta", baby(born=date(2022, 7, 5)), date(2022, 7, 4), "sesudah hari permohonan diterima"),
        ("peserta", baby(nik=MOTHER), date(2022, 7, 4), "sama dengan NIK ibunya"),
        ("peserta", person(nik=None), date(2022, 7, 4), "NIK peserta belum diisi"),
        ("pemohon", baby(), date(2022, 7, 4), "Hanya peserta yang baru lahir"),
        *(
            ("peserta", baby(birth_paper=blank), date(2022, 7, 4), "surat keterangan lahir peserta belum diisi")
            for blank in ("-", "--", " . ", "/", "0", "x", "Tidak ada", "BELUM ADA", "nihil", "- kosong -", "menyusul")
        ),
        ("peserta", baby(mother="1399010101900001"), date(2022, 7, 4), "adalah NIK laki-laki"),
        ("peserta", baby(mother="1399012006220001"), date(2022, 7, 4), "itu NIK bayi"),
        ("peserta", baby(mother="1399016006220001"), date(2022, 7, 4), "itu NIK bayi"),
        ("pemohon", person(nik=None), date(2022, 7, 4), "NIK pemohon belum diisi"),
    ],
)
def test_nobody_else_goes_without_a_nik(who: str, given: e.Person, received: date, sentence: str) -> None:
    with pytest.raises(Malformed, match=sentence):
        check_person(who, given, received)


def test_an_application_for_a_newborn_is_submitted() -> None:
    now = story()
    application = now.history[0].data
    assert isinstance(application, e.ApplicationSubmitted)
    assert isinstance(application.people, e.People)
    decided = application_submitted(application, application.people, now.sop, date(2022, 7, 4))
    assert decided.data == application


def test_a_person_with_a_nik_is_written_as_before() -> None:
    assert {"mother", "birth_paper"}.isdisjoint(json.loads(person().model_dump_json()))
    assert json.loads(baby().model_dump_json()) | {"mother": MOTHER, "birth_paper": PAPER, "nik": None} == json.loads(
        baby().model_dump_json()
    )


@pytest.mark.parametrize("paper", [PAPER, "SKL 7", "Akta", "AKTA KELAHIRAN NO. 1301-LT-20062022-0001", "Surat bidan"])
def test_any_paper_that_says_something_is_taken(paper: str) -> None:
    check_person("peserta", baby(birth_paper=paper), RECEIVED)


def test_what_was_recorded_before_keeps_a_correction_of_something_else_possible() -> None:
    before = baby(birth_paper="-", mother="1399010101900001")
    loaded = story(who=before).loaded
    moved = before.model_copy(update={"address": "Jorong Baru", "mother": None, "birth_paper": None})
    correction = corrected(loaded, None, moved, e.Act(note="Menurut KK."))
    assert correction is not None
    assert [row.field for row in correction.fields] == ["address"]
    with pytest.raises(Malformed, match="belum diisi"):
        corrected(loaded, None, before.model_copy(update={"birth_paper": "--"}), e.Act(note="Menurut KK."))


def test_twins_are_two_people_and_are_shown_beside_each_other() -> None:
    first, second = baby(name="Bayi Satu"), baby(name="Bayi Dua")
    assert person_key(first) != person_key(second)
    assert person_key(first) == person_key(baby(name="bayi  satu"))
    assert same_birth(first, second)
    assert not same_birth(first, person(nik=MOTHER))
    twins = {"1": {"peserta": first.model_dump()}, "2": {"peserta": second.model_dump()}}
    family = Family.model_validate({"pemohon": person().model_dump(), "anggota": twins})
    assert len(family.applications()) == 2
    with pytest.raises(Malformed, match="cukup diajukan sekali"):
        Family.model_validate(
            {"pemohon": person().model_dump(), "anggota": {"1": twins["1"], "2": twins["1"]}}
        ).applications()


def test_twins_of_one_provisional_name_are_told_apart_by_their_order() -> None:
    first, second = baby(name="Bayi Ny. Siti", birth_order="1"), baby(name="Bayi Ny. Siti", birth_order="2")
    assert person_key(first) != person_key(second)
    assert person_key(first) == person_key(baby(name="BAYI NY. SITI"))
    assert same_birth(first, second)

    def family(*children: e.Person) -> Family:
        members = {str(number): {"peserta": child.model_dump()} for number, child in enumerate(children, 1)}
        return Family.model_validate({"pemohon": person().model_dump(), "anggota": members})

    assert len(family(first, second).applications()) == 2
    for again in (first, baby(name="bayi ny.  siti")):
        with pytest.raises(Malformed, match=r"Satu bayi cukup .* bila kembar, isi urutan lahir bayi kembar"):
            family(first, again).applications()
    assert json.loads(second.model_dump_json())["birth_order"] == "2"
    assert "birth_order" not in json.loads(baby().model_dump_json())


def test_letter_list_and_message_say_which_of_twins_it_is() -> None:
    second = baby(name="Bayi Ny. Siti", birth_order="2")
    assert standing_in(second) == f"belum ada; NIK ibu {MOTHER}, {PAPER}, bayi kembar ke-2"
    line = files.line_of(story(who=second).loaded)
    assert line is not None
    assert line.surat_lahir == f"{PAPER}, bayi kembar ke-2"
    personal = _person(uuid.UUID(int=1), e.People(applicant=person(), participant=second), None)
    assert personal is not None
    assert (personal.participant.birth_paper, personal.participant.birth_order) == (PAPER, "2")
    mended = second.model_copy(update={"address": "Jorong Baru", "birth_order": None, "birth_paper": None})
    correction = corrected(story(who=second).loaded, None, mended, e.Act(note="Menurut KK."))
    assert correction is not None
    assert [row.field for row in correction.fields] == ["address"]


def test_a_look_up_by_nik_waits_for_a_person_who_reads_why() -> None:
    with pytest.raises(WithoutNik) as waits:
        nik_of(baby())
    words = put_off_words(str(waits.value))
    assert words is not None
    assert "bayi yang belum punya NIK" in words
    assert "kerjakan dengan tangan" in words
    assert deferral_notice(str(waits.value)) == "Hasil pengecekan sedang diperiksa petugas."


async def test_a_check_of_the_membership_lists_does_not_look_for_the_mother_instead() -> None:
    now = story('[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["confirm_status"]\npelaksana = ["staf"]\n')
    work = DueWork(now.loaded, now.due[0])
    with pytest.raises(WithoutNik):
        bpjs_tasks._nik(work)


def test_the_letter_prints_what_stands_in_place_of_the_nik() -> None:
    now = story()
    content = letters.content(now.loaded, {}, refuses=False)
    drafted = e.LetterDrafted(draft=1, letters=(e.DraftLetter(letter="surat", number="460/1"),), content=content)
    drafted_case = now.then(data=drafted).loaded
    signer = office().holder("kadis", date(2022, 7, 4))
    assert signer is not None
    made = datetime(2022, 7, 4, 3, tzinfo=UTC)
    printed = letter_data(
        drafted_case, "surat", signer, draft=True, made=made, dated=None, public_url="https://contoh.test"
    )
    assert printed.peserta[0].nik == f"belum ada; NIK ibu {MOTHER}, {PAPER}"


def test_a_letter_keeps_what_stands_in_place_of_the_nik() -> None:
    loaded, act = story().loaded, e.Act(note="Menurut akta.")
    mended = baby(address="Jorong Baru Nomor 1", mother=None, birth_paper=None)
    correction = letters.corrected_by_drafter(loaded, None, mended, act)
    assert correction is not None
    assert isinstance(correction.people, e.People)
    assert correction.people.participant == baby(address="Jorong Baru Nomor 1")
    for other in (baby(mother="1399014101900009"), baby(birth_paper="Akta lain"), baby(nik="1399016006220001")):
        with pytest.raises(Refused, match="tidak diganti di sini"):
            letters.corrected_by_drafter(loaded, None, other, act)


def test_the_nik_follows_as_a_correction_with_its_paper() -> None:
    loaded = story().loaded
    paper = e.Attachment(document="KK", sha256="1" * 64, media_type="image/png", size=68)
    correction = corrected(loaded, None, baby(nik="1399016006220001"), e.Act(evidence=(paper,)))
    assert correction is not None
    assert isinstance(correction.people, e.People)
    assert correction.people.subject.nik == "1399016006220001"
    assert [(row.who, row.field) for row in correction.fields] == [("peserta", "nik")]
    with pytest.raises(Malformed, match="Koreksi NIK perlu dokumennya"):
        corrected(loaded, None, baby(nik="1399016006220001"), e.Act(note="Ada di KK."))


def test_the_list_to_bpjs_names_the_mother_in_columns_of_its_own() -> None:
    line, other = files.line_of(story().loaded), files.line_of(story(who=person(nik="1399010101900002")).loaded)
    assert line is not None
    assert other is not None
    assert (line.nik, line.nik_ibu, line.surat_lahir) == ("", MOTHER, PAPER)
    assert (other.nik, other.nik_ibu, other.surat_lahir) == ("1399010101900002", "", "")
    made = datetime(2022, 7, 31, tzinfo=UTC)
    text = files.list_file("csv", "usulan", made, [line, other]).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [row["nik_ibu"] for row in rows] == [MOTHER, None]
    assert files.headings_of([other]) == files.HEADINGS


def test_the_online_sheet_gets_the_columns_with_its_first_newborn(tmp_path: Path) -> None:
    line, other = files.line_of(story().loaded), files.line_of(story(who=person(nik="1399010101900002")).loaded)
    assert line is not None
    assert other is not None
    for identity, row in (("a/1", other), ("b/1", line), ("c/1", other)):
        online.append(tmp_path, "usulan", [(identity, row)])
    text = (tmp_path / "usulan.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    assert [(row["id_pengiriman"], row["nik"], row["nik_ibu"]) for row in rows] == [
        ("a/1", "1399010101900002", None),
        ("b/1", "", MOTHER),
        ("c/1", "1399010101900002", None),
    ]


def test_the_message_to_bpjs_says_whose_nik_it_is() -> None:
    personal = _person(uuid.UUID(int=1), e.People(applicant=person(), participant=baby()), None)
    assert personal is not None
    assert (personal.participant.nik, personal.participant.birth_paper) == (MOTHER, PAPER)
    plain = _person(uuid.UUID(int=1), e.People(applicant=person()), None)
    assert plain is not None
    assert plain.participant.birth_paper is None


def test_an_answer_under_the_mothers_nik_alone_is_not_taken_for_the_baby() -> None:
    now = story().loaded
    row = Answer(2, "aktif", nik=MOTHER)
    assert not is_about(row, now, now.case.office)
    assert is_about(replace(row, proposal="7K3M-9QXA-2BCD"), now, now.case.office)
    assert not is_about(replace(row, proposal="7K3M-9QXA-2BCD", nik="1399010101900009"), now, now.case.office)


def test_a_list_of_applicants_has_columns_for_it() -> None:
    head = (
        "NIK;Nomor KK;Nama;Tanggal lahir;Alamat;NIK peserta;Nomor KK peserta;Nama peserta;Tanggal lahir peserta;"
        "Alamat peserta;NIK ibu peserta;Akta atau surat keterangan lahir;Kembar ke"
    )
    row = (
        f"{MOTHER};1399010101010001;Siti;01-01-1990;Jorong;;1399010101010001;Bayi Siti;20-06-2022;Jorong;"
        f"{MOTHER};{PAPER};2"
    )
    [read] = applicants.read(f"{head}\n{row}\n".encode()).rows
    participant = e.Person.model_validate(read.fields["peserta"])
    check_person("peserta", participant, date(2022, 7, 4))
    assert (participant.nik, participant.mother, participant.birth_paper) == (None, MOTHER, PAPER)
    assert participant.birth_order == "2"


def test_what_has_to_follow_is_said_with_its_last_day() -> None:
    assert "paling lambat 20 September 2022 (3 bulan sesudah lahir)" in (to_follow(baby(), RECEIVED, dated=True) or "")
    assert "2022" not in (to_follow(baby(), RECEIVED, dated=False) or "")
    assert to_follow(person(), RECEIVED, dated=True) is None
    assert "Batas itu sudah lewat" not in (to_follow(baby(), date(2022, 9, 20), dated=True) or "")
    assert "Batas itu sudah lewat" in (to_follow(baby(), date(2022, 9, 21), dated=False) or "")


def test_the_paper_itself_says_that_there_is_no_nik_alone_and_among_others() -> None:
    baby_on_letter = SITI.model_copy(update={"nik": f"belum ada; NIK ibu {MOTHER}, {PAPER}"})
    for people in ((baby_on_letter,), (SITI, baby_on_letter)):
        text = " ".join(printed(letter(peserta=people)).split())
        assert "belum ada; NIK ibu" in text
        assert MOTHER in text
