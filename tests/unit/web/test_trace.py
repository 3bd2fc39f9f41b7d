"""A request is named in each of its lines, by ids that hold no value, and in what is handed on to other services."""

from __future__ import annotations

import re

import httpx
import pytest
import structlog
from fastapi import FastAPI

from jejak.platform.trace import Trace
from jejak.web.http_app import create_app
from jejak.web.pages.environment import environment
from jejak.web.requests.trace import handed_on

ID = "0190a0e2-7b1c-4c3e-9a55-0f6f5a1d2b3c"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
NIK = "1301014101850001"
_log = structlog.get_logger()


async def ready() -> None:
    """Always."""


def app() -> FastAPI:
    """A service that says what it would hand on."""
    made = create_app("contoh", "", ready)

    @made.get("/lanjut")
    async def lanjut() -> dict[str, str]:
        _log.info("inside")
        return dict(handed_on())

    return made


async def answered(headers: dict[str, str], path: str = "/lanjut") -> tuple[httpx.Response, list[str]]:
    """The answer, and the lines that were written meanwhile, as they are merged."""
    kept: list[str] = []

    def keep(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        kept.append(f"{line['event']} {line.get('request_id')} {line.get('trace_id')}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep], cache_logger_on_first_use=False)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://jejak") as http:
            return await http.get(path, headers=headers), kept
    finally:
        structlog.configure(**before)


async def test_what_a_request_brings_is_in_its_lines_in_its_answer_and_handed_on() -> None:
    answer, lines = await answered({"X-Request-Id": ID, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    assert lines == [f"inside {ID} {TRACE}", f"request {ID} {TRACE}"]
    assert answer.headers["x-request-id"] == ID
    assert answer.json()["x-request-id"] == ID
    assert re.fullmatch(rf"00-{TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{{16}}-01", answer.json()["traceparent"])
    assert handed_on() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Request-Id": NIK, "traceparent": f"00-{NIK}{NIK}-00f067aa0ba902b7"},
        {"X-Request-Id": f"{ID}\t{NIK}", "traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": f"ff-{TRACE}-00f067aa0ba902b7-01"},
    ],
)
async def test_without_ids_of_the_right_form_a_request_gets_its_own(headers: dict[str, str]) -> None:
    answer, lines = await answered(headers)

    own = answer.headers["x-request-id"]
    assert own != ID
    assert answer.json()["traceparent"].split("-")[1] == own.replace("-", "")
    assert lines[0] == f"inside {own} {own.replace('-', '')}"
    assert NIK not in " ".join(lines)


async def test_a_page_that_says_what_went_wrong_ends_with_the_code_that_finds_it_in_the_log() -> None:
    answer, lines = await answered({"Accept": "text/html", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "/salah")

    assert answer.status_code == 404
    assert "Kode halaman: <code>4bf92f35</code>" in answer.text
    assert lines[-1].endswith(f" {TRACE}")


def test_every_page_ends_with_the_code_of_its_request_and_one_that_answers_none_with_no_code() -> None:
    page = environment().from_string("{% extends 'dasar.html' %}{% block judul %}Contoh{% endblock %}")

    with Trace(TRACE, "00f067aa0ba902b7").bound():
        assert "Kode halaman: <code>4bf92f35</code>" in page.render()
    assert "Kode halaman" not in page.render()
