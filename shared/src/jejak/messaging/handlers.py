"""What a service reacts to, declared by name: tasks that become due, by their verb, and facts, by their event."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from jejak.contracts.codec import CodecError
from jejak.contracts.events import Payload
from jejak.contracts.tasks import TASKS
from jejak.messaging.envelope import CaseMessage, Concern
from jejak.messaging.runner import Automatic, Outside, Run


@dataclass(frozen=True, slots=True)
class Fact[E: Payload]:
    """Something that happened to a case. Personal fields of `data` read as `Forgotten`; the case itself has them."""

    data: E
    message: CaseMessage


type OnFact[E: Payload] = Callable[[Fact[E]], Awaitable[None]]
"""Reacts to a fact. It comes at least once, so what it stores it stores under `message.id`. What it raises is tried
again a few times; then the message is parked. While PostgreSQL is away nothing is parked."""


@dataclass(frozen=True, slots=True)
class _OnFact:
    kind: type[Payload]
    react: OnFact[Any]
    replays: bool


@dataclass(slots=True)
class Handlers:
    """The handlers of one service: `handlers.py` of each declares them."""

    service: str
    together: float = 0.0
    """Seconds that events may wait to be read in one batch; 0 where the next step waits for the handler."""
    tasks: dict[str, Automatic] = field(default_factory=dict)
    facts: dict[str, _OnFact] = field(default_factory=dict)

    def due(self, verb: str, outside: Outside | None = None) -> Callable[[Run], Run]:
        """Carries out an automatic task of the service when it is due."""
        if TASKS[verb].service != self.service or verb in self.tasks:
            raise ValueError(f"{verb} is another service's, or handled already")

        def declare(run: Run) -> Run:
            self.tasks[verb] = Automatic(run, outside)
            return run

        return declare

    def on[E: Payload](self, kind: type[E], *, replays: bool = False) -> Callable[[OnFact[E]], OnFact[E]]:
        """Reacts to a fact. `replays`: also to what is published again because Kafka had lost it."""
        if kind.__name__ in self.facts:
            raise ValueError(f"{kind.__name__} is handled already")

        def declare(react: OnFact[E]) -> OnFact[E]:
            self.facts[kind.__name__] = _OnFact(kind, react, replays)
            return react

        return declare

    @property
    def declared(self) -> bool:
        """Whether there is anything to react to; a service without it reads nothing."""
        return bool(self.tasks or self.facts)

    @property
    def concern(self) -> Concern:
        return Concern.of(self.service, self.tasks, self.facts)

    async def react(self, message: CaseMessage) -> None:
        """Hands a fact to its handler. CodecError for a payload that is not the event its type says."""
        declared = self.facts[message.type]
        if message.replay and not declared.replays:
            return
        data = message.data()
        if not isinstance(data, declared.kind):
            raise CodecError(f"not a {declared.kind.__name__}")
        await declared.react(Fact(data, message))
