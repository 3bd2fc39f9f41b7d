"""Kadis and Kabid leave and nobody follows: citizen, officials, check and the head's worklist are told so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import Kantor, load_kantor, parse_kantor
from jejak.procedure.office.officials import Official
from jejak.procedure.office.vacancies import head_of, holders_of, told_to_head, vacancy_words
from jejak.web.reading.case_status import case_status
from ledger.desk.citizen.citizen_status import citizen_page
from tests.procedure import Scenario, submitted
from tests.property.examples import examples
from tests.property.test_track_words import book, event_of

FOLDER: Final = Path(__file__).parent / "inputs" / "kantor-31-pensiun"
TEXT: Final = (FOLDER / "kantor.toml").read_text()
SHEET: Final = load_sop((FOLDER / "reaktivasi-kis-2022.toml").read_bytes())
BEFORE: Final = date(2026, 11, 30)
AFTER: Final = date(2026, 12, 1)
ASK: Final = (
    "Jabatan Kepala Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak sedang kosong sejak 1 Desember 2026; "
    "belum ada yang menggantikan. Kantor menunjuk Plt. atau Plh., atau penggantinya. Tanyakan kepada Sekretaris "
    "(Contoh Sekretaris, S.Sos): Jalan Contoh Nomor 1, Painan, telepon (0756) 000000."
)
ACTING: Final = (
    '\n[[pejabat]]\nkode = "sekretaris-1"\nnama = "Contoh Sekretaris, S.Sos"\nnip = "197002021995031002"\n'
    'jabatan = "kadis"\nsebagai = "Plt."\ndari = 2026-12-01\n'
)


def office(more: str = "") -> Kantor:
    return load_kantor((TEXT + more).encode())


def official(kantor: Kantor, code: str) -> Official:
    return next(row for row in kantor.pejabat if row.kode == code)


def waiting_for_signature(kantor: Kantor, now: datetime) -> Scenario:
    scenario = submitted(SHEET, kantor).opened()
    while scenario.due[0].tugas != "sign":
        due = scenario.due[0]
        scenario = scenario.then(data=event_of(scenario, due, next(iter(due.task.targets))))
    return replace(scenario, now=now)


def test_the_citizen_reads_that_the_post_is_vacant_and_whom_to_ask() -> None:
    scenario = waiting_for_signature(office(), datetime(2026, 12, 2, 3, tzinfo=UTC))
    page = citizen_page(book(scenario).case_view(scenario))
    [holding] = page["pemegang"]
    assert (holding["siapa"], holding["orang"], holding["kosong"]) == ("Kadis (jabatan sedang kosong)", [], ASK)
    assert ASK in [act["kalimat"] for act in page["langkah_anda"]]
    [due] = case_status(book(scenario).case_view(scenario), own=True)["jatuh_tempo"]
    assert due["kosong"] == ASK


@pytest.mark.parametrize(
    ("more", "now"), [("", datetime(2026, 11, 27, tzinfo=UTC)), (ACTING, datetime(2026, 12, 2, tzinfo=UTC))]
)
def test_while_somebody_holds_the_post_the_page_names_the_holder(more: str, now: datetime) -> None:
    scenario = waiting_for_signature(office(more), now)
    page = citizen_page(book(scenario).case_view(scenario))
    [holding] = page["pemegang"]
    assert (holding["siapa"], holding["kosong"]) == ("Kadis", None)
    assert len(holding["orang"]) == 1
    assert not any("kosong" in act["kalimat"] for act in page["langkah_anda"])


def test_of_several_posts_of_a_step_one_that_is_held_suffices() -> None:
    kantor = office()
    assert vacancy_words(kantor, ["sekretaris", "kabid"], None, AFTER) is None
    assert "sedang kosong sejak 1 Desember 2026" in (vacancy_words(kantor, ["kadis", "kabid"], None, AFTER) or "")
    assert vacancy_words(kantor, [], None, AFTER) is None


def test_the_check_names_each_post_that_nobody_follows_in() -> None:
    warnings = parse_kantor(TEXT.encode()).warnings
    for post in ("kadis", "kabid"):
        assert any(f"jabatan {post}: tidak ada pejabatnya sejak 1 Desember 2026" in line for line in warnings)
    acting = parse_kantor((TEXT + ACTING).encode()).warnings
    assert not any("jabatan kadis: tidak ada pejabatnya" in line for line in acting)


def test_the_head_of_the_office_is_told_a_month_before_and_while_it_lasts() -> None:
    kantor = office()
    assert told_to_head(kantor, official(kantor, "kadis-1"), date(2026, 10, 31)) == []
    soon = told_to_head(kantor, official(kantor, "kadis-1"), BEFORE)
    assert [line.partition(" sejak")[0][-11:] for line in soon] == ["akan kosong", "akan kosong"]
    left = told_to_head(kantor, official(kantor, "sekretaris-1"), AFTER)
    assert len(left) == 2
    assert "kosong sejak 1 Desember 2026; berkas yang sampai ke sana tidak dapat diteruskan" in left[0]
    assert told_to_head(kantor, official(kantor, "staf-1"), AFTER) == []
    assert told_to_head(kantor, official(kantor, "sekretaris-1"), BEFORE) == []


def test_in_a_kelurahan_only_its_own_official_counts() -> None:
    post = '\n[[pejabat]]\nkode = "{0}"\nnama = "{0}"\njabatan = "kelurahan"\nwilayah = "{1}"\ndari = 2017-01-02\n'
    ended = post.format("satu", "13.95.01.2001") + "sampai = 2026-11-30\n"
    kantor = office(ended + post.format("dua", "13.95.02.2001"))
    assert holders_of(kantor, ["kelurahan"], "13.95.01.2001", AFTER) == ()
    assert vacancy_words(kantor, ["kelurahan"], "13.95.01.2001", AFTER)
    assert [row.kode for row in holders_of(kantor, ["kelurahan"], "13.95.02.2001", AFTER)] == ["dua"]
    gone = "kelurahan di 13.95.01.2001: tidak ada pejabatnya"
    assert any(gone in line for line in parse_kantor(kantor.text).warnings)
    told = told_to_head(kantor, official(kantor, "sekretaris-1"), AFTER)
    [line] = [line for line in told if "13.95.01.2001" in line]
    assert "kosong sejak 1 Desember 2026" in line


def test_an_office_that_everybody_left_still_says_where_to_ask() -> None:
    gone = TEXT.replace("dari = 2017-01-02", "dari = 2017-01-02\nsampai = 2026-11-30").replace(
        "sampai = 2026-11-30\nsampai = 2026-11-30", "sampai = 2026-11-30"
    )
    kantor = load_kantor(gone.encode())
    assert head_of(kantor, AFTER) is None
    assert "Tanyakan di kantor: Jalan Contoh Nomor 1" in (vacancy_words(kantor, ["kadis"], None, AFTER) or "")


terms_of_office = st.tuples(st.sampled_from(["kadis", "kabid"]), st.integers(0, 60), st.integers(0, 60))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(terms_of_office, max_size=5), st.integers(0, 70))
def test_a_post_is_called_vacant_exactly_while_nobody_holds_it(terms: list[tuple[str, int, int]], passed: int) -> None:
    first = date(2026, 10, 1).toordinal()
    blocks = "".join(
        f'\n[[pejabat]]\nkode = "p{n}"\nnama = "P{n}"\njabatan = "{post}"\nsebagai = "Plt."\n'
        f"dari = {date.fromordinal(first + begin)}\nsampai = {date.fromordinal(first + begin + length)}\n"
        for n, (post, begin, length) in enumerate(terms)
    )
    kantor, day = office(blocks), date.fromordinal(first + passed)
    for post in ("kadis", "kabid", "sekretaris"):
        assert (vacancy_words(kantor, [post], None, day) is None) == bool(kantor.holders(post, day))
