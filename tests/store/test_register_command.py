"""`jejak register`: the commands of an operator who imports a list, and their reports."""

from pathlib import Path

import pytest

from jejak.cli import FAILED, main
from tests.store.registers import operator

__all__ = ["operator"]  # a fixture of its own module
pytestmark = pytest.mark.usefixtures("operator")

BUDI, WRONG = "1301011203850001", "1301013213850001"


def write(folder: Path, text: str) -> str:
    path = folder / "daftar.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_an_import_tells_what_became_of_the_rows_and_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path, f"Identitas;Nama\n{BUDI};Budi\n{WRONG};Siti\n")
    bad_rows = tmp_path / "salah.csv"
    command = ["register", "import", file, "--office", "13.01", "--register", "dtks", "--as-of", "2026-01-31"]
    options = ["--map", "nik=Identitas", "--by", "Petugas Uji", "--bad-rows", str(bad_rows)]

    assert main([*command, *options]) == 0
    report = capsys.readouterr().out
    assert main([*command, *options[:2]]) == 0
    second_report = capsys.readouterr().out
    assert main(["register", "list", "--office", "13.01"]) == 0
    listed = capsys.readouterr().out

    assert report.startswith("DTKS 13.01 per 31-01-2026: 1 baris dipakai dari 2 (impor ")
    assert "baris 3: tanggal lahir di dalam NIK tidak mungkin" in report
    assert "Tidak ada di berkas: nomor, desil." in report
    assert second_report.startswith("Berkas ini sudah pernah diimpor sebagai DTKS 13.01 (per 31-01-2026, impor ")
    assert "Petugas Uji" in listed
    assert "dipakai" in listed
    assert bad_rows.read_text(encoding="utf-8-sig") == "baris;alasan\n3;tanggal lahir di dalam NIK tidak mungkin\n"
    for secret in (BUDI, WRONG, "Budi", "Siti"):
        assert secret not in report + second_report + listed


def test_an_import_counts_the_rows_that_wait_for_a_person_and_names_the_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (("PBI APBN", "AKTIF"), ("PBI APBN", "PINDAH SEGMEN"), ("PBI APBN", "1"), ("SEGMEN BARU", "AKTIF"))
    lines = [f"130101120385010{number};{segment};{status}" for number, (segment, status) in enumerate(rows, 1)]
    file = write(tmp_path, "NIK;Segmen;Status\n" + "\n".join(lines) + "\n")

    assert main(["register", "import", file, "--office", "13.01", "--register", "BPJS"]) == 0
    report = capsys.readouterr().out
    for words in ("status «PINDAH SEGMEN»", "status «1»", "segmen «SEGMEN BARU»"):
        assert f"1 baris dengan {words}: sistem tidak memutuskan dengan kata itu" in report
    assert "«AKTIF»" not in report


def test_an_import_names_the_columns_and_the_days_that_decide_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = write(tmp_path, "NIK;Desil;Status;Keterangan\n1301011203850101;tiga;TIDAK LAYAK;pindah\n")
    command = ["register", "import", listed, "--office", "13.01", "--register", "DTKS"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "Kolom yang tidak dipakai: Keterangan. Isinya tidak memutuskan apa pun." in told
    assert "1 baris dengan status «TIDAK LAYAK»: sistem tidak memutuskan dengan kata itu" in told
    assert "tulis pada [kata.kemiskinan]" in told
    assert "1 baris dengan desil «tiga»" in told
    assert "tulis pada [kata.desil]" in told
    assert main([*command, "--again", "--map", "status=-"]) == 0
    assert "Kolom yang tidak dipakai: Status, Keterangan." in capsys.readouterr().out

    members = write(tmp_path, "NIK;Status;Tgl Nonaktif\n1301011203850101;AKTIF;01-02-2020\n")
    assert main(["register", "import", members, "--office", "13.01", "--register", "BPJS"]) == 0
    report = capsys.readouterr().out
    assert "1 baris dengan tanggal nonaktif pada peserta aktif, atau sesudah tanggal daftar" in report
    assert "tidak dipakai" not in report


def test_a_wrong_separator_gets_one_sentence_and_no_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, f"NIK;Nama\n{BUDI};Budi\n")

    status = main(["register", "import", file, "--office", "13.01", "--register", "DTKS", "--delimiter", ","])

    assert status == FAILED
    assert capsys.readouterr().err == (
        "jejak register: Pemisah ',' tidak cocok: berkas ini memakai ';'. "
        "Ulangi dengan --delimiter ';' atau tanpa --delimiter.\n"
    )


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "tidak-ada.csv")

    assert main(["register", "import", missing, "--office", "13.01", "--register", "DTKS"]) == FAILED
    assert capsys.readouterr().err == f"jejak register: Berkas {missing} tidak ada atau tidak boleh dibaca.\n"


def test_a_database_that_is_away_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JEJAK_DATABASE_URL_VERIFICATION", "postgresql://nobody@127.0.0.1:1/none")
    file = write(tmp_path, f"NIK\n{BUDI}\n")

    assert main(["register", "import", file, "--office", "13.01", "--register", "DTKS"]) == FAILED
    assert capsys.readouterr().err.startswith("jejak register: Basis data tidak dapat dihubungi")


def test_a_register_of_an_unknown_name_has_to_say_what_it_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["register", "import", write(tmp_path, f"NIK\n{BUDI}\n"), "--office", "13.01", "--register", "P3KE"]

    assert main(command) == FAILED
    assert "--kind (kemiskinan, kepesertaan, kependudukan)" in capsys.readouterr().err
    assert main([*command, "--kind", "kemiskinan"]) == 0
