"""A backup is restored to a point in time: what was recorded and published after it is known, and nothing collides."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from jejak.cli import main
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import Keyring
from jejak.contracts.envelope import NewEvent
from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.types import Append
from jejak.messaging.publishing.relay import Topic
from jejak.platform.ids import case_code, new_uuid, random_bytes
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.key_settings import MasterKeys
from jejak_local import postgres
from jejak_tools.delivery import compare, event_of, stored_events
from letters.numbering.numbers import reserve
from tests.relays import all_published, heard, relaying
from tests.servers import PASSWORDS, Database, database_of, execute, make_template, run, scratch_folder, start_or_skip
from tests.store.ledger import command, event, opened, until

MASTER: Final = b"m" * 32
RING: Final = Keyring(MasterKeys(MASTER), random_bytes)
OFFICE, SERIES, DAY = "99.01", "460/{urut:03}/UJI/{tahun}", date(2026, 3, 2)
ARCHIVED: Final = "SELECT last_archived_wal >= $1 FROM pg_stat_archiver"
LAST: Final = "SELECT max(position) FROM es.event"
EPOCH: Final = "SELECT epoch::text FROM es.epoch"


@dataclass(frozen=True, slots=True)
class Archiving:
    """A server that archives its log, and where."""

    server: postgres.Postgres
    archive: Path
    database: Database


@pytest.fixture
def archiving() -> Iterator[Archiving]:
    """A durable server with an archive of its log, as `docs/operations/backup.md` sets it up."""
    with scratch_folder("archiving") as folder:
        archive = postgres.owned_folder(folder / "archive")
        settings = {
            "archive_mode": "on",
            "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/.%f && mv {archive}/.%f {archive}/%f",
        }
        server = start_or_skip("PostgreSQL", lambda: postgres.Postgres(folder, settings=settings))
        template = make_template(server)
        run(execute(server.url, f"CREATE DATABASE jejak TEMPLATE {template}"))
        yield Archiving(server, archive, database_of(server, "jejak"))
        server.stop()


@contextmanager
def restored(folder: Path, archiving: Archiving, target: str) -> Iterator[Database]:
    """The base backup in this folder, recovered to a named point and opened."""
    settings = {
        "restore_command": f"cp {archiving.archive}/%f %p",
        "recovery_target_name": target,
        "recovery_target_action": "promote",
    }
    server = postgres.recover(folder, settings)
    try:
        run(_opened(server))
        yield database_of(server, "jejak")
    finally:
        server.stop()


async def _opened(server: postgres.Postgres) -> None:
    async with postgres.connected(server.url) as connection:
        await until(lambda: connection.fetchval("SELECT NOT pg_is_in_recovery()"))


async def begun(database: Database) -> UUID:
    """A case of the counter, with keys."""
    case = new_uuid()
    async with opened(database) as store:
        await store.put_keys(case, *RING.wrap(case, RING.new_keys()))
        await store.append(command(case, 0))
    return case


async def drafted(database: Database, case: UUID, version: int) -> str:
    """Reserves the next number of the office for the case, and drafts the letter that bears it; returns the number."""
    async with opened(database, "letters") as store:
        number = await reserve(store.pool, office=OFFICE, template=SERIES, day=DAY, case=case, surat="surat")
        draft = e.LetterNumbered(letters=(number.of("surat"),))
        payload = codec.encode(draft, case, version + 1, RING.new_keys(), random_bytes)
        named = NewEvent(id=new_uuid(), type="LetterNumbered", payload=payload)
        await store.append(Append(case, "case", version, (named,), (), OFFICE, "5" * 64))
    return number.nomor


async def archived(archiving: Archiving) -> None:
    """Waits until all that is written is in the archive."""
    async with postgres.connected(archiving.database.url) as connection:
        segment = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
        await connection.execute("SELECT pg_switch_wal()")
        await until(lambda: connection.fetchval(ARCHIVED, segment))


async def value(database: Database, query: str) -> Any:
    async with postgres.connected(database.url) as connection:
        return await connection.fetchval(query)


async def jejak(*arguments: str) -> int:
    """The exit status of a command, which begins an event loop of its own."""
    return await asyncio.to_thread(main, arguments)


def settings(monkeypatch: pytest.MonkeyPatch, database: Database, cluster: KafkaCluster, prefix: str) -> None:
    for name, text in {
        "JEJAK_ENV": "production",
        "JEJAK_DATABASE_URL": database.url,
        "JEJAK_DATABASE_URL_LETTERS": database.urls["letters"],
        "JEJAK_MASTER_KEY": base64.urlsafe_b64encode(MASTER).decode(),
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
        "JEJAK_TOPIC_PREFIX": prefix,
    }.items():
        monkeypatch.setenv(name, text)


@dataclass(frozen=True, slots=True)
class Past:
    """What was before the disaster: the case of the lost letter, the last position kept, the last one published."""

    third: UUID
    kept: int
    published: int
    epoch: str


async def lived(archiving: Archiving, topic: Topic, folder: Path, note: Path) -> Past:
    """Work, a note and a backup, more work, a point that can be returned to, and work that will be lost."""
    database = archiving.database
    async with relaying(database, topic):
        first = await begun(database)
        assert await drafted(database, first, 1) == "460/001/UJI/2026"
        assert await jejak("backup", "note", str(note)) == 0
        await asyncio.to_thread(postgres.base_backup, archiving.server, folder)
        second = await begun(database)
        assert await drafted(database, second, 1) == "460/002/UJI/2026"
        await execute(database.url, "SELECT pg_create_restore_point('sebelum_kejadian')")
        kept = await value(database, LAST)

        third = await begun(database)
        assert await drafted(database, third, 1) == "460/003/UJI/2026"
        async with opened(database, "bpjs_sync") as store:
            await store.append(command(first, 2, [event("SubmissionSent")]))
        await all_published(database)
        past = Past(third, kept, await value(database, LAST), await value(database, EPOCH))
    await archived(archiving)
    await asyncio.to_thread(archiving.server.kill)
    return past


async def test_a_restore_to_a_point_in_time_goes_on_under_a_new_epoch_and_gives_nothing_twice(
    archiving: Archiving,
    kafka_server: KafkaCluster,
    topic: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    note, cases = tmp_path / "note.json", Topic(kafka_server, f"{topic}.cases", partitions=2)
    settings(monkeypatch, archiving.database, kafka_server, topic)
    with scratch_folder("restored") as folder:
        past = await lived(archiving, cases, folder, note)
        with restored(folder, archiving, "sebelum_kejadian") as after:
            settings(monkeypatch, after, kafka_server, topic)
            capsys.readouterr()
            assert await migrate(after.url, PASSWORDS, development=True) == []
            assert await jejak("backup", "verify", "--note", str(note), "--max-age", "24") == 0
            holds_what_was_noted(capsys.readouterr().out)
            assert await value(after, LAST) == past.kept < past.published
            moment = await value(after, "SELECT max(recorded_at) FROM es.event")

            assert await jejak("restore", "lost") == 0
            names_what_is_lost(capsys.readouterr().out, past)
            async with opened(after):
                assert await jejak("restore", "done") == 1
                assert "Services are connected (jejak_intake): stop them all" in capsys.readouterr().err
            assert await jejak("restore", "done") == 0
            said = capsys.readouterr().out
            assert "Epoch 2 has begun; its first event takes position" in said
            assert "3 published events are lost" in said
            assert await jejak("letter", "skip-lost") == 0
            assert "1 nomor sampai 3 dilewati" in capsys.readouterr().out

            async with relaying(after, cases):
                assert await drafted(after, await begun(after), 1) == "460/004/UJI/2026"
                await all_published(after)
            await is_published_in_a_new_epoch(after, cases, past)

            assert await jejak("ledger", "verify", "--database", after.url) == 0
            assert await jejak("letter", "numbers", "--office", OFFICE, "--year", str(DAY.year)) == 0
            assert f"{SERIES}  urut 3 sampai 3 dilewati" in capsys.readouterr().out
            assert await jejak("letter", "skip-lost") == 0
            assert "Penghitung sudah melewati 3" in capsys.readouterr().out
            await is_found_by_the_moment_of_the_restore(after, past, moment, capsys)


async def is_found_by_the_moment_of_the_restore(
    database: Database, past: Past, moment: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the restored store has recorded events of its own, for longer than the margin, these hide what is lost."""
    await execute(database.url, "SELECT es.set_dev_clock('3 hours')")
    await begun(database)
    assert await jejak("restore", "lost") == 0
    assert "Kafka holds no event since" in capsys.readouterr().out
    assert await jejak("restore", "lost", "--restored-to", moment.isoformat()) == 0
    names_what_is_lost(capsys.readouterr().out, past)


