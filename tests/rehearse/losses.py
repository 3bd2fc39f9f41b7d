"""What a region loses, one after the other; each act takes it away under load and brings it back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from jejak_local.environment import PROCESSES
from tests.rehearse.databases import fill, small_disk
from tests.rehearse.region import HOSTS, Region, in_thread
from tests.rehearse.stage import Loss, NotPossible, Stage, value

_OPERATOR_SECONDS: Final = 2.0
"""So quickly an operator who watches promotes the standby: what a region adds is the time until he looks."""
_AWAY_SECONDS: Final = 40.0
"""Longer than the sweep waits (30 s), so that its work without Kafka is seen."""
_CUT_SECONDS: Final = 30.0
_FULL_SECONDS: Final = 20.0
_SWITCHES: Final = 40
_FAKETIME: Final = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
_HEAD: Final = "SELECT coalesce(max(position), 0) FROM es.event"
# An event is dated a moment before it has its position; the clock is wrong by an hour.
_OUTSIDE: Final = """
SELECT count(*) FROM es.event
WHERE position > $1 AND NOT recorded_at
    BETWEEN (SELECT recorded_at - interval '10 minutes' FROM es.event WHERE position = $1) AND clock_timestamp()
"""


async def nothing(stage: Stage) -> None:
    """To compare with: the same load, and no loss."""
    await asyncio.sleep(20)


async def service(stage: Stage) -> None:
    """The twin on the other host goes on; the dead process is started again."""
    dead = stage.region.processes["a", "intake"]
    await in_thread(dead.kill)
    await stage.abreast("intake was killed on one host")
    await asyncio.sleep(5)
    await in_thread(stage.region.restart, "a", "intake")


async def relay(stage: Stage) -> None:
    host, name = await asyncio.to_thread(stage.region.leading_relay)
    await in_thread(stage.region.processes[host, name].kill)
    await stage.abreast("the leading relay was killed")
    await in_thread(stage.region.restart, host, name)


async def broker(stage: Stage) -> None:
    node = stage.region.brokers[0]
    await in_thread(node.kill)
    await stage.abreast("one broker was killed")
    await asyncio.sleep(10)
    await in_thread(node.restart)


async def two_brokers(stage: Stage) -> None:
    nodes = stage.region.brokers[:2]
    for node in nodes:
        await in_thread(node.kill)
    await asyncio.sleep(_AWAY_SECONDS)
    await asyncio.gather(*(in_thread(node.restart) for node in nodes))
    await stage.abreast("both brokers were back")


async def primary(stage: Stage) -> None:
    """The lost server comes back as the standby of the new primary."""
    pair = stage.region.databases
    lost = pair.primary
    await in_thread(lost.kill)
    await asyncio.sleep(_OPERATOR_SECONDS)
    await in_thread(pair.promote)
    await stage.abreast("the standby was promoted")
    await in_thread(pair.replace, lost)


async def standby(stage: Stage) -> None:
    """No commit returns until an operator lets the primary go on alone."""
    pair = stage.region.databases
    lost = pair.standby
    assert lost is not None
    await in_thread(lost.kill)
    await asyncio.sleep(_OPERATOR_SECONDS)
    await in_thread(pair.go_alone)
    await stage.abreast("the primary went on alone")
    await in_thread(pair.replace, lost)


async def rolling(stage: Stage) -> None:
    """Each process in turn: SIGTERM, out, started, ready."""
    for host in HOSTS:
        for name in PROCESSES:
            await in_thread(stage.region.restart, host, name)
    await stage.abreast("the last process was ready again")


async def _second_host_leads(stage: Stage) -> None:
    """The worst case of what follows: the relay that publishes runs on the host that is lost."""
    if await asyncio.to_thread(stage.region.leading_relay) == ("a", "relay"):
        await in_thread(stage.region.restart, "a", "relay")


async def cut_off(stage: Stage) -> None:
    network = stage.region.network
    if not network.can_cut:
        raise NotPossible("only root may make a network namespace for the second host")
    await _second_host_leads(stage)
    stage.begin()
    await in_thread(network.cut)
    try:
        await asyncio.sleep(_CUT_SECONDS)
    finally:
        await in_thread(network.mend)
    await stage.abreast("the host was back")


async def hung(stage: Stage) -> None:
    """SIGSTOP to all of a host's processes: their connections stay open, and nobody answers."""
    await _second_host_leads(stage)
    stage.begin()
    processes = stage.region.on("b")
    for process in processes:
        process.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(_CUT_SECONDS)
    finally:
        for process in processes:
            process.send(signal.SIGCONT)
    await stage.abreast("the host went on")


