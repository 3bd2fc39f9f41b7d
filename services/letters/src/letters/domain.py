"""The decisions of letters: the content of a draft, the signer, revocation. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case, CompletedTask, OpenedEvent
from jejak.cases.decision import Decision, LoadedCase, received_on
from jejak.cases.event_descriptions import fields_in_words
from jejak.cases.newer_findings import changed_findings, ended_by_finding
from jejak.cases.people.participants import check_printable, corrected, draft_overtaken, fields_changed
from jejak.cases.people.signers import able_signers, signer_before, signer_named, signing_posts
from jejak.cases.positions import letters_drafted
from jejak.contracts import events as e
from jejak.contracts.task_bodies import MENDED
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.documents import fact_in_words, facts_named
from jejak.procedure.letter import Letter
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official
from jejak.procedure.office.signing import signing_form
from jejak.timekeeping import dates

NO: Final = ("tolak", "kembalikan")
"""Targets of outcomes that end a case without what was asked for."""
_PERSONAL_NUMBER: Final = re.compile(r"\d(?:[ .,/_-]?\d){12,15}(?!\d)")
"""As long as a NIK, a KK or a card number, however it is grouped."""


def content(
    loaded: LoadedCase,
    changes: Mapping[str, object],
    *,
    refuses: bool,
    people: e.People | None = None,
    letters: Collection[str] = (),
) -> e.LetterContent:
    """The content of the letter: the people of the case, look-ups and application, with the drafter's changes of text.

    Starts from the newest draft of these letters, so that a correction changes only what is wrong, unless one refuses
    and the other does not. `people`: as they are with a correction of this very act. Malformed for a letter of refusal
    without a reason, and for reasons on any other.
    """
    named, application = people or loaded.case.people, loaded.case.application
    if application is None or named is None:
        raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan; surat tidak dapat dibuat.")
    draft = loaded.case.draft_of(letters)
    before = draft.content if draft else None
    if not isinstance(before, e.LetterContent) or bool(before.refusal) != refuses:
        purpose = application.purpose if isinstance(application.purpose, str) else None
        refusal = refusal_reasons(loaded) if refuses else ()
        before = e.LetterContent(people=named, purpose=purpose, refusal=refusal)
    content = before.model_copy(update={**changes, "people": named, **_found(loaded)})
    content = content.model_copy(update={"facts": _facts_printed(loaded, letters, content)})
    if refuses and not content.refusal:
        raise Malformed("alasan_perlu", "Surat penolakan perlu alasan: isi alasan.")
    if content.refusal and not refuses:
        raise Malformed("bukan_penolakan", "Alasan penolakan hanya ada pada surat penolakan.")
    return content


def _found(loaded: LoadedCase) -> dict[str, object]:
    """What the look-ups found about the participant as he is recorded now; a new draft never keeps older findings."""
    case = loaded.case
    return {
        "deactivated_on": case.membership.deactivated_on if case.membership else None,
        "desil": next((listing.desil for listing in case.listings if listing.desil is not None), None),
        "register_numbers": dict(case.register_numbers),
        "basis": rules_met(case, loaded.sop),
    }


def _facts_printed(
    loaded: LoadedCase, letters: Collection[str], content: e.LetterContent
) -> dict[str, e.DocumentFacts]:
    """What was recorded of the documents that the sheet's words on these letters name; Refused where it was not."""
    facts, sop = loaded.case.facts, loaded.sop
    named = facts_named(text for name in letters for text in _own_words(loaded.case, sop.surat[name], content))
    if missing := [row for row in named if fact_in_words(facts, row) is None]:
        words = ", ".join(f"{row.fact} {sop.persyaratan[row.document].nama}" for row in missing)
        raise Refused(
            "belum_dicatat",
            f"Surat ini menyebut {words}, yang belum dicatat pada pemeriksaan dokumen. Tulis alineanya dengan kata "
            "sendiri, atau kembalikan berkasnya ke pemeriksaan dokumen.",
        )
    return {row.document: facts[row.document] for row in named}


