"""The words of a letter that are not data of people: title, subject, addressee, paragraphs. Pure.

The drafter's own paragraphs go before the sheet's (`[[surat]]`), the sheet's before those of the form.
"""

from typing import Final, TypedDict

from jejak.contracts import events as e
from jejak.procedure.documents import with_facts
from jejak.procedure.letter import APPLICANT, REFUSED_SUBJECT, Letter
from jejak.procedure.model import Sop
from letters.printing.letter import Kind

_BPJS: Final = "Kepala BPJS Kesehatan Cabang"
"""Of a letter about the PBI membership whose sheet, loaded before the check asked, names no addressee."""
_UNITS: Final = (
    *("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"),
)


class LetterWords(TypedDict):
    """The fields of `LetterData` that the sheet's letter decides."""

    judul: str | None
    bawaan: bool
    hal: str
    sifat: str
    lampiran: str
    kepada: tuple[str, ...]
    di: str | None
    pembuka: tuple[str, ...]
    pokok: tuple[str, ...]
    penutup: tuple[str, ...]
    menimbang: tuple[str, ...]
    mengingat: tuple[str, ...]
    memutuskan: tuple[str, ...]
    disahkan: tuple[str, ...]


def letter_words(
    sop: Sop, letter: Letter, kind: Kind, content: e.LetterContent, applicant: str, post: str
) -> LetterWords:
    """The words of a letter. `applicant`: by name. `post`: whose decree it is, where the sheet gives a decree no name.

    A letter of another kind that has become a refusal keeps nothing of the sheet's words but the name of what is
    refused.
    """
    own = letter if kind in (letter.jenis, "penonaktifan") else None

    def words(key: str) -> tuple[str, ...]:
        return tuple(with_facts(text, content.facts) for text in getattr(own, key, ()))

    return {
        "judul": _title(letter, post) if own and own.titled else None,
        "bawaan": _is_about_pbi(sop, letter),
        "hal": _subject(sop, letter, kind),
        "sifat": (own and own.sifat) or "Biasa",
        "lampiran": (own and own.lampiran) or ("1 (satu) berkas" if own and own.daftar_terlampir else "–"),
        "kepada": _addressee(letter, applicant, kind),
        "di": own.di if own else None,
        "pembuka": content.opening or words("pembuka"),
        "pokok": () if content.closing else words("isi"),
        "penutup": content.closing or words("penutup"),
        "menimbang": words("menimbang"),
        "mengingat": (own.mengingat or sop.dasar_hukum) if own and own.jenis == "keputusan" else (),
        "memutuskan": words("memutuskan"),
        "disahkan": tuple(sop.persyaratan[kode].nama for kode in own.dokumen) if own else (),
    }


def _is_about_pbi(sop: Sop, letter: Letter) -> bool:
    """Whether the form may speak of the PBI membership; a letter of refusal does where the other letters do."""
    if letter.jenis != "penolakan":
        return letter.about_pbi
    others = [other for other in sop.surat.values() if other.jenis != "penolakan"]
    return all(other.about_pbi for other in others) and not (letter.hal or letter.nama or letter.pembuka)


def _title(letter: Letter, post: str) -> str:
    """The title of a letter that stands under one."""
    if letter.jenis == "keputusan" and not letter.nama:
        return f"Keputusan {post}"
    return letter.disebut


def _subject(sop: Sop, letter: Letter, kind: Kind) -> str:
    if letter.hal and kind in (letter.jenis, "penonaktifan"):
        return letter.hal
    if _is_about_pbi(sop, letter):
        words = REFUSED_SUBJECT.strip() if kind == "penolakan" else letter.jenis.capitalize()
        about = "penonaktifan kepesertaan" if sop.inverse else "kepesertaan"
        return f"{words} {sop.produk or f'{about} PBI Jaminan Kesehatan'}"
    if kind == "penolakan":
        return f"{REFUSED_SUBJECT}{(letter.jenis != 'penolakan' and letter.nama) or sop.nama}"
    return letter.nama or f"{letter.jenis.capitalize()} {sop.nama}"


def _addressee(letter: Letter, applicant: str, kind: Kind) -> tuple[str, ...]:
    """A refusal goes to the applicant, unless the sheet's own letter of refusal names another addressee."""
    if kind == "penolakan" and (letter.jenis != "penolakan" or not letter.kepada):
        return (applicant,)
    lines = tuple(applicant if line.strip().casefold() == APPLICANT else line for line in letter.kepada)
    return lines or (() if letter.titled else (_BPJS,))


def in_number(count: int) -> str:
    """How many people, in figures and words: "31 (tiga puluh satu) orang". Up to 999."""
    return f"{count} ({_spelled(count)}) orang"


def _spelled(number: int) -> str:
    match number:
        case _ if number < len(_UNITS):
            return _UNITS[number]
        case _ if number < 20:  # noqa: PLR2004
            return f"{_UNITS[number - 10]} belas"
        case _ if number < 100:  # noqa: PLR2004
            return f"{_UNITS[number // 10]} puluh {_spelled(number % 10)}".strip()
        case _ if number < 200:  # noqa: PLR2004
            return f"seratus {_spelled(number - 100)}".strip()
        case _:
            return f"{_UNITS[number // 100]} ratus {_spelled(number % 100)}".strip()
