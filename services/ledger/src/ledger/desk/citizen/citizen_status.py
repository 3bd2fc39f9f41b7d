"""The public page of a case, for a holder of its code: where it is, until when, what to do next, where, with what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from jejak.cases import engine
from jejak.cases.case import CompletedTask, OpenedEvent
from jejak.cases.engine import DueTask
from jejak.cases.event_descriptions import describe_event
from jejak.cases.newer_findings import ended_by_finding
from jejak.cases.notifications import good_end, ready_letters
from jejak.cases.people.letter_names import letter_name, numbered, sentence
from jejak.cases.people.newborn import to_follow
from jejak.cases.undecided import bpjs_decides_still
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, TASKS, clock_of
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.parties import BPJS, party_of
from jejak.procedure.task_words import words_at
from jejak.timekeeping.clocks.times import APPLICANT, OFFICE
from jejak.timekeeping.printed.words import date_words, instant_words
from jejak.timekeeping.standard import deadline
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.case_status import case_status
from jejak.web.reading.schemas import DueNow
from jejak.web.reading.task_limits import TaskLimits, limits_of, until_words
from jejak.web.reading.timeline import sop_words, status_of, timeline, when
from ledger.desk.citizen.opening_hours import hours_words, open_words
from ledger.desk.citizen.printables import daftar_kontrol
from ledger.desk.citizen.schemas import Place, Reason, Refusal

type Json = dict[str, Any]


_UNLIMITED: Final = "SOP tidak menulis batas waktu untuk langkah ini."
_FETCH: Final = "Surat menunggu Anda ambil pada jam kantor."
_YOUR_TIME: Final = "SOP tidak menulis batas waktu bagi Anda."
_ENDED: Final[Mapping[str, str]] = {
    "tolak": "Permohonan ditolak",
    "kembalikan": "Berkas dikembalikan",
    "ditarik": "Permohonan ditarik",
    "meninggal": "Berkas berakhir karena peserta tercatat meninggal dunia",
    "aktif": "Kepesertaan sudah aktif",
    "nonaktif": "Kepesertaan sudah berakhir",
}
_KEEP: Final = "Tidak ada yang perlu Anda lakukan sekarang. Simpan tanda terima, dan buka lagi halaman ini kapan saja."
_OVER: Final = "Tidak ada lagi yang perlu Anda lakukan."


def citizen_page(case_view: CaseReadModel) -> Json:
    """The values of the page of `GET /cases/{code}` for the public: no personal data."""
    office, now = case_view.opened.office, case_view.opened.now
    application = case_view.case.application
    entered = application.entry_office if application else None
    trace, turns = timeline(case_view), _due(case_view)
    return {
        "kode": case_view.code,
        "kantor": office.nama,
        "sop": sop_words(case_view),
        "diterima": trace["diterima"],
        "kepala": headline(case_view),
        "janji": trace["total"]["mutu_baku"],
        "pemegang": [_holding(case_view, due, shown) for due, shown in turns],
        "langkah_anda": list(to_do(case_view, turns)),
        "kontrol": daftar_kontrol(case_view, own=False),
        "surat": list(_letters(case_view)),
        "jejak": [event for event in trace["peristiwa"] if not event["mulai_kerja"]],
        "tempat": place(office, now),
        "dimasukkan_di": _entered_in(office, entered) if entered and entered != office.kode else None,
        "alasan": f"/cases/{case_view.code}/penolakan" if _refused_by(case_view) else None,
    }


def _entered_in(office: Kantor, area: str) -> str:
    """The name of the kelurahan or kecamatan in which a case was entered; of one that is gone, where it went."""
    return office.wilayah.get(area, f"kode wilayah {area}")


def _refused_by(case_view: CaseReadModel) -> tuple[CompletedTask, str] | None:
    """The task of the main line or a follow-up (BPJS) that refused or returned the case, and which of the two."""
    case, sop = case_view.case, case_view.opened.sop
    last = {task.slot: task for task in case.completed}
    names = engine.conditions_met(sop, case)
    # After a good end of the main line, a look-up done again with corrected people refuses nothing.
    ended_well = case.ending is not None and case.ending.kind == "selesai"
    for slot in (*(() if ended_well else ("main",)), *sop.follow_ups):
        answered = slot in last and last[slot].tugas != COMPLETE  # an applicant's own additions are no answer
        kind = engine.target_of(sop, last[slot], names).kind if answered else None
        if kind in ("tolak", "kembalikan") and case.activated is None:
            return last[slot], kind
    return ended_by_finding(sop, case)


def place(office: Kantor, now: datetime) -> Place:
    """The office's address, opening hours and contacts."""
    return {
        "nama": office.nama,
        "alamat": office.alamat,
        "telepon": office.telepon,
        "jam": hours_words(office.calendar, now),
        "sekarang": open_words(office.calendar, now),
        "pengaduan": office.pengaduan,
    }


