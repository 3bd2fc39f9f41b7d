"""`GET /cases/{case}/tasks/{verb}`: one task to be done, with all that is needed to do it, and its forms."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from jejak.cases.case import Happened
from jejak.cases.decision import Actor, Asked, acting, admitted
from jejak.cases.engine import DueTask
from jejak.cases.sentences import task_words
from jejak.contracts.tasks import TASKS
from jejak.timekeeping.calendar import ZONES
from jejak.web.askers import ByActor
from jejak.web.commands.acts import Slot
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.described import PAGE
from jejak.web.pages.case_parts import case_parts
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.dossier import Archive, Dossier, own_dossier
from jejak.web.reading.officials import official
from jejak.web.reading.state import berbeda, state
from jejak.web.reading.timeline import instant, timeline
from jejak.web.tasks.form import Form, forms
from jejak.web.tasks.schemas import Begun, DraftLetter, FormDescribed, TaskDescribed

_DONE: Final = "/worklist?tersimpan={kode}"
"""Where a form goes once it is stored; the browser's layer fills in the code of the case."""


@dataclass(frozen=True, slots=True)
class Open:
    """A due task as one official may do it. `recording`: he records what somebody else did."""

    dossier: Dossier
    due: DueTask
    actor: Actor
    recording: bool

    @property
    def address(self) -> str:
        """Where its form is sent, and where its page is."""
        return f"/cases/{self.dossier.case.id}/tasks/{self.due.tugas}?slot={self.due.slot}"

    @property
    def start(self) -> str:
        return self.address.replace("?", "/start?", 1)

    @property
    def forms(self) -> tuple[Form, ...]:
        """None for what is only ever sent with its batch."""
        if TASKS[self.due.tugas].automatic == "batch" and self.due.kumpulan is not None:
            return ()
        return forms(self.dossier.opened, self.due, recording=self.recording)

    @property
    def begun(self) -> Happened | None:
        """Who last began it, if nothing was done since."""
        last = next((one for one in reversed(self.dossier.history) if one.slot == self.due.slot), None)
        return last if last and last.type == "WorkStarted" and last.tugas == self.due.tugas else None

    @property
    def to_begin(self) -> bool:
        """Whether his hands are still off the file: the time of what he records runs elsewhere."""
        begun = self.begun
        return not self.recording and (begun is None or begun.actor != self.actor.code)


def routes(archive: Archive, verbs: Iterable[str]) -> APIRouter:
    """`GET /cases/{case}/tasks/{verb}` for each of these verbs; a form goes to the same address."""
    router, pages = APIRouter(tags=["tugas"]), Pages(archive.runtime)
    for verb in verbs:
        _add(router, archive, pages, verb)
    return router


def _add(router: APIRouter, archive: Archive, pages: Pages, verb: str) -> None:
    @router.get(
        f"/cases/{{case}}/tasks/{verb}",
        name=f"page_of_{verb}",
        summary=f"{task_words(verb).capitalize()}: yang perlu dilihat, dan isian untuk mengerjakannya",
        response_model=TaskDescribed,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def show(
        actor: ByActor,
        dossier: Annotated[Dossier, Depends(own_dossier(archive))],
        request: Request,
        response: Response,
        slot: Slot = None,
    ) -> TaskDescribed | Response:
        task = opened_task(dossier, actor, verb, slot)
        if not wants_page(request):
            response.headers["ETag"] = f'"{task.dossier.case.acted}"'
            return described(task)
        return await pages.page(request, "tugas.html", **_shown(task))


def opened_task(dossier: Dossier, actor: Actor, verb: str, slot: str | None) -> Open:
    """The task if it is due and his; raises what the service that owns it would answer."""
    due = admitted(dossier.opened, Asked(actor, "", None, ""), verb, slot)
    by = acting(dossier.opened, actor, due, None)
    return Open(dossier, due, actor, recording=by.actor is None)


def described(task: Open) -> TaskDescribed:
    """The task for a program: where to send what, which outcomes there are, and the fields of each."""
    dossier, due = task.dossier, task.due
    return {
        "berkas": str(dossier.case.id),
        "kode": dossier.code,
        "versi": dossier.case.acted,
        "slot": due.slot,
        "langkah": due.langkah,
        "tugas": due.tugas,
        "nama_tugas": task_words(due.tugas),
        "pelaksana": due.who,
        "mencatat_untuk_orang_lain": task.recording,
        "mendesak": due.urgent,
        "dimulai": _begun(task),
        "kirim": task.address,
        "mulai_kerja": task.start,
        "formulir": [_form(one) for one in task.forms],
        "dokumen": state(dossier, own=True)["dokumen"],
        "konsep": list(_drafts(dossier)),
        "berbeda_dari_permohonan": berbeda(dossier.case),
    }


def _form(form: Form) -> FormDescribed:
    return {
        "hasil": [
            {"kode": one.kode, "kata": one.words, "akibat": one.leads, "alasan_wajib": one.reason}
            for one in form.outcomes
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


def _begun(task: Open) -> Begun | None:
    one = task.begun
    if one is None:
        return None
    who = one.actor or one.recorder or ""
    mine = who == task.actor.code
    zona = task.dossier.opened.office.zona
    return {**instant(one.at, zona), **official(task.dossier.offices, who, one.at), "saya": mine}


def _drafts(dossier: Dossier) -> Iterator[DraftLetter]:
    """The letters of the newest draft that are still to be signed, each as it will be."""
    case = dossier.case
    for name in case.draft.letters if case.draft else ():
        letter = case.letters[name]
        if letter.signed is None:
            yield {"kode": name, "nomor": letter.number, "alamat": f"/cases/{case.id}/letters/{name}/draft"}


def _shown(task: Open) -> dict[str, Any]:
    """What the template of a task takes."""
    dossier, due = task.dossier, task.due
    berkas = state(dossier, own=True)
    return {
        **case_parts(dossier),
        "berkas": berkas,
        "satu": next(one for one in berkas["jatuh_tempo"] if (one["slot"], one["tugas"]) == (due.slot, due.tugas)),
        "jejak": timeline(dossier)["peristiwa"],
        "konsep": list(_drafts(dossier)),
        "berbeda": berbeda(dossier.case),
        "dimulai": _begun(task),
        "perlu_mulai": task.to_begin,
        "mencatat": task.recording,
        "kumpulan": due.kumpulan,
        "formulir": [asdict(one) | {"berkas": one.files} for one in task.forms],
        "dokumen_di_isian": any(group.files for one in task.forms for group in one.groups),
        "kirim": task.address,
        "mulai": task.start,
        "selesai": _DONE,
        "beda_waktu": f"+{ZONES[dossier.opened.office.zona]:02}:00",
    }
