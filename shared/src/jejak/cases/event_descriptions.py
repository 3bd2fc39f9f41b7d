"""Every event as one Indonesian sentence that names nobody's data. Total: a new event must be thought about here."""

from collections.abc import Mapping
from typing import Final, assert_never

from jejak.cases.case import OpenedEvent
from jejak.contracts import events as e
from jejak.contracts.task_bodies import VIA
from jejak.contracts.tasks import TASKS
from jejak.procedure.model import Sop

_WAY: Final[Mapping[str, str]] = {
    "manual": "dilihat sendiri oleh petugas",
    "impor": "dari daftar yang diimpor",
    "http": "dari sistem asalnya",
}
_ELEMENTS: Final[Mapping[str, str]] = {
    "NIK": "NIK",
    "NO_KK": "nomor KK",
    "NAMA_LGKP": "nama lengkap",
    "TMPT_LHR": "tempat lahir",
    "TGL_LHR": "tanggal lahir",
    "JENIS_KLMIN": "jenis kelamin",
    "ALAMAT": "alamat",
}
"""What Dukcapil compares; an official may have named something else."""
NEWS_WORDS: Final[Mapping[e.NewsKind, str]] = {
    "lengkapi": "Berkas belum lengkap atau perlu diperbaiki. Minta pemohon melengkapinya.",
    "siap_diambil": "Surat sudah ada. Minta pemohon mengambilnya.",
    "ditolak": "Permohonan ditolak. Sampaikan alasannya dan ke mana dapat mengadu.",
    "dikembalikan": "Permohonan dikembalikan. Sampaikan alasannya.",
    "aktif": "Kartu sudah aktif dan dapat dipakai.",
    "berakhir": "Kepesertaannya sebagai PBI sudah berakhir, seperti diminta.",
}
"""What there is to tell, as an official reads it."""
_NEWS: Final[Mapping[e.NewsKind, str]] = {
    "lengkapi": "berkasnya perlu dilengkapi",
    "siap_diambil": "suratnya siap diambil",
    "ditolak": "permohonannya ditolak",
    "dikembalikan": "permohonannya dikembalikan",
    "aktif": "kartunya sudah aktif",
    "berakhir": "kepesertaannya sudah berakhir",
}
TOLD_BY: Final[Mapping[e.ToldBy, str]] = {
    "bertemu": "ketika bertemu",
    "telepon": "lewat telepon",
    "pesan": "lewat pesan",
    "lewat_orang": "lewat orang lain",
}


def task_name(verb: str) -> str:
    """A task as people call it."""
    return TASKS[verb].words


def describe_event(event: OpenedEvent, sop: Sop) -> str:  # noqa: C901, PLR0912 - one row per event type
    """What happened, in one sentence for officials, applicants and inspectors. No personal value."""
    match event.data:
        case e.ApplicationSubmitted(documents=documents):
            return f"Permohonan diajukan dengan {len(documents)} dokumen."
        case e.DocumentsAdded(documents=documents):
            return f"Pemohon melengkapi: {_documents(sop, [one.document for one in documents])}."
        case e.DocumentsMissing(problems=problems):
            return f"Dokumen diperiksa, belum beres: {'; '.join(_problem(sop, one) for one in problems)}."
        case e.DtksVerified(listings=listings):
            return f"Daftar dicek: {_listings(listings)}."
        case e.PopulationChecked():
            return _population(event.data, _outcome(event, sop))
        case e.MembershipChecked():
            return _membership(event.data, _outcome(event, sop))
        case e.EligibilityConfirmed(rules=rules):
            return f"Memenuhi syarat: {'; '.join(rules) or 'dinilai petugas, karena tidak ada aturan lembar baginya'}."
        case e.EligibilityDenied(reasons=reasons):
            return f"Tidak memenuhi syarat: {_reasons(reasons)}."
        case e.RouteChosen():
            route = sop.jalur.get(event.hasil or "")
            return f"Jalur dipilih: {route.nama if route else event.hasil}."
        case e.ParafSkipped(draft=draft):
            return f"Paraf konsep ke-{draft} dilewati: pemarafnya penanda tangan sendiri."
        case e.LetterDrafted(draft=draft, letters=letters):
            numbers = ", ".join(f"{one.letter} nomor {one.number}" for one in letters)
            return f"Konsep ke-{draft} disusun: surat {numbers}."
        case e.LetterSigned(letters=letters, method=method):
            way = "secara elektronik" if method == "elektronik" else "dengan pena"
            return f"Surat {', '.join(f'{one.letter} nomor {one.number}' for one in letters)} ditandatangani {way}."
        case e.LetterRevoked(letters=names):
            return f"Surat dicabut: {', '.join(names)}."
        case e.SubmissionSent(via=via, to=to):
            return f"Pengajuan ke {to.upper()} {VIA[via]}."
        case e.MembershipActivated():
            return "Kepesertaan aktif."
        case e.MembershipNotYetActive():
            return "Kepesertaan dicek: belum aktif."
        case e.MembershipDeactivated():
            return "Kepesertaan berakhir sesuai permohonan."
        case e.MembershipNotYetDeactivated():
            return "Kepesertaan dicek: belum berakhir."
        case e.CorrectionRequested():
            return f"{_performer(event, sop)} meminta perbaikan konsep."
        case e.CaseRefused(reasons=reasons):
            return f"Permohonan ditolak: {_reasons(reasons)}." if reasons else "Permohonan ditolak."
        case e.CaseReturned(message=message):
            return f"Berkas dikembalikan. {message}" if message else "Berkas dikembalikan."
        case e.CaseClosed():
            return "SOP selesai."
        case e.WorkStarted():
            return f"Mulai dikerjakan: {TASKS[event.tugas].words if event.tugas and event.tugas in TASKS else 'tugas'}."
        case e.ApplicantTold(news=news, way=way):
            return f"Pemohon diberi tahu {TOLD_BY[way]}: {_NEWS[news]}."
        case e.LetterNumbered(letters=letters):
            return f"Nomor surat dipesan tanpa konsep: {', '.join(one.number for one in letters)}."
        case e.ApplicationWithdrawn():
            return "Permohonan ditarik oleh pemohon."
        case e.BatchClosed(batch=batch, period=period, members=members):
            return f"Kumpulan {batch} {period} ditutup dengan {len(members)} berkas."
        case e.BatchMemberDropped(reason=reason):
            return f"Satu berkas dikeluarkan dari kumpulan: {reason.replace('_', ' ')}."
        case e.BatchFileMade(rows=rows):
            return f"Daftar kumpulan disusun: {rows} baris."
        case e.ReadingAnswered(words=words, right=right):
            return f"Simpulan dari lembar {'dibenarkan' if right else 'disanggah'}: {words}."
        case e.TrailAct():
            return _done(event, sop)
        case _ as unknown:
            assert_never(unknown)


