"""The people of a case: checks and corrections of their data, and how a letter differs from the application. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from jejak.cases.case import NOT_PRINTED, Case
from jejak.cases.decision import Actor, LoadedCase, received_on
from jejak.cases.people import newborn
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, NotYours, Refused
from jejak.privacy import nik, normalise
from jejak.privacy.person_words import PERSON_WORDS
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.timekeeping.printed.words import date_words

_NOTHING: Final = "tidak ada"
_NAMED: Final = 5
"""Characters that a refusal names."""


class Difference(NamedTuple):
    """One field in which a draft differs from the application, both as people read them."""

    what: str
    applied: str
    written: str

    @property
    def words(self) -> str:
        """The difference in one sentence, for those who sign or initial the letter."""
        return f"{self.what}: pada permohonan «{self.applied}», pada surat «{self.written}»"


def differences(case: Case, letters: Collection[str] | None = None) -> tuple[Difference, ...]:
    """Every field in which a draft of these letters differs from the application; none without a draft or without data.

    Without letters: of the newest draft.
    """
    drafts = [case.drafts[name] for name in letters if name in case.drafts] if letters is not None else [case.draft]
    contents = [draft.content for draft in drafts if draft and isinstance(draft.content, e.LetterContent)]
    return tuple(dict.fromkeys(row for content in contents for row in _differences(case, content)))


def _differences(case: Case, content: e.LetterContent) -> tuple[Difference, ...]:
    application = case.application
    if application is None or case.applied is None:
        return ()
    purpose = application.purpose if isinstance(application.purpose, str) else None
    own = (("alinea pembuka", content.opening), ("alinea penutup", content.closing))
    compared = (
        *_people_compared(case.applied, content.people),
        ("keperluan", purpose, content.purpose),
        *((what, None, " ".join(paragraphs)) for what, paragraphs in own if paragraphs),
    )
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


def check_person(who: str, person: e.Person, received: date, recorded: e.Person | None = None) -> None:
    """Malformed for an impossible NIK or KK number, or a date of birth impossible on the day of receipt.

    Only a participant who is newborn may lack a NIK (`jejak.cases.people.newborn`). What a letter cannot print is
    refused before it is stored. What stands in place of a NIK is not judged again where it is as `recorded`.
    """
    check_printable(person.name, person.birthplace, person.address, person.birth_paper)
    newborn.check_numbers(who, person, received, participant=who == "peserta")
    if recorded is None or (person.mother, person.birth_paper) != (recorded.mother, recorded.birth_paper):
        newborn.check_stand_in(who, person)
    if wrong := nik.fault_of_kk(person.kk):
        raise Malformed("kk_salah", f"Nomor KK {who} tidak benar: {wrong}. Periksa pada KK.")
    if wrong := dates.birth_date_fault(person.born, received):
        raise Malformed("lahir_salah", f"Data {who}: {wrong[0].lower()}{wrong[1:]}")


def check_printable(*texts: str | None) -> None:
    """Malformed for characters that the letters' fonts lack, at the counter as at drafting."""
    if strange := normalise.unprintable("".join(text or "" for text in texts)):
        words = " ".join(strange[:_NAMED])
        raise Malformed("huruf_tidak_tercetak", f"Tulis dengan huruf Latin; yang tidak dapat dicetak: {words}")


def draft_overtaken(case: Case, letters: Collection[str] = ()) -> bool:
    """Whether the newest draft (of these letters, where some are named) has people as before a correction.

    It is drafted anew, then signed. A correction overtakes every draft until then.
    """
    draft = case.draft_of(letters)
    return draft is not None and any((correction.draft or 0) >= draft.count for correction in case.corrections)


def people_named(event: e.AnyEvent) -> e.People | None:
    """The people that an event states; None for one that states none, and once they are forgotten.

    For readers of single events (indexes, registers): of several events of a case the newest one counts.
    """
    match event:
        case e.ApplicationSubmitted(people=e.People() as people) | e.PeopleCorrected(people=e.People() as people):
            return people
        case e.LetterDrafted(content=e.LetterContent(people=people)):
            return people
        case _:
            return None


def posts_correcting(sop: Sop) -> frozenset[str]:
    """The posts that may correct the people's data: who records for the applicant, checks, enters, or drafts."""
    turns = {who for task in sop.all_tasks() if TASKS[task.verb].corrects for who in task.pelaksana} | {sop.pemohon}
    return frozenset(post for who in turns for post in (*sop.pelaksana[who].jabatan, *sop.posts_recording(who)))


def may_correct(loaded: LoadedCase, actor: Actor) -> bool:
    """Whether this official may correct data of this case now."""
    return actor.post in posts_correcting(loaded.sop) and loaded.case.people is not None and bool(loaded.due)


def check_may_correct(sop: Sop, actor: Actor) -> None:
    """NotYours for a post that may not correct data by this sheet."""
    if actor.post not in posts_correcting(sop):
        raise NotYours(
            "bukan_tugas_anda", "Data pemohon dan peserta dikoreksi oleh petugas loket, pemeriksa, atau penyusun surat."
        )


