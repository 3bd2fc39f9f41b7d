"""Development tokens name officials in development alone, in a header as in a cookie."""

from __future__ import annotations

from typing import Final

import pytest
from starlette.datastructures import Headers

from jejak.cases.decision import Actor
from jejak.platform.errors import Problem
from jejak.web.access.tokens import Verifier, is_use, issue

KEY: Final = bytes(range(32))
STAFF: Final = Actor("13.99", "staf-1", "staf")


async def test_a_development_token_is_refused_outside_development() -> None:
    token, production = issue(KEY, STAFF), Verifier(KEY, development=False)

    assert await Verifier(KEY, development=True).actor(f"Bearer {token}") == STAFF
    with pytest.raises(Problem) as problem:
        await production.actor(f"Bearer {token}")
    assert (problem.value.status, problem.value.code) == (401, "token_salah")
    assert await production.of_session(token, used=True) is None
    assert not production.was_issued(token)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic x"])
async def test_a_request_without_a_bearer_token_has_no_sender(authorization: str | None) -> None:
    with pytest.raises(Problem) as problem:
        await Verifier(KEY, development=True).actor(authorization)
    assert problem.value.code == "token_perlu"


@pytest.mark.parametrize("token", [issue(bytes(32), STAFF), issue(KEY, STAFF, hours=-1), "x", "a.b.c"])
async def test_a_forged_or_ended_token_names_nobody(token: str) -> None:
    verifier = Verifier(KEY, development=True)

    with pytest.raises(Problem) as problem:
        await verifier.actor(f"Bearer {token}")
    assert problem.value.code == "token_salah"
    assert await verifier.of_session(token, used=True) is None


@pytest.mark.parametrize(
    ("mode", "use"), [(None, True), ("navigate", True), ("cors", False), ("same-origin", False), ("no-cors", False)]
)
def test_a_page_that_renews_a_part_of_itself_is_no_use(mode: str | None, *, use: bool) -> None:
    assert is_use(Headers({"Sec-Fetch-Mode": mode} if mode else {})) is use
