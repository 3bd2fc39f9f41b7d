"""The speed of the store beside plain PostgreSQL. `python -m tests.bench.store_bench` prints a table.

Every figure is the median of `REPEATS` turns taken in rotation, so that a slow minute of the machine falls on all.
It uses a durable PostgreSQL of its own (fsync and synchronous_commit on).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from uuid import UUID

import asyncpg
import uvloop

from jejak.contracts.envelope import NewEvent
from jejak.eventstore.postgres.migrate import migrate
from jejak.eventstore.postgres.roles import service_url
from jejak.eventstore.store import Store
from jejak.eventstore.tail import NEXT, Tail
from jejak.eventstore.types import Append
from jejak.platform.ids import new_uuid
from jejak_local import postgres
from tests.servers import PASSWORDS, scratch_folder
from tests.store.ledger import command, due, until

REPEATS = 5
SECONDS = 1.0
PAYLOAD = b"x" * 256
CASE_EVENTS = 17
PLAIN = """
INSERT INTO plain (position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor,
                   recorded_at, due, payload, hash, stream_no)
VALUES (nextval('plain_position'), $1, $2, 'case', '99.01', $3, $4, 'main', '1', 'submit', 'selesai', 'staf', 'siti',
        clock_timestamp(), '', $5, $6, $7)
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Events (or appends of one event) a second; `followed` to `reordered` count what a tail read meanwhile."""

    append_8x1_ratio: float
    append_8x1_per_s: float
    plain_8x1_per_s: float
    append_1x100_per_s: float
    append_100x1_per_s: float
    coalescer_64_per_s: float
    catch_up_per_s: float
    catch_up_ratio: float
    followed: int
    lost: int
    doubled: int
    reordered: int


def append_of(stream: object, expected: int, events: int) -> Append:
    """An append of `events` events of 256 bytes and one due row."""
    given = [
        NewEvent(new_uuid(), "ApplicationSubmitted", PAYLOAD, "main", "1", "submit", "selesai", "staf", "siti")
        for _ in range(events)
    ]
    return command(stream, expected, given, [due()])  # type: ignore[arg-type]


async def writers(count: int, turn: Callable[[], Awaitable[int]], seconds: float = SECONDS) -> float:
    """Events a second of `count` writers, each taking turn after turn; `turn` returns the number it wrote."""
    total, began = 0, time.perf_counter()

    async def live() -> None:
        nonlocal total
        while time.perf_counter() - began < seconds:
            written = await turn()  # apart: `total += await …` would read the sum before it waits
            total += written

    await asyncio.gather(*(live() for _ in range(count)))
    return total / (time.perf_counter() - began)


async def plain(pool: asyncpg.Pool[asyncpg.Record]) -> float:
    """Eight writers of one INSERT each into a table of the ledger's shape: the upper limit."""

    async def turn() -> int:
        key = new_uuid()
        await pool.execute(PLAIN, key, 1, new_uuid(), "ApplicationSubmitted", PAYLOAD, key.bytes, key.int >> 66)
        return 1

    return await writers(8, turn)


def turns(store: Store, cases: int, events: int) -> Callable[[], Awaitable[int]]:
    """A turn that appends `events` to each of `cases` streams, which begin anew after a case's length."""
    free: list[tuple[list[UUID], int]] = []

    async def turn() -> int:
        keys, version = free.pop() if free else ([new_uuid() for _ in range(cases)], 0)
        outcomes = await store.append_call([append_of(key, version, events) for key in keys])
        if any(outcome.status != "appended" for outcome in outcomes):
            msg = "an append of the benchmark was refused"
            raise RuntimeError(msg)
        if version + events < CASE_EVENTS * events:
            free.append((keys, version + events))
        return cases * events

    return turn


