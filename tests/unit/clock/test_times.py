import pytest

from tests.unit.clock.story import WORKING_DAY, Story, book, step_of, task_of, wib

PARAF = "paraf 4 kabid"
SIGN = "sign 5 kadis"
MINUTE, HOUR = 60, 3600
LATER = wib(12, 30)


def test_wait_until_opened_touch_until_done_elapsed_over_both() -> None:
    # Tuesday 4 January 2022: due 09.00, opened 10.00, done 10.02.30
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 10), PARAF, "hendra")
    story.done(wib(1, 4, 10, 2, 30), PARAF, by="hendra", hasil="paraf")

    times = story.times(book(langkah_4="3 menit"), LATER)

    paraf, step = task_of(times, "paraf"), step_of(times, "4")
    assert (paraf.wait, paraf.touch, paraf.elapsed, paraf.wall) == (3600, 150, 3750, 3750)
    assert (step.wait, step.touch, step.within, step.wait_within, step.overdue) == (3600, 150, True, True, False)
    assert (paraf.owner, paraf.actor, paraf.hasil, paraf.state) == ("dinas", "hendra", "paraf", "selesai")


def test_nine_minutes_of_hands_are_beyond_five() -> None:
    check = "check_documents 1 staf"
    story = Story().received(wib(1, 4, 9), check).opened(wib(1, 4, 9, 5), check, "rina")
    story.done(wib(1, 4, 9, 14), check, by="rina")

    step = step_of(story.times(book(langkah_1="5 menit"), LATER), "1")

    assert (step.touch, step.within, step.wait_within, step.overdue) == (9 * MINUTE, False, True, True)


def test_a_paraf_left_three_weeks_is_within_by_its_hands_and_late_by_its_wait() -> None:
    # due Monday 3 January 10.00, opened Monday 24 January 10.00: fifteen working days of 7.5 hours
    story = Story().received(wib(1, 3, 10), PARAF).opened(wib(1, 24, 10), PARAF, "hendra")
    story.done(wib(1, 24, 10, 2), PARAF, by="hendra")

    step = step_of(story.times(book(langkah_4="3 menit"), LATER), "4")

    assert step.wait == 15 * WORKING_DAY
    assert step.wall == 21 * 24 * HOUR + 2 * MINUTE
    assert (step.within, step.wait_within, step.overdue) == (True, False, True)


def test_across_a_weekend_and_a_friday_noon() -> None:
    # due Friday 7 January 11.00, opened Monday 10 January 08.00: 11.00-11.30, 13.00-16.30, 07.30-08.00
    story = Story().received(wib(1, 7, 11), PARAF).opened(wib(1, 10, 8), PARAF, "hendra")
    story.done(wib(1, 10, 8, 1), PARAF, by="hendra")

    paraf = task_of(story.times(book(), LATER), "paraf")

    assert paraf.wait == 4.5 * HOUR
    assert paraf.wall == 69 * HOUR + MINUTE


def test_across_idul_fitri_and_its_cuti_bersama() -> None:
    # due Thursday 28 April 15.00, opened Monday 9 May 08.30: 15.00-16.00 and 07.30-08.30
    story = Story().received(wib(4, 28, 15), PARAF).opened(wib(5, 9, 8, 30), PARAF, "hendra")
    story.done(wib(5, 9, 8, 31), PARAF, by="hendra")

    assert task_of(story.times(book(), LATER), "paraf").wait == 2 * HOUR


def test_hands_over_the_noon_break_are_the_open_hours_only() -> None:
    # opened 11.58, done 13.01: two minutes before the break, one after it
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 11, 58), PARAF, "hendra")
    story.done(wib(1, 4, 13, 1), PARAF, by="hendra")

    assert task_of(story.times(book(), LATER), "paraf").touch == 3 * MINUTE


def test_hands_left_on_a_file_over_night_are_the_open_hours_only() -> None:
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 15, 50), PARAF, "hendra")
    story.done(wib(1, 5, 7, 40), PARAF, by="hendra")

    assert task_of(story.times(book(), LATER), "paraf").touch == 20 * MINUTE


