"""Who asks for a list or for figures: an official in a post that he holds today, by his office's kantor file."""

from datetime import datetime
from typing import NamedTuple

from fastapi import Request

from jejak.decision import Actor, check_post
from jejak.refusal import NotYours
from jejak.runtime import Runtime
from jejak.sop.kantor import Kantor, Official


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


async def office_asked(runtime: Runtime, request: Request, office: str | None) -> str:
    """Whose figures are asked for: the asker's own office's.

    NotYours for another office's, which name its officials, and for whoever sits in a kelurahan: figures are of all
    cases of an office.
    """
    actor, official, *_ = await asker_of(runtime, request)
    if official.wilayah is not None:
        raise NotYours("wilayah_lain", "Angka waktu mencakup berkas di luar wilayah Anda. Mintalah kepada dinas.")
    if office and office != actor.office:
        raise NotYours("kantor_lain", "Angka waktu ini milik kantor lain.")
    return actor.office
