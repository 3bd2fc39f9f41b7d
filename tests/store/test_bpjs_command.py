"""`jejak bpjs import`: its report, and the files that it accepts."""

from __future__ import annotations

import base64
import uuid
from pathlib import Path

import pytest

from jejak.cli import FAILED, main
from jejak.platform import ids
from tests.servers import Database, run
from tests.store.bpjs import KEY, OFFICE, monthly, town
from tests.store.replies import answered, reply


async def a_case_that_was_sent(database: Database) -> str:
    async with town(database, monthly()) as office:
        await office.at("2022-07-04 09:00")
        case = await office.submit()
        assert (await office.post(f"/batches/{OFFICE}/bulanan/close")).status_code == 201
        return ids.case_code(case)


def test_a_file_is_read_once_and_told_in_one_line(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(a_case_that_was_sent(database))
    key = base64.urlsafe_b64encode(KEY).decode()
    for name in ("JEJAK_MASTER_KEY", "JEJAK_HMAC_KEY", "JEJAK_TOKEN_KEY"):
        monkeypatch.setenv(name, key)
    monkeypatch.setenv("JEJAK_ENV", "development")
    monkeypatch.setenv("JEJAK_DATABASE_URL_BPJS_SYNC", database.urls["bpjs_sync"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    file = tmp_path / "jawaban.csv"
    file.write_text(f"nomor_usulan;hasil\n{code};diterima\nZZZZ-ZZZZ-ZZZZ;diterima\n", encoding="utf-8")
    command = ["bpjs", "import", str(file), "--office", OFFICE, "--by"]

    assert main([*command, "orang-lain"]) == FAILED
    assert "tidak tercatat sebagai pejabat" in capsys.readouterr().err
    assert main([*command, "staf-1"]) == 0
    assert capsys.readouterr().out.startswith("2 baris dibaca: 1 diterapkan, 1 perlu dilihat orang (")
    assert main([*command, "staf-1"]) == 0
    assert capsys.readouterr().out.startswith("Berkas ini sudah pernah dimuat (")
    assert main(["bpjs", "import", str(tmp_path / "tidak-ada.csv"), "--office", OFFICE, "--by", "staf-1"]) == FAILED


async def with_answers_to_submissions_nobody_made(database: Database) -> None:
    async with answered(database, monthly()) as office:
        await office.sent(1)
        first, *others = [reply(uuid.uuid4(), "rejected", reason="RAHASIA") for _ in range(3)]
        await office.answer(first, *others, reply(first.submission, "accepted", id=first.id))


def test_the_operator_sees_answers_for_no_office_and_sets_those_of_a_sender_aside(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(with_answers_to_submissions_nobody_made(database))
    monkeypatch.setenv("JEJAK_ENV", "development")
    monkeypatch.setenv("JEJAK_DATABASE_URL_BPJS_SYNC", database.urls["bpjs_sync"])

    capsys.readouterr()
    assert main(["bpjs", "unknown", "list"]) == 0
    listed = capsys.readouterr().out
    counted = [line.split()[:3] for line in listed.splitlines() if "sejak" in line]
    sender = counted[0][0]
    assert counted == [[sender, "bertentangan", "1"], [sender, "tidak_dikenal", "3"]]
    assert "RAHASIA" not in listed
    assert main(["bpjs", "unknown", "dismiss", "--client", sender, "--reason", "lingkungan uji"]) == 0
    assert capsys.readouterr().out == "4 jawaban dikesampingkan.\n"
    assert main(["bpjs", "unknown", "list"]) == 0
    assert capsys.readouterr().out.startswith("Tidak ada jawaban")
