"""`jejak bpjs key`: a key may be added again unchanged, as every start of an installation does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jejak.cli import FAILED, main
from jejak_tools.simulators.bpjs import keys
from tests.published import HOME
from tests.servers import Database


@pytest.fixture
def public(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JEJAK_ENV", "development")
    monkeypatch.setenv("JEJAK_DATABASE_URL_BPJS_SYNC", database.urls["bpjs_sync"])
    file = tmp_path / "public.json"
    keys.make(tmp_path / "private.json", file)
    return file


def add(file: Path) -> int:
    return main(["bpjs", "key", "add", str(file), "--consumer", "uji"])


def test_the_same_key_again_changes_nothing(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (add(public), add(public)) == (0, 0)
    assert capsys.readouterr().out.count("Mulai sekarang pesan dienkripsi juga untuk kunci simulator-") == 2
    assert main(["bpjs", "key", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_another_key_under_a_kid_that_was_taken_is_refused(
    public: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(public) == 0
    other = tmp_path / "other_public.json"
    keys.make(tmp_path / "other.json", other)
    kid = json.loads(public.read_text())["kid"]
    other.write_text(json.dumps({**json.loads(other.read_text()), "kid": kid}))
    assert add(other) == FAILED
    assert "Kunci baru harus memakai kid baru" in capsys.readouterr().err


def test_a_key_that_was_ended_is_not_taken_into_use_again(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(public) == 0
    assert main(["bpjs", "key", "end", json.loads(public.read_text())["kid"]]) == 0
    assert add(public) == 0
    assert "pernah diakhiri dan tidak dipakai lagi" in capsys.readouterr().out


@pytest.mark.parametrize("example", json.loads((HOME / "examples/example-key.json").read_text())["keys"])
def test_a_key_of_the_examples_is_refused_under_any_kid(
    example: dict[str, str], public: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public.write_text(json.dumps({name: example[name] for name in ("kty", "crv", "x", "y")} | {"kid": "lain"}))
    assert add(public) == FAILED
    assert "Ini kunci contoh" in capsys.readouterr().err
