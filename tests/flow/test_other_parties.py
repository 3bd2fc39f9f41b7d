"""An office that sends to Kemensos: its words, its list's own columns, its answer, through every process."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import httpx
import pytest

from jejak_tools.papers import pdf
from jejak_tools.play import Berkas, Office
from tests.stories import Jejak, command

KODE: Final = "13.90"
STAF: Final = "staf-contoh-1"
KADIS: Final = "kadis-contoh"
SHEET: Final = """
layanan = "pengaktifan"
nama = "Surat keterangan pengaktifan kembali"
dinas = "13.90"
tanggal_efektif = 2022-01-03

[[pelaksana]]
kode = "pemohon"
nama = "Pemohon"
pihak = "pemohon"
pencatat = "staf"

[[pelaksana]]
kode = "staf"
nama = "Staf"

[[pelaksana]]
kode = "kadis"
nama = "Kepala Dinas"

[[persyaratan]]
kode = "KTP"
nama = "Fotokopi KTP"

[[kumpulan]]
kode = "usulan"
bentuk = "csv"
kolom = [
  { judul = "NO.", isi = "urut" },
  { judul = "N I K", isi = "nik", awalan = "'" },
  { judul = "TGL LAHIR", isi = "tanggal_lahir", tanggal = "yyyy-mm-dd" },
  { judul = "SUMBER", tetap = "DINSOS" },
  { judul = "HASIL SIKS-NG" },
]

[[langkah]]
no = 1
kegiatan = "Petugas memverifikasi di lapangan, Kepala Dinas menyetujui"
tugas = [
  { tugas = "check_documents", sebutan = "verifikasi lapangan" },
  { tugas = "approve", pelaksana = ["kadis"], bila = { perbaiki = "langkah 1" } },
]
pelaksana = ["staf"]

[[langkah]]
no = 2
kegiatan = "Usulan dikirim lewat SIKS-NG dan diverifikasi Kementerian Sosial"
tugas = [{ tugas = "deliver", kumpulan = "usulan" }, "await_reply"]
kepada = "kemensos"
dijawab_oleh = "kemensos"
pelaksana = ["staf"]
waktu = "8 hari"
"""


@pytest.fixture(scope="module")
def office(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp(KODE)
    model = Path("shared/offices/13.99/kantor.toml").read_text(encoding="utf-8")
    (folder / "kantor.toml").write_text(model.replace('"13.99', f'"{KODE}'), encoding="utf-8")
    (folder / "pengaktifan.toml").write_text(SHEET, encoding="utf-8")
    command(jejak, "office", "load", str(folder))
    return jejak.player.office(folder)


def page(office: Office, path: str, *, by: str | None = STAF) -> str:
    headers = {"Accept": "text/html"} | ({"Authorization": f"Bearer {office.token(by)}"} if by else {})
    answer: httpx.Response = office.player.http.get(path, headers=headers)
    assert answer.status_code == httpx.codes.OK, (path, answer.status_code)
    return re.sub(r"\s+", " ", answer.text)


def test_the_words_of_a_case_follow_the_party_that_the_sheet_names(jejak: Jejak, office: Office) -> None:
    office.at("2024-03-04 09:00")
    who = {
        "nik": "1397010101900001",
        "kk": "1397010101010001",
        "name": "Contoh",
        "born": "1990-01-01",
        "address": "Jl 1",
    }
    case: Berkas = office.submit(STAF, {"layanan": "pengaktifan", "pemohon": who}, {"KTP": pdf("ktp", "KTP")})

    assert case.until_due("check_documents")["jatuh_tempo"][0]["nama_tugas"] == "verifikasi lapangan"
    assert "Verifikasi lapangan" in page(office, f"/cases/{case.id}/tasks/check_documents")
    assert "Verifikasi lapangan" in page(office, "/worklist")
    assert "verifikasi lapangan" in page(office, f"/cases/{case.kode}", by=None).casefold()
    case.work("check_documents", by=STAF, begun="09:05", ended="09:10")
    case.do("approve", by=KADIS, at="09:20")

    batch = office.close_batch("usulan", by=STAF, at="2024-03-04 10:00")
    [due] = case.until_due("await_reply")["jatuh_tempo"]
    assert (due["nama_tugas"], due["pelaksana"], due["pihak"]) == ("jawaban Kemensos", "staf", "kemensos")
    made = office.get(STAF, f"/batches/{batch['id']}/file").content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(made, newline=""), delimiter=";")) == [
        ["NO.", "N I K", "TGL LAHIR", "SUMBER", "HASIL SIKS-NG"],
        ["1", "'1397010101900001", "1990-01-01", "DINSOS", ""],
    ]
    assert "Kemensos" in page(office, "/bpjs")
    case.start("await_reply", by=STAF, at="10:30")
    form = page(office, f"/cases/{case.id}/tasks/await_reply")
    assert "Kemensos menerima" in form
    assert "BPJS menerima" not in form

    # Three weeks with Kemensos are not the office's: nothing of them is late here.
    office.at("2024-03-25 09:00")
    assert not any(
        row["berkas"] == case.id and row["terlambat"] for row in office.get(STAF, "/worklist").json()["tugas"]
    )
    case.do("await_reply", by=STAF, at="09:10", body={"hasil": "ditolak", "catatan": "NIK berbeda dari DTSEN"})
    words = [event["kalimat"] for event in case.timeline()["peristiwa"]]
    assert "Pengajuan ke Kemensos dikirim sebagai berkas." in words
    assert "Jawaban Kemensos: ditolak." in words
    assert words[-1] == "Permohonan ditolak: Kementerian Sosial menolak pengajuan (langkah 2)."
    waited = next(
        event["jam_tugas"]
        for event in case.timeline()["peristiwa"]
        if event["tugas"] == "await_reply" and event["hasil"]
    )
    assert (waited["pihak"], waited["dalam_batas_tunggu"]) == ("kemensos", None)

    assert "NIK berbeda dari DTSEN" in page(office, f"/cases/{case.kode}/penolakan")
    public = page(office, f"/cases/{case.kode}/penolakan", by=None)
    assert "NIK berbeda dari DTSEN" not in public
    assert "Petugas menulis alasannya" in public
    assert "BPJS" not in page(office, f"/cases/{case.kode}", by=None)
