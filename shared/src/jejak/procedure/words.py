"""Values of a file in the words of an official: one Indonesian line each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel

from jejak.procedure.format.fields import KODE
from jejak.procedure.format.file import Printed, TugasFile

if TYPE_CHECKING:
    from collections.abc import Mapping

ABSENT = "(tidak ada)"


def in_words(value: object) -> str:
    """A value of a sheet. Free text stands in quotation marks; an absent value is `(tidak ada)`."""
    match value:
        case None | "" | () | frozenset():
            return ABSENT
        case bool():
            return "ya" if value else "tidak"
        case Printed():
            return _time(value)
        case date():
            return value.isoformat()
        case TugasFile():
            own = {key: entry for key, entry in value if key != "tugas" and key in value.model_fields_set}
            return f"{value.tugas} ({_pairs(own, '; ')})" if own else value.tugas
        case str():
            return value if KODE.fullmatch(value) else f"“{' '.join(value.split())}”"
        case dict():
            return _pairs(value)
        case BaseModel():
            return _pairs({key: entry for key, entry in value if key in value.model_fields_set})
        case tuple() | list():
            return ", ".join(in_words(entry) for entry in value)
        case _:
            return str(value)


def _pairs(pairs: Mapping[str, object], between: str = ", ") -> str:
    return between.join(f"{key} {in_words(value)}" for key, value in pairs.items()) or ABSENT


def _time(value: Printed) -> str:
    if value.text is not None:
        return value.text
    rows = (dict(row) for row in value.rows)
    return "; ".join(
        f"masuk sampai {row['masuk_sampai']} selesai {row['selesai']}" if "masuk_sampai" in row else row["selesai"]
        for row in rows
    )