def headline(case_view: CaseReadModel) -> str:
    """The status of the case in a few words."""
    status, due = status_of(case_view), case_view.opened.due
    if status in ("aktif", "nonaktif"):
        since = _membership_since(case_view)
        return f"{_ENDED[status]} sejak {date_words(since)}" if since else _ENDED[status]
    if status in _ENDED:
        return _ENDED[status]
    if (refused := _refused_by(case_view)) is not None:
        task, kind = refused
        verb = "ditolak" if kind == "tolak" else "dikembalikan"
        return f"Pengajuan {verb} oleh {case_view.opened.sop.pelaksana[task.oleh].nama}"
    if any(_is_pickup(case_view, task) for task in due):
        return "Surat siap diambil"
    if any(task.owner == APPLICANT for task in due):
        return "Berkas menunggu Anda"
    if status == "berjalan":
        return "Berkas sedang diproses"
    if not due:
        return "Urusan di kantor sudah selesai"
    # Whether any task of the sheet checks that the membership is as requested.
    if not any(end.reaches == "aktif" for task in case_view.opened.sop.all_tasks() for end in TASKS[task.verb].ends):
        return "Urusan di kantor sudah selesai, tindak lanjutnya berjalan"
    yet = "kepesertaan belum berakhir" if case_view.opened.sop.inverse else "kartu belum aktif"
    return f"Urusan di kantor sudah selesai, {yet}"


def _membership_since(case_view: CaseReadModel) -> date | None:
    """The day BPJS states, else the day of the check that saw it."""
    for event in reversed(case_view.history):
        if isinstance(event.data, e.MembershipActivated) and event.data.active_since:
            return event.data.active_since
    seen = case_view.case.activated or case_view.case.deactivated
    return case_view.opened.office.calendar.local_date(seen) if seen else None


def _due(case_view: CaseReadModel) -> list[tuple[DueTask, DueNow]]:
    """Each due task, and its entry in the public answer."""
    return list(zip(case_view.opened.due, case_status(case_view, own=False)["jatuh_tempo"], strict=True))


def _holding(case_view: CaseReadModel, due: DueTask, shown: DueNow) -> Json:
    """Who holds the file for which task, since when and until when."""
    return {
        "siapa": _holder(due, shown),
        "orang": shown["pejabat"],
        "kantor": due.owner == OFFICE,
        "tugas": shown["nama_tugas"],
        "kegiatan": shown["kegiatan"],
        "langkah": due.langkah if due.slot == "main" else None,
        "sejak": shown["sejak"]["setempat"],
        "batas": list(_limits(case_view, due, shown, limits_of(case_view, due))),
        **{name: shown[name] for name in ("terlambat", "ditunda", "tidak_sebelum", "diingatkan", "otomatis", "kosong")},
    }


def _holder(due: DueTask, shown: DueNow) -> str:
    """Who holds the file: never a post that nobody holds."""
    if due.owner == APPLICANT:
        return "Anda (pemohon)"
    vacant = due.owner == OFFICE and shown["kosong"]
    return f"{shown['nama_pelaksana']} (jabatan sedang kosong)" if vacant else shown["nama_pelaksana"]


def _limits(case_view: CaseReadModel, due: DueTask, shown: DueNow, limits: TaskLimits) -> Iterator[str]:
    """Until when: by the sheet, or that it states no limit; then by the office's own waiting limit."""
    if _is_pickup(case_view, due):
        yield _FETCH
        if not limits.late:  # the time of its step was the office's until the letter was ready
            return
    if limits.stay is None or limits.standard is None:
        yield _YOUR_TIME if due.owner == APPLICANT else _UNLIMITED
    elif limits.standard.clock == "touch":
        yield f"SOP menulis {limits.standard.text} untuk mengerjakannya, tanpa menulis berapa lama boleh menunggu."
    elif due.kumpulan is not None:
        yield f"SOP menulis {limits.standard.text}, dihitung sejak kumpulannya ditutup."
    else:
        begun, elsewhere = (due.since, ()) if due.task.waktu else (limits.stay.counted_from, limits.stay.elsewhere)
        end = deadline(limits.standard, begun, case_view.context.book.calendar_of(due.owner), elsewhere)
        words = instant_words(end, case_view.opened.office.zona)
        yield f"Menurut SOP ({limits.standard.text}) selesai paling lambat {words}."
    if shown["batas_tunggu"]:
        yield f"Aturan kantor, tidak tertulis pada SOP: mulai dikerjakan sebelum {shown['batas_tunggu']['setempat']}."


