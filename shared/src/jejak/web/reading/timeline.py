"""The trace of a case: every event as a sentence, every step with Mutu Baku and the waiting limit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from jejak.cases.case import OpenedEvent
from jejak.cases.event_descriptions import describe_event
from jejak.contracts.tasks import TASKS
from jejak.procedure.model import Step
from jejak.procedure.task_words import words_at
from jejak.procedure.totals import totals_of
from jejak.timekeeping.clocks.receipt import WORK_STARTED
from jejak.timekeeping.clocks.times import APPLICANT, OFFICE, StepTime, TaskTime, Total
from jejak.timekeeping.printed.words import duration_words, instant_words, working_words
from jejak.web.reading import schemas
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.officials import official
from jejak.web.reading.promised_total import printed_total
from jejak.web.reading.schemas import (
    CaseHead,
    Clocks,
    Lapse,
    Person,
    Sheet,
    Standard,
    TaskClocks,
    Timeline,
    Touch,
    When,
)

_UNMEASURED = {
    "otomatis": "otomatis",
    "dicatat_kemudian": "dicatat kemudian",
    "dicatat_orang_lain": "dicatat orang lain",
    "tidak_dibuka": "tidak dibuka lebih dahulu",
    "belum_selesai": "belum selesai",
}

STATUS: Mapping[str, str] = {
    "berjalan": "berjalan",
    "selesai": "SOP selesai",
    "tolak": "ditolak",
    "kembalikan": "dikembalikan",
    "ditarik": "ditarik pemohon",
    "meninggal": "peserta meninggal dunia",
    "aktif": "kartu aktif",
    "nonaktif": "kepesertaan berakhir",
}
"""The status of a case in words."""


def timeline(case_view: CaseReadModel) -> Timeline:
    """The answer of `GET /cases/{id}/timeline`; it names officials, never the applicant."""
    promised, totals = totals_of(case_view.opened.sop), case_view.times.totals
    ends = _tasks_by_event(case_view.history, case_view.times.tasks)
    closes = {id(stay.tasks[-1]): number for number, stay in enumerate(case_view.times.steps)}
    return {
        **case_head(case_view),
        "diterima": when(case_view, totals.received_at),
        "peristiwa": [_event(case_view, event, ends.get(event.version), closes) for event in case_view.history],
        "langkah": [_step(case_view, stay) for stay in case_view.times.steps],
        "total": {
            "sop_selesai": _total(case_view, totals.main, done=totals.end is not None),
            "berakhir": totals.end,
            "kartu_aktif": _total(case_view, totals.active, done=True),
            "kepesertaan_berakhir": _total(case_view, totals.deactivated, done=True),
            "mutu_baku": printed_total(case_view),
            "waktu_total_tercetak": promised.tercetak,
            "jumlah_langkah_menit": promised.jumlah_langkah,
            "tindak_lanjut": promised.tindak_lanjut,
        },
    }


def case_head(case_view: CaseReadModel) -> CaseHead:
    """The case, its office, the edition it is pinned to, and its status."""
    office = case_view.opened.office
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "kantor": {"kode": office.kode, "nama": office.nama, "zona": office.zona},
        "sop": sop_words(case_view),
        "versi": case_view.case.acted,
        "status": status_of(case_view),
    }


def sop_words(case_view: CaseReadModel) -> Sheet:
    """The edition the case is pinned to."""
    sop = case_view.opened.sop
    return {
        "sha256": sop.sha256,
        "nomor": sop.nomor,
        "nama": sop.nama,
        "layanan": sop.layanan,
        "tanggal_efektif": sop.tanggal_efektif.isoformat() if sop.tanggal_efektif else None,
    }


def status_of(case_view: CaseReadModel) -> str:
    """berjalan, selesai, tolak, kembalikan, ditarik or meninggal; `aktif` once the card is active.

    `nonaktif` once the membership has ended, where the sheet serves that purpose.
    """
    case = case_view.case
    if case.ending is not None and case.ending.kind == "meninggal":
        return "meninggal"
    in_hand = any(TASKS[done.tugas].outcome(done.hasil).reaches == "kartu" for done in case.completed)
    if case.activated is not None or in_hand:
        return "aktif"
    if case.deactivated is not None:
        return "nonaktif"
    return case.ending.kind if case.ending else "berjalan"


def when(case_view: CaseReadModel, at: datetime | None) -> When | None:
    """An instant, in UTC and by the office's wall clock; None for None."""
    return None if at is None else instant(at, case_view.opened.office.zona)


def instant(at: datetime, zona: str) -> When:
    """An instant, in UTC and by the wall clock of a zone."""
    return {"waktu": at.isoformat(), "setempat": instant_words(at, zona)}


def _tasks_by_event(history: Sequence[OpenedEvent], tasks: Iterable[TaskTime]) -> dict[int, TaskTime]:
    """The execution that each event ended; of several `tunggu` outcomes of one execution, the last event."""
    runs: dict[tuple[str, str, str, str], list[TaskTime]] = {}
    for task in tasks:
        if task.state == "selesai":
            runs.setdefault((task.slot, task.langkah, task.tugas, task.who), []).append(task)
    last: dict[int, int] = {}
    ended: dict[int, TaskTime] = {}
    for event in history:
        if event.tugas is None or event.hasil is None or event.langkah is None:
            continue
        mine = runs.get((event.slot, event.langkah, event.tugas, event.oleh or ""), [])
        while len(mine) > 1 and mine[1].due_at < event.at:
            mine.pop(0)
        if mine:
            before = last.get(id(mine[0]))
            if before is not None:
                del ended[before]
            last[id(mine[0])] = event.version
            ended[event.version] = mine[0]
    return ended


