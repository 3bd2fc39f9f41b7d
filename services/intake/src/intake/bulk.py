"""A list of applicants: each row is judged alone and answered alone.

A row makes the same case each time it is sent, by any official: the same file twice changes nothing, and a corrected
file adds only the corrected rows.
"""

import asyncio
import json
import re
import uuid
from collections import Counter as Counts
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from itertools import batched
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from intake.submission import Application, Counter, submit
from jejak.cases.decision import Actor, CommandRequest
from jejak.cases.people.newborn import named_twice, person_key
from jejak.cases.people.other_cases import OtherCase, other_running_cases
from jejak.contracts import events as e
from jejak.contracts.parts import Part
from jejak.platform import ids
from jejak.platform.errors import Malformed, Problem
from jejak.privacy import nik
from jejak.privacy.normalise import comparable
from jejak.privacy.person_words import field_words
from jejak.tables.applicants import MOST_ROWS, TITLES, Applicants, read
from jejak.tables.reading import ReadingError
from jejak.uploads.parsing import TABLES
from jejak.web.commands.receipts import Answer
from jejak.web.http_app import parse_command
from jejak.web.runtime import Runtime

_AT_ONCE: Final = 20
_SPAN: Final = re.compile(r"(\d{1,7})(?:\s*[-–]\s*(\d{1,7}))?", re.ASCII)
_BETWEEN_SPANS: Final = re.compile(r"[\s,;]*")
_LONGEST: Final = 1000
"""Characters in which the rows that were compared are named."""
_ROUTE: Final = "POST /cases/daftar"


def _rows_named(text: object) -> object:
    """The rows in "4, 7-9"; what is no such text stays, to be refused."""
    if not isinstance(text, str) or len(text) > _LONGEST or not _BETWEEN_SPANS.fullmatch(_SPAN.sub("", text)):
        return text
    spans = [(int(first), int(last or first)) for first, last in _SPAN.findall(text)]
    return [row for first, last in spans for row in range(first, min(last, first + MOST_ROWS) + 1)]


class ListUpload(Part):
    """The fields beside the file of a list. `dicocokkan`: rows that were asked about, and are right ("4, 7-9")."""

    layanan: e.Name | None = None
    dicocokkan: Annotated[
        frozenset[Annotated[int, Field(ge=1)]], Field(max_length=MOST_ROWS), BeforeValidator(_rows_named)
    ] = frozenset()


class RowResult(Answer):
    """The result of one row: `diajukan` now, `sudah_ada` since before, or with a reason `ditanyakan` or `ditolak`.

    A row that is asked about is not stored. `berjalan`: the participant's other cases that still run.
    """

    baris: int
    hasil: Literal["diajukan", "sudah_ada", "ditanyakan", "ditolak"]
    kode: str | None = None
    sebab: str | None = None
    berjalan: tuple[OtherCase, ...] = ()


class ListReceipt(Answer):
    """The results of a list: counted, and row by row."""

    layanan: str
    diajukan: int
    sudah_ada: int
    ditanyakan: int
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
    judged = without_contradictions(_judged(counter, applicants, listed.dicocokkan))
    for chunk in batched(judged, _AT_ONCE, strict=False):
        results += await asyncio.gather(*(_submitted(runtime, counter, row) for row in chunk))
    counts = Counts(result.hasil for result in results)
    return ListReceipt(
        layanan=counter.sop.layanan,
        diajukan=counts["diajukan"],
        sudah_ada=counts["sudah_ada"],
        ditanyakan=counts["ditanyakan"],
        ditolak=counts["ditolak"],
        kolom_tidak_dipakai=len(applicants.unused),
        laporan=tuple(results),
    )


type _Ready = tuple[int, Application]
"""The number of a row, and the application it makes."""


