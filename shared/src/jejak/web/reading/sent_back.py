"""What last sent a case back, or ended it otherwise than well."""

from collections.abc import Iterator
from typing import Final

from jejak.cases.case import OpenedEvent
from jejak.cases.decision import LoadedCase
from jejak.cases.event_descriptions import describe_event
from jejak.contracts import events as e
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.schemas import When
from jejak.web.reading.timeline import instant

_BACK: Final = (e.DocumentsMissing, e.CorrectionRequested, e.CaseRefused, e.CaseReturned, e.ApplicationWithdrawn)


class SentBack(When):
    """What last sent a case back or ended it, in one sentence and in the official's own words."""

    sebab: str
    catatan: str | None


def sent_back(case_view: CaseReadModel) -> SentBack | None:
    """In one sentence and in the official's own words."""
    for event in reversed(case_view.history):
        if isinstance(event.data, _BACK):
            return {
                **instant(event.at, case_view.opened.office.zona),
                "sebab": describe_event(event, case_view.opened.sop),
                "catatan": next(_words(case_view.opened, event), None),
            }
    return None


def _words(opened: LoadedCase, event: OpenedEvent) -> Iterator[str]:
    """What an official wrote with this event, else with the look-up that it followed from in the same moment."""
    before = next((one for one in opened.history if one.version == event.version - 1), None)
    for one in (event, before):
        note = getattr(one.data, "note", None) if one is not None and one.at == event.at else None
        if isinstance(note, str):
            yield note
