"""A word of a list decides only where its meaning is listed: in the shipped words, or in the office's file."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from jejak.cases.decision import Decision
from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.messaging.task_runner import DueWork, Undecided
from jejak.platform.errors import Malformed
from jejak.procedure.meanings import SHIPPED, put_off, put_off_words
from jejak.procedure.office.kantor import load_kantor, parse_kantor
from tests.procedure import Scenario, sheet, submitted
from tests.unit.sop.test_kantor import OFFICE
from verification import domain
from verification.registers.lookup import Answering, LookUp, MemberEntry, RegisterAnswers, RegisterEntry, RegisterKind
from verification.registers.matching import _status_word
from verification.tasks import membership_of, registry_of

STEPS: Final = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["check_membership"]\npelaksana = ["staf"]\n'
SOURCE: Final = Answering(uuid.UUID(int=9), "13.99", "BPJS", RegisterKind.MEMBERS, date(2026, 9, 30))
OFF: Final = date(2026, 9, 1)


def looked(
    segment: str | None, status: str | None, since: date | None = None, story: Scenario | None = None
) -> Decision:
    """The decision of the task by one row of a membership list."""
    return looked_in({"BPJS": SOURCE}, member(segment, status, since), story=story)


def member(
    segment: str | None,
    status: str | None,
    since: date | None = None,
    source: Answering = SOURCE,
    card: str | None = "0008880006001",
) -> MemberEntry:
    return MemberEntry(source, card, None, segment, status, since, None)


def looked_in(lists: dict[str, Answering], *members: MemberEntry, story: Scenario | None = None) -> Decision:
    """The decision of the task by the rows of several lists."""
    now = story or submitted(sheet(STEPS))
    loaded = now.loaded
    return membership_of(DueWork(loaded, now.due[0]), LookUp(lists, {}), RegisterAnswers(members=members))


@pytest.mark.parametrize(
    ("segment", "status", "hasil"),
    [
        ("PBI APBN", "PESERTA AKTIF", "sudah"),
        ("PBI APBN", "Aktif", "sudah"),
        ("PBI APBN", "DINONAKTIFKAN", "boleh"),
        ("PBI APBN", "NON AKTIF", "boleh"),
        ("PBI APBN", "SUDAH TIDAK AKTIF", "boleh"),
        ("PBI APBN", "NONAKTIF KARENA PEMUTAKHIRAN DTSEN", "boleh"),
        ("NON PBI", "AKTIF", "segmen_lain"),
        ("PEGAWAI PEMDA", "AKTIF", "segmen_lain"),
        ("PENDUDUK YANG DIDAFTARKAN OLEH PEMERINTAH DAERAH", "AKTIF", "sudah"),
        ("PBPU DAN BP PEMDA", "AKTIF", "sudah"),
    ],
)
def test_a_known_word_decides(segment: str, status: str, hasil: str) -> None:
    assert looked(segment, status).hasil == hasil


@pytest.mark.parametrize(
    "word",
    [
        *("1", "0", "MENINGGAL DUNIA", "PINDAH SEGMEN", "NONAKTIF KARENA MENINGGAL", "NON AKTIF - MUTASI KE PPU"),
        *("AKTIF SEMENTARA", "BELUM TIDAK AKTIF", "NONAKTIF DIBATALKAN", "AKTIFASI", "DITANGGUHKAN", "-?-", None),
        *("NONAKTIF (ALM)", "NONAKTIF - MD", "NONAKTIF KARENA KEMATIAN", "NONAKTIF TUTUP USIA", "NONAKTIF ALIH SEGMEN"),
        *(
            "NONAKTIF KINI PPU",
            "NONAKTIF (DIPULIHKAN)",
            "NONAKTIF SUDAH DIREAKTIVASI",
            "NONAKTIF DICABUT",
            "TIDAK/AKTIF",
        ),
        *("NONAKTIF S.D. 31-12-2025", "NONAKTIF PER 1 JANUARI 2099", "NONAKTIF DUPLIKAT", "TIDAK AKTIF/HIDUP"),
        *("NONAKTIF A.N. SITI CONTOH", "AKTIF?", "!AKTIF", "NONAKTIF?", "~NONAKTIF", "NONAKTIF KARENA APA SAJA"),
    ],
)
def test_any_other_word_is_neither_yes_nor_no_and_the_person_it_waits_for_sees_it(word: str | None) -> None:
    with pytest.raises(Undecided) as waits:
        looked("PBI APBN", word)
    assert (f"«{word}»" if word else "kosong") in (put_off_words(waits.value.shown) or "")
    assert str(waits.value) == "kata_belum_dikenal"


def test_the_payer_of_an_active_member_in_an_unknown_segment_is_asked_of_an_official() -> None:
    with pytest.raises(Undecided) as waits:
        looked("EKS PBI", "AKTIF")
    assert "segmen orang ini tertulis «EKS PBI»" in (put_off_words(waits.value.shown) or "")
    assert looked("EKS PBI", "NONAKTIF").hasil == "boleh"
    active = e.Membership(active=True, segment="EKS PBI")
    with pytest.raises(Malformed, match="Segmen itu belum dikenal"):
        domain.membership_checked(sheet(STEPS), active, e.Source(way="manual"), e.Act())


def test_a_bare_date_of_deactivation_says_inactive_and_nothing_at_all_says_nothing() -> None:
    assert looked("PBI APBN", None, OFF).hasil == "boleh"
    assert (SHIPPED.active("", OFF), SHIPPED.active(None), SHIPPED.active("...", OFF)) == (False, None, None)


def test_the_trail_says_the_word_that_was_found() -> None:
    story = submitted(sheet(STEPS))
    done = story.then("boleh", data=looked("PBI APBN", "DINONAKTIFKAN", story=story).data)
    event = next(recorded for recorded in done.history if recorded.type == "MembershipChecked")
    assert describe_event(event, done.sop).endswith("status «DINONAKTIFKAN».")


def test_a_word_that_is_not_listed_stands_neither_in_the_ledger_nor_on_the_page_for_all() -> None:
    named = "NONAKTIF A.N. SITI CONTOH 1301010512897110"
    decided = looked_in({"BPJS": SOURCE}, member("PBI APBN", named), member(named, "NONAKTIF", card="0008880006002"))
    assert decided.hasil == "peserta_ganda"
    assert "SITI" not in decided.data.model_dump_json()
    assert "SITI" not in looked("PBI SITI CONTOH", "NONAKTIF").data.model_dump_json()


OLD: Final = replace(SOURCE, import_id=uuid.UUID(int=8), as_of=date(2019, 1, 31))
JKN: Final = replace(SOURCE, import_id=uuid.UUID(int=7), register="JKN")
LISTS: Final = {"BPJS": OLD, "JKN": JKN}


@pytest.mark.parametrize(
    "members",
    [
        [member("PBI APBN", "NONAKTIF", source=OLD), member("PBI APBN", "AKTIF", source=JKN)],
        [member("PBI APBN", "NONAKTIF"), member("PBI APBN", "AKTIF")],
        [member("PBI APBN", "AKTIF"), member("PPU BU", "AKTIF")],
        [member("PBI APBN", "NONAKTIF", OFF), member("PBI APBN", "NONAKTIF", date(2020, 1, 1))],
        [member("PBI APBN", "NONAKTIF"), member("PBI APBN", "MENINGGAL DUNIA")],
    ],
)
def test_rows_that_contradict_each_other_wait_for_a_person(members: list[MemberEntry]) -> None:
    with pytest.raises(Undecided):
        looked_in(LISTS, *members)


def test_lists_that_agree_decide_by_the_newest_and_a_list_without_cards_makes_no_second_card() -> None:
    decided = looked_in(
        LISTS, member("PBI APBN", "NONAKTIF", source=OLD, card=None), member("PBI APBN", "NONAKTIF", OFF, source=JKN)
    )
    assert isinstance(decided.data, e.MembershipChecked)
    assert (decided.hasil, decided.data.card) == ("boleh", "0008880006001")
    assert decided.data.source.reference == str(JKN.import_id)
    nowhere = looked_in(LISTS)
    assert isinstance(nowhere.data, e.MembershipChecked)
    assert nowhere.data.source.reference == str(JKN.import_id)


@pytest.mark.parametrize(
    ("status", "since"), [("NONAKTIF", date(2027, 1, 1)), (None, date(2027, 1, 1)), ("AKTIF", OFF)]
)
def test_a_deactivation_to_come_or_of_an_active_member_is_seen_by_a_person(status: str | None, since: date) -> None:
    with pytest.raises(Undecided) as waits:
        looked("PBI APBN", status, since)
    assert f"tanggal nonaktif orang ini tertulis «{since:%d-%m-%Y}" in (put_off_words(waits.value.shown) or "")


def test_an_active_member_without_a_segment_ends_nothing() -> None:
    ending = submitted(sheet(STEPS, 'tujuan = "nonaktif"\n'))
    for segment in (None, ""):
        with pytest.raises(Undecided, match="kata_belum_dikenal"):
            looked(segment, "AKTIF", story=ending)
    with pytest.raises(Undecided):
        looked("", "AKTIF")
    assert looked(None, "AKTIF").hasil == "sudah"
    with pytest.raises(Malformed, match="Segmen itu belum dikenal"):
        domain.membership_checked(ending.sop, e.Membership(active=True), e.Source(way="manual"), e.Act())


OWN: Final = (
    '\n[kata.kepesertaan]\n"1" = "aktif"\n"0" = "nonaktif"\n[kata.kependudukan]\n"A" = "hidup"\n'
    '[kata.segmen]\n"Jaminan Nagari" = "negara"\n'
)


def test_an_office_says_in_its_file_what_its_lists_mean() -> None:
    kantor = load_kantor((OFFICE.replace("13.01", SOURCE.office) + OWN).encode())
    story = submitted(sheet(STEPS))
    own = replace(story, office=kantor)
    assert (looked("JAMINAN NAGARI", "1", story=own).hasil, looked("PBI APBN", "0", story=own).hasil) == (
        "sudah",
        "boleh",
    )
    assert kantor.kata.living("a") == "hidup"


def test_two_deciles_of_one_person_in_one_list_wait_for_a_person() -> None:
    source = replace(SOURCE, register="DTSEN", kind=RegisterKind.POOR)
    now = submitted(sheet(STEPS))
    loaded = now.loaded
    rows = tuple(RegisterEntry(source, desil, None, None) for desil in (1, 7))
    due_work, looked_up = DueWork(loaded, now.due[0]), LookUp({"DTSEN": source}, {})
    with pytest.raises(Undecided) as waits:
        registry_of(due_work, looked_up, RegisterAnswers(listed=rows))
    assert "desil orang ini tertulis «1 / 7»" in (put_off_words(waits.value.shown) or "")


def test_a_match_of_a_list_judges_with_the_offices_own_words_and_by_the_lists_day() -> None:
    own = load_kantor((OFFICE + OWN).encode()).kata
    assert (_status_word(member("PBI", "1"), own), _status_word(member("PBI", "1"), SHIPPED)) == ("aktif", "1")
    assert _status_word(member("PBI", "NONAKTIF", OFF), own) == "nonaktif"
    assert _status_word(member("PBI", "", date(2027, 1, 1)), own) == "terdaftar"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('[kata.kepesertaan]\n"Aktif" = "nonaktif"\n', 'kata.kepesertaan: "Aktif" sudah berarti "aktif"'),
        ('[kata.segmen]\n"X" = "negara"\n"x." = "lain"\n', 'kata.segmen: "x." sudah berarti "negara"'),
        ('[kata.kependudukan]\n"--" = "hidup"\n', 'kata.kependudukan: "--" harus memuat huruf'),
        ('[kata.kepesertaan]\n"BEKU?" = "nonaktif"\n', 'kata.kepesertaan: "BEKU?" harus memuat huruf'),
        ('[kata.kepesertaan]\n"1" = "ya"\n', "kata: kepesertaan: 1: harus salah satu dari"),
    ],
)
def test_a_word_with_two_meanings_or_none_is_a_mistake_of_the_file(wrong: str, sentence: str) -> None:
    mistakes = parse_kantor((OFFICE + "\n" + wrong).encode()).mistakes
    assert any(sentence in mistake for mistake in mistakes), mistakes


def test_what_is_kept_of_a_word_is_short_and_holds_no_long_number() -> None:
    reason = put_off("status", "1301010512897110 " + "x" * 300)
    assert "1301010512897110" not in reason
    assert len(reason) < 100
    assert put_off_words("bpjs_gangguan") is None
