"""A careful client: it repeats a request under the same key until it is answered, and notes what it met."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import httpx

from tests.bench.offices import BY_PEN, write_offices
from tests.rehearse import counter
from tests.rehearse.acknowledged import EVENT_OF
from tests.rehearse.counter import Counter

CASE = UUID(int=7)


async def brought(client: httpx.MockTransport, folder: Path) -> Counter:
    """A counter whose first case has ended, well or not."""
    async with counter.opened("http://uji", write_offices(folder, 3) / BY_PEN, b"k" * 32, client) as people:
        bringing = asyncio.create_task(people.bring())
        await asyncio.sleep(0)
        [task] = people.open.values()
        bringing.cancel()
        await asyncio.wait([task])
        return people


def answer_of(request: httpx.Request) -> httpx.Response:
    if request.method == "GET":
        return httpx.Response(200, json={"jatuh_tempo": [{"tugas": "draft_letter"}]})
    return httpx.Response(200, json={"berkas": str(CASE)})


async def test_a_case_is_carried_from_the_counter_to_the_archive(tmp_path: Path) -> None:
    people = await brought(httpx.MockTransport(answer_of), tmp_path)
    assert [answer.act for answer in people.answers] == list(EVENT_OF)
    assert {answer.case for answer in people.answers} == {CASE}
    assert (len(people.finished), people.failures, people.refused) == (1, [], [])


async def test_what_fails_is_repeated_under_the_same_key_and_noted(tmp_path: Path) -> None:
    keys: list[str] = []

    def at_the_third(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/cases":
            return answer_of(request)
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("", request=request)
        if len(keys) == 2:
            return httpx.Response(503, json={"type": "urn:jejak:masalah:layanan_mati"})
        return answer_of(request)

    people = await brought(httpx.MockTransport(at_the_third), tmp_path)
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert [failure.how for failure in people.failures] == ["ReadTimeout", "503 layanan_mati"]
    assert len(people.finished) == 1


async def test_a_refusal_ends_the_case_and_is_shown(tmp_path: Path) -> None:
    body = json.dumps({"type": "urn:jejak:masalah:tidak_jatuh_tempo"})
    people = await brought(httpx.MockTransport(lambda _: httpx.Response(409, content=body)), tmp_path)
    assert people.finished == []
    assert ["409" in refusal for refusal in people.refused] == [True]
