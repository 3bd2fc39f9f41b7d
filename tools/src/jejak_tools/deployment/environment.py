"""Every setting, as `deploy/environment.toml` declares it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jejak.platform.settings import SERVICES

type Reader = Literal[
    "intake", "verification", "approval", "letters", "bpjs_sync", "ledger", "relay",
    "migrate", "commands", "caddy", "up", "simulator",
]  # fmt: skip
type Kind = Literal["text", "choice", "integer", "seconds", "mapping", "json", "file", "folder", "key", "password"]

LOGINS: Final = (*SERVICES, "ledger")
PROCESSES: Final = (*LOGINS, "relay")
READERS: Final[tuple[str, ...]] = get_args(Reader.__value__)
_FAMILIES: Final = {"{LOGIN}": LOGINS, "{PROCESS}": PROCESSES}
_SECRET_KINDS: Final = frozenset({"key", "password"})


class EnvironmentTableError(Exception):
    """The table contradicts itself; the message is one sentence a fault, each with the name of the setting."""


class Setting(BaseModel):
    """One variable of the environment: who reads it, and how.

    `default` is the value of an unset variable, as one would write it. `empty` is a secret's value where there is none,
    such as the access of no office. `own`: each process has its own secret. `library` names the package that reads it,
    where none of ours does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    readers: frozenset[Reader] = Field(min_length=1)
    kind: Kind = "text"
    meaning: str
    why: str | None = None
    choices: tuple[str, ...] = ()
    default: str | None = None
    empty: str | None = None
    example: str | None = None
    required: bool = False
    secret: bool = False
    own: bool = False
    library: str | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        contradictions = {
            "is a secret, so it has no default: one that works would be everybody's": self.secret
            and self.default is not None,
            "is required, so it has no default": self.required and self.default is not None,
            "is `own`, which only a secret is": self.own and not self.secret,
            "has an empty value, which only a secret has": self.empty is not None and not self.secret,
            "has a default that is none of its choices": self.kind == "choice"
            and self.default is not None
            and self.default not in self.choices,
        }
        if wrong := [sentence for sentence, holds in contradictions.items() if holds]:
            raise ValueError("; ".join(wrong))
        return self


class Group(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    settings: tuple[Setting, ...]


def read(path: Path) -> Sequence[Group]:
    """The groups of the table in their order. EnvironmentTableError where it contradicts itself."""
    groups = load(path)
    faults = list(_repeated(groups))
    made: list[Group] = []
    for group in groups.values():
        settings: list[Setting] = []
        for fields in _declared(group):
            try:
                settings.append(Setting.model_validate(fields))
            except ValidationError as error:
                faults += [f"{fields['name']}: {sentence_of(fault)}." for fault in error.errors()]
        made.append(Group(title=group["title"], settings=tuple(settings)))
    if faults:
        raise EnvironmentTableError("\n".join(faults))
    return made


def load(path: Path) -> dict[str, Any]:
    """The tables of a file. EnvironmentTableError where it is no TOML, such as where it declares a table twice."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EnvironmentTableError(f"{path.name} is no TOML: {error}.") from None


def settings_of(groups: Sequence[Group]) -> Mapping[str, Setting]:
    """Every setting by its name."""
    return {setting.name: setting for group in groups for setting in group.settings}


def read_by(groups: Sequence[Group], reader: str) -> Mapping[str, Setting]:
    """The settings of one process or program."""
    return {name: setting for name, setting in settings_of(groups).items() if reader in setting.readers}


def _declared(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each setting of a group, a family as its members."""
    for name, given in group.items():
        if not isinstance(given, dict):
            continue
        fields = {key: value for key, value in given.items() if key != "for"}
        kind = fields.get("kind", "choice" if "choices" in fields else "text")
        fields |= {"kind": kind, "readers": given.get("for", group.get("for", []))}
        fields["secret"] = fields.get("secret", kind in _SECRET_KINDS)
        family = next((key for key in _FAMILIES if key in name), None)
        for member in _FAMILIES[family] if family else [None]:
            yield _of_member(fields | {"name": name}, family, member)


def _of_member(fields: dict[str, Any], family: str | None, member: str | None) -> dict[str, Any]:
    """A setting, or one of a family: `for = ["own"]` are the processes with this login."""
    readers = [reader for name in fields["readers"] for reader in _readers(name, member)]
    if family is None or member is None:
        return fields | {"readers": readers}
    login = "ledger" if member == "relay" else member
    filled = {family: member.upper(), "{login}": login, "{host}": member.replace("_", "-")}
    texts = {key: fill(value, filled) for key, value in fields.items() if isinstance(value, str)}
    return fields | texts | {"readers": readers}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with a value for each place, such as {LOGIN}."""
    for place, value in values.items():
        text = text.replace(place, value)
    return text


def _readers(name: str, member: str | None) -> Sequence[str]:
    match name, member:
        case "processes", _:
            return PROCESSES
        case "own", str() as login:
            return [login, "relay"] if login == "ledger" else [login]
        case _:
            return [name]


def _repeated(groups: Mapping[str, Any]) -> Iterator[str]:
    names = [setting["name"] for group in groups.values() for setting in _declared(group)]
    yield from sorted({f"{name} is declared twice." for name in names if names.count(name) > 1})


def sentence_of(fault: Any) -> str:
    """What one fault of Pydantic says, behind its place."""
    place = ".".join(str(part) for part in fault["loc"])
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {text}" if place else text
