"""Files are judged at once while that is little work, however small they are; other work is a process of its own."""

from __future__ import annotations

import asyncio
import io
import threading
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import Request
from pypdf import PdfWriter

from jejak.contracts.task_bodies import Body
from jejak.platform.errors import Problem
from jejak.uploads.apart import QUICK, inspected
from jejak.uploads.inspection import JPEG, PDF, PNG, inspect
from jejak.uploads.parsing import DOCUMENTS
from jejak.uploads.work import TooMuchWorkError, Work
from jejak.web.http_app import MAX_FILES, create_app
from jejak_tools import papers
from tests.unit.intake.test_uploads import URI, chunk, jpeg, pdf, png, segment, stream
from tests.unit.web.test_bodies import DOOR, TOKEN

SMALL = 128 * 1024
SCAN = jpeg(comment=b"kamera" * 1_000)[:-2] + bytes(60_000) + b"\xff\xd9"


def written() -> bytes:
    """Pages as an office's own program writes them."""
    writer = PdfWriter()
    for _ in range(10):
        writer.add_blank_page(595, 842)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def objects(content: bytes) -> bytes:
    """A PDF with one stream of objects."""
    return pdf([stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlib.compress(content, 9))])


def revised(times: int) -> bytes:
    """A PDF that was saved so many times, and said much each time where its references end."""
    data, before = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n", b""
    for _ in range(times):
        place = len(data)
        data += b"xref\ntrailer\n<< /Root 1 0 R %s /A (%s) >>\nstartxref\n" % (before, b" " * 1_000)
        before = b"/Prev %d" % place
    return data + b"%d\n%%%%EOF\n" % place


ORDINARY = {
    "pdf": papers.pdf("surat", "Surat").data,
    "pdf-of-another-program": written(),
    "pdf-of-a-scan": pdf([stream(b"/Subtype /Image /Width 800 /Height 900 /Filter /DCTDecode", SCAN)]),
    "pdf-of-packed-objects": objects(b"4 0 " + b"<< /Type /Font >> " * 1_000),
    "pdf-that-opens-at-a-page": pdf([b"<< /OpenAction 5 0 R >>", b"<< /S /GoTo /D [3 0 R /Fit] >>"]),
    "jpeg": SCAN,
    "png": png(extra=chunk(b"tEXt", b"Comment\0kamera")),
}
HOSTILE = {
    "pdf-that-unpacks": objects(b"4 0 " * 250_000),
    "pdf-that-unpacks-to-a-script": objects(b"4 0 " + b" " * 1_000_000 + b"<< /JS (app.alert(1)) >>"),
    "pdf-that-unpacks-to-too-much": objects(bytes(33 << 20)),
    "pdf-of-objects": pdf([b"<<>>"] * 2_000),
    "pdf-of-streams": pdf([stream(b"/A 1", b"x")] * 1_000),
    "pdf-of-escapes": pdf([b"(" + b"#41" * 10_000 + b")"]),
    "pdf-of-references": revised(60),
    "pdf-of-actions": pdf([b"/AA<<>>" * 90]),
    "pdf-of-an-action": pdf([b"<< /OpenAction " + URI + b" >>", b"(" + b" " * QUICK + b")"]),
    "jpeg-of-segments": jpeg()[:2] + segment(0xE0, b"") * 10_000 + jpeg()[2:],
    "jpeg-before-something": jpeg() + b"<!doctyp" * (QUICK // 8),
    "png-of-chunks": png(extra=chunk(b"abcd", b"") * 5_000),
    "png-of-words": png(extra=chunk(b"tEXt", b"<iframe"[:6] * (QUICK // 6))),
}


@asynccontextmanager
async def no_place() -> AsyncIterator[None]:
    """While every place for a process is taken, and every place in line: who needs one is told to come again."""
    go_on, held = threading.Event(), list[asyncio.Task[bool]]()
    while not any(one.done() for one in held):
        held.append(asyncio.create_task(DOCUMENTS.run(go_on.wait)))
        await asyncio.sleep(0)
    try:
        yield
    finally:
        go_on.set()
        *_, last = await asyncio.gather(*held, return_exceptions=True)
    assert isinstance(last, Problem)


async def judged(data: bytes) -> str:
    """What becomes of a file that comes alone: its type, or the refusal in full."""
    try:
        return await inspected(data, "", Work(QUICK))
    except Problem as problem:
        return f"{problem.status} {problem.code} {problem.detail}"


@pytest.mark.parametrize("name", ORDINARY)
async def test_an_ordinary_document_is_judged_without_a_process(name: str) -> None:
    async with no_place():
        assert await judged(ORDINARY[name]) in {PDF, JPEG, PNG}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_small_document_that_is_much_work_is_left_to_a_process(name: str) -> None:
    assert len(HOSTILE[name]) < SMALL
    async with no_place():
        assert (await judged(HOSTILE[name])).startswith("503 antrean_penuh ")


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_process_says_of_a_document_what_is_said_at_once(name: str) -> None:
    try:
        found = inspect(HOSTILE[name])
    except Problem as problem:
        found = f"{problem.status} {problem.code} {problem.detail}"
    assert await judged(HOSTILE[name]) == found


async def sent(*documents: bytes) -> int:
    """The status of the answer to a request with these documents."""

    async def ready() -> None:
        """Always ready."""

    app = create_app("contoh", "Layanan contoh.", ready)

    @app.post("/berkas")
    async def files(request: Request) -> int:
        return len((await DOOR.take(request, Body, files=True))[2])

    transport, headers = httpx.ASGITransport(app), {"Authorization": TOKEN}
    async with httpx.AsyncClient(transport=transport, base_url="http://contoh", headers=headers) as client:
        parts = [(f"D{number}", (f"{number}.pdf", data)) for number, data in enumerate(documents)]
        return (await client.post("/berkas", files=parts)).status_code


async def test_the_documents_of_a_request_share_what_may_be_done_at_once() -> None:
    ordinary, heavy = papers.pdf("surat", "Surat").data, pdf([b"<<>>"] * 200)
    async with no_place():
        assert await sent(*[ordinary] * MAX_FILES) == 200
        assert await sent(heavy) == 200
        assert await sent(*[heavy] * MAX_FILES) == 503


def test_a_document_that_is_left_to_a_process_takes_nothing_from_those_after_it() -> None:
    work = Work(QUICK)
    with pytest.raises(TooMuchWorkError):
        inspect(jpeg() + bytes(4 * QUICK), "", work)
    assert inspect(SCAN, "", work) == JPEG
