"""The pages people wait for, over a ledger filled by `jejak load`: requested one after another by one browser.

Only the read side runs: PostgreSQL and the ledger's process, as `jejak up` starts it. Without Kafka the relay waits, so
nothing is published while pages are measured.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

from jejak.cases.decision import Actor
from jejak.platform import ids
from jejak.platform.settings import SERVICES
from jejak.procedure.office.kantor import Kantor, load_kantor
from jejak.web.access.tokens import issue
from jejak_local.child import Child
from jejak_local.environment import addresses, of_service
from jejak_local.files import free_port
from jejak_local.installation import Installation
from jejak_tools.demo import own_environment, token_key
from jejak_tools.load.command import Loaded, LoadRequest, load

CASES = 100_000
ROUNDS = 150
_WARM_UP = 20
_LEDGER = "ledger"
_SOME = "SELECT key, office FROM es.stream WHERE kind = 'case' ORDER BY md5(key::text) LIMIT $1"
_KANTORS = "SELECT DISTINCT ON (kode) body FROM es.kantor ORDER BY kode, berlaku_sejak DESC"
PAGES = ("desk", "track", "case", "list", "clocks")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Response times of one page in milliseconds, over many requests."""

    p50: float
    p95: float
    p99: float
    kilobytes: float

    @classmethod
    def of(cls, milliseconds: Sequence[float], size: float) -> Percentiles:
        cut = statistics.quantiles(milliseconds, n=100, method="inclusive")
        return cls(cut[49], cut[94], cut[98], size / 1000)


@dataclass(frozen=True, slots=True)
class Official:
    """A signed-in official with the session's cookie."""

    office: str
    cookie: str


type Asking = Callable[[random.Random], tuple[str, Official | None]]
"""A random address of one page and the official who requests it."""


def measure(folder: Path, cases: int, say: Callable[[str], None]) -> tuple[Loaded, dict[str, Percentiles]]:
    """Loads the cases and requests the pages. `folder` becomes the data folder."""
    environ = own_environment(os.environ)
    loaded = load(LoadRequest(cases), folder, environ, say)
    return loaded, ask(folder, environ, ROUNDS)


def ask(folder: Path, environ: Mapping[str, str], rounds: int) -> dict[str, Percentiles]:
    """Every page once a round, on a loaded installation."""
    with read_side(folder, environ) as (installation, url):
        people, keys = _known(installation)
        random_ = random.Random(5)
        with httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=60, trust_env=False) as http:
            asking = pages(people, keys)
            for _ in range(_WARM_UP):
                _round(http, asking, random_)
            taken = [_round(http, asking, random_) for _ in range(rounds)]
    return {
        name: Percentiles.of([turn[name][0] for turn in taken], statistics.mean(turn[name][1] for turn in taken))
        for name in PAGES
    }


def pages(people: Mapping[str, Sequence[Official]], keys: Sequence[tuple[str, str]]) -> Mapping[str, Asking]:
    """The requests, by any official of any office."""
    everybody = [official for office in people.values() for official in office]

    def of_case(chance: random.Random) -> tuple[str, Official | None]:
        case, office = chance.choice(keys)
        return f"/cases/{case}", chance.choice(people[office])

    return {
        "desk": lambda chance: ("/worklist", chance.choice(everybody)),
        "track": lambda chance: (f"/cases/{chance.choice(keys)[0]}", None),
        "case": of_case,
        "list": lambda chance: ("/cases", chance.choice(everybody)),
        "clocks": lambda chance: ("/timings", chance.choice(everybody)),
    }


def _round(http: httpx.Client, asking: Mapping[str, Asking], chance: random.Random) -> dict[str, tuple[float, int]]:
    """Milliseconds and bytes of each page. RuntimeError for a page that is not shown."""
    figures = {}
    for name, request in asking.items():
        address, who = request(chance)
        headers = {"Cookie": f"jejak={who.cookie}"} if who else {}
        began = time.perf_counter()
        answer = http.get(address, headers=headers)
        figures[name] = 1000 * (time.perf_counter() - began), len(answer.content)
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"{name}: {address} answered {answer.status_code}")
    return figures


@contextmanager
def read_side(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Installation, str]]:
    """The ledger's process on its database; gives its address."""
    given = {**environ, "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}"}
    installation = Installation(folder, environ=given)
    with installation.start_database([], lambda _: None):
        port = free_port()
        installation.environment |= addresses(dict.fromkeys(SERVICES, port), port)
        child = Child(_LEDGER, of_service(installation.environment, _LEDGER, port), folder)
        child.start()
        try:
            child.wait_ready()
            yield installation, child.url
        finally:
            child.stop()


def _known(installation: Installation) -> tuple[dict[str, list[Official]], list[tuple[str, str]]]:
    """The present officials of every office without an area, and some cases by code."""

    async def read() -> tuple[list[Kantor], list[tuple[str, str]]]:
        connection = await asyncpg.connect(installation.environment["JEJAK_DATABASE_URL"])
        kantors = [load_kantor(row["body"]) for row in await connection.fetch(_KANTORS)]
        cases = [(ids.case_code(row["key"]), row["office"]) for row in await connection.fetch(_SOME, 500)]
        await connection.close()
        return kantors, cases

    kantors, cases = asyncio.run(read())
    key, offices = token_key(installation), {office for _, office in cases}
    people = {
        kantor.kode: [
            Official(kantor.kode, issue(key, Actor(kantor.kode, official.kode, official.jabatan)))
            for official in kantor.pejabat
            if official.wilayah is None and official.sampai is None
        ]
        for kantor in kantors
        if kantor.kode in offices
    }
    return people, cases
