"""The clocks in words: ranges of days, shares, how well a step does, the trend from week to week."""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from jejak.timekeeping.buckets import Percentiles
from jejak.timekeeping.printed.printed_time import parse_waktu
from ledger.timings.api import without_cases
from ledger.timings.date_ranges import Span, usual
from ledger.timings.figures import Figure
from ledger.timings.pages.figure_words import end_words, level_of, line_words, mark_of, percent, share_words
from ledger.timings.pages.ratios import comparable, compared
from ledger.timings.pages.trend import bars, judged_by, points, rows
from ledger.timings.sql import COUNTS
from tests.unit.sop.sheets import OFFICES, PESISIR_SELATAN

KANTOR = load_kantor((OFFICES / "13.01" / "kantor.toml").read_bytes())
SOP = load_sop(PESISIR_SELATAN.read_bytes())


def days(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("span", "name", "before", "after"),
    [
        (days("2024-03-01", "2024-03-31"), "Maret 2024", "Februari 2024", "April 2024"),
        (days("2024-01-01", "2024-01-31"), "Januari 2024", "Desember 2023", "Februari 2024"),
        (days("2024-01-01", "2024-03-31"), "Triwulan I 2024", "Triwulan IV 2023", "Triwulan II 2024"),
        (days("2024-01-01", "2024-12-31"), "Tahun 2024", "Tahun 2023", "Tahun 2025"),
        (
            days("2024-03-04", "2024-03-06"),
            "4 Maret 2024 sampai 6 Maret 2024",
            "1 Maret 2024 sampai 3 Maret 2024",
            "7 Maret 2024 sampai 9 Maret 2024",
        ),
        (days("2024-03-04", "2024-03-04"), "4 Maret 2024", "3 Maret 2024", "5 Maret 2024"),
    ],
)
def test_a_range_of_days_has_its_common_name_and_its_neighbours(span: Span, name: str, before: str, after: str) -> None:
    assert (span.name, span.before.name, span.after.name) == (name, before, after)
    assert span.before.after == span


def test_the_usual_ranges_are_this_and_the_last_month_quarter_and_year() -> None:
    assert {name: span.name for name, span in usual(date(2024, 1, 15))} == {
        "Bulan ini": "Januari 2024",
        "Bulan lalu": "Desember 2023",
        "Triwulan ini": "Triwulan I 2024",
        "Triwulan lalu": "Triwulan IV 2023",
        "Tahun ini": "Tahun 2024",
        "Tahun lalu": "Tahun 2023",
    }


def test_a_month_is_shown_with_the_weeks_that_lead_up_to_it_and_a_year_by_months() -> None:
    weeks, every = days("2024-03-01", "2024-03-31").trend
    assert (every, weeks.last, weeks.first.weekday()) == ("minggu", date(2024, 3, 31), 0)
    assert len(points(weeks, every, ())) == 12
    year = days("2024-01-01", "2024-12-31")
    assert year.trend == (year, "bulan")
    assert days("2019-01-01", "2024-12-31").trend == (days("2023-01-01", "2024-12-31"), "bulan")
    assert [point.nama for point in points(days("2024-01-01", "2024-12-31"), "bulan", ())][::11] == [
        "Januari 2024",
        "Desember 2024",
    ]


@pytest.mark.parametrize(
    ("within", "judged", "words"),
    [
        (11, 12, "91,6 % (11 dari 12)"),
        (12, 12, "100 % (12 dari 12)"),
        (9_999, 10_000, "99,9 % (9999 dari 10000)"),
        (1, 10_000, "0,1 % (1 dari 10000)"),
        (0, 3, "0 % (0 dari 3)"),
        (0, 0, None),
    ],
)
def test_a_share_is_never_rounded_up_to_all_nor_down_to_nothing(within: int, judged: int, words: str | None) -> None:
    assert share_words(within, judged)["kata"] == words


def test_a_share_of_few_is_marked() -> None:
    assert [share_words(n, n)["kecil"] for n in (1, 9, 10)] == [True, True, False]
    assert percent(0.29) == "29 %"


