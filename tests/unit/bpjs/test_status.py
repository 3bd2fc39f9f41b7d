"""What an imported membership list proves of a card that shall be active, and of a membership that shall end."""

import uuid
from collections.abc import Sequence
from datetime import date

import pytest

from bpjs_sync.batches import files
from bpjs_sync.domain import end_reason
from bpjs_sync.tasks import status_of
from jejak.cases.decision import Decision, LoadedCase
from jejak.contracts import events as e
from jejak.contracts.memberlists import MemberList, MemberRow
from jejak.messaging.task_runner import DueWork, Unavailable, Undecided
from jejak.procedure.meanings import UNKNOWN_WORD, put_off_words
from tests.procedure import Scenario, sheet, submitted

STEPS = '[[langkah]]\nno = 2\nkegiatan = "Cek"\ntugas = ["confirm_status"]\npelaksana = ["bpjs"]\n'
ROUTES = 'jalur = [{kode = "wafat", nama = "Meninggal dunia"}]\n'
CHOOSING = '[[langkah]]\nno = 1\nkegiatan = "Pilih"\ntugas = ["choose_route"]\npelaksana = ["staf"]\n'
INVERSE = 'tujuan = "nonaktif"\n'
SOURCE = MemberList(import_id=uuid.UUID(int=9), as_of=date(2022, 7, 31))
OLD = MemberList(import_id=uuid.UUID(int=8), as_of=date(2022, 6, 30))
ENDED = date(2022, 7, 20)


def loaded(case: Scenario) -> LoadedCase:
    return case.loaded


def listed(status: str | None, segment: str | None = "PBI APBN", since: date | None = None) -> MemberRow:
    return MemberRow(source=SOURCE, segment=segment, status=status, deactivated_on=since)


def decision_by_list(case: Scenario, *members: MemberRow, source: MemberList = SOURCE) -> Decision | None:
    """The decision by one list, a month after the task fell due."""
    return decision_by_lists(case, [source], *(row_of(row, source) for row in members))


def row_of(row: MemberRow, source: MemberList) -> MemberRow:
    return row.model_copy(update={"source": source})


def decision_by_lists(case: Scenario, lists: Sequence[MemberList], *members: MemberRow) -> Decision | None:
    """The decision by several lists, 35 days after the task fell due."""
    later = loaded(case.later(days=35))
    return status_of(DueWork(later, later.due[0]), lists, members)


@pytest.mark.parametrize(
    ("members", "since"),
    [
        ([listed("NONAKTIF", since=ENDED)], ENDED),
        ([listed("NONAKTIF")], SOURCE.as_of),
        ([listed(None, since=ENDED)], ENDED),
        ([listed("NONAKTIF", since=ENDED), listed("AKTIF", "PBPU MANDIRI")], ENDED),
        ([listed("AKTIF", "PPU BADAN USAHA")], SOURCE.as_of),
    ],
)
def test_a_state_paid_membership_ends_when_the_list_has_it_off_or_elsewhere(
    members: list[MemberRow], since: date
) -> None:
    decision = decision_by_list(submitted(sheet(STEPS, INVERSE)), *members)
    assert decision is not None
    assert decision.hasil == "sesuai"
    assert isinstance(decision.data, e.MembershipDeactivated)
    assert decision.data.inactive_since == since
    assert decision.data.source == e.Source(way="impor", reference=str(SOURCE.import_id), as_of=SOURCE.as_of)


@pytest.mark.parametrize(
    ("members", "source"),
    [
        ([listed("AKTIF")], SOURCE),
        ([listed("AKTIF", None)], SOURCE),
        ([listed("NONAKTIF", since=ENDED), listed("AKTIF", "PBI APBD")], SOURCE),
        ([listed("NONAKTIF", since=ENDED)], OLD),
        ([], SOURCE),
    ],
    ids=[
        "on",
        "on without a segment",
        "on a second time",
        "an older list",
        "absent",
    ],
)
def test_a_list_that_proves_no_end_is_a_not_yet_recorded_once(members: list[MemberRow], source: MemberList) -> None:
    case = submitted(sheet(STEPS, INVERSE))
    decision = decision_by_list(case, *members, source=source)
    assert decision is not None
    assert (decision.hasil, type(decision.data)) == ("belum", e.MembershipNotYetDeactivated)
    assert decision_by_list(case.then("belum", data=decision.data), *members, source=source) is None


LATER = MemberList(import_id=uuid.UUID(int=7), as_of=date(2022, 8, 1))


