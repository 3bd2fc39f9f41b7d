"""Every event as one Indonesian sentence without personal data. Total: the types demand a row for a new event."""

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from jejak.cases.case import OpenedEvent
from jejak.cases.people.letter_names import name_in_line, sentence
from jejak.contracts import events as e
from jejak.contracts.task_bodies import VIA
from jejak.contracts.tasks import TASKS
from jejak.privacy.person_words import PERSON_WORDS
from jejak.procedure.model import Sop, Task
from jejak.procedure.parties import BPJS, party_of, pihak_of
from jejak.procedure.task_words import in_party_words, task_at, task_name, verb_words, words_at
from jejak.timekeeping.printed.words import date_words

__all__ = [
    "DEATH_PROOFS",
    "NEWS_WORDS",
    "TOLD_BY",
    "UNCLEAR",
    "changed_finding",
    "describe_event",
    "document_name",
    "fields_in_words",
    "task_name",
]
"""`task_name` is of `jejak.procedure.task_words`, exported here too."""
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
"""The elements that Dukcapil compares; an official may have named another."""
NEWS_WORDS: Final[Mapping[e.NewsKind, str]] = {
    "lengkapi": "Berkas belum lengkap atau perlu diperbaiki. Minta pemohon melengkapinya.",
    "siap_diambil": "Surat sudah ada. Minta pemohon mengambilnya.",
    "ditolak": "Permohonan ditolak. Sampaikan alasannya dan ke mana dapat mengadu.",
    "dikembalikan": "Permohonan dikembalikan. Sampaikan alasannya.",
    "aktif": "Kartu sudah aktif dan dapat dipakai.",
    "berakhir": "Kepesertaannya sebagai PBI sudah berakhir, seperti diminta.",
    "ingatkan": "Ingatkan peserta.",
    "selesai": "Permohonan sudah selesai diproses.",
}
"""The result for the applicant, in the words of the page for officials."""
_NEWS: Final[Mapping[e.NewsKind, str]] = {
    "lengkapi": "berkasnya perlu dilengkapi",
    "siap_diambil": "suratnya siap diambil",
    "ditolak": "permohonannya ditolak",
    "dikembalikan": "permohonannya dikembalikan",
    "aktif": "kartunya sudah aktif",
    "berakhir": "kepesertaannya sudah berakhir",
    "ingatkan": "diingatkan akan tindak lanjutnya",
    "selesai": "permohonannya selesai diproses",
}
TOLD_BY: Final[Mapping[e.ToldBy, str]] = {
    "bertemu": "ketika bertemu",
    "telepon": "lewat telepon",
    "pesan": "lewat pesan",
    "lewat_orang": "lewat orang lain",
}


UNCLEAR: Final = "belum_jelas"
"""The finding of a newer list whose word decides nothing: a person decides, who sees the word."""
DEATH_PROOFS: Final[Mapping[e.DeathProof, str]] = {
    "akta_kematian": "menurut akta kematian",
    "surat_keterangan_kematian": "menurut surat keterangan kematian",
    "dukcapil": "menurut Dukcapil",
}
"""What shows that the participant has died."""

type Names = frozenset[str] | None


