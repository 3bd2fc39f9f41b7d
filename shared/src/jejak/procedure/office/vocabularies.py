"""Vocabularies of the outside systems: what each of their words means, and the words Jejak ships. Pure.

One vocabulary for each system, as the same word (`1`, `aktif`) says different things in different places. A word has a
meaning only where it is listed whole, here or in the office's file (`[kata]`): any other decides nothing, and a person
sees it as it came. No digits are listed here, because 1 in some lists is 0 in others.
"""

import re
from collections.abc import Mapping
from itertools import product
from typing import Final, Literal

Standing = Literal["aktif", "nonaktif", "meninggal", "pindah"]
"""The status of a membership, in an imported list and at BPJS."""
Nobody = Literal["tidak_ditemukan"]
Living = Literal["hidup", "meninggal", "nik_ganda", "nik_tidak_aktif"]
"""The status of a resident in an extract of the population register."""
Listed = Literal["terdaftar", "tidak_terdaftar"]
"""The status of a person in a register of the poor."""
Desil = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]
Payer = Literal["negara", "daerah", "lain"]
"""Who pays for a segment: the state or a region (a state-paid membership), or another."""
Failure = Literal["meninggal", "nik_ganda", "tidak_ditemukan", "nik_tidak_aktif", "salah_format"]
"""Why Dukcapil compared nothing: each is an outcome of its own."""
Verdict = Literal["sesuai", "tidak_sesuai"]
"""What Dukcapil says of one element."""
Says = Literal["diterima", "perbaiki", "ditolak", "aktif", "nonaktif"]
"""What an answer of BPJS says: of the proposal, or of the membership."""

LOOK: Final = "periksa"
"""The office's word for: no meaning, a person looks at it."""
_MARKS: Final = re.compile(r"[\w .()&/-]*")
"""Marks around words that add no meaning; any other ("AKTIF?", "!AKTIF") adds some."""
_MINUS: Final = re.compile(r"^\s*-|-\s*$|\(\s*-\s*\)")
"""A dash that joins nothing: "TERDAFTAR (-)" and "-1" say the contrary of the word."""
_RANGE: Final = re.compile(r"(?<=\d)\s*-\s*(?=\d)")

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
    "negara": "pbi, pbi jk, pbi apbn, pbi/apbn, pbi jk apbn, pbi pusat, penerima bantuan iuran, "
    "penerima bantuan iuran apbn, penerima bantuan iuran jaminan kesehatan",
    "daerah": "pbi apbd, pbi/apbd, pbi jk apbd, pbi daerah, pbi pemda, penerima bantuan iuran apbd, "
    "jamkesda, jamkesda lanjutan, integrasi jamkesda, bp pemda, "
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
_LISTED: Final[Mapping[Listed, str]] = {
    "terdaftar": "terdaftar, masih terdaftar, sudah terdaftar, terdaftar pbdt, terdaftar dtks, terdaftar dtsen, "
    "terdaftar ya, terdaftar pbdt ya, terdaftar dtks ya, terdaftar dtsen ya",
    "tidak_terdaftar": "tidak terdaftar, belum terdaftar, tidak terdaftar pbdt, tidak terdaftar dtks, "
    "tidak terdaftar dtsen, terdaftar tidak, terdaftar pbdt tidak, terdaftar dtks tidak, terdaftar dtsen tidak",
}
"""A cell that says only yes or no is read behind its heading: "LAYAK" with "YA" is the word "LAYAK YA"."""
_ANSWERS: Final[Mapping[Says, str]] = {
    "diterima": "diterima, terima, disetujui, setuju, berhasil, accepted, ya",
    "perbaiki": "perbaiki, perbaikan, diperbaiki, dikembalikan, revisi, mend",
    "ditolak": "ditolak, tolak, gagal, tidak disetujui, rejected, tidak",
    "aktif": "aktif, sudah aktif, masih aktif, active",
    "nonaktif": "nonaktif, tidak aktif, dinonaktifkan, sudah nonaktif, inactive",
}
YES_OR_NO: Final = frozenset({"ya", "tidak", "yatidak", "y", "t", "n", "yes", "no", "benar", "salah", "true", "false"})
"""Cells, as spelt, that say something only together with their heading."""
_NOBODY: Final = [
    f"{subject}{which}{missing}"
    for subject, which, missing in product(
        [
            *("data", "peserta", "data peserta"),
            *map(
                "".join, product(("", "data "), ("", "peserta "), ("", "dengan "), ("nik", "no kartu", "nomor kartu"))
            ),
        ],
        ("", " ini", " tersebut"),
        (" tidak ditemukan", " tidak terdaftar", " belum terdaftar", " not found"),
    )
]
"""VClaim's sentences for a person BPJS does not know, beside code 201."""
CODES: Final[Mapping[str, Failure]] = {
    "11": "meninggal",
    "12": "nik_ganda",
    "13": "tidak_ditemukan",
    "14": "nik_tidak_aktif",
    "15": "salah_format",
}
"""Dukcapil's codes, which decide only beside a sentence that says the same."""
_FAILURES: Final[Mapping[Failure, str]] = {
    "meninggal": "meninggal, meninggal dunia, sudah meninggal, sudah meninggal dunia",
    "nik_ganda": "ganda, data ganda, nik ganda",
    "tidak_ditemukan": "tidak ditemukan, data tidak ditemukan, nik tidak ditemukan",
    "nik_tidak_aktif": "tidak aktif, data tidak aktif, nik tidak aktif, nonaktif, data nonaktif, nik nonaktif",
    "salah_format": "salah format, format salah, format tidak sesuai, format tidak valid, format nik salah, "
    "format nik tidak sesuai, format nik tidak valid, format atau no kk salah, format nik atau no kk salah, "
    "format nik atau no kk tidak sesuai, format nik atau no kk tidak valid",
}
_FOUND_BUT: Final = ("", "data ditemukan ", "status ", "data ditemukan status ")


def spelt(word: str) -> str:
    """A word without case, dots and spaces: "Non-Aktif" and "NON AKTIF" are the same."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def known_as(word: str) -> str:
    """The spelling by which a word is listed; empty for a word with other marks than ``_MARKS``, or without letters.

    A stroke stays: "TIDAK/AKTIF" is a choice that was not made. So does the dash of "1-4", which is not 14.
    """
    if not _MARKS.fullmatch(word) or _MINUS.search(word):
        return ""
    return "/".join(map(spelt, _RANGE.sub(" sampai ", word).split("/")))


def spellings[M: str](listed: Mapping[M, str]) -> dict[str, M]:
    """From meanings with their words, separated by commas, to the meaning of each spelling."""
    return {known_as(word): meaning for meaning, words in listed.items() for word in words.split(",")}


STANDINGS: Final = spellings(_STANDINGS)
LIVINGS: Final = spellings(_LIVINGS)
PAYERS: Final = spellings(_PAYERS)
LISTED: Final = spellings(_LISTED)
VCLAIM: Final[Mapping[str, Standing | Nobody]] = {
    **STANDINGS,
    **{known_as(sentence): "tidak_ditemukan" for sentence in _NOBODY},
    **dict.fromkeys(("datatidakada", "pesertatidakada", "datapesertatidakada"), "tidak_ditemukan"),
}
DUKCAPIL: Final[Mapping[str, Failure | Verdict]] = {
    known_as(before + sentence): failure
    for before in _FOUND_BUT
    for failure, sentences in _FAILURES.items()
    for sentence in sentences.split(", ")
}
ANSWERS: Final = spellings(_ANSWERS)
