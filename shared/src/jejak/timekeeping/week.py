"""The hours an office is open, and the days on which the whole country is not."""

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from types import MappingProxyType

from holidays import country_holidays

type Hours = tuple[tuple[time, time], ...]
"""The open spans of one day in local time, in order, not touching a break."""

type Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
"""Monday to Sunday; an empty day is closed."""

HOLIDAYS_FROM, HOLIDAYS_TO = 2017, 2030

_DAY: Hours = ((time(7, 30), time(12)), (time(13), time(16)))
_FRIDAY: Hours = ((time(7, 30), time(11, 30)), (time(13), time(16, 30)))
PERPRES_WEEK: Week = (_DAY, _DAY, _DAY, _DAY, _FRIDAY, (), ())
"""Perpres 21/2023: five days, 37.5 hours from 07.30, a break of 60 minutes, on Friday of 90."""

_FASTING_DAY: Hours = ((time(8), time(12)), (time(12, 30), time(15)))
_FASTING_FRIDAY: Hours = ((time(8), time(11, 30)), (time(12, 30), time(15, 30)))
PERPRES_RAMADAN: Week = (_FASTING_DAY, _FASTING_DAY, _FASTING_DAY, _FASTING_DAY, _FASTING_FRIDAY, (), ())
"""Perpres 21/2023 in Ramadan: 32.5 hours from 08.00, a break of 30 minutes, on Friday of 60."""


@cache
def national_holidays() -> Mapping[date, str]:
    """Public holidays and *cuti bersama* with their Indonesian names, 2017 to 2030.

    Source: the package ``holidays``. Islamic dates of years not yet decreed are its estimates, and *cuti bersama* is
    known only as far as the ministers have decreed it; an office adds what is missing in its kantor file.
    """
    days = country_holidays(
        "ID", categories=("public", "government"), years=range(HOLIDAYS_FROM, HOLIDAYS_TO + 1), language="id"
    )
    return MappingProxyType(dict(days.items()))


def check_hours(hours: Hours) -> None:
    """Raise ValueError (an Indonesian sentence) unless the spans are in order and none is empty."""
    previous: time | None = None
    for opens, closes in hours:
        if opens >= closes:
            raise ValueError(f"jam kerja {opens:%H.%M}-{closes:%H.%M}: jam tutup harus sesudah jam buka")
        if previous is not None and opens <= previous:
            raise ValueError(f"jam kerja mulai {opens:%H.%M} bertumpuk dengan jam sebelumnya")
        previous = closes
