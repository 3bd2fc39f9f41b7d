"""Tokens of the issuer: each is taken for what it was made for, and for nothing else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from jejak.platform.errors import Problem
from jejak.platform.identity_settings import Identity
from jejak.web.access import issuer_keys
from jejak.web.access.fetching import fetch
from jejak.web.access.issuer import Issuer
from jejak.web.access.issuer_keys import IssuerKeys

KEY: Final = ECKey.generate_key("P-256", {"kid": "satu", "alg": "ES256"})
PUBLIC: Final = json.dumps(KeySet([KEY]).as_dict(private=False)).encode()
NONCE: Final = "nonce-contoh"
IDENTITY: Final = Identity("https://sso.example.go.id/realms/jejak", "jejak", "rahasia", "jejak.pejabat")
LOGOUT: Final[Mapping[str, Any]] = {"http://schemas.openid.net/event/backchannel-logout": {}}


def token(key: ECKey = KEY, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": IDENTITY.issuer,
        "aud": "jejak",
        "sub": "a-1",
        "iat": now,
        "exp": now + 60,
        "nonce": NONCE,
    } | changes
    return jwt.encode({"alg": "ES256", "kid": key.kid}, {k: v for k, v in claims.items() if v is not None}, key)


@pytest.fixture
def issuer() -> Issuer:
    async def read() -> bytes:
        return PUBLIC

    made = Issuer(IDENTITY)
    made.keys = IssuerKeys(read)
    return made


async def refused(answer: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as problem:
        await answer
    return problem.value.status, problem.value.code


@pytest.mark.parametrize(
    "changes", [{}, {"aud": ["jejak"]}, {"azp": "jejak"}, {"aud": ["jejak", "lain"], "azp": "jejak"}]
)
async def test_an_id_token_for_this_sign_in_names_the_person(issuer: Issuer, changes: Mapping[str, Any]) -> None:
    assert (await issuer.id_claims(token(**changes), NONCE))["sub"] == "a-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "nonce-lain"},
        {"nonce": None},
        {"aud": "lain"},
        {"aud": ["lain"]},
        {"aud": ["jejak", "lain"]},
        {"aud": ["jejak", "lain"], "azp": "lain"},
        {"azp": "lain"},
        {"iss": "https://sso.example.go.id/realms/lain"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"aud": None},
    ],
)
async def test_an_id_token_for_another_sign_in_or_system_is_none(issuer: Issuer, changes: Mapping[str, Any]) -> None:
    assert await refused(issuer.id_claims(token(**changes), NONCE)) == (401, "token_salah")


async def test_a_token_that_the_issuer_did_not_sign_is_none(issuer: Issuer) -> None:
    forged = ECKey.generate_key("P-256", {"kid": "satu"})
    unsigned = "eyJhbGciOiJub25lIiwia2lkIjoic2F0dSJ9.eyJzdWIiOiJhLTEifQ."
    public_as_secret = jwt.encode({"alg": "HS256", "kid": "satu"}, {"sub": "a-1"}, OctKey.import_key(PUBLIC))
    for bad in (token(forged), unsigned, public_as_secret, "x", "a.b.c", ""):
        assert await refused(issuer.id_claims(bad, NONCE)) == (401, "token_salah")
        assert await refused(issuer.access_claims(bad)) == (401, "token_salah")


async def test_a_program_needs_an_access_token_for_this_system_with_the_scope(issuer: Issuer) -> None:
    assert (await issuer.access_claims(token(scope="openid jejak.pejabat")))["sub"] == "a-1"
    assert await refused(issuer.access_claims(token(scope="openid"))) == (403, "cakupan_kurang")
    assert await refused(issuer.access_claims(token())) == (403, "cakupan_kurang"), "an id_token is no access token"
    assert await refused(issuer.access_claims(token(scope="jejak.pejabat", aud="lain"))) == (401, "token_salah")


async def test_only_a_logout_token_ends_sessions(issuer: Issuer) -> None:
    assert (await issuer.logout_claims(token(nonce=None, sid="s-1", events=LOGOUT)))["sid"] == "s-1"
    others: list[dict[str, Any]] = [
        {"events": LOGOUT},
        {"nonce": None},
        {"nonce": None, "events": {}},
        {"nonce": None, "events": "x"},
    ]
    for other in others:
        assert await refused(issuer.logout_claims(token(**other))) == (401, "token_salah")


async def test_requests_that_wait_for_a_silent_issuer_share_one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that are known serve on, though each attempt takes longer than the pause between two."""
    now, attempts = 1_000.0, 0
    monkeypatch.setattr(issuer_keys, "_now", lambda: now)

    async def read() -> bytes:
        nonlocal now, attempts
        attempts += 1
        if attempts == 1:
            return PUBLIC
        await asyncio.sleep(0)  # the others come to wait meanwhile
        now += 2 * issuer_keys._AGAIN_SECONDS
        raise TimeoutError

    keys = IssuerKeys(read)
    await keys.claims(token())
    now += 2 * issuer_keys._AGE_SECONDS

    claims = await asyncio.gather(*(keys.claims(token()) for _ in range(5)))

    assert [each["sub"] for each in claims] == ["a-1"] * 5
    assert attempts == 2


@pytest.mark.parametrize("status", [b"200 OK", b"400 Bad Request"])
async def test_an_answer_that_breaks_off_is_none(status: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"code=x")
        writer.write(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match="IncompleteRead"):
            await fetch(f"http://127.0.0.1:{port}/token", {"code": "x"})


async def test_an_issuer_that_does_not_answer_is_one_sentence() -> None:
    silent = Issuer(Identity("http://127.0.0.1:1/realms/jejak", "jejak", "rahasia", "jejak.pejabat"))

    assert await refused(silent.addresses()) == (503, "penerbit_mati")
    assert await refused(silent.id_token("kode", "pemeriksa", "https://jejak.example/masuk/kembali")) == (
        503,
        "penerbit_mati",
    )
    assert (await refused(silent.access_claims(token())))[0] == 503