def _done(event: OpenedEvent, sop: Sop) -> str:
    """A task that was done, in the words of its outcome."""
    kind = TASKS.get(event.tugas or "")
    if kind is None:
        return "Tugas diselesaikan."
    own = kind.outcome(event.hasil).sentence
    words = f"{kind.words[:1].upper()}{kind.words[1:]} selesai." if own is None else own
    return words.format(oleh=_performer(event, sop), data=event.data)


def _outcome(event: OpenedEvent, sop: Sop) -> str:
    """What an outcome is called within a sentence."""
    kind = TASKS.get(event.tugas or "")
    words = kind.phrase_of(event.hasil, inverse=sop.inverse) if kind else None
    return words or event.hasil or "tercatat"


def _population(checked: e.PopulationChecked, outcome: str) -> str:
    """Which elements differ follows the outcome; only names of elements, never what somebody may have typed there."""
    names = dict.fromkeys(_ELEMENTS.get(one, "unsur lain") for one in checked.differing)
    which = f" pada {', '.join(names)}" if names else ""
    return f"Data kependudukan dicek ({_WAY[checked.source.way]}): {outcome}{which}."


def _membership(checked: e.MembershipChecked, outcome: str) -> str:
    """Where he stands twice, BPJS' own word for how he stands, and the decree that took him out follow the outcome."""
    where = f" pada daftar {' dan '.join(checked.double_in)}" if checked.double_in else ""
    status = f", status «{checked.membership.status}»" if checked.membership.status else ""
    decree = f", SK penonaktifan {checked.membership.decree}" if checked.membership.decree else ""
    return f"Kepesertaan dicek ({_WAY[checked.source.way]}): {outcome}{where}{status}{decree}."


def _performer(event: OpenedEvent, sop: Sop) -> str:
    performer = sop.pelaksana.get(event.oleh or "")
    return performer.nama if performer else "petugas"


def document_name(sop: Sop, kode: str) -> str:
    """A document, or the alternative shown instead, by its name on the sheet."""
    for document in sop.persyaratan.values():
        if document.kode == kode:
            return document.nama
        for other in document.salah_satu:
            if other.kode == kode:
                return other.nama
    return kode


def _documents(sop: Sop, codes: list[str]) -> str:
    return ", ".join(dict.fromkeys(document_name(sop, one) for one in codes)) or "tanpa dokumen baru"


def _problem(sop: Sop, one: e.Problem) -> str:
    name = document_name(sop, one.document)
    if one.problem == "tidak_ada":
        return f"{name} tidak ada"
    return f"{name} tidak benar (seharusnya {one.expected})" if one.expected else f"{name} tidak benar"


def _listings(listings: tuple[e.Listing, ...]) -> str:
    words = [f"{one.register_name} {'terdaftar' if one.listed else 'tidak terdaftar'}" for one in listings]
    ways = dict.fromkeys(_WAY[one.source.way] for one in listings)
    return f"{', '.join(words)} ({', '.join(ways)})" if words else "tidak ada daftar yang diminta"


def _reasons(reasons: tuple[e.Reason, ...]) -> str:
    said = [f"{one.text.rstrip('.')} ({one.source})" if one.source else one.text.rstrip(".") for one in reasons]
    return "; ".join(said)
