"""The registers of an office by its sheets, shown and printed: numbers, archive, hand-overs, answers of BPJS."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from python_calamine import load_workbook

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import solok as s
from jejak_tools.stories.counter import apply, checked, hand_over_and_archive
from jejak_tools.stories.people import DESMAWATI, IRWAN, ROSNA
from tests.flow.test_query import wait_until
from tests.stories import Jejak, office_like

PESISIR, SOLOK = "13.01", "13.96"
YEAR = {PESISIR: "2025", SOLOK: "2024"}
REVOKED_WHY, WITHDRAWN_WHY = "Nama peserta keliru.", "permohonan ditarik oleh pemohon"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def pesisir(pesisir_selatan: Office) -> Office:
    """The office itself, in a year of no other story: its registers of the poor are imported."""
    return pesisir_selatan


@pytest.fixture(scope="module")
def solok(jejak: Jejak, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office_like(jejak, "13.02", SOLOK, tmp_path_factory.mktemp(SOLOK))


@pytest.fixture(scope="module")
def revoked(pesisir: Office) -> Berkas:
    """A case whose letter was signed, handed over, archived, and then revoked by the Kadis."""
    case = checked(apply(pesisir, "2025-05-06 08:00", ROSNA), "08:05", "08:05:30")
    case.work("draft_letter", by="staf-1", begun="08:10", ended="08:12")
    case.work("paraf", by="kabid-1", begun="08:20", ended="08:21")
    case.work("sign", by="kadis-1", begun="08:30", ended="08:31")
    hand_over_and_archive(case, "08:40", "08:41", "08:42", ROSNA)
    pesisir.at("2025-05-07 09:00")
    body = {"surat": ["rekomendasi"], "catatan": REVOKED_WHY}
    pesisir.player.answered(pesisir.send("kadis-1", f"/cases/{case.id}/letters/revoke", body), "revoke")
    return case


@pytest.fixture(scope="module")
def abandoned(pesisir: Office, revoked: Berkas) -> Berkas:
    """A case withdrawn after its letter got a number."""
    case = checked(apply(pesisir, "2025-05-06 10:00", IRWAN), "10:05", "10:05:30")
    case.work("draft_letter", by="staf-1", begun="10:10", ended="10:12")
    case.withdraw(by="staf-1", at="2025-05-08 09:00", why="Sudah ditanggung perusahaan.")
    return case


@pytest.fixture(scope="module")
def drafted(pesisir: Office, abandoned: Berkas) -> Berkas:
    """A case whose letter waits for its paraf."""
    case = checked(apply(pesisir, "2025-05-09 10:00", DESMAWATI), "10:05", "10:05:30")
    case.work("draft_letter", by="staf-1", begun="10:10", ended="10:12")
    return case


@pytest.fixture(scope="module")
def fitra(solok: Office) -> Berkas:
    return s.by_disposition_to_the_card(solok)


def lines(office: Office, register: str, year: str | None = None) -> list[dict[str, Any]]:
    query = {"tahun": year or YEAR[office.kantor.kode]}
    answer = office.get("kadis-1", f"/registers/{office.kantor.kode}/{register}", **query)
    entries: list[dict[str, Any]] = answer.json()["baris"]
    return entries


def until_written(office: Office, register: str, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The entries of a register, once they hold: they follow the ledger within a moment."""
    wait_until(lambda: holds(lines(office, register)))
    return lines(office, register)


def workbook(office: Office, register: str) -> bytes:
    answer = office.get(
        "kadis-1", f"/registers/{office.kantor.kode}/{register}", tahun=YEAR[office.kantor.kode], bentuk="xlsx"
    )
    name = f"{register}-{office.kantor.kode}-{YEAR[office.kantor.kode]}.xlsx"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    return answer.content


def table(data: bytes, sheet: str) -> list[list[Any]]:
    """The table of a sheet, headings first."""
    rows = load_workbook(io.BytesIO(data)).get_sheet_by_name(sheet).to_python()
    start = next(n for n, row in enumerate(rows) if sum(bool(cell) for cell in row) > 3)
    return rows[start:]


