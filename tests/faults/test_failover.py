"""The primary is lost for good; the standby that takes its place lacks the last acknowledged events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from joserfc.jwk import ECKey

from jejak.eventstore.integrity.verify import verify
from jejak_local import postgres
from jejak_local.preparation import offices_folder
from jejak_tools import delivery
from jejak_tools.delivery import Delivery, Topic, compare, stored_events, whole_topic
from jejak_tools.stories.karangasem import sent_at_once
from tests.bpjs import trusted
from tests.faults.conftest import installed
from tests.faults.scene import Scene, all_end, all_is_published, checked_all, until
from tests.servers import scratch_folder

EPOCH: Final = "SELECT epoch::text FROM es.epoch"
LAST: Final = "SELECT coalesce(max(position), 0) FROM es.event"
MONDAY: Final = "2022-07-04 09:00"


@pytest.fixture
def own_scene() -> Iterator[Scene]:
    """An installation of this test alone, since it loses data."""
    with installed("failover") as scene:
        yield scene


async def test_after_a_fail_over_that_lost_events_the_surviving_ledger_is_published_under_a_new_epoch(
    own_scene: Scene,
) -> None:
    scene = own_scene
    primary, pids = scene.jejak.postgres, scene.pids()
    assert primary is not None
    with scratch_folder("standby") as folder:
        await trusted(
            scene.jejak.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], ECKey.generate_key("P-256", {"kid": "uji"})
        )
        await sent_to_bpjs(scene)
        await all_end(scene, await checked_all(scene, 4))
        standby = await asyncio.to_thread(postgres.standby, primary, folder)
        kept, before = await scene.value(LAST), await scene.value(EPOCH)
        await asyncio.to_thread(standby.stop)
        await sent_to_bpjs(scene)
        await all_end(scene, await checked_all(scene, 12))
        await all_is_published(scene)
        lost = await scene.value(LAST)

        await asyncio.to_thread(primary.kill)
        await asyncio.to_thread(standby.promote, primary.port)
        scene.jejak.postgres = standby

        assert kept <= await scene.value(LAST) < lost
        await all_end(scene, await checked_all(scene, 12))
        await sent_to_bpjs(scene)
        await all_is_published(scene)
        await until(lambda: views_are_abreast(scene), "the views are abreast")
        assert await scene.value(EPOCH) != before
        cases = await delivered_in_this_epoch(scene, scene.topic, delivery.CASES, "epoch")
        assert (cases.lost, cases.reordered, cases.changed) == (0, 0, 0)
        submissions = await delivered_in_this_epoch(scene, "jejak.bpjs", delivery.BPJS, "ce_epoch")
        assert (submissions.lost, submissions.reordered, submissions.changed) == (0, 0, 0)
        assert submissions.stored > 1
        assert (await verify(scene.database)).broken is None
        assert [await epoch_shown(scene, name) for name in ("ledger", "relay", "bpjs_sync")] == [2, 2, 2]
        scene.all_alive(pids)
        await asyncio.to_thread(scene.jejak.stop)


async def sent_to_bpjs(scene: Scene) -> None:
    """Sends an emergency of another office; afterwards the clock is set back to the Monday."""
    office = scene.office.player.office(offices_folder(scene.jejak.environment) / "51.07")
    await asyncio.to_thread(sent_at_once, office)
    await asyncio.to_thread(scene.office.at, MONDAY)


async def delivered_in_this_epoch(scene: Scene, topic: str, of: Topic, header: str) -> Delivery:
    """The topic's messages of the present epoch beside the ledger, once none is missing."""
    epoch = await scene.value(EPOCH)
    compared: list[Delivery] = []

    async def whole() -> bool:
        records = [record async for record in whole_topic(scene.cluster, topic)]
        now = [of.read(record) for record in records if dict(record.headers)[header].decode() == epoch]
        compared.append(compare(await stored_events(scene.database, of.stored), now))
        return not compared[-1].lost

    await until(whole, f"{topic} has the whole ledger")
    return compared[-1]


async def views_are_abreast(scene: Scene) -> bool:
    return bool(await scene.value("SELECT position FROM view.progress") >= await scene.value(LAST))


async def epoch_shown(scene: Scene, name: str) -> float:
    """The epoch in the metrics of a process."""
    async with httpx.AsyncClient(trust_env=False) as client:
        text = (await client.get(f"{scene.child(name).url}/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith("jejak_ledger_epoch{")]
    return float(line.rpartition(" ")[2])