def holds_what_was_noted(said: str) -> None:
    assert "The copy has all that the note of" in said
    assert "Every chain holds: 2 streams, 4 events." in said
    assert "The master keys of the ring open all 4 wrapped keys." in said
    assert "a new epoch begins with the first start" in said


def names_what_is_lost(said: str, past: Past) -> None:
    assert "3 published events of 2 cases are not in the event store:" in said
    assert f"{case_code(past.third)}  {OFFICE}" in said
    assert "Sent to BPJS or another party, and unknown here now:" in said


async def is_published_in_a_new_epoch(database: Database, topic: Topic, past: Past) -> None:
    """All that the event store holds is published in its epoch, and what is new at positions that were never given."""
    epoch = await value(database, EPOCH)
    records: dict[str, list[Any]] = {past.epoch: [], epoch: []}
    for record in await heard(topic):
        records[dict(record.headers)["epoch"].decode()].append(record)
    delivery = compare(await stored_events(database.url), map(event_of, records[epoch]))
    assert (delivery.stored, delivery.exact) == (6, True)
    before = {event_of(record).id for record in records[past.epoch]}
    fresh = [record for record in records[epoch] if event_of(record).id not in before]
    assert [position_of(record) > past.published for record in fresh] == [True, True]


def position_of(record: Any) -> int:
    return int(dict(record.headers)["position"])


