"""The sheets of Kabupaten Pesisir Selatan of 2017 and 2022; Kabupaten Contoh has the latter too."""

from __future__ import annotations

from functools import partial

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import people as c
from jejak_tools.stories.counter import (
    FIVE_AND_BIRTH_CERTIFICATE,
    apply,
    card_becomes_active,
    checked,
    hand_over_and_archive,
    papers,
    signed,
)
from jejak_tools.stories.people import Person


def with_the_letter_in_her_hands(office: Office) -> Berkas:
    """Rosna's documents are complete, she is listed, and was deactivated five months before: paraf by the Kabid."""
    case = checked(apply(office, "2022-07-04 09:00", c.ROSNA), "09:10", "09:10:45")
    signed(case, ("09:20", "09:24"), ("10:00", "10:02"), ("11:30", "11:32"))
    hand_over_and_archive(case, "13:05", "13:06", "13:07", c.ROSNA)
    return case


def to_an_active_card(office: Office) -> Berkas:
    """Rosna carries her letter to BPJS, and her card is on."""
    case = with_the_letter_in_her_hands(office)
    card_becomes_active(case)
    return case


def for_a_child(office: Office) -> Berkas:
    """Rosna asks for Aisyah, who is twelve and shows her birth certificate, not a KTP: paraf by the Sekretaris."""
    case = apply(
        office, "2022-07-04 10:00", c.ROSNA, participant=c.AISYAH, names=FIVE_AND_BIRTH_CERTIFICATE, clerk="staf-2"
    )
    case.work("check_documents", by="staf-2", begun="10:05", ended="10:05:40")
    signed(case, ("10:10", "10:13"), ("10:30", "10:31"), ("11:40", "11:42"), paraf_by="sekretaris-1")
    hand_over_and_archive(case, "14:00", "14:01", "14:02", c.ROSNA)
    card_becomes_active(case)
    return case


def recommended_by_hand_and_by_pen(office: Office, agenda: str = "017") -> Berkas:
    """In Kabupaten Contoh officials look into the registers themselves, sign on paper, and number by the agenda."""
    case = apply(
        office, "2022-07-04 09:00", c.SITI, participant=c.BUDI, names=FIVE_AND_BIRTH_CERTIFICATE, clerk="staf-contoh-1"
    )
    case.work("check_documents", by="staf-contoh-1", begun="09:05", ended="09:05:50")
    seen = [{"daftar": "PBDT", "terdaftar": False}, {"daftar": "DTKS", "terdaftar": True, "nomor": "1399DTKS000001"}]
    case.work("check_registry", by="kasi-contoh", begun="09:10", ended="09:12", body={"daftar": seen})
    card = {"aktif": False, "nonaktif_sejak": "2022-02-04", "segmen": "PBI APBN", "nomor_kartu": c.BUDI["card"]}
    case.work("check_membership", by="kasi-contoh", begun="09:12", ended="09:14", body=card)
    number = {"nomor": {"rekomendasi": f"460/{agenda}/Dinsos-Contoh/VII/2022"}}
    case.work("draft_letter", by="staf-contoh-1", begun="09:30", ended="09:34", body=number)
    case.work("paraf", by="kabid-contoh", begun="10:00", ended="10:02")
    case.outsider(
        "sign",
        by="staf-contoh-1",
        happened="2022-07-04 11:00",
        at="11:15",
        body={"penanda_tangan": "kadis-contoh", "tanggal": "2022-07-04"},
        papers={"scan": pdf("scan-surat", f"Surat bertanda tangan dan bercap {case.kode}")},
    )
    hand_over_and_archive(case, "13:10", "13:11", "13:12", c.SITI)
    return case


def by_hand_and_by_pen(office: Office, agenda: str = "017") -> Berkas:
    """With that letter Budi's card is on again."""
    case = recommended_by_hand_and_by_pen(office, agenda)
    card_becomes_active(case)
    return case


def missing_and_not_right(office: Office) -> Berkas:
    """Desmawati has no SPTJM, and her SKTM lacks the Camat's acknowledgement."""
    case = apply(office, "2022-07-04 09:00", c.DESMAWATI, names=("KIS", "KK", "KTP", "SKTM", "FOTO"))
    problems = {
        "hasil": "kurang",
        "masalah": [{"document": "SKTM", "problem": "tidak_benar", "expected": "diketahui Camat"}],
        "keterangan": {"SKTM": "Kolom Camat masih kosong."},
    }
    case.work("check_documents", by="staf-1", begun="09:10", ended="09:10:40", body=problems)
    return case


def brought_later(office: Office) -> Berkas:
    """She brings both three days later, and the case goes on."""
    case = missing_and_not_right(office)
    office.at("2022-07-07 08:40")
    brought = papers(c.DESMAWATI, ("SPTJM", "SKTM"))
    case.outsider("complete", by="staf-2", happened="2022-07-07 08:30", at="08:40", papers=brought)
    case.work("check_documents", by="staf-1", begun="09:00", ended="09:00:50")
    signed(case, ("09:15", "09:18"), ("10:00", "10:01"), ("10:30", "10:31"))
    hand_over_and_archive(case, "11:00", "11:01", "11:02", c.DESMAWATI)
    return case


