"""The one address: Caddy passes requests on as they come, and a service that is away is a plain problem."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from jejak.web.http_app import create_app
from jejak_local import edge
from jejak_local.files import free_port
from tests.certificates import Authority
from tests.edge import END, TOKEN, Intake, connected, echo, edge_before, front, ready, status_of
from tests.servers import served


async def test_a_request_arrives_as_it_was_sent_and_the_answer_comes_back_whole(tmp_path: Path) -> None:
    async with served(echo()) as url, front(tmp_path, {"approval": url, "letters": url}) as client:
        body = bytes(range(256)) * 8_000
        path = "/cases/0f6f2b34/tasks/paraf?slot=a%20b&x=%2F"
        answer = await client.post(path, content=body, headers=TOKEN | {"Connection": "close"})
        assert (answer.status_code, answer.content) == (409, body)
        assert answer.headers["x-path"] == "/cases/0f6f2b34/tasks/paraf"
        assert answer.headers["x-query"] == "slot=a%20b&x=%2F"
        assert TOKEN["Authorization"] in answer.headers["x-heard"]
        assert answer.headers["etag"] == '"7"'
        assert answer.headers["content-type"] == "application/problem+json"
        got = await client.head("/cases/0f6f2b34/letters/rekomendasi/draft", headers={"If-None-Match": '"7"'})
        assert (got.headers["x-method"], got.headers["x-path"]) == ("HEAD", "/cases/0f6f2b34/letters/rekomendasi/draft")
        assert "('if-none-match', '\"7\"')" in got.headers["x-heard"]


async def test_a_clients_claim_of_its_address_is_not_passed_on(tmp_path: Path) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "lain.example"}
    claimed |= {"Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
    async with served(echo()) as url, front(tmp_path, {"ledger": url}) as client:
        heard = (await client.get("/", headers=claimed)).headers["x-heard"]

    assert "203.0.113.7" not in heard
    assert "lain.example" not in heard
    assert "('x-forwarded-for', '127.0.0.1')" in heard
    assert "('x-forwarded-proto', 'http')" in heard


async def test_a_header_of_caddy_and_of_the_service_comes_once(tmp_path: Path) -> None:
    letters = create_app("letters", "", ready)

    @letters.get("/cases/7/letters/surat")
    async def letter() -> str:
        return "Surat."

    async with served(letters) as url, front(tmp_path, {"letters": url}) as client:
        answer = await client.get("/cases/7/letters/surat", headers={"Accept-Encoding": "gzip"})

    names = [name.lower() for name, _ in answer.headers.raw]
    assert (answer.json(), names.count(b"date"), names.count(b"x-content-type-options")) == ("Surat.", 1, 1)
    assert not {b"via", b"content-encoding"} & set(names)


async def test_a_service_that_is_away_is_a_problem_that_passes(tmp_path: Path) -> None:
    async with front(tmp_path, {}) as client:
        for path in ("/cases", "/cases/x/withdraw", "/cases/x/tasks/paraf"):
            answer = await client.post(path, json={}, headers=TOKEN)
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:jejak:masalah:layanan_mati")
            assert (answer.json()["status"], answer.headers["retry-after"]) == (503, "2")
            assert answer.headers["content-type"] == "application/problem+json"
        page = await client.get("/worklist", headers={"Accept": "text/html,*/*"})

    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "Bagian ini sedang tidak dapat dihubungi. Ulangi sebentar lagi." in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_of_several_addresses_of_a_service_one_that_is_away_is_not_noticed(tmp_path: Path) -> None:
    intake = Intake()
    async with served(intake.app) as url:
        places = f"127.0.0.1:{free_port()} {url.removeprefix('http://')}"
        async with front(tmp_path, {}, JEJAK_EDGE_INTAKE=places) as client:
            answers = [await client.post("/cases", json={}, headers=TOKEN) for _ in range(30)]

    assert [answer.status_code for answer in answers] == [200] * 30
    assert intake.came == 30


async def test_an_address_that_hangs_is_passed_over(tmp_path: Path) -> None:
    intake = Intake()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as hanging, served(intake.app) as url:
        places = f"127.0.0.1:{hanging.sockets[0].getsockname()[1]} {url.removeprefix('http://')}"
        async with front(tmp_path, {}, JEJAK_EDGE_INTAKE=places, JEJAK_EDGE_PATIENCE="1s") as client:
            in_a_row = 0
            async with asyncio.timeout(END):
                while in_a_row < 20:
                    answer = await client.post("/cases", json={}, headers=TOKEN)
                    in_a_row = in_a_row + 1 if answer.is_success else 0


async def test_what_a_service_has_received_is_not_sent_to_another(tmp_path: Path) -> None:
    other, read = Intake(), asyncio.Event()

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST"):
            read.set()
            writer.transport.abort()
        else:  # what Caddy asks for every two seconds
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as cutting, served(other.app) as url:
        places = f"127.0.0.1:{cutting.sockets[0].getsockname()[1]} {url.removeprefix('http://')}"
        async with front(tmp_path, {}, JEJAK_EDGE_INTAKE=places) as client:
            statuses = []
            async with asyncio.timeout(END):
                while not read.is_set():
                    statuses.append((await client.post("/cases", json={}, headers=TOKEN)).status_code)

    assert statuses[-1] == 503
    assert other.came == len(statuses) - 1


async def test_a_service_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    app = FastAPI()

    @app.post("/cases")
    async def silent(request: Request) -> None:
        while not await request.is_disconnected():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)

    async with served(app) as url, front(tmp_path, {"intake": url}, JEJAK_EDGE_PATIENCE="300ms") as client:
        answer = await client.post("/cases", content=b"{}", headers=TOKEN)

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:jejak:masalah:layanan_mati")


@pytest.mark.parametrize(
    "path",
    [
        *("/bpjs/../cases", "/bpjs/%2e%2e/cases", "/bpjs/.%2E/cases", "/bpjs/..", "/./cases", "//cases", "/bpjs//x"),
        *("/bpjs/%2F..%2Fcases", "/bpjs%2freplies", "/bpjs%5c..%5ccases", "/bpjs/..\\cases", "/bpjs/%00", "/..?x"),
    ],
)
async def test_a_path_that_two_programs_could_read_differently_leads_out_of_no_service_into_another(
    tmp_path: Path, path: str
) -> None:
    ledger, other = create_app("ledger", "", ready), echo()
    async with (
        served(ledger) as url,
        served(other) as elsewhere,
        front(tmp_path, {"ledger": url, "bpjs_sync": elsewhere, "intake": elsewhere}) as client,
    ):
        reader, writer = await connected(client)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: jejak\r\n\r\n".encode())
        assert await status_of(reader) in (b"404", b"400")
        writer.close()


async def test_figures_are_for_the_inner_network(tmp_path: Path) -> None:
    async with served(echo()) as url, front(tmp_path, {"ledger": url}) as client:
        answers = [await client.get(path) for path in ("/metrics", "/%6detrics", "/METRICS", "/ready")]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 409]


@pytest.mark.parametrize(("target", "status"), [("/metrics", b"404"), ("/bpjs/replies", b"200"), ("/ready", b"409")])
async def test_a_target_with_its_host_leads_where_its_path_leads(tmp_path: Path, target: str, status: bytes) -> None:
    ledger, other = echo(), create_app("bpjs", "", ready)

    @other.get("/bpjs/replies")
    async def here() -> str:
        return "bpjs_sync"

    async with (
        served(ledger) as url,
        served(other) as elsewhere,
        front(tmp_path, {"ledger": url, "bpjs_sync": elsewhere}) as client,
    ):
        reader, writer = await connected(client)
        writer.write(f"GET http://jejak{target} HTTP/1.1\r\nHost: jejak\r\n\r\n".encode())
        assert await status_of(reader) == status
        writer.close()


async def test_the_log_holds_no_address_no_token_and_no_body(tmp_path: Path) -> None:
    async with served(echo()) as url, front(tmp_path, {"ledger": url}) as client:
        await client.get("/cases/RAHASIA-1?kode=RAHASIA-2", headers=TOKEN | {"Cookie": "jejak=RAHASIA-3"})
        await client.post("/cases", content=b"RAHASIA-4", headers=TOKEN)  # no service is there: an error is logged
    log = (tmp_path / "caddy.log").read_text(encoding="utf-8")

    assert '"service":"ledger"' in log
    assert '"service":"intake"' in log
    assert "RAHASIA" not in log
    assert TOKEN["Authorization"].removeprefix("Bearer ") not in log


async def test_its_line_and_those_of_a_service_name_a_request_alike(tmp_path: Path) -> None:
    claimed = {"X-Request-Id": "0190a0e2-7b1c-4c3e-9a55-0f6f5a1d2b3c"}
    async with served(create_app("ledger", "", ready)) as url, front(tmp_path, {"ledger": url}) as client:
        request_id = (await client.get("/health", headers=claimed)).headers["x-request-id"]
    assert request_id != claimed["X-Request-Id"]
    assert f'"request_id":"{request_id}"' in (tmp_path / "caddy.log").read_text(encoding="utf-8")


async def test_it_speaks_tls_with_a_certificate_that_is_given(tmp_path: Path) -> None:
    authority = Authority.begin(tmp_path, "ca")
    certificate, key = authority.certificate("jejak")
    for file in (certificate, key):
        file.chmod(0o644)
    port, plain = free_port(), free_port()
    settings = {
        "JEJAK_EDGE_HTTP_PORT": str(plain),
        "JEJAK_EDGE_TLS": "files",
        "JEJAK_EDGE_SITE": f"https://127.0.0.1:{port}",
    }
    settings |= {"JEJAK_EDGE_CERT": str(certificate), "JEJAK_EDGE_KEY": str(key), "JEJAK_PORT": str(port)}
    trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    async with served(echo()) as url:
        with edge_before(tmp_path, {"ledger": url}, **settings):
            async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
                answer = await client.get(f"https://127.0.0.1:{port}/")
                sent_on = await client.get(f"http://127.0.0.1:{plain}/masuk")

    assert (sent_on.status_code, sent_on.headers["location"]) == (308, f"https://127.0.0.1:{port}/masuk")
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "('x-forwarded-proto', 'https')" in answer.headers["x-heard"]


def test_caddys_environment_has_addresses_and_nothing_secret(tmp_path: Path) -> None:
    ports = dict.fromkeys(("intake", "verification", "approval", "letters", "bpjs_sync", "ledger", "caddy"), 9000)
    names = set(edge.environment(ports, tmp_path))

    assert {name for name in names if not name.startswith(("JEJAK_EDGE_", "XDG_"))} == {"JEJAK_PORT", "HOME"}
