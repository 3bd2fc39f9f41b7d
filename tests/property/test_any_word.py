"""No word decides unless it is listed, and a question to a person holds no long number."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bpjs_sync.answers.rows import from_raw
from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, Undecided
from jejak.privacy.normalise import line
from jejak.procedure.meanings import SHIPPED, put_off_words
from jejak.procedure.office.vocabularies import ANSWERS, LISTED, LIVINGS, PAYERS, STANDINGS, known_as
from jejak.tables.cells import BadValueError
from tests.procedure import sheet, submitted
from tests.property.examples import examples
from verification.registers.agreement import listing_of
from verification.registers.lookup import (
    Answering,
    LookUp,
    MemberEntry,
    RegisterAnswers,
    RegisterEntry,
    RegisterKind,
    ResidentEntry,
    UnreadRow,
)
from verification.tasks import membership_of, population_of

STEP: Final = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["{verb}"]\npelaksana = ["staf"]\n'
SOURCE: Final = Answering(uuid.UUID(int=9), "13.99", "BPJS", RegisterKind.MEMBERS, date(2022, 6, 30))
MEMBERSHIP: Final = submitted(sheet(STEP.format(verb="check_membership")))
POPULATION: Final = submitted(sheet(STEP.format(verb="check_population")))
LONG_NUMBER: Final = re.compile(r"\d{6,}")
KNOWN: Final = sorted({*STANDINGS, *LIVINGS, *LISTED, *ANSWERS, *PAYERS})


@st.composite
def words(draw: st.DrawFn) -> str:
    """Any text, a listed word, or a listed word with something before or behind it, in other capitals."""
    word = draw(st.sampled_from([*KNOWN, "1", "0", "YA", "TIDAK", "X", "-", ""]) | st.text(max_size=30))
    before, behind = draw(st.text(max_size=3)), draw(st.sampled_from(["", "", " (ALM)", "?", " 1301010512897110"]))
    written = f"{before}{word}{behind}"
    return draw(st.sampled_from([written, written.upper(), written.title()]))


def member(status: str | None, segment: str | None = "PBI APBN") -> MemberEntry:
    return MemberEntry(SOURCE, "0008880006001", None, segment, status, None, None)


def finding(members: RegisterAnswers) -> str | Undecided | None:
    """The outcome of a membership by the rows of one list, or why it waits."""
    work = DueWork(MEMBERSHIP.loaded, MEMBERSHIP.due[0])
    try:
        return membership_of(work, LookUp({"BPJS": SOURCE}, {}), members).hasil
    except Undecided as waits:
        return waits


@settings(max_examples=examples(300))
@given(words())
def test_a_membership_is_decided_by_a_listed_status_alone(word: str) -> None:
    found = finding(RegisterAnswers(members=(member(word),)))
    meaning = STANDINGS.get(known_as(word))
    expected = {"aktif": "sudah", "nonaktif": "boleh"}.get(meaning or "") if word.strip() else None
    if expected is None:
        assert isinstance(found, Undecided)
        assert put_off_words(found.shown)
        assert not LONG_NUMBER.search(found.shown)
    else:
        assert found == expected


@settings(max_examples=examples(200))
@given(words(), words())
def test_two_rows_decide_only_where_each_alone_would_and_alike(one_word: str, other_word: str) -> None:
    together = finding(RegisterAnswers(members=(member(one_word), member(other_word))))
    alone = {finding(RegisterAnswers(members=(member(word),))) for word in (one_word, other_word)}
    if not isinstance(together, Undecided):
        assert alone == {together}


@settings(max_examples=examples(200))
@given(words(), st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=2))
def test_a_row_that_was_not_taken_is_never_nobody(word: str, faults: list[str]) -> None:
    unread = tuple(UnreadRow(SOURCE, number, fault) for number, fault in enumerate(faults, 2))
    assert isinstance(finding(RegisterAnswers(unread=unread)), Undecided)
    assert isinstance(finding(RegisterAnswers(members=(member(word),), unread=unread)), Undecided)


@settings(max_examples=examples(200))
@given(words())
def test_an_active_member_in_a_segment_that_is_not_listed_waits(word: str) -> None:
    found = finding(RegisterAnswers(members=(member("AKTIF", word),)))
    payer = PAYERS.get(known_as(word))
    expected = {"negara": "sudah", "daerah": "sudah", "lain": "segmen_lain"}.get(payer or "")
    assert (found == expected) if expected else isinstance(found, Undecided)


@settings(max_examples=examples(200))
@given(words())
def test_a_resident_is_living_by_a_listed_status_alone(word: str) -> None:
    work = DueWork(POPULATION.loaded, POPULATION.due[0])
    row = ResidentEntry(SOURCE, None, None, None, word)
    living = LIVINGS.get(known_as(word))
    try:
        found = population_of(work, LookUp({"DUKCAPIL": SOURCE}, {}), RegisterAnswers(residents=(row,)))
    except Undecided:
        assert living is None
    else:
        assert found.hasil == ("padan" if living == "hidup" else living)
        assert isinstance(found.data, e.PopulationChecked)
        assert found.data.status == word


@settings(max_examples=examples(200))
@given(words())
def test_a_register_lists_nobody_by_a_word_that_is_not_listed(word: str) -> None:
    entry = RegisterEntry(SOURCE, None, None, None, word)
    meaning = LISTED.get(known_as(word))
    try:
        listing, _ = listing_of("DTKS", SOURCE, [entry], SHIPPED)
    except Undecided:
        assert meaning is None
    else:
        assert listing.listed == (meaning == "terdaftar")


@settings(max_examples=examples(300))
@given(words())
def test_an_answer_of_bpjs_is_read_from_a_listed_word_alone(word: str) -> None:
    row = {"nik": "1399010101900001", "hasil": word, "keterangan": "sebab", "aktif sejak": ""}
    try:
        answer = from_raw(2, row)
    except BadValueError:
        return
    assert answer.says == ANSWERS[known_as(line(word))]
