"""A task's forms for one case: the table of fields filled with what the sheet, the office and the case say. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from jejak.cases import engine
from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Choices
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.model import Document, Target
from jejak.web.tasks.fields import (
    ELEMENTS,
    EVIDENCE_FIELD,
    HAPPENED_FIELD,
    NOTE_FIELD,
    Field,
    fields_of,
)

_LEADS: Final[Mapping[str, str]] = {
    "lanjut": "",
    "pemohon": "Berkas menunggu pemohon.",
    "konsep": "Berkas kembali kepada penyusun konsep; nomor surat tetap.",
    "tunggu": "Tugas ini tetap menunggu dan dicek lagi.",
    "tolak": "Permohonan ditolak dan berakhir.",
    "kembalikan": "Berkas dikembalikan dan berakhir.",
    "selesai": "SOP selesai.",
}
_SAVE: Final = "Simpan hasil"
_YES_NO: Final[Choices] = (("true", "Ya"), ("false", "Tidak"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to end a task: its name, the words on its button, and what comes of it."""

    kode: str | None
    words: str
    leads: str
    reason: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Fields about one thing; without a legend they stand by themselves. `files`: what may be looked at beside."""

    legend: str | None
    fields: tuple[Field, ...]
    files: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent at once. Its outcomes are its buttons; of several forms the first is the good one."""

    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]

    @property
    def files(self) -> bool:
        return any(field.kind == "berkas" for group in self.groups for field in group.fields)


@dataclass(frozen=True, slots=True)
class Item:
    """Something a field is asked for: its code and name, own values, and files to look at."""

    kode: str
    nama: str
    values: Mapping[str, str]
    files: tuple[str, ...] = ()


def forms(opened: LoadedCase, due: DueTask, *, recording: bool) -> tuple[Form, ...]:
    """The forms of a due task. `recording`: the official who fills them in records what another person did."""
    kind, outcomes = TASKS[due.tugas], outcomes_of(opened, due)
    match kind.buttons:
        case "one":
            parts: Sequence[tuple[Outcome, ...]] = [(Outcome(None, kind.button or _SAVE, "", reason=due.automatic),)]
        case "together":
            parts = [outcomes]
        case "apart":
            parts = [(outcome,) for outcome in outcomes]
    return tuple(
        Form(part, _groups(opened, due, part, recording=recording, good=number == 0))
        for number, part in enumerate(parts)
    )


def outcomes_of(opened: LoadedCase, due: DueTask) -> tuple[Outcome, ...]:
    """The task's outcomes that a person may choose, the good one first, by the sheet's own targets."""
    targets = due.task.targets if due.tugas != COMPLETE else {"selesai": Target("lanjut")}
    return tuple(
        Outcome(kode, _button(opened, due, kode), _leads(opened, due, kode, target), _reason(due, kode))
        for kode, target in targets.items()
        if not TASKS[due.tugas].outcome(kode).by_system
    )


def _reason(due: DueTask, kode: str) -> bool:
    by_hand = due.automatic and TASKS[due.tugas].service == "verification"
    return by_hand or kode in TASKS[due.tugas].reasoned


def _button(opened: LoadedCase, due: DueTask, kode: str) -> str:
    kind = TASKS[due.tugas]
    if kind.by_route and kode in opened.sop.jalur:
        return opened.sop.jalur[kode].nama
    if kode == kind.good and _by_pen_alone(opened, due):
        return "Catat surat yang sudah ditandatangani"
    return kind.outcome(kode).button or kind.button or _SAVE


def _by_pen_alone(opened: LoadedCase, due: DueTask) -> bool:
    """Whether what is signed on paper is recorded here."""
    return TASKS[due.tugas].letters == "signs" and opened.office.tanda_tangan == "basah"


def _leads(opened: LoadedCase, due: DueTask, kode: str, target: Target) -> str:
    """What comes of an outcome, and what the citizen reads of it."""
    words = f"Berkas ke langkah {target.langkah}." if target.kind == "langkah" else _LEADS[target.kind]
    own = opened.sop.step(due.slot, due.langkah).pesan.get(kode) if due.tugas != COMPLETE else None
    message = own or TASKS[due.tugas].message_of(kode, inverse=opened.sop.inverse)
    return f"{words} Pemohon diberi tahu: “{message}”".strip() if message else words


def _groups(
    opened: LoadedCase, due: DueTask, outcomes: Sequence[Outcome], *, recording: bool, good: bool
) -> tuple[Group, ...]:
    own = [field for field in fields_of(TASKS[due.tugas].body) if good or field.always]
    single = [_filled(opened, due, field) for field in own if field.each is None]
    groups = [
        Group(None, tuple(field for field in single if not field.folded)),
        *_repeated(opened, due, own),
        Group("Ubah isi surat", tuple(field for field in single if field.folded), folded=True),
        Group(None, _common(opened, due, outcomes, recording=recording, good=good)),
    ]
    return tuple(group for group in groups if group.fields)


