"""Cases that are late on purpose; every figure is worked out by hand, from office hours and the national calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from jejak_local.files import wait_until
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from tests.stories import minutes, seconds, step_of
from tests.waits import PATIENCE


@pytest.fixture(scope="module")
def jamaris(pesisir_selatan: Office) -> Berkas:
    return pesisir.nine_minutes_of_hands(pesisir_selatan)


def test_three_weeks_in_a_drawer_are_late_though_the_paraf_took_two_minutes(lismar: Berkas) -> None:
    step = step_of(lismar.timeline(), "4")
    # Drafted on Friday 19 May 2023 at 11.45, opened on Friday 9 June at 14.00. The office is open 07.30–12.00 and
    # 13.00–16.00, on Fridays 07.30–12.00 and 13.30–16.30: 450 minutes on either.
    #   Fri 19 May          11.45–12.00 and 13.30–16.30      15 + 180 =  195
    #   Mon 22 – Fri 26     five days                        5 × 450  = 2250
    #   Mon 29 – Wed 31     three days                       3 × 450  = 1350
    #   Thu 1 June          Hari Lahir Pancasila                           0
    #   Fri 2 June          cuti bersama Waisak                            0
    #   Mon 5 – Thu 8       four days                        4 × 450  = 1800
    #   Fri 9 June          07.30–12.00 and 13.30–14.00      270 + 30 =  300
    #   Saturdays and Sundays                                              0
    wait = 195 + 2250 + 1350 + 1800 + 300
    assert wait == 5895
    assert seconds(step) == (minutes(wait), minutes(2), minutes(wait + 2))
    # Three weeks and 2 h 17 min by the wall clock.
    assert step["dinding"]["detik"] == minutes(21 * 24 * 60 + 137)
    # Mutu Baku, 3 minutes of touch time, was kept; the office's own limit of one working day was not.
    assert step["mutu_baku"] == {"tercetak": "3 Menit", "jam": "sentuh", "dalam": True}
    assert step["batas_tunggu"]["detik"] == 450 * 60
    assert step["batas_tunggu"]["dalam"] is False
    assert step["terlambat"] is True


def test_the_other_steps_of_that_file_were_in_time(lismar: Berkas) -> None:
    timeline = lismar.timeline()
    late_steps = [(step["langkah"]) for step in timeline["langkah"] if step["terlambat"]]
    assert late_steps == ["4"]
    # The draft before Friday's noon: the look-ups ended 11.05.30, opened 11.41, done 11.45.
    assert seconds(step_of(timeline, "3")) == (minutes(35.5), minutes(4), minutes(39.5))


def test_nine_minutes_of_hands_across_fridays_noon_are_beyond_one_minute(jamaris: Berkas) -> None:
    step = step_of(jamaris.timeline(), "1")
    # Received 11.50, opened 11.55, done 13.34 on a Friday that closes from 12.00 to 13.30:
    # touch time 11.55–12.00 and 13.30–13.34, that is 5 + 4; due 11.50–12.00 and 13.30–13.34, that is 10 + 4.
    assert seconds(step) == (minutes(5), minutes(9), minutes(14))
    assert step["dinding"]["detik"] == minutes(104)
    assert step["mutu_baku"] == {"tercetak": "1 menit", "jam": "sentuh", "dalam": False}
    assert step["batas_tunggu"]["dalam"] is True
    assert step["terlambat"] is True


def test_a_weekend_is_not_waited(jamaris: Berkas) -> None:
    step = step_of(jamaris.timeline(), "3")
    # Due Friday 13.34, opened Monday 07.35: 13.34–16.30 is 176 minutes, Monday 5 more.
    assert seconds(step) == (minutes(176 + 5), minutes(3), minutes(184))
    assert step["dinding"]["detik"] == minutes(3 * 24 * 60 - 356)
    assert step["batas_tunggu"]["dalam"] is True


def figures(office: Office, holds: Callable[[Mapping[str, Any]], bool], **query: str) -> Mapping[str, Any]:
    """The answer of /timings once the view meets this condition."""
    answers: list[Mapping[str, Any]] = []

    def came() -> bool:
        answers.append(office.get("kadis-1", "/timings", **query).json())
        return holds(answers[-1])

    assert wait_until(came, seconds=PATIENCE), answers[-1]
    return answers[-1]


def test_the_figures_of_the_office_name_what_was_late_and_lead_to_the_file(
    pesisir_selatan: Office, lismar: Berkas
) -> None:
    def counted(answer: Mapping[str, Any]) -> bool:
        return bool(answer["sop_selesai"])

    answer = figures(pesisir_selatan, counted, **{"from": "2023-06-09", "to": "2023-06-09"})
    [paraf] = [step for step in answer["langkah"] if step["langkah"] == "4"]
    assert paraf["jumlah"] == 1
    assert (paraf["mutu_baku"]["dinilai"], paraf["mutu_baku"]["bagian"]) == (1, 1.0)
    assert (paraf["batas_tunggu"]["dinilai"], paraf["batas_tunggu"]["bagian"]) == (1, 0.0)
    assert paraf["terlambat"] == 1
    # Percentiles come from buckets that are right within one per cent.
    assert paraf["tunggu"]["p50"] == pytest.approx(5895 * 60, rel=0.011)
    assert paraf["sentuh"]["p99"] == pytest.approx(120, abs=22)
    [behind] = pesisir_selatan.get("kadis-1", paraf["batas_tunggu"]["berkas_lewat"]).json()["berkas"]
    assert (behind["kode"], behind["pejabat"]) == (lismar.kode, "kabid-1")


def test_a_letter_that_waits_too_long_is_overdue_now(pesisir_selatan: Office, jamaris: Berkas) -> None:
    def late_now(answer: Mapping[str, Any]) -> bool:
        return any(case["kode"] == jamaris.kode for case in answer["terlambat_kini"]["berkas"])

    # Due since Monday 18 July 2022 at 07.38: the working day's limit ends on Tuesday at 07.38.
    pesisir_selatan.at("2022-07-19 07:37")
    query = {"from": "2022-07-18", "to": "2022-07-18"}
    drafted = figures(
        pesisir_selatan, lambda answer: any(step["langkah"] == "3" for step in answer["langkah"]), **query
    )
    assert not late_now(drafted)
    pesisir_selatan.at("2022-07-19 07:39")
    assert late_now(figures(pesisir_selatan, late_now, **query))
    [waiting] = [
        task for task in pesisir_selatan.get("kabid-1", "/worklist").json()["tugas"] if task["kode"] == jamaris.kode
    ]
    assert (waiting["tugas"], waiting["terlambat"]) == ("paraf", True)
