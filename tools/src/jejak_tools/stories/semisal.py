"""Kabupaten Semisal, by the law of 2026: reported at the village, verified by Kemensos, renewed in DTSEN."""

from __future__ import annotations

from typing import Any, Final

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import people as c
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person

SERVICE: Final = "reaktivasi-pbi-jk"
CLERK: Final = "staf-semisal"
VILLAGE: Final = "desa-semisal"
MATCHING: Final = {"hasil": "padan"}
HOSPITAL: Final = "RSUD Semisal"
OFF: Final = {
    "aktif": False,
    "segmen": "PBI APBN",
    "nonaktif_sejak": "2026-02-01",
    "sk_nonaktif": "03/CONTOH/2026",
}


def reported(
    office: Office,
    at: str,
    who: Person,
    answers: list[str],
    *,
    by: str = CLERK,
    names: tuple[str, ...] = ("FASKES", "KK", "KTP"),
    baby: Person | None = None,
) -> Berkas:
    """A report at 08.00 with the letter of the health facility; by 08.09 the documents are found right.

    What is recorded of the letter is in `letter_of_hospital`.
    """
    office.at(at)
    application: dict[str, Any] = {"layanan": SERVICE, "pemohon": who, "jawaban": answers}
    if baby is not None:
        application |= {"peserta": baby, "hubungan": "orang tua"}
    case = office.submit(by, application, papers(baby or who, names))
    case.work("check_documents", by=by, begun="08:05", ended="08:09", body={"dicatat": letter_of_hospital(office)})
    return case


def letter_of_hospital(office: Office) -> dict[str, dict[str, str]]:
    """What the clerk records of the letter of the health facility, which is of the day that the office is at."""
    number = f"445/{office.day:%m%d}/RSUD/{office.day.year}"
    return {"FASKES": {"nomor": number, "tanggal": office.day.isoformat(), "penerbit": HOSPITAL}}


def looked_up(case: Berkas, begun: str = "08:20") -> Berkas:
    """Matching at Dukcapil, and deactivated; DTSEN and the rules follow by themselves."""
    case.work("check_population", by=CLERK, begun=begun, ended=f"{begun[:-1]}3", body=MATCHING)
    case.work("check_membership", by=CLERK, begun=f"{begun[:-1]}3", ended=f"{begun[:-1]}6", body=OFF)
    return case


def routed(case: Berkas, route: str) -> Berkas:
    """The way to BPJS is chosen before the letter is drafted."""
    case.work("choose_route", by=CLERK, begun="08:50", ended="08:51", body={"hasil": route})
    return case


def written(case: Berkas) -> Berkas:
    """The surat keterangan pengaktifan kembali is drafted, initialled, signed and archived within the hour."""
    case.work("draft_letter", by=CLERK, begun="09:00", ended="09:06")
    case.work("paraf", by="kabid-semisal", begun="09:20", ended="09:22")
    case.work("sign", by="kadis-semisal", begun="09:40", ended="09:42")
    case.work("archive", by=CLERK, begun="09:45", ended="09:46")
    return case


def proposed(case: Berkas, at: str) -> Berkas:
    """Entered in the system of Kemensos, which has no public interface: recorded with a picture of its screen."""
    screen = {"LAYAR": png("layar", f"Usulan {at} {case.kode}")}
    case.do("deliver", by=CLERK, at=at, body={"cara": "sistem"}, papers=screen)
    return case


def answered(case: Berkas, happened: str, recorded: str, answer: dict[str, Any]) -> Berkas:
    """What Kemensos answered, recorded with a picture of its screen."""
    screen = {"LAYAR": png("layar", f"Jawaban {happened} {case.kode}")}
    case.outsider("await_reply", by=CLERK, happened=happened, at=recorded, body=answer, papers=screen)
    return case


def active(case: Berkas, happened: str, recorded: str, since: str) -> Berkas:
    """The card is seen active, since a day that BPJS states."""
    screen = {"LAYAR": png("layar", f"Status aktif {case.kode}")}
    on = {"aktif": True, "aktif_sejak": since}
    case.outsider("confirm_status", by=CLERK, happened=happened, at=recorded, body=on, papers=screen)
    case.until_due("renew_data")
    return case


