"""Documents are inspected in reused processes; a document that ends its process is refused, and delays no other."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from fastapi import Request
from pypdf import PdfWriter
from structlog.testing import capture_logs

from jejak.contracts.task_bodies import Body
from jejak.platform.errors import Problem
from jejak.uploads import MAX_BYTES, MAX_FILES
from jejak.uploads.inspect_upload import LIMITS, Inspector, inspected
from jejak.uploads.inspection import JPEG, PDF, PNG, inspect
from jejak.uploads.parsing import DOCUMENTS, DiedError, in_memory
from jejak.web.http_app import create_app
from jejak_tools import papers
from tests.unit.intake.test_uploads import URI, chunk, jpeg, pdf, pdf_with_reference_stream, png, segment, stream
from tests.unit.web.test_bodies import DOOR, TOKEN

PHOTO = jpeg(comment=b"kamera" * 1_000)[:-2] + bytes(4 << 20) + b"\xff\xd9"
TOO_MUCH = pdf([b"[" + b"1 " * (4 << 20) + b"]"])
"""Millions of parts: qpdf needs a hundred times the file's size for them."""
TOO_COMPLEX = "422 berkas_terlalu_rumit "


def written() -> bytes:
    """Pages as office software writes them."""
    writer = PdfWriter()
    for _ in range(10):
        writer.add_blank_page(595, 842)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


DOCUMENTS_SENT = {
    "pdf": papers.pdf("surat", "Surat").data,
    "pdf-of-another-program": written(),
    "pdf-of-a-scan": pdf([stream(b"/Subtype /Image /Width 800 /Height 900 /Filter /DCTDecode", PHOTO)]),
    "pdf-of-packed-objects": pdf_with_reference_stream([], [b"<< /Type /Font >> "] * 1_000),
    "jpeg": PHOTO,
    "png": png(extra=chunk(b"tEXt", b"Comment\0kamera")),
    "pdf-that-unpacks-to-a-script": pdf_with_reference_stream([], [b" " * 1_000_000 + b"<< /JS (app.alert(1)) >>"]),
    "pdf-that-unpacks-to-too-much": pdf(
        [stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlib.compress(bytes(33 << 20)))]
    ),
    "pdf-of-objects": pdf([b"<<>>"] * 20_001),
    "pdf-of-an-action": pdf([b"<< /OpenAction " + URI + b" >>"]),
    "jpeg-of-segments": jpeg()[:2] + segment(0xE0, b"") * 20_001 + jpeg()[2:],
    "jpeg-before-something": jpeg() + b"<!doctype",
    "png-of-chunks": png(extra=chunk(b"abcd", b"") * 20_001),
    "too-large": bytes(MAX_BYTES + 1),
}


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[int]:
    """The descriptor of a file that has no bytes yet and does not end."""
    path = tmp_path / "berkas-tanpa-akhir"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


async def judged(data: bytes) -> str:
    """The result of a file: its type, or the refusal in full."""
    try:
        return "".join(await inspected([(data, "")]))
    except Problem as problem:
        return f"{problem.status} {problem.code} {problem.detail}"


@pytest.mark.parametrize("name", DOCUMENTS_SENT)
async def test_an_inspector_says_of_a_document_what_the_inspection_says(name: str) -> None:
    try:
        expected = inspect(DOCUMENTS_SENT[name])
    except Problem as problem:
        expected = f"{problem.status} {problem.code} {problem.detail}"
    assert await judged(DOCUMENTS_SENT[name]) == expected


@pytest.mark.parametrize("declared", [PDF, f"{PDF}; \0{'x' * 300_000}", "image/jpeg\ud800"])
async def test_what_a_document_was_sent_as_reaches_the_inspector(declared: str) -> None:
    with pytest.raises(Problem, match="jenis_berkas_tidak_sama"):
        await inspected([(PHOTO, declared)])


def inspected_by(inspector: Inspector, data: bytes) -> str:
    with in_memory(data) as file:
        return str(*inspector.inspect([file.fileno()], [""])["media_types"])


