"""The stored messages to BPJS: derived again they are the same, and many are read by index."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from joserfc.jwk import ECKey
from prometheus_client import REGISTRY

from bpjs_sync.outgoing.messages import SERVED, Messages, OutgoingEdition
from bpjs_sync.outgoing.outbox import Outbox
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.outgoing.replay import BEGIN, NEXT, NEXT_OF_OFFICE
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.bpjs.messages import V1, Contract
from jejak.contracts.codec import Keyring
from jejak.eventstore.postgres.leader_election import Leadership
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.messaging.kafka.topics import end_offsets
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.messaging.publishing.relay import Relay, Topic
from jejak.platform.cancellation import cancel_and_wait
from jejak.platform.ids import random_bytes
from jejak.platform.kafka_cluster import KafkaCluster
from jejak.platform.key_settings import MasterKeys
from jejak.platform.settings import Source
from jejak_tools.stories import pesisir
from tests.bpjs import heard, kept, messages_of, opened, trusted
from tests.servers import Database, execute, run
from tests.signing import SIGNER
from tests.store.ledger import until
from tests.stories import Jejak
from tests.waits import PATIENCE

_OF_CASE = """
SELECT position, id, submission, name, sequence, body FROM bpjs.message WHERE "case" = $1::text::uuid ORDER BY position
"""


def test_messages_derived_again_are_the_same_and_none_is_published_twice(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    before = messages_of(jejak, case, until=5)
    kept(jejak, before)
    rows = jejak.ledger.fetch(_OF_CASE, case.id)
    broken = "UPDATE bpjs.message SET body = '{}' WHERE position = $1 RETURNING position"
    jejak.ledger.fetch(broken, rows[-1]["position"])
    command = [str(Path(sys.executable).with_name("jejak")), "bpjs", "derive"]

    subprocess.run(command, env=jejak.installation.environment, check=True, capture_output=True)

    async def as_before() -> bool:
        return await asyncio.to_thread(jejak.ledger.fetch, _OF_CASE, case.id) == rows

    run(until(as_before, seconds=PATIENCE))
    assert len(messages_of(jejak, case, until=5)) == len(before)


def test_two_versions_of_the_contract_are_published_side_by_side(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))
    first = messages_of(jejak, case, until=5)
    kept(jejak, first)
    environment = jejak.installation.environment
    prefix, cluster = environment["JEJAK_TOPIC_PREFIX"], KafkaCluster(environment["KAFKA_BOOTSTRAP_SERVERS"])
    v2 = Contract(2, V1.messages, V1.personal, V1.reply, V1.rejected, V1.settled)

    def renamed(name: str, body: dict[str, Any], personal: dict[str, Any] | None) -> Any:
        """Version 2 calls the case `file`, and leaves out the applicant's purpose."""
        clear = {("file" if key == "case" else key): value for key, value in body.items()}
        kept = {key: value for key, value in personal.items() if key != "purpose"} if personal else None
        return name, clear, kept

    async def published() -> Any:
        async with await Store.connect(environment["JEJAK_DATABASE_URL_BPJS_SYNC"], application="uji") as store:
            keyring = Keyring(Source(environment).master_keys(), random_bytes)
            outbox = Outbox(
                store,
                ProcedureRegistry(store),
                keyring,
                EventLogReader(store.pool, Tail(store.pool)),
                jejak.installation.url,
            )
            await outbox.window.begin(int(await store.pool.fetchval("SELECT position FROM bpjs.derived")))
            messages = Messages(OutgoingEdition(v2, renamed), keyring, ReaderKeys(store.pool), SIGNER)
            topic = Topic(cluster, f"{prefix}.{v2.topic}", partitions=2)
            relay = Relay(store.pool, outbox.window, topic, messages)
            connection = await asyncpg.connect(environment["JEJAK_DATABASE_URL_BPJS_SYNC"])
            speaking = asyncio.create_task(relay.publish(Leadership(connection)))
            try:
                while True:
                    every = await heard(cluster, topic.name)
                    mine = [message for message in every if message.data["file"] == case.kode]
                    if len(mine) >= len(first):
                        return sorted(mine, key=lambda message: int(message.headers["ce_position"]))
            finally:
                await cancel_and_wait(speaking)
                await connection.close()

    second = run(published())

    assert [message.headers["ce_id"] for message in second] == [message.headers["ce_id"] for message in first]
    assert second[0].headers["ce_type"] == "id.jejak.bpjs.submission.v2"
    assert opened(second[0].data["personal"], bpjs_key).keys() == {"submission", "participant"}
    assert (
        opened(first[0].data["personal"], bpjs_key)["participant"]
        == (opened(second[0].data["personal"], bpjs_key)["participant"])
    )
    assert messages_of(jejak, case, until=5) == first


