"""What a membership list says of a card in words: what decides, what an official sees, and what the trace keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.contracts.memberlists import MemberRow
from jejak.messaging.task_runner import Undecided
from jejak.procedure.meanings import put_off_words
from jejak.procedure.office.kantor import load_kantor
from tests.procedure import office, sheet, submitted
from tests.unit.bpjs.test_status import ENDED, INVERSE, SOURCE, STEPS, decision_by_list, listed

DIGITS = '\n[kata.kepesertaan]\n"1" = "aktif"\n'


@pytest.mark.parametrize("segment", ["PPU BADAN USAHA", "NON PBI", "PEGAWAI PEMDA", "SEGMEN BARU", ""])
def test_an_active_card_in_a_segment_that_is_not_state_paid_confirms_no_proposal(segment: str) -> None:
    with pytest.raises(Undecided) as waits:
        decision_by_list(submitted(sheet(STEPS)), listed("AKTIF", segment))
    assert (f"«{segment}»" if segment else "kosong") in (put_off_words(waits.value.shown) or "")


@pytest.mark.parametrize("head", ["", INVERSE])
def test_a_row_that_could_not_be_read_proves_nothing_and_is_named(head: str) -> None:
    unread = MemberRow(source=SOURCE, fault="BPJS baris 4: nomor kartu harus 13 angka")
    with pytest.raises(Undecided) as waits:
        decision_by_list(submitted(sheet(STEPS, head)), listed("AKTIF"), unread)
    assert "BPJS baris 4" in (put_off_words(waits.value.shown) or "")


def test_digits_of_the_office_speak_of_its_own_lists_alone() -> None:
    case = replace(submitted(sheet(STEPS)), office=load_kantor(office().text + DIGITS.encode()))
    own = decision_by_list(case, listed("1"))
    assert own is not None
    assert own.hasil == "sesuai"
    with pytest.raises(Undecided):
        decision_by_list(case, listed("1"), source=SOURCE.model_copy(update={"own": False}))


@pytest.mark.parametrize(
    ("head", "row", "sentence"),
    [
        ("", listed("AKTIF"), "Kepesertaan aktif, status «AKTIF»."),
        ("", listed("NONAKTIF"), "Kepesertaan dicek: belum aktif, status «NONAKTIF»."),
        ("", listed(None, since=ENDED), "Kepesertaan dicek: belum aktif."),
        (INVERSE, listed("DINONAKTIFKAN"), "Kepesertaan berakhir sesuai permohonan, status «DINONAKTIFKAN»."),
        (INVERSE, listed("AKTIF"), "Kepesertaan dicek: belum berakhir, status «AKTIF»."),
    ],
)
def test_the_trace_says_the_word_of_the_list(head: str, row: MemberRow, sentence: str) -> None:
    case = submitted(sheet(STEPS, head))
    decision = decision_by_list(case, row)
    assert decision is not None
    history = case.then(decision.hasil, data=decision.data).history
    found = [event for event in history if event.type == type(decision.data).__name__]
    assert [describe_event(event, case.sop) for event in found] == [sentence]


def test_the_trace_says_the_word_of_an_answer() -> None:
    case = submitted(sheet(STEPS.replace("confirm_status", "await_reply")))
    done = case.then("diterima", data=e.ReplyReceived(word="BERHASIL"))
    sentences = [describe_event(event, done.sop) for event in done.history if event.type == "ReplyReceived"]
    assert sentences == ["Jawaban BPJS: diterima (tertulis «BERHASIL»)."]
