"""Meanings of the words in foreign lists: the status of a membership or a resident, the payer of a segment. Pure.

A word has a meaning only where it is listed whole, here or in the office's file (`[kata]`): any other decides nothing,
and a person sees it as it came. No digits are listed here, because 1 in some lists is 0 in others.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

type Standing = Literal["aktif", "nonaktif", "meninggal", "pindah"]
type Living = Literal["hidup", "meninggal", "nik_ganda", "nik_tidak_aktif"]
type Payer = Literal["negara", "lain"]

UNKNOWN_WORD: Final = "kata_belum_dikenal"
"""The code of a look-up that waits for a person because of a word."""
WITHOUT_NIK: Final = "peserta_tanpa_nik"
"""The code of a look-up by NIK that waits for a person, because the participant is newborn and has none."""
_LONGEST: Final = 60
_NUMBERS: Final = re.compile(r"\d{6,}")
_MARKS: Final = re.compile(r"[\w .()&/-]*")
"""Marks around words that add no meaning; any other ("AKTIF?", "!AKTIF") adds some."""

_STANDINGS: Final[Mapping[Standing, str]] = {
    "aktif": "aktif, peserta aktif, status aktif, sudah aktif, masih aktif, aktif kembali, active",
    "nonaktif": "nonaktif, tidak aktif, dinonaktifkan, sudah nonaktif, sudah tidak aktif, sudah dinonaktifkan, "
    "telah dinonaktifkan, telah nonaktif, peserta nonaktif, peserta tidak aktif, status nonaktif, inactive, "
    "penangguhan pembayaran, nonaktif karena pemutakhiran dtsen, nonaktif pemutakhiran dtsen, "
    "nonaktif karena pemutakhiran data, nonaktif karena hasil verifikasi, nonaktif karena premi, "
    "tidak aktif karena premi, nonaktif karena menunggak iuran, nonaktif karena tunggakan iuran",
    "meninggal": "meninggal, meninggal dunia, sudah meninggal, peserta meninggal, peserta sudah meninggal, wafat",
    "pindah": "pindah segmen, pindah, mutasi, mutasi segmen",
}
_LIVINGS: Final[Mapping[Living, str]] = {
    "hidup": "hidup, masih hidup, aktif, nik aktif",
    "meninggal": "meninggal, meninggal dunia, sudah meninggal, sudah meninggal dunia, wafat",
    "nik_ganda": "ganda, nik ganda, data ganda",
    "nik_tidak_aktif": "tidak aktif, nik tidak aktif, nonaktif, nik nonaktif",
}
_PAYERS: Final[Mapping[Payer, str]] = {
    "negara": "pbi, pbi jk, pbi apbn, pbi/apbn, pbi jk apbn, pbi apbd, pbi/apbd, pbi jk apbd, pbi pusat, pbi daerah, "
    "pbi pemda, "
    "penerima bantuan iuran, penerima bantuan iuran apbn, penerima bantuan iuran apbd, "
    "penerima bantuan iuran jaminan kesehatan, jamkesda, jamkesda lanjutan, integrasi jamkesda, bp pemda, "
    "pbpu pemda, pbpu bp pemda, pbpu dan bp pemda, pbpu dan bp pemerintah daerah, pbpu bp pemerintah daerah, "
    "penduduk yang didaftarkan oleh pemerintah daerah, penduduk yang didaftarkan pemerintah daerah, "
    "penduduk yang didaftarkan pemda, penduduk didaftarkan pemda, didaftarkan pemda",
    "lain": "non pbi, bukan pbi, ppu, ppu bu, ppu pn, ppu badan usaha, ppu penyelenggara negara, ppu swasta, "
    "pekerja penerima upah, pegawai, pegawai swasta, pegawai negeri, pegawai negeri sipil, pegawai pemda, "
    "pegawai pemerintah daerah, pegawai bumn, pegawai bumd, karyawan, karyawan swasta, pns, pns pusat, "
    "pns daerah, pppk, asn, tni, polri, tni polri, tni/polri, pbpu, pbpu mandiri, mandiri, peserta mandiri, "
    "pekerja mandiri, pekerja bukan penerima upah, bp, bp mandiri, bp penyelenggara negara, bukan pekerja, "
    "penerima pensiun, penerima pensiun pns, penerima pensiun tni, penerima pensiun polri, pensiunan, "
    "pensiunan swasta, veteran, perintis kemerdekaan, investor, pemberi kerja",
}


def spelt(word: str) -> str:
    """A word without case, dots and spaces: "Non-Aktif" and "NON AKTIF" are the same."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def known_as(word: str) -> str:
    """The spelling by which a word is listed; empty for a word with other marks than ``_MARKS``, or without letters.

    A stroke stays: "TIDAK/AKTIF" is a choice that was not made.
    """
    return "/".join(map(spelt, word.split("/"))) if _MARKS.fullmatch(word) else ""


