"""Mistakes and warnings of a file: one Indonesian line each, with a way out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from jejak.contracts.tasks import TASKS
from jejak.procedure.checks.columns import column_warnings
from jejak.procedure.checks.letters import letter_warnings
from jejak.procedure.checks.stops import sheet_stops
from jejak.procedure.checks.walks import walk_warnings
from jejak.procedure.format.explain import suggestion
from jejak.procedure.load import compile_sop, parse_sop
from jejak.procedure.model import BENTUK, MAIN, Target
from jejak.procedure.parties import PARTIES
from jejak.procedure.paths import next_position
from jejak.procedure.revision.inferred import readings_of_times
from jejak.timekeeping.standard import hands_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jejak.procedure.batches import Batch
    from jejak.procedure.documents import Document
    from jejak.procedure.format.file import SopFile
    from jejak.procedure.model import FollowUp, Rule, Sop, Step, Task

_NOT_PRINTED = frozenset({"kode", "pihak"})
_REFUSED = frozenset({"tolak", "kembalikan", "selesai"})


@dataclass(frozen=True, slots=True)
class Report:
    """Mistakes keep a file from being used; with stops it can be, but its cases do not reach their signed letters."""

    mistakes: tuple[str, ...]
    warnings: tuple[str, ...]
    stops: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the file can be used, and its cases run."""
        return not self.mistakes and not self.stops


def check(data: bytes) -> Report:
    """Every mistake and, when there is none, every stop and warning of the sheet by itself; never raises."""
    parsed = parse_sop(data)
    if parsed.file is None or parsed.mistakes:
        return Report(parsed.mistakes, parsed.warnings)
    sop = compile_sop(parsed.file, data)
    warnings = (*parsed.warnings, *sop_warnings(sop), *_headings(parsed.file), *_inferred(parsed.file))
    return Report((), tuple(dict.fromkeys(warnings)), tuple(dict.fromkeys(sheet_stops(sop))))


def sop_warnings(sop: Sop) -> Iterator[str]:
    """What an official should look at again in a sheet that can be used."""
    yield from _unused(sop)
    yield from _paths(sop)
    yield from _drafts(sop)
    yield from _sent_back(sop)
    yield from _sent_letters(sop)
    yield from _early_conditions(sop)
    yield from _early_documents(sop)
    yield from _registers(sop)
    yield from letter_warnings(sop)
    yield from column_warnings(sop)
    yield from walk_warnings(sop)
    if sop.alasan_edisi and sop.edisi == 1:
        yield "alasan_edisi: ditulis, tetapi edisinya masih 1 — naikkan edisi bila ini perbaikan, atau hapus alasannya"
    yield from _totals(sop)
    for slot, step in ((slot, step) for (slot, _), step in sop.steps.items()):
        yield from _units(sop, slot, step)


def _place(slot: str, langkah: str) -> str:
    return f"langkah {langkah}" if slot == MAIN else f"tindak_lanjut {slot}"


def _parties(sop: Sop) -> Iterator[str]:
    """The word `pihak` decides whose clock runs: unknown or left out, it gives a column another's hours."""
    for row in sop.pelaksana.values():
        if row.pihak not in PARTIES:
            known = suggestion(row.pihak, PARTIES)
            yield f'pelaksana {row.kode}: pihak "{row.pihak}" tidak dikenal, jam siapa yang berjalan?{known}'
        elif row.pihak == "dinas" and row.kode in PARTIES:
            yield f'pelaksana {row.kode}: tanpa pihak, jamnya jam dinas — tulis pihak = "{row.kode}"'


def _sent_letters(sop: Sop) -> Iterator[str]:
    """Every signed letter leaves with a case: a sheet that names some would be read otherwise than it is run."""
    for task in sop.all_tasks():
        if TASKS[task.verb].delivery == "sends" and task.surat and len(sop.surat) > 1:
            yield (
                f"{_place(task.slot, task.langkah)}: {task.verb} mengirim semua surat yang sudah ditandatangani, tidak "
                f"hanya {', '.join(task.surat)} — hapus surat pada {task.verb}, dan tandatangani sesudahnya surat yang "
                "tidak boleh ikut"
            )


