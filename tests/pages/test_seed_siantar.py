"""Kota Pematangsiantar by hand: from the kelurahan's counter to the day's reconciliation, and the active card."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from jejak_tools.papers import pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import ROMA
from tests.pages.conftest import SignedIn
from tests.pages.desk import Desk
from tests.pages.hands import Hands, looked_over
from tests.stories import Jejak, minutes

KELURAHAN = "pengelola_data-1"


def entered_and_verified(hands: Hands) -> Berkas:
    """At the kelurahan, by its own official: entered, checked, looked up, and sent to the dinas."""
    brought = papers(ROMA, ("SKTM", "KK", "KTP"))
    case = hands.applies(KELURAHAN, "2022-10-03 08:00", ROMA, brought, purpose="Berobat jalan di RSUD.")
    hands.does(KELURAHAN, case, "Pengisian data", "Data sudah diisi", begun="08:05", ended="08:12")
    hands.does(KELURAHAN, case, "Pemeriksaan dokumen", "Lengkap dan benar", begun="08:12", ended="08:15")
    listed = {"Peserta terdaftar?": "Ya", "Nomor peserta pada daftar itu": "1272DTKS000001"}
    hands.does(KELURAHAN, case, "Pengecekan daftar", "Simpan hasil", begun="08:15", ended="08:17", filled=listed)
    matching = {"Menurut Dukcapil": "Data padan"}
    hands.does(
        KELURAHAN, case, "Pengecekan kependudukan", "Simpan hasil", begun="08:17", ended="08:19", filled=matching
    )
    once = {
        "Kepesertaan aktif?": "Tidak",
        "Segmen": "PBI APBD",
        "Nonaktif sejak": "2022-07-04",
        "Berapa kali pernah dinonaktifkan": "1",
    }
    hands.does(KELURAHAN, case, "Pengecekan kepesertaan", "Simpan hasil", begun="08:19", ended="08:21", filled=once)
    hands.does(KELURAHAN, case, "Penerusan berkas", "Teruskan berkas", begun="08:25", ended="08:27")
    return case


def signed_and_recorded(hands: Hands, case: Berkas) -> None:
    """At the dinas: two parafs in order, the Kadis's signature, and the letter ready for the day's list."""
    hands.does("operator-1", case, "Pencatatan", "Catat sudah dikerjakan", begun="08:40", ended="08:43")
    hands.does("operator-1", case, "Penyusunan surat", "Susun konsep surat", begun="08:45", ended="08:53")
    hands.does("kabid-1", case, "Paraf", "Paraf", begun="09:00", ended="09:02")
    hands.does("sekdis-1", case, "Paraf", "Paraf", begun="09:20", ended="09:22")
    hands.does("kadis-1", case, "Penandatanganan", "Tandatangani", begun="09:40", ended="09:43")
    both = {"Bukti": pdf("asli", f"Surat asli dan salinan {case.kode}")}
    hands.does("operator-1", case, "Pencatatan", "Catat sudah dikerjakan", begun="10:00", ended="10:04", filled=both)


def reconciled_on_the_second_day(hands: Hands, case: Berkas) -> None:
    """The Kabid compares the day's list with BPJS on two mornings; on the first BPJS has no proposal of Roma yet."""
    kabid = hands.desk("kabid-1")
    hands.office.at("2022-10-04 09:00")
    kabid.page.get_by_role("link", name="BPJS", exact=True).click()
    looked_over(kabid.page)
    kabid.page.get_by_role("link", name="Rekonsiliasi dengan BPJS").click()
    looked_over(kabid.page)
    kabid.page.get_by_role("button", name="Buat daftar hari ini").click()
    of_roma = begun_to_compare(kabid, case)
    kabid.page.get_by_text(f"Berkas {case.kode} tidak cocok").click()
    of_roma.get_by_label("Apa yang berbeda").fill("BPJS belum mencatat pengajuan ini.")
    kabid.send("Tandai tidak cocok", at="09:03", within=of_roma)
    compared = kabid.page.get_by_role("row", name=case.kode)
    expect(compared).to_contain_text("tidak cocok BPJS belum mencatat pengajuan ini.")

    hands.office.at("2022-10-05 09:00")
    case.until(lambda _: not waiting_for_a_list(hands.office), "the day's list was made when the office closed")
    kabid.page.reload()
    begun_to_compare(kabid, case)
    kabid.send("Cocok (1 berkas)", at="09:04")
    expect(compared).to_have_count(2)
    expect(compared.first).to_contain_text("belum diarsipkan")
    looked_over(kabid.page)
    hands.does("operator-1", case, "Pengarsipan", "Surat sudah diarsipkan", begun="09:10", ended="09:11")
    kabid.page.reload()
    expect(compared.first).to_contain_text("sudah diarsipkan")


def waiting_for_a_list(office: Office) -> bool:
    return bool(office.get("kabid-1", "/bpjs").json()["kumpulan"])


def begun_to_compare(kabid: Desk, case: Berkas) -> Locator:
    """The Kabid begins the comparison; gives the part of the list about one case."""
    of_roma = kabid.page.get_by_role("region", name=case.kode)
    expect(of_roma).to_contain_text("belum ada kabar")
    kabid.send("Mulai mencocokkan", at="09:01")
    expect(of_roma).to_contain_text("oleh Anda")
    looked_over(kabid.page)
    return of_roma


def test_from_the_kelurahans_counter_to_the_days_reconciliation_and_the_card(
    jejak: Jejak, signed_in: SignedIn, browser_page: Page
) -> None:
    hands = Hands(jejak.office("12.72"), signed_in)
    case = entered_and_verified(hands)
    signed_and_recorded(hands, case)
    case.until_sent("16:01")
    case.until_due("reconcile")
    reconciled_on_the_second_day(hands, case)
    seen = {
        "Kepesertaan aktif?": "Ya",
        "Aktif sejak": "2022-10-05",
        "Kapan itu terjadi": "2022-10-05T13:30",
        "Bukti": png("layar", f"Status aktif {case.kode}"),
    }
    hands.does("operator-1", case, "Pengecekan status kartu", "Simpan hasil", ended="13:40", filled=seen)

    compared = [event for event in jejak.ledger.events(case) if event.type == "CaseReconciled"]
    assert [(event.actor, event.hasil, event.payload["share"]) for event in compared] == [
        ("kabid-1", "tidak_cocok", 1),
        ("kabid-1", "cocok", 1),
    ]
    assert len({event.payload["batch"] for event in compared} - {None}) == 2
    [touched] = [
        event["jam_tugas"]["sentuh"]["detik"]
        for event in case.timeline()["peristiwa"]
        if event["versi"] == compared[-1].version
    ]
    assert touched == minutes(2 + 3)
    hands.sees_it_active(browser_page, case)


def test_a_kelurahans_official_does_not_see_the_desk_of_the_whole_office(jejak: Jejak, signed_in: SignedIn) -> None:
    jejak.office("12.72").at("2022-10-05 08:00")
    page = signed_in("12.72", KELURAHAN)
    expect(page.get_by_role("link", name="Meja kerja")).to_be_visible()
    expect(page.get_by_role("link", name="BPJS", exact=True)).to_have_count(0)
    answer = page.goto("/bpjs")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("alert")).to_contain_text("Mintalah kepada dinas")
