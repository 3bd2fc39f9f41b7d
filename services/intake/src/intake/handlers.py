"""What intake reacts to: what its applicants are to be told of."""

from intake.notifications import CHANGING, LEADING, Notifications
from jejak.messaging.handlers import Handlers


def handlers(notifications: Notifications) -> Handlers:
    """The facts after which there is something else to tell, also where Kafka had lost them."""
    react = Handlers("intake", together=1.0)
    for fact in (*CHANGING, *LEADING):
        react.on(fact, replays=True)(notifications.on_fact)
    return react
