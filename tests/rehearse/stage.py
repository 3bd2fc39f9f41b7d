"""One rehearsal: calm, the loss and its mending under load, calm again, and the ledger held against everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg

from jejak.eventstore.integrity.verify import verify
from jejak.platform.cancellation import cancel_and_wait
from jejak_local.guard import LocalError
from jejak_local.postgres import connected
from jejak_tools.delivery import delivery
from tests.rehearse.acknowledged import hold
from tests.rehearse.counter import Counter
from tests.rehearse.moments import by_kind, longest_gap, seconds_of_failures
from tests.rehearse.region import Region
from tests.rehearse.report import Mark, Row

CALM_SECONDS: Final = 10.0
WAITS: Final = 300.0
"""So long a rehearsal waits until all is abreast; after it the rehearsal has failed."""
_LOOK_SECONDS: Final = 0.2
_WARM_UP_SECONDS: Final = 3.0
_HEAD: Final = "SELECT coalesce(max(position), 0) FROM es.event"
_PUBLISHED: Final = "SELECT position >= $1 FROM es.checkpoint WHERE topic = 'jejak.cases'"
_VIEWED: Final = "SELECT position >= $1 FROM view.progress"
_TYPES: Final = """
SELECT stream, array_agg(type ORDER BY version) AS types FROM es.event
WHERE kind = 'case' AND type <> 'WorkStarted' GROUP BY stream
"""
_DOWN: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

type Act = Callable[[Stage], Awaitable[None]]
type Around = Callable[[Region], AbstractContextManager[Any]]


def _as_it_is(_: Region) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost, and the act that takes it away and mends it. `around` prepares the region, without load."""

    name: str
    what: str
    act: Act
    around: Around = _as_it_is


class NotPossible(Exception):
    """This machine cannot lose that; the message says what it lacks."""


@dataclass(slots=True)
class Stage:
    """A rehearsal under way, as its act sees it."""

    region: Region
    counter: Counter
    row: Row
    prepared: Any = None
    """What `around` gave."""
    began: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """The loss comes now: times are counted from here."""
        self.began = time.monotonic()

    async def abreast(self, what: str) -> None:
        """Waits until all that was begun by now is finished, published and in the views; notes how long that took."""
        since, database = time.monotonic(), self.region.database
        under_way = set(self.counter.open)

        async def seconds_until(holds: Callable[[], Awaitable[bool]]) -> float:
            while not await holds():  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(_LOOK_SECONDS)
            return time.monotonic() - since

        async def ended() -> bool:
            return under_way.isdisjoint(self.counter.open)

        async with asyncio.timeout(WAITS):
            head = await value(database, _HEAD)
            seconds = await asyncio.gather(
                seconds_until(lambda: value(database, _PUBLISHED, head)),
                seconds_until(lambda: value(database, _VIEWED, head)),
                seconds_until(ended),
            )
        self.row.marks.append(Mark(what, since - self.began, *seconds))

    def note(self, sentence: str) -> None:
        """A sentence for the report."""
        self.row.notes.append(sentence)


async def rehearse(loss: Loss, region: Region, counter: Counter) -> Row:
    """Carries out one loss under load. The row says what went wrong, too."""
    row = Row(loss.name, loss.what)
    failures, doubled = len(counter.failures), await _doubled(region)
    try:
        with loss.around(region) as prepared:
            stage = Stage(region, counter, row, prepared)
            await _under_load(loss, stage, failures)
            await _judge(region, counter, row, doubled)
    except NotPossible as lack:
        row.error = f"not rehearsed: {lack}"
    except TimeoutError:
        row.error = f"not abreast within {WAITS:g} s; {len(counter.open)} cases under way"
    except (LocalError, LookupError, *_DOWN) as error:
        row.error = f"{type(error).__name__}: {error}"
    if counter.refused:
        row.error = "; ".join(filter(None, (row.error, *counter.refused[:3])))
        counter.refused.clear()
    return row


async def _under_load(loss: Loss, stage: Stage, failures: int) -> None:
    counter, row = stage.counter, stage.row
    bringing = asyncio.create_task(counter.bring())
    try:
        await _steady(counter)
        calm = time.monotonic()
        await asyncio.sleep(CALM_SECONDS)
        lost = time.monotonic()
        stage.begin()
        await loss.act(stage)
        await stage.abreast("the end")
        ended = time.monotonic()
    finally:
        await cancel_and_wait(bringing)
    async with asyncio.timeout(WAITS):
        while counter.open:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_LOOK_SECONDS)
    row.calm_gap = longest_gap(counter.finished, calm, lost)
    row.gap = longest_gap(counter.finished, stage.began, ended)
    row.finished = sum(calm < moment <= ended for moment in counter.finished)
    new = counter.failures[failures:]
    row.failures, row.failing = by_kind(new), seconds_of_failures(new)


async def _steady(counter: Counter) -> None:
    """Waits until the first cases have ended: they take longer than those that follow."""
    await asyncio.sleep(_WARM_UP_SECONDS)
    first = set(counter.open)
    async with asyncio.timeout(WAITS):
        while not first.isdisjoint(counter.open):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_LOOK_SECONDS)


async def _judge(region: Region, counter: Counter, row: Row, doubled: int) -> None:
    """Every answer so far in the ledger, every chain whole, every event on Kafka."""
    row.held = hold(counter.answers, await _ledger(region.database))
    chains = await verify(region.database)
    if chains.broken is not None:
        row.chains = f"the chain of {chains.broken.stream} is broken at version {chains.broken.version}"
    row.delivered = await delivery(region.database, region.kafka, "jejak.cases")
    if again := row.delivered.doubled - doubled:
        row.notes.append(f"{again} events on Kafka again by this loss")


async def _doubled(region: Region) -> int:
    """Deliveries on Kafka beyond an event's first, before a rehearsal."""
    return (await delivery(region.database, region.kafka, "jejak.cases", patience=0.0)).doubled


async def _ledger(url: str) -> Mapping[UUID, Sequence[str]]:
    async with connected(url) as connection:
        return {row["stream"]: row["types"] for row in await connection.fetch(_TYPES)}


async def value(url: str, statement: str, *arguments: object) -> Any:
    """As soon as the database answers."""
    while True:
        try:
            async with connected(url) as connection:
                return await connection.fetchval(statement, *arguments)
        except _DOWN:
            await asyncio.sleep(_LOOK_SECONDS)
