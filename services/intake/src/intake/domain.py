"""The decisions of intake: whether an application can be submitted, and whether its documents are right. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from jejak.cases.case import Case
from jejak.cases.decision import Decision, LoadedCase, may_withdraw
from jejak.cases.notifications import notifications
from jejak.cases.people.participants import check_person, check_printable
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.documents import Document
from jejak.procedure.model import Sop
from jejak.timekeeping import dates
from jejak.timekeeping.printed.months import years_between

_TOO_OLD: Final = "hanya untuk peserta di bawah {age} tahun"


def application_submitted(application: e.ApplicationSubmitted, people: e.People, sop: Sop, received: date) -> Decision:
    """An application under this SOP, received on a day.

    Malformed for an impossible number or date of birth, an answer to no question, or a document that the sheet does
    not name.
    """
    check_person("pemohon", people.applicant, received)
    if people.participant:
        check_person("peserta", people.participant, received)
        _check_two_people(people.applicant, people.participant)
    check_printable(people.relationship, application.purpose if isinstance(application.purpose, str) else None)
    _check_answers(application.answers, sop)
    check_names(sop, (attachment.document for attachment in application.documents))
    return Decision(application, "selesai")


def _check_two_people(applicant: e.Person, participant: e.Person) -> None:
    """Malformed for one NIK of two people: a NIK belongs to one person for life (UU 24/2013 Pasal 13)."""
    if applicant.nik == participant.nik:
        raise Malformed(
            "nik_sama",
            "NIK peserta sama dengan NIK pemohon. Kosongkan data peserta bila pemohon mengurus kartunya sendiri; bila "
            "dua orang, periksa NIK keduanya pada KK.",
        )


def _check_answers(answers: Sequence[str], sop: Sop) -> None:
    """Each answer is a name that a question knows; a question with choices takes exactly one of them."""
    known = {name for question in sop.pertanyaan.values() for name in (question.pilihan or (question.kode,))}
    known |= sop.jalur.keys()
    if strange := sorted(set(answers) - known):
        words = ", ".join(sorted(known)) or "tidak ada"
        raise Malformed(
            "jawaban_tidak_dikenal", f"Jawaban {', '.join(strange)} tidak ditanyakan; yang dikenal: {words}."
        )
    for question in sop.pertanyaan.values():
        given = [name for name in answers if name in question.pilihan]
        if question.pilihan and len(given) != 1:
            choices = " atau ".join(question.pilihan)
            raise Malformed("jawaban_kurang", f"Pertanyaan «{question.teks}» harus dijawab: {choices}.")


def check_names(sop: Sop, names: Iterable[str]) -> None:
    """Malformed for a document that the sheet does not name."""
    known = {name for document in sop.persyaratan.values() for name in document_names(document)}
    if strange := sorted(set(names) - known):
        raise Malformed(
            "dokumen_tidak_dikenal",
            f"Dokumen {', '.join(strange)} tidak ada pada lembar SOP; yang dikenal: {', '.join(sorted(known))}.",
        )


def document_names(document: Document) -> tuple[str, ...]:
    """The document's own name, and those of its substitutes."""
    return (document.kode, *(other.kode for other in document.salah_satu))


def accepted_alternatives(document: Document, age: int | None) -> dict[str, str | None]:
    """What may stand for a document: name → None if it is accepted, else why it is not at this age."""
    names: dict[str, str | None] = {document.kode: None}
    for other in document.salah_satu:
        too_old = other.usia_di_bawah is not None and age is not None and age >= other.usia_di_bawah
        names[other.kode] = _TOO_OLD.format(age=other.usia_di_bawah) if too_old else None
    return names


def documents_judged(
    case: Case,
    sop: Sop,
    held: frozenset[str],
    received: date,
    problems: Sequence[e.Problem],
    on_paper: Sequence[str] = (),
) -> tuple[tuple[str, ...], tuple[e.Problem, ...]]:
    """The documents that were shown and are right, and the problem of every other one.

    A document counts as shown when its file, or that of a substitute allowed at the participant's age on the day of
    receipt, is with the case, or when the official saw it on paper. Malformed for a problem of an unrequired document.
    """
    check_names(sop, on_paper)
    age = years_between(case.people.subject.born, received) if case.people else None
    required = sop.documents_for(held)
    known = {name for document in required for name in document_names(document)}
    if strange := sorted({problem.document for problem in problems} - known):
        raise Malformed("dokumen_tidak_diminta", f"Dokumen {', '.join(strange)} tidak diminta pada berkas ini.")
    wrong = {problem.document: problem for problem in problems}
    shown: list[str] = []
    faults: list[e.Problem] = []
    for document in required:
        named = next((wrong[name] for name in document_names(document) if name in wrong), None)
        if named:
            faults.append(named)
            continue
        allowed = accepted_alternatives(document, age)
        present = [name for name in allowed if name in case.documents or name in on_paper]
        good = [name for name in present if allowed[name] is None]
        if good:
            shown.append(good[0])
        elif present:
            faults.append(e.Problem(document=present[0], problem="tidak_benar", expected=allowed[present[0]]))
        else:
            faults.append(e.Problem(document=document.kode, problem="tidak_ada"))
    return tuple(shown), tuple(faults)


