"""The decisions of letters: the content of a draft, the signer, revocation. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from jejak.cases import engine
from jejak.cases.case import Case
from jejak.cases.decision import Decision, LoadedCase, received_on
from jejak.cases.people import check_person
from jejak.contracts import events as e
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import MAIN, Letter, Sop
from jejak.procedure.officials import Official
from jejak.timekeeping import dates

_LAST_LATIN: Final = 0x24F
_PUNCTUATION: Final = frozenset("‐‑–—‘’“”…•′″€™−№")


def content(loaded: LoadedCase, changes: Mapping[str, object], *, refuses: bool) -> e.LetterContent:
    """The content of the letter: application and look-ups, with the drafter's changes.

    Starts from the newest draft, so that a correction changes only what is wrong, unless one refuses and the other
    does not. Malformed for a letter of refusal without a reason, and for reasons on any other.
    """
    before = loaded.case.draft.content if loaded.case.draft else None
    if not isinstance(before, e.LetterContent) or bool(before.refusal) != refuses:
        before = _first(loaded, refuses=refuses)
    content = before.model_copy(update=dict(changes))
    if refuses and not content.refusal:
        raise Malformed("alasan_perlu", "Surat penolakan perlu alasan: isi alasan.")
    if content.refusal and not refuses:
        raise Malformed("bukan_penolakan", "Alasan penolakan hanya ada pada surat penolakan.")
    return content


def _first(loaded: LoadedCase, *, refuses: bool) -> e.LetterContent:
    case, application = loaded.case, loaded.case.application
    if application is None or case.people is None:
        raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan; surat tidak dapat dibuat.")
    return e.LetterContent(
        people=case.people,
        purpose=application.purpose if isinstance(application.purpose, str) else None,
        deactivated_on=case.membership.deactivated_on if case.membership else None,
        desil=next((listing.desil for listing in case.listings if listing.desil is not None), None),
        register_numbers=dict(case.register_numbers),
        basis=rules_met(case, loaded.sop),
        refusal=refusal_reasons(loaded) if refuses else (),
    )


def people_on_letter(loaded: LoadedCase, applicant: e.Person | None, participant: e.Person | None) -> e.People:
    """The people of a letter: those of the application with the drafter's changes, under the NIK that was looked up.

    Refused for another NIK. Malformed for an impossible number or date of birth.
    """
    known = loaded.case.people
    if known is None:
        raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    mended: dict[str, e.Person] = {}
    for name, who, before, now in (
        ("applicant", "pemohon", known.applicant, applicant),
        ("participant", "peserta", known.participant, participant),
    ):
        if now is None:
            continue
        check_person(who, now, received_on(loaded))
        if before is None or before.nik != now.nik:
            raise Refused(
                "orang_lain",
                f"NIK {who} pada surat harus NIK pada permohonan: orang itulah yang diperiksa. Bila permohonannya "
                "salah orang, tarik berkas ini dan ajukan yang baru.",
            )
        mended[name] = now
    return known.model_copy(update=mended)


def is_refusal(case: Case, letter: Letter) -> bool:
    """Whether a letter says no: of a case refused or returned each does, else the sheet's letter of refusal."""
    return letter.jenis == "penolakan" or _ended_with_no(case)


def refused_since_draft(case: Case) -> bool:
    """Whether the newest draft says yes although the case was refused later."""
    content = case.draft.content if case.draft else None
    return isinstance(content, e.LetterContent) and not content.refusal and _ended_with_no(case)


def refusal_reasons(loaded: LoadedCase) -> tuple[str, ...]:
    """The reasons of a refusal in the order to be printed; empty where none was given.

    The rules that were not met; else the sheet's own words for the outcome, and the note of the official who gave it.
    """
    case = loaded.case
    denied = tuple(rule.text for rule in case.denied)
    last = next((done for done in reversed(case.trail) if done.slot == MAIN), None)
    if last is None or not _ended_with_no(case) or (denied and TASKS[last.tugas].automatic == "rules"):
        return denied
    ended_by = next(event.data for event in reversed(loaded.history) if event.slot == MAIN and event.hasil is not None)
    reasons = (engine.citizen_message(loaded.sop, last), getattr(ended_by, "note", None))
    return tuple(dict.fromkeys(text for text in reasons if isinstance(text, str)))