def _is_pickup(case_view: CaseReadModel, due: DueTask) -> bool:
    """Whether a letter is ready for the applicant to collect."""
    return clock_of(due.tugas) == "pickup" and due.owner == OFFICE and bool(ready_letters(case_view.case, due))


def to_do(case_view: CaseReadModel, turns: Sequence[tuple[DueTask, DueNow]]) -> Iterator[Json]:
    """What the citizen does next, with which papers, and whether at the office."""
    acts = [act for due, shown in turns for act in _own_turn(case_view, due, shown)]
    void = [_numbered(case_view, name) for name, letter in case_view.case.letters.items() if letter.revoked]
    if void:
        words = f"Jangan pakai {' dan '.join(void)}: sudah dicabut, tidak berlaku lagi. Tanyakan di kantor."
        acts = [_act(words, at_office=True)]
    acts += [_act(words, at_office=True) for words in _beside(case_view, turns)]
    yield from acts
    status = status_of(case_view)
    printed = case_view.times.totals.printed
    over_total = printed is not None and printed.state == "terbuka" and printed.within is False
    if over_total or any(due.owner == OFFICE and shown["terlambat"] for due, shown in turns):
        where = case_view.opened.office.pengaduan or case_view.opened.office.alamat
        yield _act(f"Batas waktunya sudah lewat. Anda boleh bertanya di kantor, atau mengadu: {where}.", at_office=True)
    elif status == "meninggal":
        yield from _after_death(case_view)
    elif _refused_by(case_view):
        yield _act("Baca alasannya. Bila menurut Anda keliru, tanyakan atau adukan.", at_office=True)
    elif not acts:
        over = status in _ENDED or (status == "selesai" and not case_view.opened.due)
        yield _act(" ".join(filter(None, (good_end(case_view.opened), _OVER if over else _KEEP))))


def _beside(case_view: CaseReadModel, turns: Sequence[tuple[DueTask, DueNow]]) -> Iterator[str]:
    """What a newborn's NIK needs while the case runs, and whom to ask about a task whose post is vacant."""
    people = case_view.case.people
    if (
        turns
        and people is not None
        and (follows := to_follow(people.subject, case_view.opened.today.date(), dated=False))
    ):
        yield follows
    yield from dict.fromkeys(shown["kosong"] for _, shown in turns if shown["kosong"])


def _after_death(case_view: CaseReadModel) -> Iterator[Json]:
    """Condolence, what became of the request, and where a mistaken record is mended."""
    sent = (
        " BPJS Kesehatan diberi tahu bahwa usulannya tidak dilanjutkan."
        if bpjs_decides_still(case_view.case, case_view.opened.sop)
        else ""
    )
    yield _act(f"Kami turut berdukacita. Permohonan ini tidak dilanjutkan.{sent} {_OVER}")
    office = case_view.opened.office
    yield _act(
        f"Bila catatan ini keliru, datanglah dengan KTP peserta: {office.alamat}. Permohonan baru dapat diajukan.",
        at_office=True,
    )


def _own_turn(case_view: CaseReadModel, due: DueTask, shown: DueNow) -> Iterator[Json]:
    code = f"kode tanda terima {case_view.code}"
    if due.tugas == COMPLETE:
        yield from _to_complete(case_view, due, code)
    elif _is_pickup(case_view, due):
        ready = " dan ".join(_numbered(case_view, name) for name in ready_letters(case_view.case, due))
        yield _act(f"{sentence(ready)} sudah jadi. Ambillah di kantor.", [code], at_office=True)
    elif due.owner == APPLICANT and TASKS[due.tugas].delivery == "sends":
        to = party_of(case_view.opened.sop.pelaksana, due.task.kepada or BPJS)
        standing = [
            _numbered(case_view, name)
            for name, letter in case_view.case.letters.items()
            if letter.signed is not None and not letter.revoked
        ]
        yield _act(f"Bawa surat ke {'kantor ' if to.single else ''}{to.full}.", standing)
        yield _act("Mintalah tanda terima di sana, lalu tunjukkan kepada kantor agar tercatat.", [code], at_office=True)
    elif due.owner == APPLICANT:
        until = until_words(case_view, due)
        yield _act(f"Giliran Anda: {shown['nama_tugas']} ({shown['kegiatan']}){until}.", [code], at_office=True)


