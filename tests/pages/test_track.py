"""The public page of a case, opened with its code: where it is, what to do and bring; and the refusal to print."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir, solok
from jejak_tools.stories import siantar as s
from jejak_tools.stories.counter import apply, card_becomes_active, checked
from jejak_tools.stories.people import DARWIS, DESMAWATI, ROSNA
from tests.pages.conftest import NewPage, SignedIn
from tests.pages.looks import DESK, FIRST_PAGE_BYTES, axe, complaints, keyboard_walk, no_sideways_scroll, weight
from tests.stories import Jejak

HTML = {"Accept": "text/html"}
PERSONAL = ("nik", "kk", "name", "phone", "address")


def section(page: Page, heading: str) -> str:
    """The text from this heading to the next."""
    text = page.locator("main").inner_text()
    after = re.split(rf"^{re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    others = [other for other in page.locator("h2").all_inner_texts() if other != heading]
    ends = [match.start() for other in others if (match := re.search(rf"^{re.escape(other)}$", after, re.MULTILINE))]
    return after[: min(ends, default=len(after))]


@pytest.fixture(scope="module")
def incomplete(pesisir_selatan: Office) -> Berkas:
    return pesisir.missing_and_not_right(pesisir_selatan)


@pytest.fixture(scope="module")
def refused(pesisir_selatan: Office) -> Berkas:
    return pesisir.unlisted_seven_months(pesisir_selatan)


def test_what_is_missing_document_by_document_where_to_bring_it_and_no_limit_is_made_up(
    incomplete: Berkas, plain_page: Page
) -> None:
    plain_page.goto("/")
    plain_page.get_by_label("Kode pada tanda terima").fill(incomplete.kode.lower())
    plain_page.get_by_role("button", name="Lacak").click()

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Berkas menunggu Anda")
    todo = section(plain_page, "Yang perlu Anda lakukan")
    assert "Surat Keterangan Tidak Mampu, yang benar: diketahui Camat" in todo
    assert "(SPTJM), yang benar: dari Wali Nagari; bermaterai 10.000" in todo
    assert incomplete.kode in todo
    assert "Fc. KK" not in todo
    held = section(plain_page, "Berkas sekarang di tangan")
    assert "Anda (pemohon)" in held
    assert "SOP tidak menulis batas waktu bagi Anda." in held
    assert "Sudah lewat batas" not in held
    office = section(plain_page, "Alamat dan jam kantor")
    assert "Jalan Contoh Nomor 1, Painan" in office
    assert "Senin sampai Kamis 07.30–12.00 dan 13.00–16.00" in office
    plain_page.get_by_role("link", name="Lihat alamat dan jam kantor").click()
    expect(plain_page).to_have_url(re.compile("#tempat$"))


def test_the_track_page_is_open_to_all_and_shows_no_personal_data(incomplete: Berkas, browser_page: Page) -> None:
    complained = complaints(browser_page)

    assert weight(browser_page, f"/cases/{incomplete.kode}") < FIRST_PAGE_BYTES

    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []
    assert keyboard_walk(browser_page) == [
        "a Langsung ke isi",
        "a Jejak",
        "a Lihat alamat dan jam kantor",
        "a Daftar Kontrol untuk dicetak",
    ]
    assert complained == []
    text = browser_page.content()
    assert not any(DESMAWATI[field] in text for field in PERSONAL)
    assert "Kolom Camat masih kosong" not in text


def test_who_holds_it_since_when_and_until_when_and_where_that_is_written(
    pesisir_selatan: Office, browser_page: Page
) -> None:
    case = apply(pesisir_selatan, "2024-03-04 09:00", ROSNA)
    pesisir_selatan.at("09:30")

    browser_page.goto(f"/cases/{case.kode}")

    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Berkas sedang diproses")
    held = section(browser_page, "Berkas sekarang di tangan")
    assert "Contoh Staf Satu, A.Md atau Contoh Staf Dua" in held
    assert "Senin, 4 Mar 2024 09.00 WIB" in held
    assert "SOP menulis 1 menit untuk mengerjakannya" in held
    assert "tidak tertulis pada SOP: mulai dikerjakan sebelum Selasa, 5 Mar 2024 09.00 WIB" in held
    assert "Sudah lewat batas" not in held
    assert "Tidak ada yang perlu Anda lakukan" in section(browser_page, "Yang perlu Anda lakukan")

    pesisir_selatan.at("2024-03-06 10:00")
    browser_page.reload()

    assert "Sudah lewat batas." in section(browser_page, "Berkas sekarang di tangan")
    assert "mengadu: Meja pengaduan kantor" in section(browser_page, "Yang perlu Anda lakukan")


def test_what_the_sheet_promises_stands_with_its_day(jejak: Jejak, plain_page: Page) -> None:
    """Kabupaten Solok's sheet gives BPJS eight days, counted from the day after."""
    case = solok.sent_by_disposition(jejak.office("13.02"))

    plain_page.goto(f"/cases/{case.kode}")

    held = section(plain_page, "Berkas sekarang di tangan")
    assert "BPJS" in held
    assert "Menurut SOP (8 hari) selesai paling lambat Jumat, 2 Feb 2024 23.59 WIB." in held
    assert "Aturan kantor" not in held


