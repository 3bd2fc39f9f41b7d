"""Late on purpose. What the clocks must say of these files is worked out by hand beside the tests."""

from __future__ import annotations

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import JAMARIS, LISMAR


def three_weeks_in_a_drawer(office: Office) -> Berkas:
    """Lismar's letter waits three weeks for its paraf, from a Friday before noon, over a holiday and a cuti bersama.

    The paraf itself takes two minutes: within the sheet's three, and still the file was late.
    """
    case = checked(apply(office, "2023-05-19 11:00", LISMAR), "11:05", "11:05:30")
    case.work("draft_letter", by="staf-1", begun="11:41", ended="11:45")
    case.work("paraf", by="kabid-1", begun="2023-06-09 14:00", ended="14:02")
    case.work("sign", by="kadis-1", begun="14:10", ended="14:12")
    hand_over_and_archive(case, "14:30", "14:31", "14:32", LISMAR)
    return case


def nine_minutes_of_hands(office: Office) -> Berkas:
    """Checking Jamaris's documents takes nine minutes, the Friday break between them, where the sheet promises one.

    The draft is made on Monday morning, after the weekend.
    """
    case = apply(office, "2022-07-15 11:50", JAMARIS)
    case.work("check_documents", by="staf-1", begun="11:55", ended="13:34")
    case.work("draft_letter", by="staf-1", begun="2022-07-18 07:35", ended="07:38")
    case.until_due("paraf")
    return case
