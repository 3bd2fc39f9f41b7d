"""The one address passes requests on byte for byte, and says so plainly when nobody is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.middleware import Middleware

from jejak.cases.decision import Actor
from jejak.platform.cancellation import ended
from jejak.platform.settings import Clients
from jejak.web.bodies import PUBLIC_BYTES, UPLOAD_BYTES, incoming
from jejak.web.browser import COOKIE, Browser
from jejak.web.clients import ClientVerifier
from jejak.web.door import Door, create_app
from jejak.web.tokens import COOKIE_DAYS, Verifier, issue
from jejak_local.files import free_port
from ledger.desk.forward import Forwarder, routes
from tests.servers import served

KEY = b"k" * 32
DOOR = Door(Verifier(KEY, development=True), KEY, ClientVerifier(Clients(), KEY, development=True))
TOKEN = {"Authorization": f"Bearer {issue(KEY, Actor('13.01', 'staf-1', 'staf'))}"}


async def ready() -> None:
    """A test's service is ready at once."""


@asynccontextmanager
async def front(services: dict[str, str], silent_seconds: float = 120) -> AsyncIterator[httpx.AsyncClient]:
    """The one address before some services."""
    forwarder = Forwarder(services, DOOR, silent_seconds)
    app = create_app("ledger", "test", ready)
    app.include_router(routes(forwarder))
    running = asyncio.create_task(forwarder.run())
    async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        try:
            yield client
        finally:
            await ended(running)


