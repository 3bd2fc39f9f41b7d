"""FastAPI dependencies of routes: the official who sends a request, the case of the address, the command in the body.

Each verifies the sender before it reads a byte of the body or shows anything of a case; a route therefore takes its
command as a dependency and not as a FastAPI body.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import UploadFile

from jejak.cases.decision import Actor, CommandRequest, LoadedCase, check_office, check_post
from jejak.platform.errors import Malformed
from jejak.procedure.office.kantor import Kantor
from jejak.procedure.office.officials import Official
from jejak.web.http_app import MAX_VALUES, File, parse_command
from jejak.web.openapi.route_descriptions import body_of, table_of
from jejak.web.requests.bodies import UPLOAD_BYTES, form_of, may_send
from jejak.web.runtime import Runtime

type CaseName = Annotated[str, Path(max_length=60, description="Nomor berkas atau kode pada tanda terima")]


class Requester(NamedTuple):
    """The official who sends a request, his office's kantor file in force, and the instant of the request."""

    actor: Actor
    official: Official
    office: Kantor
    now: datetime

    @property
    def areas(self) -> list[str] | None:
        """The kelurahan or kecamatan the official is limited to today, merged ones too; None for the whole office."""
        areas = self.office.areas_of(self.official, self.office.calendar.local_date(self.now))
        return None if areas is None else list(areas)


class SentCommand[B: BaseModel](NamedTuple):
    """A command: the request, its parsed body, and its files."""

    request: CommandRequest
    body: B
    files: list[File]


def runtime_of(request: Request) -> Runtime:
    """The runtime of the service that serves this request (`jejak.service.application`)."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def actor(request: Request) -> Actor:
    """The official who sends the request. Problem 401 without a valid token."""
    return await runtime_of(request).gate.actor(request)


type ByActor = Annotated[Actor, Depends(actor)]


async def requester_of(runtime: Runtime, request: Request) -> Requester:
    """The official who reads lists or figures, in a post held today by the kantor file.

    Problem 401 without a valid token; NotYours for a post that is not held today.
    """
    who = await runtime.gate.actor(request)
    now = await runtime.store.now()
    office = await runtime.procedures.kantor(who.office, now)
    return Requester(who, check_post(office, who, now), office, now)


async def requester(request: Request) -> Requester:
    """`requester_of` as a dependency."""
    return await requester_of(runtime_of(request), request)


type ByRequester = Annotated[Requester, Depends(requester)]


async def own_case(case: uuid.UUID, who: ByActor, request: Request) -> LoadedCase:
    """The case of the address, for an official who may see it. Missing for none; NotYours for another office's."""
    loaded = await runtime_of(request).command_handler.load(case)
    check_office(loaded, who)
    return loaded


type OwnCase = Annotated[LoadedCase, Depends(own_case)]


async def empty_command(request: Request) -> CommandRequest:
    """A command without fields."""
    return await runtime_of(request).gate.empty(request)


type EmptyCommand = Annotated[CommandRequest, Depends(empty_command)]


@dataclass(frozen=True, slots=True)
class sent_command[B: BaseModel]:  # noqa: N801 - reads as a function in `Depends(sent_command(Model))`
    """The command of a route whose body is this model; `files` and `values` as in `RequestGate.take`."""

    model: type[B]
    files: bool = False
    values: int = MAX_VALUES

    @property
    def request_body(self) -> dict[str, Any]:
        return body_of(self.model, files=self.files)

    async def __call__(self, request: Request) -> SentCommand[B]:
        return SentCommand(
            *await runtime_of(request).gate.take(request, self.model, files=self.files, values=self.values)
        )


class NoFields(BaseModel):
    """The body beside a file that needs no fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class UploadedTable[B: BaseModel](NamedTuple):
    """A list as a file: its sender, the fields beside it, and its bytes."""

    actor: Actor
    body: B
    data: bytes


@dataclass(frozen=True, slots=True)
class uploaded_table[B: BaseModel]:  # noqa: N801 - as `sent_command`
    """The only file of a form, with this model in the part `data`; `bare`: media types taken as the body itself.

    Malformed for anything else.
    """

    model: type[B]
    bare: tuple[str, ...] = ()

    @property
    def request_body(self) -> dict[str, Any]:
        return table_of(self.model, *self.bare)

    async def __call__(self, who: ByActor, request: Request) -> UploadedTable[B]:
        may_send(request, UPLOAD_BYTES)
        if self.bare and not request.headers.get("content-type", "").startswith("multipart/form-data"):
            return UploadedTable(who, parse_command(self.model, b""), await request.body())
        wrong = Malformed("satu_berkas", "Sertakan tepat satu berkas daftar, CSV atau XLSX.")
        parts = (await form_of(request, wrong, max_files=1, max_fields=2)).multi_items()
        files = [part for _, part in parts if isinstance(part, UploadFile)]
        texts = {name: part for name, part in parts if isinstance(part, str)}
        if len(files) != 1 or not texts.keys() <= {"data"}:
            raise wrong
        return UploadedTable(who, parse_command(self.model, texts.get("data", "").encode()), await files[0].read())


@dataclass(frozen=True, slots=True)
class service_query[B: BaseModel]:  # noqa: N801 - as `sent_command`
    """The query of the service `only`, which its token names (`jejak.web.access.service_tokens`)."""

    model: type[B]
    only: str

    @property
    def request_body(self) -> dict[str, Any]:
        return body_of(self.model)

    async def __call__(self, request: Request) -> B:
        runtime_of(request).gate.check_service(request, self.only)
        return parse_command(self.model, await request.body())


async def optional_actor(runtime: Runtime, request: Request) -> Actor | None:
    """The official of a request with a token, else None. Problem 401 for a wrong token; browsers send no ended one."""
    return await runtime.gate.actor(request) if "authorization" in request.headers else None
