"""PostgreSQL restarted and killed: every service waits for it, none ends, and no event is lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.scene import (
    Scene,
    all_end,
    checked_all,
    endings,
    frozen,
    holding,
    is_held_up,
    ledger_and_kafka_agree,
    sessions_waiting,
    some_have_ended,
)


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_postgresql_gone_in_mid_flow_and_started_again(scene: Scene, how: str) -> None:
    server = scene.jejak.postgres
    assert server is not None
    before, pids = await endings(scene), scene.pids()
    coming = asyncio.create_task(checked_all(scene, 30))
    await some_have_ended(scene, before + 6)
    await asyncio.to_thread(server.stop if how == "stopped" else server.kill)
    await asyncio.to_thread(server.restart)
    await all_end(scene, await coming)
    await ledger_and_kafka_agree(scene, f"PostgreSQL {how}")
    scene.all_alive(pids)


@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
async def test_a_question_that_is_cancelled_or_whose_session_is_ended_is_asked_anew(scene: Scene, end: str) -> None:
    pids = scene.pids()
    async with frozen(scene, "verification"):
        cases = await checked_all(scene, 4)
        async with holding(scene, "LOCK TABLE es.event IN ACCESS EXCLUSIVE MODE"):
            scene.resume("verification")
            for name in ("verification", "ledger", "relay"):
                await is_held_up(scene, name)
                waiting = await sessions_waiting(scene, name)
                await scene.fetch(f"SELECT {end}(pid) FROM unnest($1::int[]) AS pid", waiting)  # noqa: S608 - see above
    await all_end(scene, cases)
    await ledger_and_kafka_agree(scene, end)
    scene.all_alive(pids)
