"""The headings of foreign tables: which mean the same, regardless of case, dots, blanks and abbreviations."""

import re
from collections.abc import Container, Iterable
from itertools import product
from typing import Final

from jejak.privacy.normalise import line
from jejak.procedure.office.vocabularies import spelt

_REMARK: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ABBREVIATIONS: Final = {
    "alamat": ("alamat", "almt"),
    "jumlah": ("jumlah", "jml"),
    "lahir": ("lahir", "lhr"),
    "lengkap": ("lengkap", "lgkp"),
    "nama": ("nama", "nm"),
    "nomor": ("nomor", "no", "nmr", "nomer"),
    "peserta": ("peserta", "psrt"),
    "tanggal": ("tanggal", "tgl", "tggl"),
    "telepon": ("telepon", "telpon", "telp", "tlp", "tel"),
    "tempat": ("tempat", "tmp", "tmpt", "tpt"),
}
"""How offices shorten the words of their headings (NAMA_LGKP and TGL_LHR are SIAK's)."""


def key(heading: str, known: Container[str]) -> str:
    """A heading without case and marks; without remarks in brackets where it is not `known` with them.

    "No. KK (16 digit)" and "no_kk" are one.
    """
    whole = spelt(line(heading))
    return whole if whole in known else spelt(_REMARK.sub("", line(heading)))


def keys(names: Iterable[str]) -> frozenset[str]:
    """The keys of many headings, and of the same with their words shortened; "No" alone numbers the rows."""
    return frozenset(spelling for name in names for spelling in _spellings(name))


def _spellings(name: str) -> Iterable[str]:
    words = re.split(r"[\s_/]+", name.casefold().strip())
    if words == ["nomor"]:
        return words
    return (spelt("".join(chosen)) for chosen in product(*(_ABBREVIATIONS.get(word, (word,)) for word in words)))
