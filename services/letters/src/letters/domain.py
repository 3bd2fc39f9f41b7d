"""What letters decides: what a draft says, who may sign it, what was handed over. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from jejak.case import Case
from jejak.contracts import events as e
from jejak.decision import Decided, Opened
from jejak.refusal import Malformed, Refused
from jejak.sop.kantor import Kantor, Official
from jejak.sop.model import Sop

_LAST_LATIN: Final = 0x24F
_PUNCTUATION: Final = frozenset("‐‑–—‘’“”…•′″€™−№")


def content(opened: Opened, changes: Mapping[str, object]) -> e.LetterContent:
    """What the letter says: the application and what was looked up, as the drafter mended it.

    Starts from the newest draft, so that a correction changes only what is wrong.
    """
    case = opened.case
    if case.draft and isinstance(case.draft.content, e.LetterContent):
        return case.draft.content.model_copy(update=dict(changes))
    application = case.application
    if application is None or isinstance(application.people, e.Forgotten):
        raise Refused("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan; surat tidak dapat dibuat.")
    purpose = application.purpose if isinstance(application.purpose, str) else None
    first = e.LetterContent(
        people=application.people,
        purpose=purpose,
        deactivated_on=case.membership.deactivated_on if case.membership else None,
        desil=next((one.desil for one in case.listings if one.desil is not None), None),
        register_numbers=dict(case.register_numbers),
        basis=basis(case, opened.sop),
        refusal=tuple(one.text for one in case.denied) if _refused(case) else (),
    )
    return first.model_copy(update=dict(changes))


def check_letters(said: e.LetterContent) -> None:
    """Malformed for writing that the letter's fonts do not have, met while drafting and not when it is to be signed."""
    if strange := {c for c in said.model_dump_json() if ord(c) > _LAST_LATIN and c not in _PUNCTUATION}:
        words = " ".join(sorted(strange)[:5])
        raise Malformed("huruf_tidak_tercetak", f"Tulis dengan huruf Latin; yang tidak dapat dicetak: {words}")


def basis(case: Case, sop: Sop) -> tuple[str, ...]:
    """The rules that were met, as the sheet names them, with their source."""
    met = [rule for rule in sop.aturan if rule.nama in case.confirmed]
    return tuple(f"{rule.nama} ({rule.sumber})" if rule.sumber else rule.nama for rule in met)


def _refused(case: Case) -> bool:
    return case.ending is not None and case.ending.kind == "tolak"


def drafted(case: Case, numbers: Sequence[e.DraftLetter], said: e.LetterContent, act: e.Act) -> Decided:
    """The next draft: parafs on the one before are void, numbers stay."""
    count = case.draft.count + 1 if case.draft else 1
    event = e.LetterDrafted(draft=count, letters=tuple(numbers), content=said, note=act.note, evidence=act.evidence)
    return Decided(event, "selesai")


def to_be_signed(case: Case, letters: Sequence[str]) -> tuple[str, ...]:
    """The letters of the newest draft that a signature covers. Refused while there is no draft."""
    if case.draft is None:
        raise Refused("belum_ada_konsep", "Belum ada konsep surat untuk ditandatangani.")
    return tuple(name for name in case.draft.letters if not letters or name in letters)


def pen_signer(office: Kantor, posts: Sequence[str], code: str | None, signed_on: date, today: date) -> Official:
    """Who signed by pen: an official who held the signing post on that day.

    Malformed for a day in the future or a signer who did not hold it.
    """
    if signed_on > today:
        raise Malformed("tanggal_depan", "Tanggal tanda tangan tidak boleh di masa depan.")
    holders = [one for post in posts for one in office.holders(post, signed_on)]
    chosen = [one for one in holders if code in (None, one.kode)]
    if not chosen:
        names = ", ".join(one.kode for one in holders) or "tidak ada"
        raise Malformed("bukan_penanda_tangan", f"Yang berwenang menandatangani pada tanggal itu: {names}.")
    return chosen[0]


def signatory(office: Kantor, official: Official) -> e.Signatory:
    """The signer as printed; Refused for an official whose NIP the kantor file lacks."""
    if official.nip is None:
        raise Refused("nip_kosong", "NIP penanda tangan belum ada pada berkas kantor.")
    return e.Signatory(
        name=official.nama, nip=official.nip, post=office.post_name(official.jabatan), acting=official.sebagai
    )


def revoked(case: Case, letters: Sequence[str], note: str | None) -> Decided:
    """A signed letter is taken back, with a reason. Refused for one that was never signed or is revoked already."""
    if not note:
        raise Malformed("alasan_perlu", "Pencabutan surat perlu alasan: isi catatan.")
    known = {name for name, letter in case.letters.items() if letter.signed and not letter.revoked}
    if not letters or set(letters) - known:
        raise Refused("surat_tidak_ada", f"Surat yang dapat dicabut: {', '.join(sorted(known)) or 'tidak ada'}.")
    return Decided(e.LetterRevoked(letters=tuple(letters), note=note))