def _judged(counter: Counter, applicants: Applicants, checked: Collection[int]) -> Iterator[_Ready | RowResult]:
    """Each row as an application that can be submitted, as refused, or as asked about. `checked`: right after all."""
    for row in applicants.rows:
        if row.why:
            yield _asked(row.number, row.why) if row.asked else _refused(row.number, row.why)
            continue
        try:
            application = _application(counter, row.fields, applicants.titles)
            counter.decided(application)
        except Problem as problem:
            yield _refused(row.number, problem.detail)
            continue
        doubts = () if row.number in checked else _doubts(application)
        yield _asked(row.number, " ".join(doubts)) if doubts else (row.number, application)


def _doubts(application: Application) -> tuple[str, ...]:
    """What a person should compare with KTP or KK before the row is submitted."""
    people = (("pemohon", application.pemohon), ("peserta", application.peserta))
    return tuple(
        f"Data {who}: {doubt}"
        for who, person in people
        if person and person.nik
        for doubt in nik.doubts(person.nik, person.born)
    )


def without_contradictions(rows: Iterable[_Ready | RowResult]) -> Iterator[_Ready | RowResult]:
    """A list names each participant once: of equal rows the first counts. One NIK of two people is asked about.

    Newborns without NIK may have one mother.
    """
    judged = list(rows)
    holders: dict[str, dict[tuple[str, date], int]] = defaultdict(dict)
    for number, application in (row for row in judged if not isinstance(row, RowResult)):
        for held, person in _niks(application):
            holders[held].setdefault((comparable(person.name), person.born), number)
    seen: dict[tuple[str, ...], int] = {}
    for row in judged:
        if isinstance(row, RowResult):
            yield row
            continue
        number, application = row
        shared = [held for held, _ in _niks(application) if len(holders[held]) > 1]
        if shared:
            others = ", ".join(str(first) for first in sorted(set(holders[shared[0]].values())) if first != number)
            yield _asked(
                number,
                f"Satu NIK dipakai dua orang dalam daftar ini, lihat baris {others}. Periksa NIK keduanya pada KK.",
            )
            continue
        first = seen.setdefault(person_key(application.participant), number)
        yield row if first == number else _refused(number, _listed_twice(application.participant, first))


def _listed_twice(participant: e.Person, first: int) -> str:
    again = f"Peserta ini sudah ada pada baris {first}."
    return again if participant.nik else f"{again} {named_twice(participant)}"


def _niks(application: Application) -> Iterator[tuple[str, e.Person]]:
    for person in (application.pemohon, application.peserta):
        if person and person.nik:
            yield person.nik, person


def _refused(row: int, reason: str) -> RowResult:
    return RowResult(baris=row, hasil="ditolak", sebab=reason)


def _asked(row: int, reason: str) -> RowResult:
    return RowResult(baris=row, hasil="ditanyakan", sebab=reason)


def _application(counter: Counter, fields: Mapping[str, Any], titles: Mapping[str, str]) -> Application:
    """The application of a row. Malformed in the words of the list's own columns."""
    values = {"layanan": counter.sop.layanan, **fields}
    if "diterima" in fields:
        midnight = datetime.combine(date.fromisoformat(fields["diterima"]), time(), counter.office.calendar.tzinfo)
        values["diterima"] = midnight.isoformat()
    try:
        return parse_command(Application, json.dumps(values).encode())
    except Malformed as wrong:
        hints = wrong.more.get("isian")
        if not isinstance(hints, Mapping):
            raise
        places = {place: titles.get(place) or TITLES.get(place) or field_words(place) for place in hints}
        words = "; ".join(f"{places[place]} {hint}" for place, hint in hints.items())
        raise Malformed(wrong.code, f"Perbaiki isian: {words}.") from None


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
    others = await other_running_cases(
        *(runtime.command_handler, runtime.settings.hmac_key, case, counter.office.kode, application.participant),
        counter.official,
    )
    hasil: Literal["sudah_ada", "diajukan"] = "sudah_ada" if repeated else "diajukan"
    return RowResult(baris=number, hasil=hasil, kode=ids.case_code(case), berjalan=tuple(others))
