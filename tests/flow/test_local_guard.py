"""No server outlives whoever started it, however that one ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jejak_local.files import wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec
from tests.servers import scratch_folder
from tests.waits import PATIENCE

STARTS_BOTH = """
import json, pathlib, sys
from jejak_local import kafka, postgres
folder = pathlib.Path(sys.argv[1])
servers = postgres.Postgres(folder / "postgres"), kafka.Kafka(folder / "kafka")
print(json.dumps([server.pid for server in servers]), flush=True)
sys.stdin.read()
"""
# Starts a grandchild in a session of its own, as PostgreSQL's backends are, and says both pids.
A_FAMILY = """
import os, subprocess, sys
waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
grandchild = subprocess.Popen(waits, stdin=subprocess.PIPE, start_new_session=True)
print(os.getpid(), grandchild.pid, flush=True)
grandchild.wait()
"""
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.sigwait({signal.SIGUSR1})
"""


def gone(pid: int) -> bool:
    """Whether no process has this pid any more; one that has ended and was not yet collected is gone, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def guarded(code: str, folder: Path, grace: float = 10.0) -> GuardedProcess:
    return GuardedProcess(Spec((sys.executable, "-c", code), str(folder / "log"), grace=grace))


def said_by(process: GuardedProcess) -> str:
    assert wait_until(lambda: process.last_lines().strip() != "", seconds=PATIENCE), "it said nothing"
    return process.last_lines()


def test_killing_the_parent_takes_its_postgres_and_kafka_along() -> None:
    with scratch_folder("orphans") as folder:
        parent = subprocess.Popen(
            [sys.executable, "-c", STARTS_BOTH, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert parent.stdout is not None
        assert parent.stdin is not None
        pids = json.loads(parent.stdout.readline())
        assert not any(gone(pid) for pid in pids)

        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()

        assert wait_until(lambda: all(gone(pid) for pid in pids), seconds=PATIENCE)
        parent.stdout.close()
        parent.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_killing_the_guard_itself_leaves_no_server_behind(tmp_path: Path) -> None:
    process = guarded("import sys, signal; print('runs', flush=True); signal.sigwait({signal.SIGUSR1})", tmp_path)
    said_by(process)

    os.kill(process.guard_pid, signal.SIGKILL)

    assert wait_until(lambda: gone(process.pid), seconds=PATIENCE)
    process.wait()


@pytest.mark.parametrize("end", [GuardedProcess.stop, GuardedProcess.kill])
def test_what_a_server_started_ends_with_it(end: Callable[[GuardedProcess], int], tmp_path: Path) -> None:
    process = guarded(A_FAMILY, tmp_path)
    server, grandchild = (int(pid) for pid in said_by(process).split())
    assert server == process.pid

    end(process)

    assert gone(server)
    assert gone(grandchild)


def test_a_server_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    process = guarded(DEAF, tmp_path, grace=0.2)
    assert said_by(process) == "deaf"

    assert process.stop() == 128 + signal.SIGKILL

    assert gone(process.pid)


def test_a_server_that_ends_by_itself_is_noticed_with_its_status_and_last_words(tmp_path: Path) -> None:
    process = guarded("import sys; print('cannot go on'); sys.exit(3)", tmp_path)

    assert process.wait() == 3
    assert not process.alive()
    assert process.last_lines() == "cannot go on"


def test_a_program_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="No such file"):
        GuardedProcess(Spec(("/tidak/ada",), str(tmp_path / "log")))
