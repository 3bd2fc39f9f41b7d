"""A follow-up whose time counts from the active card, and its reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from jejak.cases.notifications import notifications, reminders_of
from jejak.contracts import events as e
from jejak.procedure.checks.check import check
from jejak.timekeeping.follow_up import active_from, reminders
from jejak.web.reading.waiting_tasks import limit_of
from tests.procedure import Scenario, office, sheet, submitted
from tests.unit.clock.story import PAINAN, Story, book, wib

STEPS = """
[[langkah]]
no = 1
kegiatan = "Kartu aktif"
tugas = ["confirm_status"]
pelaksana = ["bpjs"]

[[tindak_lanjut]]
kode = "perbarui"
untuk = ["sesuai"]
kegiatan = "Memperbarui data di DTSEN"
tugas = ["renew_data"]
pelaksana = ["pemohon"]
waktu = "6 bulan"
waktu_sejak = "aktif"
ingatkan = ["5 bulan", "3 bulan"]
"""
ON = e.MembershipActivated(means="reaktivasi", active_since=date(2022, 7, 1), source=e.Source(way="manual"))


def activated(data: e.MembershipActivated = ON, steps: str = STEPS) -> Scenario:
    """Submitted on 4 July 2022; the card, active since 1 July, is seen the same day."""
    return submitted(sheet(steps), office()).then(data=data)


def test_the_time_counts_from_the_day_that_bpjs_states_else_from_when_it_was_seen() -> None:
    seen = wib(7, 4, 9)
    assert active_from(date(2022, 7, 1), seen, PAINAN) == wib(7, 1)
    assert active_from(None, seen, PAINAN) == seen


def test_reminders_come_with_the_opening_of_their_day_or_of_the_next_that_is_open() -> None:
    # Three months after 1 July 2022: Saturday 1 October, so Monday the 3rd.
    assert reminders((1, 3), wib(7, 1), PAINAN) == (wib(8, 1, 7, 30), wib(10, 3, 7, 30))


def test_the_task_is_due_since_the_activation_and_no_work_before_the_first_reminder() -> None:
    [due] = activated().due
    assert (due.tugas, due.owner, due.since) == ("renew_data", "pemohon", wib(7, 1))
    assert due.not_before == wib(10, 3, 7, 30)
    assert [at for _, at in reminders_of(activated().loaded)] == [wib(10, 3, 7, 30), wib(12, 1, 7, 30)]


def test_an_urgent_need_is_met_with_the_active_card() -> None:
    question = '[[pertanyaan]]\nkode = "gawat"\nteks = "Gawat?"\nprioritas = true\n'
    scenario = submitted(sheet(STEPS, question), office(), answers=("gawat",))
    assert [due.urgent for due in scenario.due] == [True]
    assert [due.urgent for due in scenario.then(data=ON).due] == [False]


def test_without_a_day_from_bpjs_it_is_due_since_the_card_was_seen_active() -> None:
    scenario = activated(ON.model_copy(update={"active_since": None}))
    assert scenario.due[0].since == scenario.case.activated


def test_the_newest_reminder_that_has_come_is_told_first_and_each_anew() -> None:
    scenario = activated()
    kinds = [[news.kind for news in notifications(at.loaded)] for at in (scenario, scenario.later(days=100))]
    assert kinds == [["aktif"], ["ingatkan", "aktif"]]
    told = scenario.later(days=100).happens(e.ApplicantTold(news="ingatkan", way="telepon"))
    in_time, again = (next(notifications(at.loaded)) for at in (told, told.later(days=60)))
    assert in_time.notified is not None
    assert again.notified is None


def test_who_is_seen_active_after_the_day_of_a_reminder_is_told_of_the_card_and_reminded_later() -> None:
    early = ON.model_copy(update={"active_since": date(2022, 3, 1)})
    scenario = activated(early)
    assert [at for _, at in reminders_of(scenario.loaded)] == [wib(8, 1, 7, 30)]
    assert [news.kind for news in notifications(scenario.loaded)] == ["aktif"]
    [due] = scenario.due
    assert scenario.case.ending is not None
    assert due.not_before == scenario.case.ending.at  # the reminder is over: it is the office's work at once


def test_the_offices_wait_counts_from_the_opening_however_long_the_card_was_active() -> None:
    by_office = STEPS.replace('pelaksana = ["pemohon"]', 'pelaksana = ["staf"]').replace(
        'ingatkan = ["5 bulan", "3 bulan"]', ""
    )
    scenario = submitted(sheet(by_office), office()).then(data=ON.model_copy(update={"active_since": date(2022, 3, 1)}))
    [due] = scenario.due
    assert scenario.case.ending is not None
    opened = scenario.case.ending.at
    assert (due.since, due.promised, due.not_before) == (wib(3, 1), wib(3, 1), opened)
    row = {"since": due.since, "not_before": due.not_before, "tugas": due.tugas, "owner": due.owner, "kumpulan": None}
    assert limit_of(scenario.office, row) == PAINAN.add_working(opened, scenario.office.batas_tunggu)


def test_the_clocks_give_the_office_its_wait_from_the_opening() -> None:
    rules = replace(book(perbarui="6 bulan"), since_active=frozenset({"perbarui"}), pihak={})
    story = Story().received(wib(7, 4, 9), "confirm_status 1 bpjs")
    seen = wib(7, 20, 9)
    story.done(
        seen, "confirm_status 1 bpjs", "record perbarui staf perbarui", hasil="sesuai", type_="MembershipActivated"
    )
    story.events[-1] = story.events[-1]._replace(payload=b'{"active_since":"2022-03-01"}')
    [step] = [stay for stay in story.times(rules, wib(7, 20, 10)).steps if stay.slot == "perbarui"]
    assert rules.batas_tunggu is not None
    assert step.deadline == PAINAN.add_working(seen, rules.batas_tunggu)


def test_only_the_applicants_own_task_is_reminded_of_and_what_follows_is_the_offices_at_once() -> None:
    then = STEPS.replace('["renew_data"]', '["renew_data", { tugas = "record", pelaksana = ["staf"] }]')
    scenario = activated(steps=then)
    assert [at for _, at in reminders_of(scenario.loaded)] == [wib(10, 3, 7, 30), wib(12, 1, 7, 30)]
    renewed = scenario.later(days=40).then("diperbarui", slot="perbarui")
    [due] = renewed.due
    assert (due.tugas, due.owner, due.not_before) == ("record", "dinas", None)
    assert reminders_of(renewed.later(days=200).loaded) == []


def test_renewed_or_not_there_is_nothing_more_to_remind_of() -> None:
    for hasil in ("diperbarui", "tidak_diperbarui"):
        ended = activated().then(hasil, slot="perbarui").later(days=200)
        assert (ended.due, reminders_of(ended.loaded)) == ((), [])
        assert [news.kind for news in notifications(ended.loaded)] == ["aktif"]


def test_the_clock_judges_from_the_activation_whenever_it_was_recorded() -> None:
    rules = replace(book(perbarui="1 bulan"), since_active=frozenset({"perbarui"}))
    story = Story().received(wib(7, 4, 9), "confirm_status 1 bpjs")
    story.done(
        wib(7, 20, 9),
        "confirm_status 1 bpjs",
        "renew_data perbarui pemohon perbarui",
        hasil="sesuai",
        type_="MembershipActivated",
    )
    story.events[-1] = story.events[-1]._replace(payload=b'{"active_since":"2022-07-08"}')
    [step] = [stay for stay in story.times(rules, wib(8, 8, 23)).steps if stay.slot == "perbarui"]
    assert (step.counted_from, step.deadline, step.within) == (wib(7, 8), wib(8, 9) - timedelta(microseconds=1), None)
    [late] = [stay for stay in story.times(rules, wib(8, 9, 0, 1)).steps if stay.slot == "perbarui"]
    assert late.within is False


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('waktu = "6 bulan"', "", "tanpa waktu — tulis waktu"),
        ('pelaksana = ["pemohon"]', 'pelaksana = ["staf"]', "yang diingatkan pemohon"),
        (
            'tugas = ["renew_data"]',
            'tugas = [{ tugas = "renew_data", pelaksana = ["staf"] }]',
            "yang diingatkan pemohon",
        ),
        ('waktu_sejak = "aktif"', "", 'sejak kapan? — tulis waktu_sejak = "aktif"'),
        ('"5 bulan"', '"6 bulan"', "sesudah waktunya lewat — tulis kurang dari 6 bulan"),
        ('"confirm_status"', '"record"', "tidak ada tugas yang melihat kartu aktif"),
    ],
)
def test_what_cannot_be_counted_or_told_to_nobody_is_a_mistake(old: str, new: str, mistake: str) -> None:
    text = sheet(STEPS).text.decode().replace(old, new)
    if new == '"record"':
        text = text.replace('untuk = ["sesuai"]', "")
    assert any(mistake in line for line in check(text.encode()).mistakes)
