"""A whole installation for tests: its people over HTTP, and its ledger as an inspector's tools read it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from jejak.platform.kafka_cluster import KafkaCluster
from jejak_local import postgres
from jejak_local.files import wait_until
from jejak_local.installation import Installation
from jejak_local.preparation import offices_folder
from jejak_tools.demo import token_key
from jejak_tools.play import Berkas, Office, Player
from jejak_tools.stories import karangasem, pesisir
from tests.servers import database_from, installed, run
from tests.waits import PATIENCE

WORK_STARTED = "WorkStarted"
DRIFT_SECONDS = 20
"""Real time goes on while a story's requests are made, so a figure comes out a little above what the story says."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as stored: its columns, and its payload as JSON, personal fields sealed."""

    version: int
    type: str
    slot: str
    langkah: str | None
    tugas: str | None
    hasil: str | None
    actor: str | None
    recorder: str | None
    occurred_at: datetime | None
    recorded_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger, read as an administrator."""

    url: str

    def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        async def ask() -> list[Any]:
            connection = await asyncpg.connect(self.url)
            try:
                return await connection.fetch(sql, *arguments)
            finally:
                await connection.close()

        return run(ask())

    def events(self, case: Berkas) -> list[Event]:
        """All events of a case, but for who opened the file when."""
        rows = self.fetch(
            "SELECT version, type, slot, langkah, tugas, hasil, actor, recorder, occurred_at, recorded_at, payload"
            " FROM es.event_json WHERE stream = $1::text::uuid AND type <> $2 ORDER BY version",
            case.id,
            WORK_STARTED,
        )
        return [Event(**{**row, "payload": json.loads(row["payload"])}) for row in map(dict, rows)]

    def event(self, case: Berkas, kind: str) -> Event:
        """The one event of a type."""
        [only] = [event for event in self.events(case) if event.type == kind]
        return only

    def kinds(self, case: Berkas) -> list[str]:
        return [event.type for event in self.events(case)]

    def caused(self, office: str) -> int:
        """How many events people of an office have caused. Automatic work of other tests' cases lands at any time."""
        by_people = "SELECT count(*) AS n FROM es.event WHERE office = $1 AND coalesce(actor, recorder) IS NOT NULL"
        return int(self.fetch(by_people, office)[0]["n"])

    def cases(self, office: str) -> int:
        """How many cases an office has; people alone make them."""
        return int(
            self.fetch("SELECT count(*) AS n FROM es.stream WHERE kind = 'case' AND office = $1", office)[0]["n"]
        )


@dataclass(frozen=True, slots=True)
class Jejak:
    """What a test of a whole installation is given."""

    installation: Installation
    player: Player
    ledger: Ledger

    def office(self, kode: str) -> Office:
        return self.player.office(offices_folder(self.installation.environment) / kode)

    @property
    def certificates(self) -> Path:
        return self.installation.data / "certificate"


@pytest.fixture(scope="session")
def jejak(postgres_server: postgres.Address, migrated_template: str, kafka_server: KafkaCluster) -> Iterator[Jejak]:
    """One installation for all stories of a run. It has one clock: stories run one by one, each sets its date."""
    with (
        database_from(postgres_server, migrated_template) as database,
        installed(database, kafka_server, simulator=True) as installation,
        Player(installation.url, token_key(installation)) as player,
    ):
        yield Jejak(installation, player, Ledger(database.url))


def command(jejak: Jejak, *arguments: str) -> str:
    """What a person types on the installation, and what it says."""
    done = subprocess.run(
        [sys.executable, "-c", "from jejak.cli import main; raise SystemExit(main())", *arguments],
        env=dict(jejak.installation.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def office_like(jejak: Jejak, model: str, kode: str, folder: Path, **kantor: str) -> Office:
    """A made-up office with a real one's files under its own code, loaded; `kantor` are keys with values of its own."""
    for file in (offices_folder(jejak.installation.environment) / model).glob("*.toml"):
        text = file.read_text(encoding="utf-8").replace(f'"{model}', f'"{kode}')
        for key, value in kantor.items():
            text = re.sub(rf"^{key} = .*$", f'{key} = "{value}"', text, flags=re.MULTILINE)
        (folder / file.name).write_text(text, encoding="utf-8")
    command(jejak, "office", "load", str(folder))
    return jejak.player.office(folder)


@pytest.fixture(scope="session")
def pesisir_selatan(jejak: Jejak) -> Office:
    return jejak.office("13.01")


@pytest.fixture(scope="session")
def contoh(jejak: Jejak) -> Office:
    return jejak.office("13.99")


@pytest.fixture(scope="session")
def sukarni(jejak: Jejak) -> Berkas:
    """Rejected by BPJS. Told once a run: the batch of her month closes once."""
    return karangasem.rejected_by_bpjs(jejak.office("51.07"))


@pytest.fixture(scope="session")
def lismar(pesisir_selatan: Office) -> Berkas:
    """Three weeks in a drawer. Told once a run: the figures of its day are worked out by hand."""
    return pesisir.three_weeks_in_a_drawer(pesisir_selatan)


def until_listed(office: Office, person: str, *cases: Berkas) -> None:
    """Waits until the page of parafs lists these cases for an official: approval hears of them by Kafka."""

    def listed() -> bool:
        worklist = office.get(person, "/worklist/paraf").json()
        return {case.id for case in cases} <= {row["berkas"] for row in worklist["tugas"]}

    assert wait_until(listed, seconds=PATIENCE)


def minutes(count: float) -> Any:
    """So many minutes in seconds, give or take what the story's requests took."""
    return pytest.approx(count * 60, abs=DRIFT_SECONDS)


def hours(count: float) -> Any:
    return minutes(count * 60)


def step_of(timeline: Mapping[str, Any], langkah: str, stay: int = 1) -> Mapping[str, Any]:
    """The n-th stay of a case in a step of its sheet, from 1."""
    stays: list[Mapping[str, Any]] = [step for step in timeline["langkah"] if step["langkah"] == langkah]
    return stays[stay - 1]


def task_of(timeline: Mapping[str, Any], kind: str, nth: int = 1) -> Mapping[str, Any]:
    """The clocks of the task that the n-th event of a type ended."""
    clocks: list[Mapping[str, Any]] = [event["jam_tugas"] for event in timeline["peristiwa"] if event["jenis"] == kind]
    return clocks[nth - 1]


def seconds(clocks: Mapping[str, Any]) -> tuple[float, float | None, float]:
    """Wait, touch and elapsed."""
    return clocks["tunggu"]["detik"], clocks["sentuh"]["detik"], clocks["berlalu"]["detik"]
