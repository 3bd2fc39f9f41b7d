"""The set-up of a machine: make's targets, and the jars of the lock file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from jejak_local import jars
from tests.servers import start_or_skip

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> str:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_alone_explains_every_target() -> None:
    listed = {line.split()[1] for line in make().splitlines()}

    assert {"run", "demo", "test", "check", "bench", "fmt", "clean"} <= listed


def test_make_check_runs_all_five_judges() -> None:
    planned = make("-n", "check")

    for judge in ("ruff format --check", "ruff check", "mypy", "lint-imports", "uv lock --check"):
        assert judge in planned


def test_make_clean_leaves_the_data_of_make_run_alone() -> None:
    assert ".jejak" not in make("-n", "clean")


def test_ci_is_make_check_and_make_test() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert [line for line in script.splitlines() if line.startswith("make")] == ["make check", "make test"]
    assert "export CI=true" in script


def test_every_locked_jar_has_a_version_and_a_hash() -> None:
    locked = jars.locked()

    assert tomllib.loads(jars.LOCK.read_text(encoding="utf-8"))["endpoint"] == jars.ENDPOINT
    assert {jar.version for jar in locked if jar.group == "org.apache.kafka"} == {jars.KAFKA}
    assert all(len(bytes.fromhex(jar.sha256)) == hashlib.sha256().digest_size for jar in locked)
    assert len({jar.name for jar in locked}) == len(locked)


def test_a_jar_whose_bytes_were_changed_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_or_skip("Maven Central", jars.class_path)
    shutil.copytree(jars.cache_folder(), tmp_path, dirs_exist_ok=True)
    smallest = min(jars.locked(), key=lambda jar: (tmp_path / f"kafka-{jars.KAFKA}" / jar.name).stat().st_size)
    changed = tmp_path / f"kafka-{jars.KAFKA}" / smallest.name
    changed.write_bytes(changed.read_bytes() + b"more")
    monkeypatch.setenv("JEJAK_CACHE", str(tmp_path))
    jars.class_path.cache_clear()

    path = start_or_skip("Maven Central", jars.class_path)

    jars.class_path.cache_clear()
    assert str(changed) in path
    assert hashlib.sha256(changed.read_bytes()).hexdigest() == smallest.sha256
