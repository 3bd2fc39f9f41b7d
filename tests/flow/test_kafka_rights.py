"""On a Kafka that refuses what is not allowed, each login does its work with the rights that docs/operations lists."""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from jejak.contracts import events as e
from jejak.messaging.broker import Bus, supervised
from jejak.messaging.case_consumer import CaseConsumer
from jejak.messaging.handlers import Fact, Handlers
from jejak.messaging.kafka.clients import client_settings
from jejak.messaging.kafka.consumer_lag import Group, group_lag, measured_groups
from jejak.messaging.kafka.topics import end_offsets, ensure_topic, topic_exists
from jejak.messaging.rejected import RejectedTopic
from jejak.platform.ids import new_uuid
from jejak.platform.kafka_cluster import KafkaCluster
from jejak_tools.deployment.cluster_data import acls
from tests.certificates import Authority
from tests.consumer import FOLDER
from tests.flow.test_kafka_security import SecureKafka, trusting
from tests.messaging import Scene, no_task
from tests.node import node, npm_ci
from tests.servers import scratch_folder, start_or_skip
from tests.store.ledger import until

_PASSWORD: Final = secrets.token_urlsafe(16)
_LOGINS: Final = ("letters", "relay", "bpjs")
_OF_BPJS: Final = (
    *(("topic", f"jejak.bpjs{name}", ["Read", "Describe"]) for name in ("", ".replies.settled", ".replies.rejected")),
    ("topic", "jejak.bpjs.replies", ["Write", "Describe"]),
    ("group", "bpjs-consumer", ["Read"]),
)
_AUTHORISED: Final = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:jejak;User:ANONYMOUS
"""
"""Nobody is anonymous but the controller's own connection: the listener of clients asks for a name."""
_ALLOW: Final = """
import { Admin } from "@platformatic/kafka";
import { kafka } from "./settings.mjs";
const admin = new Admin(kafka);
await admin.createAcls({ creations: JSON.parse(process.env.ACLS) });
await admin.close();
"""
_AS_BPJS: Final = """
import { Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { group, kafka, topic } from "./settings.mjs";
const producer = new Producer({ ...kafka, idempotent: true, serializers: stringSerializers });
await producer.send({ messages: [{ topic: `${topic}.replies`, key: "k", value: "jawaban" }] });
const forged = { messages: [{ topic, key: "k", value: "palsu" }] };
const refused = await producer.send(forged).then(() => "", () => "refused");
await producer.close(true);
const consumer = new Consumer({ ...kafka, ...group, autocommit: false, deserializers: stringDeserializers });
const topics = [topic, `${topic}.replies.settled`];
const stream = await consumer.consume({ topics, mode: "committed", fallbackMode: "earliest" });
for await (const { value, commit } of stream) {
  await commit();
  console.log(`${value} ${refused}`);
  break;
}
await consumer.close(true);
"""
_TYPES: Final = {"topic": 2, "group": 3, "cluster": 4}
_PATTERNS: Final = {"literal": 3, "prefix": 4}
_OPERATIONS: Final = {
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Describe": 8,
    "DescribeConfigs": 10,
    "AlterConfigs": 11,
}
_ALLOWED: Final = 3


class StrictKafka(SecureKafka):
    """A broker that allows a login what a rule says, and else nothing."""

    more_properties = SecureKafka.more_properties + _AUTHORISED
    format_options: ClassVar[tuple[str, ...]] = (
        *SecureKafka.format_options,
        *(
            part
            for login in _LOGINS
            for part in ("--add-scram", f"SCRAM-SHA-512=[name=jejak_{login},password={_PASSWORD}]")
        ),
    )


