"""Every letter of a sheet made once for a case that does not exist: what `jejak sop check` says of letters.

The same functions compose it that compose a real one, so that nothing is found only when an official drafts or signs.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from jejak.cases.case import Application, Case, Draft, Ending, Letter
from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.parts import DocumentFacts, ListedPerson
from jejak.contracts.tasks import TASKS
from jejak.platform.errors import Problem
from jejak.procedure.documents import LONGEST_FACT
from jejak.procedure.model import MAIN, Sop
from jejak.procedure.office.kantor import ANY_LETTER, Kantor, load_kantor
from jejak.procedure.office.officials import Official
from jejak.procedure.office.signing import signing_form
from jejak.procedure.office.vacancies import holders_of
from letters import domain
from letters.printing.compose import letter_data
from letters.printing.pdf import LetterNotRendered, render

_AT_NOON: Final = time(5, tzinfo=UTC)
_ADDRESS: Final = "https://jejak.example"
_COUNT: Final = 9999
"""A number of a letter late in the year."""
_APPLICANT: Final = e.Person(
    nik="1399010101800001", kk="1399010101100001", name="Contoh Pemohon", born=date(1980, 1, 1), address="Jalan Contoh"
)
_PARTICIPANT: Final = _APPLICANT.model_copy(update={"nik": "1399014101800002", "name": "Contoh Peserta"})
_LISTED: Final = ListedPerson(nik="1399010101800003", name="Contoh Lain")
_OFFICE: Final = """
kode = "13.99"
nama = "Dinas Sosial Kabupaten Contoh"
zona = "Asia/Jakarta"
kop = ["PEMERINTAH KABUPATEN CONTOH", "DINAS SOSIAL"]
alamat = "Jalan Contoh Nomor 1"
tempat = "Contoh"
batas_tunggu = "1 hari kerja"
tanda_tangan = "elektronik"
nomor = { "*" = "460/{urut}/DINSOS/{tahun}" }

