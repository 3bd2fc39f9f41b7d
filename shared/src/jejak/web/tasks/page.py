"""`GET /cases/{case}/tasks/{verb}`: a due task, with the information for it and its forms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from jejak.cases.case import OpenedEvent
from jejak.cases.decision import Actor, CommandRequest, admitted_task, attribution_of
from jejak.cases.engine import DueTask
from jejak.cases.people.letter_names import letter_name
from jejak.cases.people.listed import listed_on
from jejak.cases.people.participants import draft_overtaken, may_correct
from jejak.cases.people.signers import signer_words, signs_by_pen
from jejak.cases.positions import letters_drafted
from jejak.contracts.tasks import TASKS
from jejak.procedure.task_words import task_name, task_words
from jejak.timekeeping.calendar import ZONES
from jejak.web.authorisation import ByActor
from jejak.web.commands.receipts import NO_STORE
from jejak.web.commands.task_routes import Commands, Slot
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.case_parts import case_parts
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel, own_case_read_model
from jejak.web.reading.case_status import case_status, draft_differences, newer_findings
from jejak.web.reading.officials import official
from jejak.web.reading.timeline import instant, timeline
from jejak.web.tasks.form import Form, forms
from jejak.web.tasks.schemas import Begun, DraftLetter, FormDescribed, TaskDescribed

_DONE: Final = "/worklist?tersimpan={kode}"
"""The page after a form is stored; `Browser` fills in the code of the case."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A due task that an official may do. `recording`: the official records the act of another person."""

    case_view: CaseReadModel
    due: DueTask
    actor: Actor
    recording: bool
    forms: tuple[Form, ...]
    """None where the task is only done with its batch."""

    @property
    def address(self) -> str:
        """The address of its form and of its page."""
        return f"/cases/{self.case_view.case.id}/tasks/{self.due.tugas}?slot={self.due.slot}"

    @property
    def start(self) -> str:
        return self.address.replace("?", "/start?", 1)

    @property
    def started(self) -> OpenedEvent | None:
        """The event with which it was begun, if that is the newest of its slot."""
        last = next((event for event in reversed(self.case_view.history) if event.slot == self.due.slot), None)
        return last if last and (last.type, last.tugas) == ("WorkStarted", self.due.tugas) else None

    @property
    def begun(self) -> Begun | None:
        """The official who has begun it, and when."""
        if (started := self.started) is None:
            return None
        who, case_view = started.actor or started.recorder or "", self.case_view
        when = instant(started.at, case_view.opened.office.zona)
        return {**when, **official(case_view.offices, who, started.at), "saya": who == self.actor.code}

    @property
    def to_begin(self) -> bool:
        """Whether the official has yet to begin it; an act that is only recorded has no touch time here."""
        started = self.started
        return not self.recording and (started is None or started.actor != self.actor.code)

    @property
    def to_sign_in(self) -> bool:
        """Whether the official has to sign in again before this signature (`jejak.web.access.step_up`)."""
        signs = TASKS[self.due.tugas].letters == "signs" and not signs_by_pen(self.case_view.opened, self.due)
        return signs and not self.actor.fresh

    @property
    def drafts(self) -> list[DraftLetter]:
        """The letters of the task that are drafted and not signed yet, each with the signer that it names."""
        case, loaded = self.case_view.case, self.case_view.opened
        return [
            {
                "kode": name,
                "nama": letter_name(loaded.sop, case, name),
                "nomor": case.letters[name].number,
                "alamat": f"/cases/{case.id}/letters/{name}/draft",
                "penanda_tangan": signer_words(loaded, name),
            }
            for name in letters_drafted(loaded.sop, case, self.due.task.surat)
            if case.letters[name].signed is None
        ]


def routes(reader: CaseReader, commands: Commands) -> APIRouter:
    """`GET /cases/{case}/tasks/{verb}` for each of these commands; forms are sent to the same address."""
    router, pages = APIRouter(tags=["tugas"]), Pages(reader.runtime)
    for verb, command in commands.items():
        _add(router, reader, pages, verb, command.asks)
    return router


