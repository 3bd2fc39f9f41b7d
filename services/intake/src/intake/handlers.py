"""What intake reacts to: what its applicants are to be told of."""

from intake.notifications import CHANGING, LEADING, Notifications
from jejak.messaging.handlers import Handlers


def handlers(notifications: Notifications) -> Handlers:
    """The facts after which there is something else to tell, also where Kafka had lost them."""
    react = Handlers("intake", wait=1.0)
    react.gather(*CHANGING, *LEADING)(notifications.on_messages)
    return react
