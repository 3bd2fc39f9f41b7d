"""The printed total of a case's sheet in answers and sentences: until when, kept or not, and what explains it."""

from datetime import datetime

from jejak.procedure.model import Sop
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.clocks.times import JudgedTotal
from jejak.timekeeping.printed.words import date_words, duration_words, instant_words
from jejak.web.reading.case_read_model import CaseReadModel
from jejak.web.reading.schemas import PrintedTotal, When


def printed_total(case_view: CaseReadModel) -> PrintedTotal | None:
    """The total as the timeline answers it; None where the sheet prints none."""
    judged, sop = case_view.times.totals.printed, case_view.opened.sop
    if judged is None:
        return None
    return {
        "tercetak": printed_words(sop, judged),
        "jam": "berlalu",
        "dari": _from_words(sop),
        "sampai": _until_words(sop),
        "keadaan": judged.state,
        "mulai": _when(case_view, judged.start),
        "selesai": _when(case_view, judged.end),
        "batas": _when(case_view, judged.deadline),
        "batas_semula": _when(case_view, judged.printed_deadline),
        "paling_lambat": deadline_words(case_view, judged.deadline),
        "pada_pihak_lain": {"detik": judged.paused, "kata": duration_words(round(judged.paused))},
        "dalam": judged.within,
        "terlambat": judged.within is False,
        "kata": total_words(case_view),
    }


def printed_words(sop: Sop, judged: JudgedTotal) -> str:
    """The total in the sheet's own words; that of a route in the route's."""
    own = judged.standard is sop.waktu_total and sop.waktu_total_cetak
    return own or judged.standard.text


def total_words(case_view: CaseReadModel) -> str | None:
    """A sentence for the applicant about the printed total; None where the sheet prints none."""
    judged, sop = case_view.times.totals.printed, case_view.opened.sop
    if judged is None or judged.state == "batal":
        return None
    promise = printed_words(sop, judged)
    counted = "" if _says_from_when(sop, promise) else f" {_from_words(sop)}"
    until = "" if sop.total_sampai in (None, "selesai") else f", {_until_words(sop)}"
    limit = deadline_words(case_view, judged.deadline)
    if judged.start is None or limit is None:
        return f"Menurut SOP selesai {promise}{counted}{until}; tanggalnya muncul begitu hitungannya mulai."
    if judged.within is False:
        return f"Batas menurut SOP sudah lewat: paling lambat {limit} ({promise}{counted}{until})."
    if judged.state == "selesai":
        end = deadline_words(case_view, judged.end)
        kept = "dalam batas" if judged.within else "sesudah batas, karena berkas menunggu pihak di luar dinas,"
        first = deadline_words(case_view, judged.printed_deadline)
        return f"Selesai {end}, {kept} menurut SOP: paling lambat {first} ({promise}{counted}{until})."
    moved = "" if judged.deadline == judged.printed_deadline else " Waktu berkas pada pihak lain tidak dihitung."
    return f"Selesai paling lambat {limit}, menurut SOP ({promise}{counted}{until}).{moved}"


def deadline_words(case_view: CaseReadModel, at: datetime | None) -> str | None:
    """A date; with the time of day where the day does not end with it."""
    return None if at is None else _at_words(at, case_view.opened.office.calendar, case_view.opened.office.zona)


def _at_words(at: datetime, calendar: Calendar, zona: str) -> str:
    day = calendar.local_date(at)
    return date_words(day) if at == calendar.end_of_day(day) else instant_words(at, zona)


def _says_from_when(sop: Sop, promise: str) -> bool:
    words = (sop.total_dari or "").removeprefix("langkah ")
    return bool(words) and any(part in promise.casefold() for part in ("sejak", "setelah", "sesudah", "terhitung"))


def _from_words(sop: Sop) -> str:
    match (sop.total_dari or "diterima").split():
        case ["diterima"]:
            return "sejak berkas diterima"
        case ["lengkap"]:
            return "sejak berkas lengkap"
        case words:
            return f"sejak {' '.join(words)}"


def _until_words(sop: Sop) -> str:
    until = sop.total_sampai or "selesai"
    match until.split():
        case ["selesai"]:
            return "sampai SOP selesai"
        case ["lengkap"]:
            return "sampai berkas lengkap"
        case [kode] if kode in sop.follow_ups:
            return f"sampai {sop.follow_ups[kode].step.kegiatan}"
        case _:
            return f"sampai {until}"


def _when(case_view: CaseReadModel, at: datetime | None) -> When | None:
    zona = case_view.opened.office.zona
    return None if at is None else {"waktu": at.isoformat(), "setempat": instant_words(at, zona)}
