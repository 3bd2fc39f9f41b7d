"""What letters reacts to: the end of a case, after which its numbers that no letter will bear are batal."""

from typing import Final

from jejak.contracts import events as e
from jejak.messaging.handlers import Fact, Handlers
from letters.numbering.settling import Settling

ENDINGS: Final = (e.ApplicationWithdrawn, e.CaseRefused, e.CaseReturned, e.CaseClosed)


def handlers(settling: Settling) -> Handlers:
    """Letters has no automatic task: drafting and signing are people's."""
    react = Handlers("letters", wait=2.0)

    async def note_batal(fact: Fact[e.Payload]) -> None:
        """By the case as it is now: a fact may come late, twice, or after what followed it."""
        await settling.settle([fact.message.case])

    for ending in ENDINGS:
        react.on(ending, replays=True)(note_batal)
    return react
