"""Which services may append which type of event: by the table of tasks, and by commands that are no task."""

from collections.abc import Mapping
from typing import Final

from jejak.contracts.tasks import SERVICES, TASKS, Service

SHARED_EVENTS: Final = frozenset(
    {"CorrectionRequested", "CaseRefused", "CaseReturned", "CaseClosed", "WorkStarted", "ParafSkipped"}
)
"""Events that any service with tasks may append: they follow from a task."""

_OUTSIDE_THE_LINE: Final[Mapping[str, tuple[Service, ...]]] = {
    "ApplicantTold": ("intake",),
    "ApplicationWithdrawn": ("intake",),
    "ParticipantDied": ("intake",),
    "PeopleCorrected": ("intake", "letters"),
    "FindingChanged": ("verification",),
    "LetterNumbered": ("letters",),
    "LetterRevoked": ("letters",),
    "BatchClosed": ("bpjs_sync",),
    "BatchMemberDropped": ("bpjs_sync",),
    "BatchFileMade": ("bpjs_sync",),
    "ReadingAnswered": ("approval",),
}
"""Events of commands that are no task of the sheet."""


def owners() -> dict[str, frozenset[Service]]:
    """Event type → the services that may append it."""
    table: dict[str, frozenset[Service]] = {name: frozenset(SERVICES) for name in SHARED_EVENTS}
    table |= {name: frozenset(services) for name, services in _OUTSIDE_THE_LINE.items()}
    for kind in TASKS.values():
        own = {kind.event_of(outcome, inverse=inverse) for outcome in kind.outcomes for inverse in (False, True)}
        for name in {kind.event, *own} - SHARED_EVENTS:
            table[name] = table.get(name, frozenset()) | {kind.service}
    return table
