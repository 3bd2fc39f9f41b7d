"""The desk in a browser: an official's tasks, most urgent first, with who has begun what, and several done at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.cases.event_descriptions import task_name
from jejak.contracts.tasks import SEVERAL
from jejak.timekeeping.words import instant_words
from jejak.web.authorisation import Requester
from jejak.web.pages.layout import HTMX, Pages
from jejak.web.reading.waiting_tasks import WaitingRow, WaitingTask, most_urgent_first, names_and_starts
from ledger.desk.work.schemas import ParkedTask

SHOWN: Final = 50
"""Tasks on one page."""


async def desk_page(
    pages: Pages,
    request: Request,
    asker: Requester,
    waiting: Sequence[WaitingRow],
    put_off: Sequence[WaitingTask],
    parked: Sequence[ParkedTask],
) -> HTMLResponse:
    """The page of `GET /worklist`. `waiting` in any order; the rest as it is told programs."""
    ordered = most_urgent_first(asker.office, waiting)
    shown = ordered[: max(SHOWN, int(request.query_params.get("limit", "0")))]
    beside = await names_and_starts(pages.runtime, asker, [one for one, _ in shown])
    tasks = [
        {**one.task, **beside.get((one.row["stream"], one.row["slot"]), {}), **_until(asker, until)}
        for one, until in shown
    ]
    several = {verb: count for verb in SEVERAL if (count := sum(one["tugas"] == verb for one in tasks)) > 1}
    return await pages.page(
        request,
        "meja.html",
        script=HTMX,
        alamat="/worklist" + (f"?limit={len(shown)}" if len(shown) > SHOWN else ""),
        tugas=tasks,
        lagi=len(ordered) - len(shown),
        ditunda=put_off,
        disisihkan=[
            {**one, "sejak": instant_words(datetime.fromisoformat(one["sejak"]), asker.office.zona)} for one in parked
        ],
        nama_tugas=task_name,
        sekaligus=several,
        tersimpan=_code(request.query_params.get("tersimpan")),
    )


def _until(asker: Requester, until: datetime | None) -> dict[str, Any]:
    if until is None:
        return {"batas": None, "lewat": False}
    return {"batas": instant_words(until, asker.office.zona), "lewat": until < asker.now}


def _code(text: str | None) -> str | None:
    """A code of a case out of an address, and nothing else."""
    plain = text or ""
    return plain if len(plain) <= 14 and plain.replace("-", "").isalnum() and plain.isascii() else None  # noqa: PLR2004
