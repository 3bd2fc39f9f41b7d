"""A flood of BPJS's answers, and bpjs-sync killed in the middle of it: nothing is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from jejak.contracts.bpjs.messages import V1, Reply
from jejak_tools.stories import pesisir
from jejak_tools.stories.counter import carried_to_bpjs
from tests.faults.scene import Scene, holding, is_held_up, kill, ledger_and_kafka_agree, restarted, types_of, until
from tests.store.replies import reply

FLOOD = 3_000
UNKNOWN = "SELECT count(*) FROM bpjs.reply WHERE state = 'kept' AND kind = 'tidak_dikenal' AND reply = ANY ($1::uuid[])"


async def sent(scene: Scene) -> tuple[uuid.UUID, uuid.UUID]:
    """A case sent to BPJS: its id and that of its submission."""

    def carried() -> str:
        case = pesisir.with_the_letter_in_her_hands(scene.office)
        carried_to_bpjs(case, "2022-07-05 09:00", "2022-07-05 13:00")
        return case.id

    case = uuid.UUID(await asyncio.to_thread(carried))
    query = 'SELECT submission FROM bpjs.message WHERE "case" = $1'
    await until(lambda: scene.value(query, case), "the submission is published")
    return case, await scene.value(query, case)


async def poured(scene: Scene, replies: Sequence[Reply]) -> None:
    attributes = {"specversion": "1.0", "type": V1.ce_type("reply"), "source": "/bpjs", "id": "1"}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    producer = AIOKafkaProducer(bootstrap_servers=scene.cluster.bootstrap, linger_ms=5)
    await producer.start()
    try:
        for answer in replies:
            await producer.send(
                f"jejak.{V1.replies}", answer.model_dump_json().encode(), key=answer.submission.bytes, headers=headers
            )
    finally:
        await producer.stop()


async def test_bpjs_sync_killed_in_the_middle_of_a_flood_loses_no_answer_and_does_none_twice(scene: Scene) -> None:
    (early, first), (late, second) = await sent(scene), await sent(scene)
    unknown = [reply(uuid.uuid4(), "accepted") for _ in range(FLOOD)]
    known = {early: reply(first, "active"), late: reply(second, "active")}
    half = FLOOD // 2
    await poured(scene, [known[early], *unknown[:half]])
    await until(lambda: scene.value("SELECT count(*) FROM bpjs.reply"), "some are in")

    async with holding(scene, "LOCK TABLE bpjs.reply IN EXCLUSIVE MODE"):
        await poured(scene, [known[late], known[early], *unknown[half:], known[late]])
        await is_held_up(scene, "bpjs_sync")
        await kill(scene, "bpjs_sync", with_sessions=True)
    await restarted(scene, "bpjs_sync")

    ids = [answer.id for answer in unknown]
    try:

        async def all_kept() -> bool:
            return bool(await scene.value(UNKNOWN, ids) == FLOOD)

        async def both_put() -> bool:
            put = "SELECT count(*) FROM bpjs.reply WHERE state = 'applied' AND id = ANY ($1::uuid[])"
            return bool(await scene.value(put, [answer.id for answer in known.values()]) == len(known))

        await until(all_kept, "every answer nobody knows is kept for a person")
        await until(both_put, "the others are on their cases")
    finally:
        await scene.fetch("DELETE FROM bpjs.settled WHERE reply = ANY ($1::uuid[])", ids)
        await scene.fetch("DELETE FROM bpjs.reply WHERE id = ANY ($1::uuid[])", ids)
    for case in known:
        types = await types_of(scene, case)
        assert (types.count("ReplyReceived"), types.count("MembershipActivated")) == (1, 1)
    await ledger_and_kafka_agree(scene, "bpjs-sync killed in a flood")
