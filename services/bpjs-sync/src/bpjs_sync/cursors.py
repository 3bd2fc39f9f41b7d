"""Where a page of a list goes on: after the instant and the id of the last line, as a text that nobody need read."""

import base64
import binascii
import json
import uuid
from datetime import UTC, datetime
from typing import Final

from jejak.platform.errors import Malformed
from jejak.timekeeping import dates

type Place = tuple[datetime, uuid.UUID]
"""By what a list is ordered: an instant, and among equal ones an id."""

BEGINNING: Final[Place] = (datetime.min.replace(tzinfo=UTC), uuid.UUID(int=0))


def cursor_of(place: Place) -> str:
    """The text that `place_of` reads."""
    at, identity = place
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(identity)]).encode()).decode()


def place_of(cursor: str | None) -> Place:
    """After which line a page begins; the beginning without a cursor. Malformed for a cursor that is none of ours."""
    if cursor is None:
        return BEGINNING
    try:
        at, identity = json.loads(base64.urlsafe_b64decode(cursor))
        return dates.cursor_instant(at), uuid.UUID(identity)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise Malformed("cursor_salah", "Cursor ini tidak dikenal. Mulailah lagi tanpa cursor.") from None
