"""The last event that sent a case back, or ended it without success."""

from collections.abc import Iterator
from typing import Final

from jejak.cases.case import OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.schemas import When
from jejak.web.reading.timeline import instant

_BACK: Final = (
    e.DocumentsMissing,
    e.CorrectionRequested,
    e.CaseRefused,
    e.CaseReturned,
    e.ApplicationWithdrawn,
    e.ParticipantDied,
)


class SentBack(When):
    """Why a case was sent back or ended, in a sentence of the system and in the official's own words."""

    sebab: str
    catatan: str | None


def sent_back(case_view: CaseReadModel) -> SentBack | None:
    """The last event that sent the case back or ended it; None without one."""
    for event in reversed(case_view.history):
        if isinstance(event.data, _BACK):
            return {
                **instant(event.at, case_view.opened.office.zona),
                "sebab": describe_event(event, case_view.opened.sop, case_view.opened.names),
                "catatan": next(_words(case_view.opened, event), None),
            }
    return None


def _words(loaded: LoadedCase, event: OpenedEvent) -> Iterator[str]:
    """The official's note on this event, and on the look-up before it if both were recorded at the same instant."""
    before = (earlier for earlier in loaded.history if earlier.version == event.version - 1 and earlier.at == event.at)
    for noted in (event, *before):
        if isinstance(note := getattr(noted.data, "note", None), str):
            yield note
