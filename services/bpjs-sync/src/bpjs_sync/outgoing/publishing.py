"""What goes out, put together: messages derived from the event store and published, while this process leads.

Over connections of its own: what is derived can be derived again, so its commits do not wait for the disk, and what is
remembered of positions holds for one epoch. What this service appends does neither.
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
"""Seconds between windows to BPJS: they are few, and somebody waits for each."""
_LOOK_SECONDS: Final = 0.03
"""How often it is looked whether there are events: most are of no message, and who waits for one counts in minutes."""
_WINDOW_BEGINS: Final = """
SELECT least((SELECT min(m.position + 0) - 1 FROM bpjs.message m
              WHERE m.recorded_at >= (SELECT es.now()) - $3::interval),
             (SELECT d.position FROM bpjs.derived d))
"""
"""What was said and is not kept yet stands after the position up to which it is derived."""
START: Final = """
SELECT greatest((SELECT max(position) FROM es.checkpoint WHERE topic = ANY ($1::text[])),
                (SELECT position FROM bpjs.derived))
"""
"""Whatever was published or derived is final. The topics are those of facts: places on others are not the ledger's."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """The outgoing messages of one installation."""

    runtime: Runtime
    source: Source
    signer: Signer

    async def run(self) -> None:
        """For ever, in every epoch anew."""
        settings = self.runtime.settings
        async with await Store.connect(settings.database_url, application=settings.service, derives=True) as store:
            await store.epoch.in_each(store.pool, lambda: self._works(store))

    def _works(self, store: Store) -> Sequence[Work]:
        """All that remembers a position."""
        settings, keyring, readers = self.runtime.settings, self.runtime.command_handler.keyring, ReaderKeys(store.pool)
        feed = EventLogReader(store.pool, Tail(store.pool, busy_seconds=_LOOK_SECONDS))
        outbox = Outbox(store, ProcedureRegistry(store), keyring, feed, settings.public_url)
        said = [Messages(one, keyring, readers, self.signer) for one in SERVED]
        relays = [Relay(store.pool, outbox.stretch, topic_of(settings, self.source, one.edition), one) for one in said]
        facts = [topic_of(settings, self.source, one).name for one in SERVED]
        settlements = Settlements(store.pool)
        tells = [
            Relay(
                store.pool,
                settlements.stretch,
                settled_topic_of(settings, self.source, one.contract),
                SettledMessages(one.contract, self.signer),
            )
            for one in SERVED
        ]
        lags = LagMonitor(settings.kafka_bootstrap, groups_of(settings.topic_prefix, self.source))

        async def follow() -> None:
            await feed.run(await store.pool.fetchval(START, facts))

        async def publish() -> None:
            publishing = [*(one.publish for one in relays), *(one.publish for one in tells)]
            works = (outbox.derive, settlements.follow, *publishing, lags.watch, readers.watch)
            await leader_election.lead_for_ever(settings.database_url, leader_election.BPJS, store.epoch, *works)

        return [follow, publish]


def topic_of(settings: Settings, source: Source, edition: OutgoingEdition) -> Topic:
    """The topic of one version: what is on it stays as long as its readers were promised."""
    retention = timedelta(days=source.integer("JEJAK_BPJS_RETENTION_DAYS", 30))
    topic = _topic_of(settings, source, edition.contract.topic, retention)
    return replace(topic, window_begins=_WINDOW_BEGINS)


def settled_topic_of(settings: Settings, source: Source, contract: Contract) -> Topic:
    """The topic that tells what became of answers in one version; it keeps as much as that of the answers."""
    retention = timedelta(days=source.integer("JEJAK_BPJS_REPLIES_RETENTION_DAYS", 14))
    topic = _topic_of(settings, source, contract.replies_settled, retention)
    return replace(topic, window_begins=SETTLED_BEGIN, age=AGE)


def _topic_of(settings: Settings, source: Source, name: str, retention: timedelta) -> Topic:
    return Topic(
        bootstrap=settings.kafka_bootstrap,
        name=f"{settings.topic_prefix}.{name}",
        partitions=source.integer("JEJAK_TOPIC_PARTITIONS", 8),
        replicas=source.integer("JEJAK_TOPIC_REPLICAS", 1),
        retention=retention,
        configs={"retention.ms": str(retention // timedelta(milliseconds=1))},
        pace=_PACE,
    )


def groups_of(prefix: str, source: Source) -> tuple[Group, ...]:
    """Who reads replies here, and BPJS's groups: JEJAK_BPJS_GROUPS maps a group to the topic it reads.

    SettingsError for no topic of ours.
    """
    answered = [one.contract for one in SERVED]
    replies = [Group(f"{prefix}.{one.replies_group}", f"{prefix}.{one.replies}", "jejak") for one in answered]
    theirs = [Group(name, topic, "bpjs") for name, topic in sorted(source.mapping("JEJAK_BPJS_GROUPS").items())]
    for one in theirs:
        if not one.topic.startswith(f"{prefix}.bpjs"):
            raise SettingsError(f"JEJAK_BPJS_GROUPS must name topics that begin with {prefix}.bpjs.")
    return (*replies, *theirs)
