"""The NIK: 16 digits, PPKKCC region, DDMMYY birth date (day + 40 for women), serial 0001-9999."""

import hmac
import re
from datetime import date
from typing import Final

from lokal.provinces import PROVINCES

_FORM: Final = re.compile(r"\d{16}", re.ASCII)
_WOMAN: Final = 40


def fault(nik: str) -> str | None:
    """The fault of this NIK, as an Indonesian phrase without a single digit of it; None when it is plausible.

    Only Dukcapil knows whether a plausible NIK exists. An unknown region is no fault: regions split, a NIK stays.
    """
    if not _FORM.fullmatch(nik):
        return "NIK harus 16 angka"
    if _birth_date(nik) is None:
        return "tanggal lahir di dalam NIK tidak mungkin"
    if nik.endswith("0000"):
        return "nomor urut di dalam NIK 0000"
    return None


def fault_of_kk(kk: str) -> str | None:
    """The fault of this number of a Kartu Keluarga: sixteen digits that begin with a region and end in a serial."""
    if not _FORM.fullmatch(kk):
        return "nomor KK harus 16 angka"
    if kk.startswith("00") or kk.endswith("0000"):
        return "kode wilayah atau nomor urut di dalamnya nol"
    return None


def doubts(nik: str, born: date) -> tuple[str, ...]:
    """Warnings about a plausible NIK that a person should check, as Indonesian sentences without a digit of it.

    A NIK holds the date of birth that was known when it was given (PP 37/2007 Pasal 37), and stays when the date is
    corrected later: a difference is worth a look at the KTP, and no reason to refuse an application.
    """
    read = _birth_date(nik)
    warnings = []
    if read is not None and not holds_birth(nik, born):
        swapped = " (hari dan bulannya tertukar)" if swaps_day_and_month(nik, born) else ""
        warnings.append(
            f"Tanggal lahir di dalam NIK berbeda dari tanggal lahir yang diisi{swapped}. Cocokkan keduanya dengan KTP."
        )
    if not known_region(nik):
        warnings.append("Dua angka pertama NIK bukan kode provinsi yang dikenal. Cocokkan NIK dengan KTP.")
    return tuple(warnings)


def of_man(nik: str) -> bool:
    """Whether a plausible NIK is a man's: a woman's has 40 added to the day of birth (PP 37/2007 Pasal 37)."""
    return int(nik[6:8]) <= _WOMAN


def holds_birth(nik: str, born: date) -> bool:
    """Whether a NIK holds this date of birth, by the two digits of its year."""
    read = _birth_date(nik)
    return read is not None and (read.day, read.month, read.year % 100) == (born.day, born.month, born.year % 100)


def swaps_day_and_month(nik: str, born: date) -> bool:
    """Whether a date of birth is the NIK's but for day and month, which have changed places."""
    read = _birth_date(nik)
    return (
        read is not None
        and read.day != read.month
        and (read.month, read.day, read.year % 100)
        == (
            born.day,
            born.month,
            born.year % 100,
        )
    )


def known_region(nik: str) -> bool:
    """Whether the province in the NIK exists today; False is worth a warning, not a refusal."""
    return nik[:2] in PROVINCES


def index(key: bytes, nik: str) -> bytes:
    """The 32 bytes by which a NIK is found where it is not stored: HMAC-SHA256 under the installation's index key."""
    return hmac.digest(key, b"nik:" + nik.encode("ascii"), "sha256")


def _birth_date(nik: str) -> date | None:
    """The date of birth read in this century: it is leap in every fourth year, so no real date of the last is lost."""
    day = int(nik[6:8])
    try:
        return date(2000 + int(nik[10:12]), int(nik[8:10]), day - _WOMAN if day > _WOMAN else day)
    except ValueError:
        return None
