"""From the counter to an active card: with imported registers and electronically, and at another office by hand."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from pypdf import PdfReader

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from jejak_tools.stories.people import AISYAH, ROSNA
from letters.signatures.pades import load_roots, verify_pdf
from tests.stories import Jejak, minutes, seconds, step_of, task_of

WHOLE_LINE = [
    "ApplicationSubmitted",
    "DocumentsComplete",
    "DtksVerified",
    "MembershipChecked",
    "EligibilityConfirmed",
    "LetterDrafted",
    "ParafGiven",
    "LetterSigned",
    "LetterHandedOver",
    "LetterArchived",
    "CaseClosed",
    "SubmissionSent",
    "ReplyReceived",
    "MembershipActivated",
]


def text_of(pdf: bytes) -> str:
    """A letter's words, without its line breaks."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


@pytest.fixture(scope="module")
def rosna(pesisir_selatan: Office) -> Berkas:
    return pesisir.to_an_active_card(pesisir_selatan)


@pytest.fixture(scope="module")
def aisyah(pesisir_selatan: Office) -> Berkas:
    return pesisir.for_a_child(pesisir_selatan)


@pytest.fixture(scope="module")
def budi(contoh: Office) -> Berkas:
    return pesisir.by_hand_and_by_pen(contoh)


def test_a_complete_and_eligible_file_goes_the_whole_line_to_an_active_card(jejak: Jejak, rosna: Berkas) -> None:
    events = jejak.ledger.events(rosna)
    assert [event.type for event in events] == WHOLE_LINE
    who = [(event.tugas, event.actor, event.recorder) for event in events]
    assert who == [
        ("submit", None, "staf-1"),
        ("check_documents", "staf-1", None),
        ("check_registry", None, None),
        ("check_membership", None, None),
        ("check_rules", None, None),
        ("draft_letter", "staf-1", None),
        ("paraf", "kabid-1", None),
        ("sign", "kadis-1", None),
        ("hand_over", "staf-1", None),
        ("archive", "staf-1", None),
        (None, None, None),
        ("deliver", None, "staf-1"),
        ("await_reply", None, "staf-1"),
        ("confirm_status", None, "staf-1"),
    ]
    now = rosna.now()
    assert (now["status"], now["berakhir"], now["jatuh_tempo"]) == ("aktif", "selesai", [])


def test_every_look_up_says_which_import_answered(jejak: Jejak, rosna: Berkas) -> None:
    imports = {
        str(row["id"]): row["register"]
        for row in jejak.ledger.fetch("SELECT id, register FROM register.import WHERE status = 'answering'")
    }
    listings = jejak.ledger.event(rosna, "DtksVerified").payload["listings"]
    assert [(listing["register_name"], listing["listed"], listing["source"]["way"]) for listing in listings] == [
        ("PBDT", True, "impor"),
        ("DTKS", True, "impor"),
    ]
    assert [imports[listing["source"]["reference"]] for listing in listings] == ["PBDT", "DTKS"]
    membership = jejak.ledger.event(rosna, "MembershipChecked").payload
    assert membership["membership"]["deactivated_on"] == "2022-02-04"
    assert (membership["membership"]["deactivations"], membership["membership"]["decree"]) == (1, "02/CONTOH/2022")
    sentences = [event["kalimat"] for event in rosna.timeline()["peristiwa"] if event["jenis"] == "MembershipChecked"]
    status = "status «NONAKTIF», SK penonaktifan 02/CONTOH/2022"
    assert sentences == [f"Kepesertaan dicek (dari daftar yang diimpor): boleh diproses, {status}."]
    assert imports[membership["source"]["reference"]] == "BPJS"


def test_both_rules_of_the_sheet_are_named_as_met(jejak: Jejak, rosna: Berkas) -> None:
    assert jejak.ledger.event(rosna, "EligibilityConfirmed").payload["rules"] == [
        "Terdaftar di PBDT SISKADASATU atau DTKS",
        "SK Non Aktif paling lama 6 bulan sebelum berkas diterima",
    ]