def too_old_for_a_birth_certificate(office: Office) -> Berkas:
    """Fajri is twenty: his birth certificate does not stand in for the KTP."""
    case = apply(office, "2022-07-04 09:30", c.FAJRI, names=FIVE_AND_BIRTH_CERTIFICATE)
    case.work("check_documents", by="staf-1", begun="09:35", ended="09:35:50", body={"hasil": "kurang"})
    return case


def _goes_on(office: Office, who: Person, at: tuple[str, str, str]) -> Berkas:
    """Received, and the documents found right within two times: a rule is met, and the letter can be drafted."""
    case = checked(apply(office, at[0], who), *at[1:])
    case.until_due("draft_letter")
    return case


def _ends(office: Office, who: Person, at: tuple[str, str, str]) -> Berkas:
    """Received, and the documents found right within two times: the look-ups end the case."""
    case = checked(apply(office, at[0], who), *at[1:])
    case.until_ended()
    return case


listed_seven_months = partial(_goes_on, who=c.ZULFAN, at=("2022-07-04 08:00", "08:05", "08:05:30"))
"""Zulfan is listed, and was deactivated seven months before."""
unlisted_five_months = partial(_goes_on, who=c.MARLIS, at=("2022-07-04 08:10", "08:15", "08:15:30"))
"""Marlis is in no register, but was deactivated five months before."""
listed_five_months = partial(_goes_on, who=c.ROSNA, at=("2022-07-04 08:20", "08:25", "08:25:30"))
"""Rosna meets both."""
unlisted_seven_months = partial(_ends, who=c.DARWIS, at=("2022-07-04 08:30", "08:35", "08:35:30"))
"""Darwis meets neither: refused, and nothing is drafted."""
six_months_to_the_day = partial(_goes_on, who=c.NURLELA, at=("2022-07-04 08:40", "08:45", "08:45:30"))
"""Nurlela was deactivated on 4 January and came on 4 July."""
a_day_more_than_six_months = partial(_ends, who=c.BASRI, at=("2022-07-04 08:50", "08:55", "08:55:30"))
"""Basri was deactivated on 3 January and came on 4 July."""
last_day_checked_a_week_later = partial(
    _goes_on, who=c.YUSNIDAR, at=("2022-07-04 15:30", "2022-07-11 09:00", "09:00:30")
)
"""Yusnidar came on her last day; that the office looked a week later does not cost her the right."""
still_active = partial(_ends, who=c.SYAMSUL, at=("2022-07-04 08:57", "08:58", "08:58:30"))
"""Syamsul's card is on: the file is returned, and he is told so."""


def twice_back_to_the_draft(office: Office) -> Berkas:
    """The Sekretaris finds a mistake, then after the Kabid's paraf the Kadis finds another; the number stays."""
    case = checked(apply(office, "2022-07-05 08:00", c.RUSLAN), "08:05", "08:05:30")
    case.work("draft_letter", by="staf-1", begun="08:15", ended="08:18")
    wrong = {"hasil": "perbaiki", "catatan": "Alamat peserta belum lengkap."}
    case.work("paraf", by="sekretaris-1", begun="08:30", ended="08:32", body=wrong)
    address = {"address": "Jorong Contoh Nomor 7, Nagari Contoh"}
    mended = {"pemohon": c.RUSLAN | address, "catatan": "Alamat menurut KK."}
    case.work("draft_letter", by="staf-1", begun="08:40", ended="08:42", body=mended)
    case.work("paraf", by="kabid-1", begun="09:00", ended="09:01")
    vague = {"hasil": "perbaiki", "catatan": "Sebutkan keperluan pemohon dengan jelas."}
    case.work("sign", by="kadis-1", begun="09:30", ended="09:32", body=vague)
    clear = {"keperluan": "Rawat jalan penyakit jantung di RSUD dr. Contoh."}
    case.work("draft_letter", by="staf-1", begun="09:40", ended="09:43", body=clear)
    case.work("paraf", by="kabid-1", begun="10:00", ended="10:01")
    case.work("sign", by="kadis-1", begun="10:15", ended="10:16")
    hand_over_and_archive(case, "10:30", "10:31", "10:32", c.RUSLAN)
    return case


def withdrawn_before_the_paraf(office: Office) -> Berkas:
    """Irwan takes his application back while the letter waits for its paraf."""
    case = checked(apply(office, "2022-07-05 11:00", c.IRWAN), "11:05", "11:05:30")
    case.work("draft_letter", by="staf-1", begun="11:10", ended="11:13")
    case.until_due("paraf")
    case.withdraw(by="staf-1", at="2022-07-06 09:00", why="Pemohon sudah ditanggung perusahaan.")
    return case


def three_weeks_in_a_drawer(office: Office) -> Berkas:
    """Lismar's letter waits three weeks for its paraf, from a Friday before noon, over a holiday and a cuti bersama.

    The paraf itself takes two minutes: within the sheet's three, and still the file was late.
    """
    case = checked(apply(office, "2023-05-19 11:00", c.LISMAR), "11:05", "11:05:30")
    signed(case, ("11:41", "11:45"), ("2023-06-09 14:00", "14:02"), ("14:10", "14:12"))
    hand_over_and_archive(case, "14:30", "14:31", "14:32", c.LISMAR)
    return case


