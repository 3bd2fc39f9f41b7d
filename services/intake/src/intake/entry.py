"""Where a case is entered: the kelurahan chosen at the counter, the official's own, or the office. Pure."""

from datetime import date
from typing import Final

from jejak.platform.errors import Malformed, NotYours
from jejak.procedure.office.areas import answers_for, area_name, known_areas, merged_into
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official

_SHOWN: Final = 5
"""Areas that a sentence names."""


def entry_area(office: Kantor, official: Official, chosen: str | None, day: date) -> str:
    """Where a case belongs that this official enters on a day; `chosen` is a code of an area or its name.

    Malformed for an area the office does not know, or that was merged into another; NotYours for one of others.
    """
    if chosen is None:
        return office.entry_office(official)
    code = _code_of(office, chosen)
    if (gone := merged_into(office, code, day)) is not None:
        raise Malformed(
            "wilayah_digabung",
            f"Wilayah {area_name(office, code)} sudah digabung; pilih {area_name(office, gone)} ({gone}).",
        )
    known = known_areas(office, official, day)
    if code in known:
        return code
    if code in office.wilayah and not answers_for(office, official, code, day):
        raise NotYours("wilayah_lain", "Wilayah itu bukan wilayah Anda. Mintalah petugasnya mencatat berkas ini.")
    some = ", ".join(f"{name} ({code})" for code, name in list(known.items())[:_SHOWN])
    hint = f"yang dikenal antara lain {some}" if some else "kantor ini tidak mencatat wilayah; kosongkan"
    raise Malformed("wilayah_tidak_dikenal", f"Wilayah itu tidak dikenal di kantor ini: {hint}.")


def _code_of(office: Kantor, chosen: str) -> str:
    """The code of an area by its name, where one area alone has it; else the text itself."""
    named = [code for code, name in office.wilayah.items() if _plain(name) == _plain(chosen)]
    return named[0] if len(named) == 1 else chosen.strip()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
