"""Every address of every service knows the sender before it reads a byte of the body.

There is one exception: a small amount of what a stranger typed into a page is read, to show it to the stranger again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import Message

from approval import app as approval
from bpjs_sync import app as bpjs_sync
from intake import app as intake
from jejak.cases.decision import Actor
from jejak.service import Service, application
from jejak.web.access.clients import issue as issue_to_client
from jejak.web.access.tokens import issue
from jejak.web.requests.bodies import PUBLIC_BYTES
from jejak.web.requests.browser import COOKIE
from jejak.web.runtime import Runtime
from ledger import app as ledger
from letters import app as letters
from tests.servers import Database
from tests.store.bpjs import runtime_of
from verification import app as verification

BUILDS = {
    "approval": approval.build,
    "bpjs_sync": bpjs_sync.build,
    "intake": intake.build,
    "ledger": ledger.build,
    "letters": letters.build,
    "verification": verification.build,
}
BODILESS = {"GET", "HEAD", "OPTIONS"}
PLACES = {"sheet": "0" * 64, "office": "13.01"}
"""Values for places of an address that take no UUID."""
UUID = "6ba7b810-9dad-41d1-80b4-00c04fd430c8"
FORGED = bytes(32)
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/csv")


@dataclass
class Sent:
    """A request with a body that is counted as it is read."""

    body: bytes = b"{}"
    endless: bool = True
    read: int = 0
    answer: list[Message] = field(default_factory=list)

    async def receive(self) -> Message:
        self.read += len(self.body)
        return {"type": "http.request", "body": self.body, "more_body": self.endless}

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    @property
    def answer_body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.answer)

    async def to(self, app: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> int:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "state": {},
        }
        await app(scope, self.receive, self.send)
        status: int = self.answer[0]["status"]
        return status


def taking_bodies(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and address of every route that changes something, read from the application itself."""
    for route in iter_route_contexts(app.routes):
        for method in sorted((route.methods or set()) - BODILESS):
            yield method, str(route.path)


def strangers() -> Iterator[dict[str, str]]:
    """No credentials, and forged ones: as a header, as a cookie, of an official, of a machine."""
    official = issue(FORGED, Actor("13.01", "staf-1", "staf"))
    machine = issue_to_client(FORGED, "bpjs")
    yield {}
    yield {"authorization": "Bearer bukan.token.sama-sekali"}
    yield {"authorization": f"Basic {official}"}
    for token in (official, machine):
        yield {"authorization": f"Bearer {token}"}
        yield {"cookie": f"{COOKIE}={token}"}


@pytest.mark.parametrize("name", sorted(BUILDS))
async def test_a_stranger_is_answered_before_a_byte_of_the_body_is_read(
    database: Database, tmp_path: Path, name: str
) -> None:
    heard: list[tuple[str, ...]] = []
    async with runtime_of(database, name, data_dir=tmp_path) as runtime:
        service: Service = await BUILDS[name](runtime)
        app = application(runtime, service, "", runtime.store.ping)
        routes = [route for route in taking_bodies(app) if route[1] not in service.public]
        for method, path in routes:
            for stranger in strangers():
                for kind in KINDS:
                    for length in ({"content-length": "5"}, {"transfer-encoding": "chunked"}):
                        sent = Sent()
                        status = await sent.to(app, method, filled(path), stranger | length | {"content-type": kind})
                        if (status, sent.read) != (401, 0):
                            heard.append((method, path, kind, *stranger, str(status), str(sent.read)))

    assert routes
    assert heard == []


TYPED = {
    KINDS[1]: b"catatan=Baris",
    KINDS[2]: b'--x\r\nContent-Disposition: form-data; name="catatan"\r\n\r\nBaris\r\n--x--\r\n',
}
FLOOD = {KINDS[1]: b"a=" + b"x" * 4094, KINDS[2]: TYPED[KINDS[2]][:60] + b"x" * 4036}


@pytest.mark.parametrize("name", sorted(BUILDS))
async def test_the_typed_values_of_a_stranger_are_shown_again_and_go_nowhere(
    database: Database, tmp_path: Path, name: str
) -> None:
    wrong: list[tuple[str, ...]] = []
    async with runtime_of(database, name, data_dir=tmp_path) as runtime:
        service: Service = await BUILDS[name](runtime)
        app = application(runtime, service, "", runtime.store.ping)
        before = await everything_stored(runtime, tmp_path)
        for method, path in [route for route in taking_bodies(app) if route[1] not in service.public]:
            for stranger in strangers():
                for kind in KINDS:
                    page = stranger | {"content-type": kind, "accept": "text/html", "transfer-encoding": "chunked"}
                    typed, flood = Sent(TYPED.get(kind, b"{}"), endless=False), Sent(FLOOD.get(kind, b"{}"))
                    status = await typed.to(app, method, filled(path), page)
                    shown = kind in TYPED and status == 403 and b"Baris" in typed.answer_body
                    of_flood = await flood.to(app, method, filled(path), page) if shown else 413
                    little = of_flood in (401, 413) and flood.read <= PUBLIC_BYTES + len(flood.body)
                    if not (shown and little) and (status, typed.read) != (401, 0):
                        wrong.append((method, path, kind, *stranger, str((status, typed.read, of_flood, flood.read))))

        assert await everything_stored(runtime, tmp_path) == before
    assert wrong == []


async def everything_stored(runtime: Runtime, folder: Path) -> tuple[object, ...]:
    """All stored events and documents. Forwarded requests get 503, because no forwarder runs."""
    count = "SELECT (SELECT count(*) FROM es.event), (SELECT count(*) FROM es.stream), (SELECT count(*) FROM es.due)"
    return (*await runtime.store.pool.fetch(count), await asyncio.to_thread(lambda: sorted(folder.rglob("*"))))


async def test_only_the_addresses_of_people_who_cannot_be_known_yet_are_open_and_they_take_little(
    database: Database, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        public = {}
        for name, build in BUILDS.items():
            runtime = await stack.enter_async_context(runtime_of(database, name, data_dir=tmp_path))
            public[name] = set((await build(runtime)).public)
        runtime = await stack.enter_async_context(runtime_of(database, "ledger"))
        app = application(runtime, await BUILDS["ledger"](runtime), "", runtime.store.ping)
        sent = Sent()
        status = await sent.to(app, "POST", "/masuk", {"content-length": "70000", "content-type": KINDS[1]})

    assert {name: paths for name, paths in public.items() if paths} == {
        "ledger": {"/masuk", "/keluar", "/keluar/penerbit", "/dev/clock"},
        "letters": {"/periksa"},
    }
    assert (status, sent.read) == (413, 0)


def filled(path: str) -> str:
    """An address with a value in each of its places."""
    parts = (part.strip("{}").partition(":")[0] if part.startswith("{") else None for part in path.split("/"))
    return "/".join(PLACES.get(name, UUID) if name else word for name, word in zip(parts, path.split("/"), strict=True))
