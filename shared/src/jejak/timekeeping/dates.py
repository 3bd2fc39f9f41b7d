"""The days between which a date from a person, a file or a message can lie, and a sentence for each fault.

Two layers. `Bounds` hold for every case: the field's annotation names them, and they are judged where the value
comes in from outside, never where a stored one is read again. The functions judge a date by what its case knows:
today, the day of receipt, the event before. A mistyped year is refused and nothing of it is stored. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AwareDatetime, GetCoreSchemaHandler, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from jejak.platform.errors import Malformed
from jejak.timekeeping.calendar import FIRST_DAY, LAST_DAY
from jejak.timekeeping.printed.months import months_over

JKN_BEGAN: Final = date(2014, 1, 1)
"""There were no memberships before."""
REGISTERS_BEGAN: Final = date(2005, 1, 1)
"""The first list of the poor by name (PSE 2005)."""
YEARS: Final = range(2000, 2200)
"""The years of which there can be applications, letters and registers."""
FIGURES: Final = (date(2000, 1, 1), date(2999, 12, 31))
"""The days of which there can be figures, lists and messages."""
_OLDEST: Final = 130
"""Years: no person has lived longer."""
_AHEAD: Final = timedelta(days=366)
"""How far ahead a list, an answer or a file may name what is already decided."""
_LAST: Final = date(2199, 12, 31)
_CODE: Final = "tanggal_salah"

OUTSIDE: Final[Any] = object()
"""The context of validation of what comes from outside; without it, as for stored events, `Bounds` let every day pass.
"""


class OutOfBoundsError(ValueError):
    """A date outside its bounds; the message is the sentence for its sender, without the date."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and the last day that a field can name; of a day before or after, the sentence and its code.

    `{year}` in a sentence is the year of the day.
    """

    first: date
    last: date
    early: str
    late: str
    codes: tuple[str, str] = (_CODE, _CODE)

    @classmethod
    def of(cls, what: str, first: date, last: date = _LAST, **more: Any) -> Self:
        """The bounds of a date that its sentences call `what`."""
        early, late = f"{what} terlalu lampau; periksa tahunnya.", f"{what} terlalu jauh di depan; periksa tahunnya."
        return cls(first, last, **{"early": early, "late": late, **more})

    def check(self, day: date) -> None:
        """OutOfBoundsError for a day, or an instant by its own clock, before the first or after the last."""
        day = day.date() if isinstance(day, datetime) else day
        if day < self.first:
            raise OutOfBoundsError(self.codes[0], self.early.format(year=day.year))
        if day > self.last:
            raise OutOfBoundsError(self.codes[1], self.late.format(year=day.year))

    def fault(self, day: date) -> str | None:
        """What is wrong with a day, as a sentence."""
        try:
            self.check(day)
        except OutOfBoundsError as error:
            return str(error)
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._judged, handler(source))

    def _judged(self, value: date, info: ValidationInfo) -> date:
        if info.context is OUTSIDE:
            self.check(value)
        return value


BIRTH: Final = Bounds(
    first=date(1850, 1, 1),
    last=_LAST,
    early=f"Tanggal lahir lebih dari {_OLDEST} tahun yang lalu; periksa tahunnya.",
    late="Tanggal lahir sesudah hari permohonan diterima; periksa tahunnya.",
    codes=("lahir_salah", "lahir_salah"),
)
RECEIPT: Final = Bounds.of(
    "Waktu penerimaan",
    date(YEARS.start, 1, 1),
    late="Waktu penerimaan tidak boleh di masa depan.",
    codes=("waktu_lampau", "waktu_depan"),
)
ACT: Final = Bounds.of(
    "Waktu kejadian",
    date(YEARS.start, 1, 1),
    late="Waktu kejadian tidak boleh di masa depan.",
    codes=("waktu_lampau", "waktu_depan"),
)
SIGNATURE: Final = Bounds.of(
    "Tanggal tanda tangan",
    date(YEARS.start, 1, 1),
    late="Tanggal tanda tangan tidak boleh di masa depan.",
    codes=("tanggal_lampau", "tanggal_depan"),
)
DEATH: Final = Bounds.of(
    "Tanggal meninggal",
    date(1945, 8, 17),
    late="Tanggal meninggal tidak boleh di masa depan.",
    codes=("meninggal_lampau", "meninggal_depan"),
)
"""A paper of this state shows it."""
DOCUMENT: Final = Bounds.of("Tanggal dokumen", date(1945, 8, 17), late="Tanggal dokumen tidak boleh di masa depan.")
"""Of a document that is shown at the counter."""
_BEFORE_JKN: Final = "{what} sebelum JKN ada (1 Januari 2014); periksa tahunnya."
ACTIVATION: Final = Bounds.of("Tanggal aktif", JKN_BEGAN, early=_BEFORE_JKN.format(what="Tanggal aktif"))
DEACTIVATION: Final = Bounds.of("Tanggal nonaktif", JKN_BEGAN, early=_BEFORE_JKN.format(what="Tanggal nonaktif"))
ANSWER: Final = Bounds.of("Tanggal jawaban", JKN_BEGAN)
LIST: Final = Bounds.of("Tanggal daftar", REGISTERS_BEGAN)
STATUS: Final = Bounds.of("Tanggal", JKN_BEGAN)
"""Since when a membership has the status that a message names."""
MESSAGE: Final = Bounds.of("Waktu pesan", *FIGURES)
CLOCK: Final = Bounds.of("Jam", date(YEARS.start, 1, 1), codes=("jam_salah", "jam_salah"))
FIGURE: Final = Bounds.of("Tanggal", *FIGURES, codes=("rentang_salah", "rentang_salah"))
_STRANGE_YEAR: Final = "tahun {year} tidak mungkin — periksa tahunnya"
PAPER: Final = Bounds(date(1945, 8, 17), _LAST, _STRANGE_YEAR, _STRANGE_YEAR)
"""Of sheets and kantor files."""
_NO_CALENDAR: Final = f"tahun {{year}} di luar kalender ({FIRST_DAY.year} sampai {LAST_DAY.year}) — periksa tahunnya"
OFFICE_DAY: Final = Bounds(FIRST_DAY, LAST_DAY, _NO_CALENDAR, _NO_CALENDAR)
"""A day whose hours an office sets: outside the tables of the calendar it would change nothing."""

BirthDate = Annotated[date, BIRTH]
ReceiptTime = Annotated[AwareDatetime, RECEIPT]
ActTime = Annotated[AwareDatetime, ACT]
SignatureDate = Annotated[date, SIGNATURE]
DeathDate = Annotated[date, DEATH]
DocumentDate = Annotated[date, DOCUMENT]
ActivationDate = Annotated[date, ACTIVATION]
DeactivationDate = Annotated[date, DEACTIVATION]
StatusDate = Annotated[date, STATUS]
AnswerTime = Annotated[AwareDatetime, ANSWER]
FigureDay = Annotated[date, FIGURE]
ClockTime = Annotated[AwareDatetime, CLOCK]


def out_of_bounds(error: ValidationError) -> OutOfBoundsError | None:
    """The first date outside its bounds among the faults of a validation."""
    contexts: Iterable[Any] = (fault.get("ctx", {}) for fault in error.errors(include_input=False, include_url=False))
    causes = (context.get("error") for context in contexts)
    return next((cause for cause in causes if isinstance(cause, OutOfBoundsError)), None)


def birth_date_fault(day: date, on: date) -> str | None:
    """What is wrong with a date of birth on the day an application is received, or a list was made."""
    if day > on:
        return BIRTH.late
    return BIRTH.early if months_over(day, 12 * _OLDEST, on) else None


def receipt_date_fault(day: date, today: date, months: int) -> str | None:
    """What is wrong with a day of receipt; an office dates back by so many months at most."""
    if day > today:
        return RECEIPT.late
    return RECEIPT.fault(day) or (RECEIPT.early if months_over(day, months, today) else None)


def stored_receipt(claimed: datetime, recorded: datetime) -> datetime:
    """When an application was received, to judge by: a stored claim that cannot be counts as the time of its record."""
    if claimed > recorded or RECEIPT.fault(claimed):
        return recorded
    return claimed


def act_date_fault(day: date, after: date) -> str | None:
    """What is wrong with the day of an outside act, after the act that it follows."""
    if day < after:
        return f"Waktu kejadian mendahului peristiwa sebelumnya ({after:%d-%m-%Y}); periksa tahunnya."
    return None


def status_date_fault(day: date, what: str) -> str | None:
    """What is wrong with the day since when a membership has its status: `what` begins the sentence.

    The future is for the caller to judge: a day to come is a promise.
    """
    return _BEFORE_JKN.format(what=what) if day < JKN_BEGAN else None


def deactivation_date_fault(day: date, today: date) -> str | None:
    """What is wrong with a day of deactivation in the past."""
    return "Tanggal nonaktif masih di depan; periksa tahunnya." if day > today else DEACTIVATION.fault(day)


def future_date_fault(day: date, made: date, what: str) -> str | None:
    """What is wrong with a day in a list or an answer made on another; it may lie a year ahead."""
    if is_far_ahead(day, made):
        return f"{what} terlalu jauh di depan; periksa tahunnya."
    return status_date_fault(day, what)


def is_far_ahead(day: date, made: date) -> bool:
    """Whether a day lies further ahead than what is already decided on the day a file was made."""
    return day.toordinal() > made.toordinal() + _AHEAD.days


def signature_date_fault(day: date, received_on: date, today: date) -> str | None:
    """What is wrong with the day of a signature by pen."""
    if day > today:
        return SIGNATURE.late
    return "Tanggal tanda tangan mendahului penerimaan permohonan; periksa tahunnya." if day < received_on else None


def document_date_fault(day: date, what: str, checked_on: date) -> str | None:
    """What is wrong with the date of a document, which `what` names, on the day that it is checked."""
    if day > checked_on:
        return f"Tanggal {what} sesudah hari pemeriksaannya ({checked_on:%d-%m-%Y}); periksa tahunnya."
    return DOCUMENT.fault(day)


def list_date_fault(as_of: date, today: date) -> str | None:
    """What is wrong with the day a list is of."""
    return "Tanggal daftar masih di depan; periksa tahunnya." if as_of > today else LIST.fault(as_of)


def query_range_fault(first: date, last: date) -> str | None:
    """What is wrong with the first and last day of figures."""
    if first > last:
        return "Tanggal awal harus sebelum tanggal akhir."
    if FIGURE.fault(first) or FIGURE.fault(last):
        return f"Tahun harus dari {FIGURES[0].year} sampai {FIGURES[1].year}."
    return None


def typed_day(text: str, bounds: Bounds) -> date:
    """A date that was typed, year first. ValueError for none, and for one outside its bounds."""
    day = date.fromisoformat(text)
    bounds.check(day)
    return day


def typed_instant(text: str, bounds: Bounds) -> datetime:
    """An instant that was typed, with its zone. ValueError for none, without a zone, and for one outside its bounds."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has a zone")
    bounds.check(at)
    return at


def cursor_instant(text: str) -> datetime:
    """The instant in a page's own cursor. ValueError without a zone, or outside the years that a ledger can hold."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has a zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant lies in the years 1 to 9999") from None


def check(fault: str | None, code: str = _CODE) -> None:
    """Malformed for a fault of the above functions."""
    if fault is not None:
        raise Malformed(code, fault)
