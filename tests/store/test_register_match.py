"""`jejak register match`: a list of NIKs against everything an office has imported."""

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from jejak.cli import FAILED, main
from tests.store.registers import operator
from verification.registers.matching import CHUNK_ROWS

__all__ = ["operator"]  # a fixture of its own module
pytestmark = pytest.mark.usefixtures("operator")

BUDI, SITI, ANI, UNLISTED = (f"13010112038500{number:02}" for number in (1, 2, 3, 4))


def register(folder: Path, name: str, text: str, office: str = "13.01") -> None:
    """Imports a register as an operator does."""
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["register", "import", str(path), "--office", office, "--register", name, "--as-of", "2026-01-31"]) == 0


def registers(folder: Path) -> None:
    """Budi and Siti are poor; Budi's membership is inactive, Ani has two cards; Siti's segment looks like a formula."""
    register(folder, "DTKS", f"NIK;Nama;Desil\n{BUDI};Budi;2\n{SITI};Siti;\n", office="13")
    register(
        folder,
        "BPJS",
        "NIK;Nama;No Kartu;Segmen;Status;Tgl Nonaktif;Jumlah Nonaktif;SK Nonaktif\n"
        f"{BUDI};Budi;0001234567890;PBI APBN;NONAKTIF;2025-11-01;2;80/HUK/2025\n"
        f"{SITI};Siti;0001234567891;=HYPERLINK(1);AKTIF;;;\n"
        f"{ANI};Ani;0001234567892;PBPU;AKTIF;;0;\n{ANI};Ani;0001234567893;PPU;NONAKTIF;2024-02-01;1;=2/HUK/2024\n",
    )
    register(folder, "DUKCAPIL", f"NIK;Nama;Status\n{UNLISTED};Tono;HIDUP\n")


def match(folder: Path, text: str, *options: str, out: str = "hasil.csv") -> int:
    path = folder / "usulan.csv"
    path.write_text(text, encoding="utf-8")
    return main(["register", "match", str(path), "--office", "13.01", "--out", str(folder / out), *options])


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


LIST = f"No;NIK\n1;{BUDI}\n2;{SITI}\n3;12\n;\n5;{ANI}\n6;{UNLISTED}\n7;{BUDI}\n"


def test_every_row_of_the_list_is_told_what_each_register_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registers(tmp_path)
    capsys.readouterr()
    assert match(tmp_path, LIST) == 0

    no = "tidak terdaftar"
    assert read(tmp_path / "hasil.csv") == [
        [
            *("baris", "terdaftar di", "catatan", "BPJS per 31-01-2026", "segmen BPJS", "nonaktif sejak BPJS"),
            *("kali nonaktif BPJS", "SK nonaktif BPJS"),
            *("DTKS per 31-01-2026", "desil DTKS", "DUKCAPIL per 31-01-2026", "status DUKCAPIL"),
        ],
        ["2", "BPJS, DTKS", "", "nonaktif", "PBI APBN", "01-11-2025", "2", "80/HUK/2025", "terdaftar", "2", no, ""],
        ["3", "BPJS, DTKS", "", "aktif", "'=HYPERLINK(1)", "", "", "", "terdaftar", "", no, ""],
        ["4", "", "NIK harus 16 angka"],
        ["6", "BPJS", "", "aktif dan nonaktif", "PBPU, PPU", "01-02-2024", "0, 1", "'=2/HUK/2024", no, "", no, ""],
        ["7", "DUKCAPIL", "", no, "", "", "", "", no, "", "terdaftar", "HIDUP"],
        ["8", "BPJS, DTKS", "", "nonaktif", "PBI APBN", "01-11-2025", "2", "80/HUK/2025", "terdaftar", "2", no, ""],
    ]
    output = capsys.readouterr()
    assert "5 dari 5 NIK terdaftar" in output.out
    assert "1 baris salah" in output.out
    for secret in (BUDI, SITI, ANI, UNLISTED, "Budi", "0001234567890"):
        assert secret not in output.out + output.err + (tmp_path / "hasil.csv").read_text(encoding="utf-8-sig")


def test_only_the_registers_named_are_asked_and_a_workbook_holds_the_same(tmp_path: Path) -> None:
    registers(tmp_path)
    assert match(tmp_path, LIST, "--register", "bpjs", out="hasil.csv") == 0
    assert match(tmp_path, LIST, "--register", "BPJS", out="hasil.xlsx") == 0
    rows = CalamineWorkbook.from_path(tmp_path / "hasil.xlsx").get_sheet_by_name("hasil").to_python()
    expected = read(tmp_path / "hasil.csv")
    assert [[str(cell) for cell in row] for row in rows] == [row + [""] * (8 - len(row)) for row in expected]


def test_a_list_of_many_chunks_is_matched_row_by_row(tmp_path: Path) -> None:
    niks = [f"130101{day:02}0385{serial:04}" for day in range(1, 13) for serial in range(1, 1001)]
    register(tmp_path, "DTSEN", "NIK;Desil\n" + "".join(f"{nik};{n % 10 + 1}\n" for n, nik in enumerate(niks[::2])))
    assert len(niks) > 2 * CHUNK_ROWS
    assert match(tmp_path, "NIK\n" + "\n".join(niks) + "\n") == 0
    _, *rows = read(tmp_path / "hasil.csv")
    assert [row[0] for row in rows] == [str(number) for number in range(2, len(niks) + 2)]
    assert [row[4] for row in rows[::2]] == [str(n % 10 + 1) for n in range(len(niks) // 2)]
    assert {row[3] for row in rows[1::2]} == {"tidak terdaftar"}


@pytest.mark.parametrize(
    ("options", "out", "words"),
    [
        (["--register", "PBDT"], "hasil.csv", "Daftar PBDT belum diimpor untuk 13.01."),
        ([], "hasil.txt", "Nama hasil harus berakhir dengan .csv atau .xlsx."),
        ([], "ada.csv", "sudah ada; sebutkan nama lain untuk --out."),
        ([], "tidak-ada/hasil.csv", "Hasil tidak dapat ditulis ke"),
    ],
)
def test_a_failure_gets_a_sentence_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], out: str, words: str
) -> None:
    registers(tmp_path)
    (tmp_path / "ada.csv").write_text("milik orang lain")
    before = sorted(tmp_path.iterdir())
    assert match(tmp_path, LIST, *options, out=out) == FAILED
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == sorted({*before, tmp_path / "usulan.csv"})
    assert (tmp_path / "ada.csv").read_text() == "milik orang lain"


def test_without_any_register_there_is_nothing_to_match(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert match(tmp_path, LIST) == FAILED
    assert "Belum ada daftar yang diimpor untuk 13.01." in capsys.readouterr().err
