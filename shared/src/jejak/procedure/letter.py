"""[[surat]]: a letter as the sheet defines it. Its kind decides the form, its own words replace those of the form."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from jejak.procedure.documents import Named, facts_named
from jejak.procedure.format.fields import Block, Flag, Kode, Names, Text, TextOrTexts

type LetterKind = Literal[
    "rekomendasi", "usulan", "keterangan", "pengantar", "keputusan", "pengesahan", "penolakan"
]  # fmt: skip

PBI_KINDS: Final = frozenset({"rekomendasi", "usulan"})
"""Kinds whose form speaks of the PBI membership, unless the sheet has words of its own for the letter."""
TITLED: Final = frozenset({"keterangan", "keputusan", "pengesahan"})
"""Kinds that stand under a title and go to nobody in particular; every other is addressed."""
OF_A_DECREE: Final = ("menimbang", "mengingat", "memutuskan")
"""Keys of a decree (keputusan) alone."""
OWN_WORDS: Final = ("nama", "hal", "pembuka", "isi", "penutup")
"""Keys that say what the letter is about: with any of them its form no longer speaks of the PBI membership."""
WITH_FACTS: Final = ("pembuka", "isi", "penutup", "menimbang", "memutuskan")
"""Keys whose paragraphs may name what was recorded of a document: `{FASKES.nomor}`."""
APPLICANT: Final = "pemohon"
"""As an addressee: the applicant of the case, by name."""
_NAMES: Final = {"pengesahan": "lembar pengesahan"}

MOST_OF_LINE: Final = 300
MOST_OF_PARAGRAPH: Final = 2000
MOST_ADDRESS_LINES: Final = 6
"""What a letter holds: characters of a line and of a paragraph, lines of its address."""
REFUSED_SUBJECT: Final = "Penolakan permohonan "
"""What the subject of a refusal begins with, before the name of what is refused."""

type Line = Annotated[Text, Field(max_length=MOST_OF_LINE)]


class Letter(Block):
    """[[surat]]: a letter the sheet makes."""

    kode: Kode
    jenis: LetterKind
    nama: Line | None = Field(default=None, title="Nama surat seperti dibaca warga: Surat Keterangan Tidak Mampu")
    kepada: TextOrTexts = Field(default=(), title='Alamatnya, satu baris atau beberapa; "pemohon": nama pemohon')
    di: Line | None = Field(default=None, title='Baris "di" pada alamat: Jakarta')
    hal: Line | None = Field(default=None, title="Hal; pada keputusan: isi TENTANG")
    sifat: Line | None = Field(default=None, title="Tanpa kunci ini: Biasa")
    lampiran: Line | None = Field(default=None, title="Seperti dicetak: 1 (satu) berkas")
    pembuka: TextOrTexts = Field(default=(), title="Alinea sebelum data orangnya")
    isi: TextOrTexts = Field(default=(), title="Alinea sesudah data orangnya: yang diterangkan, diminta atau diusulkan")
    penutup: TextOrTexts = Field(default=(), title="Alinea terakhir")
    menimbang: TextOrTexts = Field(default=(), title="Hanya keputusan: butir a, b, c")
    mengingat: TextOrTexts = Field(default=(), title="Hanya keputusan: butir 1, 2, 3; tanpa kunci ini: dasar_hukum")
    memutuskan: TextOrTexts = Field(default=(), title="Hanya keputusan: KESATU, KEDUA, KETIGA")
    dokumen: Names = Field(default=(), title="Hanya pengesahan: kode persyaratan yang disahkan")
    daftar_terlampir: Flag = Field(default=False, title="Satu surat untuk banyak orang, dengan daftar nama terlampir")
    mengetahui: Text | None = Field(
        default=None,
        title="Kolom yang mengetahui: bloknya dicetak di kiri tanda tangan, untuk ditandatangani dengan pena",
    )
    tembusan: TextOrTexts = ()
    tersirat: Names = ()

    @property
    def disebut(self) -> str:
        """The name by which people know it: the sheet's, else the kind of letter in lower case."""
        return self.nama or _NAMES.get(self.jenis, f"surat {self.jenis}")

    @property
    def facts(self) -> tuple[Named, ...]:
        """What its words name of documents."""
        return facts_named(text for key in WITH_FACTS for text in getattr(self, key))

    @property
    def titled(self) -> bool:
        """Whether it stands under a title instead of an addressee."""
        return self.jenis in TITLED

    @property
    def about_pbi(self) -> bool:
        """Whether the words of its form are those for a PBI membership."""
        return self.jenis in PBI_KINDS and not any(getattr(self, key) for key in OWN_WORDS)


def refused_name(letter: Letter) -> str:
    """The name of a letter that was drafted for a case refused or returned: each is then a letter of refusal."""
    return letter.disebut if letter.jenis == "penolakan" else "surat penolakan"
