"""Refusals and errors as answers over HTTP: problem documents (RFC 9457), or a page for a browser."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

from jejak.platform.errors import Malformed, Problem, SignInAgain, TooOften
from jejak.privacy.person_words import field_words
from jejak.web.problem_page import SAFE, problem_page
from jejak.web.requests.bodies import incoming

_PROBLEM: Final = "application/problem+json"
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "2"},
}
_MAX_FAULTS: Final = 20
"""Most faults that an answer names."""
_MAX_NAME: Final = 100

_log = structlog.get_logger()


class ProblemDocument(BaseModel):
    """Why a request was not carried out (RFC 9457). Further members depend on its type."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    type: str = Field(description="tetap, untuk program", examples=["urn:jejak:masalah:tidak_jatuh_tempo"])
    title: str
    status: int = Field(description="status HTTP")
    detail: str = Field(description="apa yang salah, dan apa yang perlu dilakukan")


def answer_problems(app: FastAPI) -> None:
    """Answers every error of an application by a problem document, or by a page for a browser."""
    for kind in (
        *(Problem, RequestValidationError, HTTPException, OSError),
        *(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.TargetServerAttributeNotMatched),
    ):
        app.add_exception_handler(kind, _on_error)


def malformed(errors: Sequence[Any]) -> Malformed:
    """A sentence that names the wrong fields and the form of each."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Malformed("json_salah", "Isi permintaan bukan JSON yang benar. Periksa tanda kutip, koma dan kurung.")
    fields = {_field_of(error): _hint(error) for error in errors[:_MAX_FAULTS]}
    words = "; ".join(f"{field_words(name)} {hint}" for name, hint in fields.items())
    return Malformed("isian_salah", f"Perbaiki isian: {words}.", isian=fields)


def _field_of(error: Any) -> str:
    """The path of a field as the sender wrote it, cut to the length of a name."""
    return ".".join(str(part) for part in error["loc"] if part != "body")[:_MAX_NAME] or "isi"


_FIELD_HINTS: Final = {
    "nik": "harus 16 angka",
    "mother": "harus 16 angka",
    "birth_order": "harus satu angka dari 1",
    "kk": "harus 16 angka",
    "card": "harus 13 angka",
    "nip": "harus 18 angka",
    "born": "harus tanggal, misalnya 2001-12-31",
}
_TYPE_HINTS: Final = {
    "missing": "wajib diisi",
    "extra_forbidden": "tidak dikenal; hapus",
    "string_too_long": "terlalu panjang",
    "string_too_short": "tidak boleh kosong",
    "date_from_datetime_parsing": "harus tanggal, misalnya 2001-12-31",
    "date_parsing": "harus tanggal, misalnya 2001-12-31",
    "datetime_parsing": "harus waktu dengan zona, misalnya 2022-07-04T09:14:00+07:00",
    "timezone_aware": "harus waktu dengan zona, misalnya 2022-07-04T09:14:00+07:00",
    "literal_error": "bukan salah satu pilihan",
}


def _hint(error: Any) -> str:
    kind = str(error["type"])
    if kind in ("missing", "extra_forbidden"):
        return _TYPE_HINTS[kind]
    last = str(error["loc"][-1]) if error["loc"] else ""
    return _FIELD_HINTS.get(last) or _TYPE_HINTS.get(kind, "tidak benar")


def problem_response(problem: Problem, scope: Scope | None = None) -> Response:
    """RFC 9457, in Indonesian; a page where the request (`scope`) accepts HTML."""
    document = ProblemDocument(
        type=f"urn:jejak:masalah:{problem.code}",
        title=problem.code.replace("_", " "),
        status=problem.status,
        detail=problem.detail,
        **problem.more,
    )
    body = document.model_dump()
    headers = dict(_HEADERS.get(problem.status, {}))
    if isinstance(problem, TooOften):
        headers["Retry-After"] = str(problem.seconds)
    if isinstance(problem, SignInAgain):  # RFC 9470
        challenge = f'Bearer error="insufficient_user_authentication", max_age="{problem.seconds}"'
        headers["WWW-Authenticate"] = challenge
    if scope is not None and "text/html" in Headers(scope=scope).get("accept", ""):
        return Response(problem_page(body, _page_address(scope)), problem.status, headers={**headers, **SAFE})
    return JSONResponse(body, problem.status, headers=headers, media_type=_PROBLEM)


def _page_address(scope: Scope) -> str:
    """The requested page, to return to after sign-in; the start page after a command."""
    if scope["method"] not in ("GET", "HEAD"):
        return "/"
    path, query = str(scope["path"]), scope["query_string"].decode("ascii", "replace")
    return f"{path}?{query}" if query else path


async def _on_error(request: Request, error: Exception) -> Response:
    return problem_response(_problem_of(request, error), request.scope)


def _problem_of(request: Request, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return malformed(error.errors())
        case HTTPException():
            if refused := incoming(request.scope).refused:  # FastAPI turns every error of a body into a 400
                return refused
            words = {404: "Alamat ini tidak ada.", 405: "Cara ini tidak dilayani pada alamat ini."}
            sentence = words.get(error.status_code, "Permintaan tidak dapat dilayani.")
            return Problem("http", sentence, error.status_code)
        case asyncpg.CharacterNotInRepertoireError():  # a NUL, which no text of PostgreSQL holds
            return Malformed("huruf_salah", "Ada huruf yang tidak dapat dibaca. Hapus, lalu ulangi.")
        case _:
            _log.error("database_error", error=type(error).__name__, code=getattr(error, "sqlstate", None))
            return Problem("basis_data", "Sistem sedang tidak dapat menyimpan. Ulangi sebentar lagi.", 503)
