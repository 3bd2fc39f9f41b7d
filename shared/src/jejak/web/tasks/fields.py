"""The fields of a task's form, by the annotations of its request body (`Ask`). Pure.

A name with `{kode}` is repeated for each item of the kind `each` (a document, a register, a letter …).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from jejak.contracts.task_bodies import EVIDENCE, HAPPENED, NOTE, Ask, Body, Choices


@dataclass(frozen=True, slots=True)
class Field(Ask):
    """A field of a form: its presentation, and its name as `jejak.web.requests.forms` reads it."""

    name: str = ""
    part: str | None = None
    """Which part of a compound field it is."""

    @classmethod
    def of(cls, name: str, ask: Ask, *, needed: bool = False, part: str | None = None) -> "Field":
        """A field of this name. `needed`: the body requires it."""
        own = {mark.name: getattr(ask, mark.name) for mark in fields(ask)}
        return cls(**own | {"name": name, "required": ask.required or needed, "part": part})

    @property
    def known(self) -> Choices:
        """The choices, once they are filled in for a case."""
        return () if isinstance(self.choices, str) else self.choices


NOTE_FIELD: Final = Field.of("catatan", NOTE)
HAPPENED_FIELD: Final = Field.of("waktu_kejadian", HAPPENED)
EVIDENCE_FIELD: Final = Field.of("BUKTI", EVIDENCE)

ELEMENTS: Final[Choices] = (
    ("NO_KK", "Nomor KK"),
    ("NAMA_LGKP", "Nama"),
    ("TMPT_LHR", "Tempat lahir"),
    ("TGL_LHR", "Tanggal lahir"),
    ("JENIS_KLMIN", "Jenis kelamin"),
    ("ALAMAT", "Alamat"),
)
"""The elements of a person in which Dukcapil may report a difference."""


def fields_of(body: type[Body]) -> tuple[Field, ...]:
    """The fields of a body in its order, then its files."""
    own = [field for name, info in body.model_fields.items() for field in _of_value(name, info)]
    return (*own, *(Field.of(name, ask) for name, ask in body.files.items()))


def _of_value(name: str, info: FieldInfo) -> Iterator[Field]:
    for ask in (mark for mark in info.metadata if isinstance(mark, Ask)):
        if not ask.parts:
            yield Field.of(f"{name}{_place(info.annotation, ask)}", ask, needed=info.is_required())
            continue
        needs = next(_models_in(info.annotation)).model_fields
        place = f"{name}[{{kode}}]" if _holds(info.annotation, tuple) else f"{name}{_place(info.annotation, ask)}"
        for part, own in ask.parts.items():
            whole = replace(own, each=ask.each, value=own.value or part, folded=ask.folded)
            yield Field.of(f"{place}.{part}", whole, needed=needs[part].is_required(), part=part)


def _place(annotation: Any, ask: Ask) -> str:
    """The suffix of a field in a collection: by key, by item, or in order."""
    if _holds(annotation, Mapping, dict):
        return ".{kode}"
    if _holds(annotation, tuple):
        return "[{kode}]" if ask.kind == "pilihan" else "[]"
    return ""


def _holds(annotation: Any, *kinds: Any) -> bool:
    """Whether the annotation is one of these kinds, alone or in a union."""
    return get_origin(annotation) in kinds or any(get_origin(part) in kinds for part in get_args(annotation))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models within an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