def test_after_the_letter_the_page_goes_on_until_the_membership_is_active(
    pesisir_selatan: Office, plain_page: Page
) -> None:
    case = pesisir.with_the_letter_in_her_hands(pesisir_selatan)
    plain_page.goto(f"/cases/{case.kode}")
    todo = section(plain_page, "Yang perlu Anda lakukan")
    assert "Bawa surat ke kantor BPJS Kesehatan." in todo
    assert re.search(r"surat rekomendasi nomor 460/\d+/DSPPPA/2022", todo)
    plain_page.get_by_role("link", name="Periksa keaslian surat rekomendasi").click()
    expect(plain_page.get_by_role("status")).to_contain_text("Surat ini asli")
    plain_page.go_back()

    card_becomes_active(case)
    plain_page.reload()

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Kepesertaan sudah aktif sejak 8 Juli 2022")
    assert "Tidak ada lagi yang perlu Anda lakukan." in section(plain_page, "Yang perlu Anda lakukan")
    assert "Kepesertaan aktif." in section(plain_page, "Jejak berkas")


def test_a_letter_that_lies_ready_is_fetched_with_the_code_alone_and_is_nobodys_delay(
    pesisir_selatan: Office, browser_page: Page
) -> None:
    case = checked(apply(pesisir_selatan, "2024-05-13 09:00", ROSNA), "09:10", "09:10:45")
    case.work("draft_letter", by="staf-1", begun="09:20", ended="09:24")
    case.work("paraf", by="kabid-1", begun="10:00", ended="10:02")
    case.work("sign", by="kadis-1", begun="11:30", ended="11:32")
    case.until_due("hand_over")
    pesisir_selatan.at("2024-06-24 10:00")

    browser_page.goto(f"/cases/{case.kode}")

    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Surat siap diambil")
    todo = section(browser_page, "Yang perlu Anda lakukan")
    assert re.search(r"Surat rekomendasi nomor 460/\d+/DSPPPA/2024 sudah jadi\. Ambillah di kantor\.", todo)
    carried = browser_page.locator("main .kotak li").all_inner_texts()
    assert [line for line in carried if case.kode in line or "surat" in line] == [f"kode tanda terima {case.kode}"]
    held = section(browser_page, "Berkas sekarang di tangan")
    assert "Surat menunggu Anda ambil pada jam kantor." in held
    assert "paling lambat" not in held
    assert "Sudah lewat batas" not in held
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []


def test_a_document_that_does_not_stand_in_for_another_is_named(pesisir_selatan: Office, plain_page: Page) -> None:
    case = pesisir.too_old_for_a_birth_certificate(pesisir_selatan)

    plain_page.goto(f"/cases/{case.kode}")

    todo = section(plain_page, "Yang perlu Anda lakukan")
    assert "Fc. KTP, yang benar: Fc. Akte Kelahiran bagi yang berumur kurang dari 17 tahun: hanya untuk peserta" in todo


def test_the_page_of_a_case_from_a_kelurahan_names_the_kelurahan_too(jejak: Jejak, plain_page: Page) -> None:
    case = s.mended_at_dukcapil(jejak.office("12.72"))

    plain_page.goto(f"/cases/{case.kode}")

    assert "Pengelola Data Di Kelurahan" in section(plain_page, "Berkas sekarang di tangan")
    assert "12.72.01.1001" in section(plain_page, "Alamat dan jam kantor")


def test_a_refusal_is_printed_with_its_rules_their_sources_and_where_to_complain(
    refused: Berkas, plain_page: Page, tmp_path: Path
) -> None:
    plain_page.goto(f"/cases/{refused.kode}")
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Permohonan ditolak")
    plain_page.get_by_role("link", name="Baca dan cetak alasannya").click()

    rules = section(plain_page, "Syarat yang tidak terpenuhi")
    assert "Terdaftar di PBDT SISKADASATU atau DTKS" in rules
    assert "Nonaktif sejak 04-12-2021, lebih dari 6 bulan sebelum diterima 04-07-2022." in rules
    assert "Sumber: langkah 2" in rules
    assert "Undang-undang RI No.11 Tahun 2009" in section(plain_page, "Dasar hukum SOP ini")
    assert "Pengaduan: Meja pengaduan kantor" in section(plain_page, "Bila menurut Anda keliru")
    assert not any(DARWIS[field] in plain_page.content() for field in PERSONAL)

    plain_page.emulate_media(media="print")
    expect(plain_page.get_by_text("PEMERINTAH KABUPATEN PESISIR SELATAN")).to_be_visible()
    expect(plain_page.get_by_text("Pengaduan: Meja pengaduan kantor")).to_be_visible()
    expect(plain_page.get_by_role("link", name="Kembali ke berkas")).to_be_hidden()
    expect(plain_page.get_by_role("banner")).to_be_hidden()
    assert plain_page.pdf(path=tmp_path / "alasan.pdf", format="A4").startswith(b"%PDF")