async def test_a_copy_that_was_started_without_recovery_begins_a_new_epoch_by_the_operators_word(
    own_postgres: postgres.Postgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such a copy is on the same timeline: nothing in PostgreSQL tells that it went back."""
    template = make_template(own_postgres)
    await execute(own_postgres.url, f"CREATE DATABASE jejak TEMPLATE {template}")
    before = database_of(own_postgres, "jejak")
    await begun(before)
    with scratch_folder("copied") as folder:
        await asyncio.to_thread(postgres.base_backup, own_postgres, folder)
        await begun(before)
        await asyncio.to_thread(own_postgres.stop)
        copy = postgres.Postgres(folder, settings=own_postgres.settings)
        after = database_of(copy, "jejak")
        settings(monkeypatch, after, KafkaCluster("127.0.0.1:1"), "uji")

        assert await value(after, "SELECT number FROM es.current_epoch()") == 1
        assert await jejak("backup", "verify") == 0
        assert "after a restore, run `jejak restore done`" in capsys.readouterr().out
        assert await jejak("restore", "done") == 1
        assert "Kafka cannot be read" in capsys.readouterr().err
        assert await jejak("restore", "done", "--without-kafka") == 0
        assert "Epoch 2 has begun; its first event takes position 1000002." in capsys.readouterr().out
        assert await value(after, "SELECT number FROM es.current_epoch()") == 2
        await begun(after)
        assert await value(after, LAST) == 1_000_002
        copy.stop()


async def test_a_copy_that_is_too_old_or_not_the_noted_one_is_refused(
    own_postgres: postgres.Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    template = make_template(own_postgres)
    await execute(own_postgres.url, f"CREATE DATABASE jejak TEMPLATE {template}")
    database, early, late = database_of(own_postgres, "jejak"), tmp_path / "early.json", tmp_path / "late.json"
    settings(monkeypatch, database, KafkaCluster("127.0.0.1:1"), "uji")
    case = await begun(database)
    assert await jejak("backup", "note", str(early)) == 0
    assert await jejak("backup", "note", str(early)) == 1
    assert "exists already" in capsys.readouterr().err
    with scratch_folder("early") as folder:
        await asyncio.to_thread(postgres.base_backup, own_postgres, folder)
        async with opened(database) as store:
            await store.append(command(case, 1))
        assert await jejak("backup", "note", str(late)) == 0
        assert await jejak("backup", "verify", "--note", str(early)) == 0
        copy = postgres.Postgres(folder, settings=own_postgres.settings)
        capsys.readouterr()
        assert await jejak("backup", "verify", "--database", copy.url_of("jejak"), "--note", str(late)) == 1
        said = capsys.readouterr().out
        assert "WRONG 1 of 2 events that the note of" in said
        assert "Do not use this copy" in said
        copy.stop()

    assert await jejak("backup", "verify", "--max-age", "0.000001") == 1
    assert "WRONG The newest event is 2, recorded at" in capsys.readouterr().out
    monkeypatch.setenv("JEJAK_MASTER_KEY", base64.urlsafe_b64encode(b"x" * 32).decode())
    assert await jejak("backup", "verify") == 1
    assert "WRONG 2 of 2 wrapped keys open with no master key of the ring." in capsys.readouterr().out
    assert await jejak("backup", "verify", "--without-keys") == 0
    await execute(
        database.url,
        "ALTER TABLE es.event DISABLE TRIGGER event_is_never_changed",
        "UPDATE es.event SET actor = 'lain', hash = sha256('lain') WHERE position = 1",
    )
    capsys.readouterr()
    assert await jejak("backup", "verify", "--without-keys", "--note", str(early)) == 1
    said = capsys.readouterr().out
    assert f"WRONG A chain is BROKEN at stream {case}, version 1" in said
    assert "WRONG The chains up to position 1 are other ones than the note" in said
