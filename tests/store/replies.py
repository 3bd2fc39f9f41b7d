"""Answers of BPJS by message: submissions as BPJS reads them, and the answers that it makes."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx

from bpjs_sync.replies.inbox import Inbox
from bpjs_sync.replies.reply_applier import ReplyApplier
from jejak.contracts.bpjs.messages import Reply
from jejak.contracts.events import SubmissionSent
from jejak.procedure.model import Sop
from jejak.web.access.clients import issue
from tests.servers import Database
from tests.store.bpjs import KEY, Town, town

TOLD = """
INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body)
SELECT e.position, e.id, s.id, e.stream, e.office,
       CASE e.type WHEN 'SubmissionSent' THEN 'submission' WHEN 'ReplyReceived' THEN 'reply.recorded'
                   WHEN 'ApplicationWithdrawn' THEN 'submission.withdrawn' ELSE 'membership.active' END,
       e.version, e.recorded_at,
       CASE e.hasil WHEN 'perbaiki' THEN '{"result":"mend"}' WHEN 'ditolak' THEN '{"result":"rejected"}'
                    ELSE '{"result":"accepted"}' END
FROM es.event e
CROSS JOIN LATERAL (SELECT id FROM es.event WHERE stream = e.stream AND type = 'SubmissionSent' AND version <= e.version
                    ORDER BY version DESC LIMIT 1) AS s
WHERE e.type IN ('SubmissionSent', 'ReplyReceived', 'ApplicationWithdrawn', 'MembershipActivated')
ON CONFLICT DO NOTHING
"""
"""The messages that the ledger derives for BPJS, without their texts."""

MENDED = """
[[langkah]]
no = 1
kegiatan = "Usulan disampaikan dan dijawab"
tugas = [{tugas = "deliver", pelaksana = ["staf"], kepada = "bpjs"}, "await_reply", "confirm_status"]
pelaksana = ["bpjs"]
"""
"""A sheet whose submission is sent again once it was mended."""


def reply(submission: uuid.UUID, result: str, **changes: Any) -> Reply:
    given = {
        "id": uuid.uuid4(),
        "submission": submission,
        "result": result,
        "replied_at": datetime(2022, 7, 4, tzinfo=UTC),
    }
    reason = {"reason": "foto KTP kabur"} if result in ("mend", "rejected") else {}
    return Reply.model_validate(given | reason | changes)


@dataclass
class Answered:
    """An office, and the client of BPJS that answers it."""

    town: Town
    admin: asyncpg.Connection
    putting: ReplyApplier

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {issue(KEY, 'bpjs')}", "Content-Type": "application/json"}

    async def sent(self, count: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """Cases sent with the monthly batch, each with its submission."""
        cases = [await self.town.submit() for _ in range(count)]
        answer = await self.town.post("/batches/13.99/bulanan/close")
        assert answer.status_code == 201, answer.text
        return [(case, await self.submission(case)) for case in cases]

    async def submission(self, case: uuid.UUID) -> uuid.UUID:
        """The last submission of a case."""
        await self.derive_messages()
        history = (await self.town.opened(case)).history
        return [event.id for event in history if isinstance(event.data, SubmissionSent)][-1]

    async def derive_messages(self) -> None:
        """Derives the messages for BPJS, as the ledger does."""
        await self.admin.execute(TOLD)

    async def post(self, body: bytes | Reply, kind: str = "application/json") -> httpx.Response:
        content = body.model_dump_json().encode() if isinstance(body, Reply) else body
        return await self.town.bpjs.post(
            "/bpjs/replies", content=content, headers=self.headers | {"Content-Type": kind}
        )

    async def answer(self, *replies: Reply) -> None:
        """Sends answers one after the other and applies them."""
        for reply in replies:
            taken = await self.post(reply)
            assert taken.status_code == 202, taken.text
        await self.put()

    async def put(self) -> None:
        """Applies answers until none is left that fits a case now."""
        await self.admin.execute("SELECT bpjs.wake_replies()")
        while await self.putting.work():
            pass

    async def kept(self, who: str = "staf-1") -> list[dict[str, Any]]:
        answer = await self.town.get("/bpjs/unmatched", who=who)
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()["baris"]
        return rows

    async def states(self) -> list[str]:
        return [row[0] for row in await self.admin.fetch("SELECT state FROM bpjs.reply ORDER BY arrived_at")]

    async def due(self, case: uuid.UUID) -> list[str]:
        return [task.tugas for task in (await self.town.opened(case)).due]


@asynccontextmanager
async def answered(database: Database, sop: Sop) -> AsyncIterator[Answered]:
    """The office with one sheet, on the morning of 4 July 2022."""
    async with town(database, sop) as played:
        await played.at("2022-07-04 09:00")
        admin = await asyncpg.connect(database.url)
        runtime = played.runtime
        inbox = Inbox(runtime)
        try:
            yield Answered(played, admin, ReplyApplier(runtime.command_handler, runtime.settings.hmac_key, inbox))
        finally:
            await admin.close()