def _ended_with_no(case: Case) -> bool:
    return case.ending is not None and case.ending.kind in ("tolak", "kembalikan")


def check_letters(content: e.LetterContent) -> None:
    """Malformed for characters that the letter's fonts lack: refused when drafting rather than when signing."""
    if strange := {c for c in content.model_dump_json() if ord(c) > _LAST_LATIN and c not in _PUNCTUATION}:
        words = " ".join(sorted(strange)[:5])
        raise Malformed("huruf_tidak_tercetak", f"Tulis dengan huruf Latin; yang tidak dapat dicetak: {words}")


def rules_met(case: Case, sop: Sop) -> tuple[str, ...]:
    """The rules that were met, by their names on the sheet, with their source."""
    met = [rule for rule in sop.aturan if rule.nama in case.confirmed]
    return tuple(f"{rule.nama} ({rule.sumber})" if rule.sumber else rule.nama for rule in met)


def letter_drafted(case: Case, numbers: Sequence[e.DraftLetter], content: e.LetterContent, act: e.Act) -> Decision:
    """The next draft: parafs on the previous one are void, numbers stay."""
    count = case.draft.count + 1 if case.draft else 1
    event = e.LetterDrafted(draft=count, letters=tuple(numbers), content=content, note=act.note, evidence=act.evidence)
    return Decision(event, "selesai")


def to_be_signed(case: Case, letters: Sequence[str]) -> tuple[str, ...]:
    """The letters of the newest draft that a signature covers. Refused while there is no draft."""
    if case.draft is None:
        raise Refused("belum_ada_konsep", "Belum ada konsep surat untuk ditandatangani.")
    return tuple(name for name in case.draft.letters if not letters or name in letters)


def pen_signer(
    office: Kantor, posts: Sequence[str], code: str | None, signed_on: date, received: date, today: date
) -> Official:
    """Who signed by pen: an official who held the signing post on that day.

    Malformed for a day in the future or before the application, or a signer who did not hold it.
    """
    dates.check(
        dates.signature_date_fault(signed_on, received, today),
        "tanggal_depan" if signed_on > today else "tanggal_lampau",
    )
    holders = [official for post in posts for official in office.holders(post, signed_on)]
    chosen = [official for official in holders if code in (None, official.kode)]
    if not chosen:
        names = ", ".join(official.kode for official in holders) or "tidak ada"
        raise Malformed("bukan_penanda_tangan", f"Yang berwenang menandatangani pada tanggal itu: {names}.")
    return chosen[0]


def signatory(office: Kantor, official: Official) -> e.Signatory:
    """The signer as printed; Refused for an official whose NIP the kantor file lacks."""
    if official.nip is None:
        raise Refused("nip_kosong", "NIP penanda tangan belum ada pada berkas kantor.")
    return e.Signatory(
        name=official.nama, nip=official.nip, post=office.post_name(official.jabatan), acting=official.sebagai
    )


def letter_revoked(case: Case, letters: Sequence[str], note: str | None) -> Decision:
    """A signed letter is revoked, with a reason. Refused for one that was never signed or is revoked already."""
    if not note:
        raise Malformed("alasan_perlu", "Pencabutan surat perlu alasan: isi catatan.")
    known = {name for name, letter in case.letters.items() if letter.signed and not letter.revoked}
    if not letters or set(letters) - known:
        raise Refused("surat_tidak_ada", f"Surat yang dapat dicabut: {', '.join(sorted(known)) or 'tidak ada'}.")
    return Decision(e.LetterRevoked(letters=tuple(letters), note=note))
