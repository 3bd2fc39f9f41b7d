"""`jejak sop`: the commands by which an official tries a sheet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jejak.cli import main
from tests.unit.sop.sheets import OFFICES, PESISIR_SELATAN, SMALL, damaged


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["sop", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out, err


def test_check_of_a_whole_folder_covers_sheets_and_kantor_files(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "check", OFFICES)
    assert status == 0
    for path in OFFICES.rglob("*.toml"):
        assert f"{path}: baik" in out


def test_check_exits_with_1_and_names_every_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = tmp_path / "lembar.toml"
    wrong.write_bytes(damaged('tugas = ["sign"]', 'tugas = ["sign"]\nsurat = "rekomendsi"'))
    status, out, _ = run(capsys, "check", wrong)
    assert status == 1
    assert f"{wrong}: 1 kesalahan" in out
    assert 'salah       langkah 3: surat "rekomendsi" tidak dikenal — mungkin "rekomendasi"?' in out


def test_check_holds_a_sheet_against_the_kantor_file_beside_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "kantor.toml").write_bytes((OFFICES / "13.99" / "kantor.toml").read_bytes())
    (tmp_path / "lembar.toml").write_text(SMALL, encoding="utf-8")
    status, out, _ = run(capsys, "check", "--json", tmp_path / "lembar.toml")
    assert status == 0
    (report,) = json.loads(out).values()
    assert report["mistakes"] == []
    assert report["warnings"] == ["dinas: lembar milik 13.01, kantor.toml milik 13.99 — pindahkan salah satunya"]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (None, "tidak diketahui apakah kadis-1 tercatat di BSrE"),
        ("{}", "berhenti    tanda tangan elektronik: JEJAK_BSRE tidak memuat kantor 13.01"),
        ('{"13.01": {"signers": {"kadis-1": {"nik": ""}}}}', "berhenti    pejabat kadis-1: JEJAK_BSRE tidak memuatnya"),
        ('{"13.01": {"signers": {"kadis-1": {"nik": "1301010101700001"}}}}', "peringatan"),
    ],
)
def test_check_calls_a_sheet_good_only_where_its_signer_has_a_certificate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str | None, says: str
) -> None:
    monkeypatch.chdir(tmp_path)  # no installation's settings
    for name in ("JEJAK_ENV", "JEJAK_BSRE", "JEJAK_BSRE_FILE"):
        monkeypatch.delenv(name, raising=False)
    if setting is not None:
        monkeypatch.setenv("JEJAK_BSRE", setting)
    status, out, _ = run(capsys, "check", PESISIR_SELATAN)
    assert says in out
    assert (": baik, " in out, "berkas akan berhenti karena" in out) == (status == 0, status == 1)
    assert (status == 1) == ("berhenti    " in out)


def test_check_says_that_a_setting_cannot_be_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JEJAK_BSRE", "[]")
    status, _, err = run(capsys, "check", PESISIR_SELATAN)
    assert (status, "JEJAK_BSRE tidak terbaca" in err) == (1, True)


def test_a_file_that_is_not_there_is_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "check", "tidak-ada.toml")
    assert status == 1
    assert err.startswith("jejak sop: tidak-ada.toml tidak dapat dibaca")


def test_walk_prints_the_path_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "walk", PESISIR_SELATAN)
    assert status == 0
    assert "4. Mengoreksi dan mamaraf surat rekomendasi" in out
    assert "Sekretaris /Kabid (sekretaris atau kabid) · 3 Menit · approval" in out
    assert "tidak_memenuhi: tolak" in out
    assert "Tindak lanjut aktif (sesudah selesai)" in out
    assert "Pemohon, dicatat staf" in out
    assert "       surat rekomendasi\n       ▸ ditandatangani: " in out
    assert "       kepada BPJS Kesehatan\n       ▸ terkirim: " in out


def test_walk_as_json_holds_the_same_path(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "walk", PESISIR_SELATAN, "--json", "--outcome", "check_rules=tidak_memenuhi")
    (walked,) = json.loads(out)
    assert status == 0
    assert [path["ending"] for path in walked["slots"]] == ["tolak"]
    assert walked["slots"][0]["visits"][-1]["tugas"] == "check_rules"


def test_walk_of_an_unknown_route_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "walk", PESISIR_SELATAN, "--route", "darurat")
    assert status == 1
    assert err == 'jejak sop: jalur "darurat" tidak ada di lembar ini\n'


def test_list_shows_every_office_and_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list", OFFICES, "--json")
    rows = {Path(row["berkas"]).relative_to(OFFICES).as_posix(): row for row in json.loads(out)}
    assert status == 0
    assert rows["13.01/reaktivasi-kis-2022.toml"]["keterangan"].startswith("reaktivasi-kis-pbi, berlaku 2022-01-03")
    assert rows["13.99/kantor.toml"]["kode"] == "13.99"


@pytest.mark.parametrize("arguments", [(), ("--kantor",)])
def test_the_schema_knows_every_key_of_the_files_in_use(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    status, out, _ = run(capsys, "schema", *arguments)
    schema = json.loads(out)
    assert status == 0
    assert schema["additionalProperties"] is False
    expected = {"kop", "pejabat", "batas_tunggu"} if arguments else {"layanan", "langkah", "tindak_lanjut"}
    assert expected <= schema["properties"].keys()


def test_the_schema_offers_the_verbs_to_an_editor(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "schema")
    short, long = json.loads(out)["$defs"]["TugasFile"]["anyOf"]
    assert "check_documents" in short["enum"]
    assert long["required"] == ["tugas"]
