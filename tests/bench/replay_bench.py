"""A million submissions replayed over HTTP: how many a second one reader gets, and what memory bpjs-sync takes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from jejak.contracts.codec import CaseKeys, Keyring, seal_bytes
from jejak.platform import ids
from jejak.platform.settings import Source
from jejak.web.access.clients import issue
from jejak_local.installation import Installation
from jejak_tools.demo import token_key

SUBMISSIONS = 1_000_000
_AT_ONCE = 20_000
_COLUMNS = ("position", "id", "submission", "case", "office", "name", "sequence", "recorded_at", "body", "sealed")
_FIRST = datetime(2026, 2, 1, tzinfo=UTC)
_OFFICES = 20


@dataclass(frozen=True, slots=True)
class Replayed:
    """Lines, lines a second, and the megabytes by which the process grew at most."""

    per_second: float
    lines: int
    megabytes: float


async def measure(installation: Installation, count: int = SUBMISSIONS) -> Replayed:
    """Replays everything once. Needs one submission on the installation, of which copies are made."""
    admin = await asyncpg.connect(installation.environment["JEJAK_DATABASE_URL"])
    await _fill(admin, Keyring(Source(installation.environment).master_keys(), ids.random_bytes), count)
    await admin.close()
    process = Path(f"/proc/{installation.children['bpjs_sync'].process.pid}")
    (process / "clear_refs").write_text("5")  # the peak begins anew
    before = _kilobytes(process, "VmRSS")
    headers = {"Authorization": f"Bearer {issue(token_key(installation), 'bench')}"}
    began, lines, last = time.perf_counter(), 0, b""
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(installation.url, headers=headers, timeout=timeout) as session,
        session.get("/bpjs/submissions") as answer,
    ):
        answer.raise_for_status()
        async for chunk in answer.content.iter_any():
            lines += chunk.count(b"\n")
            last = (last + chunk)[-20_000:]
    seconds = time.perf_counter() - began
    if not json.loads(last.splitlines()[-1])["data"]["personal"]:
        raise RuntimeError("the last line of the replay names nobody")
    return Replayed(lines / seconds, lines, (_kilobytes(process, "VmHWM") - before) / 1024)


def _kilobytes(process: Path, name: str) -> int:
    line = next(row for row in (process / "status").read_text().splitlines() if row.startswith(name))
    return int(line.split()[1])


async def _fill(admin: Any, keyring: Keyring, count: int) -> None:
    """Copies of the newest submission behind all others, each of a case of its own with keys of its own."""
    row = await admin.fetchrow("SELECT * FROM bpjs.message WHERE name = 'submission' ORDER BY position DESC LIMIT 1")
    person = {"nik": "1399010101800001", "kk": "1399010101010001", "name": "Contoh", "born": "1980-01-01"}
    person["address"] = "Jalan Contoh 1"
    head = await admin.fetchval("SELECT max(position) FROM es.event")
    for numbers in batched(range(count), _AT_ONCE, strict=False):
        rows = list(_copies(row, person, keyring, head, numbers))
        await admin.copy_records_to_table(
            "case_key", schema_name="keys", records=[copy[1] for copy in rows], columns=("stream", "working", "archive")
        )
        await admin.copy_records_to_table(
            "message", schema_name="bpjs", records=[copy[0] for copy in rows], columns=_COLUMNS
        )
    await admin.execute("ANALYZE bpjs.message")


def _copies(row: Any, person: Any, keyring: Keyring, head: int, numbers: tuple[int, ...]) -> Iterator[tuple[Any, Any]]:
    body = json.loads(row["body"])
    for number in numbers:
        case, event = uuid.UUID(int=2**127 + number), uuid.UUID(int=2**126 + number)
        keys = CaseKeys(ids.random_bytes(32), ids.random_bytes(32))
        office = f"99.{number % _OFFICES:02}"
        body |= {"submission": str(event), "case": ids.case_code(case)}
        plain = json.dumps({"submission": str(event), "participant": person}).encode()
        sealed = seal_bytes(keys.working or b"", plain, b"bpjs:" + event.bytes, ids.random_bytes)
        at = _FIRST + timedelta(seconds=number)
        message = (head + 1 + number, event, event, case, office, "submission", 17, at, json.dumps(body), sealed)
        yield message, (case, *keyring.wrap(case, keys))
