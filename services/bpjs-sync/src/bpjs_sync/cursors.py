"""Cursors of lists: the instant and the id of the last line of a page, as an opaque text."""

import base64
import binascii
import json
import uuid
from datetime import UTC, datetime
from typing import Final

from jejak.platform.errors import Malformed
from jejak.timekeeping import dates

type Place = tuple[datetime, uuid.UUID]
"""The order of a list: by instant, and within an instant by id."""

BEGINNING: Final[Place] = (datetime.min.replace(tzinfo=UTC), uuid.UUID(int=0))


def cursor_of(place: Place) -> str:
    """The text that `place_of` reads."""
    at, identity = place
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(identity)]).encode()).decode()


def place_of(cursor: str | None) -> Place:
    """The place after which a page begins; the beginning without a cursor. Malformed for an unknown cursor."""
    if cursor is None:
        return BEGINNING
    try:
        at, identity = json.loads(base64.urlsafe_b64decode(cursor))
        return dates.cursor_instant(at), uuid.UUID(identity)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise Malformed("cursor_salah", "Cursor ini tidak dikenal. Mulailah lagi tanpa cursor.") from None