def _own_words(case: Case, letter: Letter, content: e.LetterContent) -> tuple[str, ...]:
    """The sheet's paragraphs that the letter prints, as `letters.printing.wording` chooses them."""
    if letter.jenis != "penolakan" and is_refusal(case, letter):
        return ()
    opening = () if content.opening else letter.pembuka
    closing = () if content.closing else (*letter.isi, *letter.penutup)
    return (*opening, *closing, *letter.menimbang, *letter.memutuskan)


def corrected_by_drafter(
    loaded: LoadedCase, applicant: e.Person | None, participant: e.Person | None, act: e.Act
) -> e.PeopleCorrected | None:
    """What the drafter corrects of the people with the letter, which names those of the case, and no others.

    Refused for what tells who a person is, and for what a look-up of this case depends on: that is corrected in the
    case, and looked up again before it is written. Otherwise as `jejak.cases.people.participants.corrected`.
    """
    _, fields = fields_changed(loaded, applicant, participant)
    about = "peserta" if loaded.case.people and loaded.case.people.participant else "pemohon"
    looked_up = frozenset[str]().union(*(TASKS[done.tugas].looks_at for done in loaded.case.completed))
    fixed = [row for row in fields if row.field not in MENDED or (row.who == about and row.field in looked_up)]
    if fixed:
        raise Refused(
            "data_berkas",
            f"Surat memakai data berkas: {fields_in_words(fixed)} tidak diganti di sini. Koreksi datanya pada berkas "
            f"(/cases/{loaded.case.id}/koreksi) dengan bukti; yang sudah dicek dengan data lama lalu dicek lagi.",
        )
    return corrected(loaded, applicant, participant, act)


def is_refusal(case: Case, letter: Letter) -> bool:
    """Whether a letter says no: of a case refused or returned each does, else the sheet's letter of refusal."""
    return letter.jenis == "penolakan" or _ended_with_no(case)


def is_overtaken(case: Case, letters: Collection[str] = ()) -> bool:
    """Whether the newest draft is not to be signed: the people were corrected since, or it says yes after a refusal.

    `letters`: of these letters, where they are drafted apart.
    """
    if draft_overtaken(case, letters):
        return True
    draft = case.draft_of(letters)
    content = draft.content if draft else None
    return isinstance(content, e.LetterContent) and not content.refusal and _ended_with_no(case)


def refusal_reasons(loaded: LoadedCase) -> tuple[str, ...]:
    """The reasons of a refusal in the order to be printed; empty where none was given.

    The rules that were not met; else the sheet's own words for the outcome, and the note of the official who gave it.
    Of a case that goes on, for the sheet's own letter of refusal: those of the latest no in any line.
    """
    case = loaded.case
    denied = tuple(rule.text for rule in case.denied)
    if by_finding := ended_by_finding(loaded.sop, case):
        message = engine.citizen_message(loaded.sop, by_finding[0], loaded.names)
        return (message,) if message else ()
    last = _ended_by(case) if _ended_with_no(case) else _latest_no(loaded)
    if last is None or (denied and TASKS[last.tugas].automatic == "rules"):
        return denied
    note = next((getattr(event.data, "note", None) for event in reversed(loaded.history) if _ends(event, last)), None)
    reasons = (engine.citizen_message(loaded.sop, last, loaded.names), note)
    return tuple(dict.fromkeys(text for text in reasons if isinstance(text, str)))


def _ended_by(case: Case) -> CompletedTask | None:
    return next((done for done in reversed(case.completed) if done.slot == MAIN), None)


def _latest_no(loaded: LoadedCase) -> CompletedTask | None:
    """The last refusal that stands: of a follow-up, or led on by the sheet to the step that makes the letter.

    A draft that is sent back is no refusal of the applicant, nor is an answer that another took the place of.
    """
    latest = {done[:3]: done for done in loaded.case.completed}
    refused = (done for done in reversed(loaded.case.completed) if done is latest[done[:3]] and _says_no(loaded, done))
    return next(refused, None)


def _says_no(loaded: LoadedCase, done: CompletedTask) -> bool:
    if done.tugas == COMPLETE or TASKS[done.tugas].targets.get(done.hasil) not in NO:
        return False
    return engine.target_of(loaded.sop, done, loaded.names).kind not in ("konsep", "pemohon", "tunggu")


