"""What OpenAPI says of a route: the body it reads by itself, its page, and every status it may be answered with."""

from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus as S
from typing import Any, Final, Protocol, runtime_checkable

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from jejak.contracts.bpjs.http import PROBLEM, RETRY_AFTER
from jejak.contracts.bpjs.http import ProblemDocument as BpjsProblem
from jejak.web.access.rate_limit import BY_CODE
from jejak.web.problems import ProblemDocument

_DEFS: Final = "$defs"
_REF: Final = "$ref"
_BINARY: Final = {"type": "string", "format": "binary"}
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


@runtime_checkable
class ReadsBody(Protocol):
    """A dependency that reads what is sent, and says what that may be: OpenAPI's `requestBody`."""

    @property
    def request_body(self) -> dict[str, Any]: ...


class DescribedApp(FastAPI):
    """An application whose OpenAPI names every status.

    `public`: the addresses that ask for no token. `rate_limited`: guessing codes gets 429.
    """

    public: Collection[str] = ()
    rate_limited: bool = False

    def openapi(self) -> dict[str, Any]:
        """Made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _complete(document, self)
            for path, method, body in _bodies(self):
                document["paths"][path][method]["requestBody"] = body
        return super().openapi()


def _complete(document: dict[str, Any], app: DescribedApp) -> None:
    """Adds the problems an operation does not name. One that names its 503 (BPJS's contract) names all of them."""
    document.setdefault("components", {}).setdefault("schemas", {})["ProblemDocument"] = schema_of(ProblemDocument)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = operation["responses"]
            if str(S.SERVICE_UNAVAILABLE.value) not in told:
                told.pop(str(S.UNPROCESSABLE_ENTITY.value), None)  # FastAPI's own, which is none of ours
                problems = {str(int(one)): _problem(one) for one in _statuses(path, method, app)}
                operation["responses"] = problems | told
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(of_fastapi, None)


def _bodies(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address and method of each route that reads a body by a dependency, and what it takes."""
    for one in iter_route_contexts(app.routes):
        route = one.original_route
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        reading: list[object] = [found.call for found in route.dependant.dependencies]
        for read in reading:
            if isinstance(read, ReadsBody):
                yield from ((str(one.path), method.lower(), read.request_body) for method in route.methods or ())


def _statuses(path: str, method: str, app: DescribedApp) -> Iterator[S]:
    yield from _OF_ALL
    if app.rate_limited and BY_CODE.fullmatch(path):
        yield S.TOO_MANY_REQUESTS
    if path not in app.public:
        yield from _OF_OFFICIALS
    if method != "get":
        yield from _OF_COMMANDS


def _problem(status: int) -> dict[str, Any]:
    """As a document, or as a page for a browser."""
    schema = {_REF: "#/components/schemas/ProblemDocument"}
    return {"description": REASONS[status], "content": {PROBLEM: {"schema": schema}, **_HTML}}


def file_of(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: a file, of one of these types."""
    return {200: {"description": "berkas itu sendiri", "content": _files(*media_types)}}


def _files(*media_types: str) -> dict[str, Any]:
    return {one: {"schema": _BINARY} for one in media_types}


def page_or(media_type: str) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: beside its JSON and its page it has a file, for who asks for it."""
    return {200: {"content": {**_HTML, **_files(media_type)}}}


def unknown(model: Any) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: it tells in its own words (`model`) that there is nothing, with 404."""
    return {404: {"model": model, "description": REASONS[S.NOT_FOUND], "content": _HTML}}


def body_of(model: type[BaseModel], *, files: bool = False) -> dict[str, Any]:
    """`requestBody`: this model as JSON; `files`: or in the part `data` of a form, with files."""
    return {"content": {"application/json": {"schema": schema_of(model)}, **(_form(model) if files else {})}}


def table_of(model: type[BaseModel], *bare: str) -> dict[str, Any]:
    """`requestBody`: one file in a form, and this model in its part `data`; `bare`: or the file itself, so typed."""
    return {"required": True, "content": _form(model) | _files(*bare)}


def _form(model: type[BaseModel]) -> dict[str, Any]:
    """A form whose parts are files, each under a name of its own, but for `data`."""
    schema = {"type": "object", "properties": {"data": schema_of(model)}, "additionalProperties": _BINARY}
    return {"multipart/form-data": {"schema": schema, "encoding": {"data": {"contentType": "application/json"}}}}


def problems(statuses: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """A route's `responses`: all statuses of the problem documents of BPJS's contract, and what each means."""
    content = {PROBLEM: {"schema": schema_of(BpjsProblem)}, **_HTML}
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": says, "content": content} for status, says in statuses.items()
    }
    if S.TOO_MANY_REQUESTS in described:
        described[S.TOO_MANY_REQUESTS]["headers"] = RETRY_AFTER
    return described


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
