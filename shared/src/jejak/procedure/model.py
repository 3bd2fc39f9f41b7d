"""The blocks of a sheet, and the sheet as the engine runs it: every name resolved, every default applied, frozen.

A block that says the same in the file and to the engine is one class, declared here with the keys people write. What
the engine reads otherwise than it is written (times, tasks, targets) is in ``Task``, ``Step``, ``FollowUp`` and
``Sop``: ``jejak.procedure.load`` makes them of ``jejak.procedure.format.file``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from jejak.contracts.parts import Funding
from jejak.procedure.batches import Batch
from jejak.procedure.documents import Document
from jejak.procedure.format.fields import (
    Block,
    Cara,
    Day,
    Flag,
    Kode,
    Months,
    Names,
    SheetOffice,
    Text,
    TextOrTexts,
    Urgent,
    Whole,
)
from jejak.procedure.letter import Letter
from jejak.timekeeping.standard import Standard, Ukuran
from jejak.timekeeping.windows import Window

MAIN = "main"
IMPLICIT_SUBMIT = "0"

type TargetKind = Literal["lanjut", "langkah", "pemohon", "konsep", "tunggu", "tolak", "kembalikan", "selesai"]


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
    """To whom it sends: a column, or the party itself."""
    kumpulan: str | None
    targets: Mapping[str, Target]
    """Every outcome of the verb, the good one first."""
    waktu: Standard | None
    """The task's own standard; the step's is in ``Step.waktu``."""
    step_no: int
    """Position of its step within the slot: 0, 1, 2 …; not its number on the sheet."""
    window: Window | None = None
    dijawab_oleh: str | None = None
    """Who answers it: a column, or the party itself; None for a task that no party outside answers."""
    sebutan: str | None = None
    """Its name on the sheet, where it is not that of the verb."""
    awaits: str | None = None
    """The party whose decision it waits for; an official may record it."""

    @property
    def party(self) -> str | None:
        """The party outside that the task is about."""
        return self.kepada or self.dijawab_oleh

    def applies(self, names: frozenset[str]) -> bool:
        """Whether the task is to be done, given the names that hold: route, answers, outcomes."""
        return all(not names.isdisjoint(group) for group in self.untuk)


class StepCells(Block):
    """The cells of a step that mean what they print."""

    kegiatan: Text | None = Field(default=None, title="Kata demi kata, salah cetak pun")
    pelaksana: Names = Field(default=(), title="Berurutan: tiap orang mengerjakan bergiliran")
    untuk: Names = ()
    kelengkapan: Text | None = None
    waktu_cetak: Text | None = Field(default=None, title="Sel seperti tercetak, bila satuannya ada di kepala kolom")
    """Only what stands here may be shown as the sheet's own words."""
    ukuran: Ukuran | None = None
    catatan_waktu: Text | None = None
    output: Text | None = None
    keterangan: Text | None = None
    pesan: Mapping[Text, Text] = Field(default_factory=dict, title="hasil = yang disampaikan kepada warga")
    tersirat: Names = ()
    """Keys of this step that are inferred, not printed."""


class Step(StepCells):
    """One line of the sheet's table, as printed, and the tasks it means. ``no`` is the kode in a follow-up."""

    model_config = ConfigDict(defer_build=True)

    no: str
    kegiatan: str
    waktu: Standard | None
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A step beside or after the main line; ``step.no`` is its kode and its tasks have slot = kode."""

    kode: str
    sesudah: str
    """"selesai", "tolak", "kembalikan", "langkah N", or the kode of another follow-up."""
    untuk: tuple[str, ...]
    step: Step
    since_active: bool = False
    """Its time counts from the day the card became active, whenever that was recorded."""
    reminders: tuple[int, ...] = ()
    """After how many months of its time the applicant is reminded, in order."""


class Performer(Block):
    """[[pelaksana]]: one actor of the sheet, usually a column; in printed order."""

    kode: Kode
    nama: Text = Field(title="Nama kolom seperti tercetak")
    pihak: Kode = Field(default="dinas", title="Jam siapa yang berjalan: dinas, pemohon, kelurahan, bpjs …")
    jabatan: Names = Field(
        default_factory=lambda written: (written["kode"],) if written["pihak"] == "dinas" else (),
        title="Jabatan yang boleh mengerjakan; salah satu cukup",
    )
    """Posts any one of which may do it: the office's own column is its post, an outsider has none."""
    pencatat: Text | None = Field(default=None, title="Siapa yang mencatat bagi yang tidak memakai komputer")
    """A pelaksana's kode, or a jabatan."""
    tersirat: Names = ()

    @property
    def dicetak(self) -> bool:
        """Whether the sheet prints a column for this performer."""
        return "nama" not in self.tersirat


