"""The numbered .sql files that make the schemas, and how far a database has come along them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import metadata, resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

ENTRY_POINTS: Final = "jejak.migrations"
_STORE_MIGRATIONS: Final = resources.files("jejak.eventstore") / "migrations"
_MARK: Final = "-- concurrently\n"
_COMMENT: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)
_CONCURRENT: Final = re.compile(
    r"\s*(CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (?P<index>[a-z_0-9]+) ON|DROP INDEX CONCURRENTLY IF EXISTS)"
    r"\s[^;]+;?\s*"
)
"""One statement, which may be run again after it was interrupted."""


class MigrationError(RuntimeError):
    """A migration cannot go on: a sentence that says what to do, and the SQL for that where there is any."""

    def __init__(self, sentence: str, statements: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.statements = statements

    @property
    def text(self) -> str:
        """The sentence with its end, and a line for each statement."""
        return "\n  ".join([f"{self}{':' if self.statements else '.'}", *(f"{each};" for each in self.statements)])


class NewerDatabaseError(MigrationError):
    """The database has migrations that this version does not know."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `name` as `jejak.migration` has it, such as store/0001_eventstore.sql."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def folder(self) -> str:
        return self.name.partition("/")[0]

    @property
    def concurrent(self) -> bool:
        """Whether it is run outside of a transaction, while others write to the table."""
        return self.text.startswith(_MARK)

    @property
    def index(self) -> str | None:
        """The index that a concurrent file makes. MigrationError where it holds anything but one such statement."""
        match = _CONCURRENT.fullmatch(_COMMENT.sub("", self.text))
        if match is None:
            raise MigrationError(
                f"{self.name} is marked `concurrently`: it has to be one CREATE INDEX CONCURRENTLY IF NOT EXISTS"
                " or DROP INDEX CONCURRENTLY IF EXISTS"
            )
        return match["index"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a database has come: files still to be applied, in order, and applied ones that this version lacks."""

    behind: Sequence[Migration]
    ahead: Sequence[str]

    @classmethod
    def of(cls, applied: Mapping[str, str], files: Sequence[Migration]) -> Standing:
        """`applied`: the digest by name. MigrationError where an applied file was changed or removed since."""
        named = {file.name: file for file in files}
        last = {file.folder: file.name for file in files}
        unknown = sorted(set(applied) - set(named))
        if gone := [name for name in unknown if name < last.get(name.partition("/")[0], "")]:
            raise MigrationError(
                f"{gone[0]} had been applied to this database, and this version does not have it: make a new database"
            )
        if changed := [name for name, file in named.items() if applied.get(name, file.digest) != file.digest]:
            raise MigrationError(
                f"{changed[0]} was changed after it had been applied to this database: put the file back as it was"
            )
        return cls([file for file in files if file.name not in applied], unknown)


def installed() -> dict[str, Traversable]:
    """The folders of migrations of the packages installed here, by name: the event store's, then the services'."""
    services = sorted(metadata.entry_points(group=ENTRY_POINTS))
    return {"store": _STORE_MIGRATIONS} | {point.name: resources.files(point.value) for point in services}


def read(folders: Mapping[str, Traversable]) -> list[Migration]:
    """The files of these folders, in the order in which they are applied."""
    return [
        Migration(f"{folder}/{file.name}", file.read_text(encoding="utf-8"))
        for folder, files in folders.items()
        for file in sorted(files.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]


def known() -> list[str]:
    """The migrations that the installed code relies on, as `jejak.migration` names them."""
    return [file.name for file in read(installed())]
