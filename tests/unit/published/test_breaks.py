"""A breaking change of the contract is reported in a sentence; a compatible one passes."""

from datetime import date
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from jejak.contracts.published.breaks import listing_breaks, schema_breaks
from jejak.contracts.published.schemas import Side, schema_of

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
READS, WRITES = Side.READS, Side.WRITES


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Letter(Part):
    number: Annotated[str, Field(max_length=100)]
    sent: date


class Longer(Part):
    sent: date
    number: Annotated[str, Field(max_length=200)]


class Shorter(Part):
    number: Annotated[str, Field(max_length=200)]


class Old(Part):
    kind: Literal["new", "mutation"]
    code: Annotated[str, Field(pattern=r"^\d{4}$", min_length=4, max_length=4)]
    attempt: Annotated[int, Field(ge=1)]
    note: str | None = None
    letters: Annotated[tuple[Letter, ...], Field(min_length=1)]
    extra: dict[str, str] = Field(default_factory=dict)
    either: Letter | Longer
    pair: tuple[int, int]


def broken(new: type[BaseModel], side: Side) -> list[str]:
    return list(schema_breaks(schema_of(Old, side), schema_of(new, side), side))


def changed(**fields: Any) -> type[BaseModel]:
    """The old model with changed fields, as (type, default); None removes a field."""
    kept: dict[str, Any] = {name: (info.annotation, info) for name, info in Old.model_fields.items()}
    return create_model(
        "Old", __base__=Part, **{name: definition for name, definition in (kept | fields).items() if definition}
    )


@pytest.mark.parametrize("side", [READS, WRITES])
def test_an_unchanged_contract_breaks_no_reader(side: Side) -> None:
    assert broken(Old, side) == []


@pytest.mark.parametrize("side", [READS, WRITES])
def test_a_new_optional_field_breaks_no_reader(side: Side) -> None:
    assert broken(changed(branch=(str | None, None)), side) == []


@pytest.mark.parametrize("side", [READS, WRITES])
def test_other_descriptions_break_no_reader(side: Side) -> None:
    assert broken(changed(attempt=(Annotated[int, Field(ge=1, description="other words")], ...)), side) == []


EITHER = [
    ({"note": None}, "`note` is gone"),
    ({"attempt": (Annotated[str, Field()], ...)}, "`attempt` can no longer be integer"),
    ({"kind": (Literal["new"], ...)}, "`kind` can no longer be mutation"),
    ({"code": (Annotated[str, Field(pattern=r"^[1-9]{4}$", min_length=4, max_length=4)], ...)},
     r"`code` had the pattern ^\d{4}$ and has now ^[1-9]{4}$"),
    ({"code": (Annotated[str, Field(pattern=r"^\d{4}$", min_length=4, max_length=3)], ...)},
     "`code` had the maxLength 4 and has now 3"),
    ({"attempt": (Annotated[int, Field(ge=2)], ...)}, "`attempt` had the minimum 1 and has now 2"),
    ({"attempt": (Annotated[int, Field(ge=1, le=9)], ...)}, "`attempt` has a new maximum: 9"),
    ({"letters": (Annotated[tuple[Letter, ...], Field(min_length=2)], ...)},
     "`letters` had the minItems 1 and has now 2"),
    ({"either": (Letter | Shorter, ...)}, "`either.sent` is gone"),
    ({"pair": (tuple[int, str], ...)},
     f"`pair` had the prefixItems {[INTEGER, INTEGER]} and has now {[INTEGER, STRING]}"),
    ({"extra": (dict[str, int], Field(default_factory=dict))}, "`extra[*]` can no longer be string"),
]  # fmt: skip


@pytest.mark.parametrize("side", [READS, WRITES])
@pytest.mark.parametrize(("change", "sentence"), EITHER, ids=[sentence for _, sentence in EITHER])
def test_what_breaks_reader_and_writer_alike(change: dict[str, Any], sentence: str, side: Side) -> None:
    assert sentence in broken(changed(**change), side)


class ShorterLetter(Part):
    number: Annotated[str, Field(max_length=50)]


@pytest.mark.parametrize("side", [READS, WRITES])
def test_a_break_deep_within_is_told_with_its_place(side: Side) -> None:
    new = changed(letters=(Annotated[tuple[ShorterLetter, ...], Field(min_length=1)], ...))
    assert broken(new, side) == [
        "`letters[].number` had the maxLength 100 and has now 50",
        "`letters[].sent` is gone",
    ]


WIDER = [
    ({"kind": (Literal["new", "mutation", "other"], ...)}, "`kind` can now also be other"),
    ({"kind": (str, ...)}, "`kind` was one of mutation, new and can now be any value"),
    ({"attempt": (Annotated[int, Field(ge=1)] | None, ...)}, "`attempt` can now also be null"),
    ({"attempt": (Annotated[int, Field(ge=1)], 1)}, "`attempt` was always there and can now be missing"),
    ({"code": (Annotated[str, Field(pattern=r"^\d{4}$", min_length=4, max_length=8)], ...)},
     "`code` had the maxLength 4 and has now 8"),
    ({"code": (Annotated[str, Field(min_length=4, max_length=4)], ...)},
     r"`code` had the pattern ^\d{4}$ and has now none"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), WIDER, ids=[sentence for _, sentence in WIDER])
def test_more_than_was_promised_breaks_who_reads_and_not_who_writes(change: dict[str, Any], sentence: str) -> None:
    assert broken(changed(**change), READS) == [sentence]
    assert broken(changed(**change), WRITES) == []


STRICTER = [
    ({"branch": (str, ...)}, "`branch` is now demanded"),
    ({"note": (str, ...)}, "`note` is now demanded"),
]


@pytest.mark.parametrize(("change", "sentence"), STRICTER, ids=[sentence for _, sentence in STRICTER])
def test_what_is_newly_demanded_breaks_who_writes_and_not_who_reads(change: dict[str, Any], sentence: str) -> None:
    assert sentence in broken(changed(**change), WRITES)
    assert broken(changed(**change), READS) == []


def test_a_rule_between_fields_that_is_new_breaks_who_writes() -> None:
    class Ruled(Old):
        model_config = ConfigDict(json_schema_extra={"allOf": [{"if": {}, "then": {"required": ["note"]}}]})

    assert broken(Ruled, WRITES) == ["the whole follows other rules between its fields"]


def test_every_listed_name_must_stay() -> None:
    old = {"types": {"a": "id.a.v1", "b": "id.b.v1"}, "topics": {"facts": "x"}}
    new = {"types": {"a": "id.a.v1", "c": "id.c.v1"}, "topics": {"facts": "y"}}
    assert list(listing_breaks(old, new)) == ["types/b is gone", "topics/facts was x and is now y"]
