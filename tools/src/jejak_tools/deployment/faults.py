"""What cannot work, refused before a manifest of it is written: each rule is a row, each fault one sentence."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from jejak.platform.settings import Settings, SettingsError
from jejak_tools.deployment.environment import LOGINS, Kind
from jejak_tools.deployment.installation import CADDY, MIGRATE, Plan, Process, Size

CONNECTIONS: Final = 9
"""Of a process in PostgreSQL: its pool of six, what it leads, and what tells it that the database changed."""
_TRIED: Final[Mapping[Kind, str]] = {"json": "{}"}
_ON_DISK: Final = frozenset({"file"})
"""Kinds whose values name what is on the machine of the site, and not here."""
_FULL_SHARE: Final = 0.9


def faults(plan: Plan) -> Iterator[str]:
    """Each fault of each size."""
    for size in plan.sizes.values():
        for rule in _RULES:
            yield from (f"{size.name}: {sentence}" for sentence in rule(plan, size))


def _unknown_settings(plan: Plan, size: Size) -> Iterator[str]:
    read = {name for name, it in plan.settings.items() if it.readers & {*plan.processes, MIGRATE, CADDY}}
    for name in [*size.values, *size.site, *size.secrets]:
        if name not in read:
            yield f"neither a process nor Caddy reads {name}."


def _secrets_in_the_open(plan: Plan, size: Size) -> Iterator[str]:
    for name in [*size.values, *size.site]:
        if name in plan.settings and plan.settings[name].secret:
            yield f"{name} is a secret and has a value here; name it in `secrets`, and give it as a file."
    for name in size.secrets:
        if name in plan.settings and not plan.settings[name].secret:
            yield f"{name} is in `secrets` and is none."


def _development(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    if size.values.get("JEJAK_ENV") != "production":
        yield "JEJAK_ENV must be production: in development everybody signs in as anybody."
    for name in ("JEJAK_PUBLIC_URL", "JEJAK_EDGE_SITE"):
        if not {**size.values, **size.site}.get(name, "https://").startswith("https://"):
            yield f"{name} must begin with https://: people send passwords and papers there."


def _unreadable_environments(plan: Plan, size: Size) -> Iterator[str]:
    """Each process's own reader judges what it is given."""
    for process in plan.processes.values():
        try:
            Settings.read(process.name, _tried(plan, size, process))
        except SettingsError as error:
            yield f"{process.host} would not start: {error}"


def _tried(plan: Plan, size: Size, process: Process) -> dict[str, str]:
    given = plan.values(size, process) | plan.site(size, process.name)
    values = {name: value for name, value in given.items() if plan.settings[name].kind not in _ON_DISK}
    for secret in plan.secrets(size, process.name):
        tried = _key(secret.name) if secret.kind == "key" else _TRIED.get(secret.kind) or secret.empty or "rahasia"
        is_address = secret.name.startswith("JEJAK_DATABASE_")
        values[secret.name] = size.database_url(process.login, "rahasia") if is_address else tried
    return values


def _key(name: str) -> str:
    """A key of the right form, which no other setting has."""
    return base64.urlsafe_b64encode(sha256(name.encode()).digest()).decode()


def _copies_of_topics(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    setting = "JEJAK_TOPIC_REPLICAS"
    if setting not in size.values:
        return  # as the cluster has it
    replicas = int(size.values[setting])
    if replicas > size.brokers:
        yield f"{setting} is {replicas}, but there are {size.brokers} brokers: no topic can be made."
    if replicas < size.in_sync:
        yield f"{setting} is {replicas}, but {size.in_sync} copies must be in sync: nothing can be published."
    elif size.brokers > 1 and replicas == size.in_sync:
        yield f"{setting} is {replicas}, as many as must be in sync: one lost broker stops every topic."


def _idle_copies(plan: Plan, size: Size) -> Iterator[str]:
    setting = "JEJAK_TOPIC_PARTITIONS"
    partitions = int(size.values.get(setting) or plan.settings[setting].default or 1)
    for process in plan.processes.values():
        if size.copies_of(process) > partitions:
            yield f"{size.copies_of(process)} of {process.host} share {partitions} partitions: the others have no work."


def _connections(plan: Plan, size: Size) -> Iterator[str]:
    """While a release is rolled out, one more of each process runs."""
    needed = sum(CONNECTIONS * (size.copies_of(process) + 1) for process in plan.processes.values())
    if needed > _FULL_SHARE * size.connections:
        yield f"the processes need {needed} connections during an upgrade, and PostgreSQL accepts {size.connections}."


def _memory(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    for process in plan.processes.values():
        if process.memory > process.most:
            yield f"{process.host} reserves {process.memory} MiB and may use {process.most}."


def _ports(plan: Plan, size: Size) -> Iterator[str]:
    ports = [plan.values(size, process).get("JEJAK_PORT") for process in plan.processes.values()]
    if size.hosts and len({*ports}) < len(ports):
        yield "two processes of one host would listen on one port."


def _logins(plan: Plan, size: Size) -> Iterator[str]:
    passwords = {setting.name for setting in plan.secrets(size, MIGRATE)}
    for login in LOGINS:
        if f"JEJAK_DB_PASSWORD_{login.upper()}" not in passwords:
            yield f"`jejak migrate` gets no password for the login of {login}."


_RULES: Final[tuple[Callable[[Plan, Size], Iterator[str]], ...]] = (
    _unknown_settings,
    _secrets_in_the_open,
    _development,
    _unreadable_environments,
    _copies_of_topics,
    _idle_copies,
    _connections,
    _memory,
    _ports,
    _logins,
)
