"""Two relays at once, and the one that leads is killed: nothing is lost, and each case is heard in its order."""

from __future__ import annotations

import asyncio

from tests.faults.scene import (
    Scene,
    all_end,
    all_is_said,
    checked_all,
    comes_back,
    holding,
    is_held_up,
    kill,
    ledger_and_kafka_agree,
    second,
    until,
)


async def test_of_two_relays_one_is_killed_between_sending_and_its_checkpoint_and_the_other_says_it_again(
    scene: Scene,
) -> None:
    await all_is_said(scene)
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
        await comes_back(scene, "relay")
        await all_end(scene, await coming)
        assert await ledger_and_kafka_agree(scene, "the leading relay killed") > already
    await all_end(scene, await checked_all(scene, 2))
    await ledger_and_kafka_agree(scene, "one relay again")
