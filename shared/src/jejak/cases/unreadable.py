"""Cases that cannot be opened: such a case stops nobody who asks for many; it is named, counted and logged."""

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
"""In the place of the name of whom such a case is about."""
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What says nothing about a case: PostgreSQL did not answer."""

_log = structlog.get_logger()
_UNREAD: Final = Counter("jejak_cases_unread_total", "Cases that were asked for and could not be opened", ["reason"])


class UnreadRow(TypedDict):
    """What a list says of a case that does not open."""

    berkas: str
    kode: str
    sebab: str
    rantai: str


class Unreadable(Refused):
    """A case that is there and does not open: damaged bytes, a wrong key, an event this version does not know."""

    def __init__(self, stream: StoredStream, reason: str) -> None:
        self.case, self.office, self.reason, self.rows = stream.stream, stream.office, reason, stream.due
        super().__init__("catatan_rusak", _SENTENCE, **self.row)

    @property
    def row(self) -> UnreadRow:
        """What a list says of it in the place of what it says of others."""
        return unread_row(self.case)


class LoadedCases[T](dict[uuid.UUID, T]):
    """The cases that were asked for and opened; `unread` are those that are there and did not open."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: dict[uuid.UUID, Unreadable] = {}

    def each[U](self, said: Callable[[T], U]) -> "LoadedCases[U]":
        """What is said of each that opened, with those that did not."""
        found = LoadedCases[U]()
        found.unread |= self.unread
        found.update((case, said(one)) for case, one in self.items())
        return found

    @property
    def unread_rows(self) -> list[UnreadRow]:
        """Those that did not open, as lists tell them."""
        return [one.row for one in self.unread.values()]

    def get_or_raise(self, case: uuid.UUID) -> T | None:
        """The case, or None if there is none. Unreadable if it does not open."""
        if case in self.unread:
            raise self.unread[case]
        return self.get(case)


def unread_row(case: uuid.UUID) -> UnreadRow:
    """What a list says of a case that does not open."""
    chain = f"/cases/{case}/chain"
    return {"berkas": str(case), "kode": ids.case_code(case), "sebab": _SENTENCE, "rantai": chain}


def reason_of(error: Exception) -> str:
    """Why a case cannot be read, as a code. The error itself is raised where it says nothing about the case."""
    if isinstance(error, _AWAY):
        raise error
    return error.code if isinstance(error, Problem) else type(error).__name__


@contextmanager
def raising_unreadable(stream: StoredStream) -> Iterator[None]:
    """Whatever the bytes of this stream make a rule raise within is raised as Unreadable, counted and logged once."""
    try:
        yield
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(stream, _noted(stream.stream, error)) from error


@contextmanager
def skipping_unreadable(case: uuid.UUID) -> Iterator[None]:
    """Whatever the bytes of this case make a rule raise within ends the block, is counted and logged, and no more."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        _noted(case, error)


async def load_each[T](
    streams: Iterable[StoredStream], opening: Callable[[StoredStream], Awaitable[T]]
) -> LoadedCases[T]:
    """Opens each stream; raises only what says nothing about the case."""
    found = LoadedCases[T]()
    for stream in streams:
        try:
            with raising_unreadable(stream):
                found[stream.stream] = await opening(stream)
        except Unreadable as one:
            found.unread[stream.stream] = one
    return found


def _noted(case: uuid.UUID, error: Exception) -> str:
    reason = reason_of(error)
    _UNREAD.labels(reason).inc()
    _log.error("case_not_read", case=str(case), reason=reason)
    return reason
