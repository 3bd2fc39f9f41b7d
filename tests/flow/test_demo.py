"""`jejak demo` as a user runs it: whole cases played, everything checked, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jejak_local.files import wait_until
from jejak_tools.stories import STORIES
from tests.processes import started_with
from tests.servers import scratch_folder
from tests.waits import PATIENCE

COLUMNS = 140


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the demo makes its temporary data."""
    with scratch_folder("demo") as found:
        yield found


def started(folder: Path) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).parent / "jejak"), "demo"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "JEJAK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        start_new_session=True,
    )


def test_the_demo_tells_every_story_and_finds_ledger_and_kafka_the_same(folder: Path) -> None:
    with started(folder) as demo:
        output, complaints = demo.communicate()
    assert (demo.returncode, complaints) == (0, "")
    lines = output.splitlines()
    assert re.fullmatch(
        rf"{len(STORIES)} stories, \d+ cases and batches, \d+ events: every chain holds; "
        r"Kafka has every case: 0 lost, 0 doubled, 0 out of order, 0 changed;\n"
        r"BPJS has every submission: 0 lost, 0 doubled, 0 out of order, 0 changed; \d+ s",
        "\n".join(lines[-2:]),
    )
    assert [story.judul for story in STORIES if f"── {story.judul} ─" not in output] == []
    assert [line for line in lines if len(line) > COLUMNS] == []
    # Three weeks and two minutes: within the sheet's three, beyond the office's own limit.
    assert re.search(r"kabid-1 +13hk 45m +2m +13hk 47m +3 menit ✓ +✗", output)
    # Accepted twice, and then rejected: the first stands, an official sees the others.
    head = next(number for number, line in enumerate(lines) if "Jawaban BPJS yang menunggu petugas" in line)
    assert [line.split()[:2] for line in lines[head + 1 : head + 4]] == [
        ["diterima", "berulang"],
        ["ditolak", "bertentangan"],
        [],
    ]
    assert not started_with(str(folder))
    assert list(folder.iterdir()) == []


def test_ctrl_c_stops_everything_the_demo_started(folder: Path) -> None:
    with started(folder) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Dari loket sampai kartu aktif" in line:
                break
        assert started_with(str(folder)), demo.communicate()
        os.killpg(demo.pid, signal.SIGINT)
        rest, complaints = demo.communicate()
    assert (demo.returncode, complaints) == (130, "")
    assert rest.endswith("stopped\n")
    assert wait_until(lambda: not started_with(str(folder)), seconds=PATIENCE)
    assert list(folder.iterdir()) == []
