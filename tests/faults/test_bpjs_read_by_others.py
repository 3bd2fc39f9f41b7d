"""Messages to BPJS, read and answered by programs of others: Kafka's own, and CloudEvents' SDK.

The tests are among the faults because in that installation neither a simulator nor a consumer answers.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from joserfc.jwk import ECKey

from jejak.platform.kafka_cluster import KafkaCluster
from jejak.web.access.clients import issue
from jejak_local.preparation import offices_folder
from jejak_tools.demo import token_key
from jejak_tools.play import Berkas
from jejak_tools.stories import karangasem
from tests.bpjs import Heard, heard, trusted
from tests.faults.scene import Scene
from tests.kafka_tools import console_consumer, console_producer
from tests.servers import run

TOPIC: Final = "jejak.bpjs"
GUIDE: Final = (Path(__file__).parents[2] / "docs" / "bpjs" / "README.md").read_text(encoding="utf-8")
EXTENSIONS: Final = ("office", "sequence", "position", "epoch")


@pytest.fixture(scope="module")
def case(scene: Scene) -> Iterator[Berkas]:
    """An emergency that was sent and not answered. Afterwards the clock is set back."""
    key = ECKey.generate_key("P-256", {"kid": "others-1", "use": "enc"})
    run(trusted(scene.jejak.environment["JEJAK_DATABASE_URL_BPJS_SYNC"], key))
    office = scene.office.player.office(offices_folder(scene.jejak.environment) / "51.07")
    yield karangasem.sent_at_once(office)
    scene.office.at("2022-07-04 09:00")


@pytest.fixture(scope="module")
def submission(scene: Scene, case: Berkas) -> Heard:
    """The submission on the topic."""

    async def there() -> Heard:
        while True:
            for message in await heard(scene.cluster, TOPIC):
                if message.data["case"] == case.kode:
                    return message

    return run(there())


def test_kafkas_own_programs_read_a_submission_and_answer_it_as_the_guide_says(
    scene: Scene, case: Berkas, submission: Heard
) -> None:
    printed = re.findall(r"--property (print\.\w+=true)", GUIDE)
    assert printed == ["print.key=true", "print.headers=true"]

    [line] = console_consumer(
        *("--bootstrap-server", scene.cluster.bootstrap, "--topic", TOPIC, "--partition", str(submission.partition)),
        *("--offset", str(submission.offset), "--max-messages", "1", "--timeout-ms", "60000"),
        *(word for setting in printed for word in ("--formatter-property", setting)),
    )

    headers, key, value = line.split("\t")
    assert dict(header.split(":", 1) for header in headers.split(",")) == submission.headers
    assert (key, json.loads(value)) == (submission.key, submission.data)

    reply = {"id": str(uuid.uuid4()), "submission": key, "replied_at": "2023-06-14T13:00:00+08:00"}
    given = re.search(r"^HEADERS=(\S+)$", GUIDE, re.MULTILINE)
    assert given is not None
    console_producer(
        *("--bootstrap-server", scene.cluster.bootstrap, "--topic", f"{TOPIC}.replies"),
        *("--reader-property", "parse.headers=true", "--reader-property", "parse.key=true"),
        typed=f"{given[1]}\t{key}\t{json.dumps(reply | {'result': 'accepted'})}\n",
    )

    case.until_due("confirm_status")
    reference = "SELECT payload->'source'->>'reference' FROM es.event_json WHERE stream = $1::text::uuid AND type = $2"
    assert run(scene.value(reference, case.id, "ReplyReceived")) == reply["id"]


def test_the_sdk_of_cloudevents_reads_what_is_on_kafka(scene: Scene, submission: Heard) -> None:
    record = run(record_of(scene.cluster, submission))

    event = from_binary(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())

    assert (event.get_specversion(), event.get_type()) == ("1.0", "id.jejak.bpjs.submission.v1")
    assert (event.get_id(), event.get_subject()) == (submission.headers["ce_id"], submission.key)
    assert (event.get_datacontenttype(), event.get_data()) == ("application/json", submission.data)
    assert event.get_extension("partitionkey") == submission.key
    assert [event.get_extension(name) for name in EXTENSIONS] == [
        submission.headers[f"ce_{name}"] for name in EXTENSIONS
    ]


async def record_of(cluster: KafkaCluster, message: Heard) -> Any:
    """The record as aiokafka reads it."""
    reader = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap)
    await reader.start()
    try:
        place = TopicPartition(TOPIC, message.partition)
        reader.assign([place])
        reader.seek(place, message.offset)
        return await reader.getone(place)
    finally:
        await reader.stop()


def test_the_sdk_of_cloudevents_reads_every_line_that_comes_over_http(scene: Scene, submission: Heard) -> None:
    headers = {"Authorization": f"Bearer {issue(token_key(scene.jejak), 'bpjs')}"}
    answer = scene.office.player.http.get("/bpjs/submissions", params={"office": "51.07"}, headers=headers)

    events = [JSONFormat().read(None, line) for line in answer.content.splitlines()]

    assert {event.get_specversion() for event in events} == {"1.0"}
    mine = next(event for event in events if event.get_id() == submission.headers["ce_id"])
    assert (mine.get_type(), mine.get_subject()) == (submission.headers["ce_type"], submission.key)
    assert mine.get_time() is not None
    assert mine.get_extension("position") == submission.headers["ce_position"]
