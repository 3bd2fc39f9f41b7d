"""The order of a desk: urgent first, then what is nearest to its limit, then the longest wait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from jejak.procedure.model import Sop
from jejak.web.reading.waiting_tasks import WaitingRow, WaitingTask, limit_of, most_urgent_first
from tests.procedure import office, sheet

STEP = """
[[langkah]]
no = 1
kegiatan = "Mengecek persyaratan"
tugas = ["check_documents"]
pelaksana = ["staf"]
"""
PLAIN = sheet(STEP)
WITHIN_A_DAY = sheet(STEP + 'waktu = "1 x 24 jam"\n')
IN_MINUTES = sheet(STEP + 'waktu = "3 menit"\n')


def waiting(name: str, since: tuple[int, int], sop: Sop = PLAIN, **more: Any) -> WaitingRow:
    """A check due since a day and an hour of July 2022, WIB."""
    row = {
        "stream": name,
        "slot": "main",
        "langkah": "1",
        "tugas": "check_documents",
        "owner": "dinas",
        "kumpulan": None,
        "urgent": False,
        "since": datetime(2022, 7, since[0], since[1] - 7, tzinfo=UTC),
    }
    return WaitingRow(row | more, sop, cast("WaitingTask", {}))


def order(*tasks: WaitingRow) -> list[str]:
    return [task.row["stream"] for task, _ in most_urgent_first(office(), tasks)]


def test_an_urgent_one_goes_before_what_is_late() -> None:
    assert order(waiting("lama", (1, 8)), waiting("gawat", (6, 8), urgent=True)) == ["gawat", "lama"]


def test_the_office_s_waiting_limit_and_a_standard_that_runs_while_it_waits_are_held_against_each_other() -> None:
    # Friday 15.00: the working day that an office may let it wait ends on Monday, the sheet's 24 hours on Saturday.
    assert order(
        waiting("kamis", (7, 14)), waiting("jumat", (8, 15)), waiting("dijanjikan", (8, 16), WITHIN_A_DAY)
    ) == [
        "kamis",
        "dijanjikan",
        "jumat",
    ]


def test_minutes_of_hands_promise_no_hour_of_the_day() -> None:
    [(_, plain)] = most_urgent_first(office(), [waiting("a", (4, 8))])
    [(_, minutes)] = most_urgent_first(office(), [waiting("a", (4, 8), IN_MINUTES)])
    assert plain == minutes


def test_tasks_of_outsiders_without_a_promise_come_last_the_longest_wait_first() -> None:
    outside: dict[str, Any] = {"tugas": "complete", "owner": "pemohon"}
    assert order(waiting("baru", (5, 8), **outside), waiting("kantor", (6, 8)), waiting("lama", (1, 8), **outside)) == [
        "kantor",
        "lama",
        "baru",
    ]


def test_the_office_limits_neither_when_a_letter_is_fetched_nor_how_long_a_batch_gathers() -> None:
    about: list[dict[str, Any]] = [{}, {"tugas": "hand_over"}, {"kumpulan": "harian"}]
    rows = [waiting("a", (4, 8), **more).row for more in about]
    assert [limit_of(office(), row) is not None for row in rows] == [True, False, False]