def test_overtime_is_wall_time() -> None:
    story = Story().received(wib(1, 4, 15), PARAF).opened(wib(1, 4, 19), PARAF, "hendra")
    story.done(wib(1, 4, 19, 4), PARAF, by="hendra")

    paraf = task_of(story.times(book(), LATER), "paraf")

    assert (paraf.touch, paraf.wait, paraf.elapsed) == (4 * MINUTE, HOUR, HOUR)


def test_hands_count_from_the_last_opening_and_the_drawer_between_counts_as_lying() -> None:
    # opened for a look on Tuesday 4 January 10.00, again on Tuesday 11 January 10.00 and done
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 10), PARAF, "hendra")
    story.opened(wib(1, 11, 10), PARAF, "hendra").done(wib(1, 11, 10, 2), PARAF, by="hendra")

    paraf = task_of(story.times(book(langkah_4="3 menit"), LATER), "paraf")

    assert (paraf.wait, paraf.idle, paraf.touch) == (HOUR, 5 * WORKING_DAY, 2 * MINUTE)
    assert paraf.wait_within is False


def test_hands_are_those_of_the_person_who_did_it() -> None:
    # any one of several: the Kabid looked at 10.00, the Sekretaris opened at 11.00 and gave the paraf
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 10), PARAF, "hendra")
    story.opened(wib(1, 4, 11), PARAF, "yusnita").opened(wib(1, 4, 11, 1), PARAF, "hendra")
    story.done(wib(1, 4, 11, 3), PARAF, by="yusnita")

    paraf = task_of(story.times(book(), LATER), "paraf")

    assert (paraf.wait, paraf.idle, paraf.touch) == (HOUR, HOUR, 3 * MINUTE)


def test_one_request_for_three_letters_divides_its_time() -> None:
    story = Story().received(wib(1, 4, 9), SIGN).opened(wib(1, 4, 10), SIGN, "zul")
    story.done(wib(1, 4, 10, 6), SIGN, by="zul", share=3)

    assert task_of(story.times(book(), LATER), "sign").touch == 2 * MINUTE


def test_automatic_work_is_not_measured_and_never_counts_as_within() -> None:
    rules = "check_rules 2 kasi"
    story = Story().received(wib(1, 4, 9), rules).done(wib(1, 4, 9, 0, 1), rules, hasil="memenuhi")

    times = story.times(book(langkah_2="5 menit"), LATER)

    assert task_of(times, "check_rules").unmeasured == "otomatis"
    assert (step_of(times, "2").touch, step_of(times, "2").within) == (None, None)


def test_automatic_work_takes_nothing_from_the_hands_of_the_steps_people() -> None:
    look, rules = "check_registry 2 kasi", "check_rules 2 kasi"
    story = Story().received(wib(1, 4, 9), look).opened(wib(1, 4, 9, 30), look, "desi")
    story.done(wib(1, 4, 9, 34), look, rules, by="desi").done(wib(1, 4, 9, 34, 1), rules, hasil="memenuhi")

    step = step_of(story.times(book(langkah_2="5 menit"), LATER), "2")

    assert (step.touch, step.within, len(step.tasks)) == (4 * MINUTE, True, 2)


def test_an_entry_made_afterwards_is_not_measured_and_never_within() -> None:
    # signed by pen at 09.10 and recorded at 14.00 by the staff
    story = Story().received(wib(1, 4, 9), SIGN).opened(wib(1, 4, 13, 58), SIGN, "rina")
    story.done(wib(1, 4, 14), SIGN, by="zul", recorder="rina", claimed=wib(1, 4, 9, 10))

    times = story.times(book(langkah_5="3 menit"), LATER)

    sign = task_of(times, "sign")
    assert (sign.touch, sign.unmeasured) == (None, "dicatat_kemudian")
    assert (step_of(times, "5").within, sign.done_at, sign.ended_at) == (None, wib(1, 4, 9, 10), wib(1, 4, 14))


