"""Machines as clients: valid tokens and certificates, and the clients that are registered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.platform.settings import Clients
from jejak.web.access.clients import ClientVerifier, issue
from jejak.web.access.tokens import issue as issue_to_official

TOKEN_KEY = bytes(32)
ISSUER = "https://sso.example.go.id"
KEY = ECKey.generate_key("P-256", {"kid": "satu", "alg": "ES256"})
OTHER = ECKey.generate_key("P-256", {"kid": "dua", "alg": "ES256"})


def keys(*made: ECKey) -> bytes:
    return json.dumps(KeySet(list(made)).as_dict(private=False)).encode()


def token(key: ECKey = KEY, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": "jejak",
        "client_id": "bpjs-0301",
        "scope": "openid jejak.bpjs",
        "exp": int(time.time()) + 60,
    } | changes
    return jwt.encode({"alg": "ES256", "kid": key.kid}, {k: v for k, v in claims.items() if v is not None}, key)


@pytest.fixture
def clients(tmp_path: Path) -> Clients:
    file = tmp_path / "jwks.json"
    file.write_bytes(keys(KEY))
    return Clients(ISSUER, "jejak", str(file), ids={"bpjs-0301": "bpjs"}, subjects={"CN=bridging": "bpjs"})


def verifier(clients: Clients, *, development: bool = False) -> ClientVerifier:
    return ClientVerifier(clients, TOKEN_KEY, development)


async def refused(
    client_verifier: ClientVerifier, authorization: str | None, subject: str | None = None
) -> tuple[int, str]:
    with pytest.raises(Problem) as problem:
        await client_verifier.client(authorization, subject)
    return problem.value.status, problem.value.code


async def test_a_token_of_the_issuer_names_a_client_that_is_let_in(clients: Clients) -> None:
    for good in (token(), token(scope=None, scp=["jejak.bpjs"]), token(aud=["lain", "jejak"])):
        assert await verifier(clients).client(f"Bearer {good}", None) == "bpjs"


@pytest.mark.parametrize(
    "changes",
    [{"iss": "https://lain.example"}, {"aud": "lain"}, {"aud": None}, {"exp": 1}, {"exp": None}, {"iss": None}],
)
async def test_a_token_for_others_of_others_or_of_yesterday_is_none(
    clients: Clients, changes: Mapping[str, Any]
) -> None:
    assert await refused(verifier(clients), f"Bearer {token(**changes)}") == (401, "token_klien_salah")


async def test_a_token_with_a_foreign_signature_is_refused(clients: Clients) -> None:
    forged = ECKey.generate_key("P-256", {"kid": "satu"})
    unsigned = "eyJhbGciOiJub25lIiwia2lkIjoic2F0dSJ9.eyJjbGllbnRfaWQiOiJicGpzIn0."
    public_as_secret = jwt.encode({"alg": "HS256", "kid": "satu"}, {"client_id": "bpjs"}, OctKey.import_key(keys(KEY)))
    for bad in (token(forged), unsigned, public_as_secret, token(OTHER), "x", "a.b.c"):
        assert await refused(verifier(clients), f"Bearer {bad}") == (401, "token_klien_salah")


async def test_an_unregistered_client_or_one_without_the_scope_is_told_so(clients: Clients) -> None:
    client_verifier = verifier(clients)
    assert await refused(client_verifier, f"Bearer {token(client_id='lain')}") == (403, "klien_tidak_terdaftar")
    assert await refused(client_verifier, f"Bearer {token(scope='openid jejak.bpjsx')}") == (403, "cakupan_kurang")
    assert await refused(client_verifier, f"Bearer {token(scope=7)}") == (403, "cakupan_kurang")
    assert await refused(client_verifier, None, "CN=siapa") == (403, "klien_tidak_terdaftar")
    assert await refused(client_verifier, None) == (401, "klien_perlu")
    assert await client_verifier.client(None, "CN=bridging") == "bpjs"


async def test_a_development_token_serves_in_development_only_and_never_for_an_official(clients: Clients) -> None:
    mine = f"Bearer {issue(TOKEN_KEY, 'bpjs')}"
    official = f"Bearer {issue_to_official(TOKEN_KEY, Actor('13.99', 'staf-1', 'staf'))}"
    nothing_set = replace(clients, jwks=None)

    assert await verifier(nothing_set, development=True).client(mine, None) == "bpjs"
    assert await verifier(clients, development=True).client(f"Bearer {token()}", None) == "bpjs"
    for settings, bearer in ((clients, mine), (nothing_set, mine)):
        assert await refused(verifier(settings), bearer) == (401, "token_klien_salah")
    assert await refused(verifier(clients, development=True), official) == (401, "token_klien_salah")


@contextmanager
def served(answers: list[bytes]) -> Iterator[str]:
    """An issuer's address: each request is answered by the next of `answers`, the last one repeatedly."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so by the standard library
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/jwks"
        finally:
            server.shutdown()
            thread.join()


async def test_a_key_the_issuer_adds_is_fetched_when_a_token_first_names_it(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [keys(KEY), keys(KEY, OTHER), b"{"]
    with served(answers) as address:
        client_verifier = verifier(replace(clients, jwks=address))
        assert await client_verifier.client(f"Bearer {token()}", None) == "bpjs"
        assert await refused(client_verifier, f"Bearer {token(OTHER)}") == (401, "token_klien_salah"), (
            "asked a moment ago"
        )
        monkeypatch.setattr("jejak.web.access.issuer_keys._AGAIN_SECONDS", 0.0)
        assert await client_verifier.client(f"Bearer {token(OTHER)}", None) == "bpjs"
        unknown = token(ECKey.generate_key("P-256", {"kid": "tiga"}))
        assert await refused(client_verifier, f"Bearer {unknown}") == (401, "token_klien_salah"), (
            "and what is known stays known"
        )
        assert await client_verifier.client(f"Bearer {token(OTHER)}", None) == "bpjs"


async def test_while_the_issuers_keys_cannot_be_had_the_client_is_asked_to_wait(clients: Clients) -> None:
    with served([b"<html>"]) as address:
        assert (await refused(verifier(replace(clients, jwks=address)), f"Bearer {token()}"))[0] == 503


@pytest.mark.parametrize(("claim", "says"), [({"aud": "lain"}, "penerima (aud) lain"), ({"exp": 1}, "sudah berakhir")])
async def test_a_token_for_another_system_is_refused_with_the_reason(
    clients: Clients, claim: dict[str, Any], says: str
) -> None:
    with pytest.raises(Problem) as problem:
        await verifier(clients).client(f"Bearer {token(**claim)}", None)
    assert says in problem.value.detail
