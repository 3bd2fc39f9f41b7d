"""One task for several cases, begun with one request and ended with one: the page, and the same as JSON.

A service that owns such a task says what waits for it. What is sent goes to `jejak.web.commands.bulk_tasks`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypedDict

from fastapi import APIRouter, Request, Response

from jejak.cases.event_descriptions import task_name
from jejak.cases.unreadable import LoadedCases, UnreadRow
from jejak.contracts.tasks import TASKS
from jejak.web.authorisation import ByRequester, Requester
from jejak.web.commands.receipts import NO_STORE
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.reading.case_status import draft_differences
from jejak.web.reading.schemas import DraftDifference
from jejak.web.reading.waiting_tasks import WaitingRow, WaitingTask, most_urgent_first, names_and_starts, waiting_tasks
from jejak.web.runtime import Runtime

SHOWN: Final = 50
"""Cases on the page."""
_MOST: Final = 200


class More(TypedDict, total=False):
    """What the service of the task says besides."""

    menunggu: dict[str, int]
    """How many cases wait for who asks, by task."""
    dengan_pena: bool
    """Letters of this office are signed by pen, one by one."""


type Also = Callable[[Requester], Awaitable[More]]


class BulkCase(WaitingTask):
    """One case of several, and where its draft differs from the application."""

    berbeda_dari_permohonan: list[DraftDifference]


class BulkPage(More):
    """One task for several cases, and where it is done for all of them."""

    pejabat: str
    tugas: list[BulkCase]
    tidak_terbaca: list[UnreadRow]
    kerjakan: str


def routes(pages: Pages, verb: str, query: str, template: str, also: Also) -> APIRouter:
    """`GET /worklist/{verb}`; `query` selects what waits for the verb, as `waiting_for` asks it.

    `template` extends `sekaligus.html`, and `also` gives what it shows besides.
    """
    router, runtime = APIRouter(tags=["pekerjaan"]), pages.runtime

    @router.get(
        f"/worklist/{verb}",
        summary=f"{task_name(verb).capitalize()} beberapa berkas, dikerjakan sekaligus",
        response_model=BulkPage,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def several(asker: ByRequester, request: Request) -> BulkPage | Response:
        waiting = await waiting_tasks(runtime, asker, query, _MOST, by_pen=TASKS[verb].letters == "signs")
        more = await also(asker)
        if wants_page(request):
            return await pages.page(request, template, **await _shown(runtime, asker, waiting, verb), **more)
        differing = await _differing(runtime, waiting)
        return {
            "pejabat": asker.actor.code,
            "tugas": [
                {**one.told, "berbeda_dari_permohonan": differing[one.row["stream"]]}
                for one in waiting
                if one.row["stream"] in differing
            ],
            "tidak_terbaca": differing.unread_rows,
            "kerjakan": f"/tasks/{verb}",
            **more,
        }

    return router


async def _shown(runtime: Runtime, asker: Requester, waiting: Sequence[WaitingRow], verb: str) -> dict[str, Any]:
    """What the page shows: the most urgent, each with its draft."""
    shown = [one for one, _ in most_urgent_first(asker.office, waiting)][:SHOWN]
    beside, differing = await names_and_starts(runtime, asker, shown), await _differing(runtime, shown)
    tasks = [
        {
            **one.told,
            "berbeda": differing[one.row["stream"]],
            **beside.get((one.row["stream"], one.row["slot"]), {}),
            "surat": one.sop.task(one.row["slot"], one.row["langkah"], verb).surat or tuple(one.sop.surat),
        }
        for one in shown
        if one.row["stream"] in differing
    ]
    return {
        "verb": verb,
        "nama": task_name(verb),
        "nama_tugas": task_name,
        "tugas": tasks,
        "tidak_terbaca": differing.unread_rows,
    }


async def _differing(runtime: Runtime, shown: Sequence[WaitingRow]) -> LoadedCases[list[DraftDifference]]:
    """Where each case's draft differs from its application: who puts his name to several at once sees it too."""
    opened = await runtime.command_handler.load_all([one.row["stream"] for one in shown])
    return opened.map(lambda one: draft_differences(one.case))
