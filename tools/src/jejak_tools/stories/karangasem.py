"""Kabupaten Karangasem, in WITA: four routes, a batch at the end of the month, a letter that the applicant carries."""

from __future__ import annotations

from typing import Any

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.play import Berkas, Json, Office
from jejak_tools.stories import people as c
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person

INACTIVE = {"aktif": False, "segmen": "PBI APBN", "nonaktif_sejak": "2023-05-01"}
NEVER = {"aktif": False}


def _apply(office: Office, at: str, who: Person, *, urgent: bool = False) -> Berkas:
    """An applicant hands his documents to the clerk; with a doctor's letter when he needs help at once."""
    office.at(at)
    answers = ["gawat"] if urgent else []
    application = {"layanan": "kis-pbi", "pemohon": who, "jawaban": answers, "pendanaan": "kabupaten"}
    return office.submit("staf-1", application, papers(who, ("KK", "KTP", "SKD") if urgent else ("KK", "KTP")))


def _looked_up(case: Berkas, begun: str, checked: str, seen: str, membership: dict[str, Any]) -> Berkas:
    """The documents are right, and the membership is looked up."""
    case.work("check_documents", by="staf-1", begun=begun, ended=checked)
    case.work("check_membership", by="staf-1", begun=checked, ended=seen, body=membership)
    return case


def _stored(case: Berkas, route: str, begun: str, chosen: str, stored: str) -> Berkas:
    """One of the four routes is taken, and the documents are put away."""
    case.work("choose_route", by="staf-1", begun=begun, ended=chosen, body={"hasil": route})
    case.work("record", by="staf-1", begun=chosen, ended=stored, body={"catatan": "Map berkas bulan ini."})
    return case


