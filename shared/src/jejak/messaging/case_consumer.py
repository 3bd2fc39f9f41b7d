"""A service reads `jejak.cases`: tasks that became due are carried out, facts handed to their handlers.

One bad message stops nothing. A message that cannot be read is named on the rejected topic. A handler that raises is
tried again after pauses that the whole batch shares, while the other cases continue; if it still raises, its message is
parked on the rejected topic and its case continues behind it. Due tasks need no such place: their rows in the event
store stay, and the sweep finds them.
"""

import asyncio
import uuid
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import ConsumerRecord

from jejak.contracts.events import MODELS
from jejak.eventstore.postgres.outage import DATABASE_DOWN, MISFIT
from jejak.messaging.envelope import CaseMessage, received_message
from jejak.messaging.handlers import Handlers
from jejak.messaging.kafka.records import SET_ASIDE, Poll, read_each
from jejak.messaging.rejected import RejectedMessages, RejectedTopic
from jejak.platform.spans import span

PAUSES: Final = (0.2, 1.0, 3.0)
"""Seconds before the retries of a batch's handlers."""

_log = structlog.get_logger()

type CarryOut = Callable[[Sequence[uuid.UUID]], Awaitable[None]]
"""Carries out the due tasks of these cases."""


@dataclass(frozen=True, slots=True)
class CaseConsumer:
    """Processes batches of `jejak.cases` for one service."""

    handlers: Handlers
    carry_out: CarryOut
    rejected: RejectedTopic
    ping: Callable[[], Awaitable[None]]
    """Raises while PostgreSQL is away."""
    pauses: Sequence[float] = PAUSES

    async def on_cases(self, poll: Poll) -> None:
        """Returns once every message is processed, rejected or parked.

        Raises while PostgreSQL or Kafka is away, or the database lacks a right or a table that a handler needs.
        """
        event_filter = self.handlers.event_filter
        read, malformed = read_each(poll.records, lambda record: received_message(record, event_filter))
        messages = [message for _, message in read]
        await self._reject(poll, [record for record, _ in malformed])
        await self._carry_out(list(dict.fromkeys(message.woken for message in messages if message.woken)))
        await self._react([message.fact for message in messages if message.fact])
        await self._take_in([message.gathered for message in messages if message.gathered])

    async def _reject(self, poll: Poll, malformed: Sequence[ConsumerRecord]) -> None:
        service = self.handlers.service
        if malformed:
            _log.warning("malformed_messages", service=service, count=len(malformed))
            SET_ASIDE.labels(service, "malformed").inc(len(malformed))
        for batch in poll.undecoded:
            place = f"{batch.partition.topic}/{batch.partition.partition}/{batch.begin}-{batch.end - 1}"
            _log.warning("undecoded_messages", service=service, place=place, error=batch.error)
            SET_ASIDE.labels(service, "undecoded").inc(batch.end - batch.begin)
        await self.rejected.publish(
            [RejectedMessages.batch(batch) for batch in poll.undecoded]
            + [RejectedMessages.record(record, "malformed") for record in malformed]
        )

    async def _carry_out(self, cases: Sequence[uuid.UUID]) -> None:
        """All cases at once; when that raises, each alone. The sweep finds a case that raises again."""
        if cases and await self._error_of(self.carry_out(cases), "due_tasks_failed", cases=len(cases)):
            for case in cases:
                if await self._error_of(self.carry_out([case]), "due_tasks_failed", cases=1):
                    _log.error("left_to_sweep", case=str(case))

    async def _react(self, facts: Sequence[CaseMessage]) -> None:
        """Each case in order, the cases side by side."""
        by_case: dict[uuid.UUID, deque[CaseMessage]] = defaultdict(deque)
        for message in facts:
            by_case[message.case].append(message)
        lines = list(by_case.values())
        for pause in self.pauses:
            lines = await self._advance(lines)
            if not lines:
                return
            await asyncio.sleep(pause)
        await self._advance(lines, last=True)

    async def _advance(self, lines: Sequence[deque[CaseMessage]], *, last: bool = False) -> list[deque[CaseMessage]]:
        """Processes every line up to the first message that raises; returns the lines that are not at their end."""
        results = await asyncio.gather(*(self._line(line, last=last) for line in lines), return_exceptions=True)
        for error in results:
            if isinstance(error, BaseException):
                raise error
        return [line for line in lines if line]

    async def _line(self, line: deque[CaseMessage], *, last: bool) -> None:
        while line:
            message = line[0]
            with (
                structlog.contextvars.bound_contextvars(event_id=str(message.id), type=message.type),
                span(f"react {message.type}", parent=message.trace),
            ):
                error = await self._error_of(self.handlers.react(message), "handler_failed", type=message.type)
            if error and not last:
                return
            if error:
                await self._park(message, error)
            line.popleft()

    async def _take_in(self, messages: Sequence[CaseMessage]) -> None:
        """All at once, with pauses while that raises; in the end each alone, and one that still raises is parked."""
        take_in = self.handlers.take_in
        if not messages or take_in is None:
            return
        for pause in self.pauses:
            if not await self._error_of(take_in(messages), "messages_not_taken_in", count=len(messages)):
                return
            await asyncio.sleep(pause)
        for message in messages:
            if error := await self._error_of(take_in([message]), "messages_not_taken_in", count=1):
                await self._park(message, error)

    async def _error_of(self, work: Awaitable[None], event: str, **facts: object) -> Exception | None:
        """The error that this work raises, after logging it. An error of the whole installation defers the batch.

        An error that looks as if PostgreSQL were away may be the handler's own: `ping` decides.
        """
        try:
            await work
        except MISFIT:
            raise
        except Exception as error:  # noqa: BLE001 - logged by its type; the caller tries again or parks
            if isinstance(error, DATABASE_DOWN):
                await self.ping()
            _log.warning(event, error=type(error).__name__, **facts)
            return error
        return None

    async def _park(self, message: CaseMessage, error: Exception) -> None:
        kind = message.type if (message.type, 1) in MODELS else "unknown"  # a header may hold any text
        _log.error("message_parked", event_id=str(message.id), type=kind, reason=type(error).__name__)
        SET_ASIDE.labels(self.handlers.service, "parked").inc()
        await self.rejected.publish([RejectedMessages.record(message.record, type(error).__name__)])
