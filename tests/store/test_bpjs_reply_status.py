"""The state of an answer is shown to the client that sent it, and to no other."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest

from bpjs_sync.replies.inbox import IncomingReply, ReplyOrigin
from jejak.web.access.clients import issue
from tests.servers import Database
from tests.store.bpjs import KEY, monthly
from tests.store.replies import Answered, answered, reply


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Answered]:
    async with answered(database, monthly()) as answered_office:
        yield answered_office


async def status_answer(office: Answered, identity: object, client: str = "bpjs") -> httpx.Response:
    headers = {"Authorization": f"Bearer {issue(KEY, client)}"}
    return await office.town.bpjs.get(f"/bpjs/replies/{identity}", headers=headers)


async def status_of(office: Answered, identity: object, client: str = "bpjs") -> dict[str, Any]:
    answer = await status_answer(office, identity, client)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_answer_goes_from_waiting_to_recorded(office: Answered) -> None:
    [(_, submission)] = await office.sent(1)
    accepted = reply(submission, "accepted")
    await office.post(accepted)
    before = await status_of(office, accepted.id)
    await office.put()
    await office.post(accepted)

    after = await status_of(office, accepted.id)

    assert (before["state"], after["state"], after["times"], after["contradicted"]) == ("waiting", "recorded", 2, False)
    assert (after["submission"], "reason" in after, "settled_at" in after) == (str(submission), False, True)


async def test_what_is_kept_says_why_and_what_an_official_did_with_it(office: Answered) -> None:
    [(_, submission)] = await office.sent(1)
    unknown, early, first = reply(uuid.uuid4(), "accepted"), reply(submission, "mend"), reply(submission, "accepted")
    later = reply(submission, "active", since=date(2199, 1, 1))
    await office.answer(unknown, first, early, later)

    reasons = [(await status_of(office, answer.id))["reason"] for answer in (unknown, early, later)]
    kept = next(row for row in await office.kept() if row["isi"]["jawaban"] == str(early.id))
    await office.town.post(f"/bpjs/unmatched/{kept['id']}", {"kesampingkan": "salah kirim"})

    assert reasons == ["unknown_submission", "contradicting", "future_date"]
    resolved = await status_of(office, early.id)
    assert (resolved["state"], resolved["reason"]) == ("resolved", "set_aside")
    assert "salah kirim" not in str(resolved)


async def test_another_content_under_the_same_id_is_seen_and_the_first_stands(office: Answered) -> None:
    [(_, submission)] = await office.sent(1)
    accepted = reply(submission, "accepted")
    await office.answer(accepted, reply(submission, "rejected", id=accepted.id))

    became = await status_of(office, accepted.id)

    assert (became["result"], became["state"], became["contradicted"]) == ("accepted", "recorded", True)


async def test_a_client_reads_what_it_sent_and_what_came_over_kafka(office: Answered) -> None:
    mine, from_kafka = reply(uuid.uuid4(), "accepted"), reply(uuid.uuid4(), "accepted")
    await office.post(mine)
    await office.putting.inbox.store(ReplyOrigin(topic="jejak.bpjs.replies"), [IncomingReply(from_kafka, 0, 0)])

    assert (await status_answer(office, mine.id, "lain")).status_code == 404
    assert (await status_answer(office, uuid.uuid4())).status_code == 404
    assert (await status_answer(office, "bukan-uuid")).status_code == 422
    assert (await status_of(office, from_kafka.id, "lain"))["state"] == "waiting"
    assert (await office.town.bpjs.get(f"/bpjs/replies/{mine.id}")).status_code == 401