[cara]
check_registry = "manual"
check_membership = "manual"
check_population = "manual"
confirm_status = "manual"
"""
"""Stands for the office of a sheet that has no kantor file beside it."""
_FROM: Final[Mapping[str, str]] = {
    "basis": "nama dan sumber sebuah aturan",
    "dasar": "nama dan sumber sebuah aturan",
    "refusal": "pesan sebuah penolakan",
    "alasan_penolakan": "pesan sebuah penolakan",
    "judul": "judulnya (nama, atau jabatan penanda tangan)",
    "number": "nomor menurut [nomor] kantor",
    "nomor": "nomor menurut [nomor] kantor",
    "kop": "kop kantor",
    "alamat_kop": "alamat dan telepon kantor",
    "name": "nama pejabat",
    "post": "nama jabatan penanda tangan",
    "penandatangan": "nama, pangkat atau jabatan penanda tangan",
}
"""What people write that becomes these fields; every other is a key of `[[surat]]` by the same name."""


def unmade_letters(sop: Sop, office: Kantor | None, day: date) -> Iterator[str]:
    """Why a letter of the sheet could not be drafted, signed or printed, by the officials of an office on a day.

    Each letter is tried for each of its signers, once by each letterhead; where it may be drafted after a refusal, also
    as the refusal that it is then. A letter without a signer, his NIP or a rule for its number is not tried: other
    lines of the check say so.
    """
    where = office or _sample_office(sop)
    for name in sop.surat:
        signers = {signing_form(where, row, day): row for row in _signers(sop, where, name, day)} if office else {}
        for signer in signers.values() if office else where.pejabat[:1]:
            for refuses in _ways(sop, name):
                yield from (f"surat {name}: {fault}" for fault in _faults(sop, where, name, signer, day, refuses))


def _sample_office(sop: Sop) -> Kantor:
    """An office with a head who signs, and the officials who acknowledge letters."""
    beside = (row.mengetahui for row in sop.surat.values() if row.mengetahui)
    posts = ("kadis", *dict.fromkeys(post for column in beside for post in sop.pelaksana[column].jabatan))
    rows = (
        f'\n[[pejabat]]\nkode = "{post}-1"\nnama = "Contoh"\nnip = "197001011990011001"\njabatan = "{post}"\n'
        "dari = 1990-01-01\n"
        for post in posts
    )
    return load_kantor((_OFFICE + "".join(rows)).encode())


def _signers(sop: Sop, office: Kantor, name: str, day: date) -> tuple[Official, ...]:
    signing = [task for task in sop.all_tasks() if TASKS[task.verb].letters == "signs"]
    posts = (
        post
        for task in signing
        if not task.surat or name in task.surat
        for who in task.pelaksana
        for post in sop.pelaksana[who].jabatan
    )
    if name not in office.nomor and ANY_LETTER not in office.nomor:
        return ()
    able = holders_of(office, dict.fromkeys(posts), None, day)
    return tuple(row for row in able if row.nip or not signing_form(office, row, day).nip)


def _ways(sop: Sop, name: str) -> tuple[bool, ...]:
    """Whether the letter is tried as a refusal, as what the sheet calls it, or as both."""
    if sop.surat[name].jenis == "penolakan":
        return (True,)
    later = any(
        task.slot != MAIN and TASKS[task.verb].letters == "drafts" and name in task.surat for task in sop.all_tasks()
    )
    return (False, True) if later else (False,)


def _faults(sop: Sop, office: Kantor, name: str, signer: Official, day: date, refuses: bool) -> Iterator[str]:
    try:
        _make(_drafted(sop, office, name, day, refuses), name, signer, day)
    except ValidationError as error:
        yield from dict.fromkeys(map(_in_words, error.errors(include_input=False, include_url=False)))
    except LetterNotRendered as error:
        yield str(error)
    except Problem as problem:
        if problem.code != "mengetahui_kosong":  # the check has its own line for it
            yield problem.detail


def _drafted(sop: Sop, office: Kantor, name: str, day: date, refuses: bool) -> LoadedCase:
    """A made-up case for which this letter has been drafted. Raises what drafting raises."""
    now = datetime.combine(day, _AT_NOON)
    facts = {
        kode: DocumentFacts(nomor="9" * LONGEST_FACT, tanggal=day, penerbit="W" * LONGEST_FACT)
        for kode in sop.persyaratan
    }
    refused = refuses and sop.surat[name].jenis != "penolakan"
    case = Case(
        id=uuid.UUID(int=0),
        office=office.kode,
        sop=sop.sha256,
        application=Application(sop.layanan, (), _area(sop, office, name, day), now, "Memerlukan pengobatan."),
        people=e.People(applicant=_APPLICANT, participant=_PARTICIPANT),
        facts=facts,
        confirmed=tuple(rule.nama for rule in sop.aturan),
        ending=Ending("tolak", now) if refused else None,
    )
    loaded = LoadedCase(case, sop, office, CaseKeys(None, None), now, (), ())
    changes: dict[str, object] = {"refusal": _reasons(sop)} if refuses else {}
    if sop.surat[name].daftar_terlampir and not refuses:
        changes["listed"] = (_LISTED,)
    content = e.LetterContent.model_validate(dict(domain.content(loaded, changes, refuses=refuses, letters=(name,))))
    domain.check_letters(content)
    rule = office.number_rule(name)
    number = e.DraftLetter(letter=name, number=f"460/{_COUNT}" if rule.agenda else rule.number(_COUNT, day))
    draft = Draft(1, (name,), content, None, 0)
    letters = {name: Letter(number.number)}
    return replace(loaded, case=replace(case, draft=draft, drafts={name: draft}, letters=letters))


def _area(sop: Sop, office: Kantor, name: str, day: date) -> str:
    """Where the case was entered: where an official acknowledges its letter, if the sheet asks for that."""
    column = sop.surat[name].mengetahui
    able = holders_of(office, sop.pelaksana[column].jabatan, None, day) if column else ()
    return next((row.wilayah for row in able if row.wilayah), office.kode)


def _make(loaded: LoadedCase, name: str, signer: Official, day: date) -> None:
    domain.signatory(loaded.office, signer, day)
    data = letter_data(loaded, name, signer, draft=False, made=loaded.now, dated=day, public_url=_ADDRESS)
    render(data)


def _reasons(sop: Sop) -> tuple[str, ...]:
    """What the sheet says to the applicant of a no, and the reason that an official types."""
    messages = (
        step.pesan[outcome]
        for step in sop.steps.values()
        for task in step.tasks
        for outcome, target in task.targets.items()
        if outcome in step.pesan and target.kind in domain.NO
    )
    return (*dict.fromkeys(messages), "Alasan yang diketik petugas.")


def _in_words(error: ErrorDetails) -> str:
    field = str(error["loc"][0]) if error["loc"] else "isinya"
    most = error.get("ctx", {}).get("max_length")
    match error["type"]:
        case "string_too_long":
            why = f"lebih dari {most} huruf, tidak muat di surat — persingkat"
        case "too_long":
            why = f"lebih dari {most} baris, tidak muat di surat — gabungkan atau hapus beberapa"
        case _:
            why = "tidak dapat dicetak — tulis dengan huruf Latin, dan tidak kosong"
    return f"{_FROM.get(field, field)}: {why}"