def _answered(case: Berkas, replied: str, on: str, active_since: str) -> Berkas:
    """BPJS says yes, and later the card is on: recorded by the clerk ten minutes after, with evidence."""
    yes = {"hasil": "diterima", "nomor": f"BPJS/KLK/{replied[:10]}"}
    letter = {"JAWABAN": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")}
    case.outsider("await_reply", by="staf-1", happened=replied, at=f"{replied[:-1]}9", body=yes, papers=letter)
    active = {"aktif": True, "aktif_sejak": active_since}
    screen = {"LAYAR": png("layar", f"Status aktif {case.kode}")}
    case.outsider("confirm_status", by="staf-1", happened=on, at=f"{on[:-1]}9", body=active, papers=screen)
    return case


def bpjs_answers(case: Berkas, replied: str, on: str) -> Berkas:
    """BPJS says yes, and later that the card is on: both by itself, when their time has come."""
    case.until_answered("await_reply", at=replied)
    case.until_answered("confirm_status", at=on)
    return case


def already_registered(office: Office) -> Berkas:
    """Kadek is registered and active: his file goes back to him with that information."""
    active = {"aktif": True, "segmen": "PBI APBN"}
    case = _looked_up(_apply(office, "2023-06-05 08:00", c.KADEK), "08:05", "08:08", "08:15", active)
    case.until_ended()
    return case


def sent_with_the_months_batch(office: Office, day: str = "2023-06-12", closed: str = "2023-07-01") -> Berkas:
    """Wayan was never a member and is in no hurry: sent with the batch of the month."""
    case = _looked_up(_apply(office, f"{day} 08:00", c.WAYAN), "08:10", "08:13", "08:20", NEVER)
    _stored(case, "reguler", "08:25", "08:30", "08:36")
    case.until_sent(f"{closed} 00:01")
    return case


def regular_in_the_months_batch(office: Office) -> Berkas:
    """BPJS keeps its three months with Wayan."""
    return bpjs_answers(sent_with_the_months_batch(office), "2023-08-14 10:00", "2023-09-01 08:00")


def self_payer_to_the_mutation_route(office: Office) -> Berkas:
    """Luh pays for herself and no longer can: not returned, but proposed as a mutation with July's batch."""
    paying = {"aktif": True, "segmen": "PBPU Mandiri"}
    case = _looked_up(_apply(office, "2023-07-10 09:00", c.LUH), "09:05", "09:08", "09:15", paying)
    _stored(case, "mutasi", "09:20", "09:24", "09:30")
    case.until_sent("2023-08-01 00:01")
    return bpjs_answers(case, "2023-09-05 10:00", "2023-10-02 08:00")


def four_days_over_three_months(office: Office) -> Berkas:
    """Gede's proposal goes with September's batch; BPJS switches his card on four days after its three months."""
    case = _looked_up(_apply(office, "2023-09-18 08:00", c.GEDE), "08:05", "08:08", "08:14", NEVER)
    _stored(case, "reguler", "08:20", "08:24", "08:30")
    case.until_sent("2023-10-01 00:01")
    return bpjs_answers(case, "2023-12-20 10:00", "2024-01-05 08:00")


def mended_and_sent_with_the_next_batch(office: Office) -> Berkas:
    """BPJS wants Komang's card of the family legible: he brings it, and he is sent again with November's batch."""
    case = _looked_up(_apply(office, "2023-10-16 08:00", c.KOMANG), "08:05", "08:08", "08:14", NEVER)
    _stored(case, "reguler", "08:20", "08:24", "08:30")
    case.until_sent("2023-11-01 00:01")
    case.until_answered("await_reply", at="2023-11-08 10:00")
    readable = {"KK": pdf("kk-baru", f"KK Komang terbaca {case.kode}")}
    case.outsider("complete", by="staf-1", happened="2023-11-13 08:00", at="2023-11-13 08:10", papers=readable)
    case.until_due("deliver")
    case.until_sent("2023-12-01 00:01")
    return bpjs_answers(case, "2024-01-15 10:00", "2024-02-01 08:00")


def rejected_by_bpjs(office: Office) -> Berkas:
    """BPJS finds that Sukarni is insured by her employer, and says no to February's proposal."""
    case = _looked_up(_apply(office, "2024-02-12 08:00", c.SUKARNI), "08:05", "08:08", "08:14", NEVER)
    _stored(case, "reguler", "08:20", "08:24", "08:30")
    case.until_sent("2024-03-01 00:01")
    case.until_answered("await_reply", at="2024-03-19 10:00")
    return case


def told_twice_and_otherwise(office: Office) -> Berkas:
    """BPJS accepts Nengah's proposal, says so again under another number, and then no: the staff sees the other two."""
    case = _looked_up(_apply(office, "2024-04-22 08:00", c.NENGAH), "08:05", "08:08", "08:14", NEVER)
    _stored(case, "reguler", "08:20", "08:24", "08:30")
    case.until_sent("2024-05-01 00:01")
    case.until_answered("await_reply", at="2024-05-17 10:00")
    office.at("2024-05-28 10:00")
    until_seen(case, 2)
    case.until_answered("confirm_status", at="2024-07-01 08:00")
    return case


def until_seen(case: Berkas, count: int) -> list[Json]:
    """The unmatched answers of BPJS to a case, as the clerk sees them, once there are so many."""
    rows: list[Json] = []

    def enough(_: Json) -> bool:
        shown = case.office.get(case.clerk, "/bpjs/unmatched").json()["baris"]
        rows[:] = [row for row in shown if row["berkas"] == case.id]
        return len(rows) >= count

    case.until(enough, f"{count} answers are shown to the staff")
    return rows


def sent_at_once(office: Office) -> Berkas:
    """Made brings her doctor's letter: she stands in the online sheet within the hour, not in any batch."""
    case = _looked_up(_apply(office, "2023-06-14 08:00", c.MADE, urgent=True), "08:02", "08:05", "08:10", NEVER)
    _stored(case, "darurat", "08:12", "08:15", "08:20")
    case.work("enter_data", by="staf-1", begun="08:21", ended="08:24")
    case.work("deliver", by="staf-1", begun="08:24", ended="08:25", body={"cara": "lembar_daring"})
    return case


def emergency_into_the_online_sheet(office: Office) -> Berkas:
    """BPJS answers the same day, and Made's card is on the next."""
    case = sent_at_once(office)
    return _answered(case, "2023-06-14 13:00", "2023-06-15 08:00", "2023-06-15")


def _drafted(case: Berkas, begun: str, ended: str) -> Berkas:
    case.work("draft_letter", by="staf-1", begun=begun, ended=ended)
    case.until_due("paraf")
    return case


def letter_carried_by_the_applicant(office: Office) -> Berkas:
    """Ketut's membership is inactive: two parafs in order, the Kadis's pen, an archived copy, and Ketut carries it."""
    case = _looked_up(_apply(office, "2023-06-19 08:00", c.KETUT), "08:05", "08:08", "08:14", INACTIVE)
    _drafted(_stored(case, "reaktivasi", "08:20", "08:24", "08:30"), "08:40", "08:46")
    case.work("paraf", by="jafung-1", begun="09:00", ended="09:02")
    case.work("paraf", by="kabid-1", begun="09:30", ended="09:33")
    signed = {"penanda_tangan": "kadis-1", "tanggal": "2023-06-19"}
    scan = {"scan": pdf("scan-surat", f"Surat reaktivasi bertanda tangan {case.kode}")}
    case.outsider("sign", by="staf-1", happened="2023-06-19 10:30", at="10:40", body=signed, papers=scan)
    case.work("record", by="staf-1", begun="10:45", ended="10:47", body={"catatan": "Surat diterima kembali."})
    archived = {"ARSIP": pdf("salinan", f"Salinan arsip {case.kode}"), "FOTO": jpeg("foto", f"Foto arsip {case.kode}")}
    case.work("archive", by="staf-1", begun="10:50", ended="10:52", papers=archived)
    case.work("hand_over", by="staf-1", begun="11:00", ended="11:01", body={"penerima": c.KETUT["name"]})
    receipt = {"TANDA_TERIMA": jpeg("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    case.outsider("deliver", by="staf-1", happened="2023-06-20 09:00", at="2023-06-20 09:15", papers=receipt)
    _answered(case, "2023-06-20 13:30", "2023-06-21 09:00", "2023-06-21")
    case.until_ended()
    return case


def inactive_and_urgent_ahead_of_everything(office: Office) -> Berkas:
    """Nyoman's membership is inactive too, and she is in hospital: her letter goes before Putu's, who came first."""
    before = _looked_up(_apply(office, "2023-06-26 08:00", c.PUTU), "08:05", "08:08", "08:14", INACTIVE)
    _drafted(_stored(before, "reaktivasi", "08:20", "08:24", "08:30"), "08:40", "08:46")
    case = _looked_up(_apply(office, "2023-06-26 10:00", c.NYOMAN, urgent=True), "10:02", "10:04", "10:08", INACTIVE)
    return _drafted(_stored(case, "reaktivasi", "10:10", "10:12", "10:15"), "10:16", "10:20")
