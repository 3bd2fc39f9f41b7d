"""What stands in a file, as an official would say it: values in one Indonesian line each."""

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
    """A value of a sheet. Free text stands in quotation marks; what is absent is said to be."""
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
            return task_in_words(value)
        case str():
            return value if KODE.fullmatch(value) else f"“{' '.join(value.split())}”"
        case dict():
            return _pairs(value)
        case BaseModel():
            return _pairs(
                {key: getattr(value, key) for key in type(value).model_fields if key in value.model_fields_set}
            )
        case tuple() | list():
            return ", ".join(in_words(entry) for entry in value)
        case _:
            return str(value)


def task_in_words(task: TugasFile) -> str:
    """A task by its verb, with what it says of its own."""
    own = {
        key: getattr(task, key) for key in type(task).model_fields if key != "tugas" and key in task.model_fields_set
    }
    return f"{task.tugas} ({_pairs(own, '; ')})" if own else task.tugas


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