def step(**counts: Any) -> dict[str, Any]:
    """A line of the answer of GET /timings."""
    given = {"jumlah": 20, "dinilai": 0, "dalam": 0, "tunggu": 0, "tunggu_dalam": 0, "terlambat": 0} | counts
    clock = {"jumlah": given["jumlah"], "p50": 60.0, "p90": 27_000.0, "p99": 30_600.0, "berkas": "/timings/cases?x"}
    return {
        "slot": "main",
        "langkah": "1",
        "kegiatan": "Mengecek",
        "tugas": None,
        "pihak": "dinas",
        "jumlah": given["jumlah"],
        "terlambat": given["terlambat"],
        "berkas": "/timings/cases?k",
        "mutu_baku": {
            "tercetak": "3 menit",
            "jam": "sentuh",
            "dinilai": given["dinilai"],
            "dalam": given["dalam"],
            "tidak_dinilai": 0,
            "berkas_luar": "/timings/cases?luar",
        },
        "batas_tunggu": {
            "dinilai": given["tunggu"],
            "dalam": given["tunggu_dalam"],
            "berkas_lewat": "/timings/cases?lewat",
        },
        "tidak_terukur": {"jumlah": 0, "berkas": "/timings/cases?tt"},
        **dict.fromkeys(("tunggu", "sentuh", "berlalu", "dinding"), clock),
    }


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({"dinilai": 20, "dalam": 18, "terlambat": 2}, "baik"),
        ({"dinilai": 20, "dalam": 17, "terlambat": 3}, "sedang"),
        ({"dinilai": 20, "dalam": 13, "terlambat": 7}, "buruk"),
        # A file left in a drawer: little touch time, a long wait.
        ({"dinilai": 20, "dalam": 20, "tunggu": 20, "tunggu_dalam": 2, "terlambat": 18}, "buruk"),
        # Unmeasured executions never count as in time.
        ({"jumlah": 200, "dinilai": 2, "dalam": 0, "terlambat": 2}, "buruk"),
        ({"jumlah": 200}, "kosong"),
    ],
)
def test_a_step_does_as_well_as_it_is_seldom_late(counts: dict[str, int], level: str) -> None:
    assert level_of([step(**counts)]) == level


def test_a_step_is_marked_in_words_beside_its_colour() -> None:
    mark = mark_of([step(jumlah=8, dinilai=8, dalam=6, terlambat=2)], "/timings?langkah=1")
    assert mark.level == "sedang"
    assert mark.kata == ("perlu perhatian", "8 kali, 2 terlambat", "75 % dalam Mutu Baku", "angka kecil")
    assert mark_of([], None).kata == ("belum ada",)


def test_every_figure_of_a_line_leads_to_its_cases_and_to_nothing_where_cases_are_not_shown() -> None:
    answer: dict[str, Any] = {
        "langkah": [step(dinilai=20, dalam=18)],
        "terlambat_kini": {"jumlah": 3, "berkas": [{"kode": "X"}]},
    }
    own = line_words(answer["langkah"][0])
    assert (own["berkas"], own["mutu_baku"]["berkas_luar"]) == ("/timings/cases?k", "/timings/cases?luar")
    assert (own["tunggu"]["p90"], own["sentuh"]["p90"]) == ("1 hari kerja", "7 jam 30 menit")
    assert own["mutu_baku"]["luar"] == 2
    other = without_cases(answer)
    assert other["terlambat_kini"] == {"jumlah": 3}
    assert "/timings/cases" not in repr(line_words(other["langkah"][0]))


def test_an_end_without_a_case_is_none() -> None:
    assert end_words([]) is None


def figure(
    kind: str, kelompok: str | None = None, langkah: str = "", p50: float | None = 60.0, **counts: int
) -> Figure:
    measured = None if p50 is None else Percentiles(counts.get("jumlah", 1), p50, p50, p50)
    of = {"kind": kind, "kelompok": kelompok, "slot": "main", "langkah": langkah, "owner": "dinas"}
    return Figure(
        of, dict.fromkeys(COUNTS, 0) | counts, dict.fromkeys(("tunggu", "sentuh", "berlalu", "dinding"), measured)
    )


