"""The page of a bulk task, and the same as JSON: all cases that wait for it, with one form for all.

The form is sent to the routes of `jejak.web.commands.bulk_tasks`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypedDict

from fastapi import APIRouter, Request, Response

from jejak.cases.decision import LoadedCase
from jejak.cases.people.letter_names import letter_name
from jejak.cases.people.listed import listed_on
from jejak.cases.positions import letters_drafted
from jejak.cases.unreadable import LoadedCases, UnreadRow
from jejak.contracts.tasks import TASKS
from jejak.procedure.task_words import task_name
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_status import draft_differences, newer_findings
from jejak.web.reading.schemas import DraftDifference, NewerFinding
from jejak.web.reading.waiting_tasks import WaitingRow, WaitingTask, most_urgent_first, names_and_starts, waiting_tasks
from jejak.web.runtime import Runtime

SHOWN: Final = 50
"""Cases on the page."""
_MOST: Final = 200


class More(TypedDict, total=False):
    """Further values of the page, from the service that owns the task."""

    menunggu: dict[str, int]
    """How many cases wait for the requester, by task."""
    dengan_pena: bool
    """Letters of this office are signed by pen, each on its own."""
    masuk_lagi: bool
    """The requester has to sign in again before these signatures."""
    rahasia: str | None
    """The secret field that the signature of these letters needs."""


type Also = Callable[[Requester], Awaitable[More]]


class Differing(TypedDict):
    """What an official has to read before the act."""

    berbeda_dari_permohonan: list[DraftDifference]
    temuan_baru: list[NewerFinding]
    surat: list[dict[str, str]]
    """The drafts that the act is about: code and name of each letter."""
    daftar_terlampir: int
    """How many people stand on a list attached to one of them, beside the participant."""


class BulkCase(WaitingTask):
    """A case that waits for the bulk task, and where its draft differs from the application or newer lists from it."""

    berbeda_dari_permohonan: list[DraftDifference]
    temuan_baru: list[NewerFinding]
    surat: list[dict[str, str]]
    daftar_terlampir: int


class BulkPage(More):
    """A bulk task: the cases that wait for it, and the address of its command."""

    pejabat: str
    tugas: list[BulkCase]
    tidak_terbaca: list[UnreadRow]
    kerjakan: str


def routes(pages: Pages, verb: str, query: str, template: str, also: Also) -> APIRouter:
    """`GET /worklist/{verb}`; `query` selects the tasks of the verb, as `waiting_tasks` takes it.

    `template` extends `sekaligus.html`; `also` gives its further values.
    """
    router, runtime = APIRouter(tags=["pekerjaan"]), pages.runtime

    @router.get(
        f"/worklist/{verb}",
        summary=f"{task_name(verb).capitalize()} beberapa berkas, dikerjakan sekaligus",
        response_model=BulkPage,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def several(requester: ByRequester, request: Request) -> BulkPage | Response:
        waiting = await waiting_tasks(runtime, requester, query, _MOST, by_pen=TASKS[verb].letters == "signs")
        more = await also(requester)
        if wants_page(request):
            return await pages.page(request, template, **await _shown(runtime, requester, waiting, verb), **more)
        differing = await _differing(runtime, waiting, verb)
        return {
            "pejabat": requester.actor.code,
            "tugas": [
                {**due.task, **differing[due.row["stream"]]} for due in waiting if due.row["stream"] in differing
            ],
            "tidak_terbaca": differing.unread_rows,
            "kerjakan": f"/tasks/{verb}",
            **more,
        }

    return router


async def _shown(runtime: Runtime, requester: Requester, waiting: Sequence[WaitingRow], verb: str) -> dict[str, Any]:
    """The values of the page: the most urgent tasks, each with the differences of its draft."""
    shown = [due for due, _ in most_urgent_first(requester.office, waiting)][:SHOWN]
    people, differing = await names_and_starts(runtime, requester, shown), await _differing(runtime, shown, verb)
    tasks = [
        {
            **due.task,
            **differing[due.row["stream"]],
            **people.get(due.key, {}),
        }
        for due in shown
        if due.row["stream"] in differing
    ]
    return {
        "verb": verb,
        "nama": task_name(verb),
        "nama_tugas": task_name,
        "tugas": tasks,
        "tidak_terbaca": differing.unread_rows,
    }


async def _differing(runtime: Runtime, shown: Sequence[WaitingRow], verb: str) -> LoadedCases[Differing]:
    """Where each case's draft differs from its application, or newer lists from its look-ups: seen in bulk too."""
    cases = await runtime.command_handler.load_all([due.row["stream"] for due in shown])
    return cases.map(lambda loaded: to_be_read(loaded, verb))


def to_be_read(loaded: LoadedCase, verb: str) -> Differing:
    """What is to be read before the due tasks of this verb: the drafts, whom their lists name, and what differs."""
    letters = _letters(loaded, verb)
    drafted = letters_drafted(loaded.sop, loaded.case, letters)
    return Differing(
        berbeda_dari_permohonan=draft_differences(loaded, letters),
        temuan_baru=newer_findings(loaded),
        surat=[{"kode": name, "nama": letter_name(loaded.sop, loaded.case, name)} for name in drafted],
        daftar_terlampir=len(listed_on(loaded.case, drafted)),
    )


def _letters(loaded: LoadedCase, verb: str) -> tuple[str, ...]:
    """The letters of the case's due tasks of this verb; none where they name none."""
    return tuple(name for due in loaded.due if due.tugas == verb for name in due.task.surat)
