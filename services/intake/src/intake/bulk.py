"""A list of applicants: each row is judged alone and answered alone.

A row makes the same case each time it is sent, by any official: the same file twice changes nothing, and a corrected
file adds only the corrected rows.
"""

import asyncio
import json
import uuid
from collections import Counter as Counts
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import batched
from typing import Any, Final, Literal

from intake.submission import Application, Counter, submit
from jejak.cases.decision import Actor, CommandRequest
from jejak.cases.newborn import person_key
from jejak.contracts import events as e
from jejak.contracts.parts import Part
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


class ListUpload(Part):
    """The fields beside the file of a list."""

    layanan: e.Name | None = None


class RowResult(Answer):
    """The result of one row: `diajukan` now, `sudah_ada` since before, or `ditolak` with the reason."""

    baris: int
    hasil: Literal["diajukan", "sudah_ada", "ditolak"]
    kode: str | None = None
    sebab: str | None = None


class ListReceipt(Answer):
    """The results of a list: counted, and row by row."""

    layanan: str
    diajukan: int
    sudah_ada: int
    ditolak: int
    kolom_tidak_dipakai: int
    laporan: tuple[RowResult, ...]


async def submit_list(runtime: Runtime, actor: Actor, listed: ListUpload, data: bytes) -> ListReceipt:
    """Reads the file and submits the rows that are right. Malformed for no table; NotYours for others' posts."""
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


type _Ready = tuple[int, Application]
"""The number of a row, and the application it makes."""


def _judged(counter: Counter, rows: Sequence[Row]) -> Iterator[_Ready | RowResult]:
    """Each row as an application that can be submitted, or as refused. A list names each participant once."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row.why:
            yield _refused(row.number, row.why)
            continue
        try:
            application = _application(counter, row.fields)
            counter.decided(application)
        except Problem as problem:
            yield _refused(row.number, problem.detail)
            continue
        first = seen.setdefault(person_key(application.participant), row.number)
        if first == row.number:
            yield row.number, application
        else:
            yield _refused(row.number, f"Peserta ini sudah ada pada baris {first}.")


def _refused(row: int, reason: str) -> RowResult:
    return RowResult(baris=row, hasil="ditolak", sebab=reason)


def _application(counter: Counter, fields: Mapping[str, Any]) -> Application:
    values = {"layanan": counter.sop.layanan, **fields}
    if "diterima" in fields:
        midnight = datetime.combine(date.fromisoformat(fields["diterima"]), time(), counter.office.calendar.tzinfo)
        values["diterima"] = midnight.isoformat()
    return parse_command(Application, json.dumps(values).encode())


def case_of(office: str, digest: str) -> uuid.UUID:
    """The case a row makes. `digest`: the keyed hash of its application."""
    return ids.derived_uuid(office, _ROUTE, digest)


async def _submitted(runtime: Runtime, counter: Counter, row: _Ready | RowResult) -> RowResult:
    if isinstance(row, RowResult):
        return row
    number, application = row
    digest = ids.keyed_hash(runtime.settings.hmac_key, application.model_dump_json().encode())
    case = case_of(counter.office.kode, digest)
    try:
        receipt = await submit(runtime, CommandRequest(counter.actor, _ROUTE, digest, digest), case, application)
    except Problem as problem:
        if problem.code != "sudah_ada":
            return _refused(number, problem.detail)
        repeated = True
    else:
        repeated = receipt.repeated
    return RowResult(baris=number, hasil="sudah_ada" if repeated else "diajukan", kode=ids.case_code(case))
