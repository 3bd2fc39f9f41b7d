"""Cases that cannot be opened: a list leaves such a case out, and it is named, counted and logged."""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypedDict

import asyncpg
import structlog
from prometheus_client import Counter

from jejak.eventstore.types import StoredStream
from jejak.platform import ids
from jejak.platform.errors import Problem, Refused

_SENTENCE: Final = "Berkas ini tidak dapat dibaca; hubungi pengelola sistem."
UNREAD: Final = "(berkas tidak dapat dibaca)"
"""Stands for the participant's name of such a case."""
_UNAVAILABLE: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""Errors of PostgreSQL, which say nothing about the case."""

_log = structlog.get_logger()
_UNREAD: Final = Counter("jejak_cases_unread_total", "Cases that were asked for and could not be opened", ["reason"])


class UnreadRow(TypedDict):
    """The row of a case that does not open, in the lists of cases."""

    berkas: str
    kode: str
    sebab: str
    rantai: str


class Unreadable(Refused):
    """A case that exists and does not open: damaged bytes, a wrong key, an event this version does not know."""

    def __init__(self, stream: StoredStream, reason: str) -> None:
        self.case, self.office, self.reason, self.rows = stream.stream, stream.office, reason, stream.due
        super().__init__("catatan_rusak", _SENTENCE, **self.row)

    @property
    def row(self) -> UnreadRow:
        """The row of this case in a list."""
        return unread_row(self.case)


class LoadedCases[T](dict[uuid.UUID, T]):
    """The requested cases that opened; `unread` holds those that exist and did not open."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: dict[uuid.UUID, Unreadable] = {}

    def map[U](self, function: Callable[[T], U]) -> "LoadedCases[U]":
        """The result of a function for each case that opened, and the cases that did not."""
        results = LoadedCases[U]()
        results.unread |= self.unread
        results.update((case, function(loaded)) for case, loaded in self.items())
        return results

    @property
    def unread_rows(self) -> list[UnreadRow]:
        """The rows of the cases that did not open."""
        return [case.row for case in self.unread.values()]

    def get_or_raise(self, case: uuid.UUID) -> T | None:
        """The case, or None if there is none. Unreadable if it does not open."""
        if case in self.unread:
            raise self.unread[case]
        return self.get(case)


def unread_row(case: uuid.UUID) -> UnreadRow:
    """The row of a case that does not open."""
    chain = f"/cases/{case}/chain"
    return {"berkas": str(case), "kode": ids.case_code(case), "sebab": _SENTENCE, "rantai": chain}


def reason_of(error: Exception) -> str:
    """The code of why a case cannot be read. An error that says nothing about the case is raised again."""
    if isinstance(error, _UNAVAILABLE):
        raise error
    return error.code if isinstance(error, Problem) else type(error).__name__


@contextmanager
def raising_unreadable(stream: StoredStream) -> Iterator[None]:
    """Errors of the block that the stream's bytes cause are raised as Unreadable, counted and logged once."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(stream, _count_and_log(stream.stream, error)) from error


@contextmanager
def skipping_unreadable(case: uuid.UUID) -> Iterator[None]:
    """Errors of the block that the case's bytes cause end the block; they are counted and logged."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        _count_and_log(case, error)


async def load_each[T](
    streams: Iterable[StoredStream], opening: Callable[[StoredStream], Awaitable[T]]
) -> LoadedCases[T]:
    """Opens each stream; raises only errors that say nothing about the case."""
    cases = LoadedCases[T]()
    for stream in streams:
        try:
            with raising_unreadable(stream):
                cases[stream.stream] = await opening(stream)
        except Unreadable as error:
            cases.unread[stream.stream] = error
    return cases


def _count_and_log(case: uuid.UUID, error: Exception) -> str:
    reason = reason_of(error)
    _UNREAD.labels(reason).inc()
    _log.error("case_not_read", case=str(case), reason=reason)
    return reason