def test_the_letter_says_who_for_whom_and_by_which_number(jejak: Jejak, rosna: Berkas) -> None:
    drafted = jejak.ledger.event(rosna, "LetterDrafted").payload["letters"]
    signed = jejak.ledger.event(rosna, "LetterSigned").payload["letters"]
    number = drafted[0]["number"]
    assert [letter["number"] for letter in signed] == [number]
    assert number.startswith("460/")
    assert number.endswith("/DSPPPA/2022")

    text = text_of(rosna.letter())
    for word in (number, ROSNA["name"], ROSNA["nik"], ROSNA["kk"], "4 Juli 2022", "Dra. Contoh Kadis, M.Si"):
        assert word in text
    assert "Kepala BPJS Kesehatan Cabang Padang" in text


def test_the_letter_is_served_as_signed_and_its_signature_holds(jejak: Jejak, rosna: Berkas) -> None:
    letter = rosna.letter()
    event = jejak.ledger.event(rosna, "LetterSigned")
    assert hashlib.sha256(letter).hexdigest() == event.payload["letters"][0]["sha256"]
    assert event.payload["method"] == "elektronik"

    signature = verify_pdf(letter, load_roots(jejak.certificates))
    assert signature.good
    assert signature.signer_name == "Dra. Contoh Kadis, M.Si"
    assert signature.signed_at is not None
    # Signed at 11.32 on Monday 4 July 2022, in the office's own zone; the ledger recorded it within moments.
    assert f"{signature.signed_at.astimezone(rosna.office.kantor.calendar.tzinfo):%Y-%m-%d %H:%M}" == "2022-07-04 11:32"
    assert 0 <= (event.recorded_at - signature.signed_at).total_seconds() < 20


def test_what_happened_outside_is_recorded_with_its_time_and_its_evidence(jejak: Jejak, rosna: Berkas) -> None:
    events = {event.type: event for event in jejak.ledger.events(rosna)}
    instant = rosna.office.instant
    for kind, happened, document in (
        ("SubmissionSent", "2022-07-05 09:00", "TANDA_TERIMA"),
        ("ReplyReceived", "2022-07-07 10:00", "JAWABAN"),
        ("MembershipActivated", "2022-07-11 08:00", "LAYAR"),
    ):
        assert events[kind].occurred_at == instant(happened)
        assert [scan["document"] for scan in events[kind].payload["evidence"]] == [document]
    assert events["MembershipActivated"].payload["means"] == "reaktivasi"
    assert events["MembershipActivated"].payload["active_since"] == "2022-07-08"
    assert events["SubmissionSent"].payload["letters"] == ["rekomendasi"]


def test_the_three_clocks_of_a_good_case(rosna: Berkas) -> None:
    timeline = rosna.timeline()
    # Step 1: received 09.00, opened 09.10, done 09.10.45: 10 minutes of wait, 45 seconds of touch time.
    assert seconds(step_of(timeline, "1")) == (minutes(10), minutes(0.75), minutes(10.75))
    # Step 3: the look-ups ended at 09.10.45; opened 09.20, done 09.24: 9 min 15 s and 4 min.
    assert seconds(step_of(timeline, "3")) == (minutes(9.25), minutes(4), minutes(13.25))
    # Step 4: 09.24 → 10.00 → 10.02.
    assert seconds(step_of(timeline, "4")) == (minutes(36), minutes(2), minutes(38))
    # Step 5: 10.02 → 11.30 → 11.32.
    assert seconds(step_of(timeline, "5")) == (minutes(88), minutes(2), minutes(90))
    # Step 6: due 11.32, closed from 12.00 to 13.00, opened 13.05: 28 + 5 minutes; handed over 13.06, archived 13.07.
    assert seconds(step_of(timeline, "6")) == (minutes(33), minutes(2), minutes(35))
    for langkah in ("1", "3", "4", "5", "6"):
        step = step_of(timeline, langkah)
        assert step["mutu_baku"]["jam"] == "sentuh"
        assert step["mutu_baku"]["dalam"] is True
        assert step["batas_tunggu"]["dalam"] is True
    # Automatic work has no touch time: it is not counted as within.
    look_ups = step_of(timeline, "2")
    assert look_ups["sentuh"] == {"detik": None, "kata": "tidak terukur", "sebab": "otomatis"}
    assert look_ups["mutu_baku"]["dalam"] is None


