"""Kabupaten Karangasem by hand: a letter that the applicant carries, and a regular proposal in a batch."""

from __future__ import annotations

from io import BytesIO

from playwright.sync_api import FilePayload, Page, expect
from python_calamine import CalamineWorkbook

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import KETUT, MADE, Person
from tests.pages.conftest import SignedIn
from tests.pages.desk import Desk
from tests.pages.hands import Filled, Hands, looked_over
from tests.stories import Jejak

STAF = "staf-1"
INACTIVE = {"Kepesertaan aktif?": "Tidak", "Segmen": "PBI APBN", "Nonaktif sejak": "2024-08-01"}
NEVER = {"Kepesertaan aktif?": "Tidak"}


def stored(hands: Hands, day: str, who: Person, membership: Filled, route: str) -> Berkas:
    """A case from the counter to the stored file, on one of the four routes."""
    case = hands.applies(STAF, f"{day} 08:00", who, papers(who, ("KK", "KTP")), purpose="Berobat di RSUD.")
    hands.does(STAF, case, "Pemeriksaan dokumen", "Lengkap dan benar", begun="08:05", ended="08:08")
    hands.does(STAF, case, "Pengecekan kepesertaan", "Simpan hasil", begun="08:08", ended="08:14", filled=membership)
    taken = {"Jalur": route}
    hands.does(STAF, case, "Pemilihan jalur", "Pilih jalur ini", begun="08:20", ended="08:24", filled=taken)
    kept = {"Apa yang dikerjakan": "Map berkas bulan ini."}
    hands.does(STAF, case, "Pencatatan", "Catat sudah dikerjakan", begun="08:25", ended="08:30", filled=kept)
    return case


