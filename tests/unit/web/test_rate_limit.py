"""An address that asks for many unknown cases is not answered for a while; officials and other addresses are."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jejak.cases.decision import Actor
from jejak.web.access.rate_limit import Allowance, CodeRateLimit, client_network
from jejak.web.access.tokens import Verifier, issue
from jejak.web.requests.browser import COOKIE

KEY = b"k" * 32
OFFICIAL = {"Authorization": f"Bearer {issue(KEY, Actor('13.01', 'staf-1', 'staf'))}"}
BROWSER = {"Cookie": f"{COOKIE}={issue(KEY, Actor('13.01', 'staf-1', 'staf'))}"}
PAGE = {"Accept": "text/html"}


def test_so_many_misses_are_free_and_then_one_more_every_while() -> None:
    allowance = Allowance(misses=2, seconds=10)
    allowance.missed("a", 0)
    assert allowance.wait("a", 0) == 0
    allowance.missed("a", 0)

    assert allowance.wait("a", 0) == 10
    assert allowance.wait("a", 5) == 5
    assert allowance.wait("a", 10) == 0
    assert allowance.wait("b", 0) == 0


def test_further_misses_wait_again_and_a_pause_restores_the_allowance() -> None:
    allowance = Allowance(misses=2, seconds=10)
    for now in (0, 0, 10):
        allowance.missed("a", now)

    assert allowance.wait("a", 10) == 10
    assert allowance.wait("a", 30) == 0
    allowance.missed("a", 30)
    assert allowance.wait("a", 30) == 0


def test_only_the_latest_addresses_are_kept() -> None:
    allowance = Allowance(misses=1, seconds=10, most=3)
    for name in ("a", "b", "a", "c", "d"):
        allowance.missed(name, 0)

    assert [allowance.wait(name, 0) > 0 for name in ("a", "b", "c", "d")] == [True, False, True, True]


@pytest.mark.parametrize(
    ("host", "same"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(host: str, same: str) -> None:
    assert client_network(host) == same


@pytest.fixture
def client() -> httpx.AsyncClient:
    """A service that allows two misses; `/cases/ada` exists, all other paths do not."""

    async def answer(request: Request) -> Response:
        return PlainTextResponse("", 200 if request.url.path in ("/cases/ada", "/") else 404)

    guard = Middleware(
        CodeRateLimit, verifier=Verifier(KEY, development=True), allowance=Allowance(misses=2, seconds=1_000_000)
    )
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])], middleware=[guard])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://jejak")


async def test_after_too_many_misses_even_a_right_code_is_not_answered(client: httpx.AsyncClient) -> None:
    seen = [(await client.get(path)).status_code for path in ("/cases/x", "/periksa/x/surat", "/cases/ada", "/cases/y")]
    assert seen == [404, 404, 429, 429]

    refused = await client.get("/cases/ada")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:jejak:masalah:terlalu_sering"
    assert int(refused.headers["retry-after"]) > 900_000
    page = await client.get("/cases/ada", headers=PAGE)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 900_000
    assert "Terlalu banyak kode" in page.text


async def test_requests_for_what_exists_are_always_answered(client: httpx.AsyncClient) -> None:
    assert {(await client.get("/cases/ada")).status_code for _ in range(9)} == {200}


async def test_other_pages_and_officials_are_not_counted(client: httpx.AsyncClient) -> None:
    for _ in range(9):
        await client.get("/tidak-ada")
        await client.get("/cases/x", headers=OFFICIAL)
    assert (await client.get("/cases/ada")).status_code == 200

    for _ in range(3):
        await client.get("/cases/x")
    assert [(await client.get("/cases/ada", headers=headers)).status_code for headers in ({}, OFFICIAL)] == [429, 200]
    assert (await client.get("/")).status_code == 200


async def test_a_form_that_an_official_fills_in_wrongly_is_no_guess(client: httpx.AsyncClient) -> None:
    for _ in range(9):
        await client.post("/cases/x", headers=BROWSER)
    assert (await client.get("/cases/ada")).status_code == 200

    for _ in range(3):
        await client.post("/cases/x", headers={"Cookie": f"{COOKIE}=made-up"})
    assert [(await client.post("/cases/ada", headers=headers)).status_code for headers in ({}, BROWSER)] == [429, 200]