def _repeated(opened: LoadedCase, due: DueTask, own: Sequence[Field]) -> Iterator[Group]:
    """The fields that are asked once for each of something, item by item."""
    for each in dict.fromkeys(field.each for field in own if field.each):
        fields, items = [field for field in own if field.each == each], _EACH[each](opened, due)
        by_item = [(item, tuple(_for(opened, due, field, item) for field in fields)) for item in items]
        if len(fields) == 1 or each == "pena":
            yield Group(_LEGENDS.get(each), tuple(chain(*(made for _, made in by_item))), folded=fields[0].folded)
        else:
            yield from (Group(item.nama, made, item.files, folded=fields[0].folded) for item, made in by_item)


def _for(opened: LoadedCase, due: DueTask, field: Field, item: Item) -> Field:
    """The field for one item. A hidden code that is only a number stands for a name to be typed."""
    typed = field.kind == "tersembunyi" and not item.kode.strip("0123456789")
    value = item.values.get(field.value, "") if field.value not in ("", "{kode}") else field.value
    made = replace(
        field,
        name=field.name.replace("{kode}", item.kode),
        label=field.label.replace("{nama}", item.nama),
        value="" if typed else value.replace("{kode}", item.kode),
        kind="teks" if typed else field.kind,
        required=field.required or typed,
    )
    return _chosen(opened, due, made, item)


def _filled(opened: LoadedCase, due: DueTask, field: Field) -> Field:
    content = _letter_content(opened)
    values = {"keperluan": content.purpose or "", "pemohon": content.people.applicant.name} if content else {}
    own = field.value in ("keperluan", "pemohon")
    return _chosen(opened, due, replace(field, value=values.get(field.value, "") if own else field.value), None)


def _chosen(opened: LoadedCase, due: DueTask, field: Field, item: Item | None) -> Field:
    match field.choices:
        case "masalah" if item is not None:
            return replace(field, choices=_verdicts(opened.sop.persyaratan[item.kode], shown=bool(item.files)))
        case "hasil":
            return replace(field, choices=tuple(_outcome_choices(opened, due)))
        case "penanda_tangan":
            return replace(field, choices=_signers(opened, due))
        case _ if field.kind == "ya_tidak":
            return replace(field, choices=_YES_NO)
        case _:
            return field


def _outcome_choices(opened: LoadedCase, due: DueTask) -> Iterator[tuple[str, str]]:
    """Each outcome in the words of its message to the citizen, else of its button."""
    for outcome in outcomes_of(opened, due):
        message = TASKS[due.tugas].message_of(outcome.kode or "", inverse=opened.sop.inverse)
        yield outcome.kode or "", message.rstrip(".") if message else outcome.words


def _common(
    opened: LoadedCase, due: DueTask, outcomes: Sequence[Outcome], *, recording: bool, good: bool
) -> tuple[Field, ...]:
    needed = all(outcome.reason for outcome in outcomes)
    label = "Alasan" if needed and not good else TASKS[due.tugas].note or NOTE_FIELD.label
    evidence = due.tugas != COMPLETE and not (good and _by_pen_alone(opened, due))
    return (
        replace(NOTE_FIELD, label=label, required=needed),
        *((HAPPENED_FIELD,) if recording else ()),
        *((EVIDENCE_FIELD,) if evidence else ()),
    )


def _verdicts(document: Document, *, shown: bool) -> Choices:
    """What an official can find of a document: right, missing, or not right and what would be."""

    def problem(kind: str, expected: str | None = None) -> str:
        named = {"document": document.kode, "problem": kind} | ({"expected": expected} if expected else {})
        return json.dumps(named, ensure_ascii=False)

    right = "Ada dan benar" if shown else "Tidak diunggah: belum ada, kecuali ditunjukkan di atas kertas"
    wrong = tuple((problem("tidak_benar", text), f"Tidak benar; seharusnya {text}") for text in document.periksa)
    return ("", right), *wrong, (problem("tidak_benar"), "Tidak benar"), (problem("tidak_ada"), "Tidak ada")


def _signers(opened: LoadedCase, due: DueTask) -> Choices:
    """Who holds the signing post today, then who ever did: a letter may be recorded after its day."""
    posts, day = opened.sop.pelaksana[due.who].jabatan, opened.today.date()
    today = [official for post in posts for official in opened.office.holders(post, day)]
    ever = [official for official in opened.office.pejabat if official.jabatan in posts]
    named: dict[str, str] = {}
    for holder in (*today, *ever):
        acting = f"{holder.sebagai} " if holder.sebagai else ""
        named.setdefault(holder.kode, f"{holder.nama}, {acting}{opened.office.post_name(holder.jabatan)}")
    return tuple(named.items())