def describe_event(  # noqa: C901, PLR0912 - one row per event type
    event: OpenedEvent, sop: Sop, names: Names = None
) -> str:
    """The event in one sentence for officials, applicants and inspectors. No personal value.

    `names` (those that hold in the case) tell tasks of one verb in one step apart.
    """
    match event.data:
        case e.ApplicationSubmitted(documents=documents):
            return f"Permohonan diajukan dengan {len(documents)} dokumen."
        case e.PeopleCorrected(fields=fields, draft=draft):
            overtaken = f" Konsep ke-{draft} tidak berlaku lagi: suratnya disusun ulang." if draft else ""
            return f"Data dikoreksi: {fields_in_words(fields)}.{overtaken}"
        case e.DocumentsAdded(documents=documents):
            shown = dict.fromkeys(document_name(sop, file.document) for file in documents)
            return f"Pemohon melengkapi: {', '.join(shown) or 'tanpa dokumen baru'}."
        case e.DocumentsMissing(problems=problems):
            wrong = "; ".join(_problem(sop, problem) for problem in problems)
            return f"{_own_name(event, sop, names) or 'Dokumen diperiksa'}, belum beres: {wrong}."
        case e.DtksVerified(listings=listings):
            return f"{_own_name(event, sop, names) or 'Daftar dicek'}: {_listings(listings)}."
        case e.PopulationChecked():
            return _population(event.data, _own_name(event, sop, names), _outcome(event, sop))
        case e.MembershipChecked():
            return _membership(event.data, _own_name(event, sop, names), event.hasil, _outcome(event, sop))
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
            return f"Konsep ke-{draft} disusun: {_numbers(letters, sop, event.slot)}."
        case e.LetterSigned(letters=letters, method=method):
            way = "secara elektronik" if method == "elektronik" else "dengan pena"
            return f"{sentence(_numbers(letters, sop, event.slot))} ditandatangani {way}."
        case e.LetterRevoked(letters=letters):
            return f"Surat dicabut: {', '.join(name_in_line(sop, name, event.slot) for name in letters)}."
        case e.SubmissionSent(via=via, to=to):
            return f"Pengajuan ke {party_of(sop.pelaksana, to).words} {VIA[via]}."
        case e.MembershipActivated(status=status):
            return f"Kepesertaan aktif{_by(event, sop, names)}{_status(status)}."
        case e.MembershipNotYetActive(status=status):
            return f"Kepesertaan dicek: belum aktif{_by(event, sop, names)}{_status(status)}."
        case e.MembershipDeactivated(status=status):
            return f"Kepesertaan berakhir sesuai permohonan{_by(event, sop, names)}{_status(status)}."
        case e.MembershipNotYetDeactivated(status=status):
            return f"Kepesertaan dicek: belum berakhir{_by(event, sop, names)}{_status(status)}."
        case e.ReplyReceived(word=str() as word):
            return f"{_completed_task(event, sop, names).rstrip('.')} (tertulis «{word}»)."
        case e.CorrectionRequested():
            return f"{_performer(event, sop)} meminta perbaikan konsep."
        case e.CaseRefused(reasons=reasons):
            return f"Permohonan ditolak: {_reasons(reasons)}." if reasons else "Permohonan ditolak."
        case e.CaseReturned(message=message):
            return f"Berkas dikembalikan. {message}" if message else "Berkas dikembalikan."
        case e.CaseClosed():
            return "SOP selesai."
        case e.WorkStarted():
            return f"Mulai dikerjakan: {_name(event, sop, names) or 'tugas'}."
        case e.ApplicantTold(news=news, way=way):
            return f"Pemohon diberi tahu {TOLD_BY[way]}: {_NEWS[news]}."
        case e.LetterNumbered(letters=letters):
            return f"Nomor surat dipesan tanpa konsep: {', '.join(letter.number for letter in letters)}."
        case e.ApplicationWithdrawn():
            return "Permohonan ditarik oleh pemohon."
        case e.ParticipantDied(proof=proof):
            return f"Peserta meninggal dunia ({DEATH_PROOFS[proof]}): berkas berakhir."
        case e.FindingChanged():
            return changed_finding(event.data.task, event.data.found, event.data.status, event.data.source, sop)
        case e.BatchClosed(batch=batch, period=period, members=members):
            return f"Kumpulan {batch} {period} ditutup dengan {len(members)} berkas."
        case e.BatchMemberDropped(reason=reason):
            return f"Satu berkas dikeluarkan dari kumpulan: {reason.replace('_', ' ')}."
        case e.BatchFileMade(rows=rows):
            return f"Daftar kumpulan disusun: {rows} baris."
        case e.ReadingAnswered(words=words, right=right):
            return f"Simpulan dari lembar {'dibenarkan' if right else 'disanggah'}: {words}."
        case e.TrailAct():
            return _completed_task(event, sop, names)
        case _ as unknown:
            assert_never(unknown)


def _completed_task(event: OpenedEvent, sop: Sop, names: Names) -> str:
    """The sentence of its outcome, else one that names the task."""
    kind = TASKS.get(event.tugas or "")
    if kind is None:
        return "Tugas diselesaikan."
    outcome = kind.outcome(event.hasil)
    if own := _own_name(event, sop, names):
        said = outcome.words or outcome.kode.replace("_", " ")
        return f"{own} selesai." if len(kind.ends) == 1 else f"{own}: {said}."
    sentence = outcome.sentence
    if sentence is None:
        return f"{_capital(_name(event, sop, names) or '')} selesai."
    return in_party_words(sentence, sop, _task(event, sop, names), oleh=_performer(event, sop), data=event.data)


def _task(event: OpenedEvent, sop: Sop, names: Names) -> Task | None:
    """The sheet's task of an event; None for an event outside the line."""
    return task_at(sop, event.slot, event.langkah, event.tugas, event.oleh, names)


def _name(event: OpenedEvent, sop: Sop, names: Names) -> str | None:
    """The name of its task; None for a verb that is no longer in the table."""
    if event.tugas is None or event.tugas not in TASKS:
        return None
    return words_at(sop, event.slot, event.langkah, event.tugas, event.oleh, names)


def _own_name(event: OpenedEvent, sop: Sop, names: Names) -> str | None:
    """What its sheet itself calls its task, at the head of a sentence; None where that is the verb's own name."""
    task = _task(event, sop, names)
    return _capital(task.sebutan) if task and task.sebutan and task.verb == event.tugas else None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _by(event: OpenedEvent, sop: Sop, names: Names) -> str:
    """Who tells of a membership, where it is not BPJS, whose own it is."""
    task = _task(event, sop, names)
    party = task.party if task else None
    if party is None or pihak_of(sop.pelaksana, party) == BPJS:
        return ""
    return f" menurut {party_of(sop.pelaksana, party).words}"


