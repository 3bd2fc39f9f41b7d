"""Finding a case of one's own office by its code, the number of a letter, a NIK, or a name.

What is asked comes in the body of a POST, never in an address: addresses stay in the logs of machines on the way. A NIK
and a name are looked up by keyed hashes; what was sealed stays sealed until a case is shown.
"""

import re
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, TypedDict

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jejak.cases.unreadable import UnreadRow
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.platform.errors import Malformed, Problem
from jejak.privacy import nik
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
"""Cases one answer holds; who finds more is told to say more."""
_LONGEST: Final = 100
_WORDS: Final = 6
_FORM: Final = "application/x-www-form-urlencoded"
# Of his own office, and of his kelurahan.
_OWN: Final = """s.office = $1 AND s.kind = 'case' AND ($2::text IS NULL OR es.entered_in(s.stream_no, $2))
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
# The rarest word leads. OFFSET 0: its cases are looked up one by one, however many there are in the ledger. Whose keys
# were destroyed is found no more.
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
    """What is looked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    cari: Annotated[str, Field(min_length=1, max_length=_LONGEST)]


class Example(TypedDict):
    """A search as it is sent."""

    cari: str


class HowToSearch(TypedDict):
    """How one searches."""

    cara: str
    contoh: Example


class FoundPerson(TypedDict):
    """Whom a case is about; nobody once they were forgotten."""

    pemohon: str | None
    peserta: str | None


class FoundCase(ListedCase, FoundPerson):
    """A case that was found, and by what."""

    menurut: str


class SearchResult(TypedDict):
    """What a search leads to; `lebih`: there is more."""

    dicari_sebagai: list[str]
    berkas: list[FoundCase]
    tidak_terbaca: list[UnreadRow]
    lebih: bool


@dataclass(frozen=True, slots=True)
class SearchWay:
    """One way in which what was typed can be meant: its name, the query, and what the query needs besides."""

    name: str
    query: str
    given: tuple[object, ...]


def search_ways(names: Names, office: str, text: str) -> list[SearchWay]:
    """How to look for what was typed. Malformed for what can be none of it."""
    plain = text.strip()
    digits = re.sub(r"[\s.]", "", plain)
    if re.fullmatch(r"\d{16}", digits, re.ASCII):
        return [SearchWay("NIK", BY_PERSON, (nik.index(names.key, digits),))]
    found = [SearchWay("kode berkas", BY_CODE, code)] if (code := _code(plain)) else []
    if not any(one.isdigit() for one in plain):
        words = sorted(words_of(plain))[:_WORDS]
        found += [SearchWay("nama", BY_NAME, ([names.hashed(office, one) for one in words],))] if words else []
    elif not found:
        found.append(SearchWay("nomor surat", BY_NUMBER, _beginning(plain)))
    if not found:
        raise Malformed("cari_apa", "Tulis kode berkas, nomor surat, NIK 16 angka, atau sedikitnya satu kata nama.")
    return found


def _code(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    try:
        one = uuid.UUID(text)
    except ValueError:
        pass
    else:
        return one, one
    try:
        return ids.code_range(text)
    except ValueError:
        return None


def _beginning(text: str) -> tuple[str, str]:
    """First and last of the numbers that begin so, however they are spaced."""
    plain = re.sub(r"\s*/\s*", "/", text).lower()
    return plain, plain + chr(0x10FFFF)


def routes(runtime: Runtime, archive: CaseReader, pages: Pages, names: Names) -> APIRouter:
    """`GET /search`, the form; and `POST /search`, which reads and writes nothing."""
    router = APIRouter(tags=["berkas"])

    @router.get(
        "/search",
        summary="Cara mencari berkas kantor ini",
        response_model=HowToSearch,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def how(asker: ByRequester, request: Request) -> HowToSearch | Response:
        if wants_page(request):
            return await _page(pages, request, asker)
        return {"cara": _HOW, "contoh": {"cari": "7K3M-9QXA-2BCD"}}

    @router.post(
        "/search",
        summary="Cari berkas kantor ini menurut kode, nomor surat, NIK atau nama",
        openapi_extra={"requestBody": body_of(Search)},
        response_model=SearchResult,
        responses=PAGE,
        dependencies=[NO_STORE],
    )
    async def search(request: Request) -> SearchResult | Response:
        if request.headers.get("content-type", "").startswith(_FORM) and "authorization" not in request.headers:
            return await _of_browser(runtime, archive, pages, names, request)
        asker = await requester_of(runtime, request)
        asked = parse_command(Search, await request.body())
        return await found_cases(archive, names, asker, asked.cari)

    return router


async def _of_browser(runtime: Runtime, archive: CaseReader, pages: Pages, names: Names, request: Request) -> Response:
    """The same for a form: the page with the answer, or with what was wrong, and what was typed."""
    session = session_issued(request.headers, runtime.gate.verifier)
    form, refused = await posted(request, runtime.settings.token_key, session)
    if refused is not None:
        return refused
    signed = with_session(request, session or "")
    try:
        asker = await requester_of(runtime, signed)
    except Problem as problem:
        if problem.status != HTTPStatus.UNAUTHORIZED:
            raise
        return Response(ended(form, request.url.path), problem.status, headers=SAFE)
    text = dict(form.fields).get("cari", "")
    try:
        asked = Search(cari=text.strip())
        return await _page(pages, signed, asker, text, await found_cases(archive, names, asker, asked.cari))
    except ValidationError:
        return await _page(pages, signed, asker, wrong=f"Tulis yang dicari, paling panjang {_LONGEST} huruf.")
    except Malformed as problem:
        return await _page(pages, signed, asker, text, wrong=problem.detail)


async def _page(
    pages: Pages,
    request: Request,
    asker: Requester,
    typed: str = "",
    answer: SearchResult | None = None,
    wrong: str | None = None,
) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    place = asker.official.wilayah or asker.office.nama
    shown: dict[str, Any] = {"dicari": typed, "jawaban": answer, "salah": wrong, "tempat": place, "paling_banyak": MOST}
    return await pages.page(request, "cari.html", status, **shown, kata_status=STATUS)


async def found_cases(archive: CaseReader, names: Names, asker: Requester, text: str) -> SearchResult:
    """The cases that this official may see and that it leads to, the newest first. Malformed for what leads nowhere."""
    asked = search_ways(names, asker.actor.office, text)
    pool, wilayah = archive.runtime.store.pool, asker.official.wilayah
    keys: dict[uuid.UUID, str] = {}
    for way in asked:
        for row in await pool.fetch(way.query, asker.actor.office, wilayah, MOST + 1, *way.given):
            keys.setdefault(row["key"], way.name)
    some = list(keys)[:MOST]
    cases = await archive.open_all(some)
    return {
        "dicari_sebagai": [way.name for way in asked],
        "berkas": [{**listed_case(one), **_named(one), "menurut": keys[key]} for key, one in cases.items()],
        "tidak_terbaca": cases.unread_rows,
        "lebih": len(keys) > MOST,
    }


def _named(case_view: CaseReadModel) -> FoundPerson:
    """Applicant and participant by name; nobody once they were forgotten."""
    application = case_view.case.application
    people = application.people if application and isinstance(application.people, e.People) else None
    participant = people.participant.name if people and people.participant else None
    return {"pemohon": people.applicant.name if people else None, "peserta": participant}
