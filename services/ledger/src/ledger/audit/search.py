"""The search for a case of the official's own office by its code, the number of a letter, a NIK, or a name.

The search text comes in the body of a POST, never in an address: addresses stay in the logs of machines on the way. A
NIK and a name are looked up by keyed hashes; sealed data stays sealed until a case is shown.
"""

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, TypedDict

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jejak.cases.unreadable import UnreadRow
from jejak.platform import ids
from jejak.platform.errors import Malformed, Problem
from jejak.privacy import nik, normalise
from jejak.web.authorisation import ByRequester, Requester, requester_of
from jejak.web.commands.receipts import NO_STORE
from jejak.web.http_app import parse_command
from jejak.web.openapi.route_descriptions import PAGE, body_of
from jejak.web.pages.layout import Pages, wants_page
from jejak.web.problem_page import SAFE
from jejak.web.reading.case_read_model import CaseReader, CaseReadModel
from jejak.web.reading.timeline import STATUS
from jejak.web.requests.browser import ended, posted, session_issued, with_session
from jejak.web.runtime import Runtime
from ledger.audit.names import Names, words_of
from ledger.desk.caselist import ListedCase, listed_case

MOST: Final = 25
"""Cases in an answer; where there are more, it asks for a narrower search."""
_LONGEST: Final = 100
_WORDS: Final = 6
_FORM: Final = "application/x-www-form-urlencoded"
# Of the official's office, and of the kelurahan, if any.
_OWN: Final = """s.office = $1 AND s.kind = 'case' AND ($2::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($2::text[]) AS a (area) WHERE es.entered_in(s.stream_no, a.area)))
ORDER BY s.stream_no DESC LIMIT $3"""
BY_CODE: Final = f"SELECT s.key FROM es.stream s WHERE s.key BETWEEN $4 AND $5 AND {_OWN}"  # noqa: S608 - ours
BY_PERSON: Final = f"""
SELECT s.key FROM es.person p JOIN es.stream s ON s.key = p.stream WHERE p.hmac = $4 AND {_OWN}
"""  # noqa: S608 - a condition of ours
BY_NUMBER: Final = f"""
SELECT s.key FROM es.stream s WHERE s.key IN (
    SELECT n."case" FROM view.number n
    WHERE n.office = $1 AND lower(n.nomor) ~>=~ $4 AND lower(n.nomor) ~<~ $5) AND {_OWN}
"""  # noqa: S608 - a condition of ours
# The rarest word leads. OFFSET 0: its cases are looked up row by row, however many there are in the ledger. Cases whose
# keys were destroyed are left out.
BY_NAME: Final = f"""
SELECT s.key FROM view.name_word w
CROSS JOIN LATERAL (SELECT t.* FROM es.stream t WHERE t.key = w.stream OFFSET 0) AS s
WHERE w.office = $1 AND w.word = (
    SELECT o.word FROM unnest($4::bytea[]) AS o (word) ORDER BY (SELECT count(*) FROM (
        SELECT FROM view.name_word x WHERE x.office = $1 AND x.word = o.word LIMIT 2000) AS c) LIMIT 1)
  AND NOT EXISTS (SELECT FROM unnest($4::bytea[]) AS o (word) WHERE o.word <> w.word AND (
    SELECT x.stream FROM view.name_word x WHERE x.office = $1 AND x.word = o.word AND x.stream = w.stream) IS NULL)
  AND (SELECT k.stream FROM keys.case_key k WHERE k.stream = w.stream) IS NOT NULL AND {_OWN}
"""  # noqa: S608 - a condition of ours
_HOW: Final = (
    "Kirim POST ke alamat ini: kode berkas, nomor surat atau awalnya, NIK 16 angka, atau nama."
    " Yang dicari tidak ditulis pada alamat, agar tidak tertinggal di catatan jaringan."
)


class Search(BaseModel):
    """A search."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    cari: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class Example(TypedDict):
    """A search as it is sent."""

    cari: str


class HowToSearch(TypedDict):
    """How to search."""

    cara: str
    contoh: Example


class FoundPerson(TypedDict):
    """The applicant and the participant of a case; None once they are forgotten."""

    pemohon: str | None
    peserta: str | None


class FoundCase(ListedCase, FoundPerson):
    """A case that matches, and the way it was matched by."""

    menurut: str


class SearchResult(TypedDict):
    """The cases that match; `lebih`: there are more."""

    dicari_sebagai: list[str]
    berkas: list[FoundCase]
    tidak_terbaca: list[UnreadRow]
    lebih: bool


@dataclass(frozen=True, slots=True)
class SearchWay:
    """A way to read the search text: its name, the query, and the query's own arguments."""

    name: str
    query: str
    given: tuple[object, ...]


