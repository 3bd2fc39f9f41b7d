"""An installation is upgraded with all its data: migrations are numbered without a gap, go forward only, lose none."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.migration_files import installed
from jejak.eventstore.types import Blob
from jejak.platform.ids import new_uuid
from jejak_local import postgres
from letters.numbering.numbers import reserve, store_signed
from tests.servers import PASSWORDS, Database, database_of, execute
from tests.store import registers
from tests.store.ledger import OFFICE, command, due, event, opened
from verification.registers.importing import import_register

# The first migrations by their SHA-256, frozen: a later file upgrades a database that was filled with these.
FIRST: Final = {
    "store/0001_eventstore.sql": "c3cc267a34fb4e09280625d5e5fa51c9c34de913710ac7f158ad3defda9b32fe",
    "store/0002_append.sql": "3767e1fff71a474b0825998cb638b6cb3279bdeafcc361bc9b405571a3e4edcd",
    "store/0003_append_one.sql": "3e93c9f902b378a29b7b74e4969c855b2a140a45c07cc802c9614968e75c41d4",
    "store/0004_functions.sql": "1e3133e56a88dfc1acdaabbe4e89bc31a359d66d0c6f8a84dd8b2c9149f5a8bd",
    "store/0005_epoch.sql": "ddb7a187012c62f287610bcd4d6b054ce2cec47edf9c52fd8fc64d213fe84861",
    "approval/0001_approval.sql": "77c2748e10d745a7162b652102c7a9cb6e10f43e63c1080b0b2cd04f31f3626a",
    "bpjs-sync/0001_batches.sql": "e5acd522fb266b10a1d8b5112a29e245f87856807c2e46564066e7748c2e501c",
    "bpjs-sync/0002_messages.sql": "b2272a2f9e6a322087ec2c7e8d88ac9589ee20fa71781f7cfb4e767a10a54503",
    "bpjs-sync/0003_replies.sql": "4242484c9cf8001dedbcf9d549774687978bc4fac8c63dc489cf02b979fe2ae6",
    "intake/0001_intake.sql": "d2cd49ce764be7791114fb81f74ee78d2c01c8ee5fd074cc701a8d38d8d596c2",
    "ledger/0001_views.sql": "d5fa993be1fdbee0dddfaa7ef908f32c016236df763d7d5ad12690a5ebd5c370",
    "letters/0001_letters.sql": "3347cbdb308f6a18ba97b5b8531635fdfd082883a0795a7d6b7e8866a3a43884",
    "verification/0001_registers.sql": "8b6a26776151c4848024696a5c64991958feb1702830b4cd555f5ab45db52be4",
}
FROZEN: Final = FIRST | {
    "intake/0002_reminders.sql": "4b6837c5dbbbe5d1d2ab337fc3ea900ad954e1bdfd695ffd4d8d7c2c1dc6f9a4",
    "store/0007_sessions.sql": "ca179e6f1d3e35bd0124579dc6d3261befac5e8dbdba608080a66fb4fa2b47a5",
    "letters/0002_sent_to_bsre.sql": "d0b9100daf114f66797699060ca78165e9191bd940ccd24758c7532e72c453d6",
    "letters/0003_void_by_death.sql": "d2fee1976f92d76f511b8cc65d8f22bf59deb724d46be7004770c8c2a03ea221",
    "letters/0004_kinds_of_letters.sql": "25ba9ab8cc02e1f3b4e40845d45dd6640bf8b1d96f504a5bd6846ee4c73511cd",
    "verification/0002_unread_rows.sql": "8d93c8f824a81749bce8a16dedd9ead493d49e48ea135b10a7b3e546dfff6267",
}
"""Those, and the ones that have landed since: installations have applied them too."""

FILLED: Final = (
    "es.event",
    "es.due",
    "approval.waiting",
    "letters.number",
    "letters.open_number",
    "letters.signed",
    "register.entry",
    "bpjs.unplaced",
    "bpjs.reply",
    "bpjs.settled",
    "view.entry",
)
COLUMNS: Final = """
SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relowner = 'jejak_owner'::regrole AND c.relname <> 'migration'
GROUP BY c.oid
"""
ANSWERED: Final = f"""
INSERT INTO bpjs.reply (id, reply, hash, submission, result, replied_at, received_at, arrived_at, state, settled_at)
SELECT n.id, n.id, sha256('x'), n.id, 'accepted', now(), now(), now(), n.state, n.at
FROM (VALUES ('{UUID(int=6)}'::uuid, 'waiting', NULL), ('{UUID(int=7)}'::uuid, 'kept', now())) AS n (id, state, at)
"""  # noqa: S608 - constants
ADDED: Final[tuple[str, ...]] = (
    "access.session",
    "es.trace",
    "intake.reminder",
    "letters.sent",
    "letters.skipped",
    "register.list_asked",
    "register.matching",
    "register.unread",
    *("view.late", "view.office", "view.sheet_step"),
)
"""Tables of migrations after the first state."""
# Stands in for the second version until there is one: it expands a table and fills the new column.
LATER: Final = """
ALTER TABLE letters.number ADD COLUMN note text NOT NULL DEFAULT '';
CREATE TABLE letters.later AS SELECT "case", surat FROM letters.number;
"""
BESIDE: Final = "-- concurrently\nCREATE INDEX CONCURRENTLY IF NOT EXISTS event_later ON es.event (occurred_at);\n"


def in_order(files: Traversable) -> list[Path]:
    return sorted(
        (Path(str(file)) for file in files.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )


def copied(target: Path, *, baseline: bool) -> dict[str, Traversable]:
    """The folders of migrations as a copy that a test may change; those of the first state, or all."""
    for folder, files in installed().items():
        (target / folder).mkdir(parents=True, exist_ok=True)
        for file in in_order(files):
            if not baseline or f"{folder}/{file.name}" in FIRST:
                (target / folder / file.name).write_bytes(file.read_bytes())
    return {folder: target / folder for folder in installed()}


@pytest.fixture
async def filled(postgres_server: postgres.Address, migrated_template: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of the first state, with rows of every service in it."""
    assert migrated_template, "roles have their passwords"
    name = f"test_{secrets.token_hex(6)}"
    await execute(postgres_server.url, f"CREATE DATABASE {name}")
    database = database_of(postgres_server, name)
    await migrate(database.url, PASSWORDS, development=True, folders=copied(tmp_path / "baseline", baseline=True))
    await fill(database, tmp_path)
    yield database
    await execute(postgres_server.url, f"DROP DATABASE {name} WITH (FORCE)")


