"""The Indonesian names of a person's fields, for forms, error pages and sentences."""

from typing import Final

PERSON_WORDS: Final = {
    "nik": "NIK",
    "mother": "NIK ibu",
    "birth_paper": "akta atau surat keterangan lahir",
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