def _batches(sop: Sop) -> Iterator[str]:
    used = {task.kumpulan for task in sop.all_tasks()}
    forms = ", ".join(BENTUK)
    for kode, batch in sop.kumpulan.items():
        if kode not in used:
            yield f"kumpulan {kode}: tidak dipakai tugas mana pun — hapus, atau sebut di langkahnya"
        if batch.bentuk is not None and batch.bentuk not in BENTUK:
            yield f'kumpulan {kode}: bentuk "{batch.bentuk}" tidak dikenal — pilih {forms}, atau hapus: diantar'
        if (batch.dari_tanggal or 1) > 1 and batch.setiap and batch.setiap.endswith(("bulan", "tahun")):
            yield (
                f"kumpulan {kode}: dari_tanggal tidak menunda — kumpulan tiap {batch.setiap} ditutup ketika "
                "sampai_tanggal lewat, tanpa itu ketika bulannya lewat; hapus, atau tulis setiap yang lebih pendek"
            )


def _unused(sop: Sop) -> Iterator[str]:
    performing = {kode for task in sop.all_tasks() for kode in task.pelaksana}
    performing |= {kode for step in sop.steps.values() for kode in step.pelaksana}
    performing |= {row.pencatat for row in sop.pelaksana.values() if row.pencatat}
    addressed = {name for task in sop.all_tasks() for name in (task.kepada, task.dijawab_oleh)}
    addressed |= {letter.mengetahui for letter in sop.surat.values()}
    for row in sop.pelaksana.values():
        if row.kode not in performing | addressed:
            yield f"pelaksana {row.kode}: kolom ini tidak mengerjakan apa pun — periksa langkahnya"
    drafted = {kode for task in sop.all_tasks() if TASKS[task.verb].letters == "drafts" for kode in task.surat}
    for kode in sop.surat:
        if kode not in drafted:
            yield f"surat {kode}: tidak pernah dibuat — tambahkan draft_letter, atau hapus suratnya"
    yield from _parties(sop)
    yield from _batches(sop)
    conditions = _conditions(sop)
    for period in sop.masa:
        if period not in conditions:
            yield f"masa {period}: tidak mengubah apa pun — sebut di untuk, atau hapus"
    for question in sop.pertanyaan.values():
        judged = {name for rule in sop.aturan for name in rule.jawaban}
        if not (conditions | judged) & set(question.names) and not question.prioritas:
            yield f"pertanyaan {question.kode}: jawabannya tidak mengubah apa pun — sebut di untuk, atau hapus"


def _conditions(sop: Sop) -> set[str]:
    names = {name for task in sop.all_tasks() for group in task.untuk for name in group}
    rows: Iterable[Document | Rule | Batch | FollowUp] = chain(
        sop.persyaratan.values(), sop.aturan, sop.kumpulan.values(), sop.follow_ups.values()
    )
    return names.union(*(row.untuk for row in rows))


def _paths(sop: Sop) -> Iterator[str]:
    """Tasks no outcome leads to, and routes on which no outcome ever ends the main line."""
    reached: set[int] = set()
    for route in sop.jalur or (None,):
        here = _reachable(sop, route)
        reached |= here
        if not any(_ends(sop, sop.main[position], route) for position in here):
            name = f"jalur {route}" if route else "lembar ini"
            yield f"{name}: tidak pernah berakhir — periksa tujuan pada bila"
    for step in sop.langkah:
        if step.tasks and not any(task.index in reached for task in step.tasks):
            yield f"langkah {step.no}: tidak pernah tercapai — periksa untuk dan tujuan langkah sebelumnya"
    named = _conditions(sop)
    if sop.jalur and not any(TASKS[task.verb].by_route for task in sop.main) and named & set(sop.jalur):
        yield "jalur: tidak ada tugas choose_route, jadi jalur tidak pernah diketahui — tambahkan di langkahnya"


def _outcomes(task: Task, route: str | None) -> tuple[str, ...]:
    own = tuple(task.targets)
    return (route,) if route is not None and TASKS[task.verb].by_route else own


def _excluded(sop: Sop, task: Task, route: str | None) -> bool:
    """Whether the task is for other routes only; answers and outcomes may always come to hold."""
    routes = set(sop.jalur)
    return any(set(group) <= routes and route not in group for group in task.untuk)


def _reachable(sop: Sop, route: str | None) -> set[int]:
    queue, seen, done = deque([0]), {0}, set()
    while queue:
        position = queue.popleft()
        if position >= len(sop.main):
            continue
        task = sop.main[position]
        if _excluded(sop, task, route):
            following = {position + 1}
        else:
            done.add(position)
            following = {next_position(sop, task, task.targets[name]) for name in _outcomes(task, route)}
            following |= {position + 1} if task.untuk and not _certain(sop, task) else set()
        queue.extend(following - seen)
        seen |= following
    return done


