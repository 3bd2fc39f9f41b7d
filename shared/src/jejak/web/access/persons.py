"""The person whom an issuer names, and the posts that the kantor file gives this person today.

The issuer says who the owner of an account is. What this person may do follows from the kantor file alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from jejak.cases.decision import Actor
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.eventstore.store import Store
from jejak.platform.errors import Malformed, Missing, NotYours
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official

_MOST_OFFICES: Final = 20
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Person:
    """The claims `kantor`, `nip` and `kode`. Without a NIP the official's code in the kantor file identifies."""

    offices: tuple[str, ...]
    nip: str | None
    kode: str | None

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> "Person":
        """The person of verified claims. NotYours for an account without an office, or without NIP and code.

        A code names another person in another office: with it alone an account is of one office.
        """
        offices, kode = _texts(claims.get("kantor")), _texts(claims.get("kode"))
        nip = "".join(_texts(claims.get("nip"))[:1]).replace(" ", "")
        if not offices or not (nip or kode):
            raise NotYours(
                "akun_tanpa_kantor",
                "Akun ini belum diberi kantor dan NIP. Mintalah pengelola akun kantor Anda melengkapinya.",
            )
        if len(offices) > 1 and not nip:
            raise NotYours(
                "akun_tanpa_nip",
                "Akun tanpa NIP hanya untuk satu kantor, karena kode pejabatnya dapat milik orang lain di kantor lain."
                " Mintalah pengelola akun melengkapi NIP, atau menyisakan satu kantor.",
            )
        return cls(offices, nip or None, kode[0] if kode else None)

    def posts(self, office: Kantor, day: date) -> list[Official]:
        """The posts that the person holds on a day, in the file's order."""
        return [official for official in office.officials_at(day) if self._is(official)]

    def _is(self, official: Official) -> bool:
        return official.nip == self.nip if self.nip else official.kode == self.kode


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post that a person holds today."""

    office: Kantor
    official: Official

    @property
    def actor(self) -> Actor:
        return Actor(self.office.kode, self.official.kode, self.official.jabatan)


async def held_posts(person: Person, store: Store, procedures: ProcedureRegistry) -> Sequence[HeldPost]:
    """The posts that a person holds today in the offices of the account; one at least, else NotYours."""
    now, held = await store.now(), list[HeldPost]()
    for code in person.offices:
        try:
            office = await procedures.kantor(code, now)
        except Missing:
            continue
        held += [HeldPost(office, official) for official in person.posts(office, office.calendar.local_date(now))]
    if not held:
        raise NotYours(
            "bukan_pejabat",
            "Pemilik akun ini tidak tercatat sebagai pejabat kantornya hari ini. Mintalah pengelola kantor memeriksa"
            " NIP pada akun dan pada berkas kantor.",
        )
    return held


def chosen_post(held: Sequence[HeldPost], post: str | None) -> Actor:
    """The only post held, or the one named. Malformed where several are held and none of them is named."""
    matching = [each for each in held if post in (None, each.official.jabatan)]
    if len(matching) != 1:
        names = ", ".join(dict.fromkeys(each.official.jabatan for each in held))
        raise Malformed("jabatan_perlu", f"Sebutkan satu jabatan pada kepala Jejak-Jabatan: {names}.")
    return matching[0].actor


def _texts(claim: object) -> tuple[str, ...]:
    """A claim of one or several short texts; none for anything else."""
    given = claim if isinstance(claim, list) else [claim]
    return tuple(text for text in given[:_MOST_OFFICES] if isinstance(text, str) and 0 < len(text) <= _LONGEST)
