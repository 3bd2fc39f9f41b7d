"""Names that must mean something: every kode, verb, outcome and target a sheet writes is looked up here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jejak.contracts.tasks import COMPLETE, SUBMIT, TASKS
from jejak.procedure.batches import Batch
from jejak.procedure.checks.targets import TARGET_MEANINGS, TARGET_WORDS, landings, outcomes_of, parse_target
from jejak.procedure.documents import Document
from jejak.procedure.format.explain import stray, suggestion, unknown_task
from jejak.procedure.format.file import LangkahFile, TindakLanjutFile
from jejak.procedure.format.source import Mistake, Path
from jejak.procedure.model import IMPLICIT_SUBMIT, MAIN, Rule
from jejak.procedure.parties import OUTSIDE
from jejak.timekeeping.standard import Months

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from jejak.procedure.format.file import SopFile, StepFile, TugasFile

ENDINGS = ("selesai", "tolak", "kembalikan")
_STEP_KEYS = frozenset({*LangkahFile.model_fields, *TindakLanjutFile.model_fields})


@dataclass(frozen=True, slots=True)
class Known:
    """Every name the sheet declares, by what it names."""

    pelaksana: frozenset[str]
    pihak: frozenset[str]
    jabatan: frozenset[str]
    surat: frozenset[str]
    kumpulan: frozenset[str]
    langkah: frozenset[str]
    tindak_lanjut: frozenset[str]
    jalur: tuple[str, ...]
    conditions: frozenset[str]
    answers: frozenset[str]
    landings: frozenset[str]
    """Steps at or after which there still is a task."""

    @classmethod
    def of(cls, sop: SopFile) -> Known:
        """Collect them."""
        jalur = tuple(route.kode for route in sop.jalur)
        answers = {name for question in sop.pertanyaan for name in question.names}
        verbs = {task.tugas for step in (*sop.langkah, *sop.tindak_lanjut) for task in step.tugas}
        outcomes = {name for verb in verbs & TASKS.keys() for name in outcomes_of(TASKS[verb], jalur)}
        return cls(
            pelaksana=frozenset(row.kode for row in sop.pelaksana),
            pihak=frozenset(row.pihak for row in sop.pelaksana),
            jabatan=frozenset(post for row in sop.pelaksana for post in row.jabatan),
            surat=frozenset(row.kode for row in sop.surat),
            kumpulan=frozenset(row.kode for row in sop.kumpulan),
            langkah=frozenset(row.no for row in sop.langkah),
            tindak_lanjut=frozenset(row.kode for row in sop.tindak_lanjut),
            jalur=jalur,
            conditions=frozenset({*jalur, *answers, *outcomes, *(row.kode for row in sop.masa)}),
            answers=frozenset(answers),
            landings=frozenset(landings(sop)),
        )


def name_mistakes(sop: SopFile) -> Iterator[Mistake]:
    """Everything the file names that is not there, or is there twice."""
    known = Known.of(sop)
    yield from _twice(sop)
    yield from _inferred_keys(sop)
    for number, performer in enumerate(sop.pelaksana):
        if performer.pencatat and performer.pencatat not in known.pelaksana | known.jabatan:
            path = ("pelaksana", number, "pencatat")
            yield _unknown(path, "pencatat", performer.pencatat, known.pelaksana | known.jabatan)
    for block, number, row in sop.rows():
        if isinstance(row, Document | Rule | Batch):
            yield from _condition((block, number), row.untuk, known)
        if isinstance(row, Rule):
            yield from _each((block, number, "jawaban"), "jawaban", row.jawaban, known.answers)
    for number, step in enumerate(sop.langkah):
        yield from _step(("langkah", number), step, known, MAIN)
    for number, follow_up in enumerate(sop.tindak_lanjut):
        yield from _step(("tindak_lanjut", number), follow_up, known, follow_up.kode)
        yield from _sesudah(("tindak_lanjut", number, "sesudah"), follow_up, sop, known)
        yield from _time_of(("tindak_lanjut", number), follow_up, sop)
    yield from _totals(sop, known)
    if sop.tujuan == "nonaktif":
        yield from _against_the_inverse(sop)


def _unknown(path: Path, what: str, name: str, known: Collection[str]) -> Mistake:
    return Mistake(path, f'{what} "{name}" tidak dikenal{suggestion(name, known)}')


def _each(path: Path, what: str, names: Iterable[str], known: Collection[str]) -> Iterator[Mistake]:
    for name in names:
        if name not in known:
            yield _unknown(path[:-1], what, name, known)


def _condition(path: Path, names: Iterable[str], known: Known) -> Iterator[Mistake]:
    for name in names:
        if name not in known.conditions:
            hint = (
                suggestion(name, known.conditions) or " — tulis [[jalur]], [[pertanyaan]] atau [[masa]] dengan kode ini"
            )
            yield Mistake(path, f'untuk "{name}" tidak dikenal{hint}')


def _twice(sop: SopFile) -> Iterator[Mistake]:
    for block in ("pelaksana", "jalur", "pertanyaan", "masa", "persyaratan", "surat", "kumpulan", "tindak_lanjut"):
        for kode, count in Counter(row.kode for row in getattr(sop, block)).items():
            if count > 1:
                yield Mistake((), f'{block}: kode "{kode}" dipakai {count} kali — beri kode yang berbeda')
    for nama, count in Counter(row.nama for row in sop.aturan).items():
        if count > 1:
            yield Mistake((), f'aturan: nama "{nama}" dipakai {count} kali — beri nama yang berbeda')
    yield from _twice_numbered(sop)
    for number, follow_up in enumerate(sop.tindak_lanjut):
        if follow_up.kode in {MAIN, *ENDINGS}:
            yield Mistake(("tindak_lanjut", number), f'kode "{follow_up.kode}" sudah punya arti — pilih kode lain')
    answers = Counter(name for row in sop.pertanyaan for name in row.names)
    answers.update([*(row.kode for row in sop.jalur), *(row.kode for row in sop.masa)])
    answers.update({outcome for kind in TASKS.values() for outcome in kind.outcomes})
    for name, count in answers.items():
        if count > 1:
            yield Mistake(
                (), f'nama "{name}" dipakai untuk dua hal (jalur, jawaban, masa atau hasil) — pilih nama lain'
            )


def _twice_numbered(sop: SopFile) -> Iterator[Mistake]:
    for no, count in Counter(step.no for step in sop.langkah).items():
        if count > 1:
            yield Mistake((), f'langkah {no}: nomor ini dipakai {count} kali — beri nomor lain, misalnya "{no}A"')
        if no == IMPLICIT_SUBMIT:
            yield Mistake((), f"langkah {no}: nomor ini dipakai untuk penyerahan berkas — mulai dari nomor 1")


def _inferred_keys(sop: SopFile) -> Iterator[Mistake]:
    yield from _each((), "tersirat: kunci", sop.tersirat, type(sop).model_fields)
    for name in sop.judul:
        if name not in type(sop).model_fields and name not in _STEP_KEYS:
            yield _unknown(("judul",), "kunci", name, {*type(sop).model_fields, *_STEP_KEYS})
    for block, number, row in sop.rows():
        yield from _each((block, number, "tersirat"), "tersirat: kunci", row.tersirat, type(row).model_fields)


def _step(path: Path, step: StepFile, known: Known, slot: str) -> Iterator[Mistake]:
    yield from _each((*path, "pelaksana"), "pelaksana", step.pelaksana, known.pelaksana)
    yield from _condition(path, step.untuk, known)
    yield from _each((*path, "surat"), "surat", step.surat, known.surat)
    yield from _optional((*path, "kumpulan"), "kumpulan", step.kumpulan, known.kumpulan)
    yield from _parties(path, step, known)
    outcomes: set[str] = set()
    for number, task in enumerate(step.tugas):
        here = (*path, "tugas", number)
        yield from _task(here, task, step, known, slot)
        if task.tugas in TASKS:
            own = outcomes_of(TASKS[task.tugas], known.jalur)
            outcomes.update(own)
            yield from _bila((*here, "bila"), task.bila, own, known, slot)
    if any(task.tugas not in TASKS for task in step.tugas):
        return
    yield from _bila((*path, "bila"), step.bila, outcomes, known, slot)
    for outcome in step.pesan:
        if outcome not in outcomes:
            yield _stray_or_unknown((*path, "pesan"), outcome, outcomes)


def _parties(path: Path, row: StepFile | TugasFile, known: Known) -> Iterator[Mistake]:
    for key in ("kepada", "dijawab_oleh"):
        yield from _optional((*path, key), key, getattr(row, key), {*known.pelaksana, *known.pihak, *OUTSIDE})


def _optional(path: Path, what: str, name: str | None, known: Collection[str]) -> Iterator[Mistake]:
    if name is not None and name not in known:
        yield _unknown(path[:-1], what, name, known)


def _task(path: Path, task: TugasFile, step: StepFile, known: Known, slot: str) -> Iterator[Mistake]:
    if task.tugas not in TASKS:
        hint = unknown_task(task.tugas, {verb: kind.words for verb, kind in TASKS.items() if verb != COMPLETE})
        yield Mistake(path[:2], f'tugas "{task.tugas}" tidak dikenal{hint}')
        return
    kind = TASKS[task.tugas]
    if task.tugas == COMPLETE or (task.tugas == SUBMIT and slot != MAIN):
        yield Mistake(path, "tidak ditulis di lembar — muncul sendiri ketika berkas kembali ke pemohon; hapus")
    if kind.by_route and not known.jalur:
        yield Mistake(path, "memilih jalur, tetapi tidak ada [[jalur]] — tulis jalurnya")
    yield from _each((*path, "pelaksana"), "pelaksana", task.pelaksana or (), known.pelaksana)
    yield from _condition(path, task.untuk, known)
    yield from _each((*path, "surat"), "surat", task.surat or (), known.surat)
    yield from _optional((*path, "kumpulan"), "kumpulan", task.kumpulan, known.kumpulan)
    yield from _parties(path, task, known)
    if not (task.pelaksana or step.pelaksana):
        yield Mistake(path, 'belum ada pelaksana — tulis pelaksana = ["…"] di langkah ini')
    if kind.letters not in (None, "files") and not kind.letterless and not (task.surat or step.surat):
        if not known.surat:
            yield Mistake(path, "perlu surat, tetapi tidak ada [[surat]] — tulis [[surat]] dengan kode dan jenisnya")
        elif len(known.surat) > 1 and kind.letters == "drafts":
            yield Mistake(path, f'surat yang mana? — tulis surat = "…" atau ["…", "…"]{suggestion("", known.surat)}')


def _bila(path: Path, bila: dict[str, str], outcomes: Collection[str], known: Known, slot: str) -> Iterator[Mistake]:
    for outcome, text in bila.items():
        if outcome not in outcomes:
            yield _stray_or_unknown(path, outcome, outcomes)
            continue
        try:
            target = parse_target(text)
        except ValueError:
            unknown = _unknown((*path, outcome), "tujuan", text, TARGET_WORDS)
            yield replace(unknown, text=f"{unknown.text} ({TARGET_MEANINGS})")
            continue
        if target.langkah is not None and target.langkah not in known.langkah:
            yield _unknown((*path, outcome), "langkah", target.langkah, known.langkah)
        elif target.langkah is not None and target.langkah not in known.landings:
            yield Mistake((*path, outcome), f"sesudah langkah {target.langkah} tidak ada tugas lagi — pakai selesai")
        elif target.langkah is not None and slot != MAIN:
            yield Mistake((*path, outcome), "tindak lanjut tidak dapat kembali ke langkah lembar — pakai tujuan lain")


def _stray_or_unknown(path: Path, outcome: str, outcomes: Collection[str]) -> Mistake:
    if outcome in _STEP_KEYS:
        return stray(path, outcome)
    return Mistake(path, f'hasil "{outcome}" tidak ada pada tugas langkah ini{suggestion(outcome, outcomes)}')


def _sesudah(path: Path, follow_up: TindakLanjutFile, sop: SopFile, known: Known) -> Iterator[Mistake]:
    after = follow_up.sesudah
    if after.startswith("langkah "):
        no = after.removeprefix("langkah ")
        yield from _optional((*path, ""), "langkah", no, known.langkah)
        if any(step.no == no and not step.tugas for step in sop.langkah):
            yield Mistake(path, f"langkah {no} tidak punya tugas yang dapat selesai — sebut langkah yang punya")
    elif after == follow_up.kode:
        yield Mistake(path, "tidak dapat menunggu dirinya sendiri")
    elif after not in {*ENDINGS, *known.tindak_lanjut}:
        yield _unknown(path[:-1], "sesudah", after, (*ENDINGS, *known.tindak_lanjut, "langkah N"))


def _time_of(path: Path, follow_up: TindakLanjutFile, sop: SopFile) -> Iterator[Mistake]:
    """A time from the active card needs one, and who is reminded is the applicant, before that time is over."""
    for key in ("waktu_sejak", "ingatkan"):
        if getattr(follow_up, key) and follow_up.waktu is None:
            yield Mistake((*path, key), 'tanpa waktu — tulis waktu, misalnya waktu = "6 bulan"')
    verbs = {task.tugas for step in (*sop.langkah, *sop.tindak_lanjut) for task in step.tugas} & TASKS.keys()
    if follow_up.waktu_sejak and not any(end.reaches == "aktif" for verb in verbs for end in TASKS[verb].ends):
        yield Mistake((*path, "waktu_sejak"), "tidak ada tugas yang melihat kartu aktif — tulis confirm_status")
    if not follow_up.ingatkan:
        return
    if follow_up.waktu_sejak is None:
        yield Mistake((*path, "ingatkan"), 'sejak kapan? — tulis waktu_sejak = "aktif"')
    applicants = {row.kode for row in sop.pelaksana if row.pihak == "pemohon"}
    if not any(applicants.issuperset(task.pelaksana or follow_up.pelaksana) for task in follow_up.tugas):
        yield Mistake((*path, "ingatkan"), "yang diingatkan pemohon — tulis kolom pemohon sebagai pelaksana")
    standard = follow_up.waktu.standard() if follow_up.waktu else None
    if isinstance(standard, Months) and max(follow_up.ingatkan) >= standard.count:
        yield Mistake((*path, "ingatkan"), f"sesudah waktunya lewat — tulis kurang dari {standard.count} bulan")


def _against_the_inverse(sop: SopFile) -> Iterator[Mistake]:
    """What only a sheet that asks for an active card can have."""
    why = "layanan ini menonaktifkan (tujuan), tidak ada kartu yang menjadi aktif — hapus"
    if sop.cara:
        yield Mistake(("cara",), why)
    for number, route in enumerate(sop.jalur):
        if route.cara:
            yield Mistake(("jalur", number, "cara"), why)
    for block, number, step in sop.steps():
        for place, task in enumerate(step.tugas):
            if any(end.reaches == "kartu" for end in (TASKS[task.tugas].ends if task.tugas in TASKS else ())):
                yield Mistake((block, number, "tugas", place), why)


def _totals(sop: SopFile, known: Known) -> Iterator[Mistake]:
    ends = {"total_dari": ("diterima", "lengkap"), "total_sampai": ("selesai", "lengkap", *known.tindak_lanjut)}
    for key, words in ends.items():
        value = getattr(sop, key)
        if value is None or value in words:
            continue
        if not value.startswith("langkah ") or value.removeprefix("langkah ") not in known.langkah:
            allowed = ", ".join(f'"{word}"' for word in sorted(words))
            yield Mistake((key,), f'"{value}" tidak dikenal — tulis {allowed} atau "langkah N" yang ada')
    said = sop.waktu_total.counted_from if sop.waktu_total else None
    if said and sop.total_dari and said != sop.total_dari:
        why = f'total_dari "{sop.total_dari}", tetapi waktu_total sendiri mengatakan sejak {said} — samakan keduanya'
        yield Mistake(("total_dari",), why)
