"""Programs that act for officials by tokens of a real Keycloak, and what the realm says of a person."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from tests.keycloak import Realm
from tests.visitor import Desk, program_token


async def test_a_program_acts_for_an_official_by_a_token_of_the_issuer(desk: Desk, keycloak: Realm) -> None:
    async def status(token: str, **headers: str) -> int:
        sent = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
        return (await desk.http.get("/worklist", headers=sent)).status_code

    tokens = await program_token(keycloak, "staf", "openid jejak.pejabat")
    without_scope = await program_token(keycloak, "staf", "openid")
    of_two = await program_token(keycloak, "rangkap", "openid jejak.pejabat")
    nobody = await program_token(keycloak, "asing", "openid jejak.pejabat")

    assert await status(tokens["access_token"]) == 200
    assert await status(tokens["id_token"]) == 401, "for another audience, and no access token"
    assert await status(without_scope["access_token"]) == 401, "for another audience"
    assert await status(of_two["access_token"]) == 422, "which post?"
    assert await status(of_two["access_token"], **{"Jejak-Jabatan": "kabid"}) == 200
    assert await status(of_two["access_token"], **{"Jejak-Jabatan": "kadis"}) == 422
    assert await status(nobody["access_token"]) == 403
    broken = tokens["access_token"][:-8] + "AAAAAAAA"
    assert await status(broken) == 401


def payload(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


async def test_the_realm_names_persons_and_leaves_posts_to_the_kantor_file(keycloak: Realm) -> None:
    tokens = await program_token(keycloak, "rangkap", "openid jejak.pejabat")
    claims = payload(tokens["access_token"])

    assert (claims["kantor"], claims["nip"]) == (["13.99"], "198801012010012001")
    assert claims["auth_time"] <= time.time()
    assert not {"jabatan", "realm_access", "resource_access"} & claims.keys()
