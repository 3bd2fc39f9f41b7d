"""The desk: its lists, stale forms, several cases at once, and the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, expect

from jejak.web.requests.browser import COOKIE
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply
from jejak_tools.stories.people import IRWAN, ROSNA
from tests.pages.conftest import SignedIn
from tests.pages.desk import START, Desk, drafted
from tests.pages.looks import FIRST_PAGE_BYTES, complaints, keyboard_walk, weight
from tests.stories import Jejak, until_listed


def test_a_colleague_sees_who_has_begun_and_since_when(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    case = drafted(pesisir_selatan, "2024-02-08")
    sekretaris, kabid = (Desk(pesisir_selatan, signed_in("13.01", who)) for who in ("sekretaris-1", "kabid-1"))
    sekretaris.open(case, "Paraf")
    sekretaris.begin("09:20")

    kabid.page.goto("/worklist")

    expect(kabid.row(case)).to_contain_text("Contoh Sekretaris, S.Sos, sejak Kamis, 8 Feb 2024 09.20 WIB")
    kabid.open(case, "Paraf")
    expect(kabid.page.locator("#isi")).to_contain_text("Contoh Sekretaris, S.Sos sedang mengerjakan tugas ini.")
    expect(kabid.page.get_by_role("button", name=START)).to_be_visible()


def test_a_stale_form_says_what_happened_and_keeps_what_was_typed(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = drafted(pesisir_selatan, "2024-02-12")
    kabid = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    kabid.open(case, "Paraf")
    kabid.begin("09:20")
    wrong = {"hasil": "perbaiki", "catatan": "Tanggal lahir keliru."}
    case.do("paraf", by="sekretaris-1", at="09:21", body=wrong)
    case.do("draft_letter", by="staf-1", at="09:25")
    case.until_due("paraf")

    kabid.page.get_by_label("Catatan", exact=False).first.fill("Sudah saya baca")
    kabid.send("Paraf", at="09:30")

    expect(kabid.page.get_by_role("heading", level=1)).to_have_text("Berkas sudah berubah")
    since = kabid.page.locator("ol.jejak")
    expect(since).to_contain_text("Sekretaris /Kabid meminta perbaikan konsep.")
    expect(since).to_contain_text("Contoh Sekretaris, S.Sos, Senin, 12 Feb 2024 09.21 WIB")
    expect(since).to_contain_text("Konsep ke-2 disusun")
    kabid.look()
    expect(kabid.page.get_by_label("Catatan")).to_have_value("Sudah saya baca")
    kabid.press("Kirim lagi pada keadaan terbaru", at="09:31")
    assert jejak.ledger.event(case, "ParafGiven").actor == "kabid-1"


def test_several_letters_are_read_and_initialled_in_one_go(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    cases = [drafted(pesisir_selatan, "2024-02-13", who) for who in (ROSNA, IRWAN)]
    until_listed(pesisir_selatan, "kabid-1", *cases)
    kabid = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    kabid.page.goto("/worklist")
    kabid.page.get_by_role("link", name=re.compile(r"Paraf sekaligus \(\d+ berkas\)")).click()
    kabid.look()
    expect(kabid.page.locator("#isi")).to_contain_text(re.compile(r"Menunggu Anda: .*paraf \d+ berkas"))
    for case in cases:
        kabid.page.get_by_label(case.kode).check()
    kabid.send("Mulai membaca yang dipilih", at="09:30")
    for case in cases:
        expect(kabid.page.get_by_label(case.kode)).to_be_checked()
    kabid.send("Paraf yang dipilih", at="09:34")
    for case in cases:
        expect(kabid.page.get_by_label(case.kode)).to_have_count(0)

    given = [jejak.ledger.event(case, "ParafGiven") for case in cases]
    assert [(event.actor, event.payload["share"]) for event in given] == [("kabid-1", 2)] * 2


def test_several_letters_are_signed_in_one_go(jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn) -> None:
    cases = [drafted(pesisir_selatan, "2024-02-27", who) for who in (ROSNA, IRWAN)]
    for case in cases:
        case.do("paraf", by="kabid-1", at="09:20")
        case.until_due("sign")
    kadis = Desk(pesisir_selatan, signed_in("13.01", "kadis-1"), script=True)
    kadis.page.goto("/worklist")
    kadis.page.get_by_role("link", name=re.compile(r"Penandatanganan sekaligus \(\d+ berkas\)")).click()
    kadis.look()
    for case in cases:
        kadis.page.get_by_label(case.kode).check()
    kadis.send("Mulai membaca yang dipilih", at="09:30")
    for case in cases:
        expect(kadis.page.get_by_label(case.kode)).to_be_checked()
    kadis.send("Tandatangani yang dipilih", at="09:36")
    for case in cases:
        expect(kadis.page.get_by_label(case.kode)).to_have_count(0)
        case.until_due("hand_over")
    signed = [jejak.ledger.event(case, "LetterSigned") for case in cases]
    assert [(event.actor, event.payload["share"]) for event in signed] == [("kadis-1", 2)] * 2


def test_where_letters_are_signed_by_pen_each_is_opened_by_itself(contoh: Office, signed_in: SignedIn) -> None:
    contoh.at("2024-02-28 09:00")
    page = signed_in("13.99", "staf-contoh-1")
    page.goto("/worklist/sign")
    expect(page.locator(".peringatan")).to_contain_text("ditandatangani dengan pena")
    expect(page.get_by_role("button", name="Tandatangani yang dipilih")).to_have_count(0)
    assert contoh.get("staf-contoh-1", "/worklist/sign").json()["dengan_pena"] is True


def test_of_several_those_that_cannot_be_done_are_named_with_the_reason(
    pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    taken, left = (drafted(pesisir_selatan, "2024-02-14", who) for who in (ROSNA, IRWAN))
    until_listed(pesisir_selatan, "kabid-1", taken, left)
    kabid = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    kabid.page.goto("/worklist/paraf")
    for case in (taken, left):
        kabid.page.get_by_label(case.kode).check()
    taken.do("paraf", by="sekretaris-1", at="09:31")
    kabid.send("Paraf yang dipilih", at="09:34")

    expect(kabid.page.get_by_role("alert")).to_have_text("1 berkas tersimpan, 1 belum.")
    expect(kabid.page.get_by_role("listitem")).to_contain_text(f"{taken.kode}: Tugas paraf belum waktunya.")
    kabid.look()


@contextmanager
def with_a_wrong_key(jejak: Jejak, case: Berkas) -> Iterator[None]:
    """The case cannot be decrypted until the block is left."""
    [row] = jejak.ledger.fetch("SELECT working FROM keys.case_key WHERE stream = $1::text::uuid", case.id)
    jejak.ledger.fetch("UPDATE keys.case_key SET working = archive WHERE stream = $1::text::uuid", case.id)
    try:
        yield
    finally:
        restore = "UPDATE keys.case_key SET working = $2 WHERE stream = $1::text::uuid"
        jejak.ledger.fetch(restore, case.id, row["working"])


def test_among_several_cases_an_unreadable_one_is_named_and_the_others_are_done(
    jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    whole, broken = (drafted(pesisir_selatan, "2024-02-16", who) for who in (ROSNA, IRWAN))
    until_listed(pesisir_selatan, "kabid-1", whole, broken)
    kabid = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    with with_a_wrong_key(jejak, broken):
        kabid.page.goto("/worklist/paraf")
        expect(kabid.page.get_by_label(whole.kode)).to_have_count(1)
        expect(kabid.page.get_by_label(broken.kode)).to_have_count(0)
        named = kabid.page.locator(".galat", has_text=broken.kode)
        expect(named).to_contain_text("Berkas ini tidak dapat dibaca; hubungi pengelola sistem.")
        expect(named.get_by_role("link")).to_have_attribute("href", f"/cases/{broken.id}/chain")
        kabid.look()
        answer = pesisir_selatan.get("kabid-1", "/worklist/paraf").json()
        kabid.page.get_by_label(whole.kode).check()
        kabid.send("Mulai membaca yang dipilih", at="09:30")
        kabid.send("Paraf yang dipilih", at="09:34")

    codes = {task["kode"] for task in answer["tugas"]}
    assert (whole.kode in codes, broken.kode in codes) == (True, False)
    assert broken.kode in {unread["kode"] for unread in answer["tidak_terbaca"]}
    assert jejak.ledger.event(whole, "ParafGiven").actor == "kabid-1"
    assert "ParafGiven" not in jejak.ledger.kinds(broken)


def test_a_task_is_done_by_keyboard_alone(jejak: Jejak, pesisir_selatan: Office, signed_in: SignedIn) -> None:
    case = drafted(pesisir_selatan, "2024-02-15")
    page = signed_in("13.01", "kabid-1")
    kabid = Desk(pesisir_selatan, page)
    kabid.open(case, "Paraf")
    press_on(page, "button", START)
    expect(page.get_by_role("heading", name="Kerjakan", exact=True)).to_be_visible()
    walked = keyboard_walk(page)
    assert {"a Buka konsep surat rekomendasi pada halaman sendiri", "button Paraf"} <= set(walked)
    assert "iframe" not in " ".join(walked)
    press_on(page, "button", "Paraf")
    expect(page.get_by_role("status")).to_contain_text("Tersimpan")
    assert jejak.ledger.event(case, "ParafGiven").actor == "kabid-1"


def press_on(page: Page, role: str, name: str) -> None:
    """Presses Tab until the element has the focus, then Enter."""
    element = page.locator(role, has_text=re.compile(f"^{name}$")).first
    for _ in range(100):
        page.keyboard.press("Tab")
        if element.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_an_official_reads_a_whole_case_and_goes_from_it_to_his_task(
    pesisir_selatan: Office, signed_in: SignedIn
) -> None:
    case = drafted(pesisir_selatan, "2024-02-22")
    kabid = Desk(pesisir_selatan, signed_in("13.01", "kabid-1"), script=True)
    kabid.page.goto("/cases")
    kabid.look()
    kabid.row(case).get_by_role("link", name=case.kode).click()
    expect(kabid.page.get_by_role("heading", level=1)).to_contain_text(f"Berkas {case.kode} berjalan")
    kabid.look()

    whole = kabid.page.locator("#isi")
    for text in (
        ROSNA["nik"],
        "Surat Keterangan Tidak Mampu",
        case.now()["surat"][0]["nomor"],
        "Dokumen diperiksa: lengkap dan benar.",
        re.compile(r"Menunggu 5 menit.*, dikerjakan \d"),
        "PBDT terdaftar",
    ):
        expect(whole).to_contain_text(text)
    kabid.page.get_by_role("link", name="Buka tugas: paraf").click()
    expect(kabid.page.get_by_role("button", name=START)).to_be_visible()


def test_an_empty_desk_says_what_to_expect(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    pesisir_selatan.at("2021-02-01 08:00")
    page = signed_in("13.01", "kasi-1")
    page.goto("/worklist")
    expect(page.locator(".kosong")).to_contain_text("Tidak ada tugas yang menunggu Anda.")


def test_the_desk_and_a_task_are_light_and_nothing_is_kept_out(pesisir_selatan: Office, signed_in: SignedIn) -> None:
    case = apply(pesisir_selatan, "2024-02-16 09:00", ROSNA)
    page = signed_in("13.01", "staf-1")
    complained = complaints(page)
    for path in ("/worklist", f"/cases/{case.id}/tasks/check_documents", "/cases"):
        assert 1_000 < weight(page, path) < FIRST_PAGE_BYTES
    assert complained == []


@pytest.mark.parametrize(
    ("who", "path", "status", "title"),
    [
        ("kabid-1", "/cases/{id}/tasks/check_documents", 403, "Bukan untuk Anda"),
        ("staf-1", "/cases/{id}/tasks/paraf", 409, "Belum dapat dilayani"),
        ("staf-1", "/cases/{id}/tasks/menari", 404, "Tidak ditemukan"),
        ("staf-1", "/cases/{id}/letters/rekomendasi", 404, "Tidak ditemukan"),
        ("staf-1", "/tidak/ada", 404, "Tidak ditemukan"),
    ],
)
def test_browsers_never_get_json(
    pesisir_selatan: Office, signed_in: SignedIn, who: str, path: str, status: int, title: str
) -> None:
    case = apply(pesisir_selatan, "2024-02-19 09:00", ROSNA)
    page = signed_in("13.01", who)
    answer = page.goto(path.format(id=case.id))

    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("alert")).not_to_be_empty()
    Desk(pesisir_selatan, page, script=True).look()


def test_a_program_gets_the_fields_of_a_task(pesisir_selatan: Office) -> None:
    case = apply(pesisir_selatan, "2024-02-20 09:00", ROSNA)
    answer = pesisir_selatan.get("staf-1", f"/cases/{case.id}/tasks/check_documents").json()

    [form] = answer["formulir"]
    assert [outcome["kode"] for outcome in form["hasil"]] == ["lengkap", "kurang"]
    assert {"nama": "masalah[SKTM]", "untuk": "Surat Keterangan Tidak Mampu"}.items() <= next(
        field for field in form["isian"] if field["nama"] == "masalah[SKTM]"
    ).items()
    assert answer["kirim"] == f"/cases/{case.id}/tasks/check_documents?slot=main"
    assert len(answer["dokumen"]) == 6


def test_another_offices_official_finds_no_task(pesisir_selatan: Office, contoh: Office) -> None:
    case = apply(pesisir_selatan, "2024-02-21 09:00", ROSNA)
    session = {COOKIE: contoh.token("staf-contoh-1")}
    answer = httpx.get(
        f"{pesisir_selatan.player.url}/cases/{case.id}/tasks/check_documents",
        headers={"Accept": "text/html"},
        cookies=session,
    )
    assert answer.status_code == 403
    assert ROSNA["name"] not in answer.text