async def fill(database: Database, folder: Path) -> None:
    case, row = new_uuid(), new_uuid()
    async with opened(database) as store:
        await store.append(command(case, 0, rows=[due(), due("aktif", "deliver", service="bpjs_sync")]))
        await store.append(command(new_uuid(), 0, rows=[due(tugas="paraf", service="approval", automatic=False)]))
    async with opened(database, "letters") as store:
        number = await reserve(
            store.pool, office=OFFICE, template="460/{urut}", day=date(2022, 7, 4), case=case, surat="a"
        )
        signed = Blob("5" * 64, "application/pdf", 1, b"sealed")
        await store_signed(store.pool, case=case, surat="a", unsigned_sha256=b"u" * 32, signed=signed)
        await store.append(command(case, 1, [event("LetterSigned")], [due()]))
    async with opened(database, "verification") as store, store.pool.acquire() as connection:
        poor = registers.write(folder, ["NIK;Nama", f"{registers.BUDI};Budi"])
        await import_register(connection, registers.KEYS, registers.of(poor))
    async with opened(database, "bpjs_sync") as store:
        await store.pool.execute(
            "SELECT bpjs.begin_answers($1, $2, $3, 'staf', $4)", new_uuid(), OFFICE, b"h" * 32, b"k"
        )
        await store.pool.execute("SELECT bpjs.keep_unplaced(1, $1, '{2}', '{x}', $2, $3)", [row], [case], [b"sealed"])
    async with opened(database, "approval") as store:
        await store.pool.execute("SELECT approval.resume(0)")
    async with opened(database, "ledger") as store:
        await store.pool.execute("SELECT view.enter(0, 1000)")
    await execute(database.url, ANSWERED)
    assert number.nomor == "460/1"


async def tables(database: Database) -> dict[str, str]:
    connection = await asyncpg.connect(database.url)
    columns = {row["name"]: row["columns"] for row in await connection.fetch(COLUMNS)}
    await connection.close()
    return columns


