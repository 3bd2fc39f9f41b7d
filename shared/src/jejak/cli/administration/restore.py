"""After a restore: list what was published and is no longer in the event store, and begin a new epoch.

  jejak restore lost         what Kafka holds of cases and the restored event store does not, by case; changes nothing
  jejak restore lost --json  the same, one JSON object a line
  jejak restore done         begins a new epoch, at positions that no message has borne; all services must be stopped

Where services ran after the restore already, --restored-to names its moment: newer events tell it no longer.

Reads JEJAK_DATABASE_URL (an administrator's login), KAFKA_BOOTSTRAP_SERVERS and JEJAK_TOPIC_PREFIX.
docs/operations/backup.md has the whole order of a restore.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import asyncpg
from aiokafka.errors import KafkaError

from jejak.cli import CommandError
from jejak.cli._common import instant, say
from jejak.cli._database import owner_database
from jejak.eventstore.restored import ServicesRun, begin_anew
from jejak.messaging.publishing.lost_events import LostEvents, PublishedEvent, lost_events
from jejak.platform.ids import case_code
from jejak.platform.settings import Source

RESTORED_TO: Final = "the moment of the restore, such as 2026-03-02T10:15:00+07:00 (default: of the newest event)"
_CASES: Final = "cases"
_SENT: Final = "SubmissionSent"


def configure(parser: argparse.ArgumentParser) -> None:
    """The actions `lost` and `done`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="lost|done")
    listing = actions.add_parser("lost", help="what Kafka holds and the restored event store does not")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=lost)
    ending = actions.add_parser("done", help="begin a new epoch")
    ending.add_argument(
        "--without-kafka",
        action="store_true",
        help="Kafka is lost too: leave out a million positions instead of those that its messages bear",
    )
    ending.set_defaults(run=done)
    for action in (listing, ending):
        action.add_argument("--restored-to", type=instant, metavar="TIME", help=RESTORED_TO)
        action.add_argument("--database", help="an administrator's PostgreSQL URL (default: JEJAK_DATABASE_URL)")


async def lost(arguments: argparse.Namespace) -> None:
    """Prints the lost events."""
    async with owner_database(arguments.database) as connection:
        found = await _lost(connection, arguments.restored_to)
    if arguments.json:
        say(*(json.dumps(_fields(event)) for event in found.events))
    else:
        say(*_lines(found))


async def done(arguments: argparse.Namespace) -> None:
    """Begins the new epoch, and says what is left to do."""
    async with owner_database(arguments.database) as connection:
        found = None if arguments.without_kafka else await _lost(connection, arguments.restored_to)
        try:
            begun = await begin_anew(connection, found.last_position if found else None)
        except ServicesRun as error:
            raise CommandError(str(error)) from None
    say(f"Epoch {begun.number} has begun; its first event takes position {begun.first_position}.")
    if found is None:
        say("Kafka was not read: ask the offices for the last letter number of each book (`jejak letter skip-to`).")
    elif found.events:
        say(f"{len(found.events)} published events are lost: `jejak restore lost` lists them by case.")
        say("Before the services start, `jejak letter skip-lost` leaves out the letter numbers that they bear.")
    else:
        say(_nothing(found))


async def _lost(connection: asyncpg.Connection[Any], restored_to: datetime | None) -> LostEvents:
    source = Source.of()
    topic = f"{source.text('JEJAK_TOPIC_PREFIX', 'jejak')}.{_CASES}"
    try:
        return await lost_events(connection, source.kafka(), topic, restored_to)
    except KafkaError as error:
        raise CommandError(f"Kafka cannot be read ({error}); start it, or give --without-kafka to `done`.") from None


def _nothing(found: LostEvents) -> str:
    since = found.since.isoformat(timespec="minutes")
    return f"Kafka holds no event since {since} that the event store lacks."


def _lines(found: LostEvents) -> Iterable[str]:
    """The events of each case, those of one case together; what went to BPJS is said apart."""
    if not found.events:
        yield _nothing(found)
        return
    by_case: dict[Any, list[PublishedEvent]] = defaultdict(list)
    for event in found.events:
        by_case[event.case].append(event)
    yield f"{len(found.events)} published events of {len(by_case)} cases are not in the event store:"
    for case, events in by_case.items():
        kinds = ", ".join(event.type for event in events)
        yield f"  {case_code(case)}  {events[0].office}  {events[0].recorded_at.isoformat(timespec='seconds')}  {kinds}"
    if sent := [event for event in found.events if event.type == _SENT]:
        yield "Sent to BPJS or another party, and unknown here now:"
        yield from (f"  {case_code(event.case)}  {event.office}  submission {event.id}" for event in sent)
    if found.unread:
        yield f"{found.unread} messages were not the relay's, and are not counted."


def _fields(event: PublishedEvent) -> dict[str, Any]:
    """What the message says in clear; the payload is left out."""
    return {
        "case": case_code(event.case),
        "office": event.office,
        "type": event.type,
        "version": event.version,
        "position": event.position,
        "recorded_at": event.recorded_at.isoformat(),
        "id": str(event.id),
    }