def changed_finding(task: str, found: str, status: str | None, source: e.Source, sop: Sop) -> str:
    """What a list imported after a look-up says, with its day and its own word."""
    outcome = TASKS[task].phrase_of(found, inverse=sop.inverse) or found.replace("_", " ")
    says = "tidak jelas artinya" if found == UNCLEAR else f"menyatakan peserta {outcome}"
    word = f", tertulis «{status}»" if status else ""
    day = f" per {date_words(source.as_of)}" if source.as_of else ""
    name = verb_words(sop, task)
    return f"{name[:1].upper()}{name[1:]}: daftar yang lebih baru{day} {says}{word}."


def _outcome(event: OpenedEvent, sop: Sop) -> str:
    """The outcome's phrase within a sentence."""
    kind = TASKS.get(event.tugas or "")
    words = kind.phrase_of(event.hasil, inverse=sop.inverse) if kind else None
    return words or event.hasil or "tercatat"


def _population(checked: e.PopulationChecked, name: str | None, outcome: str) -> str:
    """The outcome, then the elements that differ; never text that an official may have typed there."""
    names = dict.fromkeys(_ELEMENTS.get(element, "unsur lain") for element in checked.differing)
    which = f" pada {', '.join(names)}" if names else ""
    return (
        f"{name or 'Data kependudukan dicek'} ({_WAY[checked.source.way]}): {outcome}{which}{_status(checked.status)}."
    )


def _status(word: str | None) -> str:
    """The source's own word for a status, behind the finding."""
    return f", status «{word}»" if word else ""


def _membership(checked: e.MembershipChecked, name: str | None, hasil: str | None, outcome: str) -> str:
    """The outcome, then what was found in the source's own words: double entries, another segment, status, decree.

    What the source does not say is named as taken: an active membership without a segment counts as state-paid.
    """
    found = checked.membership
    parts = [outcome + (f" pada daftar {' dan '.join(checked.double_in)}" if checked.double_in else "")]
    if checked.named is False:
        parts.append("tidak tercantum di sana")
    if found.segment and hasil == "segmen_lain" and checked.named:
        parts.append(f"segmen «{found.segment}»")
    elif found.active and checked.named and found.segment is None:
        parts.append("segmennya tidak disebut, dianggap dibayar negara")
    if found.status:
        parts.append(f"status «{found.status}»")
    elif checked.named and found.deactivated_on:
        parts.append(f"nonaktif sejak {found.deactivated_on:%d-%m-%Y}, tanpa kata status")
    if found.decree:
        parts.append(f"SK penonaktifan {found.decree}")
    return f"{name or 'Kepesertaan dicek'} ({_WAY[checked.source.way]}): {', '.join(parts)}."


def _performer(event: OpenedEvent, sop: Sop) -> str:
    performer = sop.pelaksana.get(event.oleh or "")
    return performer.nama if performer else "petugas"


def document_name(sop: Sop, kode: str) -> str:
    """The name on the sheet of a document, or of an alternative shown instead; the code itself if it has none."""
    for document in sop.persyaratan.values():
        if document.kode == kode:
            return document.nama
        for alternative in document.salah_satu:
            if alternative.kode == kode:
                return alternative.nama
    return kode


def _problem(sop: Sop, problem: e.Problem) -> str:
    name = document_name(sop, problem.document)
    if problem.problem == "tidak_ada":
        return f"{name} tidak ada"
    return f"{name} tidak benar (seharusnya {problem.expected})" if problem.expected else f"{name} tidak benar"


def _listings(listings: tuple[e.Listing, ...]) -> str:
    words = [_listing(listing) for listing in listings]
    ways = dict.fromkeys(_WAY[listing.source.way] for listing in listings)
    return f"{', '.join(words)} ({', '.join(ways)})" if words else "tidak ada daftar yang diminta"


def fields_in_words(fields: Iterable[e.CorrectedField]) -> str:
    """The corrected fields, as "nomor KK peserta, nama peserta"."""
    return ", ".join(f"{PERSON_WORDS[row.field]} {row.who}" for row in fields)


def _listing(listing: e.Listing) -> str:
    """A register's answer, with its decile and its own word."""
    desil = f", desil {listing.desil}" if listing.desil is not None else ""
    status = f" «{listing.status}»" if listing.status else ""
    return f"{listing.register_name} {'terdaftar' if listing.listed else 'tidak terdaftar'}{status}{desil}"


def _numbers(letters: Iterable[e.DraftLetter | e.SignedLetter], sop: Sop, slot: str) -> str:
    return ", ".join(f"{name_in_line(sop, letter.letter, slot)} nomor {letter.number}" for letter in letters)


def _reasons(reasons: tuple[e.Reason, ...]) -> str:
    return "; ".join(f"{reason.text.rstrip('.')}{f' ({reason.source})' if reason.source else ''}" for reason in reasons)
