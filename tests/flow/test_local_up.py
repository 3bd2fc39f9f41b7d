"""`jejak up`, from the first line it prints to the last: a real installation on free ports with data of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from jejak.platform.settings import parse_env_file
from jejak_local.files import free_port, wait_until
from tests.processes import command, gone, tree
from tests.servers import run, scratch_folder
from tests.waits import PATIENCE


@dataclass
class Up:
    """A running `jejak up`, in a process group of its own as a terminal's foreground job is."""

    data: Path
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def read_until(self, pattern: str) -> re.Match[str]:
        """Reads its lines until one matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if match := re.search(pattern, line):
                return match
        raise AssertionError("it ended before that:\n" + "".join(self.output))

    def env(self) -> dict[str, str]:
        return parse_env_file((self.data / "env").read_text(encoding="utf-8"))

    def press_ctrl_c(self) -> str:
        """Interrupts the whole foreground group; returns what is printed from then on."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest, _ = self.process.communicate()
        return rest


@contextmanager
def jejak_up(data: Path) -> Iterator[Up]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    command = [str(Path(sys.executable).parent / "jejak"), "up", "--data", str(data), "--port", str(free_port())]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=own, start_new_session=True
    ) as process:
        try:
            yield Up(data, process)
        finally:
            started = tree(process.pid)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            # Its servers are ended by their guards, and write into the folder until then.
            assert wait_until(lambda: all(map(gone, started)), seconds=PATIENCE)


def processes_of(up: Up) -> dict[int, str]:
    """All that it has started and that lives, by pid, with what each runs."""
    return {pid: command(pid) for pid in tree(up.process.pid)}


def pid_of(up: Up, service: str) -> int:
    """Of a service that runs, or is about to."""

    def pids() -> list[int]:
        return [pid for pid, words in processes_of(up).items() if words.endswith(f"-m {service}")]

    assert wait_until(lambda: bool(pids()), seconds=PATIENCE), processes_of(up)
    return pids()[0]


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=PATIENCE) as answer:  # noqa: S310 - an address of our own
            return bool(answer.status == 200)
    except OSError:
        return False


async def mark(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    await connection.close()


async def marked(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT n = 7 FROM kept"))
    finally:
        await connection.close()


async def trusted(url: str) -> list[str]:
    """Whose keys messages for BPJS are encrypted to."""
    connection = await asyncpg.connect(url)
    try:
        return [row["consumer"] for row in await connection.fetch("SELECT consumer FROM bpjs.consumer_key")]
    finally:
        await connection.close()


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch_folder("up") as folder:
        yield folder


def test_an_installation_starts_heals_itself_stops_quietly_and_keeps_its_data(data: Path) -> None:
    with jejak_up(data) as up:
        address = up.read_until(r"Jejak answers at (http://\S+)").group(1)
        env = up.env()
        services = json.loads(env["JEJAK_SERVICES"])
        assert ready(address)
        assert all(ready(url) for url in services.values())
        assert stat.S_IMODE((data / "env").stat().st_mode) == 0o600
        run(mark(env["JEJAK_DATABASE_URL"]))

        assert run(trusted(env["JEJAK_DATABASE_URL"])) == ["simulator"]
        assert stat.S_IMODE(Path(env["JEJAK_BPJS_SIMULATOR_KEY"]).stat().st_mode) == 0o600
        os.kill(pid_of(up, "jejak_tools.simulators.bpjs"), signal.SIGKILL)
        up.read_until("jejak_tools.simulators.bpjs ended with status 137; starting it again")

        killed = pid_of(up, "approval")
        os.kill(killed, signal.SIGKILL)
        up.read_until("approval ended with status 137; starting it again")
        assert wait_until(lambda: ready(services["approval"]), seconds=PATIENCE)
        assert pid_of(up, "approval") != killed

        running = processes_of(up)
        assert up.press_ctrl_c() == "stopped\n"
        assert up.process.returncode == 0
        assert all(map(gone, running))
        assert not (data / "env").exists()

    with jejak_up(data) as up:
        up.read_until("Jejak answers at")
        assert run(marked(up.env()["JEJAK_DATABASE_URL"]))
        assert run(trusted(up.env()["JEJAK_DATABASE_URL"])) == ["simulator"]
        assert pid_of(up, "jejak_tools.simulators.bpjs")

        running = processes_of(up)
        os.kill(up.process.pid, signal.SIGKILL)
        assert wait_until(lambda: all(map(gone, running)), seconds=PATIENCE)


def test_two_installations_do_not_share_their_data(data: Path) -> None:
    with jejak_up(data) as first:
        first.read_until("PostgreSQL runs")
        with jejak_up(data) as second:
            second.read_until("another `jejak up` runs on the data in")
            assert second.process.wait() == 1
