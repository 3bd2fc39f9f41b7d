"""The rows of a register from the database: in order, page by page, and for a kelurahan only its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from jejak.contracts import events as e
from jejak.eventstore.store import Store
from jejak.eventstore.types import Append
from jejak.platform.ids import new_uuid
from ledger.audit import numbers
from ledger.audit.registers.lines import BATCHES
from ledger.audit.registers.rows import ENTRIES, NUMBERS
from tests.servers import Database
from tests.store.ledger import OFFICE, SOP, command, event, opened

EARLY, LATE = datetime(1970, 1, 1, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)
FIRST, SECOND = "99.01.01.1001", "99.01.01.1002"
_DONE = {"langkah": "4", "tugas": "sign", "hasil": "ditandatangani", "oleh": "kadis", "actor": "kadis-1"}


async def case_of(database: Database, wilayah: str) -> UUID:
    """A case entered there whose letter has a number and is signed and archived."""
    case = new_uuid()
    async with opened(database) as intake:
        submitted = event(payload=f'{{"entry_office":"{wilayah}"}}'.encode())
        await intake.append(command(case, 0, [submitted]))
    async with opened(database, "letters") as letters:
        signed, archived = event("LetterSigned", b'{"v":1}', **_DONE), event("LetterArchived", b'{"v":1}', **_DONE)
        await letters.append(command(case, 1, [signed, archived]))
        reserved = e.Reservation(year=2024, count=1, at=datetime(2024, 7, 4, tzinfo=UTC))
        number = e.DraftLetter(letter="surat", number=f"460/{case}/2024", reserved=reserved)
        named = e.LetterNumbered(letters=(number,)).model_dump_json()
        await letters.append(command(case, 3, [event("LetterNumbered", named.encode())]))
    return case


async def entries(
    pool: asyncpg.Pool[asyncpg.Record], register: str, *, after: tuple[datetime, int] = (EARLY, -1), limit: int = 50,
    at_once: tuple[str, ...] = (), wilayah: str | None = None,
) -> list[Any]:  # fmt: skip
    return await pool.fetch(ENTRIES, OFFICE, register, *after, LATE, [SOP], list(at_once), wilayah and [wilayah], limit)


async def test_a_register_is_read_in_the_order_of_the_ledger_and_goes_on_where_a_page_ended(database: Database) -> None:
    cases = [await case_of(database, place) for place in (FIRST, SECOND, FIRST)]
    async with await Store.connect(database.urls["ledger"]) as ledger:
        pool = ledger.pool
        for _ in range(2):  # a second entry of the same stretch changes nothing
            await pool.execute("SELECT view.enter(0, 1000000)")

        archived = await entries(pool, "arsip")
        assert [(row["stream"], row["type"]) for row in archived] == [(case, "LetterArchived") for case in cases]
        page = await entries(pool, "arsip", limit=2)
        rest = await entries(pool, "arsip", after=(page[-1]["at"], page[-1]["mark"]), limit=2)
        assert [row["mark"] for row in (*page, *rest)] == [row["mark"] for row in archived]

        assert {row["type"] for row in await entries(pool, "arsip", at_once=(SOP,))} == {"LetterSigned"}
        assert [row["type"] for row in await entries(pool, "kendali")] == ["LetterSigned", "LetterArchived"] * 3
        assert await entries(pool, "rekon") == []


async def test_a_kelurahan_finds_its_own_cases_in_a_register_and_no_other(database: Database) -> None:
    cases = {place: await case_of(database, place) for place in (FIRST, SECOND)}
    async with await Store.connect(database.urls["ledger"]) as ledger:
        await ledger.pool.execute("SELECT view.enter(0, 1000000)")
        for _ in range(2):  # a second entry of the same stretch changes nothing
            await numbers.enter(ledger.pool, await numbers.read(ledger.pool, 0, 1_000_000))

        async def seen(wilayah: str | None) -> list[set[UUID]]:
            book = await ledger.pool.fetch(NUMBERS, OFFICE, 2024, EARLY, "", wilayah and [wilayah], 50)
            return [{row["stream"] for row in rows} for rows in (
                book, await entries(ledger.pool, "arsip", wilayah=wilayah),
            )]  # fmt: skip

        assert await seen(None) == [set(cases.values())] * 2
        assert await seen(FIRST) == [{cases[FIRST]}] * 2
        assert await seen("99.01.01") == [set(cases.values())] * 2
        assert await seen("99.01.01.10") == [set()] * 2


async def test_the_ledger_finds_the_batch_that_an_answer_came_with(database: Database) -> None:
    batch = new_uuid()
    closed = event("BatchClosed", b'{"batch":"rekon_harian","period":"2024-08-05","members":[]}')
    async with opened(database, "bpjs_sync") as sync:
        await sync.append(Append(batch, "batch", 0, (closed,), (), OFFICE, ""))
    async with await Store.connect(database.urls["ledger"]) as ledger:
        [row] = await ledger.pool.fetch(BATCHES, [batch, new_uuid()])
    assert (row["id"], row["kumpulan"], row["period"]) == (batch, "rekon_harian", "2024-08-05")
