"""The letters that wait for a signature, to be signed in one request; by pen each has its own scan."""

from fastapi import APIRouter

from jejak.web.authorisation import Requester
from jejak.web.pages import bulk_page
from jejak.web.pages.layout import Pages
from jejak.web.reading.waiting_tasks import SIGNATURES
from jejak.web.runtime import Runtime


def routes(runtime: Runtime) -> APIRouter:
    """`GET /worklist/sign`."""
    pages = Pages(runtime, __package__)
    return bulk_page.routes(pages, "sign", SIGNATURES, "penandatanganan_sekaligus.html", _by_pen)


async def _by_pen(asker: Requester) -> bulk_page.More:
    return {"dengan_pena": asker.office.tanda_tangan == "basah"}