def _certain(sop: Sop, task: Task) -> bool:
    return all(set(group) <= set(sop.jalur) for group in task.untuk)


def _ends(sop: Sop, task: Task, route: str | None) -> bool:
    """An outcome that closes the main line, or goes on past what is left of it by this route."""
    rest = sop.main[task.index + 1 :]
    for name in _outcomes(task, route):
        target = task.targets[name]
        if target.kind in {"tolak", "kembalikan"} and name != next(iter(task.targets)):
            continue
        if next_position(sop, task, target) >= len(sop.main):
            return True
        if target.kind == "lanjut" and all(_excluded(sop, later, route) or later.untuk for later in rest):
            return True
    return False


def _drafts(sop: Sop) -> Iterator[str]:
    for task in sop.all_tasks():
        tasks = sop.tasks(task.slot)
        drafted = any(TASKS[earlier.verb].letters == "drafts" for earlier in tasks[: task.index])
        back = [name for name, default in TASKS[task.verb].targets.items() if default == "konsep"]
        if not drafted and any(_again(task, name) for name in back):
            where = _place(task.slot, task.langkah)
            yield f"{where}: {task.verb} dapat kembali ke konsep, tetapi sebelumnya tidak ada draft_letter — ubah bila"
        for name, target in task.targets.items():
            if target.kind == "tunggu" and name == next(iter(task.targets)):
                yield f"{_place(task.slot, task.langkah)}: hasil {name} tidak ke mana-mana — beri tujuan lain di bila"


def _sent_back(sop: Sop) -> Iterator[str]:
    """What is sent back to be mended would wait for a new answer without being sent again."""
    for task in sop.all_tasks():
        waits = TASKS[task.verb].delivery == "answers" and task.targets["perbaiki"] == Target("pemohon")
        if waits and not any(TASKS[earlier.verb].delivery == "sends" for earlier in sop.tasks(task.slot)[: task.index]):
            yield (
                f"{_place(task.slot, task.langkah)}: yang diminta diperbaiki tidak dikirim lagi — "
                'tulis { tugas = "deliver", untuk = ["perbaiki"] } sebelum await_reply'
            )


def _again(task: Task, outcome: str) -> bool:
    """Whether the loader, for want of a draft, made "konsep" the same step again."""
    return task.targets[outcome] == Target("langkah", task.langkah)


def _early_conditions(sop: Sop) -> Iterator[str]:
    """A condition on an outcome that is known only later never holds."""
    known_at: dict[str, int] = {}
    for task in sop.main:
        for name in task.targets:
            known_at.setdefault(name, task.index)
    for task in sop.main:
        for group in task.untuk:
            if group <= known_at.keys() and all(known_at[name] >= task.index for name in group):
                names = ", ".join(sorted(group))
                yield f"langkah {task.langkah}: untuk {names} baru diketahui sesudah {task.verb} — ubah urutannya"


def _early_documents(sop: Sop) -> Iterator[str]:
    chosen = next((task.index for task in sop.main if TASKS[task.verb].by_route), None)
    checked = next((task.index for task in sop.main if TASKS[task.verb].finds == "documents"), None)
    for document in sop.persyaratan.values():
        if checked is not None and chosen is not None and checked < chosen and document.untuk & sop.jalur.keys():
            yield f"persyaratan {document.kode}: diminta sebelum jalurnya diketahui — periksa sesudah choose_route"
    if sop.persyaratan and checked is None:
        yield "persyaratan: tidak ada tugas check_documents yang memeriksanya — tambahkan di langkahnya"


def _registers(sop: Sop) -> Iterator[str]:
    """Of several registers a rule says whether one suffices; and no look-up refuses whom a rule would admit."""
    for rule in sop.aturan:
        if len(rule.terdaftar_di) > 1 and "terdaftar_di" not in rule.tersirat:
            yield (
                f"aturan {rule.nama}: terdaftar_di menyebut beberapa daftar, salah satu cukup — tulis "
                "terdaftar_di_salah_satu, atau terdaftar_di_semua bila harus di semuanya"
            )
    others = [rule for rule in sop.aturan if not (rule.salah_satu or rule.terdaftar_di_semua or rule.desil)]
    for task in sop.main:
        refused = TASKS[task.verb].finds == "registers" and task.targets["tidak_terdaftar"].kind in _REFUSED
        if refused and others:
            yield (
                f"langkah {task.langkah}: yang tidak terdaftar tidak sampai ke check_rules, padahal aturan "
                f'"{others[0].nama}" tidak memerlukannya — tulis bila = {{ tidak_terdaftar = "lanjut" }}'
            )