def nine_minutes_of_hands(office: Office) -> Berkas:
    """Checking Jamaris's documents takes nine minutes, the Friday break between them, where the sheet promises one.

    The draft is made on Monday morning, after the weekend.
    """
    case = apply(office, "2022-07-15 11:50", c.JAMARIS)
    case.work("check_documents", by="staf-1", begun="11:55", ended="13:34")
    case.work("draft_letter", by="staf-1", begun="2022-07-18 07:35", ended="07:38")
    case.until_due("paraf")
    return case


def mended(office: Office) -> Berkas:
    """BPJS wants something mended and says why; Gusmiati mends it."""
    case = checked(apply(office, "2022-07-05 13:00", c.GUSMIATI), "13:05", "13:05:30")
    signed(case, ("13:10", "13:13"), ("13:30", "13:31"), ("14:00", "14:01"))
    hand_over_and_archive(case, "14:30", "14:31", "14:32", c.GUSMIATI)
    sent = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima pertama {case.kode}")}
    case.outsider("deliver", by="staf-1", happened="2022-07-06 09:00", at="2022-07-06 13:00", papers=sent)
    no = {"hasil": "perbaiki", "catatan": "Nomor KK pada fotokopi tidak terbaca."}
    answer = {"JAWABAN": pdf("jawaban-1", f"Jawaban pertama {case.kode}")}
    case.outsider(
        "await_reply", by="staf-1", happened="2022-07-08 10:00", at="2022-07-08 14:00", body=no, papers=answer
    )
    readable = {"KK": pdf("kk-baru", f"KK Gusmiati terbaca {case.kode}")}
    case.outsider("complete", by="staf-1", happened="2022-07-11 08:00", at="2022-07-11 08:10", papers=readable)
    return case


def mended_then_accepted(office: Office) -> Berkas:
    """What was mended is brought again with the letter, and the answer is yes."""
    case = mended(office)
    again = {"TANDA_TERIMA": pdf("tanda-terima", f"Tanda terima kedua {case.kode}")}
    case.outsider("deliver", by="staf-1", happened="2022-07-11 09:30", at="2022-07-11 13:30", papers=again)
    yes = {"hasil": "diterima", "nomor": "BPJS/PDG/0713/2022"}
    answer = {"JAWABAN": pdf("jawaban-2", f"Jawaban kedua {case.kode}")}
    case.outsider(
        "await_reply", by="staf-1", happened="2022-07-13 09:00", at="2022-07-13 10:00", body=yes, papers=answer
    )
    on = {"aktif": True, "aktif_sejak": "2022-07-14"}
    seen = {"LAYAR": png("layar", f"Status aktif {case.kode}")}
    case.outsider(
        "confirm_status", by="staf-1", happened="2022-07-14 08:00", at="2022-07-14 08:05", body=on, papers=seen
    )
    return case


_THREE = ("KK", "KTP", "SKM")


def _apply(office: Office, at: str, who: Person, *, emergency: bool = False) -> Berkas:
    """A person asks for a recommendation by the sheet of 2017, with its three documents."""
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
    case = checked(_apply(office, "2021-11-08 09:00", c.BETRIWATI), "09:05", "09:05:40")
    signed(case, ("09:10", "09:13"), ("09:30", "09:32"), ("10:00", "10:02"))
    hand_over_and_archive(case, "10:10", "10:11", "10:12", c.BETRIWATI)
    return case


def the_emergency_goes_first(office: Office) -> Berkas:
    """Elfida comes after Chairul, in an emergency: her file stands before his on every desk it reaches."""
    checked(_apply(office, "2021-11-15 08:00", c.CHAIRUL), "08:05", "08:05:40").until_due("draft_letter")
    case = checked(_apply(office, "2021-11-15 09:00", c.ELFIDA, emergency=True), "09:01", "09:01:40")
    case.until_due("draft_letter")
    return case


def begun_in_the_old_year(office: Office) -> Berkas:
    """Firman comes on 31 December 2021: his file runs the sheet of 2017 to its end, after that of 2022 took effect."""
    case = checked(_apply(office, "2021-12-31 15:30", c.FIRMAN), "15:40", "15:40:40")
    signed(case, ("2022-01-03 08:00", "08:03"), ("08:30", "08:32"), ("09:00", "09:02"), paraf_by="sekretaris-1")
    hand_over_and_archive(case, "09:10", "09:11", "09:12", c.FIRMAN)
    return case


def begun_in_the_new_year(office: Office) -> Berkas:
    """Hasan comes on 3 January 2022, the first day of the new sheet: six documents, and two registers or the SK."""
    case = checked(apply(office, "2022-01-03 10:00", c.HASAN), "10:05", "10:05:40")
    signed(case, ("10:10", "10:13"), ("10:30", "10:31"), ("11:00", "11:01"))
    hand_over_and_archive(case, "11:10", "11:11", "11:12", c.HASAN)
    return case
