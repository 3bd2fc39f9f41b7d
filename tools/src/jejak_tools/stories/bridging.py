"""Kabupaten Contoh since 2026: the membership is looked up at BPJS, and an official may always do it by hand.

The people are those of `simulator/vclaim.csv` in the office's folder, as BPJS knows them, and some it does not know.
"""

from __future__ import annotations

from typing import Final

from jejak_tools.play import Berkas, Json, Office
from jejak_tools.stories.counter import apply
from jejak_tools.stories.people import Person, person

CLERK: Final = "staf-contoh-1"
LOOKER: Final = "kasi-contoh"

NURSIA: Final = person("1399015503809111", "Nursia Rekaan", "0009990009111", "081200009111")
SALEH: Final = person("1399012208719112", "Saleh Rekaan", "0009990009112", "081200009112")
WATI: Final = person("1399014909889113", "Wati Rekaan", "0009990009113", "081200009113")
JONI: Final = person("1399010302849114", "Joni Rekaan", "0009990009114", "081200009114")
IDRIS: Final = person("1399011704959115", "Idris Rekaan", "0009990009115", "081200009115")
MURNI: Final = person("1399016112909116", "Murni Rekaan", "0009990009116", "081200009116")
WAITING: Final = tuple(
    person(f"139901100685912{n}", f"Tunggu Rekaan {n}", f"000999000912{n}", "081200009120", kk="1399010101159120")
    for n in range(6)
)
"""Six whom BPJS does not know."""
EVERYONE: Final = (NURSIA, SALEH, WATI, JONI, IDRIS, MURNI, *WAITING)


def awaiting_bpjs(office: Office, at: str, who: Person, *, listed: bool = False) -> Berkas:
    """The papers are right, an official has looked in the registers: it is BPJS' turn."""
    case = apply(office, f"2026-02-02 {at}", who, clerk=CLERK)
    case.do("check_documents", by=CLERK, at=at)
    seen = [{"daftar": "PBDT", "terdaftar": False}, {"daftar": "DTKS", "terdaftar": listed}]
    case.do("check_registry", by=LOOKER, at=at, body={"daftar": seen})
    return case


def still_active(office: Office) -> Berkas:
    """Nursia's card is on: BPJS says so, and the file is returned."""
    case = awaiting_bpjs(office, "09:00", NURSIA)
    case.until_ended()
    return case


def switched_off(office: Office) -> Berkas:
    """Saleh is listed, and BPJS has switched his card off: the letter can be drafted."""
    case = awaiting_bpjs(office, "09:10", SALEH, listed=True)
    case.until_due("draft_letter")
    return case


def paid_by_herself(office: Office) -> Berkas:
    """Wati is active, but pays herself: returned, as the sheet has no way for her."""
    case = awaiting_bpjs(office, "09:20", WATI)
    case.until_ended()
    return case


def unknown_to_bpjs(office: Office) -> Berkas:
    """BPJS does not know Joni, neither by NIK nor by card, and no register lists him: the sheet's rules refuse him."""
    case = awaiting_bpjs(office, "09:30", JONI)
    case.until_ended()
    return case


def by_the_decree(office: Office) -> Berkas:
    """BPJS names no date for Murni, and only that can decide: an official reads it in the decree she shows."""
    case = awaiting_bpjs(office, "09:40", MURNI)
    until_put_off(case)
    seen = {
        "aktif": False,
        "nonaktif_sejak": "2026-01-31",
        "sk_nonaktif": "01/CONTOH/2026",
        "segmen": "PBI APBN",
        "catatan": "Tanggal dari SK nonaktif.",
    }
    case.do("check_membership", by=LOOKER, at="09:50", body=seen)
    case.until_due("draft_letter")
    return case


def until_put_off(case: Berkas) -> Json:
    """Wait until the look-up got no usable answer and is to be tried again; gives what is shown of it."""
    now = case.until(lambda now: any(due["ditunda"] for due in now["jatuh_tempo"]), "the look-up is put off")
    shown: Json = next(due["ditunda"] for due in now["jatuh_tempo"] if due["ditunda"])
    return shown
