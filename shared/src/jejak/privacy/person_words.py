"""The Indonesian names of a person's fields, for forms, error pages and sentences."""

import re
from typing import Final

PERSON_WORDS: Final = {
    "nik": "NIK",
    "mother": "NIK ibu",
    "birth_paper": "akta atau surat keterangan lahir",
    "birth_order": "urutan lahir bayi kembar",
    "kk": "nomor KK",
    "name": "nama",
    "born": "tanggal lahir",
    "address": "alamat",
    "birthplace": "tempat lahir",
    "phone": "telepon",
    "card": "nomor kartu JKN-KIS",
}
"""Within a sentence."""
PERSON_LABELS: Final = {name: words[:1].upper() + words[1:] for name, words in PERSON_WORDS.items()}
"""Before a field."""
_MEMBER: Final = re.compile(r"anggota\.(\d+)\.peserta")
"""A member of a family, as the counter's form names and numbers them."""


def field_words(path: str) -> str:
    """A field as people call it: `pemohon.name` is "nama pemohon"."""
    owner, _, field = path.rpartition(".")
    if field in PERSON_WORDS:
        words = f"{PERSON_WORDS[field]} {_MEMBER.sub(r'peserta \1', owner)}"
    else:
        words = path.replace("[]", "").replace("[", " ").replace("]", "")
    return words.replace(".", " ").replace("_", " ").strip()
