"""What approval reacts to: every event says what is due after it, and approval keeps what waits for its tasks."""

from approval.waiting_cases import WaitingCases
from jejak.messaging.handlers import Handlers


def handlers(waiting: WaitingCases) -> Handlers:
    """Its tasks are those of people, so it carries out none."""
    react = Handlers("approval", wait=1.0)
    react.gather()(waiting.on_messages)
    return react
