"""Kabupaten Solok by hand, with script switched off: from the dispositions to the card in the citizen's hands."""

from __future__ import annotations

from playwright.sync_api import Page

from jejak_tools.papers import jpeg, pdf, png
from jejak_tools.stories.counter import papers
from jejak_tools.stories.people import FITRA
from tests.pages.conftest import SignedIn
from tests.pages.hands import Hands
from tests.stories import Jejak


def test_by_disposition_to_the_card_without_script(jejak: Jejak, signed_in: SignedIn, plain_page: Page) -> None:
    hands = Hands(jejak.office("13.02"), signed_in, script=False)
    purpose = "Belum mempunyai jaminan kesehatan."
    case = hands.applies("petugas-1", "2024-01-22 08:30", FITRA, papers(FITRA, ("IDENTITAS",)), purpose=purpose)
    clerk = "petugas-1"
    on_paper = {"Persyaratan lainnya › Ditunjukkan di atas kertas": "ya"}
    hands.does(clerk, case, "Pemeriksaan dokumen", "Lengkap dan benar", begun="08:35", ended="08:40", filled=on_paper)
    question = {"Catatan": "Mohon petunjuk Bapak."}
    hands.does(clerk, case, "Penerusan berkas", "Teruskan berkas", begun="08:40", ended="08:42", filled=question)
    down = "Teruskan dengan disposisi"
    disposition = {"Isi disposisi": "Kabid: teliti, proses."}
    hands.does("kadis-1", case, "Disposisi", down, begun="09:00", ended="09:06", filled=disposition)
    disposition = {"Isi disposisi": "Korpel: siapkan pengantar."}
    hands.does("kabid-1", case, "Disposisi", down, begun="09:20", ended="09:24", filled=disposition)
    hands.does("korpel-1", case, "Penyusunan surat", "Susun konsep surat", begun="09:31", ended="09:45")
    hands.does("kadis-1", case, "Penandatanganan", "Tandatangani", begun="2024-01-23 09:20", ended="09:25")
    sent = {"Cara dikirim": "Diantar petugas", "Bukti": pdf("tanda-terima", f"Tanda terima BPJS {case.kode}")}
    hands.does(clerk, case, "Pengajuan ke BPJS", "Catat sudah dikirim", begun="10:20", ended="10:30", filled=sent)

    accepted = {"Kapan itu terjadi": "2024-01-26T10:00", "Bukti": pdf("jawaban", f"Jawaban BPJS atas {case.kode}")}
    hands.does(clerk, case, "Jawaban BPJS", "BPJS menerima", ended="2024-01-26 10:09", filled=accepted)
    issued = {
        "Kepesertaan aktif?": "Ya",
        "Aktif sejak": "2024-02-01",
        "Kapan itu terjadi": "2024-02-01T10:30",
        "Bukti": png("layar", f"KIS terbit {case.kode}"),
    }
    hands.does(clerk, case, "Pengecekan status kartu", "Simpan hasil", ended="2024-02-01 10:39", filled=issued)
    hers = {"Kapan itu terjadi": "2024-02-02T09:00", "Bukti": jpeg("foto", f"KIS diterima {case.kode}")}
    hands.does(clerk, case, "Penerimaan kartu", "Kartu diterima", ended="2024-02-02 09:09", filled=hers)

    assert case.until_ended()["status"] == "aktif"
    notes = [note["catatan"] for note in case.office.get(clerk, f"/cases/{case.id}").json()["catatan"]]
    assert notes[:3] == ["Mohon petunjuk Bapak.", "Kabid: teliti, proses.", "Korpel: siapkan pengantar."]
    hands.sees_it_active(plain_page, case)
