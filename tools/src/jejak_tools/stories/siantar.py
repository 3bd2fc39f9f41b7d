"""Kota Pematangsiantar: entered and checked at the kelurahan, signed at the dinas, sent and reconciled every day."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import people as c
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import Person

KELURAHAN: Final = "pengelola_data-1"
LISTED: Final = {"daftar": [{"daftar": "DTKS", "terdaftar": True, "nomor": "1272DTKS000001"}]}
UNLISTED: Final = {"daftar": [{"daftar": "DTKS", "terdaftar": False}]}
ONCE: Final = {"aktif": False, "segmen": "PBI APBD", "nonaktif_sejak": "2022-05-02", "berapa_kali_nonaktif": 1}
MATCHING: Final = {"hasil": "padan"}


def _entered(office: Office, at: str, who: Person, *, by: str = KELURAHAN) -> Berkas:
    """The kelurahan enters its own citizen, with the Lurah's SKTM, KK and KTP, and finds them complete."""
    office.at(at)
    application = {"layanan": "reaktivasi-kis", "pemohon": who, "keperluan": "Berobat jalan di RSUD."}
    case = office.submit(by, application, papers(who, ("SKTM", "KK", "KTP")))
    day = at[:11]
    case.work("enter_data", by=by, begun=f"{day}08:05", ended="08:12")
    case.work("check_documents", by=by, begun="08:12", ended="08:15")
    return case


def _verified(case: Berkas, membership: dict[str, Any] | None = None, *, by: str = KELURAHAN) -> Berkas:
    """Listed in DTKS, matching at Dukcapil; with BPJS deactivated once and lately, unless `membership` is given."""
    case.work("check_registry", by=by, begun="08:15", ended="08:17", body=LISTED)
    case.work("check_population", by=by, begun="08:17", ended="08:19", body=MATCHING)
    case.work("check_membership", by=by, begun="08:19", ended="08:21", body=membership or ONCE)
    return case


def _drafted(case: Berkas, by: str = KELURAHAN) -> Berkas:
    """Sent online; the operator takes it and drafts."""
    case.work("forward", by=by, begun="08:25", ended="08:27")
    case.work("record", by="operator-1", begun="08:40", ended="08:43")
    case.work("draft_letter", by="operator-1", begun="08:45", ended="08:53")
    return case


def sent_with_the_days_list(office: Office) -> Berkas:
    """Roma is in DTKS: two parafs in order, and sent when the office closes."""
    case = _drafted(_verified(_entered(office, "2022-08-01 08:00", c.ROMA)))
    case.work("paraf", by="kabid-1", begun="09:00", ended="09:02")
    case.work("paraf", by="sekdis-1", begun="09:20", ended="09:22")
    case.work("sign", by="kadis-1", begun="09:40", ended="09:43")
    both = {"ASLI": pdf("asli", f"Surat asli {case.kode}"), "SALINAN": pdf("salinan", f"Salinan {case.kode}")}
    case.work("record", by="operator-1", begun="10:00", ended="10:04", papers=both)
    case.until_sent("16:01")
    case.until_due("reconcile")
    return case


def reconciled_and_archived(case: Berkas) -> Berkas:
    """The next morning the Kabid compares all waiting cases with BPJS."""
    case.office.close_batch("rekon_harian", by="kabid-1", at="2022-08-02 09:00")
    case.office.together("reconcile", "rekon_harian", by="kabid-1", begun="09:01", ended="09:04")
    case.work("archive", by="operator-1", begun="09:10", ended="09:11")
    return case


def by_the_register_to_an_active_card(office: Office) -> Berkas:
    """Roma's card is on the day after she was proposed."""
    case = reconciled_and_archived(sent_with_the_days_list(office))
    on = {"aktif": True, "aktif_sejak": "2022-08-02"}
    seen = {"LAYAR": png("layar", f"Status aktif {case.kode}")}
    case.outsider("confirm_status", by="operator-1", happened="2022-08-02 13:30", at="13:40", body=on, papers=seen)
    case.until_ended()
    return case


def poor_though_not_listed(office: Office) -> Berkas:
    """Tigor is not in DTKS; the kelurahan visits him and finds him poor. The Kabid sends the first draft back.

    The address is corrected in the case and looked up again, then drafted anew.
    """
    case = _entered(office, "2022-08-03 08:00", c.TIGOR)
    case.work("check_registry", by=KELURAHAN, begun="08:15", ended="08:17", body=UNLISTED)
    visit = {"hasil": "layak", "catatan": "Rumah kontrakan, buruh harian, tanggungan empat."}
    case.work("verify_manually", by=KELURAHAN, begun="08:20", ended="10:30", body=visit)
    case.work("check_population", by=KELURAHAN, begun="10:30", ended="10:32", body=MATCHING)
    case.work("check_membership", by=KELURAHAN, begun="10:32", ended="10:34", body=ONCE)
    case.work("forward", by=KELURAHAN, begun="10:40", ended="10:42")
    case.work("record", by="operator-1", begun="10:50", ended="10:52")
    case.work("draft_letter", by="operator-1", begun="11:00", ended="11:08")
    wrong = {"hasil": "perbaiki", "catatan": "Alamat kontrakannya belum lengkap."}
    case.work("paraf", by="kabid-1", begun="11:20", ended="11:23", body=wrong)
    mended = {"pemohon": c.TIGOR | {"address": "Jalan Contoh Gang 3 Nomor 7"}, "catatan": "Menurut surat kontraknya."}
    case.correct(by="operator-1", at="11:25", body=mended)
    case.work("check_population", by=KELURAHAN, begun="11:26", ended="11:28", body=MATCHING)
    case.work("draft_letter", by="operator-1", begun="11:30", ended="11:34")
    case.work("paraf", by="kabid-1", begun="11:40", ended="11:41")
    case.until_due("paraf")
    return case


