"""The tables beside the events: keys, the person index, bytes, the files of offices, the settable clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import asyncpg
import pytest

from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.store import Store
from jejak.eventstore.types import Blob
from jejak.platform.ids import new_uuid
from tests.servers import Database
from tests.store.ledger import command, opened


async def cases_of(store: Store, hmac: bytes) -> list[UUID]:
    rows = await store.pool.fetch("SELECT stream FROM es.person WHERE hmac = $1 ORDER BY stream", hmac)
    return [row["stream"] for row in rows]


async def test_keys_of_a_case_are_made_once_and_come_with_the_case(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as intake, opened(database, "letters") as letters:
        assert await intake.put_keys(case, b"working", b"archive", [b"nik", b"kk"]) == (b"working", b"archive")
        assert await intake.put_keys(case, b"second", b"second") == (b"working", b"archive")
        assert (await intake.read([case])).streams == {}
        await intake.append(command(case, 0))
        assert (await letters.read([case])).streams[case].keys == (b"working", b"archive")
        assert await cases_of(intake, b"nik") == [case]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await letters.put_keys(new_uuid(), b"w", b"a")


async def test_a_person_is_found_in_every_case_and_only_by_those_who_may_ask(database: Database) -> None:
    cases = sorted(new_uuid() for _ in range(3))
    async with opened(database) as intake, opened(database, "ledger") as ledger, opened(database, "letters") as letters:
        for case in cases:
            for people in ([b"nik", case.bytes], [b"nik"]):
                await intake.pool.execute("SELECT es.put_person($1, $2)", case, people)
        assert await cases_of(ledger, b"nik") == cases
        assert await cases_of(ledger, cases[0].bytes) == [cases[0]]
        assert await cases_of(ledger, b"nobody") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await cases_of(letters, b"nik")


async def test_bytes_are_stored_once_a_case(database: Database) -> None:
    case, other = new_uuid(), new_uuid()
    scan = Blob(sha256(b"scan").hexdigest(), "application/pdf", 4, b"sealed")
    photo = Blob(sha256(b"photo").hexdigest(), "image/jpeg", 5, b"sealed too")
    async with opened(database) as intake, opened(database, "ledger") as ledger:
        assert await intake.put_blobs(case, [scan, photo]) == 2
        assert await intake.put_blobs(case, [Blob(scan.sha256, "text/plain", 4, b"other"), photo]) == 0
        assert await intake.put_blobs(other, [scan]) == 1
        assert await intake.put_blobs(other, []) == 0
        assert await ledger.get_blob(case, scan.sha256) == scan
        assert await ledger.get_blob(other, photo.sha256) is None
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ledger.put_blobs(case, [scan])


async def test_a_sheet_lies_under_its_own_hash_and_only_the_administrator_puts_it(database: Database) -> None:
    async with await Store.connect(database.url) as admin, opened(database) as intake:
        digest = await admin.put_sop("99.01", b"nama = 'x'")
        await admin.put_sop("99.01", b"nama = 'x'")
        other = await admin.put_sop("99.02", b"nama = 'y'")
        assert digest == sha256(b"nama = 'x'").hexdigest()
        assert await intake.get_sop(digest) == b"nama = 'x'"
        assert await intake.get_sop("0" * 64) is None
        assert await intake.list_sops("99.01") == [digest]
        assert await intake.list_sops() == [digest, other]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await intake.put_sop("99.01", b"z")


async def test_an_office_has_its_files_in_the_order_in_which_they_came_into_force(database: Database) -> None:
    async with await Store.connect(database.url) as admin, opened(database) as intake:
        await admin.put_kantor("99.01", date(2023, 1, 1), b"new")
        await admin.put_kantor("99.01", date(2017, 1, 1), b"first")
        await admin.put_kantor("99.01", date(2017, 1, 1), b"first, corrected")
        await admin.put_kantor("99.02", date(2017, 1, 1), b"other")
        assert await intake.get_kantors("99.01") == [b"first, corrected", b"new"]
        assert await intake.offices() == ["99.01", "99.02"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await intake.put_kantor("99.01", date(2024, 1, 1), b"mine")


async def test_a_case_code_leads_to_the_cases_it_can_stand_for(database: Database) -> None:
    case, other = new_uuid(), new_uuid()
    async with opened(database) as store:
        await store.append_call([command(case, 0), command(other, 0)])
        assert await store.find(case, case) == [case]
        assert await store.find(min(case, other), max(case, other)) == sorted([case, other])


async def test_the_clock_can_be_set_in_development_and_governs_what_is_recorded(database: Database) -> None:
    case = new_uuid()
    async with opened(database) as store:
        real = await store.now()
        clock = await store.set_dev_clock(datetime(2022, 7, 4, 2, tzinfo=UTC) - real)
        outcome = await store.append(command(case, 0))
        read = await store.read([])
        offset = await store.get_dev_clock()
    assert abs(clock - datetime(2022, 7, 4, 2, tzinfo=UTC)) < timedelta(minutes=1)
    assert clock < outcome.recorded_at < read.now < clock + timedelta(minutes=1)
    assert offset == datetime(2022, 7, 4, 2, tzinfo=UTC) - real


async def test_outside_development_no_service_sets_the_clock(database: Database) -> None:
    async with opened(database) as store:
        await store.set_dev_clock(timedelta(days=5))
        await migrate(database.url, development=False)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="development only"):
            await store.set_dev_clock(timedelta(days=5))
        assert await store.get_dev_clock() == timedelta(0)
