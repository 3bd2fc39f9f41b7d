"""Kabupaten Solok: the file goes down by disposition from hand to hand; times in days."""

from __future__ import annotations

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import ERMAN, FITRA, Person


def _down_to_the_korpel(office: Office, at: str, day: str, who: Person) -> Berkas:
    """Petugas → Kadis → Kabid → Korpel within a morning, each with an instruction; the Korpel drafts."""
    office.at(at)
    application = {"layanan": "kis-pbi", "pemohon": who, "keperluan": "Belum mempunyai jaminan kesehatan."}
    case = office.submit("petugas-1", application, papers(who, ("IDENTITAS",)))
    shown = {"ditunjukkan": ["LAINNYA"], "catatan": "Surat keterangan nagari ditunjukkan."}
    case.work("check_documents", by="petugas-1", begun=f"{day} 08:35", ended="08:40", body=shown)
    case.work("forward", by="petugas-1", begun="08:40", ended="08:42", body={"catatan": "Mohon petunjuk Bapak."})
    case.work("dispose", by="kadis-1", begun="09:00", ended="09:06", body={"catatan": "Kabid: teliti, proses."})
    case.work("dispose", by="kabid-1", begun="09:20", ended="09:24", body={"catatan": "Korpel: siapkan pengantar."})
    case.work("draft_letter", by="korpel-1", begun="09:31", ended="09:45")
    return case


def _card_issued(case: Berkas, replied: str, issued: str) -> None:
    """BPJS takes the proposal, and issues the card: the clerk records both the same day."""
    yes = {"hasil": "diterima", "nomor": f"BPJS/SLK/{replied[:10]}"}
    letter = {"JAWABAN": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")}
    case.outsider("await_reply", by="petugas-1", happened=replied, at=f"{replied[:-1]}9", body=yes, papers=letter)
    on = {"aktif": True, "aktif_sejak": issued[:10]}
    screen = {"LAYAR": png("layar", f"KIS terbit {case.kode}")}
    case.outsider("confirm_status", by="petugas-1", happened=issued, at=f"{issued[:-1]}9", body=on, papers=screen)


def card_received(case: Berkas, received: str) -> None:
    """The card is in the citizen's hands."""
    seen = {"FOTO": jpeg("foto", f"KIS diterima {case.kode}")}
    case.outsider("receive_card", by="petugas-1", happened=received, at=f"{received[:-1]}9", papers=seen)
    case.until_ended()


def sent_by_disposition(office: Office) -> Berkas:
    """Fitra's file: signed and sent the next day."""
    case = _down_to_the_korpel(office, "2024-01-22 08:30", "2024-01-22", FITRA)
    case.work("sign", by="kadis-1", begun="2024-01-23 09:20", ended="09:25")
    sent = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    case.work("deliver", by="petugas-1", begun="10:20", ended="10:30", body={"cara": "diantar"}, papers=sent)
    return case


def by_disposition_to_the_card(office: Office) -> Berkas:
    """Her card is issued on the seventh working day, and hers the day after."""
    case = sent_by_disposition(office)
    _card_issued(case, "2024-01-26 10:00", "2024-02-01 10:30")
    card_received(case, "2024-02-02 09:00")
    return case


def nine_working_days_at_bpjs(office: Office) -> Berkas:
    """Erman's card takes BPJS nine working days, two holidays, a cuti bersama and two weekends between them."""
    case = _down_to_the_korpel(office, "2024-01-31 08:30", "2024-01-31", ERMAN)
    case.work("sign", by="kadis-1", begun="2024-02-01 09:20", ended="09:25")
    sent = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    case.work("deliver", by="petugas-1", begun="10:50", ended="11:00", body={"cara": "diantar"}, papers=sent)
    _card_issued(case, "2024-02-07 10:00", "2024-02-19 09:00")
    card_received(case, "2024-02-20 09:00")
    return case
