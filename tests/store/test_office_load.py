"""`jejak office load`: all files or none, none twice, and a loaded sheet gets editions, never changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.cli import DONE, FAILED, main
from jejak.eventstore.store import Store
from jejak.platform.errors import Malformed
from jejak.procedure.load import load_sop
from jejak.procedure.office.kantor import load_kantor
from tests.servers import Database, run
from tests.store.ledger import opened
from tests.unit.sop.sheets import SMALL

KANTOR = """\
kode = "13.01"
nama = "Dinas Sosial Contoh"
zona = "Asia/Jakarta"
kop = ["PEMERINTAH KABUPATEN CONTOH"]
alamat = "Jalan Contoh 1"
tempat = "Contoh"
batas_tunggu = "1 hari kerja"
tanda_tangan = "elektronik"
cara = { check_registry = "manual" }
nomor = { "*" = "agenda" }

[[pejabat]]
kode = "staf-1"
nama = "Staf"
jabatan = "staf"
dari = 2017-01-02
"""
CORRECTED = SMALL.replace("Memeriksa berkas", "Memeriksa kelengkapan berkas")
SECOND_EDITION = 'edisi = 2\nalasan_edisi = "Salah salin pada langkah 1"\n' + CORRECTED
NEW_SHEET = SMALL.replace("2022-01-03", "2024-01-02")
UNDATED = SMALL.replace("tanggal_efektif = 2022-01-03", 'tersirat = ["tanggal_efektif"]')


@pytest.fixture
def folder(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An office with one sheet, loaded."""
    monkeypatch.setenv("JEJAK_DATABASE_URL", database.url)
    monkeypatch.setenv("JEJAK_DATA", str(tmp_path / "tidak-ada"))
    office = tmp_path / "13.01"
    office.mkdir()
    (office / "kantor.toml").write_text(KANTOR, encoding="utf-8")
    (office / "lembar.toml").write_text(SMALL, encoding="utf-8")
    assert load(office) == DONE
    return office


def load(*folders: Path) -> int:
    return main(["office", "load", *map(str, folders)])


def stored(database: Database) -> tuple[list[str], list[bytes]]:
    """Hashes of the sheets and bytes of the kantor files, as the services read them."""

    async def read() -> tuple[list[str], list[bytes]]:
        async with opened(database) as intake:
            return await intake.list_sops("13.01"), await intake.get_kantors("13.01")

    return run(read())


def serving(database: Database, day: date) -> str:
    """The hash of the sheet for new cases of a day."""

    async def read() -> str:
        async with await Store.connect(database.urls["intake"]) as store:
            return (await ProcedureRegistry(store).sop_in_force("13.01", "kis", day)).sha256

    return run(read())


def hash_of(sheet: str) -> str:
    return load_sop(sheet.encode()).sha256