_MANY = """
INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body)
SELECT n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '99.' || n % 50, 'submission', 1,
       timestamptz '2026-02-01' + n * interval '1 second', '{}'
FROM generate_series(1, 50000) AS n
"""


async def test_a_page_of_the_replay_is_read_by_an_index_wherever_it_begins(database: Database) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.execute(_MANY)
    await connection.execute("ANALYZE bpjs.message")
    since = datetime(2026, 2, 1, 13, tzinfo=UTC)
    queries: list[tuple[str, tuple[Any, ...]]] = [
        (BEGIN, (since,)),
        (NEXT, (30_000, since, 250)),
        (NEXT_OF_OFFICE, (30_000, since, 250, "99.7")),
    ]

    plans = ["\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {sql}", *values)) for sql, values in queries]
    await connection.close()

    for plan in plans:
        assert "Seq Scan on message" not in plan
    assert "message_recorded" in plans[0]
    assert "message_pkey" in plans[1]
    assert "message_office" in plans[2]


_MESSAGE = """
WITH derived AS (UPDATE bpjs.derived SET position = 7)
INSERT INTO bpjs.message (position, id, submission, "case", office, name, sequence, recorded_at, body)
VALUES (7, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '99.01', 'submission', 1, now(), '{"case":"X"}')
"""


async def test_without_a_readers_key_messages_wait_and_are_published_once_there_is_one(
    database: Database, kafka_server: KafkaCluster, topic: str
) -> None:
    await execute(database.url, _MESSAGE)
    keyring = Keyring(MasterKeys(random_bytes(32)), random_bytes)
    async with await Store.connect(database.urls["bpjs_sync"], application="uji") as store:
        outbox = Outbox(
            store, ProcedureRegistry(store), keyring, EventLogReader(store.pool, Tail(store.pool)), "http://contoh"
        )
        await outbox.window.begin(7)
        messages = Messages(SERVED[0], keyring, ReaderKeys(store.pool), SIGNER)
        relay = Relay(store.pool, outbox.window, Topic(kafka_server, topic, 1), messages)
        connection = await asyncpg.connect(database.urls["bpjs_sync"])
        speaking = asyncio.create_task(relay.publish(Leadership(connection)))
        try:
            await until(lambda: restarted(topic, "no_key"))
            before = await end_offsets(kafka_server, topic)

            await trusted(database.urls["bpjs_sync"], ECKey.generate_key("P-256", {"kid": "baru"}))
            after = await heard(kafka_server, topic, until=1)
        finally:
            await cancel_and_wait(speaking)
            await connection.close()

    assert before == [0]
    assert [message.headers["ce_position"] for message in after] == ["7"]


async def restarted(topic: str, reason: str) -> bool:
    labels = {"topic": topic, "reason": reason}
    return bool(REGISTRY.get_sample_value("jejak_relay_restarts_total", labels))


def test_a_replay_without_a_readers_key_names_the_command_that_adds_one(jejak: Jejak, database: Database) -> None:
    command = [str(Path(sys.executable).with_name("jejak")), "bpjs", "replay", "--to", "-"]
    environment = dict(jejak.installation.environment) | {"JEJAK_DATABASE_URL_BPJS_SYNC": database.urls["bpjs_sync"]}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert "jejak bpjs key add" in done.stderr
