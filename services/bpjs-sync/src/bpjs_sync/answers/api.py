"""Answers over HTTP: a file of them, and what BPJS has not yet done."""

from itertools import batched
from typing import Annotated, Final, Literal, NotRequired, TypedDict

from fastapi import APIRouter, Depends, Query, Request, Response

from bpjs_sync import api
from bpjs_sync.answers.importing import Importer, ImportResult
from bpjs_sync.answers.open_submissions import ASKED, OPEN, OpenSubmission, is_in_area, open_submission
from bpjs_sync.batches.api import AtOffice
from bpjs_sync.batches.files import CSV, XLSX
from bpjs_sync.pages.page import DeskPages
from jejak.cases.decision import CommandRequest, Receipt
from jejak.cases.unreadable import UnreadRow
from jejak.contracts.task_bodies import Body
from jejak.platform import ids
from jejak.platform.errors import Malformed
from jejak.tables.reading import ReadingError
from jejak.web.authorisation import (
    ByRequester,
    NoFields,
    Requester,
    SentCommand,
    UploadedTable,
    sent_command,
    uploaded_table,
)
from jejak.web.commands.bulk_tasks import VALUES, Cases, Member, acting_with, do_each
from jejak.web.commands.receipts import BulkReceipt
from jejak.web.openapi.route_descriptions import PAGE
from jejak.web.pages.layout import wants_page
from jejak.web.runtime import Runtime

_AT_ONCE: Final = 100
_REPORTED: Final = 2_000
"""Rows that a report tells of."""

type Detailed = Annotated[Literal["ya"] | None, Query(description="Sertakan laporan per baris")]


class Reconciliation(Body):
    """The Kabid's word on every case he saw listed."""

    berkas: Cases


class ReportedRow(TypedDict):
    """What became of one row of a file."""

    baris: int
    hasil: Literal["diterapkan", "perlu_dilihat"]
    berkas: str | None
    kode: str | None
    sebab: str | None


class FileReport(TypedDict):
    """What became of a file of answers."""

    id: str
    baris: int
    diterapkan: int
    perlu_dilihat: int
    ulangan: bool
    laporan: NotRequired[list[ReportedRow]]


class OpenSubmissionCase(OpenSubmission):
    """A case that was sent and is not settled, and what it waits for."""

    menunggu: list[str]


class OpenSubmissions(TypedDict):
    """All of them, the longest first."""

    kantor: str
    per: str
    jumlah: int
    berkas: list[OpenSubmissionCase]
    tidak_terbaca: list[UnreadRow]


def routes(runtime: Runtime, pages: DeskPages) -> APIRouter:
    """`/bpjs/…`: for officials of the office."""
    router = APIRouter(tags=["bpjs"])
    importer = Importer(runtime)

    @router.post("/bpjs/answers", summary="Muat berkas jawaban BPJS (CSV atau XLSX)")
    async def answers(
        table: Annotated[UploadedTable[NoFields], Depends(uploaded_table(NoFields, (CSV, XLSX)))],
        rinci: Detailed = None,
    ) -> FileReport:
        try:
            done = await importer.load(table.actor, table.data)
        except ReadingError as error:
            raise Malformed("berkas_tidak_terbaca", str(error)) from None
        told: FileReport = {
            "id": str(done.id),
            "baris": done.rows,
            "diterapkan": done.applied,
            "perlu_dilihat": done.unplaced,
            "ulangan": done.again,
        }
        return {**told, "laporan": _report(done)} if rinci else told

    @router.get(
        "/bpjs/reconciliation",
        summary="Yang sudah dikirim dan belum aktif (atau belum berakhir), dengan umurnya",
        response_model=OpenSubmissions,
        responses=PAGE,
    )
    async def reconciliation(request: Request, asker: AtOffice) -> OpenSubmissions | Response:
        if wants_page(request):
            return await pages.reconciliation(request, asker)
        return await _reconciliation(runtime, asker)

    @router.post("/bpjs/reconciliation", summary="Rekonsiliasi untuk semua berkas yang disebut, sekaligus")
    async def reconcile(
        listed: Annotated[
            SentCommand[Reconciliation], Depends(sent_command(Reconciliation, files=True, values=VALUES))
        ],
        _: ByRequester,
    ) -> BulkReceipt:
        asked, body, files = listed
        command = api.COMMANDS["reconcile"]

        async def finish(one: CommandRequest, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, command, one, body, files, member, share)
            return await runtime.command_handler.handle(
                one, member.case, "reconcile", act, occurred_at=body.waktu_kejadian
            )

        return await do_each(asked, [Member(case, None) for case in dict.fromkeys(body.berkas)], finish)

    return router


def _report(done: ImportResult) -> list[ReportedRow]:
    """What became of each row, in the order of the file."""
    put: list[ReportedRow] = [
        {"baris": one.row, "hasil": "diterapkan", "berkas": str(case), "kode": ids.case_code(case), "sebab": one.says}
        for one, case in done.put
    ]
    kept: list[ReportedRow] = [
        {
            "baris": one.row,
            "hasil": "perlu_dilihat",
            "berkas": str(one.case) if one.case else None,
            "kode": ids.case_code(one.case) if one.case else None,
            "sebab": one.why,
        }
        for one in done.kept
    ]
    return sorted([*put, *kept], key=lambda one: one["baris"])[:_REPORTED]


async def _reconciliation(runtime: Runtime, asker: Requester) -> OpenSubmissions:
    """What was sent and is neither as asked (active, or ended) nor refused: of his area, the longest first."""
    _, official, kantor, now = asker
    today = kantor.calendar.local_date(now)
    waits = {row["stream"]: row["tugas"] for row in await runtime.store.pool.fetch(OPEN, kantor.kode, ASKED)}
    found: list[OpenSubmissionCase] = []
    unread: list[UnreadRow] = []
    for chunk in batched(waits, _AT_ONCE, strict=False):
        cases = await runtime.command_handler.load_all(chunk)
        unread += cases.unread_rows if official.wilayah is None else []
        for case, opened in cases.items():
            if is_in_area(official, opened) and (line := open_submission(kantor, opened, today)) is not None:
                found.append({**line, "menunggu": waits[case]})
    found.sort(key=lambda one: one["dikirim"])
    return {
        "kantor": kantor.kode,
        "per": today.isoformat(),
        "jumlah": len(found),
        "berkas": found,
        "tidak_terbaca": unread,
    }
