"""The environment of each process of a local installation, and the settings that it does not get."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jejak.platform.settings import Settings, SettingsError, Source, parse_env_file
from jejak.web.access.clients import ClientVerifier
from jejak_local import environment
from jejak_local.files import secret
from jejak_local.simulated import prepare_simulator, simulates

PORTS = {name: 9000 + number for number, name in enumerate(environment.PROCESSES)}
ADMIN = "postgresql://postgres:kunci@127.0.0.1:5432/jejak"


def whole(data: Path, caller: dict[str, str] | None = None) -> dict[str, str]:
    shared = environment.base(data, {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"} | (caller or {}))
    shared |= {"JEJAK_DATABASE_URL": ADMIN} | environment.addresses(PORTS, 8080)
    return shared | environment.logins(ADMIN, shared)


@pytest.mark.parametrize("name", environment.PROCESSES)
def test_a_service_gets_its_own_login_and_no_others(name: str, tmp_path: Path) -> None:
    shared = whole(tmp_path, {"JEJAK_OIDC_CLIENT_SECRET": "rahasia"})

    Path(shared["JEJAK_BPJS_SIGNING_KEYS_FILE"]).write_text("{}", encoding="ascii")

    settings = environment.of_service(shared, name, PORTS[name])

    login = {"relay": "ledger"}.get(name, name)
    assert Settings.read(name, settings).database_url.startswith(f"postgresql://jejak_{login}:")
    assert len([key for key in settings if key.startswith("JEJAK_DATABASE_URL")]) == 1
    logins = [other for other in environment.PROCESSES if other not in {"relay", login}]
    others = {shared[f"JEJAK_DB_PASSWORD_{other.upper()}"] for other in logins}
    values = " ".join(settings.values())
    assert not any(password in values for password in others)
    assert ADMIN not in settings.values()
    assert ("JEJAK_BPJS_SIGNING_KEYS_FILE" in settings) is (name == "bpjs_sync")
    assert ("JEJAK_OIDC_CLIENT_SECRET" in settings) is (name == "ledger")


def test_a_simulator_gets_no_login_and_no_key(tmp_path: Path) -> None:
    shared = whole(tmp_path)

    settings = environment.of_outsider(shared, 9100)

    assert settings["JEJAK_PORT"] == "9100"
    assert settings["KAFKA_BOOTSTRAP_SERVERS"] == shared["KAFKA_BOOTSTRAP_SERVERS"]
    secrets = ("DATABASE", "PASSWORD", "SIGNING")
    assert not [name for name in settings if any(secret in name for secret in secrets) or name.endswith("_KEY")]


def test_bpjs_is_simulated_with_a_key_of_its_own_unless_it_is_turned_off(tmp_path: Path) -> None:
    shared, off = whole(tmp_path), whole(tmp_path, {"JEJAK_BPJS_SIMULATOR": "off"})
    public = prepare_simulator(shared, tmp_path, print)

    assert public is not None
    assert prepare_simulator(shared, tmp_path, print) == public
    private = Path(shared["JEJAK_BPJS_SIMULATOR_KEY"])
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert "JEJAK_BPJS_SIMULATOR_TOKEN" not in shared
    assert (simulates(off), prepare_simulator(off, tmp_path, print)) == (False, None)


async def test_over_http_it_is_given_a_token_that_names_it(tmp_path: Path) -> None:
    shared = whole(tmp_path, {"JEJAK_BPJS_SIMULATOR": "http"})
    prepare_simulator(shared, tmp_path, print)

    key = Source(shared).key("JEJAK_TOKEN_KEY")
    clients = ClientVerifier(Source(shared).clients(), key, development=True)
    assert await clients.client(f"Bearer {shared['JEJAK_BPJS_SIMULATOR_TOKEN']}", None) == "simulator"


def test_what_was_made_once_is_found_again_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first, second = whole(tmp_path), whole(tmp_path)

    assert first == second
    files = [file for file in (tmp_path / "secrets").iterdir() if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len({file.read_text(encoding="ascii") for file in files}) == len(files)


def test_a_secret_that_is_given_is_not_replaced(tmp_path: Path) -> None:
    assert whole(tmp_path, {"JEJAK_MASTER_KEY": "q" * 43})["JEJAK_MASTER_KEY"] == "q" * 43
    assert not (tmp_path / "secrets" / "master_key").exists()


def test_nothing_is_made_up_in_production(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="for development"):
        environment.base(tmp_path, {"JEJAK_ENV": "production"})

    assert not (tmp_path / "secrets").exists()


def test_another_terminal_finds_what_runs_and_nothing_of_the_callers_own(tmp_path: Path) -> None:
    shared = whole(tmp_path, {"AWS_SECRET": "milik orang lain"})

    environment.leave_env_file(tmp_path, shared)

    left = parse_env_file((tmp_path / "env").read_text(encoding="utf-8"))
    assert left["JEJAK_DATABASE_URL"] == ADMIN
    assert left["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9092"
    assert "AWS_SECRET" not in left
    environment.remove_env_file(tmp_path)
    assert not (tmp_path / "env").exists()


def test_an_interrupted_writing_of_a_secret_leaves_no_half_of_it(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_text("separu", encoding="ascii")

    assert len(secret(tmp_path / "key")) == 43
    assert [file.name for file in tmp_path.iterdir()] == ["key"]
