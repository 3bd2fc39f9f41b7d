"""Two relays at once, and the leading one is killed: no event is lost, and each case keeps its order."""

from __future__ import annotations

import asyncio

from tests.faults.scene import (
    Scene,
    all_end,
    all_is_published,
    checked_all,
    holding,
    is_held_up,
    kill,
    ledger_and_kafka_agree,
    restarted,
    second,
    until,
)


async def test_a_relay_killed_between_sending_and_its_checkpoint_is_followed_by_the_other_that_publishes_again(
    scene: Scene,
) -> None:
    await all_is_published(scene)
    already = await ledger_and_kafka_agree(scene, "before")
    term = await scene.value("SELECT term FROM es.checkpoint WHERE topic = 'jejak.cases'")
    with second(scene, "relay"):
        async with holding(scene, "SELECT FROM es.checkpoint WHERE topic = 'jejak.cases' FOR UPDATE"):
            coming = asyncio.create_task(checked_all(scene, 20))
            await is_held_up(scene, "relay")
            await kill(scene, "relay", with_sessions=True)

        async def taken_over() -> bool:
            return bool(await scene.value("SELECT term FROM es.checkpoint WHERE topic = 'jejak.cases'") > term)

        await until(taken_over, "the other relay leads")
        await restarted(scene, "relay")
        await all_end(scene, await coming)
        assert await ledger_and_kafka_agree(scene, "the leading relay killed") > already
    await all_end(scene, await checked_all(scene, 2))
    await ledger_and_kafka_agree(scene, "one relay again")