def _totals(sop: Sop) -> Iterator[str]:
    yield from _total_ends(sop)
    if sop.waktu_total is None:
        return
    times = [hands_seconds(step.waktu) for step in sop.langkah if step.waktu is not None]
    if not times:
        return
    summed = sum(seconds for seconds in times if seconds is not None) // 60
    total = hands_seconds(sop.waktu_total)
    if None in times and total is not None:
        yield f'waktu_total: tercetak "{sop.waktu_total_cetak}", tetapi ada langkah yang dihitung dalam hari atau bulan'
    elif None not in times and (total is None or total // 60 != summed):
        printed = sop.waktu_total_cetak
        yield f'waktu_total: tercetak "{printed}", jumlah waktu langkah {summed} menit — keduanya ditampilkan'


def _total_ends(sop: Sop) -> Iterator[str]:
    """Between what the total counts: it has to begin, and to begin before it ends."""
    if sop.waktu_total is None and not sop.total_jalur:
        for key in ("total_dari", "total_sampai"):
            if getattr(sop, key):
                yield f"{key}: tanpa waktu_total tidak ada yang dihitung — tulis waktu_total, atau hapus"
        return
    lengkap = "lengkap" in (sop.total_dari, sop.total_sampai)
    if lengkap and not any(TASKS[task.verb].finds == "documents" for task in sop.main):
        yield "total_dari: tidak ada tugas check_documents yang menyatakan berkas lengkap — tambahkan di langkahnya"
    places = {f"langkah {step.no}": place for place, step in enumerate(sop.langkah)}
    if places.get(sop.total_dari or "", -1) > places.get(sop.total_sampai or "", len(places)):
        yield "total_dari: sesudah total_sampai — tukar keduanya"


def _units(sop: Sop, slot: str, step: Step) -> Iterator[str]:
    where = _place(slot, step.no)
    for task in step.tasks:
        standard = task.waktu or step.waktu
        if standard is None:
            continue
        clock = TASKS[task.verb].clock
        if clock == "outside" and standard.clock == "touch":
            yield f'{where}: {task.verb} menunggu pihak lain, "{standard.text}" tidak akan terukur — ukuran = "lewat"?'
        own = all(sop.pelaksana[kode].pihak == "dinas" for kode in task.pelaksana)
        if own and clock in ("desk", "pickup") and "bulan" in standard.text.lower():
            yield f'{where}: {task.verb} dikerjakan di meja, "{standard.text}" tidak cocok — periksa satuannya'


def _headings(file: SopFile) -> Iterator[str]:
    """A key below [judul] is taken for a heading: a heading of something that the sheet lacks has strayed."""
    written = {key for block in (file, *file.langkah) for key in block.model_fields_set}
    for key in file.judul:
        if key not in written:
            yield f"judul: {key} tidak ada di lembar ini — tersesat? Kunci lembar ditulis di atas [judul]"


def _inferred(file: SopFile) -> Iterator[str]:
    """The office should confirm what the sheet does not print. A key that was lost cannot be confirmed."""
    for row in readings_of_times(file):
        yield f"{row.kalimat} — mintalah kantor memastikan"
    if file.tersirat:
        yield f"lembar: {', '.join(file.tersirat)} disimpulkan, tidak tercetak — mintalah kantor memastikan"
    undated = {"tanggal_efektif"}
    yield from _unwritten("lembar", [key for key in file.tersirat if key not in file.model_fields_set | undated])
    for block, _, row in file.rows():
        if keys := [key for key in row.tersirat if key not in _NOT_PRINTED]:
            place = f"{block} {row.known_as}"
            yield f"{place}: {', '.join(keys)} disimpulkan, tidak tercetak — mintalah kantor memastikan"
            yield from _unwritten(place, [key for key in keys if key not in row.model_fields_set])


def _unwritten(place: str, keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield f"{place}: tersirat menyebut {key}, yang tidak ditulis — tulis kuncinya, atau hapus dari tersirat"
