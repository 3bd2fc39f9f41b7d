"""The access of offices to outside systems, and the envelope that every answer must have. Pure."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_SERVER_ERROR: Final = 500


class UnusableError(Exception):
    """An answer that says nothing about the person, as a code. `away`: it would be the same for any person.

    `word` is what the answer says, where an official can judge by it; `column` says of what.
    """

    def __init__(self, code: str, *, away: bool = False, column: str = "", word: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.away = away
        self.column = column
        self.word = word


class BaseAccess(BaseModel):
    """What every access has: a base URL, and limits of its use."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Timeout of one answer."""
    at_once: Annotated[int, Field(ge=1, le=50)] = 4
    """Concurrent look-ups of this office in one process."""


def accesses[A: BaseAccess](text: str, kind: type[A], *, development: bool) -> dict[str, A]:
    """Every office's access, from the JSON of a setting. ValueError with one sentence without any value."""
    try:
        given = json.loads(text)
        by_office = {office: kind.model_validate(access) for office, access in given.items()}
    except ValidationError as error:
        places = {".".join(map(str, fault["loc"])) or "?" for fault in error.errors(include_input=False)}
        wrong = ", ".join(sorted(places))
        msg = f"an office's access is malformed or incomplete: {wrong}"
        raise ValueError(msg) from None
    except (ValueError, AttributeError):
        needed = ", ".join(f'"{name}": …' for name, field in kind.model_fields.items() if field.is_required())
        msg = f'it must be JSON: {{"<kode>": {{{needed}}}}}'
        raise ValueError(msg) from None
    if not development and any(not access.url.startswith("https://") for access in by_office.values()):
        raise ValueError("an office's url must begin with https://")
    return by_office


def envelope(status: int, body: bytes, trouble: str) -> dict[str, Any]:
    """The JSON object of an answer, its names in small letters.

    UnusableError with the code `trouble` for anything else, an object that has one name twice, or a server's error: it
    comes from a proxy in between.
    """
    try:
        answer = parsed(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or status >= _SERVER_ERROR:
        raise UnusableError(trouble, away=True)
    return answer


def parsed(text: str | bytes) -> Any:
    """JSON with every name in small letters. ValueError where it is none, and where an object has one name twice."""
    return json.loads(text, object_pairs_hook=_each_once)


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    named = {name.lower(): value for name, value in pairs}
    if len(named) != len(pairs):
        raise ValueError("one name twice")
    return named
