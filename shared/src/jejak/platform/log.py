"""Logs: JSON, one line an event, never a body and never a personal value. Lines of libraries are of the same form."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_DIGITS: Final = re.compile(r"\d{6,}")
"""Longer than a port; a NIK, a card's number or a date of birth is among them."""
_MOST_WORDS: Final = 200
_MOST_FRAMES: Final = 8

_log = structlog.get_logger()


def configure(service: str, level: str = "info") -> None:
    """Every line of this process is one JSON object on standard error, with the service's name.

    `level`, a name in LEVELS, is the least that is written. Of libraries only warnings and errors are: below that, an
    HTTP client names the address that it calls, and such an address may hold a NIK.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=max(logging.WARNING, LEVELS[level]), handlers=[_Libraries()], force=True)
    logging.captureWarnings(capture=True)
    sys.excepthook = _on_end


class _Libraries(logging.Handler):
    """Writes a line of a library as one of ours: its first line of text, and of an error its kind and place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = _without_numbers(record.getMessage())
        except Exception:  # noqa: BLE001 - a library's format and its arguments do not fit
            text = "?"
        error = record.exc_info[1] if record.exc_info else None
        _log.log(record.levelno, "library", logger=record.name, text=text, **(described(error) if error else {}))


def _without_numbers(text: str) -> str:
    """The first line, cut, without long numbers: the lines after it, or a text in it, may be made of values."""
    return _DIGITS.sub("…", text.partition("\n")[0])[:_MOST_WORDS]


def _on_end(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """The process ends by an error."""
    _log.critical("process_failed", **described(error))


def described(error: BaseException) -> dict[str, Any]:
    """What is logged of an error: its kinds, and the places it came through. Its message may hold values."""
    errors = list(leaves(error)) if isinstance(error, BaseExceptionGroup) else [error]
    return {"error": ", ".join(type(each).__name__ for each in errors), "at": places(errors[0])}


def places(error: BaseException) -> list[str]:
    """File, line and function of the last frames that an error came through, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def leaves[E: BaseException](group: BaseExceptionGroup[E]) -> Iterator[E]:
    """The errors of a group, those of groups within it included."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
