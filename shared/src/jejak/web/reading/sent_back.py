"""What last sent a case back, or ended it otherwise than well."""

from collections.abc import Iterator
from typing import Any, Final

from jejak.cases.case import Happened
from jejak.cases.decision import Opened
from jejak.cases.sentences import sentence
from jejak.contracts import events as e
from jejak.web.reading.dossier import Dossier
from jejak.web.reading.timeline import when

_BACK: Final = (e.DocumentsMissing, e.CorrectionRequested, e.CaseRefused, e.CaseReturned, e.ApplicationWithdrawn)


def sent_back(dossier: Dossier) -> dict[str, Any] | None:
    """In one sentence and in the official's own words."""
    for event in reversed(dossier.history):
        if isinstance(event.data, _BACK):
            return {
                **(when(dossier, event.at) or {}),
                "sebab": sentence(event, dossier.opened.sop),
                "catatan": next(_words(dossier.opened, event), None),
            }
    return None


def _words(opened: Opened, event: Happened) -> Iterator[str]:
    """What an official wrote with this event, else with the look-up that it followed from in the same moment."""
    before = next((one for one in opened.history if one.version == event.version - 1), None)
    for one in (event, before):
        note = getattr(one.data, "note", None) if one is not None and one.at == event.at else None
        if isinstance(note, str):
            yield note
