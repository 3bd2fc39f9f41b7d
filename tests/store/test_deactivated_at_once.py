"""`jejak register match --sop`: thousands whom one SK deactivates, against DTSEN, the urgent ones first."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from jejak.cli import FAILED, main
from jejak.platform.key_settings import MasterKeys
from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from tests.servers import Database, run
from tests.store.registers import operator
from tests.unit.sop.sheets import OFFICES
from verification.registers.lookup import LOOKUP, RegisterKeys
from verification.registers.matching import CHUNK_ROWS, Report, Request, match_list
from verification.registers.urgency import GROUP_WORDS, Group

__all__ = ["operator"]  # a fixture of its own module
pytestmark = pytest.mark.usefixtures("operator")

OFFICE = "13.98"
SERVICE = "reaktivasi-pbi-jk"
KEYS = RegisterKeys(b"k" * 32, MasterKeys(b"k" * 32))
"""The keys of the `operator`."""
SEVEN, THREE, UNRANKED, EMPTY, ACTIVE, UNLISTED = (f"13980112038500{number:02}" for number in range(1, 7))
DTSEN = (
    "NOMOR_INDUK;KELOMPOK\n"
    f"{SEVEN};7\n{THREE};3\n{UNRANKED};BELUM DIPERINGKAT\n{EMPTY};\n{ACTIVE};8\n"
)  # fmt: skip
BPJS = f"NIK;No Kartu;Status;Tgl Nonaktif\n{SEVEN};0001234567890;NONAKTIF;2026-02-01\n{ACTIVE};0001234567891;AKTIF;\n"


@pytest.fixture(autouse=True)
def administrator(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loads an office."""
    monkeypatch.setenv("JEJAK_DATABASE_URL", database.url)


def imported(folder: Path, name: str, text: str, *options: str) -> None:
    """Imports a register as an operator does; the headings of DTSEN are given."""
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    register = ("register", "import", str(path), "--office", OFFICE, "--register", name, "--as-of", "2026-03-31")
    assert main([*register, *options]) == 0


def ready(folder: Path, dtsen: str = DTSEN) -> None:
    assert main(["office", "load", str(OFFICES / OFFICE)]) == 0
    imported(folder, "DTSEN", dtsen, "--map", "nik=NOMOR_INDUK,desil=KELOMPOK")


def matched(folder: Path, text: str, *options: str) -> list[list[str]]:
    """The rows of the result without its heading: row of the list, group, reason."""
    path, out = folder / "sk.csv", folder / "urutan.csv"
    path.write_text(text, encoding="utf-8")
    arguments = ["register", "match", str(path), "--office", OFFICE, "--sop", SERVICE, "--out", str(out), *options]
    assert main(arguments) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        heading, *rows = csv.reader(file, delimiter=";")
    assert heading[:3] == ["baris", "golongan", "alasan"]
    return [row[:3] for row in rows]


def test_the_urgent_come_first_and_every_reason_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ready(tmp_path)
    imported(tmp_path, "BPJS", BPJS)
    capsys.readouterr()
    listed = (
        f"NIK;Penyakit\n{THREE};penyakit kronis\n{SEVEN};\n{UNLISTED};\n{ACTIVE};darurat medis\n"
        f"{EMPTY};persalinan\n{UNRANKED};Penyakit Katastropik\n{SEVEN};sakit\n12;\n{EMPTY};\n"
    )
    rows = matched(tmp_path, listed, "--map", "kebutuhan=Penyakit")

    ranked = "DTSEN desil 0 atau 6 sampai 10, dengan kebutuhan kronis, katastropik atau darurat"
    assert rows == [
        ["7", "mendesak", ranked],
        ["6", "mendesak, diperiksa petugas", "Desil tidak diketahui tidak termasuk 0, 6, 7, 8, 9, 10."],
        ["4", "memenuhi syarat", "Tidak terdaftar di DTSEN"],
        ["2", "tanyakan di loket", "Bayi dari ibu PBI Jaminan Kesehatan yang dinonaktifkan"],
        ["3", "tanyakan di loket", ranked],
        ["8", "diperiksa petugas", "kebutuhan «sakit» tidak dikenal"],
        ["10", "diperiksa petugas", "Desil tidak diketahui tidak termasuk 0, 6, 7, 8, 9, 10."],
        ["5", "masih aktif", "kepesertaan masih aktif"],
        ["9", "baris salah", "NIK harus 16 angka"],
    ]
    output = capsys.readouterr()
    assert "1  mendesak\n" in output.out
    for nik in (SEVEN, THREE, UNRANKED, EMPTY, ACTIVE, UNLISTED):
        assert nik not in output.out + output.err + (tmp_path / "urutan.csv").read_text(encoding="utf-8-sig")