@pytest.mark.parametrize(
    "members",
    [
        [listed("NONAKTIF"), listed("AKTIF")],
        [listed("AKTIF"), row_of(listed("NONAKTIF"), LATER)],
        [listed("MENINGGAL DUNIA"), listed("AKTIF")],
        [listed("AKTIF", since=ENDED)],
        [listed("AKTIF", since=date(2022, 8, 20))],
        [listed("NONAKTIF", since=date(2022, 8, 20))],
    ],
)
def test_lists_that_contradict_themselves_switch_no_card_on(members: list[MemberRow]) -> None:
    with pytest.raises(Undecided):
        decision_by_lists(submitted(sheet(STEPS)), [SOURCE, LATER], *members)


def test_a_row_of_a_list_made_before_the_question_proves_nothing_beside_a_later_list() -> None:
    stale = row_of(listed("AKTIF"), MemberList(import_id=LATER.import_id, as_of=date(2019, 1, 31)))
    lists = [SOURCE, stale.source]
    decision = decision_by_lists(submitted(sheet(STEPS)), lists, stale)
    assert decision is not None
    assert decision.hasil == "belum"
    both = decision_by_lists(submitted(sheet(STEPS)), lists, listed("NONAKTIF"), stale)
    assert both is not None
    assert both.hasil == "belum"


def test_nothing_follows_where_no_list_was_ever_imported() -> None:
    with pytest.raises(Unavailable, match="daftar_kepesertaan_belum_diimpor"):
        decision_by_lists(submitted(sheet(STEPS)), [])


def test_the_list_that_names_the_participant_is_the_source() -> None:
    decision = decision_by_lists(submitted(sheet(STEPS)), [SOURCE, LATER], row_of(listed("AKTIF"), LATER))
    assert decision is not None
    assert isinstance(decision.data, e.MembershipActivated)
    assert (decision.data.source.reference, decision.data.active_since) == (str(LATER.import_id), LATER.as_of)


@pytest.mark.parametrize(
    ("status", "since"), [("NONAKTIF", date(2022, 8, 20)), ("AKTIF", ENDED), (None, date(2022, 8, 20))]
)
def test_a_day_that_has_not_come_or_that_an_active_member_has_ends_nothing(status: str | None, since: date) -> None:
    with pytest.raises(Undecided) as waits:
        decision_by_list(submitted(sheet(STEPS, INVERSE)), listed(status, since=since))
    assert f"tanggal nonaktif orang ini tertulis «{since:%d-%m-%Y}" in (put_off_words(waits.value.shown) or "")


@pytest.mark.parametrize("inverse", [INVERSE, ""])
@pytest.mark.parametrize("word", ["DITANGGUHKAN", "MENINGGAL DUNIA", "1", None])
def test_a_word_that_says_neither_on_nor_off_waits_for_a_person_who_sees_it(inverse: str, word: str | None) -> None:
    with pytest.raises(Undecided) as waits:
        decision_by_list(submitted(sheet(STEPS, inverse)), listed(word))
    assert (word or "kosong") in (put_off_words(waits.value.shown) or "")


def test_an_unknown_segment_proves_no_end() -> None:
    with pytest.raises(Undecided, match=UNKNOWN_WORD):
        decision_by_list(submitted(sheet(STEPS, INVERSE)), listed("AKTIF", "SEGMEN BARU"))


def test_a_card_that_is_to_be_on_is_on_in_a_later_list() -> None:
    case = submitted(sheet(STEPS))
    on, off = decision_by_list(case, listed("AKTIF")), decision_by_list(case, listed("NONAKTIF", since=ENDED))
    assert on is not None
    assert off is not None
    assert isinstance(on.data, e.MembershipActivated)
    assert (on.data.active_since, off.hasil) == (SOURCE.as_of, "belum")
    assert isinstance(off.data, e.MembershipNotYetActive)
    assert decision_by_list(case.then("belum", data=off.data), listed("NONAKTIF", since=ENDED)) is None


def test_why_is_the_route_that_was_taken_else_the_applicants_own_words() -> None:
    by_route = submitted(sheet(CHOOSING + STEPS, INVERSE + ROUTES)).then("wafat")
    assert end_reason(by_route.sop, by_route.case) == "Meninggal dunia"
    case = submitted(sheet(STEPS, INVERSE))
    assert end_reason(case.sop, case.case) is None


def test_the_list_for_bpjs_says_that_a_membership_is_to_end() -> None:
    ending = files.line_of(loaded(submitted(sheet(STEPS, INVERSE))))
    card = files.line_of(loaded(submitted(sheet(STEPS, 'cara = "baru"\n'))))
    assert ending is not None
    assert card is not None
    assert (ending.pengaktifan, card.pengaktifan) == ("penonaktifan", "baru")
