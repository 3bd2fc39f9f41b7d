"""The primary is lost for good and a standby takes its place, which may lack the last that was acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest

from jejak.store.verify import verify
from jejak_local import postgres
from jejak_local.delivery import compare, event_of, stored_events, whole_topic
from tests.faults.conftest import installed
from tests.faults.scene import Scene, all_end, all_is_said, checked_all, until
from tests.servers import scratch_folder

EPOCH: Final = "SELECT epoch::text FROM view.epoch"
LAST: Final = "SELECT coalesce(max(position), 0) FROM es.event"


@pytest.fixture
def own_scene() -> Iterator[Scene]:
    """An installation of this test alone: what it loses, no other misses."""
    with installed("failover") as scene:
        yield scene


async def test_after_a_fail_over_that_lost_events_all_of_the_surviving_ledger_is_said_under_a_new_epoch(
    own_scene: Scene,
) -> None:
    scene = own_scene
    primary, pids = scene.jejak.postgres, scene.pids()
    assert primary is not None
    with scratch_folder("standby") as folder:
        await all_end(scene, await checked_all(scene, 4))
        standby = await asyncio.to_thread(postgres.standby, primary, folder)
        kept, before = await scene.value(LAST), await scene.value(EPOCH)
        await asyncio.to_thread(standby.stop)
        await all_end(scene, await checked_all(scene, 12))
        await all_is_said(scene)
        lost = await scene.value(LAST)

        await asyncio.to_thread(primary.kill)
        await asyncio.to_thread(standby.promote, primary.port)
        scene.jejak.postgres = standby

        assert kept <= await scene.value(LAST) < lost
        await all_end(scene, await checked_all(scene, 12))
        await all_is_said(scene)
        epoch = await scene.value(EPOCH)
        assert epoch != before
        records = [one async for one in whole_topic(scene.bootstrap, scene.topic)]
        now = [event_of(one) for one in records if dict(one.headers)["epoch"].decode() == epoch]
        found = compare(await stored_events(scene.database), now)
        assert (found.lost, found.reordered, found.changed) == (0, 0, 0)
        assert (await verify(scene.database)).broken is None
        await until(lambda: views_are_abreast(scene), "the views are abreast")
        scene.nobody_died(pids)
        await asyncio.to_thread(scene.jejak.stop)


async def views_are_abreast(scene: Scene) -> bool:
    return bool(await scene.value("SELECT position FROM view.progress") >= await scene.value(LAST))
