from jejak.cases.decision import SIDE_SLOT
from jejak.timekeeping.clocks.times import CaseTimes
from tests.events import happened
from tests.unit.clock.story import PAINAN, WORKING_DAY, Story, book, step_of, task_of, wib

PARAF = "paraf 4 kabid"
SIGN = "sign 5 kadis"
MINUTE, HOUR = 60, 3600
LATER = wib(12, 30)


def test_a_correction_begins_the_draft_and_the_paraf_again_and_each_is_judged_singly() -> None:
    draft = "draft_letter 3 staf"
    story = Story().received(wib(1, 4, 8), draft).opened(wib(1, 4, 9), draft, "rina")
    story.done(wib(1, 4, 9, 4), draft, PARAF, by="rina").opened(wib(1, 4, 10), PARAF, "hendra")
    story.done(wib(1, 4, 10, 1), PARAF, draft, by="hendra", hasil="perbaiki", type_="CorrectionRequested")
    story.opened(wib(1, 4, 11), draft, "rina").done(wib(1, 4, 11, 6), draft, PARAF, by="rina")
    story.opened(wib(1, 4, 11, 30), PARAF, "hendra").done(wib(1, 4, 11, 31), PARAF, by="hendra", hasil="paraf")

    times = story.times(book(langkah_3="5 menit", langkah_4="3 menit"), LATER)

    assert [
        (step.langkah, step.repetition, step.touch, step.within) for step in times.steps if step.langkah != "0"
    ] == [
        ("3", 1, 4 * MINUTE, True),
        ("4", 1, MINUTE, True),
        ("3", 2, 6 * MINUTE, False),
        ("4", 2, MINUTE, True),
    ]


def test_back_to_the_draft_within_one_step_is_a_new_stay_in_it() -> None:
    draft, initial = "draft_letter 6 staf", "paraf 6 kabid"
    story = Story().received(wib(1, 4, 8), draft).opened(wib(1, 4, 9), draft, "rina")
    story.done(wib(1, 4, 9, 9), draft, initial, by="rina").opened(wib(1, 4, 10), initial, "hendra")
    story.done(wib(1, 4, 10, 2), initial, draft, by="hendra", hasil="perbaiki", type_="CorrectionRequested")
    story.opened(wib(1, 4, 11), draft, "rina").done(wib(1, 4, 11, 5), draft, initial, by="rina")
    story.opened(wib(1, 4, 11, 30), initial, "hendra").done(wib(1, 4, 11, 31), initial, by="hendra", hasil="paraf")

    times = story.times(book(langkah_6="15 menit"), LATER)

    assert [(step.repetition, step.touch, step.within) for step in times.steps if step.langkah == "6"] == [
        (1, 11 * MINUTE, True),
        (2, 6 * MINUTE, True),
    ]


def test_two_parafs_in_sequence_are_one_step() -> None:
    first, second = "paraf 4 jafung", "paraf 4 kabid"
    story = Story().received(wib(1, 4, 8), first).opened(wib(1, 4, 9), first, "ani")
    story.done(wib(1, 4, 9, 1), first, second, by="ani").opened(wib(1, 4, 10), second, "hendra")
    story.done(wib(1, 4, 10, 3), second, by="hendra")

    step = step_of(story.times(book(langkah_4="3 menit"), LATER), "4")

    assert (step.touch, step.within, [task.who for task in step.tasks]) == (4 * MINUTE, False, ["jafung", "kabid"])
    assert step.wait == HOUR + 59 * MINUTE


def test_a_task_that_vanishes_without_its_own_event_is_not_judged() -> None:
    story = Story().received(wib(1, 3, 9), PARAF).ended(wib(1, 31, 9), "ApplicationWithdrawn")

    times = story.times(book(langkah_4="3 menit"), LATER)

    paraf = task_of(times, "paraf")
    assert (paraf.state, paraf.ended_at, paraf.hasil, paraf.overdue) == ("batal", wib(1, 31, 9), None, False)
    assert (step_of(times, "4").within, step_of(times, "4").wait_within) == (None, None)
    assert (times.totals.end, times.totals.active) == ("ditarik", None)


def test_a_step_broken_off_in_a_task_with_a_standard_of_its_own_is_not_judged() -> None:
    first, second = "paraf 4 jafung", "sign 4 kadis"
    story = Story().received(wib(1, 4, 8), first).opened(wib(1, 4, 9), first, "ani")
    story.done(wib(1, 4, 9, 1), first, second, by="ani")
    sheet = book(langkah_4="3 menit", tasks={("main", "4", "sign"): "2 menit"})

    open_still = step_of(story.times(sheet, LATER), "4")
    broken_off = step_of(story.ended(wib(1, 31, 9), "ApplicationWithdrawn").times(sheet, LATER), "4")

    assert (open_still.state, open_still.within) == ("terbuka", None)
    assert (broken_off.state, broken_off.touch, broken_off.within) == ("batal", MINUTE, None)