def catastrophic_to_an_active_card(office: Office) -> Berkas:
    """Ratna, desil 7, needs dialysis: reported at her village, active on 10 April, seen by the office a week later."""
    case = reported(office, "2026-04-06 08:00", c.RATNA, ["penyakit_katastropik"], by=VILLAGE)
    written(routed(looked_up(case), "lewat_dinas"))
    proposed(case, "10:00")
    answered(case, "2026-04-08 09:00", "2026-04-08 09:10", {"hasil": "diterima"})
    return active(case, "2026-04-17 09:00", "2026-04-17 09:05", "2026-04-10")


def renewed(case: Berkas) -> Berkas:
    """Five months later Ratna renews her data at the village, two weeks before the time is over."""
    proof = {"DTSEN": png("dtsen", f"Data diperbarui {case.kode}")}
    case.outsider("renew_data", by=VILLAGE, happened="2026-09-25 09:00", at="2026-09-25 09:30", papers=proof)
    return case


def from_the_village_to_renewed_data(office: Office) -> Berkas:
    """Ratna's whole way: from the report to the data that are renewed within six months after the activation."""
    return renewed(catastrophic_to_an_active_card(office))


def unlisted_with_the_letter_in_hand(office: Office) -> Berkas:
    """Parto is not in DTSEN, and takes the letter to BPJS himself."""
    case = written(
        routed(looked_up(reported(office, "2026-04-07 08:00", c.PARTO, ["penyakit_kronis"])), "lewat_peserta")
    )
    case.work("hand_over", by=CLERK, begun="09:50", ended="09:52", body={"penerima": c.PARTO["name"]})
    receipt = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    carried = {"cara": "dibawa_pemohon"}
    case.outsider("deliver", by=CLERK, happened="2026-04-07 13:00", at="14:00", body=carried, papers=receipt)
    answered(case, "2026-04-09 09:00", "2026-04-09 09:10", {"hasil": "diterima"})
    return active(case, "2026-04-13 09:00", "2026-04-13 09:05", "2026-04-13")


def of_desil_three(office: Office) -> Berkas:
    """Supardi is of desil 3: his way is the register itself."""
    case = looked_up(reported(office, "2026-04-08 08:00", c.SUPARDI, ["penyakit_kronis"]))
    case.until_ended()
    return case


def of_desil_nine_with_another_need(office: Office) -> Berkas:
    """Harun is of desil 9, and his need is neither chronic nor catastrophic nor an emergency."""
    case = looked_up(reported(office, "2026-04-09 08:00", c.HARUN, ["kebutuhan_lain"]))
    case.until_ended()
    return case


def mended_for_kemensos(office: Office) -> Berkas:
    """Wulan gives birth. Kemensos refuses her until the NIK, mistyped at the counter, is mended."""
    mistyped = c.WULAN | {"nik": "1398015507919640"}
    case = written(routed(looked_up(reported(office, "2026-04-13 08:00", mistyped, ["persalinan"])), "lewat_dinas"))
    proposed(case, "10:00")
    differs = {"hasil": "perbaiki", "catatan": "NIK berbeda dari data Kemensos."}
    answered(case, "2026-04-14 09:00", "2026-04-14 09:10", differs)
    case.outsider(
        "complete",
        by=CLERK,
        happened="2026-04-15 08:00",
        at="2026-04-15 08:10",
        body={"pemohon": c.WULAN},
        papers={"KTP": pdf("ktp", f"KTP {case.kode}")},
    )
    # In DTSEN after all, so that the file goes its way from there again.
    written(routed(looked_up(case), "lewat_dinas"))
    proposed(case, "10:00")
    answered(case, "2026-04-16 09:00", "2026-04-16 09:10", {"hasil": "diterima"})
    return active(case, "2026-04-17 10:00", "2026-04-17 10:05", "2026-04-17")


def a_baby_of_a_removed_mother(office: Office) -> Berkas:
    """Ratna's baby has no NIK yet: an official looks into DTSEN, and the mother's removal suffices."""
    names = ("FASKES", "KK", "AKTA", "IBU")
    answers = ["kebutuhan_lain", "bayi_ibu_pbi"]
    case = reported(office, "2026-04-20 08:00", c.RATNA, answers, names=names, baby=c.BABY)
    looked_up(case)
    unlisted = {"daftar": [{"daftar": "DTSEN", "terdaftar": False}], "catatan": "Bayi belum punya NIK."}
    case.work("check_registry", by=CLERK, begun="08:30", ended="08:32", body=unlisted)
    case.until_due("choose_route")
    return case