def facts_recorded(
    documents: Iterable[Document], given: Mapping[str, e.DocumentFacts], checked_on: date
) -> dict[str, e.DocumentFacts]:
    """What is recorded of these documents, which were shown and are right, as the sheet asks (`catat`).

    Refused, a sentence for each, while a fact is missing. Malformed for a fact that is not asked of them, for a date
    after the day of the check, and for what no letter can print.
    """
    asked = {document.kode: document for document in documents if document.catat}
    for kode, facts in given.items():
        known = asked[kode].catat if kode in asked else ()
        if strange := [fact for fact, value in facts if value is not None and fact not in known]:
            raise Malformed(
                "tidak_dicatat",
                f"{', '.join(strange).capitalize()} {kode} tidak dicatat pada berkas ini: hanya dari dokumen yang "
                "diminta dan ditunjukkan. Kosongkan isiannya.",
            )
    taken = {kode: given.get(kode, e.DocumentFacts()) for kode in asked}
    missing = [
        f"{fact.capitalize()} {document.nama} belum dicatat."
        for kode, document in asked.items()
        for fact in document.catat
        if getattr(taken[kode], fact) is None
    ]
    if missing:
        raise Refused("belum_dicatat", " ".join(missing), dokumen=list(asked))
    for kode, facts in taken.items():
        if facts.tanggal is not None:
            dates.check(dates.document_date_fault(facts.tanggal, asked[kode].nama, checked_on))
        check_printable(facts.nomor, facts.penerbit)
    return taken


def documents_checked(
    hasil: str,
    shown: tuple[str, ...],
    problems: tuple[e.Problem, ...],
    act: e.Act,
    remarks: Mapping[str, str],
    facts: Mapping[str, e.DocumentFacts] = MappingProxyType({}),
) -> Decision:
    """Complete only if nothing is missing or wrong (SOP 67/68/2022 step 1: "persyaratan benar dan lengkap").

    Refused when the official's outcome contradicts the documents.
    """
    if hasil == "lengkap" and problems:
        raise Refused(
            "belum_lengkap",
            f"Belum lengkap: {problem_clause(problems)}.",
            dokumen=[problem.document for problem in problems],
        )
    if hasil == "kurang" and not problems:
        raise Refused("sudah_lengkap", "Semua dokumen ada. Sebutkan dokumen mana yang tidak benar dan mengapa.")
    if hasil == "lengkap":
        recorded = dict(facts) or None
        return Decision(e.DocumentsComplete(shown=shown, facts=recorded, note=act.note, evidence=act.evidence), hasil)
    event = e.DocumentsMissing(problems=problems, remarks=dict(remarks) or None, note=act.note, evidence=act.evidence)
    return Decision(event, hasil)


def problem_clause(problems: Iterable[e.Problem]) -> str:
    """The problems in one clause."""
    words = {"tidak_ada": "belum ada", "tidak_benar": "tidak benar"}
    return "; ".join(
        f"{problem.document} {words[problem.problem]}" + (f" ({problem.expected})" if problem.expected else "")
        for problem in problems
    )


def applicant_told(loaded: LoadedCase, kind: e.NewsKind, way: e.ToldBy, note: str | None) -> Decision:
    """An official has informed the applicant. Refused for a result that does not (or no longer) hold for the case."""
    if kind not in {notification.kind for notification in notifications(loaded)}:
        raise Refused("bukan_kabar", "Kabar itu tidak (lagi) berlaku untuk berkas ini. Muat ulang daftar kabarnya.")
    return Decision(e.ApplicantTold(news=kind, way=way, note=note))


def application_withdrawn(case: Case, note: str | None) -> Decision:
    """The applicant takes his application back. Refused once no decision on it is open."""
    if not may_withdraw(case):
        raise Refused("sudah_berakhir", "Berkas ini sudah berakhir; tidak ada yang dapat ditarik.")
    return Decision(e.ApplicationWithdrawn(note=note))
