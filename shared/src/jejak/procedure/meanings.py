"""What the words of outside systems mean to an office: its own (`[kata]`) beside those that Jejak ships. Pure.

A word without a meaning decides nothing: its task waits for a person, who sees the word as it came.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from jejak.procedure.office.vocabularies import (
    ANSWERS,
    DUKCAPIL,
    LISTED,
    LIVINGS,
    PAYERS,
    STANDINGS,
    VCLAIM,
    Desil,
    Failure,
    Listed,
    Living,
    Nobody,
    Payer,
    Says,
    Standing,
    Verdict,
    known_as,
)

UNKNOWN_WORD: Final = "kata_belum_dikenal"
"""The code of a look-up that waits for a person because of a word."""
WITHOUT_NIK: Final = "peserta_tanpa_nik"
"""The code of a look-up by NIK that waits for a person, because the participant is newborn and has none."""
_LONGEST: Final = 60
_NUMBERS: Final = re.compile(r"\d(?:[ ./_-]?\d){8,}|\d{6,}")
"""Numbers as long as those of a person, in one piece or in groups; a date is shorter."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an office for each outside system: the shipped ones and its own, by their spelling."""

    standings: Mapping[str, Standing] = field(default_factory=lambda: STANDINGS)
    livings: Mapping[str, Living] = field(default_factory=lambda: LIVINGS)
    payers: Mapping[str, Payer] = field(default_factory=lambda: PAYERS)
    listings: Mapping[str, Listed] = field(default_factory=lambda: LISTED)
    deciles: Mapping[str, Desil] = field(default_factory=dict)
    vclaim: Mapping[str, Standing | Nobody] = field(default_factory=lambda: VCLAIM)
    dukcapil: Mapping[str, Failure | Verdict] = field(default_factory=lambda: DUKCAPIL)
    answers: Mapping[str, Says] = field(default_factory=lambda: ANSWERS)

    def of_list(self, *, own: bool) -> "Words":
        """The words for one list: bare digits of the office's file speak of its own lists, not of the province's."""
        if own:
            return self
        lists = ("standings", "livings", "listings", "deciles")
        return replace(self, **{name: _lettered(getattr(self, name)) for name in lists})

    @property
    def at_vclaim(self) -> "Words":
        """The words for a status that BPJS itself answers."""
        return replace(self, standings={word: mean for word, mean in self.vclaim.items() if mean != "tidak_ditemukan"})

    def names_nobody(self, sentence: str) -> bool:
        """Whether a sentence of VClaim positively says that BPJS does not know the person."""
        return self.vclaim.get(known_as(sentence)) == "tidak_ditemukan"

    def standing(self, status: str | None, deactivated_on: date | None = None) -> Standing | None:
        """The status of a membership; None for an unknown word. A date of deactivation alone means `nonaktif`."""
        if not (status or "").strip():
            return "nonaktif" if deactivated_on is not None else None
        return self.standings.get(known_as(status or ""))

    def active(self, status: str | None, deactivated_on: date | None = None) -> bool | None:
        """Whether a membership is active; None for a word that means neither."""
        return {"aktif": True, "nonaktif": False}.get(self.standing(status, deactivated_on) or "")

    def open_word(
        self, status: str | None, segment: str | None, deactivated_on: date | None, on: date
    ) -> tuple[str, str | None] | None:
        """The column and word that leave the status of a membership on a day open; None where none does.

        A deactivation to come does not count yet, and an active membership has none; the payer matters only for an
        active one.
        """
        active = self.active(status, deactivated_on)
        if active is None:
            return "status", status
        if deactivated_on is not None and (active or deactivated_on > on):
            return "tanggal_nonaktif", " ".join(filter(None, (f"{deactivated_on:%d-%m-%Y}", status)))
        if active and self.state_paid(segment) is None:
            return "segmen", segment
        return None

    def open_reason(self, reason: str | None) -> tuple[str, str | None] | None:
        """The reason of a deactivation that says more than that the membership is off, such as a death; else None."""
        off = reason is None or any(self.active(word) is False for word in (reason, f"nonaktif karena {reason}"))
        return None if off else ("alasan_nonaktif", reason)

    def living(self, status: str) -> Living | None:
        """The status of a resident in the population register."""
        return self.livings.get(known_as(status))

    def listed(self, status: str | None) -> bool | None:
        """Whether a register of the poor holds the person of a row: all of its rows do where it has no such column."""
        if status is None:
            return True
        return {"terdaftar": True, "tidak_terdaftar": False}.get(self.listings.get(known_as(status), ""))

    def desil(self, word: str) -> int | None:
        """The decile that a word of the decile's column means."""
        meaning = self.deciles.get(known_as(word))
        return None if meaning is None else int(meaning)

    def state_paid(self, segment: str | None) -> bool | None:
        """Whether the state pays for a segment; a membership of a list without segments is taken as state-paid."""
        if segment is None:
            return True
        return {"negara": True, "daerah": True, "lain": False}.get(self.payers.get(known_as(segment), ""))

    def listed_status(self, status: str | None) -> str | None:
        """A status that is listed, as it came: what else stands in the column may name a person."""
        return status if status and known_as(status) in self.standings else None

    def listed_segment(self, segment: str | None) -> str | None:
        """A segment that is listed, as it came."""
        return segment if segment and known_as(segment) in self.payers else None