def neither_listed_nor_poor(office: Office) -> Berkas:
    """Lena is not in DTKS, and the visit finds no poverty: refused, and the event says on what basis."""
    case = _entered(office, "2022-08-04 08:00", c.LENA)
    case.work("check_registry", by=KELURAHAN, begun="08:15", ended="08:17", body=UNLISTED)
    visit = {"hasil": "tidak_layak", "catatan": "Pemilik dua rumah sewa."}
    case.work("verify_manually", by=KELURAHAN, begun="08:20", ended="09:40", body=visit)
    case.until_ended()
    return case


def mended_at_dukcapil(office: Office) -> Berkas:
    """Parlin's KK does not match; he has it mended, and the second look is good."""
    case = _entered(office, "2022-08-05 08:00", c.PARLIN)
    case.work("check_registry", by=KELURAHAN, begun="08:15", ended="08:17", body=LISTED)
    differs = {"hasil": "tidak_padan", "berbeda": ["NO_KK"]}
    case.work("check_population", by=KELURAHAN, begun="08:17", ended="08:20", body=differs)
    brought = papers(c.PARLIN | {"name": "Parlin Misalnya, KK baru"}, ("KK",))
    case.outsider("complete", by=KELURAHAN, happened="2022-08-09 08:30", at="2022-08-09 08:40", papers=brought)
    case.work("check_population", by=KELURAHAN, begun="08:41", ended="08:43", body=MATCHING)
    case.until_due("check_membership")
    return case


def _dukcapil_says(office: Office, who: Person, outcome: str, at: str) -> Berkas:
    """Dukcapil gives one of its failures: nothing more is looked up until it is mended, if it can be."""
    case = _entered(office, at, who)
    case.work("check_registry", by=KELURAHAN, begun="08:15", ended="08:17", body=LISTED)
    case.work("check_population", by=KELURAHAN, begun="08:17", ended="08:20", body={"hasil": outcome})
    return case


badly_formed = partial(_dukcapil_says, who=c.DEWI, outcome="salah_format", at="2022-08-08 08:00")
deceased = partial(_dukcapil_says, who=c.HOTMA, outcome="meninggal", at="2022-08-10 08:00")
number_twice = partial(_dukcapil_says, who=c.SAUT, outcome="nik_ganda", at="2022-08-11 08:00")
not_found = partial(_dukcapil_says, who=c.RINA, outcome="tidak_ditemukan", at="2022-08-12 08:00")
not_active = partial(_dukcapil_says, who=c.BONAR, outcome="nik_tidak_aktif", at="2022-08-15 08:00")


def _denied(office: Office, who: Person, membership: dict[str, Any], at: str) -> Berkas:
    """With this membership the file ends at the kelurahan."""
    case = _verified(_entered(office, at, who), ONCE | membership)
    case.until_ended()
    return case


double_in_the_province = partial(_denied, who=c.TIUR, membership={"ganda_di": ["Provinsi"]}, at="2022-08-16 08:00")
double_in_the_nation = partial(_denied, who=c.MANGARA, membership={"ganda_di": ["Pusat"]}, at="2022-08-18 08:00")
deactivated_twice = partial(_denied, who=c.DAME, membership={"berapa_kali_nonaktif": 2}, at="2022-08-19 08:00")
inactive_for_seven_months = partial(
    _denied, who=c.JONGGI, membership={"nonaktif_sejak": "2022-01-22"}, at="2022-08-22 08:00"
)


def signed_by_the_acting_head(office: Office) -> Berkas:
    """The Kadis is away: the Sekretaris signs Uli's letter as his Plh., and gives no paraf on what he signs himself."""
    case = _drafted(_verified(_entered(office, "2022-09-06 08:00", c.ULI)))
    case.work("paraf", by="kabid-1", begun="09:00", ended="09:02")
    case.work("sign", by="sekdis-1 sebagai kadis", begun="09:30", ended="09:33")
    case.until_due("record")
    return case


def left_lying_at_the_dinas(office: Office) -> Berkas:
    """Poltak's file reaches the dinas on a Friday afternoon; the operator opens it on Thursday, after a holiday."""
    case = _verified(_entered(office, "2022-08-12 08:00", c.POLTAK))
    case.work("forward", by=KELURAHAN, begun="14:55", ended="15:00")
    case.work("record", by="operator-1", begun="2022-08-18 09:00", ended="09:04")
    case.until_due("draft_letter")
    return case


def of_another_kelurahan(office: Office) -> Berkas:
    """Sondang is another kelurahan's citizen: its own official enters her, and her SKTM lacks the Lurah's signature."""
    office.at("2022-08-23 08:00")
    application = {"layanan": "reaktivasi-kis", "pemohon": c.SONDANG, "keperluan": "Melahirkan bulan depan."}
    case = office.submit("pengelola_data-2", application, papers(c.SONDANG, ("SKTM", "KK", "KTP")))
    case.work("enter_data", by="pengelola_data-2", begun="08:05", ended="08:12")
    wrong = {"document": "SKTM", "problem": "tidak_benar", "expected": "ditanda-tangani oleh Lurah"}
    unsigned = {"hasil": "kurang", "masalah": [wrong], "catatan": "SKTM belum ditandatangani Lurah."}
    case.work("check_documents", by="pengelola_data-2", begun="08:12", ended="08:15", body=unsigned)
    case.until_due("complete")
    return case
