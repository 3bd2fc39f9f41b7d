"""`jejak doctor` on a real PostgreSQL and Kafka: what is right is called well, and each thing broken is named."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from jejak.doctor.database import judge, look
from jejak.eventstore.postgres.migrate import migrate
from jejak.messaging.kafka.topics import ensure_topic
from jejak.platform.database_settings import login_of
from jejak.platform.ids import real_time
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.key_settings import MasterKeys
from jejak_local.files import free_port
from tests.servers import KEYS, NOBODY_SIGNS_IN, Database
from tests.store.bpjs import KEY
from tests.store.ledger import case_under

TOPICS = ("cases", "bpjs", "bpjs.replies", "bpjs.replies.rejected", "bpjs.replies.settled")


@pytest.fixture
def environment(database: Database, kafka_server: KafkaCluster, topic: str) -> dict[str, str]:
    """What intake's process has around it."""
    return (
        NOBODY_SIGNS_IN
        | KEYS
        | {
            "PATH": os.environ["PATH"],
            "JEJAK_DATABASE_URL": database.urls["intake"],
            "KAFKA_BOOTSTRAP_SERVERS": kafka_server.bootstrap,
            "JEJAK_TOPIC_PREFIX": topic,
        }
    )


def examined(environment: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, list[str]]]:
    """The exit status, and by subject what was found: `severity: text`."""
    command = [str(Path(sys.executable).parent / "jejak"), "doctor", "--json", "--service", "intake", *arguments]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    found: dict[str, list[str]] = {}
    for finding in json.loads(done.stdout):
        found.setdefault(finding["subject"], []).append(f"{finding['severity']}: {finding['text']}")
    return done.returncode, found


async def test_of_an_installation_that_works_only_what_a_test_spares_itself_is_wanting(
    environment: dict[str, str], database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    """The tests' PostgreSQL waits for no disk, stands alone and archives nothing, and their Kafka has one node."""
    await migrate(database.url)  # a copied database has lost its rights, as one restored from a dump has
    for name in TOPICS:
        await ensure_topic(kafka_server, f"{topic}.{name}", 2)

    status, found = examined(environment)

    [durable, synchronous, archive] = found["PostgreSQL (intake)"]
    assert status == 1
    assert durable.startswith("fault: fsync")
    assert synchronous.startswith("warning: Tidak ada server siaga sinkron")
    assert archive.startswith("warning: WAL tidak diarsipkan")
    [kafka] = found["Kafka"]
    assert kafka.startswith("warning: Hanya 1 simpul")
    assert found["Lingkungan"] == ["fine: JEJAK_ENV=production."]


async def test_nothing_of_the_ledgers_login_is_a_fault_that_a_server_on_a_disk_has_not(database: Database) -> None:
    """Its commits wait for no disk: `jejak migrate` sets it so for its role."""
    await migrate(database.url)
    for service in ("ledger", "relay", "intake"):
        facts = replace(await look(database.urls[login_of(service)], MasterKeys(KEY), real_time), durable=True)
        assert [row for row in judge(service, facts, real_time()) if row.severity == "fault"] == []


async def test_what_is_broken_is_named_and_the_rest_is_looked_at(
    environment: dict[str, str], database: Database
) -> None:
    """A database copied from another, as the tests' is, lets every login in, as one restored from a dump does."""
    owner = await asyncpg.connect(database.url)
    try:
        await owner.execute("DELETE FROM jejak.migration WHERE name LIKE 'intake/%'")
    finally:
        await owner.close()
    broken = environment | {"JEJAK_TOPICS": "managed", "KAFKA_SSL_CA": ""}

    status, found = examined(broken)

    texts = " ".join(found["PostgreSQL (intake)"])
    assert status == 1
    assert "fault: Skema lebih lama daripada program" in texts
    assert "fault: Semua login server ini boleh masuk" in texts
    assert any(text.startswith("fault: Topik belum ada") for text in found["Kafka"])


async def test_the_master_keys_of_another_installation_are_found(
    environment: dict[str, str], database: Database
) -> None:
    await case_under(database, environment["JEJAK_MASTER_KEY"])
    ours = " ".join(examined(environment)[1]["PostgreSQL (intake)"])
    strange = base64.urlsafe_b64encode(bytes(range(32))).decode()

    status, found = examined(environment | {"JEJAK_MASTER_KEY": strange})

    assert "unci" not in ours
    assert status == 1
    assert any("bukan milik basis data ini" in text for text in found["PostgreSQL (intake)"])

    await case_under(database, strange)
    status, found = examined(environment)
    assert status == 1
    assert any("2 dari 4 kunci berkas yang dicoba tidak terbuka" in text for text in found["PostgreSQL (intake)"])


def test_what_does_not_answer_is_a_finding_and_no_traceback(environment: dict[str, str]) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    away = environment | {
        "JEJAK_DATABASE_URL": f"postgresql://jejak_intake@{nowhere}/jejak",
        "KAFKA_BOOTSTRAP_SERVERS": nowhere,
    }

    status, found = examined(away)

    assert status == 1
    assert found["PostgreSQL (intake)"][0].startswith("fault: Tidak dapat masuk")
    assert found["Kafka"][0].startswith("fault: Tidak dapat masuk")


def test_an_administrators_login_and_a_missing_key_are_faults(environment: dict[str, str], database: Database) -> None:
    for setting in ("JEJAK_DATABASE_URL", "JEJAK_DATABASE_URL_INTAKE"):
        status, found = examined(environment | {setting: database.url})
        texts = [text for name in ("Pengaturan (intake)", "PostgreSQL (intake)") for text in found.get(name, [])]
        assert status == 1
        assert any("JEJAK_DATABASE_URL_INTAKE" in text or "harus jejak_intake" in text for text in texts), found

    status, found = examined(environment | {"JEJAK_MASTER_KEY": ""})
    assert status == 1
    assert found["Pengaturan (intake)"] == ["fault: JEJAK_MASTER_KEY is not set."]
