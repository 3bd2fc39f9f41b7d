"""Words of the events and tasks that the clocks know by name, and when an application was received."""

from datetime import datetime

from jejak.contracts.envelope import Event

SUBMITTED = "ApplicationSubmitted"
WORK_STARTED = "WorkStarted"
MAIN = "main"


def received_at(submitted: Event) -> datetime:
    """When an application was received: the claimed time of receipt, else the instant of ApplicationSubmitted."""
    return submitted.recorded_at if submitted.occurred_at is None else min(submitted.occurred_at, submitted.recorded_at)
