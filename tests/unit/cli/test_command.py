"""The command `jejak`: it lists its commands, explains them, and loads only the given one."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from jejak.cli import CommandError, find_commands, main
from jejak.platform.settings import SettingsError
from jejak.platform.version import Build

HEAVY = ("asyncpg", "aiokafka", "fastapi", "pydantic", "cryptography", "holidays")


def run_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_help_names_every_command_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    for name, command in find_commands().items():
        assert command.summary(), f"jejak {name} explains nothing"
        assert f"  {name} " in shown
        assert command.summary() in shown


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    loaded = (
        run_python("import sys, jejak.cli; jejak.cli.main(['--help']); print(*sys.modules)").splitlines()[-1].split()
    )

    assert "jejak.cli" in loaded
    assert not set(HEAVY) & set(loaded)


def test_a_mistyped_command_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrat"]) == 2

    assert "did you mean `jejak migrate`?" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(find_commands()))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert f"usage: jejak {name}" in capsys.readouterr().out


async def fails() -> None:
    raise CommandError("the file is not there.")


async def is_not_set_up() -> None:
    raise SettingsError("JEJAK_DATABASE_URL is not set.")


async def finds_mistakes() -> int:
    return 1


async def succeeds() -> None:
    return None


@pytest.mark.parametrize(
    ("work", "status", "message"),
    [
        (succeeds, 0, ""),
        (finds_mistakes, 1, ""),
        (fails, 1, "jejak serve: the file is not there.\n"),
        (is_not_set_up, 2, "jejak serve: JEJAK_DATABASE_URL is not set.\n"),
    ],
)
def test_how_a_command_ends_is_its_exit_status(
    work: Callable[[], Awaitable[int | None]],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def configure(parser: argparse.ArgumentParser) -> None:
        parser.set_defaults(run=lambda _: work())

    monkeypatch.setattr("jejak.cli.administration.serve.configure", configure)

    assert main(["serve"]) == status
    assert capsys.readouterr().err == message


def test_the_release_is_named_with_its_commit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JEJAK_REVISION", "c5a25d9c")

    assert main(["--version"]) == 0

    assert capsys.readouterr().out.startswith("jejak 0.1.0 (commit c5a25d9c, Python 3.")


def test_a_process_shows_its_build_among_its_metrics() -> None:
    Build("2.7.0", "c5a25d9c", "3.13.5").show("intake")

    labels = {"service": "intake", "release": "2.7.0", "revision": "c5a25d9c", "python": "3.13.5"}
    assert REGISTRY.get_sample_value("jejak_build_info", labels) == 1


@pytest.mark.parametrize("command", [["office", "list"], ["parked", "list"]])
def test_a_database_that_is_away_is_one_sentence(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JEJAK_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main(command) == 1

    assert capsys.readouterr().err == (
        f"jejak {command[0]}: The database cannot be reached; check its URL, then repeat.\n"
    )