@contextmanager
def _small_disk(region: Region) -> Iterator[Path]:
    if not region.network.can_cut:
        raise NotPossible("only root may mount a small disk")
    with small_disk(region.databases.primary, region.folder / "wal") as folder:
        yield folder


async def disk_full(stage: Stage) -> None:
    """The disk of the primary's log; PostgreSQL ends itself, and is started again when there is room."""
    server = stage.region.databases.primary
    ballast = await asyncio.to_thread(fill, stage.prepared)
    for _ in range(_SWITCHES):
        if not server.alive():
            break
        try:
            await asyncio.wait_for(value(server.url, "SELECT pg_switch_wal()"), 5)
        except TimeoutError:
            break
    await asyncio.sleep(_FULL_SECONDS)
    stage.note("PostgreSQL had ended itself" if not server.alive() else "PostgreSQL was still running")
    ballast.unlink()
    if not server.alive():
        await in_thread(server.restart)
    await stage.abreast("the disk had room again")


def clock(offset: str) -> Loss:
    """The clock of the second host is wrong by this offset, in libfaketime's writing."""

    async def act(stage: Stage) -> None:
        if not _FAKETIME.exists():
            raise NotPossible(f"{_FAKETIME} is missing (Debian's package libfaketime)")
        database = stage.region.database
        head = await value(database, _HEAD)
        # Only the service: the guard over it waits by the clock.
        wrong = ("env", f"LD_PRELOAD={_FAKETIME}", f"FAKETIME={offset}", "FAKETIME_DONT_FAKE_MONOTONIC=1")
        await _restart_host(stage, wrong)
        await _second_host_leads(stage)
        await stage.abreast("the whole host has the wrong clock")
        await asyncio.sleep(20)
        await _restart_host(stage)
        strange = await value(database, _OUTSIDE, head)
        stage.note(f"{strange} events with a time outside the rehearsal")

    return Loss(f"clock{offset}", f"the clock of the second host wrong by {offset}", act)


async def _restart_host(stage: Stage, before: Sequence[str] = ()) -> None:
    """All of its processes at once, as systemd does."""
    await asyncio.gather(*(in_thread(stage.region.restart, "b", name, before) for name in PROCESSES))


LOSSES: Final[Sequence[Loss]] = (
    Loss("nothing", "nothing is lost", nothing),
    Loss("service", "a process of intake, kill -9; its twin goes on", service),
    Loss("relay", "the leading relay, kill -9", relay),
    Loss("broker", "one of three brokers, kill -9", broker),
    Loss("primary", "the primary of PostgreSQL, kill -9; the standby is promoted by hand after 2 s", primary),
    Loss("standby", "the synchronous standby, kill -9; by hand the primary goes on alone after 2 s", standby),
    Loss("two-brokers", "two of three brokers, kill -9, for 40 s", two_brokers),
    Loss("rolling", "every service stopped in order and started again, one after the other", rolling),
    Loss("cut-off", "a service host, cut off from the network for 30 s", cut_off),
    Loss("hung", "a service host whose processes stand still (SIGSTOP) for 30 s", hung),
    Loss("disk-full", "room on the disk of the primary's log, for 20 s", disk_full, _small_disk),
    clock("+61m"),
    clock("-61m"),
)
