"""Letters that go back to the drafter, and one that is never signed: no number is lost, and none is used twice."""

from __future__ import annotations

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import IRWAN, RUSLAN


def twice_back_to_the_draft(office: Office) -> Berkas:
    """The Sekretaris finds a mistake, then after the Kabid's paraf the Kadis finds another; the number stays."""
    case = checked(apply(office, "2022-07-05 08:00", RUSLAN), "08:05", "08:05:30")
    case.work("draft_letter", by="staf-1", begun="08:15", ended="08:18")
    wrong = {"hasil": "perbaiki", "catatan": "Alamat peserta belum lengkap."}
    case.work("paraf", by="sekretaris-1", begun="08:30", ended="08:32", body=wrong)
    mended = {"pemohon": RUSLAN | {"address": "Jorong Contoh Nomor 7, Nagari Contoh"}}
    case.work("draft_letter", by="staf-1", begun="08:40", ended="08:42", body=mended)
    case.work("paraf", by="kabid-1", begun="09:00", ended="09:01")
    vague = {"hasil": "perbaiki", "catatan": "Sebutkan keperluan pemohon dengan jelas."}
    case.work("sign", by="kadis-1", begun="09:30", ended="09:32", body=vague)
    clear = {"keperluan": "Rawat jalan penyakit jantung di RSUD dr. Contoh."}
    case.work("draft_letter", by="staf-1", begun="09:40", ended="09:43", body=clear)
    case.work("paraf", by="kabid-1", begun="10:00", ended="10:01")
    case.work("sign", by="kadis-1", begun="10:15", ended="10:16")
    hand_over_and_archive(case, "10:30", "10:31", "10:32", RUSLAN)
    return case


def withdrawn_before_the_paraf(office: Office) -> Berkas:
    """Irwan takes his application back while the letter waits for its paraf."""
    case = checked(apply(office, "2022-07-05 11:00", IRWAN), "11:05", "11:05:30")
    case.work("draft_letter", by="staf-1", begun="11:10", ended="11:13")
    case.until_due("paraf")
    case.withdraw(by="staf-1", at="2022-07-06 09:00", why="Pemohon sudah ditanggung perusahaan.")
    return case
