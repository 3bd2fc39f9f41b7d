"""`jejak simulate bpjs`: its report of settings, rules and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from jejak.cli import main
from jejak_tools.simulators.bpjs import keys, rules


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("JEJAK_BPJS_SIMULATOR", "pigeon", "must be kafka or http"),
        ("JEJAK_BPJS_SIMULATOR", "http", "JEJAK_BPJS_SIMULATOR_TOKEN is not set"),
        ("JEJAK_BPJS_SIMULATOR_RULES", "nowhere.toml", "nowhere.toml cannot be read"),
        ("JEJAK_BPJS_SIMULATOR_KEY", "nowhere.json", "nowhere.json holds no private key"),
    ],
)
def test_set_up_wrongly_it_says_so_in_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    value: str,
    sentence: str,
) -> None:
    keys.make(tmp_path / "private.json", tmp_path / "public.json")
    given = {
        "JEJAK_ENV": "development",
        "JEJAK_BPJS_SIMULATOR_KEY": str(tmp_path / "private.json"),
        "JEJAK_PUBLIC_URL": "http://127.0.0.1:1",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        setting: value,
    }
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    assert main(["simulate", "bpjs"]) == 2
    assert sentence in capsys.readouterr().err


def test_a_file_of_rules_is_looked_through_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "bpjs", "check", str(rules.DEFAULT)]) == 0
    assert capsys.readouterr().out == f"{rules.DEFAULT}: {len(rules.read(rules.DEFAULT).rule)} rules\n"


def test_a_key_pair_is_made_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = tmp_path / "private.json", tmp_path / "public.json"
    assert main(["simulate", "bpjs", "key", str(private), str(public)]) == 0
    assert f"jejak bpjs key add {public}" in capsys.readouterr().out
    assert keys.load(private).kid