def test_a_letter_that_the_applicant_carries_to_bpjs(jejak: Jejak, signed_in: SignedIn, browser_page: Page) -> None:
    hands = Hands(jejak.office("51.07"), signed_in)
    case = stored(hands, "2024-09-02", KETUT, INACTIVE, "Reaktivasi")
    hands.does(STAF, case, "Penyusunan surat", "Susun konsep surat", begun="08:40", ended="08:46")
    hands.does("jafung-1", case, "Paraf", "Paraf", begun="09:00", ended="09:02")
    hands.does("kabid-1", case, "Paraf", "Paraf", begun="09:30", ended="09:33")
    by_pen = {
        "Tanggal tanda tangan": "2024-09-02",
        "Pindaian surat": pdf("scan-surat", f"Surat reaktivasi bertanda tangan {case.kode}"),
        "Kapan itu terjadi": "2024-09-02T10:30",
    }
    recorded = "Catat surat yang sudah ditandatangani"
    hands.does(STAF, case, "Penandatanganan", recorded, ended="10:40", filled=by_pen)
    back = {"Apa yang dikerjakan": "Surat diterima kembali."}
    hands.does(STAF, case, "Pencatatan", "Catat sudah dikerjakan", begun="10:45", ended="10:47", filled=back)
    copy = {"Bukti": jpeg("foto", f"Foto arsip {case.kode}")}
    hands.does(STAF, case, "Pengarsipan", "Surat sudah diarsipkan", begun="10:50", ended="10:52", filled=copy)
    given = {"Diserahkan kepada": KETUT["name"]}
    hands.does(STAF, case, "Penyerahan surat", "Surat sudah diserahkan", begun="11:00", ended="11:01", filled=given)
    carried = {
        "Cara dikirim": "Dibawa sendiri oleh pemohon",
        "Kapan itu terjadi": "2024-09-03T09:00",
        "Bukti": jpeg("tanda-terima", f"Tanda terima BPJS {case.kode}"),
    }
    hands.does(STAF, case, "Pengajuan ke BPJS", "Catat sudah dikirim", ended="2024-09-03 09:15", filled=carried)
    yes = {"Kapan itu terjadi": "2024-09-03T13:30", "Bukti": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")}
    hands.does(STAF, case, "Jawaban BPJS", "BPJS menerima", ended="2024-09-03 13:39", filled=yes)
    on = {
        "Kepesertaan aktif?": "Ya",
        "Aktif sejak": "2024-09-04",
        "Kapan itu terjadi": "2024-09-04T09:00",
        "Bukti": png("layar", f"Status aktif {case.kode}"),
    }
    hands.does(STAF, case, "Pengecekan status kartu", "Simpan hasil", ended="2024-09-04 09:09", filled=on)

    case.until_ended()
    hands.sees_it_active(browser_page, case)


def answers_loaded(desk: Desk, at: str, *rows: str) -> None:
    """Loads an answer file at the BPJS desk, and reads its report."""
    desk.office.at(at)
    desk.page.get_by_role("link", name="BPJS", exact=True).click()
    text = "\n".join(("nomor_usulan;nik;hasil;aktif_sejak;alasan", *rows))
    file: FilePayload = {"name": "jawaban.csv", "mimeType": "text/csv", "buffer": text.encode()}
    desk.page.get_by_label("Berkas jawaban", exact=True).set_input_files(file)
    desk.page.get_by_role("button", name="Muat jawaban").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Laporan jawaban BPJS")
    looked_over(desk.page)


def sent_in_a_batch_closed_by_hand(desk: Desk, case: Berkas, at: str, day: str) -> None:
    desk.office.at(at)
    desk.page.get_by_role("link", name="BPJS", exact=True).click()
    desk.page.get_by_role("button", name="Tutup kumpulan ini sekarang").click()
    row = desk.page.get_by_role("region", name="Dikirim, belum dijawab").get_by_role("row", name=case.kode)
    expect(row).to_contain_text("dikirim sebagai berkas")
    looked_over(desk.page)
    closed = desk.page.get_by_role("row").filter(has_text="Unduh daftar usulan bulanan").filter(has_text=day)
    with desk.page.expect_download() as listed:
        closed.get_by_role("link", name="Unduh daftar usulan bulanan").click()
    sheet = CalamineWorkbook.from_filelike(BytesIO(listed.value.path().read_bytes())).get_sheet_by_index(0)
    assert any(case.kode in map(str, line) for line in sheet.to_python())


def set_aside(desk: Desk, why: str) -> None:
    """Sets aside a row that fits no case of this office."""
    desk.page.get_by_role("link", name="Lihat yang tidak cocok").click()
    row = desk.page.get_by_role("region", name="tidak ada berkas yang cocok")
    expect(row).to_contain_text("Cari berkasnya")
    looked_over(desk.page)
    row.get_by_label("Alasan mengesampingkan").fill(why)
    row.get_by_role("button", name="Kesampingkan").click()
    expect(row).to_have_count(0)


def test_a_regular_proposal_in_a_batch_answered_by_a_file(
    jejak: Jejak, signed_in: SignedIn, browser_page: Page
) -> None:
    office: Office = jejak.office("51.07")
    hands = Hands(office, signed_in)
    case = stored(hands, "2024-09-09", MADE, NEVER, "Usulan reguler")
    staf = hands.desk(STAF)
    sent_in_a_batch_closed_by_hand(staf, case, "2024-09-20 10:00", "20 Sep 2024")
    nobody = "0000-0000-0000;5107040101709999;ditolak;;Bukan penduduk."
    answers_loaded(staf, "2024-10-14 10:00", f"{case.kode};;diterima;;", nobody)
    expect(staf.page.get_by_role("row", name=case.kode)).to_contain_text("diterapkan")
    set_aside(staf, "Bukan penduduk kabupaten ini.")
    answers_loaded(staf, "2024-12-02 10:00", f"{case.kode};;aktif;2024-12-01;")

    ended = case.until(lambda now: now["status"] == "aktif", "the card is active")
    assert ended["berakhir"] == "selesai"
    assert jejak.ledger.event(case, "SubmissionSent").payload["batch"]
    hands.sees_it_active(browser_page, case)
