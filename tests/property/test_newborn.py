"""A person entered without a NIK is refused in a sentence that repeats no number, or read by every reader."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bpjs_sync.batches import files
from bpjs_sync.outgoing.facts import _person
from jejak.cases.people.newborn import number_of, person_key, standing_in, to_follow
from jejak.cases.people.participants import check_person
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.platform.errors import Malformed
from letters import domain as letters
from letters.printing.compose import letter_data
from tests.procedure import office, person, sheet, submitted
from tests.property.examples import examples

RECEIVED: Final = date(2022, 7, 4)
SHEET: Final = sheet('[[langkah]]\nno = 1\nkegiatan = "Konsep"\ntugas = ["draft_letter"]\npelaksana = ["staf"]\n')
KEYS: Final = codec.CaseKeys(bytes(32), bytes(32))

serials = st.integers(1, 9999).map(lambda serial: f"139901410190{serial:04}")
numbers = st.none() | serials | st.integers(0, 10**16 - 1).map(lambda number: f"{number:016}")
words = st.text(st.sampled_from("ABC abc 123/.-"), min_size=1, max_size=40).filter(str.strip)
papers = st.text(st.sampled_from("SKL 12/\n\t.-"), min_size=1, max_size=100)


@st.composite
def participants(draw: st.DrawFn) -> e.Person:
    return person(
        nik=draw(numbers),
        mother=draw(numbers),
        birth_paper=draw(st.none() | papers),
        birth_order=draw(st.sampled_from([None, "1", "2"])),
        name=draw(words),
        born=RECEIVED - timedelta(days=draw(st.integers(-30, 200) | st.integers(0, 60_000))),
    )


def accepted(who: str, given_person: e.Person) -> bool:
    try:
        check_person(who, given_person, RECEIVED)
    except Malformed as refused:
        sentence = refused.detail
    else:
        return True
    known = (given_person.nik, given_person.mother)
    assert not any(number in sentence for number in known if number)
    assert sentence.endswith(".")
    return False


@settings(max_examples=examples(400), deadline=None)
@given(participants())
def test_nobody_but_a_newborn_with_what_stands_in_goes_without_a_nik(given_person: e.Person) -> None:
    assert not (given_person.nik is None and accepted("pemohon", given_person))
    if accepted("peserta", given_person) and given_person.nik is None:
        assert given_person.mother is not None
        assert given_person.birth_paper is not None
        assert timedelta(0) <= RECEIVED - given_person.born <= timedelta(days=92)


@settings(max_examples=examples(200), deadline=None)
@given(participants())
def test_every_reader_reads_whoever_is_accepted(given_person: e.Person) -> None:
    assume(accepted("peserta", given_person))
    people = e.People(applicant=person(), participant=given_person)
    story = submitted(SHEET, people=people)
    instead = standing_in(given_person)
    assert (instead is None) == (given_person.nik is not None)
    assert (to_follow(given_person, RECEIVED, dated=True) is None) == (given_person.nik is not None)
    assert person_key(given_person)

    line = files.line_of(story.loaded)
    assert line is not None
    assert (line.nik or line.nik_ibu) == number_of(given_person)
    files.list_file("csv", "usulan", datetime(2022, 7, 31, tzinfo=UTC), [line])

    message = _person(uuid.UUID(int=1), people, None)
    assert message is not None
    assert message.participant.nik == number_of(given_person)
    assert (message.participant.birth_paper is None) == (given_person.nik is not None)

    content = letters.content(story.loaded, {}, refuses=False)
    event = e.LetterDrafted(draft=1, letters=(e.DraftLetter(letter="surat", number="1"),), content=content)
    signer = office().holder("kadis", RECEIVED)
    assert signer is not None
    printed = letter_data(
        story.then(data=event).loaded, "surat", signer, draft=True, made=datetime(2022, 7, 4, tzinfo=UTC),
        dated=None, public_url="https://contoh.test",
    )  # fmt: skip
    assert printed.peserta[0].nik == (given_person.nik or instead)

    submitted_event = story.history[0].data
    stored = codec.encode(submitted_event, uuid.UUID(int=1), 1, KEYS, ids.random_bytes)
    assert codec.decode("ApplicationSubmitted", stored, uuid.UUID(int=1), 1, KEYS) == submitted_event
