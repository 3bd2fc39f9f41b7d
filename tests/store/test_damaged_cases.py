"""Cases with a damaged event: every address that reads many still answers, has the others, and names the damaged."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from approval.waiting_cases import WaitingCases
from intake.notifications import Notifications
from jejak.cases.decision import Actor
from jejak.platform import ids
from jejak.service import application
from jejak.web.access.clients import issue as issue_to_client
from jejak.web.access.tokens import issue
from jejak.web.requests.browser import COOKIE
from jejak.web.requests.forms import CSRF, csrf
from tests.servers import Database
from tests.store.bpjs import KEY, OFFICE, runtime_of
from tests.store.lives import DAMAGES, POSTS, STEPS, Lives, lives_of
from tests.store.test_bodies import BUILDS

WAYS = {"HTML": "text/html", "JSON": "application/json"}
LAST = "SELECT max(position) FROM es.event"
DOCUMENT = "0" * 64
QUERIES: Mapping[str, tuple[str, ...]] = {
    "/cases": ("", "limit=3", "limit=200"),
    "/cases/kabar": ("", "hari=300"),
    "/lacak": ("kode=7K3M-9QXA-2BCD",),
    "/worklist": ("", "limit=500"),
    "/bpjs": ("", "limit=1"),
    "/bpjs/outstanding": ("", "daftar=belum_diperbaiki", "limit=2"),
    "/registers/{office}/{register}": ("tahun=2022", "tahun=2022&bentuk=xlsx"),
    "/timings": ("", *(f"per={unit}" for unit in ("hari", "minggu", "bulan", "pejabat", "jalur", "kantor"))),
    "/timings/cases": tuple(f"kind={kind}" for kind in ("tugas", "langkah", "selesai", "aktif", "nonaktif")),
    "/timings/terlambat": ("", "limit=2"),
}
"""What an address is asked besides itself; any other is asked as it stands."""
LOOKED_FOR = ("Warga", "460/", "{nik}", "{code}")
"""What is searched: a name, the beginning of a number, a NIK, a code."""


@dataclass(frozen=True)
class Address:
    """Where a reader asks: the service, the template of its route, and the address itself."""

    service: str
    route: str
    url: str
    way: str
    who: str

    def __str__(self) -> str:
        return f"{self.service} {self.url} {self.way} {self.who}"


@dataclass
class Readers:
    """All applications, asked in this process."""

    clients: Mapping[str, httpx.AsyncClient]
    routes: Mapping[str, list[str]]

    def addresses(self, lives: Lives, cases: list[uuid.UUID]) -> Iterator[Address]:
        """Every route that answers a GET, with something in each of its places."""
        for service, routes in self.routes.items():
            for route in routes:
                if service == "ledger" and route.endswith("{rest:path}"):
                    continue  # handed on: its owner is asked itself
                owned = service == "ledger" and route in self.routes["bpjs_sync"]
                for url in filled(route, lives, cases):
                    for way in ("HTML",) if owned else WAYS:
                        for who in POSTS if route.startswith("/worklist") else ("staf-1",):
                            yield Address(service, route, url, way, who)

    async def ask(self, address: Address) -> httpx.Response:
        token = issue(KEY, Actor(OFFICE, address.who, POSTS[address.who]))
        if address.route.endswith("/submissions"):
            token = issue_to_client(KEY, "bpjs")
        headers = {"Authorization": f"Bearer {token}", "Accept": WAYS[address.way]}
        return await self.clients[address.service].get(address.url, headers=headers)

    async def search(self, text: str, way: str) -> httpx.Response:
        token = issue(KEY, Actor(OFFICE, "staf-1", "staf"))
        http = self.clients["ledger"]
        if way == "JSON":
            return await http.post("/search", json={"cari": text}, headers={"Authorization": f"Bearer {token}"})
        form = {"cari": text, CSRF: csrf(KEY, token)}
        return await http.post("/search", data=form, headers={"Cookie": f"{COOKIE}={token}", "Accept": WAYS[way]})


def filled(route: str, lives: Lives, cases: list[uuid.UUID]) -> Iterator[str]:
    """The route's addresses: of every case, batch and register where it has a place for one."""
    places: Mapping[str, list[str]] = {
        "case": [str(case) for case in cases],
        "batch": lives.batches,
        "register": ["buku", "arsip", "kendali", "rekon"],
        "office": [OFFICE],
        "name": ["surat"],
        "letter": ["surat"],
        "sha256": [DOCUMENT],
        "sheet": [lives.sop],
        "sop": [lives.sop],
        "service": ["ledger"],
        "matching": ["6ba7b812-9dad-41d1-80b4-00c04fd430c8"],
        "id": ["6ba7b810-9dad-41d1-80b4-00c04fd430c8"],
    }
    urls = [route]
    for name in re.findall(r"\{(\w+)", route):
        urls = [url.replace(f"{{{name}}}", value) for url in urls for value in places[name]]
    for url in urls:
        for query in QUERIES.get(route, ("",)):
            yield f"{url}?{query}" if query else url


