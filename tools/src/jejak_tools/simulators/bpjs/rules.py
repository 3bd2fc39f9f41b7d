"""The rules by which the simulated BPJS answers, from a TOML file. Pure but for the file.

The first rule that matches a submission decides; without one there is no answer. One of the rule's outcomes is chosen
by its share and the submission's id, so that the decision is the same after a restart.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from jejak.contracts.bpjs.messages import Action, Kind, Reference, Reply, Submission, SubmissionPersonal
from jejak.contracts.bpjs.parts import Result
from jejak.contracts.parts import Funding, Name, Nik, Part, Text
from jejak.platform import ids
from jejak.platform.settings import SettingsError
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.months import months_after

DEFAULT: Final = Path(__file__).parents[2] / "stories" / "bpjs.toml"

type Unit = Literal["minute", "hour", "day", "week", "month", "working day"]

_PART: Final = r"(\d{1,4}) (working day|minute|hour|day|week|month)s?"
_SPAN: Final = re.compile(rf"{_PART}( {_PART})*")
_FIXED: Final[Mapping[Unit, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_NUMBERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Span:
    """A delay: parts that are added one after another, "3 months 4 days" or "10 working days"."""

    parts: tuple[tuple[int, Unit], ...] = ()

    @classmethod
    def read(cls, text: object) -> Span:
        """Parses a delay. ValueError shows the forms."""
        if not isinstance(text, str) or not _SPAN.fullmatch(text):
            raise ValueError('is not understood: write it as "10 working days", "3 months 4 days" or "2 hours"')
        units: dict[str, Unit] = {unit: unit for unit in (*_FIXED, "month", "working day")}
        return cls(tuple((int(count), units[unit]) for count, unit in re.findall(_PART, text)))

    def after(self, local: datetime, calendar: Calendar) -> datetime:
        """The time after the delay on the calendar's wall clock; the day itself is not counted."""
        for count, unit in self.parts:
            if unit == "month":
                local = datetime.combine(months_after(local.date(), count), local.timetz())
            elif unit == "working day":
                day = calendar.add_working_days(local.date(), count) if count else local.date()
                local = datetime.combine(day, local.timetz())
            else:
                local += count * _FIXED[unit]
        return local


def _clock(text: object) -> object:
    return time.fromisoformat(text) if isinstance(text, str) else text


def _makes_references(template: str) -> str:
    _REFERENCE.validate_python(_filled(template, date.min, 0))
    return template


_REFERENCE: Final[TypeAdapter[str]] = TypeAdapter(Reference)
_Span = Annotated[Span, BeforeValidator(Span.read)]
_Time = Annotated[time, BeforeValidator(_clock)]


class PlannedReply(Part):
    """An answer and its time: `after` the submission, `at` a time of that day; it arrives `delay` later.

    `times` repeats the same answer. `days_before` is how long before the answer the membership began or ended.
    """

    result: Result
    after: _Span
    at: _Time | None = None
    delay: _Span = Span()
    reason: Text | None = None
    reference: Annotated[str, AfterValidator(_makes_references)] | None = None
    days_before: Annotated[int, Field(ge=0)] | None = None
    times: Annotated[int, Field(ge=1, le=100)] = 1

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.result in ("mend", "rejected")) != (self.reason is not None):
            raise ValueError("reason goes with mend and rejected, and is required there")
        if self.days_before is not None and self.result not in ("active", "ended"):
            raise ValueError("days_before goes with active and ended only")
        return self


class Outcome(Part):
    """The answers to a submission, none for silence. `share` is the weight among the rule's outcomes."""

    share: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    replies: tuple[PlannedReply, ...] = ()
    heeds_withdrawal: bool = True