def test_ten_thousand_are_grouped_in_the_order_of_the_list_with_one_query_a_batch(
    tmp_path: Path, database: Database
) -> None:
    niks = [f"139801{day:02}0385{serial:04}" for day in range(1, 11) for serial in range(1, 1001)]
    ready(tmp_path, "NOMOR_INDUK;KELOMPOK\n" + "".join(f"{nik};{n % 11}\n" for n, nik in enumerate(niks[::2])))
    listed = [f"{nik};{'persalinan' if n % 4 == 0 else ''}" for n, nik in enumerate(niks)]
    path, out = tmp_path / "sk.csv", tmp_path / "urutan.csv"
    path.write_text("NIK;Kebutuhan\n" + "\n".join(listed) + "\n", encoding="utf-8")
    kantor = load_kantor((OFFICES / OFFICE / "kantor.toml").read_bytes())
    sop = load_sop((OFFICES / OFFICE / "reaktivasi-pbi-jk-2026.toml").read_bytes())
    request = Request(path, out, OFFICE, words=kantor.kata, sop=sop, at=datetime(2026, 4, 1, tzinfo=UTC))
    asked: list[str] = []
    shown: list[int] = []

    async def grouped() -> Report:
        connection = await asyncpg.connect(database.urls["verification"])
        try:
            with connection.query_logger(lambda query: asked.append(query.query)):
                return await match_list(connection, KEYS, request, lambda _, rows: shown.append(rows))
        finally:
            await connection.close()

    report = run(grouped())

    # One more finds which registers answer.
    assert len([query for query in asked if query == LOOKUP]) == len(niks) / CHUNK_ROWS + 1
    assert shown == [CHUNK_ROWS, 2 * CHUNK_ROWS]
    with out.open(encoding="utf-8-sig", newline="") as file:
        _, *rows = csv.reader(file, delimiter=";")
    assert [GROUP_WORDS[group] for group in sorted(report.groups)] == list(dict.fromkeys(row[1] for row in rows))
    for group, count in report.groups.items():
        numbers = [int(row[0]) for row in rows if row[1] == GROUP_WORDS[group]]
        assert (numbers, len(numbers)) == (sorted(numbers), count)
    # A fourth states a need, all of them of the even rows; of eleven deciles 1 to 5 are not served.
    assert report.groups[Group.URGENT] == sum(n % 4 == 0 and n // 2 % 11 not in range(1, 6) for n in range(len(niks)))


@pytest.mark.parametrize(
    ("service", "words"),
    [("tidak-ada", "Layanan tidak-ada tidak dikenal di kantor 13.98; yang berlaku: reaktivasi-pbi-jk.")],
)
def test_a_service_that_the_office_lacks_gets_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], service: str, words: str
) -> None:
    ready(tmp_path)
    (tmp_path / "sk.csv").write_text(f"NIK\n{SEVEN}\n", encoding="utf-8")
    arguments = ("register", "match", str(tmp_path / "sk.csv"), "--office", OFFICE, "--sop", service)
    assert main([*arguments, "--out", str(tmp_path / "urutan.csv")]) == FAILED
    assert words in capsys.readouterr().err


def test_a_register_that_the_rules_name_has_to_be_matched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["office", "load", str(OFFICES / OFFICE)]) == 0
    imported(tmp_path, "BPJS", BPJS)
    (tmp_path / "sk.csv").write_text(f"NIK\n{SEVEN}\n", encoding="utf-8")
    arguments = ("register", "match", str(tmp_path / "sk.csv"), "--office", OFFICE, "--sop", SERVICE)
    assert main([*arguments, "--out", str(tmp_path / "urutan.csv")]) == FAILED
    assert "SOP menyebut daftar DTSEN" in capsys.readouterr().err
    assert not (tmp_path / "urutan.csv").exists()