def test_an_entry_made_afterwards_can_still_be_late() -> None:
    story = Story().received(wib(1, 4, 9), SIGN)
    story.done(wib(1, 20, 14), SIGN, by="zul", recorder="rina", claimed=wib(1, 18, 9))
    early = Story().received(wib(1, 4, 9), SIGN)
    early.done(wib(1, 20, 14), SIGN, by="zul", recorder="rina", claimed=wib(1, 4, 10))

    sheet = book(limit=None, langkah_5="1 hari")

    assert step_of(story.times(sheet, LATER), "5").within is False
    assert step_of(early.times(sheet, LATER), "5").within is None


def test_a_claim_of_a_minute_ago_is_no_entry_afterwards() -> None:
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 10), PARAF, "hendra")
    story.done(wib(1, 4, 10, 2), PARAF, by="hendra", claimed=wib(1, 4, 10, 1, 30))

    assert task_of(story.times(book(), LATER), "paraf").touch == 2 * MINUTE


def test_an_official_who_never_opened_the_file_is_unmeasured() -> None:
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 9, 30), PARAF, "hendra")
    story.done(wib(1, 4, 10), PARAF, by="yusnita")

    paraf = task_of(story.times(book(langkah_4="3 menit"), LATER), "paraf")

    assert (paraf.touch, paraf.unmeasured, paraf.wait) == (None, "tidak_dibuka", 30 * MINUTE)


def test_without_an_opening_it_waited_until_it_was_done() -> None:
    story = Story().received(wib(1, 4, 9), PARAF).done(wib(1, 4, 11), PARAF, by="hendra")

    paraf = task_of(story.times(book(), LATER), "paraf")

    assert (paraf.wait, paraf.started_at) == (2 * HOUR, None)


def test_an_outsider_is_judged_by_the_claimed_time_when_there_is_evidence() -> None:
    # BPJS answered on 12 January; the staff entered it on 31 January
    reply = "await_reply aktif bpjs aktif"

    def claimed_story(**claim: object) -> Story:
        story = Story().received(wib(1, 3, 9), PARAF).done(wib(1, 3, 10), PARAF, reply, by="hendra")
        return story.done(wib(1, 31, 9), reply, recorder="rina", hasil="diterima", **claim)  # type: ignore[arg-type]

    sheet = book(aktif="8 hari")
    shown = step_of(claimed_story(claimed=wib(1, 12, 9)).times(sheet, LATER), "aktif")
    unproven = step_of(claimed_story(claimed=wib(1, 12, 9), evidence=False).times(sheet, LATER), "aktif")
    unclaimed = step_of(claimed_story().times(sheet, LATER), "aktif")

    assert (shown.owner, shown.within, shown.ended_at) == ("bpjs", True, wib(1, 12, 9))
    assert (unproven.within, unclaimed.within) == (None, None)
    assert shown.wait_within is None


def test_the_offices_clock_stops_while_the_applicant_has_the_file() -> None:
    # checked on 4 January 10.00, papers missing, brought on 14 January 09.00, checked again at 09.30
    check, bring = "check_documents 1 staf", "complete 1 pemohon"
    story = Story().received(wib(1, 4, 9), check).opened(wib(1, 4, 10), check, "rina")
    story.done(wib(1, 4, 10, 1), check, bring, by="rina", hasil="kurang")
    story.done(wib(1, 14, 9), bring, check, recorder="rina")
    story.opened(wib(1, 14, 9, 30), check, "rina").done(wib(1, 14, 9, 32), check, by="rina", hasil="lengkap")
    story.ended(wib(1, 14, 9, 32), "CaseClosed")

    times = story.times(book(langkah_1="1 menit"), LATER)

    assert [(step.repetition, step.touch, step.within) for step in times.steps if step.langkah == "1"] == [
        (1, MINUTE, True),
        (2, 2 * MINUTE, False),
    ]
    complete = task_of(times, "complete")
    assert (complete.owner, complete.wait) == ("pemohon", (10 * 24 - 1) * HOUR - MINUTE)
    main = times.totals.main
    assert main is not None
    assert main.office == 61 * MINUTE + 32 * MINUTE
    assert main.wall == 10 * 24 * HOUR + 32 * MINUTE
    assert (main.wait, main.hands, times.totals.end) == (90 * MINUTE, 3 * MINUTE, "selesai")


