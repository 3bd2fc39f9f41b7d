"""The letters that wait for a signature, to be signed in one request; by pen each has its own scan."""

from fastapi import APIRouter

from jejak.procedure.office.signing import pen_posts
from jejak.web.authorisation import Requester
from jejak.web.pages import bulk_page
from jejak.web.pages.layout import Pages
from jejak.web.reading.waiting_tasks import SIGNATURES
from letters.signatures.remote_signing import RemoteSigning


def routes(pages: Pages, remote: RemoteSigning) -> APIRouter:
    """`GET /worklist/sign`."""

    async def way(requester: Requester) -> bulk_page.More:
        day = requester.office.calendar.local_date(requester.now)
        by_pen = requester.office.records_signature(requester.actor.post) or pen_posts(
            requester.office, [requester.actor.post], day
        )
        asked = () if by_pen else remote.asks(requester.office.kode)
        again = not (by_pen or requester.actor.fresh)
        return {"dengan_pena": by_pen, "masuk_lagi": again, "rahasia": next(iter(asked), None)}

    return bulk_page.routes(pages, "sign", SIGNATURES, "penandatanganan_sekaligus.html", way)