@asynccontextmanager
async def readers_of(database: Database, folder: Path) -> AsyncIterator[Readers]:
    """The six applications as they start: nothing is remembered."""
    async with AsyncExitStack() as stack:
        clients: dict[str, httpx.AsyncClient] = {}
        routes: dict[str, list[str]] = {}
        for name, build in BUILDS.items():
            runtime = await stack.enter_async_context(runtime_of(database, name, data_dir=folder))
            app = application(runtime, await build(runtime), name, runtime.store.ping)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            clients[name] = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://j"))
            paths = (
                str(context.path) for context in iter_route_contexts(app.routes) if "GET" in (context.methods or ())
            )
            routes[name] = sorted(set(paths))
        yield Readers(clients, routes)


@dataclass(frozen=True)
class Heard:
    """An answer: its status, and which cases it names."""

    status: int
    named: frozenset[uuid.UUID]


def heard(answer: httpx.Response, cases: list[uuid.UUID]) -> Heard:
    """What an answer says; a workbook is read as its sheets are."""
    text = answer.text + answer.headers.get("Location", "")
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            text = "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())
    return Heard(
        answer.status_code, frozenset(case for case in cases if str(case) in text or ids.case_code(case) in text)
    )


async def answers_of(
    readers: Readers, lives: Lives, cases: list[uuid.UUID], alone: list[uuid.UUID], half: int | None = None
) -> dict[str, Heard]:
    """What every address says, or every second one; of single cases only these are asked for."""
    answers: dict[str, Heard] = {}
    for number, address in enumerate(readers.addresses(lives, alone)):
        if half is None or (number + number // 2) % 2 == half:  # of an address HTML now, JSON next time
            answers[str(address)] = heard(await readers.ask(address), cases)
    for text in LOOKED_FOR:
        for way in WAYS:
            typed = text.format(nik="1399010102900001", code=ids.case_code(cases[0]))
            answers[f"{text} {way}"] = heard(await readers.search(typed, way), cases)
    return answers


@dataclass
class Damage:
    """The cases of an office: those that stay whole, and those of which one event is damaged."""

    lives: Lives
    whole: list[uuid.UUID]
    broken: dict[uuid.UUID, int]
    """The version of the event that is damaged; -1: the last."""


async def lived(lives: Lives) -> Damage:
    """Two or three cases at every step, and one for every event of a case that went through all."""
    stops = [verb for verb, _, _ in STEPS]
    cases: dict[uuid.UUID, str | None] = {}
    broken: dict[uuid.UUID, int] = {}
    for stop in (*stops, None):
        for version in (None, 1, -1):
            case = await lives.town.submit()
            cases[case] = stop
            if version is not None:
                broken[case] = version
    for version in range(2, len(stops) + 1):
        case = await lives.town.submit()
        cases[case] = None
        broken[case] = version
    late = stops.index("deliver")
    passing = {case: stop for case, stop in cases.items() if stop is None or stops.index(stop) > late}
    for case in passing:
        await lives.lead(case, "deliver")
    await lives.close("bulanan", "staf-1")
    for case, stop in cases.items():
        await lives.lead(case, "reconcile" if case in passing and stop != "await_reply" else stop)
    await lives.town.at("2022-07-05 09:00")
    await lives.close("rekon", "kabid-1")
    for case, stop in passing.items():
        await lives.lead(case, stop)
    await lives.fold()
    await Notifications(lives.desks["intake"], 3600).catch_up()
    await WaitingCases(lives.desks["approval"].store.pool, 3600).catch_up()
    return Damage(lives, [case for case in cases if case not in broken], broken)


async def test_no_list_is_lost_to_damaged_events(database: Database, tmp_path: Path) -> None:
    async with lives_of(database) as lives:
        office = await lived(lives)
        every, alone = [*office.whole, *office.broken], [office.whole[-1], *list(office.broken)[-2:]]
        events = {case: len((await lives.town.opened(case)).history) for case in office.broken}
        versions = {case: min(version % (events[case] + 1), events[case]) for case, version in office.broken.items()}
        async with readers_of(database, tmp_path) as readers:
            before = await answers_of(readers, lives, every, alone)
        failed: dict[str, dict[str, object]] = {}
        for number, how in enumerate(DAMAGES):
            await lives.damage(how, versions)
            async with readers_of(database, tmp_path) as readers:
                after = await answers_of(readers, lives, every, alone, half=number % 2)
            failed[how] = {address: heard.status for address, heard in after.items() if heard.status >= 500}
            failed[how] |= {
                f"{address}: lost": lost
                for address, answer in after.items()
                if (lost := len(before[address].named - answer.named))
            }
            await lives.mend()

    assert {address: answer.status for address, answer in before.items() if answer.status >= 500} == {}
    assert {how: faults for how, faults in failed.items() if faults} == {}


@pytest.mark.parametrize("how", ["a due task that is none", "a due task of another sheet", "JSON that is no object"])
async def test_the_views_go_on_past_a_damaged_event(database: Database, how: str) -> None:
    async with lives_of(database) as lives:
        whole, broken = await lives.town.submit(), await lives.town.submit()
        await lives.damage(how, {broken: 1})
        await lives.fold()
        pool = lives.views.store.pool
        folded = {row["stream"] for row in await pool.fetch("SELECT DISTINCT stream FROM view.step_time")}
        reach = await lives.views.rebuild(lambda *_: None)
        again = {row["stream"] for row in await pool.fetch("SELECT DISTINCT stream FROM view.step_time")}

        assert whole in folded & again
        assert (await lives.views.progress()).position == reach == await pool.fetchval(LAST)