class Route(Block):
    """[[jalur]]: a route of the sheet."""

    kode: Kode
    nama: Text
    prioritas: Flag = False
    cara: Cara | None = Field(default=None, title="Pengaktifan lewat jalur ini: baru, mutasi, reaktivasi")
    tersirat: Names = ()


class Question(Block):
    """[[pertanyaan]]: asked at the counter.

    Without ``pilihan`` the answer yes makes ``kode`` hold; with them, the chosen name does.
    """

    kode: Kode
    teks: Text
    pilihan: Names = Field(default=(), title="Nama tiap jawaban, bila kedua jawaban perlu nama")
    prioritas: Urgent = Field(default=False, title="true; bila ada pilihan: nama jawaban yang mendesak")
    tersirat: Names = ()

    @property
    def mendesak(self) -> tuple[str, ...]:
        """The answers (names) that go first on any route."""
        return self.prioritas if isinstance(self.prioritas, tuple) else (self.kode,) * self.prioritas

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that an answer to it may make hold."""
        return self.pilihan or (self.kode,)


class Validity(Block):
    """[[masa]]: a name that holds for applications received between two days, for `untuk` to condition by."""

    kode: Kode
    dari: Day | None = Field(default=None, title="Hari pertama: berkas yang diterima sejak hari ini")
    sampai: Day | None = Field(default=None, title="Hari terakhir, termasuk hari itu")
    tersirat: Names = ()

    def holds_on(self, day: date) -> bool:
        """Whether an application that is received on this day falls into it."""
        return (self.dari is None or self.dari <= day) and (self.sampai is None or day <= self.sampai)


class Rule(Block):
    """[[aturan]]: any block suffices; within a block every key that is written holds."""

    nama: Text
    untuk: Names = ()
    terdaftar_di: Names = Field(default=(), title="Salah satu dari daftar ini cukup; semuanya: terdaftar_di_semua")
    terdaftar_di_salah_satu: Names = Field(default=(), title="Salah satu dari daftar ini cukup")
    terdaftar_di_semua: Names = Field(default=(), title="Harus terdaftar di semua daftar ini")
    tidak_terdaftar_di: Names = ()
    """Listed in none of these."""
    desil: tuple[Annotated[Whole, Field(ge=0, le=10)], ...] = ()
    nonaktif_paling_lama: Months | None = Field(
        default=None, title='Misalnya "6 bulan": paling lama sampai hari terima'
    )
    """A term of months (`printed.months`) that is not over on the day of receipt, in the office's zone."""
    nonaktif_paling_banyak: Whole | None = Field(default=None, ge=0, title="Berapa kali paling banyak")
    """How many times the membership may have been deactivated."""
    jawaban: Names = Field(default=(), title="Salah satu jawaban ini diberikan di loket")
    sumber: Text | None = Field(default=None, title="Langkah atau peraturan asalnya")
    tersirat: Names = ()

    @property
    def salah_satu(self) -> tuple[str, ...]:
        """The registers of which any one suffices."""
        return (*self.terdaftar_di, *self.terdaftar_di_salah_satu)


BENTUK = ("xlsx", "csv", "lembar_daring")
"""The forms in which a batch leaves the office by itself; without one it is brought, with its list as the receipt."""


