"""The secrets of an installation: each process has its own files, and no other's."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

import pytest

from jejak.platform.settings import Settings, SettingsError
from jejak_tools.deployment import installation, secret_files
from jejak_tools.deployment.installation import MIGRATE, Process

PLAN: Final = installation.read(Path(__file__).parents[3] / "deploy")
EVERYBODY: Final = tuple(PLAN.processes.values())


def address_of(process: Process) -> str:
    """The setting with its login in PostgreSQL."""
    names = [it.name for it in PLAN.secrets(PLAN.sizes["kubernetes"], process.name)]
    return next(name for name in names if name.startswith("JEJAK_DATABASE_URL"))


@pytest.mark.parametrize("size", PLAN.sizes.values(), ids=PLAN.sizes)
@pytest.mark.parametrize("process", EVERYBODY, ids=PLAN.processes)
def test_a_process_starts_with_what_its_size_gives_it(
    size: installation.Size, process: Process, tmp_path: Path
) -> None:
    secret_files.make(PLAN, size, tmp_path)
    files = {f"{it.name}_FILE": str(tmp_path / process.host / it.name) for it in PLAN.secrets(size, process.name)}
    given = PLAN.site(size, process.name) | PLAN.values(size, process)
    environ = {name: text for name, text in given.items() if name != "KAFKA_SSL_CA"} | files  # a file of the site

    settings = Settings.read(process.name, environ)

    assert settings.env == "production"
    assert settings.database_url.startswith(f"postgresql://{process.login}:")
    assert (settings.signing_keys is None) == (process.name != "bpjs_sync")
    assert (settings.kafka.password is None) == ("KAFKA_SASL_PASSWORD" not in size.secrets)
    with pytest.raises(SettingsError):
        Settings.read(process.name, given)


def test_keys_are_the_same_for_all_and_passwords_are_each_ones_own(tmp_path: Path) -> None:
    secret_files.make(PLAN, PLAN.sizes["kubernetes"], tmp_path)

    def values(name: str) -> list[str]:
        return [(tmp_path / process.host / name).read_text() for process in EVERYBODY]

    assert len(set(values("JEJAK_MASTER_KEY"))) == 1
    assert len({*values("JEJAK_MASTER_KEY"), *values("JEJAK_HMAC_KEY"), *values("JEJAK_TOKEN_KEY")}) == 3
    assert len(set(values("KAFKA_SASL_PASSWORD"))) == len(EVERYBODY)
    urls = {process.name: (tmp_path / process.host / address_of(process)).read_text() for process in EVERYBODY}
    assert len(set(urls.values())) == len(EVERYBODY) - 1, "the relay has the ledger's login"
    for process in EVERYBODY:
        url = urls[process.name]
        login = process.login.removeprefix("jejak_").upper()
        assert f":{(tmp_path / MIGRATE / f'JEJAK_DB_PASSWORD_{login}').read_text()}@" in url


@pytest.mark.parametrize(("size", "mode"), [("one_host", 0o600), ("kubernetes", 0o600), ("compose", 0o444)])
def test_only_the_owner_enters_their_folders(size: str, mode: int, tmp_path: Path) -> None:
    made = secret_files.make(PLAN, PLAN.sizes[size], tmp_path / "secrets")

    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {mode}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in made} == {0o700}


def test_what_is_there_is_kept_and_what_is_missing_comes_from_the_others(tmp_path: Path) -> None:
    size = PLAN.sizes["one_host"]
    secret_files.make(PLAN, size, tmp_path)
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    lost = [tmp_path / "letters" / "JEJAK_MASTER_KEY", tmp_path / "intake" / address_of(EVERYBODY[0])]
    for path in lost:
        path.unlink()

    assert sorted(secret_files.make(PLAN, size, tmp_path)) == sorted(lost)
    assert {path: path.read_text() for path in before} == before
    assert secret_files.make(PLAN, size, tmp_path) == []
