"""Several offices under one kabupaten code, a kelurahan chosen at the counter, kelurahan that were merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import pytest

from intake.entry import entry_area
from jejak.cases.decision import Actor, check_office
from jejak.contracts.memberlists import MemberQuery
from jejak.platform.errors import Malformed, NotYours
from jejak.procedure.load import load_sop, parse_sop
from jejak.procedure.office.areas import known_areas
from jejak.procedure.office.kantor import Kantor, load_kantor, office_warnings, parse_kantor
from jejak.procedure.office.officials import Official
from jejak.procedure.office.same_office import other_office_mistakes
from tests.procedure import _HEAD, _KANTOR, START, sheet, submitted
from verification.registers.lookup import offices_answering

TODAY: Final = date(2026, 3, 2)
AREAS: Final = """
[wilayah]
"13.99.05" = "Kecamatan Contoh"
"13.99.05.2001" = "Nagari Contoh"
"13.99.05.2002" = "Nagari Contoh Timur"
"13.99.06.2001" = "Nagari Lain"

[[penggabungan]]
lama = "13.99.05.2002"
baru = "13.99.05.2001"
sejak = 2026-01-01
"""
PEOPLE: Final = """
[[pejabat]]
kode = "loket"
nama = "Loket"
jabatan = "staf"
dari = 2017-01-02

[[pejabat]]
kode = "wali"
nama = "Wali"
jabatan = "kelurahan"
wilayah = "13.99.05.2001"
dari = 2017-01-02

[[pejabat]]
kode = "camat"
nama = "Camat"
jabatan = "camat"
wilayah = "13.99.05"
dari = 2017-01-02

