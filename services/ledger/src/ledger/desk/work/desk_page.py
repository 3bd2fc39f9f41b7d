"""The desk in a browser: an official's tasks, most urgent first, with who has begun what, and several done at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
from fastapi import Request
from fastapi.responses import HTMLResponse

from jejak.cases.sentences import task_words
from jejak.cases.unread import UNREAD, Found, passed_over
from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.tasks import COMPLETE, TASKS
from jejak.procedure.kantor import Kantor
from jejak.procedure.model import Sop
from jejak.timekeeping.standard import Standard, deadline
from jejak.timekeeping.words import instant_words
from jejak.web.askers import Asker
from jejak.web.pages.layout import HTMX, Pages
from jejak.web.reading.held import waiting_limit
from jejak.web.reading.shapes import Differs
from jejak.web.reading.state import berbeda
from jejak.web.runtime import Runtime
from ledger.desk.work.shapes import ParkedTask, WaitingTask

SHOWN: Final = 50
"""Tasks on one page."""
SEVERAL: Final = tuple(verb for verb, kind in TASKS.items() if kind.several)
"""What is commonly done for several cases in one go."""
# The person of each case, and who began its task, if nothing was done in that slot since.
BESIDE: Final = """
SELECT w.key, w.slot, f.type, f.payload, k.working, k.archive, l.actor, l.recorded_at
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w (key, slot, tugas)
JOIN es.stream s ON s.key = w.key
JOIN es.event f ON f.stream_no = s.stream_no AND f.version = 1
LEFT JOIN keys.case_key k ON k.stream = s.key
LEFT JOIN LATERAL (
    SELECT e.type, e.tugas, e.actor, e.recorded_at FROM es.event e
    WHERE e.stream_no = s.stream_no AND e.slot = w.slot ORDER BY e.version DESC LIMIT 1
) l ON l.type = 'WorkStarted' AND l.tugas = w.tugas
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A due task as the worklist has it: its row, its sheet, and what is told of it."""

    row: Mapping[str, Any]
    sop: Sop
    told: WaitingTask

    def until(self, office: Kantor) -> datetime | None:
        """The nearest of what it is held to: the office's waiting limit, and a standard that runs while it waits."""
        since: datetime = self.row["since"]
        promised = self._standard()
        runs = promised is not None and promised.clock == "elapsed" and self.row["kumpulan"] is None
        ends = [deadline(promised, since, office.calendar)] if promised and runs else []
        limit = limit_of(office, self.row)
        return min([*ends, limit] if limit else ends, default=None)

    def _standard(self) -> Standard | None:
        """The task's own standard, else its step's; what the applicant is to bring has none."""
        slot, langkah, tugas = self.row["slot"], self.row["langkah"], self.row["tugas"]
        if tugas == COMPLETE:
            return None
        return self.sop.task(slot, langkah, tugas).waktu or self.sop.step(slot, langkah).waktu


def limit_of(office: Kantor, row: Mapping[str, Any]) -> datetime | None:
    """Until when the office may let a due task lie (`waiting_limit`); `row` as in the table of due tasks."""
    about = {name: row[name] for name in ("tugas", "owner", "kumpulan")}
    return waiting_limit(office.calendar, office.batas_tunggu, row["since"], **about)


async def desk_page(
    pages: Pages,
    request: Request,
    asker: Asker,
    waiting: Sequence[Waiting],
    put_off: Sequence[WaitingTask],
    parked: Sequence[ParkedTask],
) -> HTMLResponse:
    """The page of `GET /worklist`. `waiting` in any order; the rest as it is told programs."""
    ordered = most_urgent_first(asker.office, waiting)
    shown = ordered[: max(SHOWN, int(request.query_params.get("limit", "0")))]
    beside = await _beside(pages.runtime, asker, [one for one, _ in shown])
    tasks = [
        {**one.told, **beside.get((one.row["stream"], one.row["slot"]), {}), **_until(asker, until)}
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
        nama_tugas=task_words,
        sekaligus=several,
        tersimpan=_code(request.query_params.get("tersimpan")),
    )


async def several_page(
    pages: Pages, request: Request, asker: Asker, waiting: Sequence[Waiting], verb: str
) -> HTMLResponse:
    """The page of `GET /worklist/{verb}`: one task for several cases, begun with one request and ended with one."""
    shown = [one for one, _ in most_urgent_first(asker.office, waiting)][:SHOWN]
    beside, differing = await _beside(pages.runtime, asker, shown), await differing_of(pages.runtime, shown)
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
    told: dict[str, Any] = {
        "verb": verb,
        "nama": task_words(verb),
        "tugas": tasks,
        "tidak_terbaca": differing.unread_rows,
    }
    by_pen = TASKS[verb].letters == "signs" and asker.office.tanda_tangan == "basah"
    return await pages.page(request, "sekaligus.html", **told, dengan_pena=by_pen)


async def differing_of(runtime: Runtime, shown: Sequence[Waiting]) -> Found[list[Differs]]:
    """Where each case's draft differs from its application: who signs several at once sees it too."""
    opened = await runtime.desk.open_all([one.row["stream"] for one in shown])
    return opened.each(lambda one: berbeda(one.case))


def most_urgent_first(office: Kantor, waiting: Iterable[Waiting]) -> list[tuple[Waiting, datetime | None]]:
    """Urgent answers and routes, then what is nearest to its limit, then the longest wait."""
    found = [(one, one.until(office)) for one in waiting]
    far = max((until for _, until in found if until), default=None)

    def order(pair: tuple[Waiting, datetime | None]) -> tuple[bool, bool, datetime, datetime]:
        one, until = pair
        since: datetime = one.row["since"]
        return not one.row["urgent"], until is None, until or far or since, since

    return sorted(found, key=order)


def _until(asker: Asker, until: datetime | None) -> dict[str, Any]:
    if until is None:
        return {"batas": None, "lewat": False}
    return {"batas": instant_words(until, asker.office.zona), "lewat": until < asker.now}


async def _beside(runtime: Runtime, asker: Asker, shown: Sequence[Waiting]) -> dict[tuple[Any, str], dict[str, Any]]:
    """By case and slot: the participant's name, and who has begun since when."""
    rows = [one.row for one in shown]
    columns = [[row[name] for row in rows] for name in ("stream", "slot", "tugas")]
    names = {one.kode: one.nama for one in asker.office.pejabat}
    return {
        (row["key"], row["slot"]): {
            "peserta": _name(runtime, row),
            "dimulai": {
                "oleh": names.get(row["actor"], row["actor"]),
                "saya": row["actor"] == asker.actor.code,
                "setempat": instant_words(row["recorded_at"], asker.office.zona),
            }
            if row["actor"]
            else None,
        }
        for row in await runtime.store.pool.fetch(BESIDE, *columns)
    }


def _name(runtime: Runtime, row: asyncpg.Record) -> str | None:
    """Whom the case is about; None once forgotten. Of a case that does not open: that it does not."""
    with passed_over(row["key"]):
        keys = runtime.desk.keyring.unwrap(row["key"], (row["working"], row["archive"]))
        first = codec.decode(row["type"], row["payload"], row["key"], 1, keys)
        if not isinstance(first, e.ApplicationSubmitted) or isinstance(first.people, e.Forgotten):
            return None
        return first.people.subject.name
    return UNREAD


def _code(text: str | None) -> str | None:
    """A code of a case out of an address, and nothing else."""
    plain = text or ""
    return plain if len(plain) <= 14 and plain.replace("-", "").isalnum() and plain.isascii() else None  # noqa: PLR2004
