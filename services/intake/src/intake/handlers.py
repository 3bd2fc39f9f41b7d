"""What intake reacts to."""

from jejak.messaging.handlers import Handlers


def handlers() -> Handlers:
    """Intake reacts to nothing by itself: its tasks are those of people."""
    return Handlers("intake")