def _add(router: APIRouter, reader: CaseReader, pages: Pages, verb: str, asks: Callable[[str], frozenset[str]]) -> None:
    @router.get(
        f"/cases/{{case}}/tasks/{verb}",
        name=f"page_of_{verb}",
        summary=f"{task_name(verb).capitalize()}: yang perlu dilihat, dan isian untuk mengerjakannya",
        response_model=TaskDescribed,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def show(
        actor: ByActor,
        case_view: Annotated[CaseReadModel, Depends(own_case_read_model(reader))],
        request: Request,
        response: Response,
        slot: Slot = None,
    ) -> TaskDescribed | Response:
        task = open_task(case_view, actor, verb, slot, asks(case_view.opened.office.kode))
        if not wants_page(request):
            response.headers["ETag"] = f'"{task.case_view.case.acted}"'
            return _described(task)
        return await pages.page(request, "tugas.html", **_shown(task))


def open_task(
    case_view: CaseReadModel, actor: Actor, verb: str, slot: str | None, asks: frozenset[str] = frozenset()
) -> OpenTask:
    """The task if it is due and the official's; else raises the problem with which its command would end."""
    due = admitted_task(case_view.opened, CommandRequest(actor, "", None, ""), verb, slot)
    recording = attribution_of(case_view.opened, actor, due, None).actor is None
    with_batch = TASKS[verb].automatic == "batch" and due.kumpulan is not None
    own_forms = () if with_batch else forms(case_view.opened, due, recording=recording, asks=asks)
    return OpenTask(case_view, due, actor, recording, own_forms)


def _described(task: OpenTask) -> TaskDescribed:
    """The JSON of a task: the address of its command, its outcomes, and their fields."""
    case_view, due = task.case_view, task.due
    return {
        "berkas": str(case_view.case.id),
        "kode": case_view.code,
        "versi": case_view.case.acted,
        "slot": due.slot,
        "langkah": due.langkah,
        "tugas": due.tugas,
        "nama_tugas": task_words(case_view.opened.sop, due.task, due.tugas),
        "pelaksana": due.who,
        "mencatat_untuk_orang_lain": task.recording,
        "mendesak": due.urgent,
        "dimulai": task.begun,
        "kirim": task.address,
        "mulai_kerja": task.start,
        "formulir": [_form(form) for form in task.forms],
        "dokumen": case_status(case_view, own=True)["dokumen"],
        "konsep": task.drafts,
        "konsep_gugur": draft_overtaken(case_view.case, due.task.surat),
        "berbeda_dari_permohonan": draft_differences(case_view.opened, due.task.surat),
        "temuan_baru": newer_findings(case_view.opened),
    }


def _form(form: Form) -> FormDescribed:
    return {
        "hasil": [
            {"kode": outcome.kode, "kata": outcome.words, "akibat": outcome.leads, "alasan_wajib": outcome.reason}
            for outcome in form.outcomes
        ],
        "isian": [
            {
                "nama": field.name,
                "kata": field.label,
                "untuk": group.legend,
                "jenis": field.kind,
                "wajib": field.required,
                "bantuan": field.help or None,
                "pilihan": [{"nilai": value, "kata": words} for value, words in field.known],
                "isi": field.value or None,
            }
            for group in form.groups
            for field in group.fields
        ],
    }


def _shown(task: OpenTask) -> dict[str, Any]:
    """The values of the template of a task."""
    case_view, due = task.case_view, task.due
    berkas = case_status(case_view, own=True)
    return {
        **case_parts(case_view),
        "berkas": berkas,
        "tugas": next(row for row in berkas["jatuh_tempo"] if (row["slot"], row["tugas"]) == (due.slot, due.tugas)),
        "jejak": timeline(case_view)["peristiwa"],
        "konsep": task.drafts,
        "daftar_terlampir": len(listed_on(case_view.case, [row["kode"] for row in task.drafts])),
        "berbeda": draft_differences(case_view.opened, due.task.surat),
        "konsep_gugur": draft_overtaken(case_view.case, due.task.surat),
        "boleh_koreksi": may_correct(case_view.opened, task.actor),
        "dimulai": task.begun,
        "perlu_mulai": task.to_begin,
        "mencatat": task.recording,
        "masuk_lagi": task.to_sign_in,
        "kumpulan": due.kumpulan,
        "formulir": task.forms,
        "dokumen_di_isian": any(group.files for form in task.forms for group in form.groups),
        "kirim": task.address,
        "mulai": task.start,
        "selesai": _DONE,
        "beda_waktu": f"+{ZONES[case_view.opened.office.zona]:02}:00",
    }
