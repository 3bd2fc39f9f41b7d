"""The registers an office keeps: the names its sheets print under `pencatatan`, and what a book of that name holds.

A sheet only names its registers. Their contents are inferred from the name, by the table below, and every answer
states that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jejak.procedure.model import Sop


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in JSON, its heading, its width in letters."""

    kunci: str
    judul: str
    lebar: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of register: the words in a printed name that mean it, and what it holds."""

    kunci: str
    kata: tuple[str, ...]
    isi: str
    kolom: tuple[Column, ...]


_TIME: Final = Column("waktu", "Tanggal", 28)
_CODE: Final = Column("kode", "Kode berkas", 17)
_NAME: Final = Column("nama", "Nama peserta", 26)
_NUMBER: Final = Column("nomor", "Nomor surat", 28)
_LETTER: Final = Column("jenis_surat", "Surat", 14)
_STATE: Final = Column("keadaan", "Keadaan", 15)
_WHY: Final = Column("sebab", "Sebab", 34)

BUKU: Final = Kind(
    "buku",
    ("rekomendasi", "surat keluar", "agenda", "nomor surat"),
    "Tiap nomor surat yang pernah dipesan, dan akhirnya.",
    (
        Column("urut", "No.", 6), _NUMBER, Column("dipesan", "Nomor dipesan", 28), _LETTER, _NAME, _CODE, _STATE,
        Column("pada", "Pada", 28), _WHY,
    ),
)  # fmt: skip
ARSIP: Final = Kind(
    "arsip",
    ("arsip", "file", "disimpan"),
    "Tiap surat yang diarsipkan: kapan, oleh siapa, dan sidik (SHA-256) berkasnya.",
    (
        _TIME, _NUMBER, _LETTER, _NAME, _CODE, Column("sidik", "SHA-256 surat", 40),
        Column("bukti", "Bukti arsip (SHA-256)", 40), Column("oleh", "Diarsipkan oleh", 26), _STATE, _WHY,
    ),
)  # fmt: skip
KENDALI: Final = Kind(
    "kendali",
    ("kendali", "disposisi", "ekspedisi"),
    "Tiap kali berkas berpindah tangan: dari siapa, kepada siapa, dengan petunjuk apa.",
    (
        _TIME, _CODE, Column("langkah", "Langkah", 8), Column("tindakan", "Tindakan", 26), Column("dari", "Dari", 30),
        Column("kepada", "Kepada", 22), Column("petunjuk", "Isi disposisi / catatan", 44),
    ),
)  # fmt: skip
REKON: Final = Kind(
    "rekon",
    ("rekon",),
    "Hasil pencocokan dengan BPJS Kesehatan, menurut hari dan kumpulan.",
    (
        _TIME, Column("kumpulan", "Kumpulan", 24), _CODE, _NAME, Column("pemeriksaan", "Pemeriksaan", 26),
        Column("hasil", "Hasil", 14), Column("sejak", "Aktif / berakhir sejak", 20), Column("sumber", "Sumber", 22),
        Column("oleh", "Dicatat oleh", 26),
    ),
)  # fmt: skip
_BY_NAME: Final = (REKON, ARSIP, KENDALI, BUKU)
"""The first with a word in the name decides: a "File Arsip Rekap Rekomendasi" is an archive, not a book of numbers."""
_UNNAMED: Final = "Buku nomor surat"


@dataclass(frozen=True, slots=True)
class Register:
    """A register of an office: its printed names, and the sheets whose cases stand in it."""

    kind: Kind
    names: tuple[str, ...]
    sops: tuple[Sop, ...]

    @property
    def nama(self) -> str:
        return " / ".join(self.names) or _UNNAMED

    @property
    def tersirat(self) -> tuple[str, ...]:
        """What is inferred, not printed: always the contents, and the name where no sheet prints it."""
        return ("isi", "kolom") if self.names else ("nama", "isi", "kolom")


def kind_of(name: str) -> Kind | None:
    """The kind of a register by its name; None for a register kept elsewhere ("Aplikasi DTKS")."""
    folded = name.casefold()
    return next((kind for kind in _BY_NAME if any(word in folded for word in kind.kata)), None)


def registers_of(sops: Sequence[Sop]) -> tuple[Register, ...]:
    """The registers an office keeps by its sheets. An office that numbers letters has a book of them, named or not."""
    registers: list[Register] = []
    for kind in (BUKU, ARSIP, KENDALI, REKON):
        naming = [sop for sop in sops if any(kind_of(name) is kind for name in sop.pencatatan)]
        names = dict.fromkeys(name for sop in naming for name in sop.pencatatan if kind_of(name) is kind)
        if names or (kind is BUKU and any(sop.surat for sop in sops)):
            registers.append(Register(kind, tuple(names), tuple(naming)))
    return tuple(registers)


def elsewhere(sops: Iterable[Sop]) -> dict[str, list[Sop]]:
    """Names under `pencatatan` of registers kept elsewhere, and the sheets that print them."""
    outside: dict[str, list[Sop]] = {}
    for sop in sops:
        for name in sop.pencatatan:
            if kind_of(name) is None:
                outside.setdefault(name, []).append(sop)
    return outside
