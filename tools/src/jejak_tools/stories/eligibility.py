"""Listed and/or deactivated at most six months before the file was received: any one of the sheet's rules suffices."""

from __future__ import annotations

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import BASRI, DARWIS, MARLIS, NURLELA, ROSNA, SYAMSUL, YUSNIDAR, ZULFAN, Person


def _received_and_checked(office: Office, who: Person, received: str, begun: str, ended: str) -> Berkas:
    return checked(apply(office, received, who), begun, ended)


def listed_seven_months(office: Office) -> Berkas:
    """Zulfan is listed, and was deactivated seven months before."""
    case = _received_and_checked(office, ZULFAN, "2022-07-04 08:00", "08:05", "08:05:30")
    case.until_due("draft_letter")
    return case


def unlisted_five_months(office: Office) -> Berkas:
    """Marlis is in no register, but was deactivated five months before."""
    case = _received_and_checked(office, MARLIS, "2022-07-04 08:10", "08:15", "08:15:30")
    case.until_due("draft_letter")
    return case


def listed_five_months(office: Office) -> Berkas:
    """Rosna meets both."""
    case = _received_and_checked(office, ROSNA, "2022-07-04 08:20", "08:25", "08:25:30")
    case.until_due("draft_letter")
    return case


def unlisted_seven_months(office: Office) -> Berkas:
    """Darwis meets neither: refused, and nothing is drafted."""
    case = _received_and_checked(office, DARWIS, "2022-07-04 08:30", "08:35", "08:35:30")
    case.until_ended()
    return case


def six_months_to_the_day(office: Office) -> Berkas:
    """Nurlela was deactivated on 4 January and came on 4 July."""
    case = _received_and_checked(office, NURLELA, "2022-07-04 08:40", "08:45", "08:45:30")
    case.until_due("draft_letter")
    return case


def a_day_more_than_six_months(office: Office) -> Berkas:
    """Basri was deactivated on 3 January and came on 4 July."""
    case = _received_and_checked(office, BASRI, "2022-07-04 08:50", "08:55", "08:55:30")
    case.until_ended()
    return case


def last_day_checked_a_week_later(office: Office) -> Berkas:
    """Yusnidar came on her last day; that the office looked a week later does not cost her the right."""
    case = _received_and_checked(office, YUSNIDAR, "2022-07-04 15:30", "2022-07-11 09:00", "09:00:30")
    case.until_due("draft_letter")
    return case


def still_active(office: Office) -> Berkas:
    """Syamsul's card is on: the file is returned, and he is told so."""
    case = _received_and_checked(office, SYAMSUL, "2022-07-04 08:57", "08:58", "08:58:30")
    case.until_ended()
    return case