async def coalesced(store: Store) -> float:
    """64 callers, each with a case of its own, through the coalescer."""
    free: list[tuple[object, int]] = []

    async def turn() -> int:
        key, version = free.pop() if free else (new_uuid(), 0)
        outcome = await store.append(append_of(key, version, 1))
        if outcome.version < CASE_EVENTS:
            free.append((key, outcome.version))
        return 1

    return await writers(64, turn)


async def catch_up(pool: asyncpg.Pool[asyncpg.Record], events: int = 50_000) -> tuple[float, float]:
    """A tail from the first position, beside its bare query: events a second of each."""
    tail, after, began = Tail(pool), 0, time.perf_counter()
    while after < events and (batch := await tail.next(after)):
        after = batch[-1].position
    caught, after, began = after / (time.perf_counter() - began), 0, time.perf_counter()
    while after < events and (rows := await pool.fetch(NEXT, after, 5_000)):
        after = rows[-1][0]
    return caught, after / (time.perf_counter() - began)


async def measure(url: str, repeats: int = REPEATS) -> Figures:
    """All figures on a fresh, migrated database, whose administrator's URL is given."""
    admin = await asyncpg.connect(url)
    await admin.execute("CREATE TABLE plain (LIKE es.event INCLUDING ALL); CREATE SEQUENCE plain_position")
    await admin.execute("GRANT ALL ON plain, plain_position TO jejak_intake")
    await admin.close()
    followed: list[int] = []
    reader = await Store.connect(service_url(url, "ledger", PASSWORDS["ledger"]))
    async with await Store.connect(service_url(url, "intake", PASSWORDS["intake"]), size=10) as store:
        following = asyncio.create_task(_follow(reader, followed))
        rounds: dict[str, list[float]] = {}
        shapes: Mapping[str, Callable[[], Awaitable[float]]] = {
            "plain": lambda: plain(store.pool),
            "8x1": lambda: writers(8, turns(store, 1, 1)),
            "1x100": lambda: writers(8, turns(store, 1, 100)),
            "100x1": lambda: writers(4, turns(store, 100, 1)),
            "64": lambda: coalesced(store),
        }
        for _ in range(repeats):
            for name, shape in shapes.items():
                rounds.setdefault(name, []).append(await shape())
        last = (await store.append(append_of(new_uuid(), 0, 1))).position

        async def arrived() -> bool:
            return bool(followed) and followed[-1] >= last

        await until(arrived, seconds=120)
        following.cancel()
        written = {row[0] for row in await reader.pool.fetch("SELECT position FROM es.event")}
        caught = [await catch_up(reader.pool) for _ in range(repeats)]
    await reader.close()
    return Figures(
        append_8x1_ratio=median(a / b for a, b in zip(rounds["8x1"], rounds["plain"], strict=True)),
        append_8x1_per_s=median(rounds["8x1"]),
        plain_8x1_per_s=median(rounds["plain"]),
        append_1x100_per_s=median(rounds["1x100"]),
        append_100x1_per_s=median(rounds["100x1"]),
        coalescer_64_per_s=median(rounds["64"]),
        catch_up_per_s=median(rate for rate, _ in caught),
        catch_up_ratio=median(rate / bare for rate, bare in caught),
        followed=len(followed),
        lost=len(written - set(followed)),
        doubled=len(followed) - len(set(followed)),
        reordered=sum(a > b for a, b in pairwise(followed)),
    )


async def _follow(reader: Store, followed: list[int]) -> None:
    async for batch in Tail(reader.pool).follow(0):
        followed.extend(event.position for event in batch)


async def _main() -> None:
    with scratch_folder("bench") as folder:
        server = postgres.Postgres(folder)
        try:
            await migrate(server.url, PASSWORDS, development=True)
            figures = await measure(server.url)
        finally:
            server.stop()
    sys.stdout.write(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    for name in Figures.__dataclass_fields__:
        value = getattr(figures, name)
        sys.stdout.write(f"{name:22} {value:>12,.2f}\n" if name.endswith("ratio") else f"{name:22} {value:>12,.0f}\n")


if __name__ == "__main__":
    uvloop.run(_main())
