"""Who asks: for a case anybody; for a list or for figures an official in a post that he holds today."""

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Path, Request

from jejak.cases.decision import Actor, check_post
from jejak.procedure.kantor import Kantor, Official
from jejak.web.runtime import Runtime

type CaseName = Annotated[str, Path(max_length=60, description="Nomor berkas atau kode pada tanda terima")]


class Asker(NamedTuple):
    """The official, his office's file in force, and the instant he asks."""

    actor: Actor
    official: Official
    office: Kantor
    now: datetime


async def asker_of(runtime: Runtime, request: Request) -> Asker:
    """Problem 401 without a token that holds; NotYours for a post that is not held today."""
    actor = runtime.door.actor(request)
    now = await runtime.store.now()
    office = await runtime.books.kantor(actor.office, now)
    return Asker(actor, check_post(office, actor, now), office, now)


def asker(runtime: Runtime, request: Request) -> Actor | None:
    """Who asks, if a token is given. Problem 401 for one that does not hold: a browser gives none that has ended."""
    return runtime.door.actor(request) if "authorization" in request.headers else None
