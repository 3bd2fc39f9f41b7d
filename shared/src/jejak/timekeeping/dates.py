"""The days between which a date from a person, a file or a message can lie, and a sentence for each fault.

A mistyped year is refused where it comes in, and nothing of it is stored. Pure: today is an argument.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from jejak.platform.errors import Malformed
from jejak.timekeeping.standard import months_after

JKN_BEGAN: Final = date(2014, 1, 1)
"""There were no memberships before."""
REGISTERS_BEGAN: Final = date(2005, 1, 1)
"""The first list of the poor by name (PSE 2005)."""
FIGURES: Final = (date(2000, 1, 1), date(2999, 12, 31))
"""The days of which there can be figures, lists and messages."""
_OLDEST: Final = 130
"""Years: no person has lived longer."""
_AHEAD: Final = timedelta(days=366)
"""How far ahead a list may name what is already decided."""


def birth_date_fault(day: date, on: date) -> str | None:
    """What is wrong with a date of birth on the day an application is received, or a list was made."""
    if day > on:
        return "Tanggal lahir sesudah hari permohonan diterima; periksa tahunnya."
    if day < months_after(on, -12 * _OLDEST):
        return f"Tanggal lahir lebih dari {_OLDEST} tahun yang lalu; periksa tahunnya."
    return None


def receipt_date_fault(day: date, today: date, months: int) -> str | None:
    """What is wrong with a day of receipt; an office dates back by so many months at most."""
    if day > today:
        return "Waktu penerimaan tidak boleh di masa depan."
    return "Waktu penerimaan terlalu lampau; periksa tahunnya." if day < months_after(today, -months) else None


def act_date_fault(day: date, after: date) -> str | None:
    """What is wrong with the day of an outside act, after the act that it follows."""
    if day < after:
        return f"Waktu kejadian mendahului peristiwa sebelumnya ({after:%d-%m-%Y}); periksa tahunnya."
    return None


def status_date_fault(day: date, what: str) -> str | None:
    """What is wrong with the day since when a membership has its status: `what` begins the sentence.

    The future is for the caller to judge: a day to come is a promise.
    """
    if day < JKN_BEGAN:
        return f"{what} sebelum JKN ada (1 Januari 2014); periksa tahunnya."
    return None


def deactivation_date_fault(day: date, today: date) -> str | None:
    """What is wrong with a day of deactivation in the past."""
    return (
        "Tanggal nonaktif masih di depan; periksa tahunnya."
        if day > today
        else status_date_fault(day, "Tanggal nonaktif")
    )


def future_date_fault(day: date, made: date, what: str) -> str | None:
    """What is wrong with a day in a list or an answer made on another; it may lie a year ahead."""
    if day > made + _AHEAD:
        return f"{what} terlalu jauh di depan; periksa tahunnya."
    return status_date_fault(day, what)


def signature_date_fault(day: date, received_on: date, today: date) -> str | None:
    """What is wrong with the day of a signature by pen."""
    if day > today:
        return "Tanggal tanda tangan tidak boleh di masa depan."
    return "Tanggal tanda tangan mendahului penerimaan permohonan; periksa tahunnya." if day < received_on else None


def list_date_fault(as_of: date, today: date) -> str | None:
    """What is wrong with the day a list is of."""
    if as_of > today:
        return "Tanggal daftar masih di depan; periksa tahunnya."
    return "Tanggal daftar terlalu lampau; periksa tahunnya." if as_of < REGISTERS_BEGAN else None


def query_range_fault(first: date, last: date) -> str | None:
    """What is wrong with the first and last day of figures."""
    if first > last:
        return "Tanggal awal harus sebelum tanggal akhir."
    if not FIGURES[0] <= first <= last <= FIGURES[1]:
        return f"Tahun harus dari {FIGURES[0].year} sampai {FIGURES[1].year}."
    return None


def is_queryable(day: date) -> bool:
    """Whether there can be figures of this day, or instant."""
    return FIGURES[0].year <= day.year <= FIGURES[1].year


def cursor_instant(text: str) -> datetime:
    """The instant in a page's own cursor. ValueError without a zone, or outside the years that a ledger can hold."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has a zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999") from None


def check(fault: str | None, code: str = "tanggal_salah") -> None:
    """Malformed for a fault of the above functions."""
    if fault is not None:
        raise Malformed(code, fault)
