"""What a case's own page tells whoever has its code: where it is, until when, what to do next, where, carrying what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypedDict

from jejak.cases import engine
from jejak.cases.case import CompletedTask
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import describe_event, task_name
from jejak.cases.notifications import ready_letters
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, TASKS, clock_of
from jejak.procedure.kantor import Kantor
from jejak.timekeeping.clocks.times import APPLICANT, OFFICE
from jejak.timekeeping.standard import deadline
from jejak.timekeeping.words import date_words, instant_words
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.case_status import case_status
from jejak.web.reading.schemas import DueNow, Sheet, When
from jejak.web.reading.task_limits import TaskLimits, limits_of
from jejak.web.reading.timeline import sop_words, status_of, timeline, when
from ledger.desk.citizen.opening_hours import hours_words, open_words
from ledger.desk.citizen.printables import daftar_kontrol

type Json = dict[str, Any]


class Place(TypedDict):
    """Where the office is, when somebody is there, whom to ring, where to complain."""

    nama: str
    alamat: str
    telepon: str | None
    jam: list[str]
    sekarang: str
    pengaduan: str | None


class Reason(TypedDict):
    """A rule that was not met, with what failed; or what was found at the step that ended the case."""

    aturan: str | None
    sebab: list[str]
    sumber: str | None


class Refusal(TypedDict):
    """Why a case was refused or given back, who said so, and where to complain."""

    kode: str
    akhir: str
    kepala: str
    kop: list[str]
    sop: Sheet
    diterima: When | None
    diputus: When | None
    langkah: str | None
    kegiatan: str
    pemutus: str
    pesan: str | None
    alasan: list[Reason]
    dasar_hukum: list[str]
    tempat: Place


_UNLIMITED: Final = "SOP tidak menulis batas waktu untuk langkah ini."
_FETCH: Final = "Surat menunggu Anda ambil pada jam kantor."
_YOUR_TIME: Final = "SOP tidak menulis batas waktu bagi Anda."
_ENDED: Final[Mapping[str, str]] = {
    "tolak": "Permohonan ditolak",
    "kembalikan": "Berkas dikembalikan",
    "ditarik": "Permohonan ditarik",
    "aktif": "Kepesertaan sudah aktif",
    "nonaktif": "Kepesertaan sudah berakhir",
}
_KEEP: Final = "Tidak ada yang perlu Anda lakukan sekarang. Simpan tanda terima, dan buka lagi halaman ini kapan saja."
_OVER: Final = "Tidak ada lagi yang perlu Anda lakukan."


def citizen_page(case_view: CaseReadModel) -> Json:
    """The page of `GET /cases/{code}` for anybody: nothing of it is personal."""
    office, now = case_view.opened.office, case_view.opened.now
    told, turns = timeline(case_view), list(_due(case_view))
    return {
        "kode": case_view.code,
        "kantor": office.nama,
        "sop": sop_words(case_view),
        "diterima": told["diterima"],
        "kepala": headline(case_view),
        "pemegang": [_holding(case_view, due, one) for due, one in turns],
        "langkah_anda": list(to_do(case_view, turns)),
        "kontrol": daftar_kontrol(case_view, own=False),
        "surat": list(_letters(case_view)),
        "jejak": [one for one in told["peristiwa"] if not one["mulai_kerja"]],
        "tempat": place(office, now),
        "dimasukkan_di": _entered(case_view),
        "alasan": f"/cases/{case_view.code}/penolakan" if has_refusal(case_view) else None,
    }


def has_refusal(case_view: CaseReadModel) -> bool:
    """Whether there is a no that one can read, print and complain of."""
    return _no(case_view) is not None


def _no(case_view: CaseReadModel) -> tuple[CompletedTask, str] | None:
    """The task that said no, of the main line or of what follows it (BPJS), and whether to refuse or to give back."""
    case, sop = case_view.case, case_view.opened.sop
    last = {one.slot: one for one in case.trail}
    names = engine.conditions_met(sop, case)
    for slot in ("main", *sop.follow_ups):
        answered = slot in last and last[slot].tugas != COMPLETE  # what the applicant brought is no answer to him
        kind = engine.target_of(sop, last[slot], names).kind if answered else None
        if kind in ("tolak", "kembalikan") and case.activated is None:
            return last[slot], kind
    return None


def place(office: Kantor, now: datetime) -> Place:
    """Where the office is, when somebody is there, whom to ring, where to complain."""
    return {
        "nama": office.nama,
        "alamat": office.alamat,
        "telepon": office.telepon,
        "jam": hours_words(office.calendar, now),
        "sekarang": open_words(office.calendar, now),
        "pengaduan": office.pengaduan,
    }


def headline(case_view: CaseReadModel) -> str:
    """How the case stands, in a few words."""
    status, due = status_of(case_view), case_view.opened.due
    if status in ("aktif", "nonaktif"):
        since = _membership_since(case_view)
        return f"{_ENDED[status]} sejak {date_words(since)}" if since else _ENDED[status]
    if status in _ENDED:
        return _ENDED[status]
    no = _no(case_view)
    if no is not None:
        verb = "ditolak" if no[1] == "tolak" else "dikembalikan"
        return f"Pengajuan {verb} oleh {case_view.opened.sop.pelaksana[no[0].oleh].nama}"
    if any(_fetched(case_view, one) for one in due):
        return "Surat siap diambil"
    if any(one.owner == APPLICANT for one in due):
        return "Berkas menunggu Anda"
    if status == "berjalan":
        return "Berkas sedang diproses"
    if not due:
        return "Urusan di kantor sudah selesai"
    if not any(_confirms(task.verb) for task in case_view.opened.sop.all_tasks()):
        return "Urusan di kantor sudah selesai, tindak lanjutnya berjalan"
    yet = "kepesertaan belum berakhir" if case_view.opened.sop.inverse else "kartu belum aktif"
    return f"Urusan di kantor sudah selesai, {yet}"


def _confirms(verb: str) -> bool:
    """Whether somebody looks by this task whether the membership is as asked."""
    return any(one.reaches == "aktif" for one in TASKS[verb].ends)


def _membership_since(case_view: CaseReadModel) -> date | None:
    """The day BPJS gave, else the day on which it was seen."""
    for one in reversed(case_view.history):
        if isinstance(one.data, e.MembershipActivated) and one.data.active_since:
            return one.data.active_since
    seen = case_view.case.activated or case_view.case.deactivated
    return case_view.opened.office.calendar.local_date(seen) if seen else None


def _due(case_view: CaseReadModel) -> Iterator[tuple[DueTask, DueNow]]:
    """What is due, and the same as programs are told it."""
    return zip(case_view.opened.due, case_status(case_view, own=False)["jatuh_tempo"], strict=True)


def _holding(case_view: CaseReadModel, due: DueTask, told: DueNow) -> Json:
    """Who has the file for what, since when and until when."""
    to = limits_of(case_view, due)
    return {
        "siapa": "Anda (pemohon)" if due.owner == APPLICANT else told["nama_pelaksana"],
        "orang": told["pejabat"],
        "kantor": due.owner == OFFICE,
        "tugas": told["nama_tugas"],
        "kegiatan": told["kegiatan"],
        "langkah": due.langkah if due.slot == "main" else None,
        "sejak": told["sejak"]["setempat"],
        "batas": list(_limits(case_view, due, told, to)),
        "terlambat": told["terlambat"],
        "ditunda": told["ditunda"],
        "tidak_sebelum": told["tidak_sebelum"],
    }


def _limits(case_view: CaseReadModel, due: DueTask, told: DueNow, to: TaskLimits) -> Iterator[str]:
    """Until when: what the sheet says of it, or that it says nothing; then what the office allows itself."""
    if _fetched(case_view, due):
        yield _FETCH
        if not to.late:  # the time of its step was the office's before the letter lay ready
            return
    if to.stay is None or to.standard is None:
        yield _YOUR_TIME if due.owner == APPLICANT else _UNLIMITED
    elif to.standard.clock == "touch":
        yield f"SOP menulis {to.standard.text} untuk mengerjakannya, tanpa menulis berapa lama boleh menunggu."
    elif due.kumpulan is not None:
        yield f"SOP menulis {to.standard.text}, dihitung sejak kumpulannya ditutup."
    else:
        begun = due.since if due.task.waktu else to.stay.counted_from
        end = deadline(to.standard, begun, case_view.context.book.calendar_of(due.owner))
        words = instant_words(end, case_view.opened.office.zona)
        yield f"Menurut SOP ({to.standard.text}) selesai paling lambat {words}."
    if told["batas_tunggu"]:
        yield f"Aturan kantor, tidak tertulis pada SOP: mulai dikerjakan sebelum {told['batas_tunggu']['setempat']}."


def _fetched(case_view: CaseReadModel, due: DueTask) -> bool:
    """Whether a letter lies ready for the applicant."""
    return clock_of(due.tugas) == "pickup" and due.owner == OFFICE and bool(ready_letters(case_view.case, due))


def to_do(case_view: CaseReadModel, turns: Sequence[tuple[DueTask, DueNow]]) -> Iterator[Json]:
    """What the citizen does next, carrying what, and whether at the office."""
    found = [one for due, told in turns for one in _own_turn(case_view, due, told)]
    void = [f"surat {name} nomor {one.number}" for name, one in case_view.case.letters.items() if one.revoked]
    if void:
        words = f"Jangan pakai {' dan '.join(void)}: sudah dicabut, tidak berlaku lagi. Tanyakan di kantor."
        found = [_act(words, at_office=True)]
    yield from found
    status = status_of(case_view)
    if any(due.owner == OFFICE and told["terlambat"] for due, told in turns):
        where = case_view.opened.office.pengaduan or case_view.opened.office.alamat
        yield _act(f"Batas waktunya sudah lewat. Anda boleh bertanya di kantor, atau mengadu: {where}.", at_office=True)
    elif has_refusal(case_view):
        yield _act("Baca alasannya. Bila menurut Anda keliru, tanyakan atau adukan.", at_office=True)
    elif not found:
        over = status in _ENDED or (status == "selesai" and not case_view.opened.due)
        yield _act(_OVER if over else _KEEP)


def _own_turn(case_view: CaseReadModel, due: DueTask, told: DueNow) -> Iterator[Json]:
    code = f"kode tanda terima {case_view.code}"
    if due.tugas == COMPLETE:
        yield from _to_complete(case_view, due, code)
    elif _fetched(case_view, due):
        ready = [f"{name} nomor {case_view.case.letters[name].number}" for name in ready_letters(case_view.case, due)]
        yield _act(f"Surat {' dan '.join(ready)} sudah jadi. Ambillah di kantor.", [code], at_office=True)
    elif due.owner == APPLICANT and TASKS[due.tugas].delivery == "sends":
        to = (due.task.kepada or "bpjs").upper()
        yield _act(
            f"Bawa surat ke kantor {to} Kesehatan." if to == "BPJS" else f"Bawa surat ke {to}.",
            _letter_names(case_view),
        )
        yield _act("Mintalah tanda terima di sana, lalu tunjukkan kepada kantor agar tercatat.", [code], at_office=True)
    elif due.owner == APPLICANT:
        yield _act(f"Giliran Anda: {told['nama_tugas']} ({told['kegiatan']}).", [code], at_office=True)


def _to_complete(case_view: CaseReadModel, due: DueTask, code: str) -> Iterator[Json]:
    """Document by document where the documents were what was wrong; else what the office was told."""
    wanted = [one for one in daftar_kontrol(case_view, own=False)["dokumen"] if one["benar"] is False]
    before = _sent_back(case_view, due)
    if TASKS[due.task.verb].finds == "documents" and wanted:
        yield _act("Lengkapi dokumen ini.", [*(_brought(one) for one in wanted), code], at_office=True)
    elif before is not None:
        why = engine.citizen_message(case_view.opened.sop, before) or _said_by(case_view, before)
        yield _act(f"{why} Perbaiki, lalu bawa buktinya.", [code], at_office=True)
    else:
        yield _act("Lengkapi berkas Anda.", [code], at_office=True)


def _brought(document: Json) -> str:
    return f"{document['nama']}, yang benar: {document['sebab']}" if document["sebab"] else str(document["nama"])


def _sent_back(case_view: CaseReadModel, due: DueTask) -> CompletedTask | None:
    trail = (one for one in reversed(case_view.case.trail) if one.slot == due.slot and one.tugas != COMPLETE)
    return next(trail, None)


def _said_by(case_view: CaseReadModel, done: CompletedTask) -> str:
    """The sentence of the event that ended a task."""
    found = (
        one
        for one in reversed(case_view.history)
        if (one.slot, one.langkah, one.tugas, one.hasil) == (done.slot, done.langkah, done.tugas, done.hasil)
    )
    return next(
        (describe_event(one, case_view.opened.sop) for one in found), f"Hasil {task_name(done.tugas)}: {done.hasil}."
    )


def _act(words: str, carrying: Sequence[str] = (), *, at_office: bool = False) -> Json:
    return {"kalimat": words, "bawa": list(carrying), "di_kantor": at_office}


def _letter_names(case_view: CaseReadModel) -> list[str]:
    """The letters that stand."""
    found = case_view.case.letters.items()
    return [f"surat {name} nomor {one.number}" for name, one in found if one.signed is not None and not one.revoked]


def _letters(case_view: CaseReadModel) -> Iterator[Json]:
    for name, letter in case_view.case.letters.items():
        if letter.signed is not None:
            yield {
                "nama": name,
                "nomor": letter.number,
                "dicabut": letter.revoked,
                "periksa": f"/periksa/{case_view.code}/{name}",
            }


def _entered(case_view: CaseReadModel) -> str | None:
    """The kelurahan or kecamatan through which it came; None where it came to the office itself."""
    entered = case_view.case.application.entry_office if case_view.case.application else None
    return entered if entered and entered != case_view.opened.office.kode else None


def refusal(case_view: CaseReadModel) -> Refusal | None:
    """What `GET /cases/{code}/penolakan` prints: the rule, its source, who said so, where to complain. None without."""
    no = _no(case_view)
    if no is None:
        return None
    opened, (last, kind) = case_view.opened, no
    by = opened.sop.pelaksana[last.oleh]
    system = by.jabatan and last.actor is None
    return {
        "kode": case_view.code,
        "akhir": kind,
        "kepala": headline(case_view),
        "kop": list(opened.office.kop),
        "sop": sop_words(case_view),
        "diterima": when(case_view, case_view.case.application.received_at if case_view.case.application else None),
        "diputus": when(case_view, last.at),
        "langkah": last.langkah if last.slot == "main" else None,
        "kegiatan": opened.sop.step(last.slot, last.langkah).kegiatan,
        "pemutus": f"sistem, atas nama {by.nama}" if system else by.nama,
        "pesan": engine.citizen_message(opened.sop, last),
        "alasan": _reasons(case_view, last),
        "dasar_hukum": list(opened.sop.dasar_hukum),
        "tempat": place(opened.office, opened.now),
    }


def _reasons(case_view: CaseReadModel, last: CompletedTask) -> list[Reason]:
    """Every rule that was not met, with what failed; else what was found at the step that ended the case."""
    if TASKS[last.tugas].automatic != "rules":
        where = f"langkah {last.langkah}" if last.slot == "main" else "tindak lanjut sesudah SOP"
        return [{"aturan": None, "sebab": [_said_by(case_view, last)], "sumber": where}]
    rules: dict[str, Reason] = {}
    for one in case_view.case.denied:
        found = rules.setdefault(one.rule, {"aturan": one.rule, "sebab": [], "sumber": one.source})
        found["sebab"].append(one.text)
    return list(rules.values())