class Match(Part):
    """The submissions of a rule: each given list must have the submission's value. Dates include both ends."""

    office: tuple[Name, ...] = ()
    kind: tuple[Kind, ...] = ()
    action: tuple[Action, ...] = ()
    service: tuple[Name, ...] = ()
    funding: tuple[Funding, ...] = ()
    via: tuple[Name, ...] = ()
    attempt: tuple[int, ...] = ()
    nik: tuple[Nik, ...] = ()
    sent_from: date = date.min
    sent_until: date = date.max

    def names(self, submission: Submission, personal: SubmissionPersonal, sent: date) -> bool:
        """Whether a submission matches; `sent` is its local day."""
        actual = {
            "office": submission.office.code,
            "kind": submission.kind,
            "action": submission.action,
            "service": submission.service,
            "funding": submission.funding,
            "via": submission.via,
            "attempt": submission.attempt,
            "nik": personal.participant.nik,
        }
        allowed: dict[str, Sequence[object]] = {name: getattr(self, name) for name in actual}
        return self.sent_from <= sent <= self.sent_until and all(
            not values or actual[name] in values for name, values in allowed.items()
        )


class Rule(Part):
    """One rule: its submissions, and their possible outcomes."""

    match: Match = Match()
    outcome: Annotated[tuple[Outcome, ...], Field(min_length=1)]


class Rules(Part):
    """The file. `zone` is the zone of its times and working days."""

    zone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] = "Asia/Jakarta"
    rule: tuple[Rule, ...] = ()

    @property
    def calendar(self) -> Calendar:
        return _calendar(self.zone)


@lru_cache(maxsize=3)
def _calendar(zone: str) -> Calendar:
    return Calendar.always(zone)


def read(path: Path) -> Rules:
    """The rules in a file. SettingsError names the place of every mistake."""
    try:
        return Rules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"The rules in {path} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}.") from None
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise SettingsError(f"{path} is not understood. " + "; ".join(wrong) + ".") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to be sent `times` times, not before an instant of the governed clock."""

    reply: Reply
    case: str
    not_before: datetime
    times: int
    heeds_withdrawal: bool


def answers(rules: Rules, submission: Submission, personal: SubmissionPersonal) -> list[Answer]:
    """All answers to a submission, in the order of the file; the same for the same submission.

    Identities derive from the submission and the place in its outcome.
    """
    local = submission.sent_at.astimezone(rules.calendar.tzinfo)
    rule = next((rule for rule in rules.rule if rule.match.names(submission, personal, local.date())), None)
    if rule is None:
        return []
    outcome = chosen(rule.outcome, submission.submission)
    return [_answer(rules, submission, place, reply, outcome) for place, reply in enumerate(outcome.replies)]


def chosen(outcomes: Sequence[Outcome], submission: UUID) -> Outcome:
    """One of the outcomes: over many submissions each has its share."""
    sums = list(accumulate(outcome.share for outcome in outcomes))
    drawn = _fraction(submission) * sums[-1]
    return next(outcome for outcome, until in zip(outcomes, sums, strict=True) if drawn < until)


def _answer(rules: Rules, submission: Submission, place: int, planned: PlannedReply, outcome: Outcome) -> Answer:
    calendar = rules.calendar
    local = planned.after.after(submission.sent_at.astimezone(calendar.tzinfo), calendar)
    if planned.at is not None:
        local = datetime.combine(local.date(), planned.at, tzinfo=calendar.tzinfo)
    decided = max(local, submission.sent_at)
    reply = Reply(
        id=ids.derived_uuid("bpjs-simulator", submission.submission, place),
        submission=submission.submission,
        result=planned.result,
        reason=planned.reason,
        since=decided.date() - timedelta(days=planned.days_before or 0) if planned.result in _STATUS else None,
        reference=_reference(planned.reference, submission.submission, decided),
        replied_at=decided,
    )
    come = planned.delay.after(decided.astimezone(calendar.tzinfo), calendar)
    return Answer(reply, submission.case, come, planned.times, outcome.heeds_withdrawal)


_STATUS: Final = ("active", "ended")


def _reference(template: str | None, submission: UUID, decided: datetime) -> str | None:
    if template is None:
        return None
    number = int(_fraction(submission) * _NUMBERS)
    return _filled(template, decided.date(), number)


def _filled(template: str, day: date, number: int) -> str:
    return template.replace("{date}", day.isoformat()).replace("{number}", f"{number:04}")


def _fraction(submission: UUID) -> float:
    """From 0 up to 1, spread evenly over submissions."""
    return int.from_bytes(hashlib.sha256(submission.bytes).digest()[:6]) / 2**48
