"""The letters that wait for a paraf, to be initialled with one request."""

from typing import Final

from fastapi import APIRouter

from jejak.web.askers import Asker
from jejak.web.pages import several
from jejak.web.pages.layout import Pages
from jejak.web.reading.waiting import WORKLIST
from jejak.web.runtime import Runtime

PARAFS: Final = WORKLIST.replace("WHERE", "WHERE d.tugas = 'paraf' AND")


def routes(runtime: Runtime) -> APIRouter:
    """`GET /worklist/paraf`."""
    return several.routes(Pages(runtime, __package__), "paraf", PARAFS, "paraf_sekaligus.html", _nothing)


async def _nothing(_: Asker) -> several.More:
    return {}