def _lettered[M](words: Mapping[str, M]) -> dict[str, M]:
    return {word: meaning for word, meaning in words.items() if any(letter.isalpha() for letter in word)}


SHIPPED: Final = Words()


BY_HAND: Final = "dikerjakan_petugas"
"""The reason of a task that was automatic until a newer kantor file left it to officials."""


def put_off(column: str, word: str | None, code: str = UNKNOWN_WORD) -> str:
    """The reason of a task that waits because of a word, as the ledger keeps it; long numbers in it are left out."""
    shown = _NUMBERS.sub("…", " ".join((word or "").split()))[:_LONGEST]
    return f"{code}:{column}:{shown}"


def put_off_words(reason: str) -> str | None:
    """The sentence for an official about a reason that waits for a person; None for a code alone."""
    code = reason.partition(":")[0]
    if code == BY_HAND:
        return "Kantor kini mengerjakan pengecekan ini dengan tangan."
    if code == WITHOUT_NIK:
        return (
            "Peserta ini bayi yang belum punya NIK, jadi tidak dapat dicari di daftar. Periksa dengan NIK ibu dan "
            "akta atau surat keterangan lahirnya, lalu kerjakan dengan tangan dan isi catatan."
        )
    what = what_was_seen(reason)
    return what and (
        f"Yang ditemukan: {what}. Sistem tidak dapat memutuskan dengan itu. "
        "Periksa, lalu kerjakan dengan tangan dan isi catatan."
    )


def what_was_seen(reason: str) -> str | None:
    """What decided nothing, within a sentence: "status orang ini tertulis «PINDAH»"; None for a code alone."""
    _, _, rest = reason.partition(":")
    if not rest:
        return None
    column, _, word = rest.partition(":")
    what = _WHAT.get(column, column.replace("_", " ") + " orang ini {written}")
    return what.format(word=word, written=f"tertulis «{word}»" if word else "kosong")


_WHAT: Final[Mapping[str, str]] = {
    "baris": "baris orang ini pada daftar tidak terbaca ({word})",
    "jawaban_bpjs": "jawaban BPJS tentang orang ini {written}",
    "jawaban_dukcapil": "jawaban Dukcapil tentang orang ini {written}",
}
"""What was found, by the column of a reason; any other column is named as it is."""


def quoted_words(words: Iterable[str | None]) -> str:
    """Words as a report names them, each once."""
    return ", ".join(dict.fromkeys(f"«{word}»" if word else "kosong" for word in words))
