"""OpenAPI of routes: the bodies that dependencies read, pages, files, and every status of an answer."""

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
"""Why a request is not carried out, by status."""
_OF_ALL: Final = (
    *(S.NOT_FOUND, S.CONFLICT, S.UNPROCESSABLE_ENTITY, S.SERVICE_UNAVAILABLE),
    *(S.REQUEST_ENTITY_TOO_LARGE, S.UNSUPPORTED_MEDIA_TYPE),
)
"""409 of a GET: the case exists and cannot be read. 413 and 415 precede every route."""
_OF_OFFICIALS: Final = (S.UNAUTHORIZED, S.FORBIDDEN)
_OF_COMMANDS: Final = (S.PRECONDITION_FAILED,)

PAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": _HTML}}
"""The `responses` of a route that answers browsers with a page."""


@runtime_checkable
class ReadsBody(Protocol):
    """A dependency that reads the body, and describes it as OpenAPI's `requestBody`."""

    @property
    def request_body(self) -> dict[str, Any]: ...


class DescribedApp(FastAPI):
    """An application whose OpenAPI names every status.

    `public`: the addresses without a token. `rate_limited`: guessing codes is answered 429.
    """

    public: Collection[str] = ()
    rate_limited: bool = False

    def openapi(self) -> dict[str, Any]:
        """The document, built once."""
        if self.openapi_schema is None:
            document = super().openapi()
            _complete(document, self)
            for path, method, body in _bodies(self):
                document["paths"][path][method]["requestBody"] = body
        return super().openapi()


def _complete(document: dict[str, Any], app: DescribedApp) -> None:
    """Add the problems of each operation. An operation that names its 503 (contract with BPJS) names all of its own."""
    document.setdefault("components", {}).setdefault("schemas", {})["ProblemDocument"] = schema_of(ProblemDocument)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            if str(S.SERVICE_UNAVAILABLE.value) not in responses:
                responses.pop(str(S.UNPROCESSABLE_ENTITY.value), None)  # of FastAPI; the services answer otherwise
                problems = {str(int(status)): _problem(status) for status in _statuses(path, method, app)}
                operation["responses"] = problems | responses
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(of_fastapi, None)


def _bodies(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address, method and `requestBody` of each route that reads its body by a dependency."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema:
            for dependency in route.dependant.dependencies:
                reader: object = dependency.call
                if isinstance(reader, ReadsBody):
                    for method in route.methods or ():
                        yield str(context.path), method.lower(), reader.request_body


def _statuses(path: str, method: str, app: DescribedApp) -> Iterator[S]:
    yield from _OF_ALL
    if app.rate_limited and BY_CODE.fullmatch(path):
        yield S.TOO_MANY_REQUESTS
    if path not in app.public:
        yield from _OF_OFFICIALS
    if method != "get":
        yield from _OF_COMMANDS


def _problem(status: int) -> dict[str, Any]:
    """A problem as a document, or as a page for a browser."""
    schema = {_REF: "#/components/schemas/ProblemDocument"}
    return {"description": REASONS[status], "content": {PROBLEM: {"schema": schema}, **_HTML}}


def file_of(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with a file of one of these types."""
    return {200: {"description": "berkas itu sendiri", "content": _files(*media_types)}}


def _files(*media_types: str) -> dict[str, Any]:
    return {media_type: {"schema": _BINARY} for media_type in media_types}


def page_or(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that answers with JSON, a page, or a file of this type."""
    return {200: {"content": {**_HTML, **_files(media_type)}}}


TOO_OFTEN: Final[dict[int | str, dict[str, Any]]] = {429: _problem(S.TOO_MANY_REQUESTS)}
"""The `responses` of a route that counts its requests by network."""


def unknown(model: Any) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose 404 has a body of its own (`model`)."""
    return {404: {"model": model, "description": REASONS[S.NOT_FOUND], "content": _HTML}}


def body_of(model: type[BaseModel], *, files: bool = False) -> dict[str, Any]:
    """`requestBody`: this model as JSON; with `files` also in the part `data` of a form with files."""
    return {"content": {"application/json": {"schema": schema_of(model)}, **(_form(model) if files else {})}}


def table_of(model: type[BaseModel], *bare: str) -> dict[str, Any]:
    """`requestBody`: a form with one file and this model in its part `data`; `bare`: media types of the file alone."""
    return {"required": True, "content": _form(model) | _files(*bare)}


def _form(model: type[BaseModel]) -> dict[str, Any]:
    """A form with this model in the part `data`; all other parts are files."""
    schema = {"type": "object", "properties": {"data": schema_of(model)}, "additionalProperties": _BINARY}
    return {"multipart/form-data": {"schema": schema, "encoding": {"data": {"contentType": "application/json"}}}}


def problems(statuses: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route of the contract with BPJS: the problem documents, with the meaning of each status."""
    content = {PROBLEM: {"schema": schema_of(BpjsProblem)}, **_HTML}
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": meaning, "content": content} for status, meaning in statuses.items()
    }
    if S.TOO_MANY_REQUESTS in described:
        described[S.TOO_MANY_REQUESTS]["headers"] = RETRY_AFTER
    return described


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The model's schema without references, which OpenAPI would resolve in another place: each part is written out."""
    schema = model.model_json_schema()
    parts = schema.pop(_DEFS, {})

    def inlined(node: Any) -> Any:
        if isinstance(node, list):
            return [inlined(item) for item in node]
        if not isinstance(node, dict):
            return node
        part = parts[node[_REF].removeprefix(f"#/{_DEFS}/")] if _REF in node else {}
        return {name: inlined(value) for name, value in (part | node).items() if name != _REF}

    return {name: inlined(value) for name, value in schema.items()}
