"""Officials as they were: name and post by the kantor file in force on the day of the act."""

from collections.abc import Sequence
from datetime import datetime

from jejak.procedure.office.kantor import Kantor
from jejak.web.reading.schemas import Person


def official(offices: Sequence[Kantor], code: str, at: datetime, posts: Sequence[str] = ()) -> Person:
    """Name and post by the kantor file in force then; of several posts held, one of `posts` first."""
    kantor = in_force(offices, at)
    day = kantor.calendar.local(at).date()
    held = [entry for entry in kantor.officials_at(day) if entry.kode == code]
    ever = [entry for office in reversed(offices) for entry in office.pejabat if entry.kode == code]
    named = [*(entry for entry in held if entry.jabatan in posts), *held, *ever]
    if not named:
        return {"kode": code, "nama": code, "jabatan": None}
    post = kantor.post_name(named[0].jabatan)
    acting = f"{named[0].sebagai} " if named[0].sebagai else ""
    return {"kode": code, "nama": named[0].nama, "jabatan": f"{acting}{post}"}


def in_force(offices: Sequence[Kantor], at: datetime) -> Kantor:
    """The version of an office's file in force at an instant; before its first, the first."""
    day = offices[-1].calendar.local(at).date()
    in_time = (office for office in reversed(offices) if office.berlaku_sejak is None or office.berlaku_sejak <= day)
    return next(in_time, offices[0])
