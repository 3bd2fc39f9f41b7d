"""What each size of an installation gives to its processes, as `deploy/installations.toml` declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jejak_tools.deployment import environment
from jejak_tools.deployment.environment import LOGINS, PROCESSES, EnvironmentTableError, Group, Setting

MIGRATE: Final = "migrate"
CADDY: Final = "caddy"
_LOGIN: Final = {"relay": "ledger"}
"""Processes that have another's login in PostgreSQL."""
_TABLE: Final = ConfigDict(frozen=True, extra="forbid")
SIZES: Final = ("one_host", "three_hosts", "kubernetes", "compose")
ON_HOSTS: Final = ("one_host", "three_hosts")
"""Sizes whose processes are units of systemd, all of them on each host."""
STOP_SECONDS: Final = 30
"""After this long a process that was told to stop is killed, in every size."""
ENDS_WITHIN: Final = 20
"""Seconds from the end of its drain to the end of a process."""
type Pinned = Annotated[str, Field(pattern=r"^[a-z0-9.]+(/[a-z0-9-]+)+:v?\d+\.\d+(\.\d+)?(-[a-z]+)*$")]
"""An image and its whole version: `registry/name:1.2.3`, of PostgreSQL `18.6`."""


class Images(BaseModel):
    """What runs beside the processes. `postgres_operated` is PostgreSQL's image for CloudNativePG."""

    model_config = _TABLE

    postgres: Pinned
    postgres_operated: Pinned
    kafka: Pinned
    caddy: Pinned
    keycloak: Pinned
    prometheus: Pinned
    grafana: Pinned


class Process(BaseModel):
    """A process: its port where all share a host, how many of it run, what it needs.

    `processor` in thousandths of a core; `memory` (reserved) and `most` (the limit) in MiB.
    """

    model_config = _TABLE

    name: str
    port: int = Field(gt=1023, lt=65536)
    replicas: int = Field(gt=0)
    processor: int = Field(gt=0)
    memory: int = Field(gt=0)
    most: int = Field(gt=0)

    @property
    def host(self) -> str:
        """Its name in addresses."""
        return self.name.replace("_", "-")

    @property
    def login(self) -> str:
        """The login in PostgreSQL."""
        return f"jejak_{_LOGIN.get(self.name, self.name)}"


class Size(BaseModel):
    """One size: `values` of settings, those that a `site` sets, optional `secrets` that it gives.

    `brokers` of Kafka, of which `in_sync` have to have a message before it counts; `connections` that PostgreSQL
    accepts; `copies` of each process, where it is not the process's own number; `hosts` on which all processes run;
    `file_mode` of the files of secrets, in folders that only their owner enters.
    """

    model_config = _TABLE

    name: str
    brokers: int = Field(gt=0)
    in_sync: int = Field(gt=0)
    connections: int = Field(gt=0)
    database: str
    copies: int | None = Field(None, gt=0)
    file_mode: str = Field("0600", pattern="^0[0-7]{3}$")
    hosts: Sequence[str] = ()
    values: Mapping[str, str]
    site: Mapping[str, str] = {}
    secrets: Sequence[str] = ()

    def copies_of(self, process: Process) -> int:
        """How many of a process run."""
        return self.copies or process.replicas

    def database_url(self, login: str, password: str) -> str:
        """The address of a login in PostgreSQL."""
        return environment.fill(self.database, {"{login}": login, "{password}": password})


@dataclass(frozen=True, slots=True)
class Plan:
    """Both tables."""

    groups: Sequence[Group]
    processes: Mapping[str, Process]
    sizes: Mapping[str, Size]
    images: Images

    @property
    def settings(self) -> Mapping[str, Setting]:
        return environment.settings_of(self.groups)

    def values(self, size: Size, process: Process) -> dict[str, str]:
        """The values that are no secret, of the settings that this process reads."""
        own = environment.read_by(self.groups, process.name)
        filled = {"{host}": process.host, "{port}": str(process.port), "{login}": process.login}
        return {name: environment.fill(text, filled) for name, text in size.values.items() if name in own}

    def edge(self, size: Size) -> dict[str, str]:
        """The values of Caddy, which knows the processes by `hosts` where they have no names of their own."""
        own = environment.read_by(self.groups, CADDY)
        places = {
            f"JEJAK_EDGE_{login.upper()}": " ".join(f"{host}:{self.processes[login].port}" for host in size.hosts)
            for login in LOGINS
        }
        given = {name: text for name, text in size.values.items() if name in own}
        return given | (places if size.hosts else {})

    def site(self, size: Size, reader: str) -> dict[str, str]:
        """The examples of what the site sets for a process, or for Caddy."""
        own = environment.read_by(self.groups, reader)
        return {name: text for name, text in size.site.items() if name in own}

    def secrets(self, size: Size, reader: str) -> list[Setting]:
        """The secrets that a process or `migrate` receives as files."""
        own = environment.read_by(self.groups, reader).values()
        return [it for it in own if it.secret and (it.required or it.name in size.secrets)]

    def common(self, size: Size) -> tuple[dict[str, str], list[Setting]]:
        """The values and the secrets that every process has, the values alike."""
        values = [self.values(size, process) for process in self.processes.values()]
        secrets = [self.secrets(size, name) for name in self.processes]
        alike = {name: text for name, text in values[0].items() if all(text == other.get(name) for other in values)}
        return alike, [secret for secret in secrets[0] if all(secret in others for others in secrets)]


def version_of(image: str) -> str:
    """The version in an image's tag: 18.6 of `postgresql:18.6-standard-trixie`."""
    return image.rpartition(":")[2].removeprefix("v").partition("-")[0]


def read(folder: Path) -> Plan:
    """The tables of a folder. EnvironmentTableError where they are malformed."""
    groups = environment.read(folder / "environment.toml")
    tables = environment.load(folder / "installations.toml")
    if tables.keys() != {"images", "processes", "sizes"}:
        raise EnvironmentTableError(
            "installations.toml must have the tables images, processes and sizes, and no other."
        )
    try:
        images = Images(**tables["images"])
        processes = {name: Process(name=name, **given) for name, given in tables["processes"].items()}
        sizes = {name: Size(name=name, **given) for name, given in tables["sizes"].items()}
    except ValidationError as error:
        faults = [f"{error.title}: {environment.sentence_of(fault)}." for fault in error.errors()]
        raise EnvironmentTableError("\n".join(faults)) from None
    for table, named, expected in (("processes", processes, PROCESSES), ("sizes", sizes, SIZES)):
        if named.keys() != set(expected):
            raise EnvironmentTableError(f"[{table}] must name {', '.join(expected)}, and no other.")
    return Plan(groups, processes, sizes, images)
