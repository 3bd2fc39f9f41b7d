"""A newborn participant, who has no NIK yet: what stands in its place, for how long, and what has to follow. Pure.

Source: BPJS Kesehatan keeps a newborn for three months on the NIK of its mother (Perpres 82/2018 Pasal 16: a baby is
registered within 28 days; its NIK follows). The birth certificate, or the letter of the hospital or midwife who saw
the birth, says who it is.
"""

from datetime import date
from typing import Final

from jejak.contracts import events as e
from jejak.platform.errors import Malformed
from jejak.privacy import nik
from jejak.privacy.person_words import PERSON_WORDS
from jejak.timekeeping.printed.months import months_after
from jejak.timekeeping.printed.words import date_words

MONTHS: Final = 3
"""For so long a newborn may stand on its mother's NIK; the day itself counts."""

_SHORTEST: Final = 3
_NO_PAPER: Final = frozenset({
    *("tidakada", "tdkada", "takada", "belumada", "blmada", "belumpunya", "tidakpunya", "tidaktahu", "nihil"),
    *("kosong", "menyusul", "null", "none", "lupa", "hilang", "xxx"),
})  # fmt: skip
"""What is written in place of a paper that is not there."""

_OVER: Final = " Batas itu sudah lewat: BPJS tidak lagi menerima NIK ibunya."


def number_of(person: e.Person) -> str | None:
    """The NIK by which the cases of a person are found: the own one, or the mother's of a newborn."""
    return person.nik or person.mother


def person_key(person: e.Person) -> tuple[str, ...]:
    """What tells two people apart: the NIK; of newborns the mother's NIK, the day and the name, and the order of twins.

    Hospitals call a newborn after its mother ("Bayi Ny. X"), so that twins may have one name. No order is the first.
    """
    if person.nik is not None:
        return (person.nik,)
    name = "".join(person.name.casefold().split())
    return (person.mother or "", person.born.isoformat(), name, person.birth_order or "1")


def same_birth(one: e.Person, other: e.Person) -> bool:
    """Whether two people have one NIK, or are newborns of one mother and day, under any name."""
    return person_key(one)[:2] == person_key(other)[:2]


def named_twice(person: e.Person) -> str:
    """Why a person is not taken twice at once, and how twins are entered."""
    if person.nik is not None:
        return "Satu orang cukup diajukan sekali."
    return f"Satu bayi cukup diajukan sekali; bila kembar, isi {PERSON_WORDS['birth_order']} masing-masing (1, 2)."


def check_numbers(who: str, person: e.Person, received: date, *, participant: bool) -> None:
    """Malformed for an impossible NIK, and for none, unless the participant is newborn and shows what stands in."""
    if person.nik is None:
        _check_newborn(who, person, received, participant=participant)
    for number, whose in ((person.nik, f"NIK {who}"), (person.mother, f"NIK ibu {who}")):
        if number is not None and (wrong := nik.fault(number)):
            raise Malformed("nik_salah", f"{whose} tidak benar: {wrong}. Periksa pada KTP atau KK.")
    if person.nik is not None and person.nik == person.mother:
        raise Malformed("nik_ibu", f"NIK {who} sama dengan NIK ibunya. Bila bayi belum punya NIK, kosongkan NIK-nya.")


def check_stand_in(who: str, person: e.Person) -> None:
    """Malformed for what cannot stand in place of a newborn's NIK: no paper at all, or a NIK that is not its mother's.

    A man's NIK is the father's, one with the baby's own day of birth is the baby's.
    """
    if person.nik is None and person.birth_paper is not None and _says_nothing(person.birth_paper):
        raise Malformed(
            "surat_lahir_kosong",
            f"Akta atau surat keterangan lahir {who} belum diisi. Tulis jenis dan nomornya, misalnya Surat keterangan "
            "lahir 12/RSUD/2026; bila belum ada, mintalah kepada rumah sakit atau bidan yang menolong kelahirannya.",
        )
    if person.mother is None:
        return
    if nik.holds_birth(person.mother, person.born):
        raise Malformed(
            "nik_ibu",
            f"NIK ibu {who} memuat tanggal lahir bayinya: itu NIK bayi. Isi sebagai NIK {who}, atau NIK ibunya.",
        )
    if nik.of_man(person.mother):
        raise Malformed(
            "nik_ibu", f"NIK ibu {who} adalah NIK laki-laki. Isi NIK ibunya seperti pada KTP atau KK, bukan NIK ayah."
        )


def _says_nothing(paper: str) -> bool:
    letters = "".join(filter(str.isalnum, paper.casefold()))
    return len(letters) < _SHORTEST or letters in _NO_PAPER


def _check_newborn(who: str, person: e.Person, received: date, *, participant: bool) -> None:
    if not participant:
        raise Malformed("nik_perlu", f"NIK {who} belum diisi. Hanya peserta yang baru lahir boleh belum punya NIK.")
    if person.mother is None or not (person.birth_paper or "").strip():
        raise Malformed(
            "pengganti_nik_perlu",
            f"NIK {who} belum diisi. Bila bayinya belum punya NIK, isi NIK ibunya dan nomor akta atau surat "
            "keterangan lahirnya.",
        )
    if received > until(person):
        raise Malformed(
            "nik_perlu",
            f"Peserta tanpa NIK hanya bayi sampai umur {MONTHS} bulan; bayi ini lahir {date_words(person.born)}. "
            "Urus NIK-nya di Dukcapil dahulu, lalu isi di sini.",
        )


def until(person: e.Person) -> date:
    """The last day on which a newborn may stand on its mother's NIK."""
    return months_after(person.born, MONTHS)


def standing_in(person: e.Person) -> str | None:
    """What stands in place of the NIK, as letters, lists and pages print it; None for a person who has one."""
    if person.nik is not None or person.mother is None:
        return None
    return " ".join(f"belum ada; NIK ibu {person.mother}, {paper_of(person)}".split())


def paper_of(person: e.Person) -> str:
    """The paper of a newborn's birth, with which of twins it is."""
    twin = f"bayi kembar ke-{person.birth_order}" if person.birth_order else None
    return ", ".join(filter(None, (person.birth_paper, twin)))


def to_follow(person: e.Person, today: date, *, dated: bool) -> str | None:
    """What has to follow, and until when, in sentences without a number; None for a person with a NIK.

    The date tells the day of birth: it is for officials, and for the paper that they print.
    """
    if person.nik is not None:
        return None
    last = f"{date_words(until(person))} ({MONTHS} bulan sesudah lahir)" if dated else f"{MONTHS} bulan sesudah lahir"
    return (
        "NIK bayi ini belum ada. Daftarkan kelahirannya di Dukcapil, lalu sampaikan NIK-nya ke kantor ini paling "
        f"lambat {last}." + (_OVER if today > until(person) else "")
    )


def with_stand_in(before: e.Person | None, now: e.Person | None) -> e.Person | None:
    """A newborn as given, with what stands in place of its NIK as recorded where a form left it out."""
    if before is None or now is None or now.nik is not None:
        return now
    names = ("mother", "birth_paper", "birth_order")
    return now.model_copy(update={name: getattr(now, name) or getattr(before, name) for name in names})
