"""What the page of a case and the page of a task both show (`_berkas.html`)."""

from typing import Any

from jejak.contracts import events as e
from jejak.web.reading.dossier import Dossier
from jejak.web.reading.findings import findings


def case_parts(dossier: Dossier) -> dict[str, Any]:
    """What the case's page and a task's page both show."""
    application = dossier.case.application
    known = application is not None and isinstance(application.people, e.People)
    return {
        "orang": application.people if known and application else None,
        "keperluan": application.purpose if application and isinstance(application.purpose, str) else None,
        "temuan": findings(dossier),
        "catatan": {
            one.version: note for one in dossier.history if isinstance(note := getattr(one.data, "note", None), str)
        },
        "zona": dossier.opened.office.zona,
    }
