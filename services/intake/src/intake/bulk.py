"""A list of applicants, each row judged alone: what came of it is told row by row.

A row makes the same case whoever sends it and however often: the same file twice changes nothing, and a mended file
adds only the rows that were mended.
"""

import asyncio
import json
import uuid
from collections import Counter as Counts
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import batched
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from intake.submission import Application, Counter, submit
from jejak.cases.decision import Actor, CommandRequest
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.platform.errors import Malformed, Problem
from jejak.tables.applicants import Row, read
from jejak.tables.reading import ReadingError
from jejak.uploads.parsing import TABLES
from jejak.web.commands.receipts import Answer
from jejak.web.http_app import parse_command
from jejak.web.runtime import Runtime

_AT_ONCE: Final = 20
_ROUTE: Final = "POST /cases/daftar"


class ListUpload(BaseModel):
    """What a list is sent with."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    layanan: e.Name | None = None


class RowResult(Answer):
    """What came of one row: `diajukan` now, `sudah_ada` since before, or `ditolak`, and why."""

    baris: int
    hasil: Literal["diajukan", "sudah_ada", "ditolak"]
    kode: str | None = None
    sebab: str | None = None


class ListReceipt(Answer):
    """What came of a list: counted, and row by row."""

    layanan: str
    diajukan: int
    sudah_ada: int
    ditolak: int
    kolom_tidak_dipakai: int
    laporan: tuple[RowResult, ...]


async def submit_list(runtime: Runtime, actor: Actor, listed: ListUpload, data: bytes) -> ListReceipt:
    """Reads the file and submits what can be. Malformed for no table; NotYours where this official enters nobody."""
    counter = await Counter.of(runtime, actor, listed.layanan, await runtime.store.now())
    counter.may_enter()
    try:
        applicants = await TABLES.run(read, data)
    except ReadingError as error:
        raise Malformed("berkas_tidak_terbaca", str(error)) from None
    results: list[RowResult] = []
    for chunk in batched(_judged(counter, applicants.rows), _AT_ONCE, strict=False):
        results += await asyncio.gather(*(_submitted(runtime, counter, row) for row in chunk))
    counts = Counts(result.hasil for result in results)
    return ListReceipt(
        layanan=counter.sop.layanan,
        diajukan=counts["diajukan"],
        sudah_ada=counts["sudah_ada"],
        ditolak=counts["ditolak"],
        kolom_tidak_dipakai=len(applicants.unused),
        laporan=tuple(results),
    )


@dataclass(frozen=True, slots=True)
class _Ready:
    row: int
    application: Application


def _judged(counter: Counter, rows: Sequence[Row]) -> Iterator[_Ready | RowResult]:
    """Each row as an application that could be one, or why not. One person comes once in a list."""
    seen: dict[str, int] = {}
    for row in rows:
        if row.why:
            yield RowResult(baris=row.number, hasil="ditolak", sebab=row.why)
            continue
        try:
            application = _application(counter, row.fields)
            counter.decided(application)
        except Problem as problem:
            yield RowResult(baris=row.number, hasil="ditolak", sebab=problem.detail)
            continue
        person = (application.peserta or application.pemohon).nik
        first = seen.setdefault(person, row.number)
        if first == row.number:
            yield _Ready(row.number, application)
        else:
            yield RowResult(baris=row.number, hasil="ditolak", sebab=f"Peserta ini sudah ada pada baris {first}.")


def _application(counter: Counter, fields: Mapping[str, Any]) -> Application:
    given = dict(fields)
    if "diterima" in given:
        midnight = datetime.combine(date.fromisoformat(given["diterima"]), time(), counter.office.calendar.tzinfo)
        given["diterima"] = midnight.isoformat()
    return parse_command(Application, json.dumps({"layanan": counter.sop.layanan, **given}).encode())


def case_of(office: str, digest: str) -> uuid.UUID:
    """The case a row makes. `said`: the keyed hash of what it says."""
    return ids.derived_uuid(office, _ROUTE, digest)


async def _submitted(runtime: Runtime, counter: Counter, row: _Ready | RowResult) -> RowResult:
    if isinstance(row, RowResult):
        return row
    digest = ids.keyed_hash(runtime.settings.hmac_key, row.application.model_dump_json().encode())
    case = case_of(counter.office.kode, digest)
    try:
        receipt = await submit(runtime, CommandRequest(counter.actor, _ROUTE, digest, digest), case, row.application)
    except Problem as problem:
        if problem.code != "sudah_ada":
            return RowResult(baris=row.row, hasil="ditolak", sebab=problem.detail)
        return RowResult(baris=row.row, hasil="sudah_ada", kode=ids.case_code(case))
    return RowResult(baris=row.row, hasil="sudah_ada" if receipt.repeated else "diajukan", kode=ids.case_code(case))