def test_sop_selesai_and_kartu_aktif_are_two_ends(rosna: Berkas) -> None:
    total = rosna.timeline()["total"]
    # 09.00 to 13.07 on one day: 247 minutes by the wall clock, 187 without the hour at noon, all of it the office's.
    assert total["sop_selesai"]["waktu_dinding"]["detik"] == minutes(247)
    assert total["sop_selesai"]["waktu_kantor"]["detik"] == minutes(187)
    # Touch time: 45 s + 4 + 2 + 2 + 2 minutes.
    assert total["sop_selesai"]["sentuh_terukur"]["detik"] == minutes(10.75)
    # The card was active on Monday 11 July at 08.00, a week less an hour after receipt; the office's clock had stopped.
    assert total["kartu_aktif"]["waktu_dinding"]["detik"] == minutes(7 * 24 * 60 - 60)
    assert total["kartu_aktif"]["waktu_kantor"]["detik"] == minutes(187)


def test_what_applicant_and_bpjs_take_is_on_their_own_clocks(rosna: Berkas) -> None:
    timeline = rosna.timeline()
    sent, reply = task_of(timeline, "SubmissionSent"), task_of(timeline, "ReplyReceived")
    assert (sent["pihak"], reply["pihak"]) == ("pemohon", "bpjs")
    # The applicant has no office hours: from Monday 13.07 to Tuesday 09.00, when she was at the counter of BPJS.
    assert sent["berlalu"]["detik"] == minutes(19 * 60 + 53)
    # BPJS' time runs from the record of the sending, Wednesday 08.00, to its answer on Thursday at 10.00,
    # within 07.30–12.00 and 13.00–16.00: 4 h + 3 h + 2.5 h.
    assert reply["berlalu"]["detik"] == minutes(9.5 * 60)
    assert sent["sentuh"]["detik"] is None
    assert reply["sentuh"]["detik"] is None


def test_a_childs_letter_names_the_participant_and_who_asked(jejak: Jejak, aisyah: Berkas) -> None:
    assert jejak.ledger.kinds(aisyah) == WHOLE_LINE
    text = text_of(aisyah.letter())
    for word in (AISYAH["name"], AISYAH["nik"], AISYAH["card"], ROSNA["name"]):
        assert word in text


def test_the_sekretaris_may_paraf_as_the_kabid_may(jejak: Jejak, rosna: Berkas, aisyah: Berkas) -> None:
    assert jejak.ledger.event(rosna, "ParafGiven").actor == "kabid-1"
    assert jejak.ledger.event(aisyah, "ParafGiven").actor == "sekretaris-1"


def test_a_second_office_looks_into_the_registers_itself(jejak: Jejak, budi: Berkas) -> None:
    events = jejak.ledger.events(budi)
    assert [event.type for event in events] == WHOLE_LINE
    looked = {event.type: event for event in events}
    assert (looked["DtksVerified"].actor, looked["MembershipChecked"].actor) == ("kasi-contoh", "kasi-contoh")
    listings = looked["DtksVerified"].payload["listings"]
    assert [(listing["register_name"], listing["listed"], listing["source"]["way"]) for listing in listings] == [
        ("PBDT", False, "manual"),
        ("DTKS", True, "manual"),
    ]
    assert looked["EligibilityConfirmed"].actor is None
    # Step 2 by hand: 2 + 2 minutes of the sheet's five.
    step = step_of(budi.timeline(), "2")
    assert step["sentuh"]["detik"] == minutes(4)
    assert step["mutu_baku"]["dalam"] is True


def test_a_letter_signed_by_pen_is_kept_as_its_scan(jejak: Jejak, budi: Berkas) -> None:
    signed = jejak.ledger.event(budi, "LetterSigned")
    assert (signed.actor, signed.recorder) == ("kadis-contoh", "staf-contoh-1")
    assert signed.payload["method"] == "basah"
    assert signed.payload["signed_on"] == "2022-07-04"
    [letter] = signed.payload["letters"]
    assert letter["number"] == "460/017/Dinsos-Contoh/VII/2022"
    scan = budi.letter()
    assert hashlib.sha256(scan).hexdigest() == letter["sha256"]
    assert "Surat bertanda tangan dan bercap" in text_of(scan)
    # Entered a quarter of an hour afterwards: no touch time was measured, so it does not count as within.
    step = step_of(budi.timeline(), "5")
    assert step["sentuh"]["detik"] is None
    assert step["mutu_baku"]["dalam"] is None
