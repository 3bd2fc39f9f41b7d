"""Publishes messages to BPJS: derived from the event store and relayed to Kafka, while this process leads.

It has connections of its own, around any pooler: the positions in memory hold for one epoch, and a fail-over has to be
seen. Neither is so of the events that this service appends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bpjs_sync.outgoing.messages import SERVED, Messages, OutgoingEdition
from bpjs_sync.outgoing.outbox import Outbox
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.outgoing.signing import Signer
from bpjs_sync.replies.settled import AGE, SettledMessages, Settlements
from bpjs_sync.replies.settled import WINDOW_BEGINS as SETTLED_BEGIN
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts.bpjs.messages import Contract
from jejak.eventstore.epoch import Work
from jejak.eventstore.postgres import leader_election
from jejak.eventstore.store import Store
from jejak.eventstore.tail import Tail
from jejak.messaging.kafka.consumer_lag import Group, LagMonitor
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.messaging.publishing.relay import Relay, Topic
from jejak.platform.settings import Settings, SettingsError, Source
from jejak.web.runtime import Runtime

_PACE: Final = 0.005
"""Seconds between windows to BPJS: they are few, and a reader waits for each."""
_LOOK_SECONDS: Final = 0.03
"""How often the event store is polled: most events have no message, and readers of one count in minutes."""
_WINDOW_BEGINS: Final = """
SELECT least((SELECT min(m.position + 0) - 1 FROM bpjs.message m
              WHERE m.recorded_at >= (SELECT es.now()) - $3::interval),
             (SELECT d.position FROM bpjs.derived d))
"""
"""Messages that are published and not stored yet stand after the position up to which messages are derived."""
START: Final = """
SELECT greatest((SELECT max(position) FROM es.checkpoint WHERE topic = ANY ($1::text[])),
                (SELECT position FROM bpjs.derived))
"""
"""Events published or derived are final. Only topics of facts count: places on others are not the ledger's."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """The outgoing messages of one installation."""

    runtime: Runtime
    source: Source
    signer: Signer

    async def run(self) -> None:
        """Publishes for ever, anew in every epoch."""
        settings = self.runtime.settings
        url, size = settings.direct_database_url, settings.database_pool
        async with await Store.connect(url, size=size, application=settings.service, derives=True) as store:
            await store.epoch.in_each(store.pool, lambda: self._works(store))

    def _works(self, store: Store) -> Sequence[Work]:
        """The work that holds positions in memory."""
        settings, keyring, readers = self.runtime.settings, self.runtime.command_handler.keyring, ReaderKeys(store.pool)
        feed = EventLogReader(store.pool, Tail(store.pool, busy_seconds=_LOOK_SECONDS))
        outbox = Outbox(store, ProcedureRegistry(store), keyring, feed, settings.public_url)
        settlements = Settlements(store.pool)
        topics, relays = [], []
        for edition in SERVED:
            topic = topic_of(settings, self.source, edition)
            messages = Messages(edition, keyring, readers, self.signer)
            settled_topic = settled_topic_of(settings, self.source, edition.contract)
            settled = SettledMessages(edition.contract, self.signer)
            topics.append(topic.name)
            relays += [Relay(store.pool, outbox.window, topic, messages).publish]
            relays += [Relay(store.pool, settlements.window, settled_topic, settled).publish]
        lags = LagMonitor(settings.kafka, groups_of(settings.topic_prefix, self.source))

        async def follow() -> None:
            await feed.run(await store.pool.fetchval(START, topics))

        async def publish() -> None:
            works = (outbox.derive, settlements.follow, *relays, lags.watch, readers.watch)
            await leader_election.lead_for_ever(settings.direct_database_url, leader_election.BPJS, store.epoch, *works)

        return [follow, publish]


def topic_of(settings: Settings, source: Source, edition: OutgoingEdition) -> Topic:
    """The topic of one version, with the retention that its readers were promised."""
    retention = timedelta(days=source.integer("JEJAK_BPJS_RETENTION_DAYS", 30))
    topic = _topic_of(settings, source, edition.contract.topic, retention)
    return replace(topic, window_begins=_WINDOW_BEGINS)


def settled_topic_of(settings: Settings, source: Source, contract: Contract) -> Topic:
    """The topic of settled answers in one version; its retention is that of the answers."""
    retention = timedelta(days=source.integer("JEJAK_BPJS_REPLIES_RETENTION_DAYS", 14))
    topic = _topic_of(settings, source, contract.replies_settled, retention)
    return replace(topic, window_begins=SETTLED_BEGIN, age=AGE, traces=None)


def _topic_of(settings: Settings, source: Source, name: str, retention: timedelta) -> Topic:
    return Topic(
        cluster=settings.kafka,
        name=f"{settings.topic_prefix}.{name}",
        partitions=source.integer("JEJAK_TOPIC_PARTITIONS", 8),
        retention=retention,
        configs={"retention.ms": str(retention // timedelta(milliseconds=1))},
        pace=_PACE,
    )


def groups_of(prefix: str, source: Source) -> tuple[Group, ...]:
    """The groups that read replies here, and those of BPJS: JEJAK_BPJS_GROUPS maps a group to the topic it reads.

    SettingsError for a topic of another system.
    """
    contracts = [edition.contract for edition in SERVED]
    own = [Group(f"{prefix}.{each.replies_group}", f"{prefix}.{each.replies}", "jejak") for each in contracts]
    of_bpjs = [Group(name, topic, "bpjs") for name, topic in sorted(source.mapping("JEJAK_BPJS_GROUPS").items())]
    if not all(group.topic.startswith(f"{prefix}.bpjs") for group in of_bpjs):
        raise SettingsError(f"JEJAK_BPJS_GROUPS must name topics that begin with {prefix}.bpjs.")
    return (*own, *of_bpjs)