def _ends(event: OpenedEvent, done: CompletedTask) -> bool:
    return (event.slot, event.langkah, event.tugas, event.hasil) == done[:4]


def _ended_with_no(case: Case) -> bool:
    return case.ending is not None and case.ending.kind in NO


def check_letters(content: e.LetterContent) -> None:
    """Malformed for characters that the letter's fonts lack: refused when drafting rather than when signing.

    And for a NIK, KK or card number in the drafter's own paragraphs: the letter names the people of the case itself.
    """
    check_printable(content.model_dump_json())
    for text in (*(content.opening or ()), *(content.closing or ()), content.purpose or ""):
        if _PERSONAL_NUMBER.search(text):
            raise Malformed(
                "nomor_di_alinea",
                "Alinea surat tidak memuat NIK, nomor KK atau nomor kartu: surat mencetak data orangnya sendiri.",
            )


def rules_met(case: Case, sop: Sop) -> tuple[str, ...]:
    """The rules that were met, by their names on the sheet, with their source."""
    met = [rule for rule in sop.aturan if rule.nama in case.confirmed]
    return tuple(f"{rule.nama} ({rule.sumber})" if rule.sumber else rule.nama for rule in met)


def letter_drafted(
    case: Case,
    numbers: Sequence[e.DraftLetter],
    content: e.LetterContent,
    act: e.Act,
    correction: e.PeopleCorrected | None = None,
) -> Decision:
    """The next draft: parafs on the previous one are void, numbers stay."""
    count = case.draft.count + 1 if case.draft else 1
    event = e.LetterDrafted(draft=count, letters=tuple(numbers), content=content, note=act.note, evidence=act.evidence)
    return Decision(event, "selesai", correction=correction)


def to_be_signed(loaded: LoadedCase, letters: Sequence[str]) -> tuple[str, ...]:
    """The letters of a task that stand drafted: a signature covers them. Refused while there is none."""
    names = letters_drafted(loaded.sop, loaded.case, letters)
    if not names:
        raise Refused("belum_ada_konsep", "Belum ada konsep surat untuk ditandatangani.")
    return names


def check_newer_findings(loaded: LoadedCase, note: object) -> None:
    """Refused without a note while a list that came after a look-up speaks against the letter."""
    against = [finding.words for finding in changed_findings(loaded.sop, loaded.case)]
    if against and not note:
        raise Refused(
            "temuan_baru",
            f"{' '.join(against)} Kembalikan berkasnya menurut temuan itu, atau tandatangani dengan catatan mengapa "
            "surat ini tetap berlaku.",
        )


def chosen_signer(loaded: LoadedCase, letter: str, code: str | None) -> e.ChosenSigner | None:
    """For whose signature a letter is drafted: the official of this code, else the one of the draft before.

    Else the first who may sign, as the letter's draft always showed: so too for a letter that the chosen one does not
    sign, drafted with those that he signs. None where nobody holds the post; `check_chosen` refuses who signs none.
    """
    able = able_signers(loaded, signing_posts(loaded, letter), loaded.today.date())
    usual = signer_before(loaded, [letter], able) or next(iter(able), None)
    signer = next((row for row in able if row.kode == code), usual)
    return e.ChosenSigner(code=signer.kode, post=signer.jabatan) if signer else None


def check_chosen(loaded: LoadedCase, letters: Sequence[str], code: str | None) -> None:
    """Malformed for a chosen signer who may sign none of these letters today."""
    posts = [post for name in letters for post in signing_posts(loaded, name)]
    able = able_signers(loaded, posts, loaded.today.date())
    if code and all(row.kode != code for row in able):
        raise _no_signer(able, "surat ini hari ini")


def pen_signer(
    loaded: LoadedCase, posts: Sequence[str], letters: Sequence[str], code: str | None, signed_on: date
) -> Official:
    """Who signed by pen: by default the one whom the draft names, else an official who held the post on that day.

    Malformed for a day in the future or before the application, or a signer who did not hold it. Refused for another
    than the draft names.
    """
    today = loaded.today.date()
    dates.check(
        dates.signature_date_fault(signed_on, received_on(loaded), today),
        "tanggal_depan" if signed_on > today else "tanggal_lampau",
    )
    able = able_signers(loaded, posts, signed_on)
    signer = _of_code(loaded, letters, able, code)
    if signer is None:
        raise _no_signer(able, "pada tanggal itu")
    return signer