def test_what_is_open_can_be_overdue_by_its_wait_but_not_yet_within() -> None:
    story = Story().received(wib(1, 3, 7, 30), PARAF)
    sheet = book(langkah_4="3 menit")

    in_time = step_of(story.times(sheet, wib(1, 5, 16)), "4")
    too_late = step_of(story.times(sheet, wib(1, 6, 7, 31)), "4")

    assert (in_time.state, in_time.overdue, in_time.wait_within, in_time.within) == ("terbuka", False, None, None)
    assert in_time.deadline == wib(1, 5, 16)
    assert (too_late.overdue, too_late.wait_within) == (True, False)


def test_what_is_open_can_be_overdue_by_days() -> None:
    story = Story().received(wib(1, 7, 9), SIGN)
    sheet = book(limit=None, langkah_5="1 hari")

    monday = step_of(story.times(sheet, wib(1, 10, 23)), "5")
    tuesday = step_of(story.times(sheet, wib(1, 11, 0, 1)), "5")

    assert (monday.overdue, tuesday.overdue) == (False, True)
    assert monday.deadline is not None
    assert PAINAN.local(monday.deadline).strftime("%d %H.%M") == "10 23.59"


def test_a_file_opened_and_left_open_is_overdue_by_the_hands_that_seem_to_be_on_it() -> None:
    story = Story().received(wib(1, 4, 9), PARAF).opened(wib(1, 4, 9, 5), PARAF, "hendra")

    step = step_of(story.times(book(langkah_4="3 menit"), wib(1, 25, 9)), "4")

    assert (step.touch, step.within, step.overdue) == (None, False, True)


def test_a_file_received_before_it_was_entered_waits_since_it_was_received() -> None:
    # handed over on Monday 3 January 14.00, entered on Tuesday 08.00, opened at 08.30
    check = "check_documents 1 staf"
    story = Story().received(wib(1, 4, 8), check, claimed=wib(1, 3, 14)).opened(wib(1, 4, 8, 30), check, "rina")
    story.done(wib(1, 4, 8, 31), check, by="rina").ended(wib(1, 4, 8, 31), "CaseClosed")

    times = story.times(book(), LATER)

    assert task_of(times, "check_documents").wait == 3 * HOUR
    assert times.totals.received_at == wib(1, 3, 14)
    assert times.totals.main is not None
    assert times.totals.main.office == 3 * HOUR + MINUTE


def test_the_submission_itself_is_not_measured() -> None:
    story = Story().received(wib(1, 4, 9), PARAF)

    submit = task_of(story.times(book(langkah_0="5 menit"), LATER), "submit")

    assert (submit.state, submit.owner, submit.touch, submit.within) == ("selesai", "pemohon", None, None)


def test_the_card_becomes_active_after_the_office_is_done_and_both_ends_have_their_figures() -> None:
    # SOP selesai on 4 January 11.00 after two hours; the applicant, then BPJS; active on 14 January 10.00
    send, ask = "deliver aktif pemohon aktif", "confirm_status aktif bpjs aktif"
    story = Story().received(wib(1, 4, 9), SIGN).done(wib(1, 4, 11), SIGN, None, by="zul")
    story.ended(wib(1, 4, 11), "CaseClosed", send)
    story.done(wib(1, 6, 9), send, ask, recorder="rina", claimed=wib(1, 5, 10), hasil="terkirim")
    story.done(wib(1, 17, 9), ask, recorder="rina", claimed=wib(1, 14, 10), hasil="sesuai", type_="MembershipActivated")

    totals = story.times(book(aktif="3 bulan"), LATER).totals

    assert totals.main is not None
    assert totals.active is not None
    assert (totals.end, totals.main.office, totals.main.wall) == ("selesai", 2 * HOUR, 2 * HOUR)
    assert (totals.active.until, totals.active.office) == (wib(1, 14, 10), 2 * HOUR)
    assert totals.active.wall == (10 * 24 + 1) * HOUR


def test_a_membership_that_ended_as_asked_is_an_end_of_its_own() -> None:
    # SOP selesai on 4 January 11.00 after two hours; not yet on the 7th; ended on 14 January 10.00
    ask = "confirm_status nonaktif bpjs nonaktif"
    story = Story().received(wib(1, 4, 9), SIGN).done(wib(1, 4, 11), SIGN, None, by="zul")
    story.ended(wib(1, 4, 11), "CaseClosed", ask)
    not_yet, ended = "MembershipNotYetDeactivated", "MembershipDeactivated"
    story.done(wib(1, 7, 9), ask, ask, recorder="rina", claimed=wib(1, 7, 8), hasil="belum", type_=not_yet)
    story.done(wib(1, 17, 9), ask, recorder="rina", claimed=wib(1, 14, 10), hasil="sesuai", type_=ended)

    totals = story.times(book(nonaktif="1 bulan"), LATER).totals

    assert totals.active is None
    assert totals.deactivated is not None
    assert (totals.deactivated.until, totals.deactivated.office) == (wib(1, 14, 10), 2 * HOUR)
    assert totals.deactivated.wall == (10 * 24 + 1) * HOUR


