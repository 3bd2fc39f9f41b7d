"""The subscription of intake: events that change the notifications due to applicants."""

from intake.notifications import CHANGING, LEADING, Notifications
from jejak.messaging.handlers import Handlers


def handlers(notifications: Notifications) -> Handlers:
    """Subscribes to the events after which notifications change, also when they are published again."""
    react = Handlers("intake", wait=1.0)
    react.gather(*CHANGING, *LEADING)(notifications.on_messages)
    return react
