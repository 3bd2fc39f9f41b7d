"""Cases that cannot be opened: such a case stops nobody who asks for many; it is named, counted and logged."""

import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import asyncpg
import structlog
from prometheus_client import Counter

from jejak import ids
from jejak.refusal import Problem, Refused
from jejak.store.types import StreamRead

_SENTENCE: Final = "Berkas ini tidak dapat dibaca; hubungi pengelola sistem."
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What says nothing about a case: PostgreSQL did not answer."""

_log = structlog.get_logger()
_UNREAD: Final = Counter("jejak_cases_unread_total", "Cases that were asked for and could not be opened", ["reason"])


class Unreadable(Refused):
    """A case that is there and does not open: damaged bytes, a wrong key, an event this version does not know."""

    def __init__(self, stream: StreamRead, reason: str) -> None:
        self.case, self.office, self.reason, self.rows = stream.stream, stream.office, reason, stream.due
        super().__init__("catatan_rusak", _SENTENCE, **self.row)

    @property
    def row(self) -> dict[str, Any]:
        """What a list says of it in the place of what it says of others."""
        chain = f"/cases/{self.case}/chain"
        return {"berkas": str(self.case), "kode": ids.case_code(self.case), "sebab": _SENTENCE, "rantai": chain}


class Found[T](dict[uuid.UUID, T]):
    """The cases that were asked for and opened; `unread` are those that are there and did not open."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: dict[uuid.UUID, Unreadable] = {}

    @property
    def unread_rows(self) -> list[dict[str, Any]]:
        """Those that did not open, as lists tell them."""
        return [one.row for one in self.unread.values()]

    def get_or_raise(self, case: uuid.UUID) -> T | None:
        """The case, or None if there is none. Unreadable if it does not open."""
        if case in self.unread:
            raise self.unread[case]
        return self.get(case)


async def open_each[T](streams: Iterable[StreamRead], opening: Callable[[StreamRead], Awaitable[T]]) -> Found[T]:
    """Opens each stream; raises only what says nothing about the case."""
    found = Found[T]()
    for stream in streams:
        try:
            found[stream.stream] = await opening(stream)
        except _AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever its bytes make a rule raise is about this case only
            reason = error.code if isinstance(error, Problem) else type(error).__name__
            _UNREAD.labels(reason).inc()
            _log.error("case_not_read", case=str(stream.stream), reason=reason)
            found.unread[stream.stream] = Unreadable(stream, reason)
    return found