def test_a_deadline_moves_on_by_the_time_the_file_was_elsewhere() -> None:
    # one step: staf 1 hour, the village two weeks, staf again; "1 hari" of the office is kept
    a, b, c = "record 2 staf", "verify_manually 2 wali", "enter_data 2 staf"
    story = Story().received(wib(1, 4, 9), a).done(wib(1, 4, 10), a, b, by="rina")
    story.done(wib(1, 18, 10), b, c, by="buyung").done(wib(1, 19, 9), c, by="rina")

    step = step_of(story.times(book(langkah_2="1 hari"), LATER), "2")

    assert step.elapsed == HOUR + 6.5 * HOUR
    assert (step.within, step.counted_from) == (True, wib(1, 4, 9))
    assert step.elsewhere == ((wib(1, 4, 10), wib(1, 18, 10)),)


def test_a_step_of_working_days_moves_on_by_working_days_only() -> None:
    # staf on Tuesday, the village from Thursday evening to Monday morning: no office hour is lost, "2 hari kerja" stand
    a, b, c = "record 2 staf", "verify_manually 2 wali", "enter_data 2 staf"
    story = Story().received(wib(1, 4, 9), a).done(wib(1, 6, 18), a, b, by="rina")
    story.done(wib(1, 10, 7), b, c, by="buyung").done(wib(1, 10, 10), c, by="rina")

    assert step_of(story.times(book(langkah_2="2 hari kerja"), LATER), "2").within is False


def test_while_a_batch_is_open_the_offices_clock_stands_still() -> None:
    # due Tuesday 4 January 09.00; the batch closed on Monday 31 January 09.00 and went out an hour later
    send = "deliver 5 staf"
    sheet = book(batched={("main", "5", "deliver"): ((),)})
    story = Story().received(wib(1, 4, 9), send)

    waiting = task_of(story.times(sheet, wib(1, 31, 9)), "deliver")
    story.done(wib(1, 31, 10), send, hasil="terkirim", batch_closed_at=wib(1, 31, 9))
    sent = task_of(story.times(sheet, LATER), "deliver")

    assert (waiting.wait, waiting.elapsed, waiting.overdue) == (0, 0, False)
    assert (sent.wait, sent.elapsed, sent.wall) == (HOUR, HOUR, (27 * 24 + 1) * HOUR)


SEND = "deliver 5 staf"
FOR_SOME = {("main", "5", "deliver"): ((frozenset({"reguler"}), frozenset({"biasa", "mutasi"})),)}
"""In a batch for the route `reguler`, and only for the cases that the batch concerns."""


@pytest.mark.parametrize(
    ("route", "answers", "elapsed", "overdue"),
    [
        ("reguler", ("biasa",), 0, False),
        ("reguler", ("gawat",), 20 * WORKING_DAY, True),
        ("darurat", ("biasa",), 20 * WORKING_DAY, True),
    ],
)
def test_a_batch_that_does_not_concern_the_case_stops_no_clock(
    route: str, answers: tuple[str, ...], elapsed: int, overdue: bool
) -> None:
    # due Tuesday 4 January 2022 07.30, as the office opens; by Tuesday 1 February 07.30 twenty working days have gone.
    # Three are the most it may wait.
    choose = "choose_route 4 staf"
    story = Story().received(wib(1, 3, 9), choose, answers=answers)
    story.done(wib(1, 4, 7, 30), choose, SEND, by="rina", hasil=route)

    waiting = task_of(story.times(book(batched=FOR_SOME), wib(2, 1, 7, 30)), "deliver")

    assert (waiting.wait, waiting.elapsed, waiting.overdue) == (elapsed, elapsed, overdue)


