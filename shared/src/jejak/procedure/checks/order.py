"""Mistakes of order and sense: names that exist but cannot be used where they stand."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from jejak.contracts.tasks import SUBMIT, TASKS
from jejak.procedure.format.explain import suggestion
from jejak.procedure.format.file import LangkahFile
from jejak.procedure.format.source import Mistake
from jejak.procedure.parties import slot_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jejak.procedure.format.file import SopFile, StepFile, TugasFile
    from jejak.procedure.model import Rule

_CONDITIONS = (
    *("terdaftar_di", "terdaftar_di_salah_satu", "terdaftar_di_semua", "tidak_terdaftar_di", "desil"),
    *("nonaktif_paling_lama", "nonaktif_paling_banyak", "jawaban"),
)

_BY_HAND = frozenset(verb for verb, kind in TASKS.items() if kind.letters in ("initials", "signs"))
"""Acts of a named official, which nobody records for another."""


def order_mistakes(sop: SopFile) -> Iterator[Mistake]:
    """Everything that would leave the engine without an answer."""
    verbs = [(no, task.tugas) for no, step in enumerate(sop.langkah) for task in step.tugas]
    for position, (no, verb) in enumerate(verbs):
        if verb == SUBMIT and position > 0:
            yield Mistake(("langkah", no), "submit harus tugas yang pertama di lembar — pindahkan, atau pakai record")
    yield from _rules(sop, [verb for _, verb in verbs])
    yield from _submission(sop)
    yield from _unrecorded(sop)
    yield from _urgency(sop)
    for block, number, row in sop.steps():
        yield from _same_verb_twice((block, number), row, frozenset(route.kode for route in sop.jalur))
        yield from _measured(block, number, row)
        yield from _windows(block, number, row)
        if row.sebutan and len(row.tugas) != 1:
            hint = 'sebutan tugas yang mana? — tulis pada tugasnya: { tugas = "…", sebutan = "…" }'
            yield Mistake((block, number), hint)
        yield from _turns(block, number, row)
    yield from _circles(sop)
    yield from _periods(sop)
    if sop.tanggal_efektif is None and "tanggal_efektif" not in sop.tersirat:
        yield Mistake(("tanggal_efektif",), 'wajib diisi — bila lembar tak bertanggal: tersirat = ["tanggal_efektif"]')
    if sop.alasan_edisi is None and sop.edisi > 1:
        yield Mistake(("edisi",), "edisi perbaikan perlu alasan — tulis alasan_edisi")


def _periods(sop: SopFile) -> Iterator[Mistake]:
    for number, batch in enumerate(sop.kumpulan):
        if batch.dari_tanggal and batch.sampai_tanggal and batch.dari_tanggal > batch.sampai_tanggal:
            yield Mistake(("kumpulan", number), "dari_tanggal sesudah sampai_tanggal — tukar keduanya")
    for number, period in enumerate(sop.masa):
        if period.dari is None and period.sampai is None:
            yield Mistake(("masa", number), "tanpa tanggal — tulis dari, sampai, atau keduanya")
        elif period.dari and period.sampai and period.dari > period.sampai:
            yield Mistake(("masa", number), "dari sesudah sampai — tukar keduanya")


def _rules(sop: SopFile, verbs: list[str]) -> Iterator[Mistake]:
    judged_at = next((place for place, verb in enumerate(verbs) if TASKS[verb].automatic == "rules"), None)
    before = set(verbs[:judged_at])
    for number, rule in enumerate(sop.aturan):
        path = ("aturan", number)
        if not any(getattr(rule, key) not in (None, ()) for key in _CONDITIONS):
            yield Mistake(path, f"belum berisi syarat — tulis salah satu dari {', '.join(_CONDITIONS)}")
        for look_up in sorted(_needed(rule) - before):
            yield Mistake(path, f"perlu tugas {look_up} sebelum check_rules — tambahkan di langkahnya")
    if sop.aturan and judged_at is None:
        yield Mistake(("aturan", 0), "tidak pernah dinilai — tambahkan tugas check_rules di langkahnya")
    if judged_at is not None and not sop.aturan:
        yield Mistake((), "check_rules: tidak ada [[aturan]] yang dapat dinilai — tulis aturannya atau hapus tugas ini")


def _needed(rule: Rule) -> set[str]:
    registry = rule.salah_satu or rule.terdaftar_di_semua or rule.tidak_terdaftar_di or rule.desil
    membership = rule.nonaktif_paling_lama is not None or rule.nonaktif_paling_banyak is not None
    judged_on = ({"registers"} if registry else set()) | ({"membership"} if membership else set())
    return {verb for verb, kind in TASKS.items() if kind.finds in judged_on}


def _same_verb_twice(path: tuple[str, int], row: StepFile, routes: frozenset[str]) -> Iterator[Mistake]:
    """An event names step and verb: two tasks of one verb must differ in their routes."""
    for task, other in combinations(row.tugas, 2):
        apart = {*task.untuk} <= routes and {*other.untuk} <= routes and {*task.untuk}.isdisjoint(other.untuk)
        if task.tugas == other.tugas and task.tugas in TASKS and not (apart and task.untuk and other.untuk):
            way_out = "bedakan dengan untuk = [jalur], atau pecah menjadi dua langkah"
            if isinstance(row, LangkahFile):
                way_out += f' (no = "{row.no}A", tersirat = ["no"])'
            yield Mistake(path, f"tugas {task.tugas} ditulis dua kali — {way_out}")


def _turns(block: str, number: int, row: StepFile) -> Iterator[Mistake]:
    """A list of performers is their order, so each stands in it once."""
    for names in (row.pelaksana, *(task.pelaksana or () for task in row.tugas)):
        for name, count in Counter(names).items():
            if count > 1:
                yield Mistake(
                    (block, number), f'pelaksana "{name}" disebut {count} kali dalam satu giliran — hapus satu'
                )


def _submission(sop: SopFile) -> Iterator[Mistake]:
    """An application is handed in once, by one party and in every case."""
    for number, step in enumerate(sop.langkah):
        for task in step.tugas:
            if task.tugas != SUBMIT:
                continue
            path = ("langkah", number)
            if len(task.pelaksana or step.pelaksana) > 1:
                yield Mistake(path, "submit hanya satu pelaksananya — yang lain beri tugas record atau forward")
            if task.untuk or step.untuk:
                yield Mistake(path, "submit selalu dikerjakan — hapus untuk, atau pindahkan ke tugas sesudahnya")
            if task.bila or "selesai" in step.bila:
                yield Mistake(path, "sesudah submit selalu lanjut — pindahkan bila ke tugas sesudahnya")


def _unrecorded(sop: SopFile) -> Iterator[Mistake]:
    """A performer outside the office who has no post in it needs a recorder: the task could never end without."""
    posts = {row.kode: row.jabatan for row in sop.pelaksana}
    turns = [(task.tugas, task.pelaksana or step.pelaksana) for _, _, step in sop.steps() for task in step.tugas]
    acting = {name for _, names in turns for name in names}
    by_hand = {name for verb, names in turns if verb in _BY_HAND for name in names}
    if all(task.tugas != SUBMIT for step in sop.langkah for task in step.tugas):
        acting |= {row.kode for row in sop.pelaksana if row.pihak == "pemohon"}
    for number, row in enumerate(sop.pelaksana):
        if row.kode not in acting or posts[row.kode]:
            continue
        if row.pencatat is None:
            own = f'jabatan = ["{row.kode}"] dan [[pejabat]]nya di kantor.toml'
            way_out = (
                f"ia memberi paraf atau tanda tangan, jadi tulis {own}"
                if row.kode in by_hand
                else f'tulis pencatat = "…", siapa yang mencatat baginya; bila ia memakai Jejak sendiri: {own}'
            )
            yield Mistake(("pelaksana", number), f"tidak punya jabatan di kantor — {way_out}")
        elif not posts.get(row.pencatat, (row.pencatat,)):
            way_out = f'pilih lain, atau beri ia jabatan = ["{row.pencatat}"]'
            yield Mistake(("pelaksana", number), f'pencatat "{row.pencatat}" sendiri tidak punya jabatan — {way_out}')


def _urgency(sop: SopFile) -> Iterator[Mistake]:
    for number, row in enumerate(sop.pertanyaan):
        path = ("pertanyaan", number)
        if row.prioritas is True and row.pilihan:
            yield Mistake(path, f'jawaban mana yang mendesak? — tulis prioritas = ["{row.pilihan[0]}"]')
        if isinstance(row.prioritas, tuple):
            for name in row.prioritas:
                if name not in row.pilihan:
                    hint = suggestion(name, row.pilihan) if row.pilihan else " — tanpa pilihan, tulis prioritas = true"
                    yield Mistake(path, f'prioritas "{name}" bukan pilihan jawabannya{hint}')


def _windows(block: str, number: int, row: StepFile) -> Iterator[Mistake]:
    parts: tuple[StepFile | TugasFile, ...] = (row, *row.tugas)
    for part in parts:
        if part.dari_tanggal and part.sampai_tanggal and part.dari_tanggal > part.sampai_tanggal:
            yield Mistake((block, number), "dari_tanggal sesudah sampai_tanggal — tukar keduanya")
    if any(task.tugas == SUBMIT for task in row.tugas) and (row.dari_tanggal or row.sampai_tanggal):
        yield Mistake((block, number), "submit tidak menunggu tanggal — tulis dari_tanggal pada tugas sesudahnya")


def _measured(block: str, number: int, row: StepFile) -> Iterator[Mistake]:
    """``ukuran`` must fit every time of the step."""
    for waktu in (row.waktu, *(task.waktu for task in row.tugas)):
        if waktu is not None:
            try:
                waktu.standard(ukuran=row.ukuran)
            except ValueError as error:
                yield Mistake((block, number, "ukuran"), str(error))


def _circles(sop: SopFile) -> Iterator[Mistake]:
    after = {row.kode: row.sesudah for row in sop.tindak_lanjut}
    for number, row in enumerate(sop.tindak_lanjut):
        seen, here = {row.kode}, row.sesudah
        while here in after and here not in seen:
            seen.add(here)
            here = after[here]
        if here == row.kode and row.sesudah != row.kode:
            yield Mistake(
                ("tindak_lanjut", number), "saling menunggu dengan tindak lanjut lain — ubah salah satu sesudah"
            )


def approval_mistakes(file: SopFile) -> Iterator[Mistake]:
    """What is to be corrected before there is a letter would come back to the same approval at once."""
    drafting: set[str] = set()
    for block, number, step in file.steps():
        slot = slot_of(block, step)
        for place, task in enumerate(step.tugas):
            kind, goes = TASKS[task.tugas], task.bila.get("perbaiki") or step.bila.get("perbaiki") or "konsep"
            if kind.letterless and slot not in drafting and goes == "konsep":
                before = [row.no for row in file.langkah[:number] if row.tugas] if block == "langkah" else []
                back = f"langkah {before[-1]}" if before else "pemohon"
                why = f'diminta perbaiki, kembali ke mana? — tulis bila = {{ perbaiki = "{back}" }} pada tugasnya'
                yield Mistake((block, number, "tugas", place), why)
            if kind.letters == "drafts":
                drafting.add(slot)
