"""The people of a case: whether somebody who is named can be, and where a letter names them otherwise. Pure."""

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
    """One thing that a draft says otherwise than the application, each as people read it."""

    what: str
    applied: str
    written: str

    @property
    def words(self) -> str:
        """In one sentence for whoever puts his name to the letter."""
        return f"{self.what}: pada permohonan «{self.applied}», pada surat «{self.written}»"


def differences(case: Case) -> tuple[Difference, ...]:
    """All that the newest draft says otherwise than the application; nothing where there is no draft or no data."""
    application, said = case.application, case.draft.content if case.draft else None
    if application is None or isinstance(application.people, e.Forgotten) or not isinstance(said, e.LetterContent):
        return ()
    return tuple(_differences(application.people, said.people)) + _otherwise(
        "keperluan", application.purpose if isinstance(application.purpose, str) else None, said.purpose
    )


def _differences(applied: e.People, written: e.People) -> Iterator[Difference]:
    for who, before, now in (
        ("pemohon", applied.applicant, written.applicant),
        ("peserta", applied.participant, written.participant),
    ):
        for name, what in PERSON_WORDS.items():
            yield from _otherwise(f"{what} {who}", getattr(before, name, None), getattr(now, name, None))


def _otherwise(what: str, applied: str | date | None, written: str | date | None) -> tuple[Difference, ...]:
    return () if applied == written else (Difference(what, _shown(applied), _shown(written)),)


def _shown(value: str | date | None) -> str:
    return date_words(value) if isinstance(value, date) else value or _NOTHING


def check_person(who: str, person: e.Person, received: date) -> None:
    """Malformed for a NIK or KK number that cannot be one, or a date of birth that nobody has on the day of receipt."""
    if wrong := nik.fault(person.nik):
        raise Malformed("nik_salah", f"NIK {who} tidak benar: {wrong}. Periksa pada KTP atau KK.")
    if wrong := nik.fault_of_kk(person.kk):
        raise Malformed("kk_salah", f"Nomor KK {who} tidak benar: {wrong}. Periksa pada KK.")
    if wrong := dates.birth_date_fault(person.born, received):
        raise Malformed("lahir_salah", f"Data {who}: {wrong[0].lower()}{wrong[1:]}")
