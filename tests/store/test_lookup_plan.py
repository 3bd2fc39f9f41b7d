"""The look-up of people in imported registers reads no whole register, also for a whole part of a bulk match."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from jejak.platform.key_settings import MasterKeys
from jejak.privacy import nik
from tests.servers import Database
from tests.store.bpjs import KEY
from verification.registers.importing import Request, import_register
from verification.registers.lookup import ALL_KINDS, LOOKUP, RegisterKeys, RegisterKind
from verification.registers.matching import CHUNK_ROWS

OFFICE: Final = "13.98"
KEYS: Final = RegisterKeys(KEY, MasterKeys(KEY))
NIKS: Final = tuple(f"139801{day:02}0385{serial:04}" for day in range(1, 6) for serial in range(1, 1001))
FILL: Final = """
INSERT INTO register.entry (import_no, nik_index, variant, row_no, desil)
SELECT i.no, sha256((i.no || ' ' || n)::bytea), '', n + 100000, n % 11
FROM register.import i, generate_series(1, $1::int) AS n
"""
"""Other people of each register."""


@pytest.fixture
async def connection(database: Database, tmp_path: Path) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Verification's connection: DTSEN has 250,000 rows, the superseded one before it as many."""
    service = await asyncpg.connect(database.urls["verification"])
    for day in (1, 2):
        path = tmp_path / f"dtsen-{day}.csv"
        rows = "".join(f"{number};{(row + day) % 11}\n" for row, number in enumerate(NIKS))
        path.write_text(f"NIK;Desil\n{rows}", encoding="utf-8")
        request = Request(path, OFFICE, "DTSEN", RegisterKind.POOR, by="uji", as_of=date(2026, 3, day))
        await import_register(service, KEYS, request)
        admin = await asyncpg.connect(database.url)
        if day == 2:
            await admin.execute(FILL, 245_000)
            await admin.execute("ANALYZE register.entry; ANALYZE register.import; ANALYZE register.unread")
        await admin.close()
    yield service
    await service.close()


@pytest.mark.parametrize("people", [1, CHUNK_ROWS])
async def test_people_are_looked_up_by_their_index(connection: asyncpg.Connection[asyncpg.Record], people: int) -> None:
    given = ([OFFICE, OFFICE[:2]], sorted(ALL_KINDS), [nik.index(KEYS.index, number) for number in NIKS[:people]])

    plan = json.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + LOOKUP, *given))

    read = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "entry"]
    assert read
    for node in read:
        assert node["Node Type"] != "Seq Scan", node
        walked = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        assert walked <= 2 * people, node


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
