"""Kabupaten Pesisir Selatan by its sheet of 2017: the PBDT number, the emergency, and the turn of the year 2021."""

from __future__ import annotations

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.citizens import BETRIWATI, CHAIRUL, ELFIDA, FIRMAN, HASAN
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive, papers
from jejak_tools.stories.people import Person

_THREE = ("KK", "KTP", "SKM")


def _apply(office: Office, at: str, who: Person, *, emergency: bool = False) -> Berkas:
    """Somebody asks for a recommendation by the sheet of 2017, with its three documents."""
    office.at(at)
    application = {
        "layanan": "reaktivasi-kis-pbi",
        "pemohon": who,
        "keperluan": "Rawat inap di RSUD.",
        "jawaban": ["darurat"] if emergency else [],
    }
    return office.submit("staf-1", application, papers(who, _THREE))


def with_the_number_of_the_register(office: Office) -> Berkas:
    """Betriwati is listed in PBDT: her number there is recorded at step 2 and printed on the recommendation."""
    case = checked(_apply(office, "2021-11-08 09:00", BETRIWATI), "09:05", "09:05:40")
    case.work("draft_letter", by="staf-1", begun="09:10", ended="09:13")
    case.work("paraf", by="kabid-1", begun="09:30", ended="09:32")
    case.work("sign", by="kadis-1", begun="10:00", ended="10:02")
    hand_over_and_archive(case, "10:10", "10:11", "10:12", BETRIWATI)
    return case


def the_emergency_goes_first(office: Office) -> Berkas:
    """Elfida comes after Chairul, in an emergency: her file stands before his on every desk it reaches."""
    checked(_apply(office, "2021-11-15 08:00", CHAIRUL), "08:05", "08:05:40").until_due("draft_letter")
    case = checked(_apply(office, "2021-11-15 09:00", ELFIDA, emergency=True), "09:01", "09:01:40")
    case.until_due("draft_letter")
    return case


def begun_in_the_old_year(office: Office) -> Berkas:
    """Firman comes on 31 December 2021: his file runs the sheet of 2017 to its end, after that of 2022 took effect."""
    case = checked(_apply(office, "2021-12-31 15:30", FIRMAN), "15:40", "15:40:40")
    case.work("draft_letter", by="staf-1", begun="2022-01-03 08:00", ended="08:03")
    case.work("paraf", by="sekretaris-1", begun="08:30", ended="08:32")
    case.work("sign", by="kadis-1", begun="09:00", ended="09:02")
    hand_over_and_archive(case, "09:10", "09:11", "09:12", FIRMAN)
    return case


def begun_in_the_new_year(office: Office) -> Berkas:
    """Hasan comes on 3 January 2022, the first day of the new sheet: six documents, and two registers or the SK."""
    case = checked(apply(office, "2022-01-03 10:00", HASAN), "10:05", "10:05:40")
    case.work("draft_letter", by="staf-1", begun="10:10", ended="10:13")
    case.work("paraf", by="kabid-1", begun="10:30", ended="10:31")
    case.work("sign", by="kadis-1", begun="11:00", ended="11:01")
    hand_over_and_archive(case, "11:10", "11:11", "11:12", HASAN)
    return case
