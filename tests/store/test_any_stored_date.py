"""With any dates in the ledger every address answers, the views are rebuilt, and every case can be ended."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from jejak.eventstore.integrity.evidence_check import examine
from jejak.eventstore.integrity.verify import verify
from tests.servers import Database
from tests.store.lives import lives_of
from tests.store.redated import redate
from tests.store.test_damaged_cases import Address, Readers, answers_of, lived, readers_of

DATES: Final = {
    "the first there is": (datetime(1, 1, 1, 0, 0, 1, tzinfo=UTC), date.min),
    "a mistyped year": (datetime(202, 11, 20, 1, tzinfo=UTC), date(202, 11, 20)),
    "a century ago": (datetime(1926, 11, 20, 1, tzinfo=UTC), date(1926, 11, 20)),
    "forty years to come": (datetime(2062, 11, 20, 1, tzinfo=UTC), date(2062, 11, 20)),
    "the last there is": (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), date.max),
}
"""A second less than all: PostgreSQL has the very first and last instant as infinity, and `append` takes none."""


async def faults_of(readers: Readers, case: uuid.UUID) -> set[str]:
    """What the evidence of a case is found to lack; the letters of these cases are made up, and lie nowhere."""
    answer = await readers.ask(Address("ledger", "", f"/cases/{case}/evidence", "JSON", "staf-1"))
    return {str(fault) for fault in examine(io.BytesIO(answer.content)).faults}


async def test_no_address_fails_over_a_stored_date(database: Database, tmp_path: Path) -> None:
    async with lives_of(database) as lives:
        office = await lived(lives)
        cases, alone = [*office.whole, *office.broken], office.whole[-2:]
        async with readers_of(database, tmp_path) as readers:
            before, lacking = await answers_of(readers, lives, cases, alone), await faults_of(readers, alone[0])
        wrong: dict[str, dict[str, object]] = {}
        for what, (at, day) in DATES.items():
            await redate(database, lives.town.runtime.command_handler.keyring, at, day)
            await lives.views.rebuild(lambda *_: None)
            async with readers_of(database, tmp_path) as readers:
                after = await answers_of(readers, lives, cases, alone)
                lacks = await faults_of(readers, alone[0])
            wrong[what] = {one: said.status for one, said in after.items() if said.status != before[one].status}
            wrong[what] |= {f"evidence: {fault}": fault for fault in lacks ^ lacking}
            if broken := (await verify(database.urls["ledger"])).broken:
                wrong[what]["chain"] = broken

    assert {what: found for what, found in wrong.items() if found} == {}


@pytest.mark.parametrize("what", DATES)
async def test_a_case_of_any_stored_date_can_be_led_to_its_end(database: Database, what: str) -> None:
    async with lives_of(database) as lives:
        cases: dict[uuid.UUID, str] = {}
        for stop in ("check_documents", "draft_letter", "sign", "archive"):
            case = await lives.town.submit()
            await lives.lead(case, stop)
            cases[case] = stop
        await redate(database, lives.town.runtime.command_handler.keyring, *DATES[what])
        for case in cases:
            await lives.lead(case, None)
        await lives.close("bulanan", "staf-1")
        for case in cases:
            await lives.lead(case, "reconcile")
        await lives.town.at("2022-07-05 09:00")
        await lives.close("rekon", "kabid-1")
        for case in cases:
            await lives.lead(case, None)
        await lives.fold()
        await lives.views.rebuild(lambda *_: None)
        opened = [await lives.town.opened(case) for case in cases]

    assert [(one.case.ending is not None and one.case.ending.kind, one.due) for one in opened] == [("selesai", ())] * 4