def _event(
    case_view: CaseReadModel, event: OpenedEvent, task: TaskTime | None, closes: dict[int, int]
) -> schemas.Event:
    sop = case_view.opened.sop
    step = sop.steps.get((event.slot, event.langkah)) if event.langkah is not None else None
    return {
        "versi": event.version,
        **instant(event.at, case_view.opened.office.zona),
        "terjadi": when(case_view, event.occurred_at),
        "jenis": event.type,
        "slot": event.slot,
        "langkah": event.langkah,
        "kegiatan": step.kegiatan if step else None,
        "tugas": event.tugas,
        "hasil": event.hasil,
        "kalimat": describe_event(event, sop, case_view.opened.names),
        "mulai_kerja": event.type == WORK_STARTED,
        "pelaku": _doer(case_view, event),
        "pencatat": official(case_view.offices, event.recorder, event.at) if event.recorder else None,
        "jam_tugas": _task(case_view, task) if task else None,
        "menutup_langkah": closes.get(id(task)) if task else None,
    }


def _doer(case_view: CaseReadModel, event: OpenedEvent) -> Person:
    """Who did it: an official, a party outside the office by its column of the sheet, or the system."""
    performer = case_view.opened.sop.pelaksana.get(event.oleh or "")
    if event.actor is not None:
        return official(case_view.offices, event.actor, event.at, performer.jabatan if performer else ())
    source = getattr(event.data, "source", None)
    reported_itself = source is not None and source.way == "http" and performer is not None and not performer.jabatan
    if event.recorder is not None or reported_itself:
        return {"kode": event.oleh, "nama": performer.nama if performer else "pihak luar", "jabatan": None}
    return {"kode": None, "nama": "otomatis", "jabatan": None}


def _task(case_view: CaseReadModel, task: TaskTime) -> TaskClocks:
    opened = case_view.opened
    return {
        "nama": words_at(opened.sop, task.slot, task.langkah, task.tugas, task.who, opened.names),
        "pihak": task.owner,
        "ulangan": task.repetition,
        **_clocks(task, task.unmeasured),
        "dalam_mutu_baku": task.within,
        "dalam_batas_tunggu": task.wait_within,
        "terlambat": task.overdue,
    }


def _clocks(measured: TaskTime | StepTime, unmeasured: str | None) -> Clocks:
    """Wait, touch and elapsed by the owner's clock, and the wall clock. The applicant has no office hours."""
    owners = wall_time if measured.owner == APPLICANT else working_time
    lapse = wall_time(measured.touch)
    touch: Touch = {"detik": lapse["detik"], "kata": lapse["kata"]}
    if measured.touch is None:
        touch["sebab"] = _UNMEASURED.get(unmeasured or "")
    return {
        "tunggu": owners(measured.wait + measured.idle),
        "sentuh": touch,
        "berlalu": owners(measured.elapsed),
        "dinding": wall_time(measured.wall),
    }


def working_time(seconds: float) -> Lapse:
    """Working time in seconds, and in words to the nearest second."""
    return {"detik": seconds, "kata": working_words(round(seconds))}


def wall_time(seconds: float | None) -> Lapse:
    """Wall or touch time in seconds and in words; None where it was not measured."""
    return {"detik": seconds, "kata": duration_words(None if seconds is None else round(seconds))}


def _step(case_view: CaseReadModel, stay: StepTime) -> schemas.Step:
    step = case_view.opened.sop.step(stay.slot, stay.langkah)
    reasons = (task.unmeasured for task in stay.tasks if task.unmeasured not in (None, "otomatis"))
    limit = case_view.context.office.batas_tunggu
    why = next(reasons, "otomatis" if stay.touch is None else None)
    return {
        "slot": stay.slot,
        "langkah": stay.langkah,
        "kegiatan": step.kegiatan,
        "ulangan": stay.repetition,
        "pihak": stay.owner,
        "keadaan": stay.state,
        "tugas": len(stay.tasks),
        "jatuh_tempo": when(case_view, stay.due_at),
        "mulai": when(case_view, stay.started_at),
        "selesai": when(case_view, stay.ended_at),
        **_clocks(stay, why),
        "mutu_baku": _standard(step, stay),
        "batas_tunggu": {**working_time(limit), "dalam": stay.wait_within, "pada_lembar": False}
        if any(task.owner == OFFICE for task in stay.tasks)
        else None,
        "terlambat": stay.overdue,
        "batas": when(case_view, stay.deadline),
    }


def _standard(step: Step, stay: StepTime) -> Standard | None:
    """The standard of the sheet, its clock, and whether the step met it (None: not measured, or still running)."""
    if stay.standard is None:
        return None
    return {
        "tercetak": step.waktu_cetak or stay.standard.text,
        "jam": "sentuh" if stay.standard.clock == "touch" else "berlalu",
        "dalam": stay.within,
    }


def _total(case_view: CaseReadModel, total: Total | None, *, done: bool) -> schemas.Total | None:
    if total is None:
        return None
    return {
        "sampai": when(case_view, total.until),
        "tercapai": done,
        "waktu_kantor": working_time(total.office),
        "waktu_dinding": wall_time(total.wall),
        "tunggu": working_time(total.wait),
        "sentuh_terukur": wall_time(total.hands),
    }