def test_the_trend_has_every_week_also_empty_ones() -> None:
    lines = [
        figure("langkah", "2024-W10", "1", jumlah=4, dinilai=4, dalam=3, tunggu_dinilai=4, tunggu_dalam=4),
        figure("langkah", "2024-W10", "2", jumlah=2, dinilai=2, dalam=2),
        figure("tugas", "2024-W10", "2", jumlah=2, dinilai=2, dalam=0),
        figure("selesai", "2024-W11", jumlah=7, p50=7200.0),
        figure("aktif", "2024-W11", jumlah=5),
    ]
    trend = points(days("2024-03-04", "2024-03-24"), "minggu", lines)
    assert [point.nama for point in trend] == [
        "minggu 4 Mar sampai 10 Mar 2024",
        "minggu 11 Mar sampai 17 Mar 2024",
        "minggu 18 Mar sampai 24 Mar 2024",
    ]
    assert [(point.dalam, point.dinilai, point.selesai, point.aktif) for point in trend] == [
        (5, 6, 0, 0),
        (0, 0, 7, 5),
        (0, 0, 0, 0),
    ]
    assert [point.kali for point in trend] == [6, 0, 0]
    assert [line["separuh"] for line in rows(trend)] == [None, "2 jam", None]
    assert judged_by(trend) == "Mutu Baku"
    chart = fromstring(bars(trend, "Mutu Baku", "Perkembangan"))  # noqa: S314 - drawn by us
    assert [text for element in chart.iter() if (text := element.text)] == ["83", "4 Mar", "–", "11 Mar", "–", "18 Mar"]
    assert [element.get("class") for element in chart if element.tag.endswith("rect")] == ["grafik-sedikit"]


def test_where_the_sheet_promises_nothing_the_waiting_limit_is_drawn() -> None:
    week = days("2024-03-04", "2024-03-10")
    lines = [figure("langkah", "2024-W10", "1", jumlah=20, tunggu_dinilai=20, tunggu_dalam=5)]
    trend = points(week, "minggu", lines)
    assert judged_by(trend) == "batas tunggu"
    chart = fromstring(bars(trend, "batas tunggu", "Perkembangan"))  # noqa: S314 - drawn by us
    assert [text for element in chart.iter() if (text := element.text)] == ["25", "4 Mar"]
    assert [element.get("class") for element in chart if element.tag.endswith("rect")] == ["grafik-batang"]
    assert judged_by(points(week, "minggu", ())) is None


@pytest.mark.parametrize(
    ("standard", "clock"),
    [
        ("3 menit", ("sentuh", 180)),
        ("1 x 24 jam", ("dinding", 86_400)),
        ("8 hari kerja", ("berlalu", 8 * 27_000)),
        ("8 hari kalender", ("dinding", 8 * 86_400)),
        ("3 bulan", ("dinding", 3 * 2_629_800)),
        ("tanggal 1 bulan berikutnya", None),
    ],
)
def test_a_standard_is_compared_by_the_clock_that_judges_it(standard: str, clock: tuple[str, int] | None) -> None:
    assert comparable(parse_waktu(standard), 27_000) == clock


def test_an_office_is_compared_with_its_own_sheet_and_its_own_waiting_limit() -> None:
    # Step 1 promises a minute and takes half of one; step 3 promises five and takes ten. The waiting limit is a day.
    lines = [
        figure("langkah", langkah="1", p50=30.0, jumlah=30, dinilai=30, dalam=30, tunggu_dinilai=30, tunggu_dalam=15),
        figure("langkah", langkah="3", p50=600.0, jumlah=10, dinilai=10, dalam=0),
        figure("selesai", p50=7200.0, jumlah=10),
    ]
    answer = compared(KANTOR, SOP, lines, 4)
    standard = {"bagian": pytest.approx(6_900 / 4_800), "jumlah": 40}
    assert answer["mutu_baku"] == {"dinilai": 40, "dalam": 30, "bagian": 0.75, "rasio": standard}
    assert answer["batas_tunggu"]["rasio"] == {"bagian": pytest.approx(6_900 / 40 / 27_000), "jumlah": 40}
    assert answer["sop_selesai"] == {"jumlah": 10, "p50": 7200.0, "p90": 7200.0, "p99": 7200.0}
    assert (answer["kartu_aktif"], answer["terlambat_kini"]) == (None, 4)


def test_an_office_without_executions_has_no_ratio() -> None:
    answer = compared(KANTOR, SOP, [], 0)
    assert answer["mutu_baku"] == {"dinilai": 0, "dalam": 0, "bagian": None, "rasio": None}
    assert answer["batas_tunggu"]["rasio"] is None
