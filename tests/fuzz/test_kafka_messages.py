"""Messages by chance against the readers of answers and of hints: both lose no good one and read on to the end."""

from __future__ import annotations

import os
from typing import Final
from uuid import UUID

import pytest
from aiokafka.errors import CorruptRecordException, UnknownError

from jejak.contracts.bpjs.settlements import ReplyRejected
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.delivery import whole_topic
from tests.batches import send_raw
from tests.flow.test_bpjs_replies_topic import answer, reading
from tests.flow.test_records import heard
from tests.fuzz.messages import DUE, batches
from tests.servers import Database

ROUNDS: Final = int(os.environ.get("JEJAK_FUZZ_ROUNDS", "300"))
"""Messages of each seed."""
SEEDS: Final = (1, 2)
REFUSED: Final = (UnknownError, CorruptRecordException)
"""The errors of a broker that refuses a batch."""


@pytest.mark.parametrize("seed", SEEDS)
async def test_among_bad_messages_no_good_one_is_lost_and_the_readers_come_to_the_end(
    database: Database, kafka_server: KafkaCluster, topic: str, seed: int
) -> None:
    """Every place is stored or rejected; every good answer is stored and every good hint heard, the last ones too."""
    replies: set[UUID] = set()
    cases: set[UUID] = set()
    places: set[tuple[int, int]] = set()
    async with reading(database, kafka_server, topic) as scene, heard(kafka_server, scene.topic.name) as hints:
        for number, made in enumerate(batches(seed, ROUNDS)):
            try:
                first = await send_raw(scene.producer, scene.topic.name, number % 2, made.whole)
            except REFUSED:
                continue
            places |= {(number % 2, first + place) for place in range(made.count)}
            replies |= made.replies
            cases |= made.cases
        last, case = answer(), new_uuid()
        places.add((0, await scene.send(last)))
        hint = await scene.producer.send_and_wait(
            scene.topic.name, b"", key=str(case).encode(), headers=[DUE], partition=1
        )
        places.add((1, hint.offset))

        await scene.committed_to_the_end()
        await scene.committed_to_the_end(scene.topic.name)

        stored = await scene.admin.fetch('SELECT id, "partition", "offset" FROM bpjs.reply')
        rejected = [record async for record in whole_topic(kafka_server, scene.topic.rejected)]
        rejections = [ReplyRejected.model_validate_json(record.value) for record in rejected]
        assert {row["id"] for row in stored} >= replies | {last.id}
        assert hints >= cases | {case}
        assert {(row["partition"], row["offset"]) for row in stored} | {
            (rejection.partition, rejection.offset) for rejection in rejections
        } == places
        assert replies, "the seed makes good answers"
        assert cases, "the seed makes good hints"