def struck_rows(data: bytes) -> set[int]:
    """The rows (from 1) whose every cell is struck through, by the workbook's own styles."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        styles = ET.fromstring(book.read("xl/styles.xml"))  # noqa: S314 - we wrote it
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    fonts = styles.findall(f"{_MAIN}fonts/{_MAIN}font")
    formats = styles.findall(f"{_MAIN}cellXfs/{_MAIN}xf")
    struck = {
        str(n)
        for n, cell_format in enumerate(formats)
        if fonts[int(cell_format.attrib["fontId"])].find(f"{_MAIN}strike") is not None
    }
    rows = sheet.findall(f"{_MAIN}sheetData/{_MAIN}row")
    return {int(row.attrib["r"]) for row in rows if len(row) > 0 and all(cell.get("s") in struck for cell in row)}


def test_an_office_keeps_what_its_sheets_name_and_no_more(pesisir: Office, solok: Office) -> None:
    solok.at("2026-03-02 09:00")
    kept = pesisir.get("staf-1", f"/registers/{PESISIR}").json()
    assert [(register["kunci"], register["nama"]) for register in kept["register"]] == [
        ("buku", "Buku Rekomendasi"),
        ("arsip", "File Arsip Rekap Rekomendasi"),
    ]
    assert all({"isi", "kolom"} <= set(register["tersirat"]) for register in kept["register"])
    assert {sheet["nomor"] for sheet in kept["register"][1]["sop"]} == {
        "67/68/SOP/DSPP/PA-PS/2022",
        "21/SOP/DSPPrPA-PS/2017",
    }

    kept = solok.get("petugas-1", f"/registers/{SOLOK}").json()
    assert [(register["kunci"], register["nama"], "nama" in register["tersirat"]) for register in kept["register"]] == [
        ("buku", "Buku nomor surat", True),
        ("kendali", "Buku Kendali/Dokumen kepesertaan", False),
        ("rekon", "Hasil Rekon", False),
    ]
    assert [register["nama"] for register in kept["di_luar"]] == ["Aplikasi DTKS"]


def test_another_office_and_another_book_are_refused(pesisir: Office, contoh: Office) -> None:
    def answered(office: Office, path: str) -> int:
        headers = {"Authorization": f"Bearer {office.token(office.kantor.pejabat[0].kode)}"}
        return office.player.http.get(path, headers=headers).status_code

    paths = (f"/registers/{PESISIR}", f"/registers/{PESISIR}/arsip", f"/registers/{PESISIR}/arsip?bentuk=xlsx")
    assert [answered(contoh, path) for path in paths] == [403, 403, 403]
    assert [pesisir.player.http.get(path).status_code for path in paths] == [401, 401, 401]
    assert answered(pesisir, f"/registers/{PESISIR}/kendali") == 404
    assert answered(pesisir, f"/registers/{PESISIR}/arsip?sesudah=kemarin") == 422


def test_revoked_and_abandoned_numbers_are_struck_through_with_the_reason(
    pesisir: Office, revoked: Berkas, abandoned: Berkas, drafted: Berkas
) -> None:
    book = until_written(pesisir, "buku", lambda entries: len(entries) == 3)
    assert [(entry["kode"], entry["nama"], entry["keadaan"], entry["sebab"], entry["dicoret"]) for entry in book] == [
        (revoked.kode, ROSNA["name"], "dicabut", REVOKED_WHY, True),
        (abandoned.kode, IRWAN["name"], "batal", WITHDRAWN_WHY, True),
        (drafted.kode, DESMAWATI["name"], "proses", None, False),
    ]

    data = workbook(pesisir, "buku")
    head, *rows = table(data, "buku")
    assert head[:2] == ["No.", "Nomor surat"]
    assert [row[1] for row in rows] == [entry["nomor"] for entry in book]
    assert [row[-1] for row in rows] == [REVOKED_WHY, WITHDRAWN_WHY, ""]
    every = load_workbook(io.BytesIO(data)).get_sheet_by_name("buku").to_python()
    first = every.index(head) + 2
    assert struck_rows(data) == {first, first + 1}


def test_a_workbook_is_set_up_to_be_printed_under_the_offices_letterhead(pesisir: Office, drafted: Berkas) -> None:
    data = workbook(pesisir, "buku")
    rows = load_workbook(io.BytesIO(data)).get_sheet_by_name("buku").to_python()
    above = [row[0] for row in rows[:6]]
    assert tuple(above[: len(pesisir.kantor.kop)]) == pesisir.kantor.kop
    assert "BUKU REKOMENDASI" in above
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet, names = (book.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "workbook"))
    assert re.search(r'<pageSetup paperSize="9" [^>]*orientation="landscape"', sheet)
    assert re.search(r'<pane ySplit="\d+" [^>]*state="frozen"', sheet)
    assert "_xlnm.Print_Titles" in names


def test_the_archive_says_what_was_put_there_by_whom_and_with_which_hash(
    pesisir: Office, revoked: Berkas, abandoned: Berkas
) -> None:
    [line] = until_written(pesisir, "arsip", lambda entries: len(entries) == 1)
    [letter] = revoked.now()["surat"]
    assert (line["waktu"], line["nomor"], line["sidik"]) == (
        "Selasa, 6 Mei 2025 08.42 WIB", letter["nomor"], letter["sha256"],
    )  # fmt: skip
    assert line["oleh"].startswith(
        next(official.nama for official in pesisir.kantor.pejabat if official.kode == "staf-1")
    )
    assert (line["keadaan"], line["sebab"], line["dicoret"]) == ("dicabut", REVOKED_WHY, True)
    assert lines(pesisir, "arsip", "2023") == []
    assert [row[1] for row in table(workbook(pesisir, "arsip"), "arsip")[1:]] == [letter["nomor"]]


def test_the_control_book_follows_the_file_from_hand_to_hand_with_each_instruction(
    solok: Office, fitra: Berkas
) -> None:
    book = until_written(solok, "kendali", lambda entries: any(entry["kepada"] == "selesai" for entry in entries))
    down = [entry for entry in book if entry["petunjuk"] is not None][1:]
    assert [(entry["langkah"], entry["kepada"], entry["petunjuk"]) for entry in down] == [
        ("2", "Kepala Dinas", "Mohon petunjuk Bapak."),
        ("3", "Kepala Bidang", "Kabid: teliti, proses."),
        ("4", "Koordinator Pelayanan", "Korpel: siapkan pengantar."),
    ]
    kadis = next(official.nama for official in solok.kantor.pejabat if official.kode == "kadis-1")
    assert down[1]["dari"].startswith(kadis)
    assert down[1]["waktu"] == "Senin, 22 Jan 2024 09.06 WIB"
    assert not any("nama" in entry for entry in book)


def test_what_bpjs_answered_stands_in_the_hasil_rekon_and_is_counted_by_day(solok: Office, fitra: Berkas) -> None:
    entries = until_written(solok, "rekon", lambda entries: len(entries) == 2)
    assert [(entry["hari"], entry["pemeriksaan"], entry["hasil"], entry["sejak"]) for entry in entries] == [
        ("26 Januari 2024", entries[0]["pemeriksaan"], "diterima", None),
        ("1 Februari 2024", entries[1]["pemeriksaan"], "sesuai", "1 Februari 2024"),
    ]
    counted = table(workbook(solok, "rekon"), "rekap")
    assert [(row[0], row[3], row[4]) for row in counted[1:]] == [
        ("26 Januari 2024", "diterima", "1"),
        ("1 Februari 2024", "sesuai", "1"),
    ]


def test_a_forgotten_person_is_named_in_no_register(
    jejak: Jejak, pesisir: Office, revoked: Berkas, drafted: Berkas
) -> None:
    def seen() -> Mapping[str, tuple[Any, ...]]:
        return {entry["kode"]: (entry["nama"], entry["sebab"]) for entry in lines(pesisir, "buku")}

    jejak.ledger.fetch("DELETE FROM keys.case_key WHERE stream = $1::text::uuid", revoked.id)
    assert seen()[revoked.kode] == ("dimusnahkan", "dimusnahkan")
    assert seen()[drafted.kode] == (DESMAWATI["name"], None)
    assert str(ROSNA["name"]).encode() not in b"".join(_parts(workbook(pesisir, "buku")))


def _parts(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return [book.read(name) for name in book.namelist()]