def test_what_held_as_a_task_fell_due_decides_whether_it_waits_for_a_batch() -> None:
    # alone on 4 January for `darurat`; mended and now `reguler`, with the batch that closes on the 31st
    choose, again = "choose_route 4 staf", "await_reply 5 bpjs"
    story = Story().received(wib(1, 3, 9), choose, answers=("biasa",))
    story.done(wib(1, 4, 9), choose, SEND, by="rina", hasil="darurat")
    story.done(wib(1, 4, 10), SEND, again, by="rina", hasil="terkirim")
    story.done(wib(1, 5, 9), again, choose, hasil="perbaiki")
    story.done(wib(1, 5, 10), choose, SEND, by="rina", hasil="reguler")
    story.done(wib(1, 31, 10), SEND, hasil="terkirim", batch_closed_at=wib(1, 31, 9))

    times = story.times(book(batched=FOR_SOME), LATER)

    assert [task_of(times, "deliver", repetition).elapsed for repetition in (1, 2)] == [HOUR, HOUR]


def test_a_batch_without_a_recorded_closing_counts_nothing() -> None:
    send = "deliver 5 staf"
    story = Story().received(wib(1, 4, 9), send).done(wib(2, 1, 10), send, hasil="terkirim")

    assert task_of(story.times(book(batched={("main", "5", "deliver"): ((),)}), LATER), "deliver").elapsed == 0


def test_a_task_with_its_own_time_is_judged_by_it_and_its_step_without_it() -> None:
    keep, send = "record 5 staf", "forward 5 staf"
    story = Story().received(wib(1, 4, 9), keep).opened(wib(1, 4, 9), keep, "rina")
    story.done(wib(1, 4, 9, 8), keep, send, by="rina").opened(wib(1, 4, 9, 10), send, "rina")
    story.done(wib(1, 4, 9, 30), send, by="rina")

    times = story.times(book(tasks={("main", "5", "forward"): "15 menit"}, langkah_5="10 menit"), LATER)

    step = step_of(times, "5")
    assert (step.touch, step.within, step.overdue) == (8 * MINUTE, True, True)
    assert task_of(times, "forward").within is False


def test_a_task_that_answers_not_yet_stays_the_same_task() -> None:
    ask = "confirm_status aktif bpjs aktif"
    story = Story().received(wib(1, 4, 9), PARAF).done(wib(1, 4, 10), PARAF, ask, by="hendra")
    story.done(wib(2, 4, 9), ask, ask, recorder="rina", claimed=wib(2, 4, 8), hasil="belum")
    story.done(wib(3, 4, 9), ask, recorder="rina", claimed=wib(3, 4, 8), hasil="sesuai", type_="MembershipActivated")

    times = story.times(book(aktif="3 bulan"), LATER)

    checks = [task for task in times.tasks if task.tugas == "confirm_status"]
    assert [(check.due_at, check.ended_at, check.hasil) for check in checks] == [
        (wib(1, 4, 10), wib(3, 4, 8), "sesuai")
    ]
    assert step_of(times, "aktif").within is True
    assert times.totals.active is not None
    assert times.totals.active.until == wib(3, 4, 8)


def test_an_undated_answer_not_yet_does_not_hide_that_it_is_overdue() -> None:
    ask = "confirm_status aktif bpjs aktif"
    story = Story().received(wib(1, 4, 9), PARAF).done(wib(1, 4, 10), PARAF, ask, by="hendra")
    story.done(wib(2, 4, 9), ask, ask, recorder="rina", hasil="belum")

    step = step_of(story.times(book(aktif="1 bulan"), wib(2, 7, 9)), "aktif")

    assert (step.state, step.within, step.overdue) == ("terbuka", False, True)


def test_hands_of_every_answer_add_up() -> None:
    match = "reconcile 7 kabid"
    story = Story().received(wib(1, 4, 9), match).opened(wib(1, 4, 10), match, "hendra")
    story.done(wib(1, 4, 10, 3), match, match, by="hendra", hasil="tidak_cocok")
    story.opened(wib(1, 24, 10), match, "hendra").done(wib(1, 24, 10, 2), match, by="hendra", hasil="cocok")

    reconcile = task_of(story.times(book(langkah_7="10 menit"), LATER), "reconcile")

    assert (reconcile.wait, reconcile.touch, reconcile.idle, reconcile.overdue) == (HOUR, 5 * MINUTE, 0, False)