@pytest.fixture(scope="module")
def strict() -> Iterator[Mapping[str, KafkaCluster]]:
    """The cluster as each login enters it; `jejak` may everything. The rules of `deploy/kubernetes` are in force."""
    npm_ci(FOLDER)
    with scratch_folder("strict-kafka") as folder:
        certificate, key = Authority.begin(folder, "ca").certificate("broker")
        (folder / "broker.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
        server = start_or_skip("Apache Kafka", lambda: StrictKafka(folder))
        password = SecureKafka.format_options[1].partition("password=")[2].rstrip("]")
        above = KafkaCluster(server.bootstrap, trusting(folder / "ca.pem"), "SCRAM-SHA-512", "jejak", password)
        rules = [rule for login in ("letters", "relay") for rule in of_manifest(login)]
        rules += [rule for kind, name, operations in _OF_BPJS for rule in allow("bpjs", kind, name, operations)]
        run_node(_ALLOW, above, folder, ACLS=json.dumps(rules))
        yield {
            "jejak": above,
            **{login: replace(above, username=f"jejak_{login}", password=_PASSWORD) for login in _LOGINS},
            "folder": replace(above, bootstrap=str(folder)),
        }
        server.stop()


def of_manifest(process: str) -> list[dict[str, Any]]:
    """The rules of a process, from the table that makes Strimzi's manifests."""
    return [
        rule
        for acl in acls(process)
        for rule in allow(
            process,
            acl["resource"]["type"],
            acl["resource"].get("name", "kafka-cluster"),
            acl["operations"],
            acl["resource"].get("patternType", "literal"),
        )
    ]


def allow(
    login: str, kind: str, name: str, operations: Sequence[str], pattern: str = "literal"
) -> list[dict[str, Any]]:
    """Rules as the protocol has them, an operation each."""
    resource = {"resourceType": _TYPES[kind], "resourceName": name, "resourcePatternType": _PATTERNS[pattern]}
    grant = {"principal": f"User:jejak_{login}", "host": "*", "permissionType": _ALLOWED}
    return [{**resource, **grant, "operation": _OPERATIONS[operation]} for operation in operations]


def run_node(code: str, cluster: KafkaCluster, folder: Path, **more: str) -> str:
    """What a program prints that enters Kafka by the example consumer's settings."""
    given = {
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": str(cluster.username),
        "KAFKA_SASL_PASSWORD": str(cluster.password),
        "KAFKA_SSL_CA": str(folder / "ca.pem"),
    }
    command = [str(node()), "--input-type=module", "--eval", code]
    done = subprocess.run(
        command, cwd=FOLDER, env=given | more, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_a_service_reads_cases_and_reports_what_it_rejects_and_writes_no_case(
    strict: Mapping[str, KafkaCluster],
) -> None:
    relay, letters, topic = strict["relay"], strict["letters"], "jejak.cases"
    await ensure_topic(relay, topic, 2)
    heard: list[Fact[e.ApplicationWithdrawn]] = []
    handlers = Handlers("letters")

    @handlers.on(e.ApplicationWithdrawn)
    async def react(fact: Fact[e.ApplicationWithdrawn]) -> None:
        heard.append(fact)

    async def ping() -> None:
        """PostgreSQL is there."""

    bus = Bus(letters, "letters", session_timeout_ms=6000)
    reacting = CaseConsumer(handlers, no_task, RejectedTopic(bus, "jejak"), ping, ())
    bus.read(topic, "jejak.letters", reacting.on_cases)
    producer = AIOKafkaProducer(**client_settings(relay))
    await producer.start()
    scene, case = Scene(relay, topic, producer), new_uuid()
    async with supervised(bus):
        await scene.send(case)
        await scene.send(new_uuid(), ce_id="none")  # is published as rejected

        async def done() -> bool:
            name = "jejak.letters.rejected"
            return bool(heard) and await topic_exists(letters, name) and sum(await end_offsets(letters, name)) == 1

        await until(done)
    await producer.stop()
    assert [fact.message.case for fact in heard] == [case]

    group = Group("jejak.letters", topic, "jejak")
    [measured] = (await measured_groups(relay, [group])).values()
    assert group_lag(measured.values()).lag == 0

    forging = AIOKafkaProducer(**client_settings(letters))
    await forging.start()
    with pytest.raises(TopicAuthorizationFailedError):
        await forging.send_and_wait(topic, b"palsu")
    await forging.stop()


async def test_the_program_of_bpjs_reads_and_answers_by_its_settings_and_asks_nothing_of_us_in_our_name(
    strict: Mapping[str, KafkaCluster],
) -> None:
    relay = strict["relay"]
    for name in ("jejak.bpjs", "jejak.bpjs.replies", "jejak.bpjs.replies.settled"):
        await ensure_topic(relay, name, 1)
    producer = AIOKafkaProducer(**client_settings(relay))
    await producer.start()
    await producer.send_and_wait("jejak.bpjs", b"permohonan")
    await producer.stop()

    printed = await asyncio.to_thread(run_node, _AS_BPJS, strict["bpjs"], Path(strict["folder"].bootstrap))

    assert printed == "permohonan refused"
    assert sum(await end_offsets(strict["jejak"], "jejak.bpjs.replies")) == 1
