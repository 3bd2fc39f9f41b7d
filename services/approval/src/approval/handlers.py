"""The subscription of approval: every event names what is due after it, and approval stores what waits for it."""

from approval.waiting_cases import WaitingCases
from jejak.messaging.handlers import Handlers


def handlers(waiting: WaitingCases) -> Handlers:
    """All its tasks are done by people, so it has no automatic task."""
    react = Handlers("approval", wait=1.0)
    react.gather()(waiting.on_messages)
    return react