def spellings[M: str](listed: Mapping[M, str]) -> dict[str, M]:
    """From meanings with their words, separated by commas, to the meaning of each spelling."""
    return {known_as(word): meaning for meaning, words in listed.items() for word in words.split(",")}


STANDINGS: Final = spellings(_STANDINGS)
LIVINGS: Final = spellings(_LIVINGS)
PAYERS: Final = spellings(_PAYERS)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an office: the shipped ones and those of its own file, by their spelling."""

    standings: Mapping[str, Standing] = field(default_factory=lambda: STANDINGS)
    livings: Mapping[str, Living] = field(default_factory=lambda: LIVINGS)
    payers: Mapping[str, Payer] = field(default_factory=lambda: PAYERS)

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

    def living(self, status: str) -> Living | None:
        """The status of a resident in the population register."""
        return self.livings.get(known_as(status))

    def state_paid(self, segment: str | None) -> bool | None:
        """Whether the state pays for a segment; a membership of a list without segments is taken as state-paid."""
        if segment is None:
            return True
        return {"negara": True, "lain": False}.get(self.payers.get(known_as(segment), ""))

    def listed_status(self, status: str | None) -> str | None:
        """A status that is listed, as it came: what else stands in the column may name a person."""
        return status if status and known_as(status) in self.standings else None

    def listed_segment(self, segment: str | None) -> str | None:
        """A segment that is listed, as it came."""
        return segment if segment and known_as(segment) in self.payers else None


SHIPPED: Final = Words()


def put_off(column: str, word: str | None) -> str:
    """The reason of a task that waits because of a word, as the ledger keeps it; long numbers in it are left out."""
    shown = _NUMBERS.sub("…", " ".join((word or "").split()))[:_LONGEST]
    return f"{UNKNOWN_WORD}:{column}:{shown}"


def put_off_words(reason: str) -> str | None:
    """The sentence for an official about a reason that waits for a person; None for any other."""
    code, _, rest = reason.partition(":")
    if code == WITHOUT_NIK:
        return (
            "Peserta ini bayi yang belum punya NIK, jadi tidak dapat dicari di daftar. Periksa dengan NIK ibu dan "
            "akta atau surat keterangan lahirnya, lalu kerjakan dengan tangan dan isi catatan."
        )
    if code != UNKNOWN_WORD:
        return None
    column, _, word = rest.partition(":")
    column = column.replace("_", " ")
    written = f"tertulis «{word}»" if word else "kosong"
    return (
        f"Pada daftar, {column} orang ini {written}: sistem tidak dapat memutuskan dengan kata itu. "
        "Periksa, lalu kerjakan dengan tangan dan isi catatan."
    )


def quoted_words(words: Iterable[str | None]) -> str:
    """Words as a report names them, each once."""
    return ", ".join(dict.fromkeys(f"«{word}»" if word else "kosong" for word in words))
