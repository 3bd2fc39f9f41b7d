"""The Kafka cluster, and how an installation's topics lie in it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.errors import KafkaError

from jejak.doctor.findings import Check, Finding, findings
from jejak.messaging.kafka.topics import admin_client, cluster_state, topic_settings
from jejak.platform.kafka_cluster import KafkaCluster

_WITHIN_SECONDS: Final = 10.0
_MIN_INSYNC: Final = "min.insync.replicas"
_UNCLEAN: Final = "unclean.leader.election.enable"
_SEVERAL: Final = 3
"""With as many nodes a topic can lose one and still be written with two copies."""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """The copies of the partition that has fewest; how many must hold a record; whether a stale copy may lead."""

    copies: int
    in_sync: int
    unclean: bool


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """`topics` has those that exist, of the names that were looked for."""

    nodes: int
    topics: Mapping[str, TopicFacts]


async def look(cluster: KafkaCluster, names: Collection[str]) -> KafkaFacts:
    """The facts, within ten seconds. KafkaError or TimeoutError when the cluster does not answer or let in."""
    async with asyncio.timeout(_WITHIN_SECONDS), admin_client(cluster) as admin:
        state = await cluster_state(admin, names)
        settings = await topic_settings(admin, state.topics) if state.topics else {}
    topics = {
        name: TopicFacts(
            state.copies[name],
            int(settings.get(name, {}).get(_MIN_INSYNC, 1)),
            settings.get(name, {}).get(_UNCLEAN) == "true",
        )
        for name in state.topics
    }
    return KafkaFacts(len(state.nodes), topics)


async def examine(cluster: KafkaCluster, names: Collection[str]) -> list[Finding]:
    """What is found of the cluster and these topics; also where it does not answer."""
    try:
        facts = await look(cluster, names)
    except (KafkaError, TimeoutError, OSError) as error:
        text = f"Tidak dapat masuk ({type(error).__name__}). Periksa alamat, TLS dan login KAFKA_SASL_*."
        return [Finding("fault", "Kafka", text)]
    return judge(facts, names, made_here=cluster.topics.made_here)


def judge(facts: KafkaFacts, names: Collection[str], *, made_here: bool) -> list[Finding]:
    """What an operator has to mend. A missing topic is a fault only where no process makes it."""
    missing = sorted(set(names) - set(facts.topics))
    single = sorted(name for name, topic in facts.topics.items() if topic.copies < min(2, facts.nodes))
    stopped = sorted(name for name, topic in facts.topics.items() if topic.in_sync >= topic.copies > 1)
    loose = sorted(name for name, topic in facts.topics.items() if facts.nodes >= _SEVERAL and topic.in_sync == 1)
    unclean = sorted(name for name, topic in facts.topics.items() if topic.unclean)
    return findings(
        "Kafka",
        f"{facts.nodes} simpul menjawab, {len(facts.topics)} topik ada.",
        (
            Check(
                bool(missing),
                "warning" if made_here else "fault",
                f"Topik belum ada: {', '.join(missing)}. "
                + (
                    "Proses yang menerbitkan membuatnya saat mulai." if made_here else "Buatlah (JEJAK_TOPICS=managed)."
                ),
            ),
            Check(
                facts.nodes < _SEVERAL,
                "warning",
                f"Hanya {facts.nodes} simpul; bila satu mati, penerbitan menunggu sampai pulih (data tidak hilang).",
            ),
            Check(
                bool(single),
                "fault",
                f"Hanya satu salinan: {', '.join(single)}. Tambah salinannya dengan kafka-reassign-partitions.",
            ),
            Check(
                bool(stopped),
                "fault",
                f"{_MIN_INSYNC} sebanyak salinan: {', '.join(stopped)}. Satu simpul mati menghentikan topik itu.",
            ),
            Check(
                bool(loose),
                "warning",
                f"{_MIN_INSYNC} masih 1: {', '.join(loose)}. Setel 2 (JEJAK_TOPIC_MIN_INSYNC=2).",
            ),
            Check(
                bool(unclean), "warning", f"{_UNCLEAN} hidup: {', '.join(unclean)}. Matikan, karena pesan dapat hilang."
            ),
        ),
    )