def _to_complete(case_view: CaseReadModel, due: DueTask, code: str) -> Iterator[Json]:
    """The documents to bring, where the check of documents failed; else the reason for which the case came back."""
    wrong = [document for document in daftar_kontrol(case_view, own=False)["dokumen"] if document["benar"] is False]
    tasks = (task for task in reversed(case_view.case.completed) if task.slot == due.slot and task.tugas != COMPLETE)
    before = next(tasks, None)
    if TASKS[due.task.verb].finds == "documents" and wrong:
        names = [
            f"{document['nama']}, yang benar: {document['sebab']}" if document["sebab"] else document["nama"]
            for document in wrong
        ]
        yield _act("Lengkapi dokumen ini.", [*names, code], at_office=True)
    elif before is not None:
        why = engine.citizen_message(case_view.opened.sop, before, case_view.opened.names) or _outcome_words(
            case_view, before
        )
        yield _act(f"{why} Perbaiki, lalu bawa buktinya.", [code], at_office=True)
    else:
        yield _act("Lengkapi berkas Anda.", [code], at_office=True)


def _event_of(case_view: CaseReadModel, done: CompletedTask) -> OpenedEvent | None:
    """The event that ended a task."""
    place = (done.slot, done.langkah, done.tugas, done.hasil)
    events = (event for event in reversed(case_view.history) if event.hasil is not None)
    return next((event for event in events if (event.slot, event.langkah, event.tugas, event.hasil) == place), None)


def _outcome_words(case_view: CaseReadModel, done: CompletedTask) -> str:
    """The sentence of the event that ended a task."""
    if event := _event_of(case_view, done):
        return describe_event(event, case_view.opened.sop, case_view.opened.names)
    opened = case_view.opened
    return f"Hasil {words_at(opened.sop, done.slot, done.langkah, done.tugas, done.oleh, opened.names)}: {done.hasil}."


def _act(words: str, carrying: Sequence[str] = (), *, at_office: bool = False) -> Json:
    return {"kalimat": words, "bawa": list(carrying), "di_kantor": at_office}


def _numbered(case_view: CaseReadModel, name: str) -> str:
    return numbered(case_view.opened.sop, case_view.case, name)


def _letters(case_view: CaseReadModel) -> Iterator[Json]:
    for name, letter in case_view.case.letters.items():
        if letter.signed is not None:
            yield {
                "kode": name,
                "nama": letter_name(case_view.opened.sop, case_view.case, name),
                "nomor": letter.number,
                "dicabut": letter.revoked,
                "periksa": f"/periksa/{case_view.code}/{name}",
            }


def refusal(case_view: CaseReadModel, *, own: bool) -> Refusal | None:
    """The content of `GET /cases/{code}/penolakan`: rules, sources, decider, complaints. None if not refused."""
    refused = _refused_by(case_view)
    if refused is None:
        return None
    opened, (last, kind) = case_view.opened, refused
    by = opened.sop.pelaksana[last.oleh]
    system = by.jabatan and last.actor is None
    ended_by = _event_of(case_view, last)
    note = getattr(ended_by.data, "note", None) if ended_by else None
    typed = note if isinstance(note, str) else None
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
        "pesan": engine.citizen_message(opened.sop, last, opened.names),
        "alasan": _reasons(case_view, last),
        "tertulis": typed if own else None,
        "ada_tertulis": typed is not None,
        "dasar_hukum": list(opened.sop.dasar_hukum),
        "tempat": place(opened.office, opened.now),
    }


def _reasons(case_view: CaseReadModel, last: CompletedTask) -> list[Reason]:
    """Every rule that was not met, with what failed; else the finding of the step that ended the case."""
    if TASKS[last.tugas].automatic != "rules":
        where = f"langkah {last.langkah}" if last.slot == "main" else "tindak lanjut sesudah SOP"
        return [{"aturan": None, "sebab": [_outcome_words(case_view, last)], "sumber": where}]
    rules: dict[str, Reason] = {}
    for denied in case_view.case.denied:
        rule = rules.setdefault(denied.rule, {"aturan": denied.rule, "sebab": [], "sumber": denied.source})
        rule["sebab"].append(denied.text)
    return list(rules.values())
