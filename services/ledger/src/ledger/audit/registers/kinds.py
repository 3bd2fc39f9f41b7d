"""Which registers an office keeps: what its sheets print under `pencatatan`, and what a book of such a name holds.

A sheet names its registers and says no more. What stands in them is inferred from the name, by the table below, and
every answer says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jejak.procedure.model import Sop


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in JSON, its heading, its width in letters."""

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
"""The first whose word stands in the name: a "File Arsip Rekap Rekomendasi" is an archive, not a book of numbers."""
_UNNAMED: Final = "Buku nomor surat"


@dataclass(frozen=True, slots=True)
class Register:
    """A register of an office: its names as printed, and the sheets whose cases stand in it."""

    kind: Kind
    names: tuple[str, ...]
    sops: tuple[Sop, ...]

    @property
    def nama(self) -> str:
        return " / ".join(self.names) or _UNNAMED

    @property
    def tersirat(self) -> tuple[str, ...]:
        """What the sheets do not say: always what it holds, and its name where none of them prints one."""
        return ("isi", "kolom") if self.names else ("nama", "isi", "kolom")


def kind_of(name: str) -> Kind | None:
    """What a register of this name holds; None for one that is kept elsewhere ("Aplikasi DTKS")."""
    said = name.casefold()
    return next((kind for kind in _BY_NAME if any(word in said for word in kind.kata)), None)


def registers_of(sops: Sequence[Sop]) -> tuple[Register, ...]:
    """The registers an office keeps by its sheets. An office that numbers letters has a book of them, named or not."""
    found = [_register(kind, sops) for kind in (BUKU, ARSIP, KENDALI, REKON)]
    return tuple(one for one in found if one.names or (one.kind is BUKU and any(sop.surat for sop in sops)))


def elsewhere(sops: Iterable[Sop]) -> dict[str, list[Sop]]:
    """Names under `pencatatan` that are kept outside, and the sheets that print them."""
    found: dict[str, list[Sop]] = {}
    for sop in sops:
        for name in sop.pencatatan:
            if kind_of(name) is None:
                found.setdefault(name, []).append(sop)
    return found


def _register(kind: Kind, sops: Sequence[Sop]) -> Register:
    naming = [sop for sop in sops if any(kind_of(name) is kind for name in sop.pencatatan)]
    names = dict.fromkeys(name for sop in naming for name in sop.pencatatan if kind_of(name) is kind)
    return Register(kind, tuple(names), tuple(naming))
