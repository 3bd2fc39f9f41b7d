"""A task's forms for one case: its fields with the values and choices of sheet, office and case. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from jejak.cases.decision import LoadedCase
from jejak.cases.engine import DueTask
from jejak.cases.people.letter_names import letter_name
from jejak.cases.people.signers import signs_by_pen
from jejak.cases.positions import letters_drafted
from jejak.contracts import events as e
from jejak.contracts.task_bodies import Choices, Corrections
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.documents import Document
from jejak.procedure.model import Target
from jejak.procedure.task_words import in_party_words, message_of
from jejak.web.requests.forms import in_name
from jejak.web.tasks.fields import ELEMENTS, EVIDENCE_FIELD, HAPPENED_FIELD, NOTE_FIELD, Field, fields_of
from jejak.web.tasks.signer_choices import candidates, signers

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
    """One way to end a task: its code, the words on its button, its consequence, and whether it needs a reason."""

    kode: str | None
    words: str
    leads: str
    reason: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Fields about one item, under its legend if it has one. `files`: documents to look at."""

    legend: str | None
    fields: tuple[Field, ...]
    files: tuple[str, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form. Its outcomes are its buttons; of several forms the first has the good outcome."""

    outcomes: tuple[Outcome, ...]
    groups: tuple[Group, ...]

    @property
    def files(self) -> bool:
        return any(field.kind == "berkas" for group in self.groups for field in group.fields)


@dataclass(frozen=True, slots=True)
class Item:
    """An item for which fields are repeated: code, name, own values, and files to look at."""

    kode: str
    nama: str
    values: Mapping[str, str]
    files: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    """Of a compound field the parts that are asked for it; None: all."""


def forms(loaded: LoadedCase, due: DueTask, *, recording: bool, asks: frozenset[str] = frozenset()) -> tuple[Form, ...]:
    """The forms of a due task. `recording`: the official records the act of another person.

    `asks`: the further kinds of item (`each`) for which this office's form has fields.
    """
    kind, outcomes = TASKS[due.tugas], outcomes_of(loaded, due)
    match kind.buttons:
        case "one":
            parts: Sequence[tuple[Outcome, ...]] = [(Outcome(None, kind.button or _SAVE, "", reason=due.automatic),)]
        case "together":
            parts = [outcomes]
        case "apart":
            parts = [(outcome,) for outcome in outcomes]
    return tuple(
        Form(part, _groups(loaded, due, part, recording=recording, good=number == 0, asks=asks))
        for number, part in enumerate(parts)
    )


def correction_groups(loaded: LoadedCase) -> tuple[Group, ...]:
    """The form that corrects the people of a case outside any task: each person as recorded, reason and evidence."""
    people = [
        Group(
            item.nama,
            tuple(
                replace(field, value=item.values.get(field.value, ""))
                for field in fields_of(Corrections)
                if field.each == kode
            ),
        )
        for kode in ("pemohon", "peserta")
        for item in _person(loaded, kode)
    ]
    return (*people, Group(None, (replace(NOTE_FIELD, label="Dasar atau alasan koreksi"), EVIDENCE_FIELD)))


def outcomes_of(loaded: LoadedCase, due: DueTask) -> tuple[Outcome, ...]:
    """The outcomes that a person may choose, the good one first, by the targets of the sheet."""
    targets = due.task.targets if due.tugas != COMPLETE else {"selesai": Target("lanjut")}
    return tuple(
        Outcome(kode, _button(loaded, due, kode), _leads(loaded, due, kode, target), _reason(due, kode))
        for kode, target in targets.items()
        if not TASKS[due.tugas].outcome(kode).by_system
    )


def _reason(due: DueTask, kode: str) -> bool:
    by_hand = due.automatic and TASKS[due.tugas].service == "verification"
    return by_hand or kode in TASKS[due.tugas].reasoned


def _button(loaded: LoadedCase, due: DueTask, kode: str) -> str:
    kind = TASKS[due.tugas]
    if kind.by_route and kode in loaded.sop.jalur:
        return loaded.sop.jalur[kode].nama
    if kode == kind.good and _by_pen_alone(loaded, due):
        return "Catat surat yang sudah ditandatangani"
    return in_party_words(kind.outcome(kode).button or kind.button or _SAVE, loaded.sop, due.task)


def _by_pen_alone(loaded: LoadedCase, due: DueTask) -> bool:
    """Whether the task records a signature on paper."""
    return TASKS[due.tugas].letters == "signs" and signs_by_pen(loaded, due)


def _leads(loaded: LoadedCase, due: DueTask, kode: str, target: Target) -> str:
    """The consequence of an outcome, and the message that the citizen receives."""
    words = f"Berkas ke langkah {target.langkah}." if target.kind == "langkah" else _LEADS[target.kind]
    own = loaded.sop.step(due.slot, due.langkah).pesan.get(kode) if due.tugas != COMPLETE else None
    message = own or message_of(loaded.sop, due.task, due.tugas, kode)
    return f"{words} Pemohon diberi tahu: “{message}”".strip() if message else words


def _groups(
    loaded: LoadedCase,
    due: DueTask,
    outcomes: Sequence[Outcome],
    *,
    recording: bool,
    good: bool,
    asks: frozenset[str],
) -> tuple[Group, ...]:
    own = [field for field in fields_of(TASKS[due.tugas].body) if good or field.always]
    single = [_filled(loaded, due, field) for field in own if field.each is None]
    groups = [
        Group(None, tuple(field for field in single if not field.folded)),
        *sorted(
            _repeated(loaded, due, [field for field in own if field.kind != "rahasia" or field.each in asks]),
            key=lambda group: group.folded,
        ),
        Group("Ubah isi surat", tuple(field for field in single if field.folded), folded=True),
        Group(None, _common(loaded, due, outcomes, recording=recording, good=good)),
    ]
    return tuple(group for group in groups if group.fields)


def _repeated(loaded: LoadedCase, due: DueTask, own: Sequence[Field]) -> Iterator[Group]:
    """The repeated fields, item by item."""
    for each in dict.fromkeys(field.each for field in own if field.each):
        fields, items = [field for field in own if field.each == each], _EACH[each](loaded, due)
        by_item = [
            (item, tuple(_for(loaded, due, field, item) for field in fields if _is_asked(field, item)))
            for item in items
        ]
        if len(fields) == 1 or each == "pena":
            yield Group(
                _LEGENDS.get(each), tuple(chain(*(per_item for _, per_item in by_item))), folded=fields[0].folded
            )
        else:
            yield from (Group(item.nama, per_item, item.files, folded=fields[0].folded) for item, per_item in by_item)


def _is_asked(field: Field, item: Item) -> bool:
    return item.parts is None or field.part is None or field.part in item.parts


def _for(loaded: LoadedCase, due: DueTask, field: Field, item: Item) -> Field:
    """The field for one item. A hidden code of digits alone becomes a text field for a name."""
    typed = field.kind == "tersembunyi" and not item.kode.strip("0123456789")
    value = item.values.get(field.value, "") if field.value not in ("", "{kode}") else field.value
    made = replace(
        field,
        name=field.name.replace("{kode}", item.kode if field.kind == "berkas" else in_name(item.kode)),
        label=field.label.replace("{nama}", item.nama),
        help=field.help.replace("{nama}", item.nama),
        value="" if typed else value.replace("{kode}", item.kode),
        kind="teks" if typed else field.kind,
        required=field.required or typed,
    )
    return _chosen(loaded, due, made, item)


def _filled(loaded: LoadedCase, due: DueTask, field: Field) -> Field:
    content, people = _letter_content(loaded, due), loaded.case.people
    values = {
        "keperluan": content.purpose or "" if content else "",
        "pemohon": people.applicant.name if people else "",
    }
    own = field.value in ("keperluan", "pemohon")
    return _chosen(loaded, due, replace(field, value=values.get(field.value, "") if own else field.value), None)


def _chosen(loaded: LoadedCase, due: DueTask, field: Field, item: Item | None) -> Field:
    match field.choices:
        case "masalah" if item is not None:
            return replace(field, choices=_verdicts(loaded.sop.persyaratan[item.kode], shown=bool(item.files)))
        case "hasil":
            return replace(field, choices=tuple(_outcome_choices(loaded, due)))
        case "penanda_tangan":
            return replace(field, choices=signers(loaded, due))
        case "calon_penanda_tangan":
            return replace(field, choices=candidates(loaded, due))
        case _ if field.kind == "ya_tidak":
            return replace(field, choices=_YES_NO)
        case _:
            return field


def _outcome_choices(loaded: LoadedCase, due: DueTask) -> Iterator[tuple[str, str]]:
    """The outcomes in the words of their message to the citizen, else of their button."""
    for outcome in outcomes_of(loaded, due):
        message = message_of(loaded.sop, due.task, due.tugas, outcome.kode or "")
        yield outcome.kode or "", message.rstrip(".") if message else outcome.words


def _common(
    loaded: LoadedCase, due: DueTask, outcomes: Sequence[Outcome], *, recording: bool, good: bool
) -> tuple[Field, ...]:
    needed = all(outcome.reason for outcome in outcomes)
    label = "Alasan" if needed and not good else TASKS[due.tugas].note or NOTE_FIELD.label
    evidence = due.tugas != COMPLETE and not (good and _by_pen_alone(loaded, due))
    return (
        replace(NOTE_FIELD, label=label, required=needed),
        *((HAPPENED_FIELD,) if recording else ()),
        *((EVIDENCE_FIELD,) if evidence else ()),
    )


def _verdicts(document: Document, *, shown: bool) -> Choices:
    """The verdicts on a document: right, missing, or not right with the value expected."""

    def problem(kind: str, expected: str | None = None) -> str:
        named = {"document": document.kode, "problem": kind} | ({"expected": expected} if expected else {})
        return json.dumps(named, ensure_ascii=False)

    right = "Ada dan benar" if shown else "Tidak diunggah: belum ada, kecuali ditunjukkan di atas kertas"
    wrong = tuple((problem("tidak_benar", text), f"Tidak benar; seharusnya {text}") for text in document.periksa)
    return ("", right), *wrong, (problem("tidak_benar"), "Tidak benar"), (problem("tidak_ada"), "Tidak ada")


def _letter_content(loaded: LoadedCase, due: DueTask) -> e.LetterContent | None:
    """The content of the newest draft of the task's letters, else of a first one; None once it is forgotten.

    A refusal starts from the application again, not from the draft before it.
    """
    draft, application = loaded.case.draft_of(due.task.surat), loaded.case.application
    before = draft.content if draft else None
    if isinstance(before, e.Forgotten):
        return None
    if before is not None and (before.refusal or not _ended_with_no(loaded)):
        return before
    if application is None or loaded.case.people is None:
        return None
    purpose = application.purpose if isinstance(application.purpose, str) else None
    return e.LetterContent(people=loaded.case.people, purpose=purpose)


def _documents(loaded: LoadedCase, _: DueTask) -> Iterator[Item]:
    for document in loaded.sop.documents_for(loaded.names):
        names = (document.kode, *(other.kode for other in document.salah_satu))
        files = tuple(file.sha256 for name in names for file in loaded.case.documents.get(name, ()))
        yield Item(document.kode, document.nama, _recorded(loaded, document), files, document.catat)


def _recorded(loaded: LoadedCase, document: Document) -> dict[str, str]:
    """What an earlier check recorded of the document."""
    facts = loaded.case.facts.get(document.kode)
    return {name: str(value) for name, value in facts or () if value is not None}


def _documents_and_substitutes(loaded: LoadedCase, _: DueTask) -> Iterator[Item]:
    for document in loaded.sop.documents_for(loaded.names):
        yield Item(document.kode, document.nama, {})
        yield from (Item(other.kode, other.nama, {}) for other in document.salah_satu)


def _registers(loaded: LoadedCase, _: DueTask) -> Iterator[Item]:
    """The registers of the sheet's rules; without any, one that the official names."""
    if not loaded.sop.daftar:
        yield Item("1", "Daftar yang dilihat", {})
    yield from (Item(name, name, {}) for name in loaded.sop.daftar)


def _letters_by_agenda(loaded: LoadedCase, due: DueTask) -> Iterator[Item]:
    for name in due.task.surat or tuple(loaded.sop.surat):
        if loaded.office.number_rule(name).template is None and name not in loaded.case.letters:
            yield Item(name, letter_name(loaded.sop, loaded.case, name), {})


def _person(loaded: LoadedCase, kode: str) -> Iterator[Item]:
    """The applicant or the participant as recorded now."""
    people = loaded.case.people
    known = {"pemohon": people.applicant, "peserta": people.participant} if people else {}
    if person := known.get(kode):
        written = {name: str(value) for name, value in person.model_dump(mode="json").items() if value is not None}
        yield Item(kode, f"Koreksi data {kode}", written)


def _paragraphs(texts: Sequence[str]) -> Iterator[Item]:
    """The paragraphs, and an empty one to add."""
    yield from (Item(text, "", {}) for text in (*texts, ""))


def _reasons(loaded: LoadedCase, due: DueTask) -> Iterator[Item]:
    """For a letter of refusal: any letter of a refused or returned case, and letters of that kind in the sheet."""
    content = _letter_content(loaded, due)
    kinds = {loaded.sop.surat[name].jenis for name in due.task.surat or loaded.sop.surat}
    if _ended_with_no(loaded) or "penolakan" in kinds:
        yield from _paragraphs(content.refusal if content else ())


def _ended_with_no(loaded: LoadedCase) -> bool:
    return loaded.case.ending is not None and loaded.case.ending.kind in ("tolak", "kembalikan")


def _several_signers(loaded: LoadedCase, due: DueTask) -> Iterator[Item]:
    """Asked only where the drafter has a choice."""
    if len(candidates(loaded, due)) > 1:
        yield Item("calon", "", {})


def _by_pen(loaded: LoadedCase, due: DueTask) -> Iterator[Item]:
    if signs_by_pen(loaded, due):
        names = letters_drafted(loaded.sop, loaded.case, due.task.surat)
        letters = " dan ".join(letter_name(loaded.sop, loaded.case, name) for name in names) or "suratnya"
        yield Item("pena", letters, {"hari_ini": loaded.today.date().isoformat()})


def _secret(loaded: LoadedCase, due: DueTask, kind: str) -> Iterator[Item]:
    if not signs_by_pen(loaded, due):
        yield Item(kind, "", {})


_EACH: Final[Mapping[str, Callable[[LoadedCase, DueTask], Iterator[Item]]]] = {
    "dokumen": _documents,
    "dokumen_dan_gantinya": _documents_and_substitutes,
    "daftar": _registers,
    "unsur": lambda _, __: (Item(kode, nama, {}) for kode, nama in ELEMENTS),
    "agenda": _letters_by_agenda,
    "daftar_terlampir": lambda loaded, due: (
        Item(once, "", {}) for once in {"daftar" for name in due.task.surat if loaded.sop.surat[name].daftar_terlampir}
    ),
    "pemohon": lambda loaded, _: _person(loaded, "pemohon"),
    "peserta": lambda loaded, _: _person(loaded, "peserta"),
    "alasan": _reasons,
    "pembuka": lambda loaded, due: _paragraphs(content.opening if (content := _letter_content(loaded, due)) else ()),
    "penutup": lambda loaded, due: _paragraphs(content.closing if (content := _letter_content(loaded, due)) else ()),
    "pena": _by_pen,
    "passphrase": lambda loaded, due: _secret(loaded, due, "passphrase"),
    "totp": lambda loaded, due: _secret(loaded, due, "totp"),
    "calon": _several_signers,
}
_LEGENDS: Final[Mapping[str, str]] = {
    "dokumen_dan_gantinya": "Dokumen yang dibawa",
    "unsur": "Yang berbeda, bila data tidak padan",
    "alasan": "Alasan penolakan dengan kata sendiri",
    "pembuka": "Alinea pembuka dengan kata sendiri",
    "penutup": "Alinea penutup dengan kata sendiri",
    "pena": "Surat bertanda tangan",
}
