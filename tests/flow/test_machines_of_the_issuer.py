"""Machines of BPJS at the real issuer: their client credentials are taken, and no token stands for another kind."""

from __future__ import annotations

from typing import Final

import httpx
import pytest

from jejak.platform.errors import Problem
from jejak.platform.settings import Source
from jejak.web.access.clients import ClientVerifier
from tests.keycloak import BPJS_SECRET, PUBLIC_URL, Realm
from tests.visitor import program_token

TOKEN_KEY: Final = bytes(32)


async def machine_token(realm: Realm) -> str:
    """The access token of BPJS's machine, by its client credentials."""
    async with realm.client() as http:
        form = {"grant_type": "client_credentials"}
        answer = await http.post(
            f"{realm.issuer}/protocol/openid-connect/token",
            data=form,
            auth=httpx.BasicAuth("bpjs-bridging", BPJS_SECRET),
        )
        assert answer.is_success, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture
def verifier(keycloak: Realm, monkeypatch: pytest.MonkeyPatch) -> ClientVerifier:
    """As bpjs-sync has it in production, by its settings."""
    monkeypatch.setenv("SSL_CERT_FILE", str(keycloak.authority))
    environ = {
        "JEJAK_CLIENT_ISSUER": keycloak.issuer,
        "JEJAK_CLIENT_AUDIENCE": PUBLIC_URL,
        "JEJAK_CLIENT_JWKS": f"{keycloak.issuer}/protocol/openid-connect/certs",
        "JEJAK_CLIENT_IDS": '{"bpjs-bridging": "bpjs"}',
    }
    return ClientVerifier(Source(environ).clients(), TOKEN_KEY, development=False)


async def test_a_machine_of_bpjs_is_admitted_by_its_client_credentials(
    verifier: ClientVerifier, keycloak: Realm
) -> None:
    assert await verifier.client(f"Bearer {await machine_token(keycloak)}", None) == "bpjs"


@pytest.mark.parametrize("kind", ["access_token", "id_token"])
async def test_a_token_of_a_person_is_none_of_a_machine(verifier: ClientVerifier, keycloak: Realm, kind: str) -> None:
    tokens = await program_token(keycloak, "staf", "openid jejak.pejabat")

    with pytest.raises(Problem) as problem:
        await verifier.client(f"Bearer {tokens[kind]}", None)
    assert problem.value.status == 401