def test_a_refusals_page_is_readable_by_everybody(refused: Berkas, browser_page: Page) -> None:
    browser_page.goto(f"/cases/{refused.kode}/penolakan")

    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []


def test_a_returned_file_says_why_and_a_running_one_has_no_refusal(
    jejak: Jejak, pesisir_selatan: Office, incomplete: Berkas
) -> None:
    returned = pesisir.still_active(pesisir_selatan)
    answer = httpx.get(f"{jejak.installation.url}/cases/{returned.kode}/penolakan")

    assert answer.json()["akhir"] == "kembalikan"
    assert answer.json()["pesan"] == "Kartu masih aktif, tidak perlu direaktivasi. Berkas dikembalikan."
    assert answer.json()["pemutus"] == "sistem, atas nama Kasi"
    assert httpx.get(f"{jejak.installation.url}/cases/{incomplete.kode}/penolakan").status_code == 409


def test_a_refusal_by_bpjs_is_shown_though_the_office_has_done_its_part(sukarni: Berkas, plain_page: Page) -> None:
    plain_page.goto(f"/cases/{sukarni.kode}")

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Pengajuan ditolak oleh BPJS Kesehatan")
    plain_page.get_by_role("link", name="Baca dan cetak alasannya").click()
    assert "Jawaban BPJS: ditolak." in section(plain_page, "Alasan")
    assert "sistem" not in plain_page.locator("dl").inner_text()


def test_programs_get_json(jejak: Jejak, incomplete: Berkas) -> None:
    answer = httpx.get(f"{jejak.installation.url}/cases/{incomplete.kode}", headers={"Accept": "*/*"})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["kode"] == incomplete.kode


@pytest.mark.parametrize("code", ["0000-0000-0000", "bukan kode", "00000000-0000-4000-8000-000000000000", "%2e%2e"])
def test_a_code_that_is_not_known_or_none_at_all_gives_the_same_page(jejak: Jejak, code: str) -> None:
    one_trace = HTML | {"traceparent": f"00-{'a' * 32}-{'b' * 16}-00"}  # a page names its own
    answer = httpx.get(f"{jejak.installation.url}/cases/{code}", headers=one_trace)

    assert answer.status_code == 404
    other = httpx.get(f"{jejak.installation.url}/cases/1111-1111-1111", headers=one_trace)
    assert answer.text == other.text
    assert "Kode ini tidak dikenal" in answer.text


def test_an_unknown_code_can_be_typed_again(browser_page: Page, incomplete: Berkas) -> None:
    browser_page.goto("/cases/0000-0000-0000")
    assert axe(browser_page) == []
    assert no_sideways_scroll(browser_page) == []

    browser_page.get_by_label("Kode pada tanda terima").fill(incomplete.kode)
    browser_page.keyboard.press("Enter")

    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Berkas menunggu Anda")


def test_a_guesser_of_codes_is_soon_refused_and_others_are_not(jejak: Jejak, incomplete: Berkas) -> None:
    guesser = {"X-Forwarded-For": "203.0.113.77", **HTML}
    behind_the_proxy = jejak.installation.children["ledger"].url
    with httpx.Client(base_url=behind_the_proxy, trust_env=False) as client:
        seen = [client.get(f"/cases/0000-0000-{n:04}", headers=guesser).status_code for n in range(80)]
        assert 429 in seen
        assert set(seen[: seen.index(429)]) == {404}
        refused = client.get(f"/cases/{incomplete.kode}", headers=guesser)
        assert (refused.status_code, refused.headers["retry-after"].isdigit()) == (429, True)
        assert "Terlalu banyak kode" in refused.text
        neighbour = client.get(f"/cases/{incomplete.kode}", headers={"X-Forwarded-For": "203.0.113.78", **HTML})
        assert neighbour.status_code == 200


def test_an_official_of_the_office_sees_the_case_and_one_of_another_office_the_public_page(
    jejak: Jejak, incomplete: Berkas, signed_in: SignedIn
) -> None:
    own = signed_in("13.01", "staf-1", viewport=DESK)
    own.goto(f"/cases/{incomplete.kode}")
    expect(own.locator("main")).to_contain_text(DESMAWATI["name"])

    other = signed_in("12.72", "operator-1", viewport=DESK)
    other.goto(f"/cases/{incomplete.kode}")
    expect(other.get_by_role("heading", level=1)).to_have_text("Berkas menunggu Anda")
    assert DESMAWATI["name"] not in other.content()


def test_the_track_page_is_shown_after_the_session_has_ended(
    jejak: Jejak, incomplete: Berkas, new_page: NewPage
) -> None:
    page = new_page()
    page.context.add_cookies([{"name": "jejak", "value": "berakhir", "url": jejak.installation.url}])

    page.goto(f"/cases/{incomplete.kode}")

    expect(page.get_by_role("heading", level=1)).to_have_text("Berkas menunggu Anda")
