"""Files of answers over HTTP, and the reconciliation of what BPJS has not settled."""

import uuid
from itertools import batched
from typing import Annotated, Final, Literal, NotRequired, TypedDict

from fastapi import APIRouter, Depends, Query, Request, Response

from bpjs_sync import api
from bpjs_sync.answers.importing import Importer, ImportResult
from bpjs_sync.answers.open_submissions import OPEN, WITH_BPJS, OpenSubmission, is_in_area, open_submission
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
"""Rows in a report, at most."""

type Detailed = Annotated[Literal["ya"] | None, Query(description="Sertakan laporan per baris")]


class Reconciliation(Body):
    """The listed cases that the Kabid reconciles."""

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
    """A case that was sent and is not settled, and its tasks that are due."""

    menunggu: list[str]


class OpenSubmissions(TypedDict):
    """The cases that were sent and are not settled, the longest first."""

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
            result = await importer.load(table.actor, table.data)
        except ReadingError as error:
            raise Malformed("berkas_tidak_terbaca", str(error)) from None
        report: FileReport = {
            "id": str(result.id),
            "baris": result.rows,
            "diterapkan": result.applied,
            "perlu_dilihat": result.unplaced,
            "ulangan": result.again,
        }
        return {**report, "laporan": _rows(result)} if rinci else report

    @router.get(
        "/bpjs/reconciliation",
        summary="Yang sudah dikirim dan belum aktif (atau belum berakhir), dengan umurnya",
        response_model=OpenSubmissions,
        responses=PAGE,
    )
    async def reconciliation(request: Request, requester: AtOffice) -> OpenSubmissions | Response:
        if wants_page(request):
            return await pages.reconciliation(request, requester)
        return await _reconciliation(runtime, requester)

    @router.post("/bpjs/reconciliation", summary="Rekonsiliasi untuk semua berkas yang disebut, sekaligus")
    async def reconcile(
        sent: Annotated[SentCommand[Reconciliation], Depends(sent_command(Reconciliation, files=True, values=VALUES))],
        _: ByRequester,
    ) -> BulkReceipt:
        request, body, files = sent

        async def finish(case_request: CommandRequest, member: Member, share: int) -> Receipt:
            act = acting_with(runtime, api.COMMANDS["reconcile"], case_request, body, files, member, share)
            return await runtime.command_handler.handle(
                case_request, member.case, "reconcile", act, occurred_at=body.waktu_kejadian
            )

        return await do_each(request, [Member(case, None) for case in dict.fromkeys(body.berkas)], finish)

    return router


def _rows(result: ImportResult) -> list[ReportedRow]:
    """What became of each row, in the order of the file."""
    rows = [_row(answer.row, "diterapkan", case, answer.says) for answer, case in result.applied_rows]
    rows += [_row(row.row, "perlu_dilihat", row.case, row.why) for row in result.unplaced_rows]
    return sorted(rows, key=lambda row: row["baris"])[:_REPORTED]


def _row(
    number: int, hasil: Literal["diterapkan", "perlu_dilihat"], case: uuid.UUID | None, reason: str
) -> ReportedRow:
    return {
        "baris": number,
        "hasil": hasil,
        "berkas": str(case) if case else None,
        "kode": ids.case_code(case) if case else None,
        "sebab": reason,
    }


async def _reconciliation(runtime: Runtime, requester: Requester) -> OpenSubmissions:
    """What was sent and is neither as asked (active, or ended) nor refused: of the official's area, longest first."""
    _, official, kantor, now = requester
    today = kantor.calendar.local_date(now)
    due = {row["stream"]: row["tugas"] for row in await runtime.store.pool.fetch(OPEN, kantor.kode, WITH_BPJS)}
    lines: list[OpenSubmissionCase] = []
    unread: list[UnreadRow] = []
    for chunk in batched(due, _AT_ONCE, strict=False):
        cases = await runtime.command_handler.load_all(chunk)
        unread += cases.unread_rows if official.wilayah is None else []
        for case, loaded in cases.items():
            if is_in_area(official, loaded) and (line := open_submission(kantor, loaded, today)) is not None:
                lines.append({**line, "menunggu": due[case]})
    lines.sort(key=lambda line: line["dikirim"])
    return {
        "kantor": kantor.kode,
        "per": today.isoformat(),
        "jumlah": len(lines),
        "berkas": lines,
        "tidak_terbaca": unread,
    }
