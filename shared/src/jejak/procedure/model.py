"""A sheet as the engine runs it: every name resolved, every default applied, frozen.

``jejak.procedure.format.file`` is the file as people write it; ``jejak.procedure.load`` turns the one into the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from jejak.contracts.parts import Funding
    from jejak.timekeeping.standard import Standard

MAIN = "main"
IMPLICIT_SUBMIT = "0"

type TargetKind = Literal["lanjut", "langkah", "pemohon", "konsep", "tunggu", "tolak", "kembalikan", "selesai"]
type Ukuran = Literal["sentuh", "lewat"]
type LetterKind = Literal["rekomendasi", "usulan", "penolakan"]
type Cara = Literal["baru", "mutasi", "reaktivasi"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an outcome leads. ``langkah`` is set for "langkah N" and for "pemohon langkah N" (kind pemohon)."""

    kind: TargetKind
    langkah: str | None = None

    def __str__(self) -> str:
        match self.kind, self.langkah:
            case "langkah", str(langkah):
                return f"langkah {langkah}"
            case kind, str(langkah):
                return f"{kind} langkah {langkah}"
            case kind, _:
                return kind


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a step, in one slot: "main", or the kode of a follow-up."""

    slot: str
    langkah: str
    verb: str
    index: int
    """Position within its slot; ``sop.main[task.index] is task``."""
    pelaksana: tuple[str, ...]
    """Each in turn, in this order."""
    untuk: tuple[frozenset[str], ...]
    """All groups must hold; a group holds when any one of its names does. Empty: always."""
    surat: tuple[str, ...]
    kepada: str | None
    kumpulan: str | None
    targets: Mapping[str, Target]
    """Every outcome of the verb, the good one first."""
    waktu: Standard | None
    """The task's own standard; the step's is in ``Step.waktu``."""
    step_no: int
    """Position of its step within the slot: 0, 1, 2 …, whatever the sheet calls it."""

    def applies(self, names: frozenset[str]) -> bool:
        """Whether the task is to be done, given the names that hold: route, answers, outcomes."""
        return all(not names.isdisjoint(group) for group in self.untuk)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the sheet's table, as printed, and the tasks it means. ``no`` is the kode in a follow-up."""

    no: str
    kegiatan: str
    kelengkapan: str | None
    waktu: Standard | None
    waktu_cetak: str | None
    """The cell as printed; only what stands here may be shown as the sheet's own words."""
    output: str | None
    keterangan: str | None
    ukuran: Ukuran | None
    catatan_waktu: str | None
    pesan: Mapping[str, str]
    """Outcome -> what the citizen is told."""
    tersirat: frozenset[str]
    """Keys of this step that were inferred, not printed."""
    untuk: frozenset[str]
    pelaksana: tuple[str, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A step beside or after the main line; ``step.no`` is its kode and its tasks have slot = kode."""

    kode: str
    sesudah: str
    """"selesai", "tolak", "kembalikan", "langkah N", or the kode of another follow-up."""
    untuk: frozenset[str]
    step: Step


@dataclass(frozen=True, slots=True)
class Performer:
    """One actor of the sheet: usually a column. In printed order in ``Sop.pelaksana``."""

    kode: str
    nama: str
    pihak: str
    """Whose clock runs while the file is with him: dinas, pemohon, kelurahan, kecamatan, bpjs, kemensos …"""
    jabatan: tuple[str, ...]
    """Posts any one of which may do it; empty for outsiders."""
    pencatat: str | None = None
    """Who records for somebody who never sits at a keyboard: a pelaksana's kode, or a jabatan."""
    tersirat: frozenset[str] = frozenset()

    @property
    def dicetak(self) -> bool:
        """Whether the sheet prints a column for him."""
        return "nama" not in self.tersirat


@dataclass(frozen=True, slots=True)
class Alternative:
    """A document that does as well, for a participant younger than ``usia_di_bawah`` years (None: for anybody)."""

    kode: str
    nama: str
    usia_di_bawah: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is asked for; ``periksa`` is what makes it right."""

    kode: str
    nama: str
    salah_satu: tuple[Alternative, ...] = ()
    periksa: tuple[str, ...] = ()
    untuk: frozenset[str] = frozenset()
    tersirat: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One block of rules. Any block suffices; within a block all that is not None or empty must hold."""

    nama: str
    untuk: frozenset[str] = frozenset()
    terdaftar_di: tuple[str, ...] = ()
    """Listed in any one of these registers."""
    tidak_terdaftar_di: tuple[str, ...] = ()
    """Listed in none of these."""
    desil: tuple[int, ...] = ()
    nonaktif_paling_lama: int | None = None
    """Calendar months, counted back from the day the application was received, in the office's zone."""
    nonaktif_paling_banyak: int | None = None
    """How many times the membership may have been deactivated."""
    sumber: str | None = None
    tersirat: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """One jalur of the sheet; ``cara`` is what an activation by this route is."""

    kode: str
    nama: str
    prioritas: bool = False
    cara: Cara | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Asked at the counter. Without ``pilihan`` the answer yes makes ``kode`` hold; with them, the chosen name does."""

    kode: str
    teks: str
    pilihan: tuple[str, ...] = ()
    mendesak: frozenset[str] = frozenset()
    """The answers (names) that go first on any route."""

    @property
    def prioritas(self) -> bool:
        """Whether some answer to it goes first."""
        return bool(self.mendesak)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter the sheet makes."""

    kode: str
    jenis: LetterKind
    kepada: str | None = None
    tembusan: tuple[str, ...] = ()


BENTUK = ("xlsx", "csv", "lembar_daring")
"""The forms in which a batch leaves the office by itself; without one it is brought, with its list as the receipt."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Something done once for many cases. ``setiap`` None: closed by hand."""

    kode: str
    setiap: str | None = None
    dari_tanggal: int | None = None
    sampai_tanggal: int | None = None
    bentuk: str | None = None
    untuk: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sop:
    """One edition of one sheet: the file's bytes, what it prints, and the procedure it means."""

    sha256: str
    text: bytes
    layanan: str
    nama: str
    dinas: str
    tanggal_efektif: date | None
    """None only when the sheet is undated: then the kantor file's ``sop_berlaku_sejak`` counts."""
    nomor: str | None
    edisi: int
    alasan_edisi: str | None
    pemerintah: str | None
    instansi: str | None
    unit: str | None
    tanggal_pembuatan: date | None
    tanggal_revisi: date | None
    tanggal_pengesahan: date | None
    disahkan_oleh: str | None
    dasar_hukum: tuple[str, ...]
    kualifikasi: tuple[str, ...]
    keterkaitan: tuple[str, ...]
    peralatan: tuple[str, ...]
    peringatan: tuple[str, ...]
    pencatatan: tuple[str, ...]
    produk: str | None
    biaya: str | None
    catatan: tuple[str, ...]
    tujuan: Literal["nonaktif"] | None
    """"nonaktif" for the inverse service: what is asked for is that a membership ends."""
    cara: Cara | None
    pendanaan: Funding | None
    """Who pays the contribution, where the sheet decides it: an application may say otherwise, the office may not."""
    waktu_total: Standard | None
    waktu_total_cetak: str | None
    total_dari: str | None
    total_sampai: str | None
    catatan_waktu: str | None
    hari: Literal["kerja", "kalender"]
    judul_tabel: str | None
    kaki: str | None
    judul: Mapping[str, str]
    """Headings that the sheet prints in its own way: key -> heading as printed."""
    tersirat: frozenset[str]
    pelaksana: Mapping[str, Performer]
    jalur: Mapping[str, Route]
    pertanyaan: Mapping[str, Question]
    persyaratan: Mapping[str, Document]
    aturan: tuple[Rule, ...]
    surat: Mapping[str, Letter]
    kumpulan: Mapping[str, Batch]
    langkah: tuple[Step, ...]
    """As printed; an implicit submit is not among them (``step("main", "0")`` has it)."""
    main: tuple[Task, ...]
    follow_ups: Mapping[str, FollowUp]
    steps: Mapping[tuple[str, str], Step]
    """(slot, langkah) -> step, the implicit submit included."""

    def __repr__(self) -> str:
        return f"Sop({self.dinas} {self.layanan} {self.tanggal_efektif} {self.sha256[:12]})"

    @property
    def inverse(self) -> bool:
        """Whether the sheet asks for a membership to end."""
        return self.tujuan == "nonaktif"

    def step(self, slot: str, langkah: str) -> Step:
        """The step; KeyError when the sheet has none."""
        return self.steps[slot, langkah]

    def tasks(self, slot: str) -> tuple[Task, ...]:
        """Every task of a slot, in order; KeyError for an unknown slot."""
        return self.main if slot == MAIN else self.follow_ups[slot].step.tasks

    def task(self, slot: str, langkah: str, verb: str, names: frozenset[str] | None = None) -> Task:
        """The task of a step by its verb; KeyError when there is none.

        A step may hold one verb twice for different routes: ``names`` (those that hold in the case) tells them apart.
        """
        found = [task for task in self.steps[slot, langkah].tasks if task.verb == verb]
        if not found:
            raise KeyError(slot, langkah, verb)
        if names is not None:
            found = [task for task in found if task.applies(names)] or found
        return found[0]

    def all_tasks(self) -> Iterator[Task]:
        """Every task of the sheet: the main line, then the follow-ups as written."""
        yield from self.main
        for follow_up in self.follow_ups.values():
            yield from follow_up.step.tasks

    @property
    def pemohon(self) -> str:
        """The pelaksana of submit: whose turn it is when documents are to be completed."""
        return self.main[0].pelaksana[0]

    @property
    def daftar(self) -> tuple[str, ...]:
        """Every register the rules name, in their order, once."""
        names = (name for rule in self.aturan for name in (*rule.terdaftar_di, *rule.tidak_terdaftar_di))
        return tuple(dict.fromkeys(names))

    def rules_for(self, names: frozenset[str]) -> tuple[Rule, ...]:
        """The rules that concern a case in which these names hold; none: an official has to judge it himself."""
        return tuple(rule for rule in self.aturan if not rule.untuk or not names.isdisjoint(rule.untuk))

    def posts_recording(self, pelaksana: str) -> tuple[str, ...]:
        """Posts that may record for a performer; empty when he acts himself."""
        pencatat = self.pelaksana[pelaksana].pencatat
        if pencatat is None:
            return ()
        named = self.pelaksana.get(pencatat)
        return named.jabatan if named else (pencatat,)
