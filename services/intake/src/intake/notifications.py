"""The notifications due to applicants, stored in `intake.notification` so that one query lists them.

A row is derived from the whole case, never from one event: an event that comes twice, late or out of order leads to
the same row, and a row of an older version replaces none. Messages make it quick; `catch_up`, which reads the event
store from its checkpoint, makes it complete without Kafka.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

import asyncpg
import structlog

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.cases.notifications import notifications, reminders_of
from jejak.cases.unreadable import skipping_unreadable
from jejak.contracts import events as e
from jejak.contracts.envelope import parse_due
from jejak.contracts.tasks import TASKS
from jejak.eventstore.catch_up import Change, windows
from jejak.eventstore.postgres.outage import WAITED_OUT, repeat
from jejak.eventstore.tail import Tail
from jejak.messaging.envelope import CaseMessage, by_epoch
from jejak.procedure.model import MAIN

CHANGING: Final[tuple[type[e.Payload], ...]] = (
    e.DocumentsMissing,
    e.DocumentsAdded,
    e.PeopleCorrected,
    e.LetterHandedOver,
    e.LetterRevoked,
    e.CaseRefused,
    e.CaseReturned,
    e.ApplicationWithdrawn,
    e.ParticipantDied,
    e.MembershipActivated,
    e.MembershipDeactivated,
    e.DataRenewed,
    e.CaseClosed,
    e.ApplicantTold,
)
"""Events after which the notification of a case changes, on every sheet."""
LEADING: Final[tuple[type[e.Payload], ...]] = (e.PopulationChecked, e.ReplyReceived, e.LetterSigned, e.LetterArchived)
"""Events after which the applicant may be awaited, where the sheet says so."""
_CHANGING: Final = frozenset(kind.__name__ for kind in CHANGING)
_AWAITED: Final = frozenset(verb for verb, kind in TASKS.items() if kind.clock in ("applicant", "pickup"))
_AT_ONCE: Final = 20
"""Cases loaded in one call: the pages of this process wait for no more than that."""
_KEEP: Final = "SELECT intake.keep_with_reminders($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_RESUME: Final = "SELECT epoch, position FROM intake.resume()"
_REACHED: Final = "SELECT intake.reached($1, $2)"
_KEPT: Final = 'SELECT "case", version FROM intake.notification WHERE "case" = ANY ($1::uuid[])'
# An official of a kelurahan sees only what was entered there.
_OF_AREA: Final = """($2::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($2::text[]) AS a (area) WHERE starts_with(entered_in || '.', a.area || '.')))"""
NEWEST: Final = f"""
SELECT "case", max(since) AS since FROM (
  (SELECT "case", since FROM intake.notification
   WHERE office = $1 AND kind IS NOT NULL AND since >= $3 AND {_OF_AREA} ORDER BY since DESC LIMIT $4)
  UNION ALL
  (SELECT "case", at FROM intake.reminder
   WHERE office = $1 AND at BETWEEN $3 AND $5 AND {_OF_AREA} ORDER BY at DESC LIMIT $4)
) AS n GROUP BY "case" ORDER BY 2 DESC LIMIT $4
"""  # noqa: S608 - a condition of constants
"""The cases with news since $3, or a reminder from then until now ($5), the newest first."""

_log = structlog.get_logger()


def concerns(change: Change | CaseMessage) -> bool:
    """Whether this event may change the notification of its case. ValueError for a malformed due token.

    A follow-up of which the applicant is reminded may open by any event.
    """
    return change.type in _CHANGING or any(
        token.tugas in _AWAITED or token.slot != MAIN for token in parse_due(change.due or "")
    )


@dataclass(frozen=True, slots=True)
class Notifications:
    """Derives and stores the rows."""

    command_handler: CommandHandler
    sweep_seconds: float

    async def on_messages(self, messages: Sequence[CaseMessage]) -> None:
        """Returns once the rows of the cases that the messages name are stored."""
        for epoch, of_epoch in by_epoch(messages).items():
            await self.keep(epoch, _versions(message for message in of_epoch if concerns(message)))

    async def keep(self, epoch: uuid.UUID, versions: Mapping[uuid.UUID, int]) -> None:
        """Stores the rows of these cases, except where a row of this version or a later one is stored.

        A case that cannot be loaded keeps the row it has, and is logged. A row of another epoch of the event store is
        not stored.
        """
        for some in batched(versions, _AT_ONCE, strict=False):
            stored = {row["case"]: row["version"] for row in await self.command_handler.store.pool.fetch(_KEPT, some)}
            outdated = sorted(case for case in some if stored.get(case, 0) < versions[case])
            rows = []
            for loaded in (await self.command_handler.load_all(outdated)).values() if outdated else ():
                with skipping_unreadable(loaded.case.id):
                    rows.append((epoch, *_row(loaded)))
            await self._store(rows)

    async def _store(self, rows: Sequence[Sequence[Any]]) -> None:
        """All in one call; if PostgreSQL refuses it, each alone, so that one row stops no other."""
        pool = self.command_handler.store.pool
        try:
            await pool.executemany(_KEEP, rows)
        except WAITED_OUT:
            raise
        except asyncpg.PostgresError:
            for row in rows:
                try:
                    await pool.execute(_KEEP, *row)
                except WAITED_OUT:
                    raise
                except asyncpg.PostgresError as error:
                    _log.error("notification_not_kept", case=str(row[1]), error=type(error).__name__)

    async def run(self) -> None:
        """Catch up for ever."""
        await repeat(self.catch_up, self.sweep_seconds, "not_caught_up")

    async def catch_up(self) -> None:
        """Catch up to the end of the event store; in a new epoch of it, from the beginning.

        After a crash the last window is read again, which changes nothing.
        """
        pool = self.command_handler.store.pool
        head = await Tail(pool).head()
        [(epoch, position)] = await pool.fetch(_RESUME)
        async for changes, reach in windows(pool, position, head):
            await self.keep(epoch, _versions(change for change in changes if _concerns_readably(change)))
            await pool.execute(_REACHED, epoch, reach)


def _versions(changes: Iterable[Change | CaseMessage]) -> dict[uuid.UUID, int]:
    """The cases of these changes, each with its newest version among them."""
    versions: dict[uuid.UUID, int] = {}
    for change in changes:
        versions[change.case] = max(change.version, versions.get(change.case, 0))
    return versions


def _concerns_readably(change: Change) -> bool:
    """As `concerns`; a damaged event is logged and does not count."""
    with skipping_unreadable(change.case):
        return concerns(change)
    return False


def _row(loaded: LoadedCase) -> tuple[Any, ...]:
    case, notification = loaded.case, next(notifications(loaded), None)
    entered_in = case.application.entry_office if case.application else case.office
    common = (case.id, case.office, entered_in, case.version)
    reminded = [at for _, at in reminders_of(loaded)]
    if notification is None:
        return (*common, None, None, None, reminded)
    told_at = notification.notified.at if notification.notified else None
    return (*common, notification.kind, notification.at, told_at, reminded)
