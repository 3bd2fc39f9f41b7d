"""List and message of a batch name the people as they were corrected, up to the moment of sending."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from bpjs_sync.batches.closing import Batches
from bpjs_sync.outgoing.facts import outgoing_facts
from jejak.contracts import events as e
from jejak.contracts.bpjs.messages import SubmissionPersonal
from tests.servers import Database
from tests.store.bpjs import Town, monthly, town
from tests.store.test_bpjs_batches import JULY, rows_of

NEW: Final = {"kk": "1399010101010077", "name": "Warga Bernama Betul"}


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Town]:
    async with town(database, monthly()) as played:
        await played.at("2022-07-04 09:00")
        yield played


async def correct(office: Town, case: uuid.UUID, **changes: str) -> None:
    people = (await office.opened(case)).case.people
    assert people is not None
    body = {"pemohon": people.applicant.model_dump(mode="json") | changes, "catatan": "KK baru."}
    answer = await office.intake.post(f"/cases/{case}/corrections", json=body, headers=office.headers("staf-1"))
    assert answer.status_code == 200, answer.text


async def told_bpjs(office: Town, case: uuid.UUID) -> list[tuple[str, str]]:
    """KK number and name in each message of a submission."""
    opened = await office.opened(case)
    told = []
    for count, event in enumerate(opened.history, 1):
        fact = outgoing_facts(case, opened.history[:count], opened.sop, opened.office, "https://jejak.example")
        if isinstance(event.data, e.SubmissionSent) and fact is not None:
            assert isinstance(fact.personal, SubmissionPersonal)
            told.append((fact.personal.participant.kk, fact.personal.participant.name))
    return told


async def test_a_corrected_person_is_on_the_list_and_in_the_message(office: Town) -> None:
    case = await office.submit()
    await correct(office, case, **NEW)
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    [row] = await rows_of(office, JULY)
    assert (row["no_kk"], row["nama"]) == (NEW["kk"], NEW["name"])
    assert await told_bpjs(office, case) == [(NEW["kk"], NEW["name"])]


async def test_who_is_corrected_while_the_batch_is_sent_is_listed_as_he_was_sent(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, other = await office.submit(), await office.submit()
    await office.at("2022-08-01 00:01")
    real = Batches._send

    async def corrected_first(self: Batches, *given: Any) -> Mapping[uuid.UUID, str]:
        await correct(office, case, **NEW)
        return await real(self, *given)

    monkeypatch.setattr(Batches, "_send", corrected_first)
    await office.batches.sweep()

    rows = {row["nomor_usulan"]: row["nama"] for row in await rows_of(office, JULY)}
    assert sorted(rows.values()) == ["Warga 2", NEW["name"]]
    assert await told_bpjs(office, case) == [(NEW["kk"], NEW["name"])]
    assert len(await told_bpjs(office, other)) == 1