[[pejabat]]
kode = "lain"
nama = "Lain"
jabatan = "kelurahan"
wilayah = "13.99.06.2001"
dari = 2017-01-02
"""


def text(areas: str = AREAS, people: str = PEOPLE, kode: str = "13.99") -> bytes:
    return (_KANTOR.format(way="manual") + areas + people).replace('kode = "13.99"', f'kode = "{kode}"', 1).encode()


def office(areas: str = AREAS) -> Kantor:
    return load_kantor(text(areas))


def official(code: str, kantor: Kantor | None = None) -> Official:
    return next(row for row in (kantor or office()).pejabat if row.kode == code)


@pytest.mark.parametrize("kode", ["13.99-dinkes", "13.99-dinas-kesehatan", "13.99.05", "13.99.05.2001", "13.99"])
def test_an_office_of_any_kind_in_a_kabupaten_has_a_code(kode: str) -> None:
    counter = PEOPLE[: PEOPLE.index("\n[[pejabat]]", 1)]
    assert load_kantor(text("", counter, kode)).pendanaan == "kota"


@pytest.mark.parametrize(
    "kode", ["13.99-", "13.99-DINKES", "13.99 dinkes", "13.99-dinas kesehatan", "1399", "13-dinkes"]
)
def test_another_code_is_refused_with_the_form_it_takes(kode: str) -> None:
    assert any("bukan kode kantor" in line for line in parse_kantor(text("", PEOPLE, kode)).mistakes)


def test_a_sheet_belongs_to_the_office_it_names() -> None:
    steps = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["review"]\npelaksana = ["staf"]\n'
    health = load_sop((_HEAD.replace('dinas = "13.99"', 'dinas = "13.99-dinkes"') + steps).encode())
    assert health.dinas == "13.99-dinkes"
    [moved] = [line for line in office_warnings(office(), health) if "pindahkan" in line]
    assert "lembar milik 13.99-dinkes, kantor.toml milik 13.99" in moved
    assert parse_sop((_HEAD.replace('dinas = "13.99"', 'dinas = "13"') + steps).encode()).mistakes


@pytest.mark.parametrize("kode", ["13.99", "13.99-dinkes", "13.99.05", "13.99.05.2001", "13"])
def test_each_of_them_may_ask_for_memberships(kode: str) -> None:
    assert MemberQuery.model_validate({"office": kode, "niks": ["1399010101900001"]}).office == kode


def test_lists_of_the_kabupaten_and_the_province_answer_for_its_other_offices() -> None:
    assert offices_answering("13.99") == ("13.99", "13")
    assert offices_answering("13.99-dinkes") == ("13.99", "13")
    assert offices_answering("13.99.05") == ("13.99", "13")
    assert offices_answering("13") == ("13",)


def test_an_area_of_another_region_is_a_mistake_for_each_office_of_it() -> None:
    lines = parse_kantor(text("", PEOPLE, "13.98-dinkes")).mistakes
    assert any("wilayah 13.99.05.2001 tidak di dalam 13.98" in line for line in lines)
    assert not parse_kantor(text("", PEOPLE, "13.99-dinkes")).mistakes


@pytest.mark.parametrize("chosen", ["13.99.06.2001", "Nagari Lain", " nagari  LAIN "])
def test_the_counter_of_the_dinas_chooses_the_kelurahan(chosen: str) -> None:
    assert entry_area(office(), official("loket"), chosen, TODAY) == "13.99.06.2001"


def test_who_chooses_none_enters_for_the_office_or_the_own_area() -> None:
    assert entry_area(office(), official("loket"), None, TODAY) == "13.99"
    assert entry_area(office(), official("wali"), None, TODAY) == "13.99.05.2001"


def test_a_kecamatan_enters_for_its_kelurahan_and_for_no_others() -> None:
    assert entry_area(office(), official("camat"), "13.99.05.2001", TODAY) == "13.99.05.2001"
    with pytest.raises(NotYours, match="bukan wilayah Anda"):
        entry_area(office(), official("camat"), "13.99.06.2001", TODAY)


@pytest.mark.parametrize(
    ("areas", "chosen", "why"),
    [
        (AREAS, "13.99.07.2001", "tidak dikenal di kantor ini: yang dikenal antara lain Kecamatan Contoh"),
        (AREAS, "13.99.05.2002", "Nagari Contoh Timur sudah digabung; pilih Nagari Contoh"),
        (AREAS, "Nagari Contoh Timur", "sudah digabung; pilih Nagari Contoh \\(13.99.05.2001\\)"),
        (AREAS, "51.07.01.2001", "tidak dikenal di kantor ini"),
    ],
)
def test_a_kelurahan_that_is_not_or_no_more_is_told(areas: str, chosen: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        entry_area(office(areas), official("loket"), chosen, TODAY)


def test_an_office_without_a_list_knows_the_areas_of_its_officials() -> None:
    assert list(known_areas(office(""), official("loket"), TODAY)) == ["13.99.05", "13.99.05.2001", "13.99.06.2001"]


def test_until_the_merger_the_old_kelurahan_is_chosen() -> None:
    assert entry_area(office(), official("loket"), "13.99.05.2002", date(2025, 12, 31)) == "13.99.05.2002"


def test_a_running_case_of_a_merged_kelurahan_belongs_to_the_new_one() -> None:
    steps = '[[langkah]]\nno = 1\nkegiatan = "Cek"\ntugas = ["review"]\npelaksana = ["staf"]\n'
    story = submitted(sheet(steps), office())
    assert story.case.application is not None
    old = story.loaded
    entered = old.case.application
    assert entered is not None
    case = replace(old.case, application=replace(entered, entry_office="13.99.05.2002"))
    wali = Actor("13.99", "wali", "kelurahan")
    after = replace(old, case=case, now=datetime.fromisoformat("2026-03-02T09:00:00+07:00"))
    check_office(after, wali)
    with pytest.raises(NotYours):
        check_office(replace(after, now=START), wali)
    with pytest.raises(NotYours):
        check_office(after, Actor("13.99", "lain", "kelurahan"))


def test_mergers_follow_each_other_and_never_lead_back() -> None:
    again = '\n[[penggabungan]]\nlama = "13.99.05.2001"\nbaru = "13.99.06.2001"\nsejak = 2026-02-01\n'
    assert office(AREAS + again).areas_of(official("lain"), TODAY) == (
        "13.99.06.2001",
        "13.99.05.2001",
        "13.99.05.2002",
    )
    assert office(AREAS + again).areas_of(official("lain"), date(2026, 1, 15)) == ("13.99.06.2001",)
    back = '\n[[penggabungan]]\nlama = "13.99.05.2001"\nbaru = "13.99.05.2002"\nsejak = 2026-02-01\n'
    assert any("kembali ke wilayah itu sendiri" in line for line in parse_kantor(text(AREAS + back)).mistakes)


def test_an_official_of_a_merged_kelurahan_and_one_without_a_name_are_pointed_out() -> None:
    more = '\n[[pejabat]]\nkode = "timur"\nnama = "T"\njabatan = "kelurahan"\nwilayah = "{}"\ndari = 2017-01-02\n'
    gone = parse_kantor(text(people=PEOPLE + more.format("13.99.05.2002"))).warnings
    assert any("pejabat timur: wilayah 13.99.05.2002 sudah digabung ke 13.99.05.2001" in line for line in gone)
    unnamed = parse_kantor(text(people=PEOPLE + more.format("13.99.07.2001"))).warnings
    assert any("pejabat timur: wilayah 13.99.07.2001 tidak ada di [wilayah]" in line for line in unnamed)


def test_another_office_does_not_take_over_a_code_in_silence() -> None:
    social = office()
    health = load_kantor(
        text(people=PEOPLE.replace("Loket", "Orang Lain")).replace(b"Dinas Sosial", b"Dinas Kesehatan", 1)
    )
    gone = [row for row in health.pejabat if row.kode == "loket"]
    health = health.model_copy(update={"pejabat": tuple(gone)})
    [line] = other_office_mistakes([social], [health])
    assert 'beri kode berakhiran, misalnya "13.99-dinkes"' in line
    assert [*other_office_mistakes([], [social, health])] == [line]
    renamed = load_kantor(text().replace(b"Dinas Sosial", b"Dinas Sosial dan P3A", 1))
    assert [*other_office_mistakes([social], [renamed])] == []
    assert [*other_office_mistakes([social], [social])] == []