def echo() -> FastAPI:
    """A service that says what it was asked."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def everything(request: Request) -> Any:
        body = await request.body()
        headers = {
            "x-method": request.method,
            "x-path": request.scope["raw_path"].decode(),
            "x-query": request.url.query,
            "x-authorization": request.headers.get("authorization", ""),
            "etag": '"7"',
            "content-type": "application/problem+json",
        }
        return Response(body, 409, headers=headers)

    return app


async def test_every_service_explains_itself_at_the_one_address() -> None:
    sync = create_app("bpjs_sync", "Jawaban BPJS.", ready)

    @sync.post("/bpjs/replies")
    async def replies() -> None:
        """Answers."""

    async with served(sync) as url, front({"bpjs_sync": url}) as client:
        described = (await client.get("/docs/bpjs_sync/openapi.json")).json()
        own = (await client.get("/docs/ledger/openapi.json")).json()
        page = await client.get("/docs/bpjs_sync")
        unknown = [await client.get(f"/docs/lain{end}") for end in ("", "/openapi.json")]

    assert (described["info"]["title"], list(described["paths"])) == ("Jejak bpjs_sync", ["/bpjs/replies"])
    assert own["info"]["title"] == "Jejak ledger"
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="/docs/bpjs_sync/openapi.json"' in page.text
    assert "POST /bpjs/replies" in page.text
    assert "<script" not in page.text
    assert "//" not in page.text.replace("http://www.w3.org", "")
    assert [one.status_code for one in unknown] == [404, 404]


async def test_a_request_arrives_as_it_was_sent_and_the_answer_comes_back_whole() -> None:
    async with served(echo()) as url, front({"approval": url, "letters": url}) as client:
        body = bytes(range(256)) * 8_000
        path = "/cases/0f6f2b34/tasks/paraf?slot=a%20b&x=%2F"
        answer = await client.post(path, content=body, headers=TOKEN | {"Connection": "close"})
        assert (answer.status_code, answer.content) == (409, body)
        assert answer.headers["x-path"] == "/cases/0f6f2b34/tasks/paraf"
        assert answer.headers["x-query"] == "slot=a%20b&x=%2F"
        assert answer.headers["x-authorization"] == TOKEN["Authorization"]
        assert answer.headers["etag"] == '"7"'
        assert answer.headers["content-type"] == "application/problem+json"
        got = await client.get("/cases/0f6f2b34/letters/rekomendasi/draft")
        assert (got.headers["x-method"], got.headers["x-path"]) == ("GET", "/cases/0f6f2b34/letters/rekomendasi/draft")


async def test_what_two_servers_say_of_themselves_is_said_once() -> None:
    letters = create_app("letters", "", ready)

    @letters.get("/cases/7/letters/surat")
    async def letter() -> str:
        return "Surat."

    async with served(letters) as url, front({"letters": url}) as client:
        answer = await client.get("/cases/7/letters/surat")

    names = [name.lower() for name, _ in answer.headers.raw]
    assert (answer.json(), names.count(b"date"), names.count(b"x-content-type-options")) == ("Surat.", 1, 1)


@pytest.mark.parametrize(
    ("path", "code"),
    [("/cases", "token_perlu"), ("/cases/x/tasks/paraf", "token_perlu"), ("/bpjs/replies", "klien_perlu")],
)
async def test_a_stranger_is_answered_here_whoever_would_have_been_asked(path: str, code: str) -> None:
    async with front({}) as client:
        answer = await client.post(path, json={})

    assert (answer.status_code, answer.json()["type"]) == (401, f"urn:jejak:masalah:{code}")


async def test_a_service_that_is_away_is_a_problem_that_passes() -> None:
    async with front({"intake": f"http://127.0.0.1:{free_port()}"}) as client:
        for path in ("/cases", "/cases/x/withdraw", "/cases/x/tasks/paraf"):
            answer = await client.post(path, json={}, headers=TOKEN)
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:jejak:masalah:layanan_mati")
            assert answer.headers["retry-after"] == "2"


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() -> None:
    async with served(echo()) as url, front({"intake": url}) as client:
        declared = await client.post("/cases", content=b"x" * (UPLOAD_BYTES + 1), headers=TOKEN)
        assert declared.status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(UPLOAD_BYTES // 65_536 + 2):
                yield b"x" * 65_536

        undeclared = await client.post("/cases", content=endless(), headers=TOKEN)
        assert undeclared.status_code == 413


FORM = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
ENDED = issue(KEY, Actor("13.01", "staf-1", "staf"), hours=-1)
LONG_ENDED = issue(KEY, Actor("13.01", "staf-1", "staf"), hours=-24 * (COOKIE_DAYS + 1))


@pytest.mark.parametrize("cookie", [None, "x", LONG_ENDED])
@pytest.mark.parametrize(("site", "status"), [("same-origin", 401), ("cross-site", 403)])
async def test_a_strangers_form_is_answered_here_as_its_service_would_and_goes_no_further(
    cookie: str | None, site: str, status: int
) -> None:
    app = create_app("intake", "", ready)
    app.user_middleware.append(Middleware(Browser, key=KEY, verifier=DOOR.verifier))
    headers = FORM | {"Sec-Fetch-Site": site} | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
    async with served(app) as url, front({}) as client:
        here = await client.post("/cases?a=b%20c", content="catatan=Baris&_kunci=k", headers=headers)
        there = await client.post(f"{url}/cases?a=b%20c", content="catatan=Baris&_kunci=k", headers=headers)
        long = await client.post("/cases", content=b"a=" + b"x" * PUBLIC_BYTES, headers=headers)

    assert (here.status_code, here.text) == (there.status_code, there.text)
    assert (here.status_code, "Baris" in here.text) == (status, True)
    assert long.status_code in (401, 413)


async def test_a_session_that_has_ended_is_refused_by_the_service_itself() -> None:
    async with served(echo()) as url, front({"intake": url}) as client:
        answer = await client.post("/cases", content="a=b", headers=FORM | {"Cookie": f"{COOKIE}={ENDED}"})
    assert (answer.status_code, answer.text) == (409, "a=b")


HALF = 250
"""More half requests than a pool holds that nobody has measured."""


def half_a_form(known: dict[str, str]) -> bytes:
    head = {"Host": "jejak", "Content-Length": "3", "Connection": "close"} | FORM | known
    return "".join(["POST /cases HTTP/1.1\r\n", *(f"{one}: {head[one]}\r\n" for one in head), "\r\na="]).encode()


@dataclass
class Intake:
    """A service that counts who comes."""

    app: FastAPI = field(default_factory=lambda: create_app("intake", "", ready))
    came: int = 0

    def __post_init__(self) -> None:
        @self.app.post("/cases")
        async def take(request: Request) -> int:
            self.came += 1
            incoming(request.scope).known = True
            return len(await request.body())


async def test_of_a_strangers_form_its_service_hears_nothing_while_it_is_on_its_way() -> None:
    intake = Intake()
    async with served(intake.app) as url, front({"intake": url}) as client, asyncio.timeout(60):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(half_a_form({}))
        official = await client.post("/cases", content=b"{}", headers=TOKEN)
        writer.write(b"b")
        stranger = await reader.read()
        writer.close()

    assert (official.status_code, official.text, intake.came) == (200, "2", 1)
    assert stranger.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("known", [TOKEN, {"Cookie": f"{COOKIE}={ENDED}"}])
async def test_many_slow_requests_hold_up_nobody_elses(known: dict[str, str]) -> None:
    intake = Intake()
    async with served(intake.app) as url, front({"intake": url}) as client, AsyncExitStack() as stack:
        for _ in range(HALF):
            _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
            stack.callback(writer.close)
            writer.write(half_a_form(known))
        async with asyncio.timeout(60):
            while intake.came < HALF:  # noqa: ASYNC110 - until all are there
                await asyncio.sleep(0.01)
            answer = await client.post("/cases", content=b"{}", headers=TOKEN)

    assert (answer.status_code, answer.text) == (200, "2")


async def test_a_body_may_take_longer_than_a_service_may_be_silent() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(15):
            yield b"x" * 1000
            await asyncio.sleep(0.1)

    async with served(echo()) as url, front({"intake": url}, silent_seconds=0.5) as client:
        answer = await client.post("/cases", content=slowly(), headers=TOKEN)

    assert (answer.status_code, len(answer.content)) == (409, 15_000)


async def test_a_service_that_says_nothing_is_not_waited_for_for_ever() -> None:
    app = FastAPI()

    @app.post("/cases")
    async def silent() -> None:
        await asyncio.sleep(5)

    async with served(app) as url, front({"intake": url}, silent_seconds=0.2) as client:
        answer = await client.post("/cases", content=b"{}", headers=TOKEN)

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jejak:masalah:layanan_mati")
