"""What cannot work, refused before a manifest of it is written: each rule is a row, each fault one sentence."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from jejak.platform.settings import Settings, SettingsError, Source
from jejak_tools.deployment.environment import LOGINS, Kind
from jejak_tools.deployment.installation import CADDY, ENDS_WITHIN, MIGRATE, ON_HOSTS, STOP_SECONDS, Plan, Process, Size

BESIDE_POOL: Final = 3
"""Connections of a process beside its pool: what it leads, and what tells it that the database changed."""
BESIDE_PROCESSES: Final[Mapping[str, int]] = {"PostgreSQL": 5432, "Kafka": 9092, "Kafka's controller": 9093}
"""Ports of what else is on each host."""
_TRIED: Final[Mapping[Kind, str]] = {"json": "{}"}
_ON_DISK: Final = frozenset({"file"})
"""Kinds whose values name what is on the machine of the site, and not here."""
_FULL_SHARE: Final = 0.9
_USER_AND_PASSWORD: Final = re.compile(r"://[^/@]*:[^/@]+@")
_DECIMAL: Final = re.compile(r"\d+(\.\d+)?")
_PLACE: Final = re.compile(r"\{\w+\}")


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


def _passwords_in_addresses(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    for name, text in {**size.values, **size.site}.items():
        if _USER_AND_PASSWORD.search(text):
            yield f"{name} holds a password; such an address is a secret, and comes as a file."
    if not {"{login}", "{password}"} <= {*_PLACE.findall(size.database)}:
        yield "`database` must have {login} and {password}: each process has its own, and a table holds no password."


def _development(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    if size.values.get("JEJAK_ENV") != "production":
        yield "JEJAK_ENV must be production: in development everybody signs in as anybody."
    for name in ("JEJAK_PUBLIC_URL", "JEJAK_EDGE_SITE"):
        if not {**size.values, **size.site}.get(name, "https://").startswith("https://"):
            yield f"{name} must begin with https://: people send passwords and papers there."


def _public_addresses(plan: Plan, size: Size) -> Iterator[str]:
    """Letters print one address, the issuer sends people back to it, and Caddy answers there."""
    for name in sorted(size.values.keys() & size.site.keys()):
        yield f"{name} stands in `values` and in `site`: one of them would never count."
    given = {**size.values, **size.site}
    public = given.get("JEJAK_PUBLIC_URL")
    site = given.get("JEJAK_EDGE_SITE", plan.settings["JEJAK_EDGE_SITE"].default or "")
    if public is not None and public.rstrip("/") != site.rstrip("/"):
        yield f"JEJAK_PUBLIC_URL is {public}, but JEJAK_EDGE_SITE is {site}: an installation has one public address."


def _certificate(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    given = {**size.values, **size.site}
    if given.get("JEJAK_EDGE_TLS") == "files":
        for name in ("JEJAK_EDGE_CERT", "JEJAK_EDGE_KEY"):
            if name not in given:
                yield f"JEJAK_EDGE_TLS is files, but {name} is not set: Caddy would not start."


def _hosts(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    """Every process runs once on each host, and each broker on one of its own."""
    if size.name not in ON_HOSTS:
        if size.hosts:
            yield "it has `hosts`, but its processes are found by their names."
        return
    if not size.hosts:
        yield "it needs `hosts`, by which Caddy finds the processes."
        return
    if len({*size.hosts}) < len(size.hosts):
        yield "`hosts` names a host twice."
    if size.copies != len(size.hosts):
        yield f"`copies` must be {len(size.hosts)}, one of each process on each of its hosts."
    if size.brokers > len(size.hosts):
        yield f"{size.brokers} brokers need as many hosts, and it has {len(size.hosts)}."


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


def _copies_of_topics(plan: Plan, size: Size) -> Iterator[str]:
    """A topic that is made without a number of copies has as many as there are brokers."""
    setting = "JEJAK_TOPIC_REPLICAS"
    replicas = _number(plan, size, setting) or size.brokers
    named = f"{setting} is {replicas}" if setting in size.values else f"a topic has {replicas} copies, one a broker"
    if replicas > size.brokers:
        yield f"{named}, but there are {size.brokers} brokers: no topic can be made."
    if replicas < size.in_sync:
        yield f"{named}, but {size.in_sync} copies must be in sync: nothing can be published."
    elif size.brokers > 1 and replicas == size.in_sync:
        yield f"{named}, as many as must be in sync: one lost broker stops every topic."
    in_sync = _number(plan, size, "JEJAK_TOPIC_MIN_INSYNC")
    if in_sync is not None and in_sync != size.in_sync:
        yield f"JEJAK_TOPIC_MIN_INSYNC is {in_sync}, but `in_sync` of the brokers is {size.in_sync}."


def _number(plan: Plan, size: Size, name: str) -> int | None:
    """The number that a setting has here, else its default, rounded up. None for none, which its reader refuses."""
    text = size.values.get(name) or size.site.get(name) or plan.settings[name].default or ""
    return math.ceil(float(text)) if _DECIMAL.fullmatch(text) else None


def _idle_copies(plan: Plan, size: Size) -> Iterator[str]:
    partitions = _number(plan, size, "JEJAK_TOPIC_PARTITIONS") or 1
    for process in plan.processes.values():
        if size.copies_of(process) > partitions:
            yield f"{size.copies_of(process)} of {process.host} share {partitions} partitions: the others have no work."


def _connections(plan: Plan, size: Size) -> Iterator[str]:
    """While a release is rolled out, one more of each process runs."""
    each = BESIDE_POOL + (_number(plan, size, "JEJAK_DATABASE_POOL") or 0)
    needed = sum(each * (size.copies_of(process) + 1) for process in plan.processes.values())
    if needed > _FULL_SHARE * size.connections:
        yield f"the processes need {needed} connections during an upgrade, and PostgreSQL accepts {size.connections}."


def _stops(plan: Plan, size: Size) -> Iterator[str]:
    drain = _number(plan, size, "JEJAK_DRAIN_SECONDS") or 0
    if drain + ENDS_WITHIN > STOP_SECONDS:
        yield f"JEJAK_DRAIN_SECONDS is {drain}, but it is killed {STOP_SECONDS} seconds after it was told to stop."


def _memory(plan: Plan, size: Size) -> Iterator[str]:  # noqa: ARG001 - a rule
    for process in plan.processes.values():
        if process.memory > process.most:
            yield f"{process.host} reserves {process.memory} MiB and may use {process.most}."


def _ports(plan: Plan, size: Size) -> Iterator[str]:
    """Of all that listens on one host."""
    if size.name not in ON_HOSTS:
        return
    taken = {port: name for name, port in BESIDE_PROCESSES.items()}
    taken |= {443: "Caddy", _number(plan, size, "JEJAK_EDGE_HTTP_PORT") or 80: "Caddy"}
    for process in plan.processes.values():
        text = plan.values(size, process).get("JEJAK_PORT", plan.settings["JEJAK_PORT"].default or "")
        if not text.isdecimal():
            continue  # the process's own reader refuses it
        port = int(text)
        if port in taken:
            yield f"{process.host} would listen on port {port}, which is taken by {taken[port]}."
        taken[port] = process.host


def _inner_addresses(plan: Plan, size: Size) -> Iterator[str]:
    """Of another process on the same host."""
    try:
        addresses = Source(size.values).services()
    except SettingsError:
        return  # said where the processes read it
    for name, address in addresses.items():
        ports = {plan.processes[name].port} if name in plan.processes else set()
        if size.name in ON_HOSTS and urlsplit(address).port not in ports:
            yield f"JEJAK_SERVICES says {address}, but {name} listens on port {', '.join(map(str, ports)) or 'none'}."


def _logins(plan: Plan, size: Size) -> Iterator[str]:
    passwords = {setting.name for setting in plan.secrets(size, MIGRATE)}
    for login in LOGINS:
        if f"JEJAK_DB_PASSWORD_{login.upper()}" not in passwords:
            yield f"`jejak migrate` gets no password for the login of {login}."


_RULES: Final[tuple[Callable[[Plan, Size], Iterator[str]], ...]] = (
    _unknown_settings,
    _secrets_in_the_open,
    _passwords_in_addresses,
    _development,
    _public_addresses,
    _certificate,
    _hosts,
    _unreadable_environments,
    _copies_of_topics,
    _idle_copies,
    _connections,
    _stops,
    _memory,
    _ports,
    _inner_addresses,
    _logins,
)
