"""Synthetic people, and their applications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from intake.domain import accepted_alternatives
from intake.submission import Application
from jejak.contracts import events as e
from jejak.platform.ids import Draws
from jejak.procedure.model import Sop
from jejak.timekeeping.printed.months import years_between

_FIRST: Final = (
    "Ahmad", "Siti", "Budi", "Dewi", "Rahmat", "Nurul", "Wayan", "Made", "Rina", "Joko", "Yuli", "Hendra", "Ratna",
    "Andi", "Fitri", "Agus", "Murni", "Dodi", "Lestari", "Zul", "Komang", "Ketut", "Melati", "Surya",
)  # fmt: skip
_LAST: Final = ("Contoh", "Rekaan", "Misal", "Umpama", "Andaian", "Karangan", "Percobaan", "Bayangan")
_KIN: Final = ("orang tua", "anak", "pasangan", "saudara")
_NEEDS: Final = (
    "Cuci darah dua kali seminggu.", "Kontrol jantung di rumah sakit.", "Melahirkan bulan ini.", "Obat rutin diabetes.",
    "Kartu tidak dapat dipakai di Puskesmas.", "Kemoterapi.", "Rawat inap.",
)  # fmt: skip
_BIRTHS: Final = (date(1945, 1, 1), date(2019, 12, 31))
_GROWN: Final = date(2000, 12, 31)
_WOMAN: Final = 40


def application(sop: Sop, office: str, draws: Draws) -> Application:
    """An application under this sheet: a third are for a member of the family."""
    applicant = person(office, draws, _GROWN)
    other = person(office, draws, _BIRTHS[1]) if draws.random() < 1 / 3 else None
    return Application(
        layanan=sop.layanan,
        pemohon=applicant,
        peserta=other,
        hubungan=draws.choice(_KIN) if other else None,
        jawaban=_answers(sop, draws),
        keperluan=draws.choice(_NEEDS),
    )


def person(office: str, draws: Draws, latest: date) -> e.Person:
    """A person born by `latest`, with the day of birth in the NIK."""
    born = _BIRTHS[0] + timedelta(days=draws.randrange((latest - _BIRTHS[0]).days))
    region = f"{office.replace('.', '')}{draws.randrange(1, 30):02}"
    day = born.day + (_WOMAN if draws.random() < 1 / 2 else 0)
    return e.Person(
        nik=f"{region}{day:02}{born:%m%y}{draws.randrange(1, 9999):04}",
        kk=f"{region}{draws.randrange(1, 29):02}{draws.randrange(1, 13):02}{draws.randrange(5, 25):02}"
        f"{draws.randrange(1, 9999):04}",
        name=f"{draws.choice(_FIRST)} {draws.choice(_LAST)} {draws.randrange(1, 10_000)}",
        born=born,
        address=f"Jalan Rekaan Nomor {draws.randrange(1, 300)}",
        card=f"000{draws.randrange(10**9, 10**10)}",
    )


def _answers(sop: Sop, draws: Draws) -> tuple[str, ...]:
    """One choice of every question that has choices; a question of yes or no is seldom answered yes."""
    chosen = []
    for question in sop.pertanyaan.values():
        if question.pilihan:
            calm = [choice for choice in question.pilihan if choice not in question.mendesak]
            pressing = not calm or draws.random() < 1 / 10
            chosen.append(draws.choice(question.pilihan if pressing else calm))
        elif draws.random() < 1 / 10:
            chosen.append(question.kode)
    return tuple(chosen)


def shown_on_paper(sop: Sop, held: frozenset[str], born: date, received: date) -> Sequence[str]:
    """A paper for every required document: itself, or a substitute accepted at this age."""
    age = years_between(born, received)
    return [
        next(name for name, why in accepted_alternatives(document, age).items() if why is None)
        for document in sop.documents_for(held)
    ]