def test_loading_the_same_files_again_changes_nothing(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(database)
    capsys.readouterr()
    assert load(folder) == DONE
    assert "sudah ada" in capsys.readouterr().out
    assert stored(database) == before == ([hash_of(SMALL)], [KANTOR.encode()])


def test_a_changed_file_of_a_loaded_sheet_is_refused_and_says_what_to_do(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stored(database)
    (folder / "lembar.toml").write_text(CORRECTED, encoding="utf-8")
    (folder / "kantor.toml").write_text(KANTOR.replace("Jalan Contoh 1", "Jalan Baru 2"), encoding="utf-8")
    assert load(folder) == FAILED
    errors = capsys.readouterr().err
    assert "tidak ada yang dimuat" in errors
    assert "SOP yang sudah dimuat tidak dapat diubah" in errors
    assert 'tulis edisi = 2 dan alasan_edisi = "…"' in errors
    assert "bila ini lembar baru, tulis nomor dan tanggal_efektif lembar itu sendiri" in errors
    assert stored(database) == before


def test_a_corrected_transcription_with_its_reason_serves_new_cases(folder: Path, database: Database) -> None:
    (folder / "lembar.toml").write_text(SECOND_EDITION, encoding="utf-8")
    assert load(folder) == DONE
    assert stored(database)[0] == [hash_of(SMALL), hash_of(SECOND_EDITION)]
    assert serving(database, date(2022, 1, 3)) == hash_of(SECOND_EDITION)


def test_an_edition_that_is_already_taken_is_refused(folder: Path, database: Database) -> None:
    (folder / "lembar.toml").write_text(SECOND_EDITION, encoding="utf-8")
    assert load(folder) == DONE
    (folder / "lembar.toml").write_text(SECOND_EDITION.replace("Rekomendasi KIS", "Rekomendasi"), encoding="utf-8")
    assert load(folder) == FAILED
    assert len(stored(database)[0]) == 2


def test_a_new_sheet_with_its_own_date_serves_from_that_date_on(folder: Path, database: Database) -> None:
    (folder / "lembar-2024.toml").write_text(NEW_SHEET, encoding="utf-8")
    assert load(folder) == DONE
    assert serving(database, date(2024, 1, 1)) == hash_of(SMALL)
    assert serving(database, date(2024, 1, 2)) == hash_of(NEW_SHEET)


def test_a_date_that_was_copied_wrong_no_longer_counts_once_it_is_corrected(folder: Path, database: Database) -> None:
    numbered = 'nomor = "460/1/2023"\n' + SMALL
    wrong = numbered.replace("2022-01-03", "2023-12-01")
    right = 'edisi = 2\nalasan_edisi = "Tanggal salah salin"\n' + numbered.replace("2022-01-03", "2023-02-01")
    (folder / "lembar.toml").write_text(wrong, encoding="utf-8")
    assert load(folder) == DONE
    (folder / "lembar.toml").write_text(right, encoding="utf-8")
    assert load(folder) == DONE
    assert serving(database, date(2024, 1, 2)) == hash_of(right)


def test_two_files_of_one_sheet_in_one_folder_are_refused(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "satu.toml").write_text(NEW_SHEET, encoding="utf-8")
    (folder / "dua.toml").write_text(NEW_SHEET.replace("Rekomendasi", "Surat"), encoding="utf-8")
    assert load(folder) == FAILED
    assert "dua berkas untuk lembar yang sama dengan edisi 1" in capsys.readouterr().err
    assert stored(database)[0] == [hash_of(SMALL)]


def test_a_mistake_in_one_folder_keeps_every_folder_out(folder: Path, database: Database, tmp_path: Path) -> None:
    before = stored(database)
    broken = tmp_path / "rusak"
    broken.mkdir()
    (broken / "kantor.toml").write_text(KANTOR, encoding="utf-8")
    (broken / "lembar.toml").write_text("layanan = ", encoding="utf-8")
    (folder / "lembar-2024.toml").write_text(NEW_SHEET, encoding="utf-8")
    assert load(folder, broken) == FAILED
    assert stored(database) == before


def test_an_undated_sheet_is_in_force_from_the_day_the_office_set(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "lembar.toml").write_text(UNDATED, encoding="utf-8")
    assert load(folder) == FAILED
    assert "tulis sop_berlaku_sejak di kantor.toml" in capsys.readouterr().err
    dated = "berlaku_sejak = 2023-01-02\nsop_berlaku_sejak = 2023-03-01\n" + KANTOR
    (folder / "kantor.toml").write_text(dated, encoding="utf-8")
    assert load(folder) == DONE
    assert serving(database, date(2023, 2, 28)) == hash_of(SMALL)
    assert serving(database, date(2023, 3, 1)) == hash_of(UNDATED)


def test_running_cases_keep_their_sheet_after_a_later_load(folder: Path, database: Database) -> None:
    (folder / "lembar.toml").write_text(SECOND_EDITION, encoding="utf-8")
    assert load(folder) == DONE

    async def read() -> bytes:
        async with await Store.connect(database.urls["letters"]) as store:
            return (await ProcedureRegistry(store).sop(hash_of(SMALL))).text

    assert run(read()) == SMALL.encode()


def test_before_any_sheet_is_in_force_the_office_offers_nothing(folder: Path, database: Database) -> None:
    with pytest.raises(Malformed) as refused:
        serving(database, datetime(2021, 12, 31, tzinfo=UTC).date())
    assert refused.value.code == "layanan_tidak_dikenal"


def test_another_office_of_the_same_code_is_refused_and_told_how_to_be_named(
    folder: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    before, known = stored(database), load_kantor(KANTOR.encode())
    other = KANTOR.replace(known.nama, "Dinas Kesehatan")
    for official in known.pejabat:
        other = other.replace(f'nama = "{official.nama}"', f'nama = "{official.nama} Lain"')
    (folder / "kantor.toml").write_text(other, encoding="utf-8")
    assert load(folder) == FAILED
    told = capsys.readouterr().err
    assert f"kode ini milik {known.nama}, berkas ini milik Dinas Kesehatan — beri kode berakhiran" in told
    assert stored(database) == before


@pytest.mark.parametrize(("file", "key"), [("lembar.toml", "tanggal_efektif"), ("kantor.toml", "berlaku_sejak")])
def test_a_file_that_begins_in_years_is_not_loaded(
    database: Database, folder: Path, capsys: pytest.CaptureFixture[str], file: str, key: str
) -> None:
    before = stored(database)
    later = (
        NEW_SHEET.replace("2024-01-02", "2048-01-02") if "lembar" in file else f"berlaku_sejak = 2048-01-02\n{KANTOR}"
    )
    (folder / file).write_text(later, encoding="utf-8")
    assert load(folder) == FAILED
    assert f"{key} 2048-01-02 lebih dari setahun lagi — periksa tahunnya" in capsys.readouterr().err
    assert stored(database) == before
