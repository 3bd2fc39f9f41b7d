"""A finding: how grave, of what, and the sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Literal, NamedTuple

type Severity = Literal["fault", "warning", "fine"]

MARKS: Final[dict[Severity, str]] = {"fault": "✗", "warning": "!", "fine": "✓"}
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


class Finding(NamedTuple):
    """`subject` is what was looked at (PostgreSQL, Kafka …); `text` is a sentence in Indonesian, for the operator."""

    severity: Severity
    subject: str
    text: str


class Check(NamedTuple):
    """A finding that is made where `holds`."""

    holds: bool
    severity: Severity
    text: str


def findings(subject: str, fine: str, checks: Iterable[Check]) -> list[Finding]:
    """What holds of the checks; the sentence `fine` where none does."""
    found = [Finding(check.severity, subject, check.text) for check in checks if check.holds]
    return found or [Finding("fine", subject, fine)]


def failed(found: Iterable[Finding]) -> bool:
    """Whether anything has to be mended before the installation can do its work."""
    return any(finding.severity == "fault" for finding in found)


def span_text(span: timedelta) -> str:
    """A span: in days from two on, else in hours: `3 hari`, `5 jam`."""
    return f"{span // _DAY} hari" if span >= 2 * _DAY else f"{span // _HOUR} jam"
