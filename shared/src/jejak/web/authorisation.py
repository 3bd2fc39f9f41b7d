"""What a route depends on: who asks, the case of its address, the command as it was sent.

All are FastAPI dependencies. Each knows who asks before it reads a byte of the body or tells anything of a case; in a
route's parameters the command therefore stands in the place of a body.
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
from jejak.procedure.kantor import Kantor, Official
from jejak.web.http_app import MAX_VALUES, File, parse_command
from jejak.web.openapi.route_descriptions import body_of, table_of
from jejak.web.requests.bodies import UPLOAD_BYTES, form_of, may_send
from jejak.web.runtime import Runtime

type CaseName = Annotated[str, Path(max_length=60, description="Nomor berkas atau kode pada tanda terima")]


class Requester(NamedTuple):
    """The official, his office's file in force, and the instant he asks."""

    actor: Actor
    official: Official
    office: Kantor
    now: datetime


class SentCommand[B: BaseModel](NamedTuple):
    """A command: the request, what its body says, and the files beside it."""

    asked: CommandRequest
    body: B
    files: list[File]


def runtime_of(request: Request) -> Runtime:
    """What the service of this request works with (`jejak.service.application`)."""
    found: Runtime = request.app.state.runtime
    return found


async def actor(request: Request) -> Actor:
    """The official who asks. Problem 401 without a token that holds."""
    return runtime_of(request).gate.actor(request)


type ByActor = Annotated[Actor, Depends(actor)]


async def requester_of(runtime: Runtime, request: Request) -> Requester:
    """Problem 401 without a token that holds; NotYours for a post that is not held today."""
    who = runtime.gate.actor(request)
    now = await runtime.store.now()
    office = await runtime.procedures.kantor(who.office, now)
    return Requester(who, check_post(office, who, now), office, now)


async def requester(request: Request) -> Requester:
    """Who asks for a list or for figures: an official in a post that he holds today, by his office's kantor file."""
    return await requester_of(runtime_of(request), request)


type ByRequester = Annotated[Requester, Depends(requester)]


async def own_case(case: uuid.UUID, who: ByActor, request: Request) -> LoadedCase:
    """The case of the address, for an official who may see it. Missing for none; NotYours for another's."""
    opened = await runtime_of(request).command_handler.load(case)
    check_office(opened, who)
    return opened


type OwnCase = Annotated[LoadedCase, Depends(own_case)]


async def empty_command(request: Request) -> CommandRequest:
    """A command that says nothing but that it be done."""
    return await runtime_of(request).gate.empty(request)


type EmptyCommand = Annotated[CommandRequest, Depends(empty_command)]


async def uploader(who: ByActor, request: Request) -> Actor:
    """As `actor`, of a route that takes a list or documents."""
    may_send(request, UPLOAD_BYTES)
    return who


type ByUploader = Annotated[Actor, Depends(uploader)]


@dataclass(frozen=True, slots=True)
class sent_command[B: BaseModel]:  # noqa: N801 - stands where a function would, in `Depends(sent(Model))`
    """The command of a route whose body is this model; `files` and `values` as `RequestGate.take` has them."""

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
    """Nothing is said beside a file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class UploadedTable[B: BaseModel](NamedTuple):
    """A list as a file: who sends it, what is said beside it, and its bytes."""

    actor: Actor
    body: B
    data: bytes


@dataclass(frozen=True, slots=True)
class uploaded_table[B: BaseModel]:  # noqa: N801 - as `sent`
    """The one file of a form, beside this model in its part `data`; `bare`: or the file as the body, in these types.

    Malformed for anything else.
    """

    model: type[B]
    bare: tuple[str, ...] = ()

    @property
    def request_body(self) -> dict[str, Any]:
        return table_of(self.model, *self.bare)

    async def __call__(self, who: ByUploader, request: Request) -> UploadedTable[B]:
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
class service_query[B: BaseModel]:  # noqa: N801 - as `sent`
    """What the one service of ours asks that is let in, by its token (`jejak.web.access.service_tokens`)."""

    model: type[B]
    only: str

    @property
    def request_body(self) -> dict[str, Any]:
        return body_of(self.model)

    async def __call__(self, request: Request) -> B:
        runtime_of(request).gate.check_service(request, self.only)
        return parse_command(self.model, await request.body())


def optional_actor(runtime: Runtime, request: Request) -> Actor | None:
    """Who asks, if a token is given. Problem 401 for one that does not hold: a browser gives none that has ended."""
    return runtime.gate.actor(request) if "authorization" in request.headers else None
