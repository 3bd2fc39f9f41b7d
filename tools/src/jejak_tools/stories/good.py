"""From the counter to an active card, without a hitch."""

from __future__ import annotations

from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import (
    FIVE_AND_BIRTH_CERTIFICATE,
    apply,
    card_becomes_active,
    checked,
    hand_over_and_archive,
)
from jejak_tools.stories.people import AISYAH, BUDI, ROSNA, SITI


def with_the_letter_in_her_hands(office: Office) -> Berkas:
    """Rosna's documents are complete, she is listed, and was deactivated five months before: paraf by the Kabid."""
    case = checked(apply(office, "2022-07-04 09:00", ROSNA), "09:10", "09:10:45")
    case.work("draft_letter", by="staf-1", begun="09:20", ended="09:24")
    case.work("paraf", by="kabid-1", begun="10:00", ended="10:02")
    case.work("sign", by="kadis-1", begun="11:30", ended="11:32")
    hand_over_and_archive(case, "13:05", "13:06", "13:07", ROSNA)
    return case


def to_an_active_card(office: Office) -> Berkas:
    """Rosna carries her letter to BPJS, and her card is on."""
    case = with_the_letter_in_her_hands(office)
    card_becomes_active(case)
    return case


def for_a_child(office: Office) -> Berkas:
    """Rosna asks for Aisyah, who is twelve and shows her birth certificate, not a KTP: paraf by the Sekretaris."""
    case = apply(
        office, "2022-07-04 10:00", ROSNA, participant=AISYAH, names=FIVE_AND_BIRTH_CERTIFICATE, clerk="staf-2"
    )
    case.work("check_documents", by="staf-2", begun="10:05", ended="10:05:40")
    case.work("draft_letter", by="staf-2", begun="10:10", ended="10:13")
    case.work("paraf", by="sekretaris-1", begun="10:30", ended="10:31")
    case.work("sign", by="kadis-1", begun="11:40", ended="11:42")
    hand_over_and_archive(case, "14:00", "14:01", "14:02", ROSNA)
    card_becomes_active(case)
    return case


def recommended_by_hand_and_by_pen(office: Office, agenda: str = "017") -> Berkas:
    """In Kabupaten Contoh officials look into the registers themselves, sign on paper, and number by the agenda."""
    case = apply(
        office, "2022-07-04 09:00", SITI, participant=BUDI, names=FIVE_AND_BIRTH_CERTIFICATE, clerk="staf-contoh-1"
    )
    case.work("check_documents", by="staf-contoh-1", begun="09:05", ended="09:05:50")
    seen = [{"daftar": "PBDT", "terdaftar": False}, {"daftar": "DTKS", "terdaftar": True, "nomor": "1399DTKS000001"}]
    case.work("check_registry", by="kasi-contoh", begun="09:10", ended="09:12", body={"daftar": seen})
    card = {"aktif": False, "nonaktif_sejak": "2022-02-04", "segmen": "PBI APBN", "nomor_kartu": BUDI["card"]}
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
    hand_over_and_archive(case, "13:10", "13:11", "13:12", SITI)
    return case


def by_hand_and_by_pen(office: Office, agenda: str = "017") -> Berkas:
    """With that letter Budi's card is on again."""
    case = recommended_by_hand_and_by_pen(office, agenda)
    card_becomes_active(case)
    return case
