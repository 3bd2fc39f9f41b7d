"""By which rules BPJS answers here: read from a TOML file, decided by the submission alone. Pure but for the file.

The first rule that names a submission decides; what no rule names is never answered. Of a rule's outcomes one is taken
by its share and the submission's id, so that whoever decides again, after a restart too, decides the same.
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
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from jejak.contracts.bpjs.messages import Action, Kind, Reference, Reply, Submission, SubmissionPersonal
from jejak.contracts.bpjs.parts import Result
from jejak.contracts.parts import Funding, Name, Nik, Text
from jejak.platform import ids
from jejak.platform.settings import SettingsError
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.standard import months_after

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


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Span:
    """How much later: parts that are added one after another, "3 months 4 days" or "10 working days"."""

    parts: tuple[tuple[int, Unit], ...] = ()

    @classmethod
    def read(cls, text: object) -> Span:
        """ValueError says what is understood."""
        if not isinstance(text, str) or not _SPAN.fullmatch(text):
            raise ValueError('is not understood: write it as "10 working days", "3 months 4 days" or "2 hours"')
        units: dict[str, Unit] = {unit: unit for unit in (*_FIXED, "month", "working day")}
        return cls(tuple((int(count), units[unit]) for count, unit in re.findall(_PART, text)))

    def after(self, local: datetime, calendar: Calendar) -> datetime:
        """That much later on the calendar's wall clock; the day itself is not counted."""
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


class Said(_Closed):
    """One answer, and when: `after` the office sent it, `at` a time of that day; it comes `delay` later than that.

    `times` sends the very same answer so often. `days_before` is how long before the answer the membership began.
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


class Outcome(_Closed):
    """What becomes of a submission: its answers, none for silence. `share` is its weight among the rule's outcomes."""

    share: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    replies: tuple[Said, ...] = ()
    heeds_withdrawal: bool = True


class Match(_Closed):
    """Which submissions a rule is for: whatever is named must hold, one value of each list. Dates include both ends."""

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

    def names(self, one: Submission, personal: SubmissionPersonal, sent: date) -> bool:
        """Whether a submission is one of these; `sent` is its local day."""
        said = {
            "office": one.office.code,
            "kind": one.kind,
            "action": one.action,
            "service": one.service,
            "funding": one.funding,
            "via": one.via,
            "attempt": one.attempt,
            "nik": personal.participant.nik,
        }
        wanted: dict[str, Sequence[object]] = {name: getattr(self, name) for name in said}
        return self.sent_from <= sent <= self.sent_until and all(
            not values or said[name] in values for name, values in wanted.items()
        )


class Rule(_Closed):
    """One rule: for whom, and what may come of it."""

    match: Match = Match()
    outcome: Annotated[tuple[Outcome, ...], Field(min_length=1)]


class Rules(_Closed):
    """The file. `zone` is whose wall clock and working days its times are of."""

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
        wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
        raise SettingsError(f"{path} is not understood. " + "; ".join(wrong) + ".") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to be sent, so often, and not before an instant of the governed clock."""

    reply: Reply
    case: str
    not_before: datetime
    times: int
    heeds_withdrawal: bool


def answers(rules: Rules, one: Submission, personal: SubmissionPersonal) -> list[Answer]:
    """Everything that is ever answered to a submission, in the order of the file. The same submission, the same list.

    Identities are derived from the submission and the place in its outcome.
    """
    local = one.sent_at.astimezone(rules.calendar.tzinfo)
    rule = next((rule for rule in rules.rule if rule.match.names(one, personal, local.date())), None)
    if rule is None:
        return []
    outcome = chosen(rule.outcome, one.submission)
    return [_answer(rules, one, place, said, outcome) for place, said in enumerate(outcome.replies)]


def chosen(outcomes: Sequence[Outcome], submission: UUID) -> Outcome:
    """One of them: over many submissions each as often as its share says."""
    sums = list(accumulate(one.share for one in outcomes))
    drawn = _fraction(submission) * sums[-1]
    return next(one for one, until in zip(outcomes, sums, strict=True) if drawn < until)


def _answer(rules: Rules, one: Submission, place: int, said: Said, outcome: Outcome) -> Answer:
    calendar = rules.calendar
    local = said.after.after(one.sent_at.astimezone(calendar.tzinfo), calendar)
    if said.at is not None:
        local = datetime.combine(local.date(), said.at, tzinfo=calendar.tzinfo)
    decided = max(local, one.sent_at)
    reply = Reply(
        id=ids.derived_uuid("bpjs-simulator", one.submission, place),
        submission=one.submission,
        result=said.result,
        reason=said.reason,
        since=decided.date() - timedelta(days=said.days_before or 0) if said.result in _STATUS else None,
        reference=_reference(said.reference, one.submission, decided),
        replied_at=decided,
    )
    come = said.delay.after(decided.astimezone(calendar.tzinfo), calendar)
    return Answer(reply, one.case, come, said.times, outcome.heeds_withdrawal)


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
