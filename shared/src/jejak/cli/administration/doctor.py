"""Examine an installation and say in sentences what to mend.

Looks at it as the processes of this machine do, by their environment: settings, PostgreSQL (version, login, schema,
durability, archive, clock), whether the master keys open what is stored, Kafka (nodes, topics and their copies),
certificates, free disk. Changes nothing.

  jejak doctor                     every process whose login of PostgreSQL is in this environment
  jejak doctor --service intake    one of them
  jejak doctor --json              for a program

✗ has to be mended, ! should be, ✓ is well. Exit status 1 where something has to be mended.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from jejak.cli import DONE, FAILED
from jejak.cli._common import show
from jejak.contracts.bpjs.messages import V1
from jejak.doctor import database, files, kafka
from jejak.doctor.findings import MARKS, Finding, failed
from jejak.platform.ids import real_time
from jejak.platform.settings import SERVICES, Settings, SettingsError, Source

NAMES: Final = (*SERVICES, "ledger", "relay")
_CERTIFICATES: Final = ("JEJAK_TLS_CERT", "JEJAK_TLS_CLIENT_CA", "KAFKA_SSL_CERT", "KAFKA_SSL_CA")
_BPJS_TOPICS: Final = (V1.topic, V1.replies, V1.replies_rejected, V1.replies_settled)


def configure(parser: argparse.ArgumentParser) -> None:
    """Which services, and the form of the answer."""
    names = [name.replace("_", "-") for name in NAMES]
    parser.add_argument("--service", choices=names, action="append", metavar="NAME", help=", ".join(names))
    parser.add_argument("--json", action="store_true", help="as JSON: a list of severity, subject, text")
    parser.set_defaults(run=run)


async def run(arguments: argparse.Namespace) -> int:
    """Prints the findings."""
    source = Source.of()
    chosen = [name.replace("-", "_") for name in arguments.service or ()]
    services = chosen or [name for name in NAMES if _has_login(source, name)] or NAMES
    found = [finding async for finding in examine(source, services, real_time)]
    lines = [f"{MARKS[finding.severity]} {finding.subject}: {finding.text}" for finding in found]
    show([finding._asdict() for finding in found], lines, as_json=arguments.json)
    return FAILED if failed(found) else DONE


async def examine(
    source: Source, services: list[str] | tuple[str, ...], clock: Callable[[], datetime]
) -> AsyncIterator[Finding]:
    """Every finding, one part after the other; a part that cannot be looked at is a finding itself."""
    yield _mode(source)
    for service in services:
        try:
            settings = Settings.read(service, source.values)
        except SettingsError as error:
            yield Finding("fault", f"Pengaturan ({service})", str(error))
        else:
            for finding in await _database(service, settings, clock):
                yield finding
    for finding in await _kafka(source):
        yield finding
    certificates = {name: Path(value) for name in _CERTIFICATES if (value := source.values.get(name))}
    for finding in files.judge_certificates(files.certificate_ends(certificates), clock()):
        yield finding
    if facts := files.disk(source.data_dir):
        for finding in files.judge_disk(facts):
            yield finding


def _has_login(source: Source, process: str) -> bool:
    try:
        source.database_url(process)
    except SettingsError:
        return False
    return True


def _mode(source: Source) -> Finding:
    if source.env == "development":
        text = (
            "JEJAK_ENV=development: siapa pun dapat masuk sebagai siapa pun dan menyetel jam. Jangan untuk pelayanan."
        )
        return Finding("warning", "Lingkungan", text)
    return Finding("fine", "Lingkungan", "JEJAK_ENV=production.")


async def _database(service: str, settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    try:
        facts = await database.look(settings.database_url, settings.master_keys, clock)
        return database.judge(service, facts, clock())
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        text = f"Tidak dapat masuk ({type(error).__name__}). Periksa alamat, login dan pg_hba.conf."
        return [Finding("fault", f"PostgreSQL ({service})", text)]


async def _kafka(source: Source) -> list[Finding]:
    prefix = source.text("JEJAK_TOPIC_PREFIX", "jejak")
    names = [f"{prefix}.{topic}" for topic in ("cases", *_BPJS_TOPICS)]
    try:
        cluster = source.kafka()
    except SettingsError as error:
        return [Finding("fault", "Pengaturan (Kafka)", str(error))]
    return await kafka.examine(cluster, names)