async def rows_of(database: Database, columns: Mapping[str, str]) -> dict[str, list[asyncpg.Record]]:
    """The contents of every table, by the columns named. Every migration writes `es.event_owner` anew."""
    connection = await asyncpg.connect(database.url)
    rows = {
        table: await connection.fetch(f"SELECT {names} FROM {table} ORDER BY ({names})::text")  # noqa: S608 - from the catalogue
        for table, names in columns.items()
        if table != "es.event_owner"
    }
    await connection.close()
    return rows


async def test_a_filled_database_of_the_first_state_keeps_its_data_through_every_later_migration(
    filled: Database, tmp_path: Path
) -> None:
    columns = await tables(filled)
    before = await rows_of(filled, columns)
    assert [table for table in FILLED if not before[table]] == []
    later = copied(tmp_path / "later", baseline=False)
    number = len(in_order(later["letters"])) + 1
    (tmp_path / "later" / "letters" / f"{number:04}_later.sql").write_text(LATER, encoding="utf-8")

    applied = await migrate(filled.url, development=True, folders=later)

    assert f"letters/{number:04}_later.sql" in applied
    assert await rows_of(filled, columns) == before
    assert set(await tables(filled)) == {*columns, *ADDED, "letters.later"}
    assert await migrate(filled.url, development=True, folders=later) == []


async def test_services_go_on_while_a_later_version_migrates(filled: Database, tmp_path: Path) -> None:
    later = copied(tmp_path / "later", baseline=False)
    for folder, text in (("letters", LATER), ("store", BESIDE)):
        number = len(in_order(later[folder])) + 1
        (tmp_path / "later" / folder / f"{number:04}_later.sql").write_text(text, encoding="utf-8")
    migrated = asyncio.Event()

    async def register() -> int:
        """New cases, one after the other, each with its letter's number; returns how many."""
        cases = 0
        async with opened(filled) as intake, opened(filled, "letters") as letters:
            while not migrated.is_set() or cases == 0:
                case = new_uuid()
                assert (await intake.append(command(case, 0, rows=[due()]))).status == "appended"
                await reserve(
                    letters.pool, office=OFFICE, template="460/{urut}", day=date(2022, 7, 4), case=case, surat="a"
                )
                cases += 1
        return cases

    registering = asyncio.create_task(register())
    await migrate(filled.url, development=True, folders=later)
    migrated.set()
    cases = await registering
    connection = await asyncpg.connect(filled.url)
    counts = await connection.fetchrow("SELECT (SELECT count(*) FROM letters.number), (SELECT count(*) FROM es.stream)")
    await connection.close()
    assert counts is not None
    assert tuple(counts) == (1 + cases, 2 + cases)


async def test_a_file_of_the_first_state_that_was_changed_is_refused_and_nothing_is_applied(
    filled: Database, tmp_path: Path
) -> None:
    later = copied(tmp_path / "later", baseline=False)
    (tmp_path / "later" / "letters" / "0099_later.sql").write_text(LATER, encoding="utf-8")
    with (tmp_path / "later" / "verification" / "0001_registers.sql").open("a", encoding="utf-8") as file:
        file.write("-- another word\n")
    with pytest.raises(RuntimeError, match=r"verification/0001_registers\.sql was changed"):
        await migrate(filled.url, development=True, folders=later)
    assert "letters.later" not in await tables(filled)


async def test_a_database_that_another_history_of_files_made_is_refused(filled: Database, tmp_path: Path) -> None:
    later = copied(tmp_path / "later", baseline=False)
    (tmp_path / "later" / "letters" / "0001_letters.sql").rename(tmp_path / "later" / "letters" / "0001_other.sql")
    with pytest.raises(RuntimeError, match=r"letters/0001_letters\.sql had been applied"):
        await migrate(filled.url, development=True, folders=later)


@pytest.mark.parametrize("name", FROZEN)
def test_a_file_that_has_landed_is_as_it_was(name: str) -> None:
    folder, _, file = name.partition("/")
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in in_order(installed()[folder])}
    assert sums.get(file) == FROZEN[name], (
        f"{name} is frozen, installations have applied it: put it back as it was, and add a file with the next number"
    )


def test_files_are_numbered_without_a_gap() -> None:
    for folder, files in installed().items():
        names = [file.name for file in in_order(files)]
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1)), folder
        assert all(re.fullmatch(r"\d{4}_[a-z_]+\.sql", name) for name in names)
    assert {name.partition("/")[0] for name in FROZEN} == set(installed())