def test_a_card_in_hand_counts_as_active_where_no_status_is_known() -> None:
    card = "receive_card 8 pemohon"
    story = Story().received(wib(1, 4, 9), card)
    story.done(wib(1, 5, 9), card, card, recorder="rina", hasil="kartu_belum", type_="CardReceived")
    story.done(wib(1, 6, 9), card, recorder="rina", hasil="kartu_diterima", type_="CardReceived")

    active = story.times(book(), LATER).totals.active

    assert active is not None
    assert active.until == wib(1, 6, 9)


def test_a_follow_up_beside_the_main_line_counts_the_offices_time_once() -> None:
    # the main line 08.00-10.00, the follow-up opened after a step of it 09.00-11.00: three hours, not four
    beside = "confirm_status b staf b"
    story = Story().received(wib(1, 4, 8), PARAF).done(wib(1, 4, 9), PARAF, f"{SIGN},{beside}", by="hendra")
    story.done(wib(1, 4, 10), SIGN, beside, by="zul", type_="CaseClosed")
    story.done(wib(1, 4, 11), beside, by="rina", hasil="sesuai", type_="MembershipActivated")

    active = story.times(book(), LATER).totals.active

    assert active is not None
    assert active.office == 3 * HOUR


def test_what_else_the_office_follows_up_is_no_part_of_the_way_to_the_card() -> None:
    aside, asking = "record a staf a", "confirm_status b bpjs b"
    story = Story().received(wib(1, 4, 8), SIGN).done(wib(1, 4, 9), SIGN, f"{aside},{asking}", by="zul")
    story.done(wib(1, 5, 9), asking, aside, recorder="rina", hasil="sesuai", type_="MembershipActivated")

    active = story.times(book(), LATER).totals.active

    assert active is not None
    assert (active.office, active.wall) == (HOUR, 25 * HOUR)


def test_a_running_case_has_its_time_so_far() -> None:
    story = Story().received(wib(1, 4, 9), PARAF)

    totals = story.times(book(), wib(1, 4, 11)).totals

    assert totals.end is None
    assert totals.main is not None
    assert totals.main.office == 2 * HOUR


def test_a_stream_without_a_submission_has_no_totals() -> None:
    assert Story().ended(wib(1, 4, 9), "BatchClosed").times(book(), LATER).totals.main is None


def test_minutes_said_to_be_elapsed_count_working_time() -> None:
    # due Friday 16.20, done Monday 07.34: ten minutes and four
    story = Story().received(wib(1, 7, 16, 20), SIGN).done(wib(1, 10, 7, 34), SIGN, by="zul")

    step = step_of(story.times(book(ukuran={"langkah_5": "lewat"}, langkah_5="15 menit"), LATER), "5")

    assert (step.elapsed, step.within) == (14 * MINUTE, True)


def test_once_24_hours_is_judged_by_the_wall() -> None:
    def signed(hour: int, minute: int) -> bool | None:
        story = Story().received(wib(1, 7, 10), SIGN).done(wib(1, 8, hour, minute), SIGN, by="zul")
        return step_of(story.times(book(langkah_5="1 x 24 jam"), LATER), "5").within

    assert signed(10, 0) is True
    assert signed(10, 1) is False


def test_what_is_recorded_beside_the_line_moves_no_clock() -> None:
    def times_of(*, meanwhile: bool) -> CaseTimes:
        story = Story().received(wib(1, 4, 8), PARAF).opened(wib(1, 4, 9), PARAF, "hendra")
        if meanwhile:
            beside = happened(wib(1, 4, 9, 1), "ApplicantTold", SIDE_SLOT, actor="ani", due=story.events[-1].due)
            story.events.append(beside)
        return story.done(wib(1, 4, 9, 3), PARAF, SIGN, by="hendra").times(book(langkah_4="3 menit"), LATER)

    assert times_of(meanwhile=True) == times_of(meanwhile=False)


def test_a_letter_that_waits_to_be_fetched_is_not_held_to_the_offices_waiting_limit() -> None:
    sheet = book(limit=WORKING_DAY, langkah_6="3 menit")
    ready = Story().received(wib(7, 4, 9), "hand_over 6 rina")
    waiting = ready.times(sheet, wib(7, 25, 9))
    step = step_of(waiting, "6")
    assert (step.overdue, step.wait_within, step.deadline) == (False, None, None)

    archived = ready.opened(wib(7, 25, 9), "hand_over 6 rina", "rina").done(
        wib(7, 25, 9, 2), "hand_over 6 rina", "archive 6 rina", by="rina"
    )
    late = step_of(archived.times(sheet, wib(7, 28, 9)), "6")
    assert (late.overdue, late.wait_within) == (True, False), "the archive is the office's own to keep up with"
