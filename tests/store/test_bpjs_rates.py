"""A client with too many requests or answers is told when to come again; other clients are answered."""

from __future__ import annotations

import json
import uuid
from typing import Any, cast

import httpx
import pytest

from bpjs_sync.rates import REPLIES, REQUESTS, Rates
from jejak.platform.settings import SettingsError, Source
from jejak.web.access.clients import issue
from jejak.web.http_app import RequestGate
from tests.servers import Database
from tests.store.bpjs import KEY, monthly
from tests.store.replies import Answered, answered, reply

MORE_THAN_TWO_WINDOWS_OF_THREE = 8


def check_refusal(answer: httpx.Response) -> None:
    assert answer.status_code == 429, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:jejak:masalah:terlalu_sering"
    assert 1 <= int(answer.headers["retry-after"]) <= 120


async def answer_to(office: Answered, path: str, client: str | None = "bpjs") -> httpx.Response:
    headers = {"Authorization": f"Bearer {issue(KEY, client)}"} if client else {}
    return await office.town.bpjs.get(path, headers=headers)


async def test_a_client_that_asks_too_often_waits_and_others_do_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUESTS, "3")
    async with answered(database, monthly()) as office:
        status = f"/bpjs/replies/{uuid.uuid4()}"
        answers = [await answer_to(office, status) for _ in range(MORE_THAN_TWO_WINDOWS_OF_THREE)]
        assert {answer.status_code for answer in answers[:3]} == {404}
        check_refusal(answers[-1])
        check_refusal(await answer_to(office, "/bpjs/submissions"))
        check_refusal(await answer_to(office, "/bpjs/outstanding"))
        check_refusal(await office.post(reply(uuid.uuid4(), "accepted")))
        assert (await answer_to(office, status, "lain")).status_code == 404
        keys = [await answer_to(office, "/bpjs/keys", None) for _ in range(MORE_THAN_TWO_WINDOWS_OF_THREE)]
        assert {answer.status_code for answer in keys[:3]} == {200}
        check_refusal(keys[-1])


async def test_of_too_many_answers_at_once_none_is_taken(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REPLIES, "1000")

    def six_hundred() -> bytes:
        lines: list[dict[str, Any]] = [reply(uuid.uuid4(), "accepted").model_dump(mode="json") for _ in range(600)]
        return "\n".join(map(json.dumps, lines)).encode()

    async with answered(database, monthly()) as office:
        first = await office.post(six_hundred(), "application/x-ndjson")
        assert (first.status_code, first.json()["stored"]) == (202, 600)
        check_refusal(await office.post(six_hundred(), "application/x-ndjson"))
        assert len(await office.states()) == 600


def test_a_rate_below_one_whole_request_is_no_setting() -> None:
    with pytest.raises(SettingsError, match=f"{REPLIES} must be at least 1000"):
        Rates.of(cast("RequestGate", None), Source({REPLIES: "999"}))