class SheetHead(Block):
    """The keys of a sheet above its blocks that mean what they say."""

    layanan: Kode
    nama: Text
    dinas: SheetOffice = Field(title='Kode Kemendagri dalam tanda kutip: "13.10"')
    tanggal_efektif: Day | None = Field(
        default=None, title='Wajib; lembar tak bertanggal: tersirat = ["tanggal_efektif"]'
    )
    nomor: Text | None = None
    edisi: Whole = Field(default=1, ge=1)
    alasan_edisi: Text | None = None
    pemerintah: Text | None = None
    instansi: Text | None = None
    unit: Text | None = None
    tanggal_pembuatan: Day | None = None
    tanggal_revisi: Day | None = None
    tanggal_pengesahan: Day | None = None
    disahkan_oleh: Text | None = None
    dasar_hukum: TextOrTexts = ()
    kualifikasi: TextOrTexts = ()
    keterkaitan: TextOrTexts = ()
    peralatan: TextOrTexts = ()
    peringatan: TextOrTexts = ()
    pencatatan: TextOrTexts = ()
    produk: Text | None = None
    biaya: Text | None = None
    catatan: TextOrTexts = ()
    tujuan: Literal["nonaktif"] | None = Field(default=None, title="Untuk layanan kebalikannya: kartu dinonaktifkan")
    cara: Cara | None = None
    pendanaan: Funding | None = Field(default=None, title="Siapa yang membayar iuran, bila lembarnya menentukan")
    total_dari: Text | None = Field(default=None, title='Sejak kapan dihitung: diterima, lengkap, "langkah N"')
    total_sampai: Text | None = Field(
        default=None, title='Sampai kapan: selesai, lengkap, "langkah N" atau kode tindak lanjut'
    )
    catatan_waktu: Text | None = None
    judul_tabel: Text | None = None
    kaki: Text | None = None
    judul: Mapping[Text, Text] = Field(default_factory=dict, title="kunci = judul seperti tercetak")
    tersirat: Names = ()


class Sop(SheetHead):
    """One edition of one sheet: the file's bytes, what it prints, and the procedure it means. Equal to itself alone."""

    model_config = ConfigDict(defer_build=True)

    sha256: str
    text: bytes
    waktu_total: Standard | None
    waktu_total_cetak: str | None
    total_jalur: Mapping[str, Standard]
    """Route -> the total printed for it, instead of the sheet's."""
    hari: Literal["kerja", "kalender"]
    pelaksana: Mapping[str, Performer]
    jalur: Mapping[str, Route]
    pertanyaan: Mapping[str, Question]
    masa: Mapping[str, Validity]
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

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Sop({self.dinas} {self.layanan} {self.tanggal_efektif} {self.sha256[:12]})"

    __str__ = __repr__

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

    def reminders(self, slot: str) -> tuple[int, ...]:
        """After how many months of a follow-up its applicant is reminded; none in the main line."""
        return self.follow_ups[slot].reminders if slot in self.follow_ups else ()

    def task(self, slot: str, langkah: str, verb: str, names: frozenset[str] | None = None) -> Task:
        """The task of a step by its verb; KeyError when there is none.

        A step may hold one verb twice for different routes: ``names`` (those that hold in the case) tells them apart.
        """
        tasks = [task for task in self.steps[slot, langkah].tasks if task.verb == verb]
        if not tasks:
            raise KeyError(slot, langkah, verb)
        return next((task for task in tasks if names is None or task.applies(names)), tasks[0])

    def all_tasks(self) -> Iterator[Task]:
        """Every task of the sheet: the main line, then the follow-ups as written."""
        yield from self.main
        for follow_up in self.follow_ups.values():
            yield from follow_up.step.tasks

    @property
    def pemohon(self) -> str:
        """The pelaksana of submit, whose turn it is when documents are to be completed."""
        return self.main[0].pelaksana[0]

    @property
    def daftar(self) -> tuple[str, ...]:
        """Every register the rules name, in their order, once."""
        named = ((*rule.salah_satu, *rule.terdaftar_di_semua, *rule.tidak_terdaftar_di) for rule in self.aturan)
        return tuple(dict.fromkeys(name for names in named for name in names))

    def periods_on(self, day: date) -> frozenset[str]:
        """The names of the periods that hold for an application received on this day."""
        return frozenset(period.kode for period in self.masa.values() if period.holds_on(day))

    def documents_for(self, names: frozenset[str]) -> tuple[Document, ...]:
        """The documents asked of a case in which these names hold, in the order of the sheet."""
        return tuple(row for row in self.persyaratan.values() if not row.untuk or not names.isdisjoint(row.untuk))

    def rules_for(self, names: frozenset[str]) -> tuple[Rule, ...]:
        """The rules that concern a case in which these names hold; none: an official has to judge."""
        return tuple(rule for rule in self.aturan if not rule.untuk or not names.isdisjoint(rule.untuk))

    def posts_recording(self, pelaksana: str) -> tuple[str, ...]:
        """Posts that may record for a performer; empty for a performer who acts alone."""
        pencatat = self.pelaksana[pelaksana].pencatat
        if pencatat is None:
            return ()
        named = self.pelaksana.get(pencatat)
        return named.jabatan if named else (pencatat,)
