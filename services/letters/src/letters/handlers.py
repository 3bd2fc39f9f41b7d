"""What letters reacts to."""

from jejak.messaging.handlers import Handlers


def handlers() -> Handlers:
    """Letters reacts to nothing by itself: its tasks are those of people."""
    return Handlers("letters")
