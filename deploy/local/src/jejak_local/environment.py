"""The environment of the processes of a local installation: servers, keys, addresses. Development only."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jejak.eventstore.postgres.roles import service_url
from jejak.platform.database_settings import password_of, url_of
from jejak.platform.settings import DEFAULT_DATA, ENV_FILE, SERVICES, SIGNING_KEYS, SettingsError
from jejak_local.files import LOOPBACK, secret, write_private

_LOGINS: Final = (*SERVICES, "ledger")
PROCESSES: Final = (*_LOGINS, "relay")
_KEYS: Final = ("JEJAK_MASTER_KEY", "JEJAK_HMAC_KEY", "JEJAK_TOKEN_KEY")
_PASSWORDS: Final = tuple(map(password_of, _LOGINS))
SIGNING_FILE: Final = f"{SIGNING_KEYS}_FILE"
_OF_OTHERS: Final = ("JEJAK_DATABASE_URL", "JEJAK_DATABASE_DIRECT_URL_", "JEJAK_DB_PASSWORD_")
_OF_ONE: Final = {"bpjs_sync": SIGNING_KEYS, "ledger": "JEJAK_OIDC_CLIENT_SECRET"}
"""Secrets of one process."""


def data_folder(given: Path | None, environ: Mapping[str, str]) -> Path:
    """The data folder: --data, else JEJAK_DATA, else `.jejak` here. Made if it is missing."""
    folder = (given or Path(environ.get("JEJAK_DATA") or DEFAULT_DATA)).absolute()
    if not folder.exists():
        # Root's PostgreSQL runs as another user, who has to pass through (not list) the folder.
        folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    return folder


def base(data: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The shared environment: the caller's, with keys and passwords made on first use and kept in the data folder.

    Raises SettingsError in production, where servers and secrets are given and services are started one by one.
    """
    if environ.get("JEJAK_ENV", "development") != "development":
        raise SettingsError("`jejak up` is for development; elsewhere each service is started by `jejak serve`.")
    made = {
        name: environ.get(name) or secret(data / "secrets" / name.removeprefix("JEJAK_").lower())
        for name in (*_KEYS, *_PASSWORDS)
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
    if not environ.get(SIGNING_KEYS):
        made[SIGNING_FILE] = environ.get(SIGNING_FILE) or str(data / "secrets" / "bpjs_signing.json")
    fixed = {"JEJAK_ENV": "development", "JEJAK_DATA": str(data), "PATH": path, "PYTHONUNBUFFERED": "1"}
    # Variables for another Python must not steer ours: without its byte code a service starts a second later.
    callers = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    return {**callers, **made, **fixed}


def addresses(ports: Mapping[str, int], public_port: int) -> dict[str, str]:
    """The addresses of the services, and the public one in front of them."""
    inner = {name: f"http://{LOOPBACK}:{ports[name]}" for name in SERVICES}
    public = f"http://{LOOPBACK}:{public_port}"
    return {"JEJAK_SERVICES": json.dumps(inner), "JEJAK_PUBLIC_URL": public, "JEJAK_HOST": LOOPBACK}


def logins(admin_url: str, shared: Mapping[str, str]) -> dict[str, str]:
    """One database URL per login, each with its service's own role and password."""
    return {url_of(name): service_url(admin_url, name, shared[password_of(name)]) for name in _LOGINS}


def of_service(shared: Mapping[str, str], name: str, port: int) -> dict[str, str]:
    """The environment of one service: its own login and port, no other password, no secret of another (`_OF_ONE`)."""
    others = (*_OF_OTHERS, *(secret for owner, secret in _OF_ONE.items() if owner != name))
    own = {key: value for key, value in shared.items() if not key.startswith(others)}
    return own | {url_of(name): shared[url_of(name)], "JEJAK_PORT": str(port)}


def of_outsider(shared: Mapping[str, str], port: int) -> dict[str, str]:
    """The environment of a simulator: a port, no login, no key of the installation."""
    rest = {key: value for key, value in shared.items() if not key.startswith((*_OF_OTHERS, *_KEYS, *_OF_ONE.values()))}
    return rest | {"JEJAK_PORT": str(port)}


def remove_env_file(data: Path) -> None:
    """Removes the file of a killed installation, which names servers that are gone."""
    (data / ENV_FILE).unlink(missing_ok=True)


WAY_INTO_KAFKA: Final = ("KAFKA_SECURITY_", "KAFKA_SASL_", "KAFKA_SSL_")
"""Beginnings of the settings by which a given Kafka is entered; the embedded one is open to this machine."""
_LEFT: Final = ("JEJAK_", "KAFKA_BOOTSTRAP_", *WAY_INTO_KAFKA)


def leave_env_file(data: Path, shared: Mapping[str, str]) -> None:
    """Writes the settings for commands in another terminal (mode 0600)."""
    ours = {key: value for key, value in sorted(shared.items()) if key.startswith(_LEFT)}
    write_private(data / ENV_FILE, "".join(f"{key}={value}\n" for key, value in ours.items()))
