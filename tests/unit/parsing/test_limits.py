"""A process that parses foreign bytes is held to its limits; its file is refused, and other files are answered."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from jejak.platform.errors import Malformed, Problem
from jejak.tables.files import UPLOADED, open_table
from jejak.tables.reading import ReadingError
from jejak.uploads.parsing import TABLES, DiedError, Limits, WorkerSlots, in_memory, parse_in_child
from jejak.web.http_app import create_app
from tests.unit.web.test_bodies import TOKEN
from tests.workbooks import stray_cell, workbook

ENDLESS = "berkas-tanpa-akhir"
WIDE = workbook({"Daftar": [["NIK"], ["1301011203850001"]]}, stray_cell("xfd1200", 1_200))
"""A workbook too small to be refused by its size, and larger than half a gigabyte as a table."""
REQUEST = {"headings": ["nik"], "delimiter": None, "sheet": None, "key": "NIK", "hint": "Beri judul.", "options": False}


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Path]:
    """A file that has no bytes yet and does not end."""
    path = tmp_path / ENDLESS
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


def count(source: Path | bytes, limits: Limits = UPLOADED) -> int:
    with open_table(source, {"nik"}, limits=limits) as table:
        return sum(1 for _ in table.rows)


def refused(source: Path | bytes, limits: Limits) -> int:
    """The end of a process that reads this table; the reader gets a sentence."""
    with capture_logs() as log, pytest.raises(ReadingError, match="terlalu besar atau terlalu rumit"):
        count(source, limits)
    [died] = [entry for entry in log if entry["event"] == "parser_died"]
    return int(died["status"])


def test_a_table_that_takes_more_than_its_memory_is_refused() -> None:
    assert len(WIDE) < 2_100
    assert refused(WIDE, UPLOADED) == -signal.SIGABRT


def test_a_table_that_takes_more_than_its_processor_time_is_refused() -> None:
    assert refused(b"NIK\n" + b"\n" * (20 << 20), replace(UPLOADED, cpu=1)) == -signal.SIGKILL


def test_a_table_that_keeps_its_reader_waiting_is_refused(endless: Path) -> None:
    assert refused(endless, replace(UPLOADED, wall=1)) == -signal.SIGALRM


def test_a_table_that_says_more_than_it_may_is_refused() -> None:
    assert refused(b"NIK\n" + b"1234567890\n" * 100_000, replace(UPLOADED, answer_bytes=100_000)) == -signal.SIGKILL


@pytest.mark.parametrize("rows", [[["NIK"], ["ab " * 11_000]], [["NIK", "ab " * 11_000], ["1"]]], ids=["row", "header"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_cell_longer_than_a_spreadsheet_can_hold_is_refused_by_its_row(kind: str, rows: list[list[str]]) -> None:
    source = workbook({"Daftar": rows}) if kind == "xlsx" else "\n".join(";".join(row) for row in rows).encode()
    with pytest.raises(ReadingError, match=f"^Baris {3 - len(rows[0])} memuat isian yang terlalu panjang"):
        count(source)


def test_a_cell_as_long_as_a_spreadsheet_can_hold_is_read() -> None:
    assert count(workbook({"Daftar": [["NIK", "Catatan"], ["1", "x" * 32_767]]})) == 1


def test_a_reader_may_pause_between_two_rows() -> None:
    rows = 200_000
    with open_table(b"NIK\n" + b"1234567890\n" * rows, {"nik"}, limits=replace(UPLOADED, wall=1)) as table:
        first = next(table.rows)
        time.sleep(2)  # the process has filled the pipe and waits for the reader, longer than its own clock runs
        assert (first, sum(1 for _ in table.rows)) == ((2, ["1234567890"]), rows - 1)


def test_a_reader_that_stops_leaves_no_process_behind(endless: Path) -> None:
    with endless.open("rb") as file, parse_in_child("jejak.tables.child", file, REQUEST, UPLOADED):
        [child] = children()
    assert not Path(f"/proc/{child}").exists()


def test_the_process_is_given_no_secret_of_the_service(endless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JEJAK_MASTER_KEY", "made up")
    with endless.open("rb") as file, parse_in_child("jejak.tables.child", file, REQUEST, UPLOADED):
        [child] = children()
        assert Path(f"/proc/{child}/environ").read_bytes() == b""


def children() -> list[int]:
    """The parser processes that this process has started, once they run their own program."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        tasks = Path("/proc/self/task").glob("*/children")
        pids = [int(pid) for task in tasks for pid in task.read_text().split()]
        parsers = [pid for pid in pids if b"jejak.tables.child" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        if parsers:
            return parsers
        time.sleep(0.01)
    raise AssertionError("no parser was started")


def test_nothing_of_a_table_lies_on_disk_when_its_reader_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    refused(WIDE, UPLOADED)
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_is_not_there_is_a_process_that_died() -> None:
    with (
        in_memory(b"x") as file,
        parse_in_child("jejak.tidak_ada", file, {}, UPLOADED) as messages,
        pytest.raises(DiedError),
    ):
        next(messages)


def test_a_process_that_dies_is_counted_by_how_it_died() -> None:
    def died(status: int) -> float:
        labels = {"module": "jejak.tables.child", "status": str(status)}
        return REGISTRY.get_sample_value("jejak_parsers_died_total", labels) or 0

    before = died(-signal.SIGABRT)
    refused(WIDE, UPLOADED)
    assert died(-signal.SIGABRT) == before + 1


async def test_of_many_at_once_a_few_are_read_some_wait_and_the_others_are_told_to_come_again() -> None:
    places, go_on = WorkerSlots(at_once=1, in_line=1), threading.Event()
    held = [asyncio.create_task(places.run(go_on.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as busy:
        await places.run(go_on.wait)
    assert (busy.value.status, busy.value.code) == (503, "antrean_penuh")
    assert busy.value.detail.endswith("lalu unggah lagi.")
    go_on.set()
    assert await asyncio.gather(*held) == [True, True]
    assert await places.run(go_on.wait)


async def test_a_sender_who_goes_away_while_in_line_gives_up_the_place() -> None:
    places, go_on = WorkerSlots(at_once=1, in_line=1), threading.Event()
    first, second = (asyncio.create_task(places.run(go_on.wait)) for _ in range(2))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    third = asyncio.create_task(places.run(go_on.wait))
    await asyncio.sleep(0)
    go_on.set()
    assert await first
    assert await third


@contextmanager
def service(endless: Path) -> Iterator[httpx.AsyncClient]:
    async def ready() -> None:
        """Always ready."""

    app = create_app("contoh", "Layanan contoh.", ready)

    @app.post("/daftar")
    async def listed() -> dict[str, int]:
        try:
            return {"baris": await TABLES.run(count, endless, replace(UPLOADED, wall=2))}
        except ReadingError as error:
            raise Malformed("berkas_tidak_terbaca", str(error)) from None

    yield httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://contoh", headers={"Authorization": TOKEN}
    )


async def test_others_are_answered_while_a_table_is_read(endless: Path) -> None:
    with service(endless) as client:
        sent = asyncio.create_task(client.post("/daftar"))
        await asyncio.to_thread(children)
        assert (await client.get("/health")).status_code == 200
        assert not sent.done()
        answer = await sent
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:berkas_tidak_terbaca")