def search_ways(names: Names, office: str, text: str) -> list[SearchWay]:
    """The ways to read the search text. Malformed for a text that can be none of them."""
    plain = normalise.line(text)
    digits = normalise.digits(plain)
    if re.fullmatch(r"\d{16}", digits, re.ASCII):
        return [SearchWay("NIK", BY_PERSON, (nik.index(names.key, digits),))]
    ways = [SearchWay("kode berkas", BY_CODE, code)] if (code := _code(plain)) else []
    if not any(char.isdigit() for char in plain):
        words = sorted(words_of(plain))[:_WORDS]
        ways += [SearchWay("nama", BY_NAME, ([names.hashed(office, word) for word in words],))] if words else []
    elif not ways:
        start = re.sub(r"\s*/\s*", "/", plain).lower()
        ways.append(SearchWay("nomor surat", BY_NUMBER, (start, start + chr(0x10FFFF))))
    if not ways:
        raise Malformed("cari_apa", "Tulis kode berkas, nomor surat, NIK 16 angka, atau sedikitnya satu kata nama.")
    return ways


def _code(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The first and last identity of a case's identity or code; None for other texts."""
    with suppress(ValueError):
        return (key := uuid.UUID(text)), key
    with suppress(ValueError):
        return ids.code_range(text)
    return None


def routes(runtime: Runtime, case_reader: CaseReader, pages: Pages, names: Names) -> APIRouter:
    """`GET /search`, the form; and `POST /search`, which changes nothing."""
    router = APIRouter(tags=["berkas"], dependencies=[NO_STORE], responses=PAGE)

    @router.get(
        "/search",
        summary="Cara mencari berkas kantor ini",
        response_model=HowToSearch,
    )
    async def how(requester: ByRequester, request: Request) -> HowToSearch | Response:
        if wants_page(request):
            return await _page(pages, request, requester)
        return {"cara": _HOW, "contoh": {"cari": "7K3M-9QXA-2BCD"}}

    @router.post(
        "/search",
        summary="Cari berkas kantor ini menurut kode, nomor surat, NIK atau nama",
        openapi_extra={"requestBody": body_of(Search)},
        response_model=SearchResult,
    )
    async def search(request: Request) -> SearchResult | Response:
        if request.headers.get("content-type", "").startswith(_FORM) and "authorization" not in request.headers:
            return await _of_browser(runtime, case_reader, pages, names, request)
        requester = await requester_of(runtime, request)
        query = parse_command(Search, await request.body())
        return await search_result(case_reader, names, requester, query.cari)

    return router


async def _of_browser(
    runtime: Runtime, case_reader: CaseReader, pages: Pages, names: Names, request: Request
) -> Response:
    """The same for a form: the page with the answer, or with the fault and the text as typed."""
    session = session_issued(request.headers, runtime.gate.verifier)
    form, refused = await posted(request, runtime.settings.token_key, session)
    if refused is not None:
        return refused
    signed = with_session(request, session or "")
    try:
        requester = await requester_of(runtime, signed)
    except Problem as problem:
        if problem.status != HTTPStatus.UNAUTHORIZED:
            raise
        return Response(ended(form, request.url.path), problem.status, headers=SAFE)
    text = dict(form.fields).get("cari", "")
    try:
        query = Search(cari=text.strip())
        return await _page(
            pages, signed, requester, text, await search_result(case_reader, names, requester, query.cari)
        )
    except ValidationError:
        return await _page(pages, signed, requester, wrong=f"Tulis yang dicari, paling panjang {_LONGEST} huruf.")
    except Malformed as problem:
        return await _page(pages, signed, requester, text, wrong=problem.detail)


async def _page(
    pages: Pages,
    request: Request,
    requester: Requester,
    typed: str = "",
    answer: SearchResult | None = None,
    wrong: str | None = None,
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    place = requester.official.wilayah or requester.office.nama
    values: dict[str, Any] = {"dicari": typed, "jawaban": answer, "salah": wrong, "tempat": place}
    return await pages.page(request, "cari.html", status, **values, paling_banyak=MOST, kata_status=STATUS)


async def search_result(case_reader: CaseReader, names: Names, requester: Requester, text: str) -> SearchResult:
    """The matching cases this official may see, newest first. Malformed for a text that can be no search."""
    ways = search_ways(names, requester.actor.office, text)
    pool, areas = case_reader.runtime.store.pool, requester.areas
    keys: dict[uuid.UUID, str] = {}
    for way in ways:
        for row in await pool.fetch(way.query, requester.actor.office, areas, MOST + 1, *way.given):
            keys.setdefault(row["key"], way.name)
    cases = await case_reader.open_all(list(keys)[:MOST])
    return {
        "dicari_sebagai": [way.name for way in ways],
        "berkas": [{**listed_case(case), **_people(case), "menurut": keys[key]} for key, case in cases.items()],
        "tidak_terbaca": cases.unread_rows,
        "lebih": len(keys) > MOST,
    }


def _people(case_view: CaseReadModel) -> FoundPerson:
    people = case_view.case.people
    participant = people.participant.name if people and people.participant else None
    return {"pemohon": people.applicant.name if people else None, "peserta": participant}
