"""The zone of a region by the code of its province, for what a sheet says by days without an office at hand.

Source: Keputusan Presiden 41/1987 on the three zones; codes by Kemendagri.
"""

from datetime import date, datetime, timedelta, timezone

from jejak.timekeeping.calendar import ZONES, local_at

_WITA = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_WIT = frozenset({"81", "82", "91", "92", "93", "94", "95", "96", "97"})


def zone_of(region: str) -> str:
    """The zone of a kabupaten, kota or province by its code; WIB for a province that the code does not know."""
    province = region[:2]
    if province in _WIT:
        return "Asia/Jayapura"
    return "Asia/Makassar" if province in _WITA else "Asia/Jakarta"


def local_day(instant: datetime, region: str) -> date:
    """The date of an instant in a region."""
    return local_at(instant, timezone(timedelta(hours=ZONES[zone_of(region)]))).date()
