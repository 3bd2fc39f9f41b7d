"""The subscriptions of letters: when a case ends, its numbers without a signed letter are void (batal)."""

from typing import Final

from jejak.contracts import events as e
from jejak.messaging.handlers import Fact, Handlers
from letters.numbering.settling import Settling

ENDINGS: Final = (e.ApplicationWithdrawn, e.ParticipantDied, e.CaseRefused, e.CaseReturned, e.CaseClosed)


def handlers(settling: Settling) -> Handlers:
    """Letters has no automatic task: people draft and sign."""
    react = Handlers("letters", wait=2.0)

    async def note_batal(fact: Fact[e.Payload]) -> None:
        """By the present state of the case: an event may come late, twice, or out of order."""
        await settling.settle([fact.message.case])

    for ending in ENDINGS:
        react.on(ending, replays=True)(note_batal)
    return react
