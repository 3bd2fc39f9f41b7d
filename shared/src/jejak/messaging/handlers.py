"""The handlers of a service, by name: for tasks that become due, by their verb, and for facts, by their event."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jejak.contracts.codec import CodecError
from jejak.contracts.events import Payload
from jejak.contracts.tasks import TASKS
from jejak.messaging.envelope import CaseMessage, EventFilter
from jejak.messaging.task_runner import AutomaticTask, OutsideLimit, Run


@dataclass(frozen=True, slots=True)
class Fact[E: Payload]:
    """An event of a case. Personal fields of `data` read as `Forgotten`; the case itself has them."""

    data: E
    message: CaseMessage


type OnFact[E: Payload] = Callable[[Fact[E]], Awaitable[None]]
"""Reacts to a fact. A fact arrives at least once, so the handler stores under `message.id`. After an error it is called
again a few times; then the message is parked. While PostgreSQL is away nothing is parked."""

type TakeIn = Callable[[Sequence[CaseMessage]], Awaitable[None]]
"""Takes in many messages, in their order, at least once and also when they are published again. After an error each
message comes alone, and one that raises again is parked."""


@dataclass(frozen=True, slots=True)
class _OnFact:
    kind: type[Payload]
    react: OnFact[Any]
    replays: bool


@dataclass(slots=True)
class Handlers:
    """The handlers of one service: `handlers.py` of each declares them."""

    service: str
    wait: float = 0.0
    """Seconds that events may wait to be read in one batch; 0 where the next step waits for the handler."""
    tasks: dict[str, AutomaticTask] = field(default_factory=dict)
    facts: dict[str, _OnFact] = field(default_factory=dict)
    take_in: TakeIn | None = None
    gathered: frozenset[str] = frozenset()
    """The events that are taken in; if empty, every event that names due tasks."""

    def due(self, verb: str, outside: OutsideLimit | None = None) -> Callable[[Run], Run]:
        """Carries out an automatic task of the service when it is due."""
        if TASKS[verb].service != self.service or verb in self.tasks:
            raise ValueError(f"{verb} is another service's, or handled already")

        def declare(run: Run) -> Run:
            self.tasks[verb] = AutomaticTask(run, outside)
            return run

        return declare

    def on[E: Payload](self, kind: type[E], *, replays: bool = False) -> Callable[[OnFact[E]], OnFact[E]]:
        """Reacts to a fact. `replays`: also to facts that are published again because Kafka had lost them."""
        if kind.__name__ in self.facts:
            raise ValueError(f"{kind.__name__} is handled already")

        def declare(react: OnFact[E]) -> OnFact[E]:
            self.facts[kind.__name__] = _OnFact(kind, react, replays)
            return react

        return declare

    def gather(self, *kinds: type[Payload]) -> Callable[[TakeIn], TakeIn]:
        """Takes in all messages of these events at once; without events, of every event that names due tasks."""
        if self.take_in is not None:
            raise ValueError("messages are taken in already")

        def declare(take_in: TakeIn) -> TakeIn:
            self.take_in, self.gathered = take_in, frozenset(kind.__name__ for kind in kinds)
            return take_in

        return declare

    @property
    def declared(self) -> bool:
        """Whether there is any handler; a service without handlers reads nothing."""
        return bool(self.tasks or self.facts or self.take_in)

    @property
    def event_filter(self) -> EventFilter:
        every_change = self.take_in is not None and not self.gathered
        return EventFilter.of(self.service, self.tasks, self.facts, self.gathered, every_change=every_change)

    async def react(self, message: CaseMessage) -> None:
        """Passes a fact to its handler. CodecError for a payload that is not an event of its type."""
        declared = self.facts[message.type]
        if message.replay and not declared.replays:
            return
        data = message.data()
        if not isinstance(data, declared.kind):
            raise CodecError(f"not a {declared.kind.__name__}")
        await declared.react(Fact(data, message))
