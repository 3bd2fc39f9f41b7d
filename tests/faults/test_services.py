"""Services killed, doubled or frozen: every case still ends, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import UUID

import pytest

from tests.faults.scene import (
    FENCE,
    SIGNED,
    Scene,
    all_end,
    all_is_published,
    checked,
    checked_all,
    do,
    endings,
    frozen,
    holding,
    is_held_up,
    kill,
    ledger_and_kafka_agree,
    ready_to_sign,
    restarted,
    second,
    sessions_waiting,
    some_have_ended,
    submitted,
    types_of,
    until,
)

SIGNING = "sedang_ditandatangani"
ITS_STREAM = "SELECT FROM es.stream WHERE key = $1 FOR UPDATE"
"""A lock behind which appends to this case wait; they pass in the order in which they came."""


async def waiting_for_verification(scene: Scene, at_least: int) -> bool:
    due = await scene.value("SELECT count(*) FROM es.due WHERE service = 'verification' AND automatic")
    return int(due) >= at_least


async def test_verification_killed_in_the_middle_of_a_batch_and_started_again_brings_every_case_to_its_end(
    scene: Scene,
) -> None:
    before = await endings(scene)
    coming = asyncio.create_task(checked_all(scene, 40))
    await some_have_ended(scene, before + 8)
    scene.freeze("verification")
    await until(lambda: waiting_for_verification(scene, at_least=8), "a batch has gathered")
    async with holding(scene, FENCE):
        scene.resume("verification")
        await is_held_up(scene, "verification")
        await kill(scene, "verification", with_sessions=True)
    assert await endings(scene) < before + 40
    await restarted(scene, "verification")
    await all_end(scene, await coming)
    await ledger_and_kafka_agree(scene, "verification killed")


async def test_two_verifications_at_once_and_one_of_them_killed_double_nothing(scene: Scene) -> None:
    before = await endings(scene)
    with second(scene, "verification") as twin:
        coming = asyncio.create_task(checked_all(scene, 40))
        await some_have_ended(scene, before + 15)
        twin.kill()
        await all_end(scene, await coming)
    await ledger_and_kafka_agree(scene, "two verifications")


LISTED_AFTER_ALL = """
INSERT INTO register.entry (import_no, nik_index, variant, row_no)
SELECT listing.no, entry.nik_index, ''::bytea, 99999
FROM register.entry JOIN register.import members ON members.no = entry.import_no AND members.kind = 'kepesertaan',
     register.import listing
WHERE entry.deactivated_on = date '2021-12-04' AND members.office = listing.office
  AND listing.office = '13.01' AND listing.register = 'DTKS' AND listing.status = 'answering'
ON CONFLICT DO NOTHING
"""


async def test_of_two_verifications_that_saw_different_lists_the_second_goes_by_what_the_first_stored(
    scene: Scene,
) -> None:
    try:
        with second(scene, "verification") as twin:
            async with frozen(scene, "verification"):
                os.kill(twin.process.pid, signal.SIGSTOP)
                case = await checked(scene)
                async with holding(scene, ITS_STREAM, case):
                    scene.resume("verification")
                    await until(
                        lambda: held_up(scene, 1), "the first has looked the person up and waits for its append"
                    )
                    scene.freeze("verification")
                    await scene.fetch(LISTED_AFTER_ALL)
                    os.kill(twin.process.pid, signal.SIGCONT)
                    await until(lambda: held_up(scene, 2), "the second has seen the person listed and waits too")
                await all_end(scene, [case])
    finally:
        await scene.fetch("DELETE FROM register.entry WHERE row_no = 99999")
    await ledger_and_kafka_agree(scene, "two lists")


async def held_up(scene: Scene, sessions: int) -> bool:
    return len(await sessions_waiting(scene, "verification")) >= sessions


@pytest.mark.parametrize("with_sessions", [True, False], ids=["its append is lost", "its append still comes to pass"])
async def test_letters_killed_between_signing_and_its_append_sign_once(scene: Scene, with_sessions: bool) -> None:
    case = await ready_to_sign(scene)
    async with holding(scene, ITS_STREAM, case):
        signing = asyncio.create_task(do(scene, case, "sign", "kadis-1", again=SIGNING))
        await until(lambda: signed_rows(scene, case), "the signed bytes are kept")
        await is_held_up(scene, "letters")
        assert "LetterSigned" not in await types_of(scene, case)
        await kill(scene, "letters", with_sessions=with_sessions)
    if with_sessions:
        assert "LetterSigned" not in await types_of(scene, case)
        # The process that claimed it is dead; the claim expires.
        await scene.fetch("UPDATE es.due SET claimed_until = clock_timestamp() WHERE stream = $1", case)
    await restarted(scene, "letters")
    assert (await signing)["berkas"] == str(case)
    (kept,) = await signed_rows(scene, case)
    assert await types_of(scene, case) == SIGNED
    named = await scene.value(
        "SELECT payload -> 'letters' -> 0 ->> 'sha256' FROM es.event_json WHERE stream = $1 AND type = 'LetterSigned'",
        case,
    )
    assert named == kept
    await ledger_and_kafka_agree(scene, "letters killed")


async def signed_rows(scene: Scene, case: UUID) -> list[str]:
    rows = await scene.fetch("SELECT encode(sha256, 'hex') AS hash FROM letters.signed WHERE \"case\" = $1", case)
    return [row["hash"] for row in rows]


async def test_intake_frozen_at_an_append_holds_up_nobody_else_and_appends_once(scene: Scene) -> None:
    another = await ready_to_sign(scene)
    before = await streams(scene)
    async with holding(scene, FENCE):
        submitting = asyncio.create_task(submitted(scene))
        await is_held_up(scene, "intake")
        scene.freeze("intake")
    try:
        await do(scene, another, "sign", "kadis-1")
        await all_is_published(scene)
        assert not submitting.done()
    finally:
        scene.resume("intake")
    case = await submitting
    assert await streams(scene) - before == {case}
    assert await types_of(scene, case) == ("ApplicationSubmitted",)
    assert await types_of(scene, another) == SIGNED
    await do(scene, case, "check_documents", "staf-1")
    await all_end(scene, [case])
    await ledger_and_kafka_agree(scene, "intake frozen")


async def streams(scene: Scene) -> set[UUID]:
    return {row["key"] for row in await scene.fetch("SELECT key FROM es.stream")}
