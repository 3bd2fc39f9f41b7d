"""Documents that are missing, not right, or right only at another age."""

from __future__ import annotations

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import FIVE_AND_BIRTH_CERTIFICATE, apply, hand_over_and_archive, papers
from jejak_tools.stories.people import DESMAWATI, FAJRI


def missing_and_not_right(office: Office) -> Berkas:
    """Desmawati has no SPTJM, and her SKTM lacks the Camat's acknowledgement."""
    case = apply(office, "2022-07-04 09:00", DESMAWATI, names=("KIS", "KK", "KTP", "SKTM", "FOTO"))
    found = {
        "hasil": "kurang",
        "masalah": [{"document": "SKTM", "problem": "tidak_benar", "expected": "diketahui Camat"}],
        "keterangan": {"SKTM": "Kolom Camat masih kosong."},
    }
    case.work("check_documents", by="staf-1", begun="09:10", ended="09:10:40", body=found)
    return case


def brought_later(office: Office) -> Berkas:
    """She brings both three days later, and the case goes on."""
    case = missing_and_not_right(office)
    office.at("2022-07-07 08:40")
    brought = papers(DESMAWATI, ("SPTJM", "SKTM"))
    case.outsider("complete", by="staf-2", happened="2022-07-07 08:30", at="08:40", papers=brought)
    case.work("check_documents", by="staf-1", begun="09:00", ended="09:00:50")
    case.work("draft_letter", by="staf-1", begun="09:15", ended="09:18")
    case.work("paraf", by="kabid-1", begun="10:00", ended="10:01")
    case.work("sign", by="kadis-1", begun="10:30", ended="10:31")
    hand_over_and_archive(case, "11:00", "11:01", "11:02", DESMAWATI)
    return case


def too_old_for_a_birth_certificate(office: Office) -> Berkas:
    """Fajri is twenty: his birth certificate does not stand in for the KTP."""
    case = apply(office, "2022-07-04 09:30", FAJRI, names=FIVE_AND_BIRTH_CERTIFICATE)
    case.work("check_documents", by="staf-1", begun="09:35", ended="09:35:50", body={"hasil": "kurang"})
    return case
