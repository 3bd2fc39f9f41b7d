"""Officials as they were: the name and post that the kantor file gave somebody on the day he acted."""

from collections.abc import Sequence
from datetime import datetime

from jejak.procedure.kantor import Kantor, Official
from jejak.web.reading.schemas import Person


def official(offices: Sequence[Kantor], code: str, at: datetime, posts: Sequence[str] = ()) -> Person:
    """Name and post by the kantor file in force then; where several posts were held, one of `posts` first."""
    kantor = in_force(offices, at)
    day = kantor.calendar.local(at).date()
    held = [one for one in kantor.officials_at(day) if one.kode == code]
    found = next((one for one in held if one.jabatan in posts), held[0] if held else _anybody(offices, code))
    if found is None:
        return {"kode": code, "nama": code, "jabatan": None}
    post = kantor.post_name(found.jabatan)
    return {"kode": code, "nama": found.nama, "jabatan": f"{found.sebagai} {post}" if found.sebagai else post}


def in_force(offices: Sequence[Kantor], at: datetime) -> Kantor:
    """The version of an office's file in force at an instant; before its first, the first."""
    day = offices[-1].calendar.local(at).date()
    return next((one for one in reversed(offices) if one.berlaku_sejak is None or one.berlaku_sejak <= day), offices[0])


def _anybody(offices: Sequence[Kantor], code: str) -> Official | None:
    return next((one for office in reversed(offices) for one in office.pejabat if one.kode == code), None)
