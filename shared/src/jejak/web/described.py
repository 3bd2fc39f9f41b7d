"""What OpenAPI says of a route: the body it reads by itself, its page, and every status it may be answered with."""

from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus as S
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from jejak.contracts.bpjs_http import PROBLEM
from jejak.contracts.bpjs_http import ProblemDocument as BpjsProblem
from jejak.web.problems import ProblemDocument

_DEFS: Final = "$defs"
_REF: Final = "$ref"
_HTML: Final = {"text/html": {"schema": {"type": "string"}}}

REASONS: Final[Mapping[int, str]] = {
    S.UNAUTHORIZED: "tanpa token, atau token yang tidak berlaku",
    S.FORBIDDEN: "milik kantor, wilayah atau jabatan lain",
    S.NOT_FOUND: "tidak ada",
    S.CONFLICT: "belum atau tidak lagi dapat dilakukan",
    S.PRECONDITION_FAILED: "berkas sudah berubah sejak versi pada If-Match",
    S.REQUEST_ENTITY_TOO_LARGE: "isi permintaan terlalu besar",
    S.UNSUPPORTED_MEDIA_TYPE: "jenis isi permintaan yang tidak diterima",
    S.UNPROCESSABLE_ENTITY: "permintaan salah; `detail` menyebut yang perlu diperbaiki",
    S.TOO_MANY_REQUESTS: "terlalu sering bertanya; ulangi sesudah Retry-After",
    S.SERVICE_UNAVAILABLE: "sedang tidak dapat dilayani; ulangi sebentar lagi",
}
"""Why a request is not carried out, by the status of its answer."""
_OF_ALL: Final = (
    *(S.NOT_FOUND, S.CONFLICT, S.UNPROCESSABLE_ENTITY, S.SERVICE_UNAVAILABLE),
    *(S.REQUEST_ENTITY_TOO_LARGE, S.UNSUPPORTED_MEDIA_TYPE),
)
"""409 to a question: the case is there and cannot be read. 413 and 415 stand before every route, whatever it takes."""
_OF_OFFICIALS: Final = (S.UNAUTHORIZED, S.FORBIDDEN)
_OF_COMMANDS: Final = (S.PRECONDITION_FAILED,)

PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": _HTML}}
"""A route's `responses` where a browser is answered with a page."""


class DescribedApp(FastAPI):
    """An application whose OpenAPI names every status. `public`: the addresses that ask for no token."""

    public: Collection[str] = ()

    def openapi(self) -> dict[str, Any]:
        """Made once."""
        if self.openapi_schema is None:
            _complete(super().openapi(), self.public)
        return super().openapi()


def _complete(document: dict[str, Any], public: Collection[str]) -> None:
    """Adds the problems an operation does not name. One that names its 401 (BPJS's contract) names all of them."""
    document.setdefault("components", {}).setdefault("schemas", {})["ProblemDocument"] = schema_of(ProblemDocument)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = operation["responses"]
            if str(S.UNAUTHORIZED.value) not in told:
                told.pop(str(S.UNPROCESSABLE_ENTITY.value), None)  # FastAPI's own, which is none of ours
                problems = {str(int(one)): _problem(one) for one in _statuses(path, method, public)}
                operation["responses"] = problems | told
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(of_fastapi, None)


def _statuses(path: str, method: str, public: Collection[str]) -> Iterator[S]:
    yield from _OF_ALL
    if path not in public:
        yield from _OF_OFFICIALS
    if method != "get":
        yield from _OF_COMMANDS


def _problem(status: int) -> dict[str, Any]:
    """As a document, or as a page for a browser."""
    schema = {_REF: "#/components/schemas/ProblemDocument"}
    return {"description": REASONS[status], "content": {PROBLEM: {"schema": schema}, **_HTML}}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: statuses of REASONS beyond those that every route of its kind has."""
    return {status: _problem(status) for status in statuses}


def file_of(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: a file, of one of these types."""
    return {200: {"description": "berkas itu sendiri", "content": _files(*media_types)}}


def _files(*media_types: str) -> dict[str, Any]:
    return {one: {"schema": {"type": "string", "format": "binary"}} for one in media_types}


def page_or(media_type: str) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: beside its JSON and its page it has a file, for who asks for it."""
    return {200: {"content": {**_HTML, **_files(media_type)}}}


def unknown(model: Any) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: it tells in its own words (`model`) that there is nothing, with 404."""
    return {404: {"model": model, "description": REASONS[S.NOT_FOUND], "content": _HTML}}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """A route's `openapi_extra`: it takes this model as JSON."""
    return {"requestBody": {"content": {"application/json": {"schema": schema_of(model)}}}}


def problems(statuses: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: all statuses of the problem documents of BPJS's contract, and what each means."""
    content = {PROBLEM: {"schema": schema_of(BpjsProblem)}, **_HTML}
    return {status: {"description": says, "content": content} for status, says in statuses.items()}


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema with each part written out where it is named: a reference would be looked for elsewhere."""
    schema = model.model_json_schema()
    parts = schema.pop(_DEFS, {})

    def whole(found: Any) -> Any:
        if isinstance(found, list):
            return [whole(one) for one in found]
        if not isinstance(found, dict):
            return found
        named = parts[found[_REF].removeprefix(f"#/{_DEFS}/")] if _REF in found else {}
        return {name: whole(one) for name, one in (named | found).items() if name != _REF}

    said: dict[str, Any] = whole(schema)
    return said
