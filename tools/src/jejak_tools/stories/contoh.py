"""Kabupaten Contoh asks BPJS to take a participant out of PBI-JK: the inverse service, from the counter to its end."""

from __future__ import annotations

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office, Papers
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import BAHAR, ROSMI, YUSRI, Person

SERVICE = "penonaktifan-kis-pbi"
CLERK = "staf-contoh-1"
STILL_ON = {"aktif": True, "segmen": "PBI APBN"}


def reported(office: Office, at: str, about: Person, route: str, names: tuple[str, ...], purpose: str) -> Berkas:
    """Yusri tells the office at 09.00 of a participant: by 09.14 the documents are found right."""
    office.at(at)
    application = {"layanan": SERVICE, "pemohon": YUSRI, "peserta": about, "keperluan": purpose}
    case = office.submit(CLERK, application, papers(about, ("KK", "KIS", *names)))
    case.work("choose_route", by=CLERK, begun="09:05", ended="09:07", body={"hasil": route})
    case.work("check_documents", by=CLERK, begun="09:10", ended="09:14")
    return case


def sent(case: Berkas, number: str) -> Berkas:
    """Looked up and still a participant: the letter is drafted at 10.00, signed by pen at 11.00 and brought to BPJS."""
    case.work("draft_letter", by=CLERK, begun="10:00", ended="10:08", body={"nomor": {"usulan": number}})
    case.work("paraf", by="kabid-contoh", begun="10:30", ended="10:32")
    signed = {"penanda_tangan": "kadis-contoh", "tanggal": case.office.day.isoformat()}
    scan = {"scan": pdf("scan-surat", f"Surat bertanda tangan dan bercap {case.kode}")}
    case.outsider("sign", by=CLERK, happened="11:00", at="11:15", body=signed, papers=scan)
    case.work("archive", by=CLERK, begun="11:20", ended="11:21")
    receipt = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    case.work("deliver", by=CLERK, begun="13:10", ended="13:15", body={"cara": "diantar"}, papers=receipt)
    case.until_ended()
    return case


def deceased_to_the_end_of_the_membership(office: Office) -> Berkas:
    """Bahar has died, as Dukcapil knows too: BPJS agrees, first leaves him active, and ends it on 1 August."""
    case = reported(office, "2024-07-01 09:00", BAHAR, "wafat", ("AKTA",), "Meninggal dunia 12 Juni 2024.")
    case.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "meninggal"})
    case.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=STILL_ON)
    sent(case, "460/201/Dinsos-Contoh/VII/2024")
    _answered(case, "2024-07-08 10:00")
    looked_at(case, "2024-07-15 09:00", {"aktif": True})
    looked_at(case, "2024-08-01 08:00", {"aktif": False, "nonaktif_sejak": "2024-08-01"})
    return case


def no_longer_a_participant(office: Office) -> Berkas:
    """Rosmi has moved away, and is no participant any more: her file goes back with that information."""
    case = reported(office, "2024-07-02 09:00", ROSMI, "pindah", ("PINDAH",), "Pindah ke kabupaten lain.")
    case.work("check_population", by="kasi-contoh", begun="09:30", ended="09:33", body={"hasil": "padan"})
    off = {"aktif": False, "nonaktif_sejak": "2024-03-01", "segmen": "PBI APBN"}
    case.work("check_membership", by="kasi-contoh", begun="09:33", ended="09:36", body=off)
    case.until_ended()
    return case


def looked_at(case: Berkas, happened: str, seen: dict[str, object]) -> None:
    """What BPJS showed of the membership, recorded nine minutes later with its screen."""
    screen: Papers = {"LAYAR": png("layar", f"Status {happened} {case.kode}")}
    case.outsider("confirm_status", by=CLERK, happened=happened, at=f"{happened[:-1]}9", body=seen, papers=screen)


def _answered(case: Berkas, happened: str) -> None:
    yes = {"hasil": "diterima", "nomor": "BPJS/CTH/0708/2024"}
    letter = {"JAWABAN": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")}
    case.outsider("await_reply", by=CLERK, happened=happened, at=f"{happened[:-1]}9", body=yes, papers=letter)