def electronic_signer(loaded: LoadedCase, who: str, letters: Sequence[str], code: str) -> Official:
    """The official of this code, if he may sign today and the draft names no other. Refused for anyone else."""
    able = able_signers(loaded, loaded.sop.pelaksana[who].jabatan, loaded.today.date())
    signer = _of_code(loaded, letters, able, code)
    if signer is None:
        raise Refused("bukan_penanda_tangan", "Tanda tangan elektronik hanya oleh pejabatnya sendiri.")
    return signer


def _of_code(loaded: LoadedCase, letters: Sequence[str], able: Sequence[Official], code: str | None) -> Official | None:
    """Of those who may sign, the official of this code; without one the draft's signer, else the first.

    Refused where a draft names another who may still sign, on whose letter the parafs were given: of two letters for
    two signers neither signs both; and where one was skipped because he was to sign, who no longer may.
    """
    named = {name: row for name in letters if (row := signer_named(loaded, [name], able))}
    signer = next((row for row in (*named.values(), *able) if code in (None, row.kode)), None)
    other = next((row for row in named.values() if signer and row.kode != signer.kode), None)
    if signer is not None and other is not None:
        raise Refused(
            "konsep_lain",
            f"Konsep surat ini disusun untuk ditandatangani {other.nama}. Bila {signer.nama} yang menandatangani, "
            "kembalikan dulu konsepnya (perbaiki): konsep baru menyebutnya, nomor surat tetap.",
        )
    if signer is not None and _skipped_for_another(loaded, [name for name in letters if name not in named], signer):
        raise Refused(
            "konsep_lain",
            "Sebuah paraf dilewati karena pemarafnya yang akan menandatangani, dan ia tidak lagi berwenang. Kembalikan "
            "dulu konsepnya (perbaiki): konsep baru diparaf, nomor surat tetap.",
        )
    return signer


def _skipped_for_another(loaded: LoadedCase, letters: Sequence[str], signer: Official) -> bool:
    """Whether a paraf on one of these drafts was skipped for the signer that it names, and this is another."""
    chosen = {letter.signer.code for name in letters if (letter := loaded.case.letters.get(name)) and letter.signer}
    drafts = {loaded.case.drafts[name].count for name in letters if name in loaded.case.drafts}
    skipped = any(isinstance(event.data, e.ParafSkipped) and event.data.draft in drafts for event in loaded.history)
    return skipped and bool(chosen) and signer.kode not in chosen


def _no_signer(able: Sequence[Official], when: str) -> Malformed:
    names = ", ".join(dict.fromkeys(official.kode for official in able)) or "tidak ada"
    return Malformed("bukan_penanda_tangan", f"Yang berwenang menandatangani {when}: {names}.")


def signatory(office: Kantor, official: Official, day: date) -> e.Signatory:
    """The signer as printed on a day; Refused for an official whose NIP is printed and the kantor file lacks."""
    form = signing_form(office, official, day)
    if form.nip and official.nip is None:
        raise Refused("nip_kosong", "NIP penanda tangan belum ada pada berkas kantor.")
    return e.Signatory(
        name=official.nama,
        nip=official.nip if form.nip else None,
        post=form.jabatan,
        acting=official.sebagai,
    )


def letter_revoked(case: Case, letters: Sequence[str], note: str | None) -> Decision:
    """A signed letter is revoked, with a reason. Refused for one that was never signed or is revoked already."""
    if not note:
        raise Malformed("alasan_perlu", "Pencabutan surat perlu alasan: isi catatan.")
    known = {name for name, letter in case.letters.items() if letter.signed and not letter.revoked}
    if not letters or set(letters) - known:
        raise Refused("surat_tidak_ada", f"Surat yang dapat dicabut: {', '.join(sorted(known)) or 'tidak ada'}.")
    return Decision(e.LetterRevoked(letters=tuple(letters), note=note))