def _letter_content(opened: LoadedCase) -> e.LetterContent | None:
    """What the newest draft says, else what a first one would begin with; None once it was forgotten.

    A refusal begins anew: nothing is kept of what was drafted before.
    """
    before, application = opened.case.draft.content if opened.case.draft else None, opened.case.application
    if isinstance(before, e.Forgotten):
        return None
    if before is not None and (before.refusal or not _ended_with_no(opened)):
        return before
    if application is None or not isinstance(application.people, e.People):
        return None
    purpose = application.purpose if isinstance(application.purpose, str) else None
    return e.LetterContent(people=application.people, purpose=purpose)


def _required_documents(opened: LoadedCase) -> Iterator[Document]:
    """The documents that this case needs, as the sheet lists them."""
    held = engine.conditions_met(opened.sop, opened.case)
    yield from (doc for doc in opened.sop.persyaratan.values() if not doc.untuk or not held.isdisjoint(doc.untuk))


def _documents(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    for document in _required_documents(opened):
        names = (document.kode, *(other.kode for other in document.salah_satu))
        files = tuple(file.sha256 for name in names for file in opened.case.documents.get(name, ()))
        yield Item(document.kode, document.nama, {}, files)


def _documents_and_substitutes(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    for document in _required_documents(opened):
        yield Item(document.kode, document.nama, {})
        yield from (Item(other.kode, other.nama, {}) for other in document.salah_satu)


def _registers(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    """The registers that the sheet's rules name; where they name none, one that the official names."""
    if not opened.sop.daftar:
        yield Item("1", "Daftar yang dilihat", {})
    yield from (Item(name, name, {}) for name in opened.sop.daftar)


def _letters_by_agenda(opened: LoadedCase, due: DueTask) -> Iterator[Item]:
    for name in due.task.surat or tuple(opened.sop.surat):
        if opened.office.number_rule(name).template is None and name not in opened.case.letters:
            yield Item(name, name, {})


def _person(opened: LoadedCase, kode: str) -> Iterator[Item]:
    """The applicant or the participant as the letter names them."""
    content = _letter_content(opened)
    people = {"pemohon": content.people.applicant, "peserta": content.people.participant} if content else {}
    if person := people.get(kode):
        written = {name: str(value) for name, value in person.model_dump(mode="json").items() if value is not None}
        yield Item(kode, f"{kode.capitalize()} pada surat", written)


def _paragraphs(written: Sequence[str]) -> Iterator[Item]:
    """What was written, and room for one more."""
    yield from (Item(text, "", {}) for text in (*written, ""))


def _opening(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    return _paragraphs(content.opening if (content := _letter_content(opened)) else ())


def _closing(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    return _paragraphs(content.closing if (content := _letter_content(opened)) else ())


def _reasons(opened: LoadedCase, due: DueTask) -> Iterator[Item]:
    """Of a letter that refuses: every letter of a case that was refused or sent back, and what the sheet calls so."""
    content = _letter_content(opened)
    kinds = {opened.sop.surat[name].jenis for name in due.task.surat or opened.sop.surat}
    if _ended_with_no(opened) or "penolakan" in kinds:
        yield from _paragraphs(content.refusal if content else ())


def _ended_with_no(opened: LoadedCase) -> bool:
    return opened.case.ending is not None and opened.case.ending.kind in ("tolak", "kembalikan")


def _by_pen(opened: LoadedCase, _: DueTask) -> Iterator[Item]:
    if opened.office.tanda_tangan == "basah":
        yield Item("pena", "Surat bertanda tangan", {"hari_ini": opened.today.date().isoformat()})


_EACH: Final[Mapping[str, Callable[[LoadedCase, DueTask], Iterator[Item]]]] = {
    "dokumen": _documents,
    "dokumen_dan_gantinya": _documents_and_substitutes,
    "daftar": _registers,
    "unsur": lambda _, __: (Item(kode, nama, {}) for kode, nama in ELEMENTS),
    "agenda": _letters_by_agenda,
    "pemohon": lambda opened, _: _person(opened, "pemohon"),
    "peserta": lambda opened, _: _person(opened, "peserta"),
    "alasan": _reasons,
    "pembuka": _opening,
    "penutup": _closing,
    "pena": _by_pen,
}
_LEGENDS: Final[Mapping[str, str]] = {
    "dokumen_dan_gantinya": "Dokumen yang dibawa",
    "unsur": "Yang berbeda, bila data tidak padan",
    "alasan": "Alasan penolakan dengan kata sendiri",
    "pembuka": "Alinea pembuka dengan kata sendiri",
    "penutup": "Alinea penutup dengan kata sendiri",
    "pena": "Surat bertanda tangan",
}
