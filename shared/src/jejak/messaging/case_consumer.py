"""A service reads `jejak.cases`: tasks that became due are carried out, facts handed to their handlers.

One bad message stops nothing. What cannot be read is told on the rejected topic. A handler that raises is tried again
with pauses that the whole batch shares, while the other cases go on; what still raises is parked there too, and its
case goes on behind it. Due tasks need no such place: their rows in the event store stay, and the sweep finds them.
"""

import asyncio
import uuid
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiokafka import ConsumerRecord

from jejak.contracts.events import MODELS
from jejak.eventstore.postgres.outage import DATABASE_DOWN, MISFIT
from jejak.messaging.envelope import CaseMessage, ReceivedMessage, received_message
from jejak.messaging.handlers import Handlers
from jejak.messaging.kafka.records import SET_ASIDE, Poll, read_each
from jejak.messaging.rejected import RejectedMessages, RejectedTopic

PAUSES: Final = (0.2, 1.0, 3.0)
"""Seconds before what raised is tried again; all that one batch waits for its handlers."""

_log = structlog.get_logger()

type Carry = Callable[[Sequence[uuid.UUID]], Awaitable[None]]
"""Carries out what is due on these cases."""


@dataclass(frozen=True, slots=True)
class CaseConsumer:
    """What a service does with a batch of `jejak.cases`."""

    handlers: Handlers
    carry_out: Carry
    rejected: RejectedTopic
    ping: Callable[[], Awaitable[None]]
    """Raises while PostgreSQL is away."""
    pauses: Sequence[float] = PAUSES

    async def on_cases(self, poll: Poll) -> None:
        """Returns once every message is worked on, told or parked.

        Raises while PostgreSQL or Kafka is away, or the database lacks a right or a table that a handler needs.
        """
        concern = self.handlers.concern
        found, malformed = read_each(poll.records, lambda one: received_message(one, concern))
        await self._tell(poll, [one for one, _ in malformed])
        await self._carry_out([one for _, one in found])
        await self._react([one.fact for _, one in found if one.fact])
        await self._take_in([one.gathered for _, one in found if one.gathered])

    async def _tell(self, poll: Poll, malformed: Sequence[ConsumerRecord]) -> None:
        service = self.handlers.service
        told = [RejectedMessages.batch(one) for one in poll.undecoded] + [
            RejectedMessages.record(one, "malformed") for one in malformed
        ]
        if malformed:
            _log.warning("malformed_messages", service=service, count=len(malformed))
            SET_ASIDE.labels(service, "malformed").inc(len(malformed))
        for one in poll.undecoded:
            place = f"{one.partition.topic}/{one.partition.partition}/{one.begin}-{one.end - 1}"
            _log.warning("undecoded_messages", service=service, place=place, error=one.error)
            SET_ASIDE.labels(service, "undecoded").inc(one.end - one.begin)
        await self.rejected.tell(told)

    async def _carry_out(self, found: Iterable[ReceivedMessage]) -> None:
        """All cases at once; when that raises, each alone. The sweep comes back to one that raises again."""
        cases = list(dict.fromkeys(one.woken for one in found if one.woken))
        if cases and not await self._carried_out(cases):
            for case in cases:
                if not await self._carried_out([case]):
                    _log.error("left_to_sweep", case=str(case))

    async def _carried_out(self, cases: Sequence[uuid.UUID]) -> bool:
        try:
            await self.carry_out(cases)
        except Exception as error:  # noqa: BLE001 - each is tried alone, and its due row stays
            await self._raise_if_of_all(error)
            _log.warning("due_tasks_failed", error=type(error).__name__, cases=len(cases))
            return False
        return True

    async def _react(self, facts: Sequence[CaseMessage]) -> None:
        """Each case in order, the cases beside each other."""
        by_case: dict[uuid.UUID, deque[CaseMessage]] = defaultdict(deque)
        for one in facts:
            by_case[one.case].append(one)
        lines = list(by_case.values())
        for pause in self.pauses:
            lines = await self._go_on(lines)
            if not lines:
                return
            await asyncio.sleep(pause)
        await self._go_on(lines, last=True)

    async def _go_on(self, lines: Sequence[deque[CaseMessage]], *, last: bool = False) -> list[deque[CaseMessage]]:
        """Every line up to the first message that raises; the lines that are not at their end."""
        done = await asyncio.gather(*(self._line(one, last=last) for one in lines), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error
        return [one for one in lines if one]

    async def _line(self, line: deque[CaseMessage], *, last: bool) -> None:
        while line:
            message = line[0]
            try:
                with structlog.contextvars.bound_contextvars(event_id=str(message.id), type=message.type):
                    await self.handlers.react(message)
            except Exception as error:  # noqa: BLE001 - named by its type in the log, and parked in the end
                await self._raise_if_of_all(error)
                _log.warning("handler_failed", type=message.type, error=type(error).__name__)
                if not last:
                    return
                await self._park(message, error)
            line.popleft()

    async def _take_in(self, messages: Sequence[CaseMessage]) -> None:
        """All at once, with pauses while that raises; in the end each alone, and what still raises is parked."""
        for pause in self.pauses if messages else ():
            if await self._taken_in(messages):
                return
            await asyncio.sleep(pause)
        for message in messages:
            await self._taken_in([message], last=True)

    async def _taken_in(self, messages: Sequence[CaseMessage], *, last: bool = False) -> bool:
        """Whether they were; `last`: one that raises is parked."""
        assert self.handlers.take_in is not None
        try:
            await self.handlers.take_in(messages)
        except Exception as error:  # noqa: BLE001 - named by its type in the log, and parked in the end
            await self._raise_if_of_all(error)
            _log.warning("messages_not_taken_in", error=type(error).__name__, count=len(messages))
            if last:
                await self._park(messages[0], error)
            return False
        return True

    async def _raise_if_of_all(self, error: Exception) -> None:
        """What the whole installation lacks puts the batch off, until it is mended.

        What looks as if PostgreSQL were away may be a handler's own: PostgreSQL itself is asked.
        """
        if isinstance(error, MISFIT):
            raise error
        if isinstance(error, DATABASE_DOWN):
            await self.ping()

    async def _park(self, message: CaseMessage, error: Exception) -> None:
        kind = message.type if (message.type, 1) in MODELS else "unknown"  # a header may hold any text
        _log.error("message_parked", event_id=str(message.id), type=kind, reason=type(error).__name__)
        SET_ASIDE.labels(self.handlers.service, "parked").inc()
        await self.rejected.tell([RejectedMessages.record(message.record, type(error).__name__)])
