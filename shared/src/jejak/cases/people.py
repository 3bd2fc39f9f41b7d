"""The people of a case: checks of their data, and where a letter differs from the application. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from jejak.cases.case import Case
from jejak.contracts import events as e
from jejak.platform.errors import Malformed
from jejak.privacy import nik
from jejak.privacy.person_words import PERSON_WORDS
from jejak.timekeeping import dates
from jejak.timekeeping.words import date_words

_NOTHING: Final = "tidak ada"


class Difference(NamedTuple):
    """One field in which a draft differs from the application, both as people read them."""

    what: str
    applied: str
    written: str

    @property
    def words(self) -> str:
        """The difference in one sentence, for those who sign or initial the letter."""
        return f"{self.what}: pada permohonan «{self.applied}», pada surat «{self.written}»"


def differences(case: Case) -> tuple[Difference, ...]:
    """Every field in which the newest draft differs from the application; none without a draft or without data."""
    application, content = case.application, case.draft.content if case.draft else None
    if application is None or isinstance(application.people, e.Forgotten) or not isinstance(content, e.LetterContent):
        return ()
    purpose = application.purpose if isinstance(application.purpose, str) else None
    compared = (*_people_compared(application.people, content.people), ("keperluan", purpose, content.purpose))
    return tuple(Difference(what, _words(old), _words(new)) for what, old, new in compared if old != new)


type _Value = str | date | None


def _people_compared(applied: e.People, written: e.People) -> Iterator[tuple[str, _Value, _Value]]:
    for who, before, now in (
        ("pemohon", applied.applicant, written.applicant),
        ("peserta", applied.participant, written.participant),
    ):
        for name, what in PERSON_WORDS.items():
            yield f"{what} {who}", getattr(before, name, None), getattr(now, name, None)


def _words(value: _Value) -> str:
    return date_words(value) if isinstance(value, date) else value or _NOTHING


def check_person(who: str, person: e.Person, received: date) -> None:
    """Malformed for an impossible NIK or KK number, or a date of birth impossible on the day of receipt."""
    if wrong := nik.fault(person.nik):
        raise Malformed("nik_salah", f"NIK {who} tidak benar: {wrong}. Periksa pada KTP atau KK.")
    if wrong := nik.fault_of_kk(person.kk):
        raise Malformed("kk_salah", f"Nomor KK {who} tidak benar: {wrong}. Periksa pada KK.")
    if wrong := dates.birth_date_fault(person.born, received):
        raise Malformed("lahir_salah", f"Data {who}: {wrong[0].lower()}{wrong[1:]}")
