"""Who asks for a list or for figures: an official in a post that he holds today, by his office's kantor file."""

from datetime import datetime
from typing import NamedTuple

from fastapi import Request

from jejak.cases.decision import Actor, check_post
from jejak.procedure.kantor import Kantor, Official
from jejak.web.runtime import Runtime


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
