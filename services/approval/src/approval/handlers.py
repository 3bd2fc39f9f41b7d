"""What approval reacts to."""

from jejak.messaging.handlers import Handlers


def handlers() -> Handlers:
    """Approval reacts to nothing by itself: its tasks are those of people."""
    return Handlers("approval")