def fields_changed(
    loaded: LoadedCase, applicant: e.Person | None, participant: e.Person | None
) -> tuple[e.People, tuple[e.CorrectedField, ...]]:
    """The people with these in place of those recorded, each given in full as is right, and the fields that differ.

    Malformed for impossible data, and for a participant that the case does not have. Refused once they are forgotten.
    """
    before = loaded.case.people
    if before is None:
        raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan; tidak ada yang dapat dikoreksi.")
    if participant is not None and before.participant is None:
        raise Malformed("peserta_tidak_ada", "Pesertanya pemohon sendiri. Koreksi datanya pada pemohon.")
    applicant = newborn.with_stand_in(before.applicant, applicant)
    participant = newborn.with_stand_in(before.participant, participant)
    given = (("pemohon", applicant, before.applicant), ("peserta", participant, before.participant))
    for who, person, recorded in given:
        if person is not None:
            check_person(who, person, received_on(loaded), recorded)
    people = before.model_copy(
        update={
            "applicant": _respaced(before.applicant, applicant),
            "participant": _respaced(before.participant, participant),
        }
    )
    if _is_one_nik(people) and not _is_one_nik(before):
        raise Malformed("nik_sama", "NIK pemohon dan peserta menjadi sama. Periksa NIK masing-masing pada KK.")
    return people, _fields_corrected(before, people)


def _is_one_nik(people: e.People) -> bool:
    return people.participant is not None and people.applicant.nik == people.participant.nik


def _respaced(before: e.Person | None, now: e.Person | None) -> e.Person | None:
    """The person as given, else as recorded; a text that is the same once normalised stays as recorded.

    A browser sends line ends of its own back, and what was stored before may have other apostrophes or blanks.
    """
    if before is None or now is None:
        return now or before
    pairs = {name: (getattr(before, name), getattr(now, name)) for name in PERSON_WORDS}
    same = {
        name: old
        for name, (old, new) in pairs.items()
        if isinstance(old, str) and normalise.field(name, old) == normalise.field(name, new)
    }
    return now.model_copy(update=same)


def corrected(
    loaded: LoadedCase, applicant: e.Person | None, participant: e.Person | None, act: e.Act
) -> e.PeopleCorrected | None:
    """What the act corrects of the people; None if all is as recorded.

    Source: UU 27/2022 Pasal 30, inaccurate personal data are corrected; with evidence or a reason, as any act. As
    `fields_changed`; also Malformed for a correction that nothing supports, and Refused for another person, and where
    the case has ended.
    """
    people, fields = fields_changed(loaded, applicant, participant)
    before, draft = loaded.case.people, loaded.case.draft
    if not fields or before is None:
        return None
    _check_correction(loaded, people, fields, act)
    printed = any(row.field not in NOT_PRINTED for row in fields)
    return e.PeopleCorrected(
        fields=fields,
        subject="peserta" if before.participant else "pemohon",
        before=before,
        people=people,
        draft=draft.count if draft and printed else None,
        note=act.note,
        evidence=act.evidence,
    )


def _fields_corrected(before: e.People, now: e.People) -> tuple[e.CorrectedField, ...]:
    pairs = (("pemohon", before.applicant, now.applicant), ("peserta", before.participant, now.participant))
    return tuple(
        e.CorrectedField.model_validate({"who": who, "field": name})
        for who, old, new in pairs
        for name in PERSON_WORDS
        if getattr(old, name, None) != getattr(new, name, None)
    )


def _check_correction(loaded: LoadedCase, people: e.People, fields: Sequence[e.CorrectedField], act: e.Act) -> None:
    """Malformed without support; Refused once nothing waits any more, and for another NIK after the main line's end.

    The first NIK of a newborn may follow then, too.
    """
    nik_too = any(row.field in ("nik", "mother", "birth_paper") for row in fields)
    known = loaded.case.people
    follows = known is not None and known.subject.nik is None and people.subject.nik is not None
    if not loaded.due:
        raise Refused(
            "sudah_berakhir",
            "Berkas ini sudah selesai; datanya tidak dikoreksi lagi. Ajukan permohonan baru bila perlu.",
        )
    if (
        nik_too
        and loaded.case.ending is not None
        and not (follows and known and known.applicant.nik == people.applicant.nik)
    ):
        raise Refused(
            "nik_tetap",
            "Berkas ini sudah diputuskan atas NIK yang diperiksa. Bila NIK itu salah, ajukan permohonan baru.",
        )
    if nik_too and not act.evidence:
        raise Malformed("bukti_perlu", "Koreksi NIK perlu dokumennya: unggah KTP atau KK yang memuat NIK yang benar.")
    if follows and known and (wrong := _first_nik_fault(known.subject, people.subject)):
        raise Malformed("nik_salah", wrong)
    if not act.evidence and not act.note:
        raise Malformed(
            "bukti_perlu",
            "Koreksi data perlu bukti: unggah dokumennya, misalnya KK baru, atau tulis alasannya di catatan.",
        )
    applied = loaded.case.applied
    for who, old, new in (
        ("pemohon", applied and applied.applicant, people.applicant),
        ("peserta", applied and applied.participant, people.participant),
    ):
        if old and new and _is_another(old, new):
            raise Refused(
                "orang_lain",
                f"NIK, nama dan tanggal lahir {who} semuanya lain dari permohonan: itu orang lain, bukan koreksi. Bila "
                "permohonannya salah orang, tarik berkas ini dan ajukan yang baru.",
            )


def _is_another(old: e.Person, new: e.Person) -> bool:
    """Whether a correction names another person: with the number, the name and the date of birth differ.

    The date of birth differs as well where it stays and the new NIK holds another one. A newborn's number is its
    mother's.
    """
    if newborn.number_of(old) == newborn.number_of(new) or old.name == new.name:
        return False
    return old.born != new.born or (old.nik is not None and new.nik is not None and bool(_born_fault(new)))


def _born_fault(person: e.Person) -> str | None:
    return next((doubt for doubt in nik.doubts(person.nik or "", person.born) if "lahir" in doubt), None)


def _first_nik_fault(before: e.Person, now: e.Person) -> str | None:
    """What is wrong with the NIK that follows for a newborn: its mother's, or of another date of birth."""
    if now.nik == before.mother:
        return "NIK ini NIK ibunya. Isi NIK bayinya sendiri, seperti pada KK yang baru."
    return _born_fault(now)