def ended(inspector: Inspector, data: bytes) -> int:
    """The end of a process that inspects this file."""
    with capture_logs() as lines, pytest.raises(DiedError):
        inspected_by(inspector, data)
    [died] = [line for line in lines if line["event"] == "parser_died"]
    assert not inspector.usable
    return int(died["status"])


def test_an_inspector_answers_one_request_after_the_other_until_it_is_to_be_replaced() -> None:
    with closing(Inspector(LIMITS, requests=3)) as inspector:
        kinds = [(inspected_by(inspector, data), inspector.usable) for data in (pdf(), jpeg(), png())]
    assert kinds == [(PDF, True), (JPEG, True), (PNG, False)]


def test_a_document_that_takes_more_than_its_memory_ends_the_inspector() -> None:
    with closing(Inspector()) as inspector:
        assert ended(inspector, TOO_MUCH) == -signal.SIGABRT


def test_a_document_that_takes_more_than_its_processor_time_ends_the_inspector() -> None:
    with closing(Inspector(LIMITS | {"memory": 4 << 30, "cpu": 1})) as inspector:
        assert ended(inspector, TOO_MUCH) == -signal.SIGPROF


def test_a_document_that_takes_too_long_ends_the_inspector(endless: int) -> None:
    with closing(Inspector(LIMITS | {"wall": 1})) as inspector:
        with pytest.raises(DiedError):
            inspector.inspect([endless], [""])
        assert not inspector.usable


async def test_the_sender_of_the_document_is_told_and_the_next_document_is_inspected() -> None:
    assert (await judged(TOO_MUCH)).startswith(TOO_COMPLEX)
    assert [await judged(data) for data in (pdf(), jpeg(), png())] == [PDF, JPEG, PNG]


def test_an_inspector_that_was_ended_while_idle_is_not_usable() -> None:
    with closing(Inspector()) as inspector:
        inspected_by(inspector, pdf())
        os.kill(inspector.pid, signal.SIGKILL)
        os.waitid(os.P_PID, inspector.pid, os.WEXITED | os.WNOWAIT)
        assert not inspector.usable


def test_an_inspector_is_given_no_secret_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JEJAK_MASTER_KEY", "made up")
    with closing(Inspector()) as inspector:
        inspected_by(inspector, pdf())
        assert Path(f"/proc/{inspector.pid}/environ").read_bytes() == b""


def test_an_inspector_ends_when_nothing_can_be_sent_to_it() -> None:
    inspector = Inspector()
    inspected_by(inspector, pdf())
    inspector.close()
    assert not Path(f"/proc/{inspector.pid}").exists()


@asynccontextmanager
async def no_slot() -> AsyncIterator[None]:
    """Every slot and every place in line is taken."""
    go_on, held = threading.Event(), list[asyncio.Task[bool]]()
    while not any(task.done() for task in held):
        held.append(asyncio.create_task(DOCUMENTS.run(go_on.wait)))
        await asyncio.sleep(0)
    try:
        yield
    finally:
        go_on.set()
        *_, last = await asyncio.gather(*held, return_exceptions=True)
    assert isinstance(last, Problem)


async def test_of_too_many_documents_at_once_the_last_are_told_to_come_again() -> None:
    async with no_slot():
        assert (await judged(pdf())).startswith("503 antrean_penuh ")
    assert await judged(pdf()) == PDF


async def test_the_documents_of_a_request_are_inspected() -> None:
    async def ready() -> None:
        """Always ready."""

    app = create_app("contoh", "Layanan contoh.", ready)

    @app.post("/berkas")
    async def files(request: Request) -> list[str]:
        return [file.media_type for file in (await DOOR.take(request, Body, files=True))[2]]

    transport, headers = httpx.ASGITransport(app), {"Authorization": TOKEN}
    async with httpx.AsyncClient(transport=transport, base_url="http://contoh", headers=headers) as client:
        parts = [(f"D{number}", (f"{number}.pdf", pdf())) for number in range(MAX_FILES)]
        assert (await client.post("/berkas", files=parts)).json() == [PDF] * MAX_FILES
        answer = await client.post("/berkas", files={"KTP": ("ktp.pdf", pdf([b"<< /S /JavaScript >>"]))})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:pdf_beraksi")
